"""The digest of a model folder's weights, and of the other files that decide its outputs."""

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path

from boss.errors import ModelError
from robtest.files import file_sha256, noted_sha256

WEIGHT_PATTERNS = ("*.safetensors", "pytorch_model*.bin")
SETTING_PATTERNS = ("*.json", "*.txt", "*.model")


def weight_files(folder: Path) -> list[Path]:
    """Return the weight files: safetensors where there are any, otherwise torch's ``.bin``."""
    for pattern in WEIGHT_PATTERNS:
        files = sorted(folder.glob(pattern))
        if files:
            return files
    return []


def weights_sha256(folder: Path, cache: Path) -> str:
    """Return one digest over the weight files of a folder.

    Digests are remembered in ``cache`` by path, size and modification time: hashing a gigabyte takes
    seconds, and every command would pay it.

    Raises:
        ModelError: if there is no weight file.
    """
    files = weight_files(folder)
    if not files:
        names = ", ".join(WEIGHT_PATTERNS)
        raise ModelError(f"no weights in {folder}: none of {names}; name a folder made by save_pretrained")
    return combined_sha256({path.name: noted_sha256(path, note_of(path, cache)) for path in files})


def settings_sha256(folder: Path) -> str:
    """Return one digest over configuration, vocabulary and tokenizer files."""
    files = {path for pattern in SETTING_PATTERNS for path in folder.glob(pattern)}
    return combined_sha256({path.name: file_sha256(path) for path in files})


def n_parameters(folder: Path) -> int | None:
    """Return how many numbers the safetensors of a folder hold; None for other formats."""
    from safetensors import safe_open

    total = 0
    for path in weight_files(folder):
        if path.suffix != ".safetensors":
            return None
        with safe_open(path, framework="numpy") as stored:
            shapes = [stored.get_slice(name).get_shape() for name in stored.keys()]
        total += sum(math.prod(shape) for shape in shapes)
    return total


def combined_sha256(digests: Mapping[str, str]) -> str:
    """Return one digest over names and their digests."""
    return hashlib.sha256(json.dumps(dict(digests), sort_keys=True).encode()).hexdigest()


def note_of(path: Path, cache: Path) -> Path:
    """Return where the digest of a file is noted: by its path, as size and time are no file's alone."""
    name = str(path.resolve()).encode("utf-8", "surrogateescape")
    return cache / "digests" / hashlib.sha256(name).hexdigest()
