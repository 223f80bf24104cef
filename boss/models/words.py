"""Words of a tagged sentence: the text they make, and the piece that speaks for each."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from boss.models.pieces import Window

Floats = NDArray[np.float64]
Place = tuple[int, int]
"""Number of a window and position in it."""


def joined(tokens: Sequence[str]) -> tuple[str, NDArray[np.int64]]:
    """Return the tokens joined by single spaces, and their spans in it, shape ``(n, 2)``.

    >>> joined(["Ada", "sang"])[1].tolist()
    [[0, 3], [4, 8]]
    """
    ends = np.cumsum([len(token) + 1 for token in tokens], dtype=np.int64) - 1
    lengths = np.array([len(token) for token in tokens], dtype=np.int64)
    return " ".join(tokens), np.stack([ends - lengths, ends], axis=1).reshape(-1, 2)


def first_pieces(windows: Sequence[Window], spans: NDArray[np.int64]) -> list[Place | None]:
    """Return for each word the place of its first piece; None where the tokenizer drops the whole word.

    A piece of the space before a word alone is its first, as it is for taggers that were trained on words
    split beforehand. Where windows overlap, the one that shows the piece with most context on its shorter
    side is taken; of equals, the first.
    """
    best: list[tuple[int, int, Place] | None] = [None] * len(spans)
    for number, window in enumerate(windows):
        inside = np.flatnonzero(window.offsets[:, 0] >= 0)
        for position in inside.tolist():
            start, end = window.offsets[position].tolist()
            # A piece may begin at the space before its word (byte-level tokenizers), so its end decides.
            word = int(np.searchsorted(spans[:, 1], max(end, start + 1), side="left"))
            if word >= len(spans) or end == start:
                continue
            margin = min(position - int(inside[0]), int(inside[-1]) - position)
            seen = best[word]
            # An earlier piece of the word always wins; then the wider margin, of another window.
            other = seen is not None and number != seen[2][0]
            if seen is None or start < seen[0] or (start == seen[0] and other and margin > seen[1]):
                best[word] = (start, margin, (number, position))
    return [None if item is None else item[2] for item in best]


def placed(
    windows: Sequence[Window], places: Sequence[Place | None], rows: Floats
) -> list[tuple[Window, Floats]]:
    """Return each window with the rows of its words, zeros elsewhere: shape ``(len(window), k)``.

    Args:
        places: of the words, as `first_pieces` gives them.
        rows: one for each word, shape ``(n_words, k)``.
    """
    tables = [np.zeros((len(window), rows.shape[1])) for window in windows]
    for place, row in zip(places, rows, strict=True):
        if place is not None:
            tables[place[0]][place[1]] = row
    return list(zip(windows, tables, strict=True))
