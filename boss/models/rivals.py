"""Of all spans a context offers, the best that reads like a gold answer and the best that does not."""

import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boss.metrics.squad import normalise
from boss.models.spans import MAX_ANSWER_PIECES, Scored, SpanScores

_ARTICLE = re.compile(r"\b(a|an|the)\b", re.IGNORECASE)
_CUT = 6
"""Letters that two words cut by a span's ends may lose as articles, which in the whole context are none."""


@dataclass(frozen=True, slots=True)
class Place:
    """A span of pieces: the number of its window, its first and last piece, and start + end score."""

    window: int
    first: int
    last: int
    score: float


@dataclass(frozen=True)
class Rivals:
    """What the answer of a span model hangs on.

    Attributes:
        gold: the best span that is an exact match of a gold answer, None where no span is.
        other: the best span that is none, None where every span is one.
        lowest: the worst of all spans.
    """

    gold: Place | None
    other: Place | None
    lowest: Place


def rivals(spans: SpanScores, golds: Sequence[str], longest: int = MAX_ANSWER_PIECES) -> Rivals | None:
    """Return the rivals among the legal spans (`boss.models.spans.best_span`), None where there is no span.

    Texts are compared as SQuAD's exact match does, so that `gold` is ahead exactly where the best span
    counts as right. Of equals the first. At most the spans whose number of letters could be a gold
    answer's are read; all else is arithmetic over start x length.
    """
    table = _Table.of(spans.windows, longest)
    if len(table.score) == 0:
        return None
    wanted = {normalise(gold) for gold in golds}

    def matches(row: int) -> bool:
        start, end = table.chars[row].tolist()
        return normalise(spans.context[start:end]) in wanted

    order = np.argsort(-table.score, kind="stable")
    likely = _could_be(spans.context, table.chars, wanted)
    gold = next((row for row in order[likely[order]].tolist() if matches(row)), None)
    # A span that could not be a gold answer is none; only the others have to be read.
    other = next((row for row in order.tolist() if not (likely[row] and matches(row))), None)
    return Rivals(
        None if gold is None else table.place(gold),
        None if other is None else table.place(other),
        table.place(int(order[-1])),
    )


@dataclass(frozen=True)
class _Table:
    """Every legal span, one row each, in the order `best_span` meets them."""

    place_of: NDArray[np.intp]  # window, first, last
    chars: NDArray[np.int64]  # start, end
    score: NDArray[np.float64]

    @classmethod
    def of(cls, windows: Sequence[Scored], longest: int) -> "_Table":
        rows = [part for number, item in enumerate(windows) for part in _rows(number, item, longest)]
        empty = (np.empty((0, 3), np.intp), np.empty((0, 2), np.int64), np.empty(0))
        return cls(*map(np.concatenate, zip(empty, *rows, strict=True)))

    def place(self, row: int) -> Place:
        window, first, last = self.place_of[row].tolist()
        return Place(window, first, last, float(self.score[row]))


def _rows(
    number: int, item: Scored, longest: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.float64]]]:
    """Yield a window's spans, those of one length together."""
    inside = np.flatnonzero(item.window.offsets[:, 0] >= 0)
    offsets = item.window.offsets
    for ahead in range(min(longest, len(inside))):
        first, last = inside[: len(inside) - ahead], inside[ahead:]
        places = np.stack([np.full(len(first), number), first, last], axis=1)
        chars = np.stack([offsets[first, 0], offsets[last, 1]], axis=1)
        yield places, chars, item.start[first] + item.end[last]


def _could_be(context: str, chars: NDArray[np.int64], wanted: set[str]) -> NDArray[np.bool_]:
    """Return which spans have as many letters as a wanted answer may have before articles are taken out."""
    kept = [i for i, char in enumerate(context) if char not in string.punctuation]
    letters, articles = np.zeros(len(context) + 1, np.int64), np.zeros(len(context) + 1, np.int64)
    for i in kept:
        letters[i + 1] = 0 if context[i].isspace() else len(context[i].lower())
    for match in _ARTICLE.finditer("".join(context[i] for i in kept)):
        for place in range(*match.span()):
            articles[kept[place] + 1] = 1
    most = np.diff(np.cumsum(letters)[chars], axis=1)[:, 0]
    least = most - np.diff(np.cumsum(articles)[chars], axis=1)[:, 0] - _CUT
    sizes = [len("".join(answer.split())) for answer in wanted]
    return np.asarray(np.any([(least <= size) & (size <= most) for size in sizes], axis=0))
