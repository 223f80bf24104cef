"""Scores compared: what is lower, and what is no difference."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from robtest.errors import VictimError
from robtest.types import Outcome

_PARTS = 1e5  # of the largest score of a comparison; what lies within one of them is equal


def by_score(scores: Sequence[float]) -> list[int]:
    """Return the places of scores from low to high, equal ones (`levels`) as they stand."""
    return [int(i) for i in np.argsort(levels(scores), kind="stable")]


def levels(scores: Sequence[float]) -> NDArray[np.float64]:
    """Return scores rounded to a hundred-thousandth of the largest of them in size, which is their unit.

    What the order of a sum, the texts beside one in a batch of float32 or the unit of logits does to
    scores is no difference.
    """
    values: NDArray[np.float64] = np.asarray(scores, dtype=np.float64)
    scale = np.abs(values).max(initial=0)
    return np.round(values / scale * _PARTS) if scale else values


def score_of(outcome: Outcome) -> float:
    """Return the score of an outcome.

    Raises:
        VictimError: if it has none.
    """
    if not np.isfinite(outcome.score):
        raise VictimError(
            f"score access needs a finite score of every text, got {outcome.score}; "
            "a victim that gives labels only is attacked with access=decision"
        )
    return outcome.score
