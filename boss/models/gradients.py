"""Gathers the gradients of an example's windows into that of one of its input fields."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boss.models.base import InputGradient
from boss.models.pieces import Window

Floats = NDArray[np.floating[Any]]
Weighted = tuple[Window, Floats]
"""A window and the weights of its outputs, `boss.models.forward.backward`."""

Pull = Callable[[Sequence[Window], Sequence[Floats]], list[tuple[Floats, Floats]]]
"""Windows and the weights of their outputs -> per window its input embeddings and their gradient."""


def gathered(parts: Sequence[Sequence[Weighted]], pull: Pull, *, beside: bool) -> list[InputGradient]:
    """Return one gradient per example, over the pieces of one field in all windows that have weight.

    Args:
        parts: the windows of each example.
        beside: the field is the other text of the windows and not the one they cut.
    """
    weighted = [[(window, weights) for window, weights in own if weights.any()] for own in parts]
    flat = [part for own in weighted for part in own]
    pulled = iter(pull([window for window, _ in flat], [weights for _, weights in flat]))
    return [_joined([(window, *next(pulled)) for window, _ in own], beside) for own in weighted]


def _joined(parts: Sequence[tuple[Window, Floats, Floats]], beside: bool) -> InputGradient:
    if not parts:
        return InputGradient(np.empty((0, 2), np.int64), np.empty((0, 0)), np.empty((0, 0)))
    spans, vectors, slopes = [], [], []
    for window, embedded, slope in parts:
        offsets = window.beside if beside else window.offsets
        assert offsets is not None, "only a pair has a text beside the one that is cut"
        inside = offsets[:, 0] >= 0
        spans.append(offsets[inside])
        vectors.append(embedded[inside])
        slopes.append(slope[inside])
    return InputGradient(np.concatenate(spans), np.concatenate(vectors), np.concatenate(slopes))
