"""Vocabulary overlap of two sets of texts: shared word types, and words the first never showed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boss.analysis.jackknife import Estimate, jackknife, units_of

WORD = re.compile(r"\w+(?:['’]\w+)*")


@dataclass(frozen=True)
class Vocabulary:
    """What two sets share of their words.

    Attributes:
        jaccard: word types of both over word types of either; both sets cut to ``n_tokens`` words,
            because the more words are read, the more types there are (Heaps' law).
        unseen: share of the second set's words that are nowhere in the whole first set.
    """

    jaccard: float
    n_tokens: int
    unseen: Estimate


def words(text: str) -> list[str]:
    """Return the words of a text, case folded, without punctuation.

    >>> words("It's 8 o'clock: GO!")
    ["it's", '8', "o'clock", 'go']
    """
    return WORD.findall(text.casefold())


def compare_vocabularies(
    learnt: Sequence[str],
    first: Sequence[str],
    second: Sequence[str],
    sources: NDArray[np.intp],
) -> Vocabulary:
    """Compare the words of two sets.

    Args:
        learnt: every text of the first set; ``first`` are its sample, in random order.
        second: sample of the second set, in random order.
        sources: shape ``(len(second),)``: index of each text's source.
    """
    split = [[words(text) for text in texts] for texts in (first, second)]
    n_tokens = min(sum(map(len, texts)) for texts in split)
    a, b = (_first_types(texts, n_tokens) for texts in split)
    either = a | b
    seen = {word for text in learnt for word in words(text)}
    counts = np.array([(sum(w not in seen for w in text), len(text)) for text in split[1]], dtype=np.float64)
    return Vocabulary(
        jaccard=len(a & b) / len(either) if either else 0.0,
        n_tokens=n_tokens,
        unseen=jackknife([units_of(counts, sources)], _ratio, minimum=0.0, maximum=1.0),
    )


def _first_types(texts: Sequence[Sequence[str]], n_tokens: int) -> set[str]:
    """Return the types among the first ``n_tokens`` words."""
    types: set[str] = set()
    left = n_tokens
    for text in texts:
        types.update(text[:left])
        left -= min(left, len(text))
    return types


def _ratio(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    # A set without one word has no unseen ones either.
    return np.asarray(sums[..., 0] / np.maximum(sums[..., 1], 1.0), dtype=np.float64)
