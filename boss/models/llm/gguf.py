"""GGUF files: made into a folder of transformers once, whose tokenizer is checked before it is believed."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from filelock import FileLock

from boss.errors import ModelError
from boss.models.cache import library_versions, load_json
from boss.models.weights import note_of
from robtest.files import file_sha256, noted_sha256, write_whole

SUFFIX = ".gguf"
VOCABULARY, LICENCE = "tokenizer.ggml.tokens", "general.license"
"""Fields of a file."""
LEAST_ALIKE = 0.95
"""Share of the file's own words that the tokenizer must read as the one token they are."""
N_WORDS = 2_000
_LEAST_LETTERS = 4
_SPACES = ("▁", "Ġ")
"""What stands for a space before a word: of SentencePiece, and of byte-level BPE."""
_INSTALL = "pip install 'boss-robtest[llm]', or pip install gguf"


@dataclass(frozen=True)
class Unpacked:
    """A GGUF file as a folder.

    Attributes:
        sha256: of the file.
        licence: as the file says, ``unknown`` where it does not.
    """

    folder: Path
    sha256: str
    licence: str


def unpack_gguf(file: Path, cache: Path) -> Unpacked:
    """Return a folder with a GGUF file's weights in float32 and its tokenizer, made where it is not there.

    Raises:
        ModelError: if the file is none, of a kind that transformers cannot read, or its tokenizer is not
            the file's.
    """
    _package()
    sha256 = noted_sha256(file, note_of(file, cache))
    folder = cache / "unpacked" / f"gguf-{sha256[:16]}"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):
            licence = _believed(file, folder)
    except OSError as error:
        raise ModelError(
            f"{file} cannot be unpacked into {folder}: {error}; free some space, or name another folder "
            "with cache=DIR"
        ) from error
    return Unpacked(folder, sha256, licence)


def _believed(file: Path, folder: Path) -> str:
    """Make the folder where it is not there, check its tokenizer, and return the licence.

    To read the vocabulary and compare takes six seconds, so a note beside the folder says for which versions
    of the libraries that was done.
    """
    note = folder.with_name(f"{folder.name}.json")
    versions = library_versions("tokenizers", "transformers")
    there = (folder / "config.json").is_file()
    if there and note.is_file():
        noted = load_json(note)
        if noted["versions"] == versions:
            return str(noted["licence"])
    fields = _fields(file)
    if not there:
        _write(file, folder)
    check_tokenizer(folder, fields[VOCABULARY], file.name)
    licence = str(fields.get(LICENCE) or "unknown")
    text = json.dumps({"versions": versions, "licence": licence})
    write_whole(note, text.encode())
    return licence


def check_tokenizer(folder: Path, vocabulary: Sequence[str], name: str) -> None:
    """Compare a folder's tokenizer with a vocabulary: token by token, and by what it makes of whole words.

    A converter that takes one kind of tokenizer for another can keep the vocabulary and never reach most of
    it, without an error; a model then reads letters where it was trained on words.

    Raises:
        ModelError: saying what differs.
    """
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    cure = "take the model's own folder instead of this file: model.path=DIR or a hub id"
    size = len(vocabulary)
    own = tokenizer.convert_ids_to_tokens(range(min(size, len(tokenizer))))
    differing = [i for i, (one, other) in enumerate(zip(own, vocabulary, strict=False)) if one != other]
    if differing or len(tokenizer) < size:
        n = len(differing) or size - len(tokenizer)
        raise ModelError(
            f"{name}: {n:,} of {size:,} tokens are not those of the file's own vocabulary in the tokenizer "
            f"that transformers makes of it; {cure}"
        )
    words = whole_words(vocabulary)
    if not words:
        raise ModelError(f"{name}: its vocabulary holds no word to compare a tokenizer with; {cure}")
    text = "a " + " ".join(word for _, word in words)
    read = set(tokenizer(text, add_special_tokens=False)["input_ids"])
    share = sum(token in read for token, _ in words) / len(words)
    if share < LEAST_ALIKE:
        raise ModelError(
            f"{name}: the tokenizer that transformers makes of it reads {share:.0%} of {len(words):,} words "
            f"of the file's own vocabulary as the one token they are, and {LEAST_ALIKE:.0%} is the least: it "
            f"is another kind of tokenizer; {cure}"
        )


def whole_words(vocabulary: Sequence[str]) -> list[tuple[int, str]]:
    """Return tokens that are a space and a word of ASCII letters, with the word, evenly out of all."""
    words = [
        (place, token[1:])
        for place, token in enumerate(vocabulary)
        if token[:1] in _SPACES
        and len(token) > _LEAST_LETTERS
        and token[1:].isascii()
        and token[1:].isalpha()
        and token[1:].islower()
    ]
    return words[:: max(1, len(words) // N_WORDS)][:N_WORDS]


def _fields(file: Path) -> dict[str, Any]:
    """Return the vocabulary, and the licence where there is one."""
    reader = _package().GGUFReader
    try:
        fields = reader(file).fields
        found = {name: fields[name].contents() for name in (VOCABULARY, LICENCE) if name in fields}
    except (ValueError, OSError, IndexError, KeyError) as error:
        raise ModelError(f"{file} is no GGUF file that can be read: {error}; fetch it anew") from error
    if VOCABULARY not in found:
        raise ModelError(f"{file} holds no vocabulary; take the model's folder: model.path=DIR")
    return found


def _write(file: Path, folder: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unpacking-") as name:
        made = Path(name) / "made"
        try:
            options = {"gguf_file": file.name, "trust_remote_code": False}
            tokenizer = AutoTokenizer.from_pretrained(file.parent, **options)
            network = AutoModelForCausalLM.from_pretrained(file.parent, **options)
        except Exception as error:  # whatever transformers raises of an architecture it does not know
            raise ModelError(
                f"{file} cannot be read by transformers: {type(error).__name__}: {error}; take the model's "
                "folder or hub id, or serve the file with llama.cpp and ask it by model=endpoint"
            ) from error
        network.save_pretrained(made)
        tokenizer.save_pretrained(made)
        copy = made / "tokenizer.model"  # a copy of the whole file, by the name of another kind
        if copy.is_file() and file_sha256(copy) == file_sha256(file):
            copy.unlink()
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)


def _package() -> Any:
    try:
        return import_module("gguf")
    except ImportError as error:
        raise ModelError(
            f"a GGUF file needs the package gguf, which cannot be imported ({error}); {_INSTALL}"
        ) from error
