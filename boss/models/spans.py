"""The best answer span of a context, out of start and end scores over its windows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Answer, Example
from boss.models.pieces import Window

MAX_ANSWER_PIECES = 40


@dataclass(frozen=True, slots=True)
class Scored:
    """A window with its scores, each of shape ``(len(window),)``."""

    window: Window
    start: NDArray[np.float64]
    end: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SpanScores:
    """What a model that scores starts and ends says of every window of a context."""

    context: str
    windows: tuple[Scored, ...]


def best_span(scored: Sequence[Scored], context: str, longest: int = MAX_ANSWER_PIECES) -> str:
    """Return the answer text with the largest start + end score over all windows.

    A span is legal if it lies in the context, does not end before it starts, and has at most
    ``longest`` pieces. Of equals the first. No piece of context gives the empty answer.
    """
    best, answer = -np.inf, ""
    for item in scored:
        inside = np.flatnonzero(item.window.offsets[:, 0] >= 0)
        if len(inside) == 0:
            continue
        start, end = item.start[inside], item.end[inside]
        for ahead in range(min(longest, len(inside))):
            total = start[: len(inside) - ahead] + end[ahead:]
            at = int(total.argmax())
            if total[at] > best:
                best = float(total[at])
                first, last = item.window.offsets[inside[at]], item.window.offsets[inside[at + ahead]]
                answer = context[int(first[0]) : int(last[1])]
    return answer.strip()


def first_answer(example: Example) -> Answer | None:
    """Return the first gold answer with its offset, which is what a model is trained on."""
    answer = example.gold[0] if example.gold else None
    return answer if isinstance(answer, Answer) else None


def gold_positions(window: Window, answer: Answer) -> tuple[int, int] | None:
    """Return the first and last position of an answer in a window, or None if it is not wholly there."""
    starts, ends = window.offsets[:, 0], window.offsets[:, 1]
    end = answer.start + len(answer.text)
    touched = np.flatnonzero((starts >= 0) & (ends > answer.start) & (starts < end))
    if len(touched) == 0 or starts[touched[0]] > answer.start or ends[touched[-1]] < end:
        return None
    return int(touched[0]), int(touched[-1])
