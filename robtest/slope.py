"""A victim's score of a text to first order: which words it hangs on, what an edit would change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robtest.errors import VictimError
from robtest.text import Span, apply, in_order, words
from robtest.types import Edit, Query


@dataclass(frozen=True, eq=False)
class Slope:
    """The score of one text as a linear function of the vectors that stand for its pieces.

    Attributes:
        spans: shape ``(n, 2)``: half-open character span of each piece; several may share characters,
            as where windows overlap, and characters without a piece tell nothing.
        vectors: shape ``(n, d)``: the victim's input embedding of each piece.
        gradient: shape ``(n, d)``: of the score with respect to ``vectors``.
        embed: text -> the embeddings of its pieces, shape ``(k, d)``; k may be 0.
    """

    text: str
    spans: NDArray[np.int64]
    vectors: NDArray[np.floating[Any]]
    gradient: NDArray[np.floating[Any]]
    embed: Callable[[str], NDArray[np.floating[Any]]]

    def __post_init__(self) -> None:
        """Refuse shapes that do not belong together, and numbers that are none."""
        n = len(self.spans)
        if self.spans.shape != (n, 2) or self.vectors.shape[:1] != (n,) or self.vectors.ndim != 2:
            raise VictimError(
                "a slope needs spans of shape (n, 2) and vectors of shape (n, d), "
                f"got {self.spans.shape} and {self.vectors.shape}"
            )
        if self.gradient.shape != self.vectors.shape or not np.isfinite(self.gradient).all():
            raise VictimError(
                f"a slope needs a finite gradient of the shape of its vectors, {self.vectors.shape}, "
                f"got {self.gradient.shape}"
            )

    def importance(self, start: int, end: int) -> float:
        """Return how strongly the score hangs on the characters ``[start, end)``, 0 or more.

        The L2 norm of the gradient, summed over their pieces before the norm is taken: how fast the
        score can change where all of them move alike. Source: the saliency of Li et al. 2016
        (arXiv:1506.01066), section 5, there of one embedding at a time.
        """
        return float(np.linalg.norm(self.gradient[self._pieces(start, end)].sum(axis=0, dtype=np.float64)))

    def change(self, edits: Sequence[Edit]) -> float:
        """Return by how much edits of this text would change the score, to first order.

        The words touched by an edit are cut into pieces anew, and every old piece of them is replaced
        by the mean of the new ones: ``sum over old i of gradient_i . (mean of new - vector_i)``. For one
        piece against one it is HotFlip's estimate (Ebrahimi et al. 2018, arXiv:1712.06751, equation 1).
        """
        ordered = in_order(edits)
        return sum(self._change_at(*stretch, ordered) for stretch in self._stretches(ordered))

    def _change_at(self, start: int, end: int, edits: Sequence[Edit]) -> float:
        pull, before = self._pull(start, end)
        inside = [edit for edit in edits if start <= edit.start and edit.end <= end]
        whole = apply(self.text, inside)
        new = whole[start : end + len(whole) - len(self.text)]
        # The space before a word belongs to its first piece in many vocabularies.
        space = " " if start and self.text[start - 1] == " " else ""
        vectors = self.embed(space + new)
        return (float((vectors @ pull).sum()) / len(vectors) if len(vectors) else 0.0) - before

    def _pull(self, start: int, end: int) -> tuple[NDArray[np.float64], float]:
        """Return of the pieces in a stretch the summed gradient, and the sum of gradient . vector."""
        # An attack has many edits of one word.
        if (start, end) not in self._pulls:
            old = self._pieces(start, end)
            gradient = self.gradient[old].astype(np.float64)
            self._pulls[start, end] = gradient.sum(axis=0), float((gradient * self.vectors[old]).sum())
        return self._pulls[start, end]

    @cached_property
    def _pulls(self) -> dict[Span, tuple[NDArray[np.float64], float]]:
        return {}

    def _stretches(self, edits: Sequence[Edit]) -> list[Span]:
        """Return the stretches of text that edits touch, each of whole words, apart from one another."""
        stretches: list[Span] = []
        for edit in edits:
            start, end = self._around(edit)
            if stretches and start <= stretches[-1][1]:
                stretches[-1] = stretches[-1][0], max(end, stretches[-1][1])
            else:
                stretches.append((start, end))
        return stretches

    def _around(self, edit: Edit) -> Span:
        """Return an edit's span, widened to the words it touches."""
        starts, ends = self._words
        touched = np.flatnonzero((ends >= edit.start) & (starts <= edit.end))
        if len(touched) == 0:
            return edit.start, edit.end
        return min(edit.start, int(starts[touched[0]])), max(edit.end, int(ends[touched[-1]]))

    def _pieces(self, start: int, end: int) -> NDArray[np.bool_]:
        return (self.spans[:, 0] < end) & (self.spans[:, 1] > start)

    @cached_property
    def _words(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        spans = np.array(words(self.text), dtype=np.int64).reshape(-1, 2)
        return spans[:, 0], spans[:, 1]


Differentiate = Callable[[Sequence[Query]], Sequence[Slope]]
"""Gives the slopes of a pooled batch of distinct queries, in order."""
