"""What attacks did, as numbers: plain functions of arrays.

``values`` has shape ``(n_examples, n_variants, n_degrees)``, fractions in [0, 1], higher is better;
degrees rise along the last axis. Sources: Chen et al. 2023 (RobTest, arXiv:2305.18503) and its code.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def average(values: NDArray[np.generic]) -> Array:
    """Return the mean over variants, shape ``(n_examples, n_degrees)``.

    Its mean over examples is RobTest's average; examples stay apart here so that they can be resampled.

    Raises:
        ValueError: if ``values`` is not 3-dimensional, is empty, or is not finite.
    """
    means: Array = _checked(values).mean(axis=1)
    return means


def worst(values: NDArray[np.generic], *, higher_is_better: bool = True) -> Array:
    """Return the worst over variants and all degrees up to each, shape ``(n_examples, n_degrees)``.

    It never gets better as the degree rises: an attacker who may go further may also stop early. Degree
    0 counts, so that what is wrong before the attack stays wrong.

    Args:
        higher_is_better: False for errors and losses, whose worst is the largest.

    Raises:
        ValueError: as `average`.
    """
    extreme = np.minimum if higher_is_better else np.maximum
    so_far: Array = extreme.accumulate(extreme.reduce(_checked(values), axis=1), axis=1)
    return so_far


class SuccessRate(NamedTuple):
    """Attack success rates, and how many examples they are shares of.

    Attributes:
        rates: shape ``(n_degrees,)``; None where no example was right to begin with.
        n: originally correct examples, the denominator.
    """

    rates: Array | None
    n: int


def attack_success_rate(correct: NDArray[np.bool_]) -> SuccessRate:
    """Return the share of originally correct examples that some variant up to each degree gets wrong.

    Args:
        correct: shape ``(n_examples, n_variants, n_degrees)``; the first degree is 0.

    Raises:
        ValueError: as `average`.
    """
    survived = worst(correct)
    clean = survived[:, 0] > 0
    n = int(clean.sum())
    return SuccessRate(1 - survived[clean].mean(axis=0) if n else None, n)


def area(degrees: Sequence[float], curve: Array) -> float:
    """Return the area under a degree curve by trapezoids, divided by the range of the degrees.

    In [0, 1] for a curve in [0, 1]; a flat curve's area is its value.

    Raises:
        ValueError: if there are fewer than two degrees, they do not rise, or lengths differ.
    """
    x, y = _checked_curve(degrees, curve)
    if len(x) < 2:
        raise ValueError(f"an area needs two degrees or more, got {len(x)}")
    return float((np.diff(x) * (y[1:] + y[:-1]) / 2).sum() / (x[-1] - x[0]))


def d50(degrees: Sequence[float], curve: Array, chance: float = 0.0) -> float | None:
    """Return the degree where half of what lies above chance at degree 0 is lost.

    Linear between degrees; the first crossing counts. None if the curve never gets there, or has nothing
    above chance to lose.

    Raises:
        ValueError: if the first degree is not 0, degrees do not rise, or lengths differ.
    """
    x, y = _checked_curve(degrees, curve)
    if x[0] != 0:
        raise ValueError(f"d50 compares with degree 0, but the first degree is {x[0]}")
    half = chance + (y[0] - chance) / 2
    below = np.flatnonzero(y <= half)
    if y[0] <= chance or not len(below):
        return None
    i = int(below[0])
    return float(x[i - 1] + (x[i] - x[i - 1]) * (y[i - 1] - half) / (y[i - 1] - y[i]))


def weighted_total(degrees: Sequence[float], curve: Array, *, compatible: bool = False) -> float:
    """Return RobTest's total score: small degrees, whose texts are the most valid, count most.

    The i-th positive degree has weight 2^-i and the last one twice that, so weights sum to 1. Degree
    0 has none.

    Args:
        compatible: RobTest's own arithmetic, which does not double the last: its weights sum to
            127/128 over seven degrees, so that a perfect model gets 0.9921875.

    Raises:
        ValueError: if there is no positive degree, degrees do not rise, or lengths differ.
    """
    x, y = _checked_curve(degrees, curve)
    positive = y[x > 0]
    if not len(positive):
        raise ValueError("the weighted total needs a degree above 0")
    weights = 0.5 ** np.arange(1, len(positive) + 1)
    if not compatible:
        weights[-1] *= 2
    return float(weights @ positive)


def _checked(values: NDArray[np.generic]) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 3 or not array.size or not np.isfinite(array).all():
        raise ValueError(
            "values must be finite and have shape (n_examples, n_variants, n_degrees), none of them 0; "
            f"got shape {array.shape}"
        )
    return array


def _checked_curve(degrees: Sequence[float], curve: Array) -> tuple[Array, Array]:
    x, y = np.asarray(degrees, dtype=np.float64), np.asarray(curve, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape or not len(x) or (np.diff(x) <= 0).any() or not np.isfinite(y).all():
        raise ValueError(
            f"a curve has one finite value for each strictly rising degree; got degrees {x.tolist()} "
            f"and values {y.tolist()}"
        )
    return x, y
