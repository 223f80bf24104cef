"""The best of many scores, in an order that no rounding of sums can change."""

import numpy as np
from numpy.typing import NDArray

DIGITS = 6
"""Scores are compared to so many decimals: sums in float64 taken in another order, in a larger batch or
on another machine, differ a million times less."""


def best(scores: NDArray[np.float64], n: int) -> NDArray[np.intp]:
    """Return the places of the ``n`` highest scores, highest first, equal ones by place.

    >>> best(np.array([0.5, 2.0, 1.0, 2.0]), 3).tolist()
    [1, 3, 2]
    """
    rounded = np.round(scores, DIGITS)
    places = np.arange(len(rounded))
    if n < len(rounded):
        places = np.flatnonzero(rounded >= np.partition(rounded, -n)[-n])
    return places[np.argsort(-rounded[places], kind="stable")][:n]
