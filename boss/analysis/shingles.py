"""Near duplicates of texts: shingles, MinHash signatures, and bands of them that must agree."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boss.analysis.vocabulary import words

WIDTH = 5
"""Characters of a shingle: words of short texts overlap too, as n-grams of words would not."""
BANDS, ROWS = 16, 4
"""Two texts of similarity s agree in a band with probability ``1 - (1 - s**4) ** 16``: 0.9998 at 0.8."""
MOST_CANDIDATES = 50
"""Texts that are compared exactly with one text; those that agree in most bands come first."""

Hashes = NDArray[np.uint64]

_BASE = np.uint64(0x9E3779B97F4A7C15)
# The bare bits of a generator stay the same over versions of numpy; its distributions may not.
_BITS = np.random.PCG64(0).random_raw(2 * BANDS * ROWS).astype(np.uint64)
_FACTORS, _OFFSETS = _BITS[: BANDS * ROWS] | np.uint64(1), _BITS[BANDS * ROWS :]


def normalised(text: str) -> str:
    """Return the words of a text, case folded, joined by spaces; a text without words as it is.

    >>> normalised("Hello,  WORLD!"), normalised("...")
    ('hello world', '...')
    """
    return " ".join(words(text)) or " ".join(text.split())


def digest(text: str) -> bytes:
    """Return what two texts share if and only if they are equal once normalised."""
    return hashlib.sha256(normalised(text).encode("utf-8", "surrogatepass")).digest()


def shingles(text: str) -> Hashes:
    """Return the distinct hashes of a text's runs of ``WIDTH`` characters, sorted; never none.

    Source: Broder 1997, "On the resemblance and containment of documents", over characters.
    """
    encoded = normalised(text).ljust(WIDTH).encode("utf-32-le", "surrogatepass")
    codes = np.frombuffer(encoded, dtype="<u4").astype(np.uint64)
    n = len(codes) - WIDTH + 1
    mixed = np.zeros(n, dtype=np.uint64)
    for offset in range(WIDTH):
        mixed = _mix(mixed * _BASE + codes[offset : offset + n])
    return np.unique(mixed)


def similarity(first: Hashes, second: Hashes) -> float:
    """Return the Jaccard similarity of two sets of shingles, in [0, 1]."""
    shared = len(np.intersect1d(first, second, assume_unique=True))
    return shared / (len(first) + len(second) - shared)


def band_keys(text: str) -> Hashes:
    """Return one key per band, shape ``(BANDS,)``: texts that share one are candidates.

    Source: Broder 1997 for MinHash; Leskovec, Rajaraman & Ullman 2020, section 3.4, for bands.
    """
    hashes = shingles(text)
    # Long texts in blocks: a contract has tens of thousands of shingles.
    lowest = np.full(BANDS * ROWS, np.iinfo(np.uint64).max, dtype=np.uint64)
    for at in range(0, len(hashes), 4096):
        block = hashes[at : at + 4096, None] * _FACTORS + _OFFSETS
        lowest = np.minimum(lowest, _mix(block).min(0))
    keys = np.zeros(BANDS, dtype=np.uint64)
    for row in lowest.reshape(BANDS, ROWS).T:
        keys = _mix(keys * _BASE + row)
    return keys


@dataclass(frozen=True)
class Index:
    """The band keys of many texts, to be asked which of them may be near another text.

    Attributes:
        order: per band, the texts by key; ``keys``: their keys in that order; shapes ``(BANDS, n)``.
    """

    order: NDArray[np.intp]
    keys: Hashes

    @classmethod
    def of(cls, keys: Hashes) -> "Index":
        """Index the keys of n texts, shape ``(n, BANDS)``."""
        order = np.argsort(keys.T, axis=1, kind="stable")
        return cls(order, np.take_along_axis(np.ascontiguousarray(keys.T), order, axis=1))

    def candidates(self, keys: Hashes) -> Iterator[Sequence[int]]:
        """Yield, for each row of ``keys``, shape ``(m, BANDS)``, the texts that share a key with it."""
        low, high = (
            np.stack([np.searchsorted(k, q, side) for k, q in zip(self.keys, keys.T, strict=True)], axis=1)
            for side in ("left", "right")
        )
        for starts, stops in zip(low, high, strict=True):
            sharing = [
                self.order[band, start : min(stop, start + MOST_CANDIDATES)]
                for band, (start, stop) in enumerate(zip(starts, stops, strict=True))
                if stop > start
            ]
            if not sharing:
                yield ()
                continue
            texts, agreeing = np.unique(np.concatenate(sharing), return_counts=True)
            yield texts[np.lexsort((texts, -agreeing))][:MOST_CANDIDATES].tolist()


def _mix(hashes: Hashes) -> Hashes:
    """Spread every bit over all (the finaliser of SplitMix64, Steele et al. 2014)."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return hashes ^ (hashes >> np.uint64(31))
