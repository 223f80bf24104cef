"""What attacks did, as numbers: plain functions of arrays.

``values`` has shape ``(n_examples, n_variants, n_degrees)``, fractions in [0, 1], higher is better;
degrees rise along the last axis. Curves are means of such values, any number of them at once. Sources:
Chen et al. 2023 (RobTest, arXiv:2305.18503) and its code.
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


def area(degrees: Sequence[float], curves: Array) -> Array:
    """Return the area under each degree curve by trapezoids, divided by the range of the degrees.

    In [0, 1] for a curve in [0, 1]; a flat curve's area is its value. A weighted sum, so the mean of areas is
    the area of the mean curve; so is `weighted_total`.

    Args:
        degrees: two or more, rising.
        curves: shape ``(..., n_degrees)``.

    Returns:
        Shape ``(...)``.

    Raises:
        ValueError: if there are fewer than two degrees, they do not rise, or their number is another than
            the curves'.
    """
    x, y = _checked_curves(degrees, curves)
    if len(x) < 2:
        raise ValueError(f"an area needs two degrees or more, got {len(x)}")
    steps = np.diff(x)
    weights = (np.append(steps, 0.0) + np.insert(steps, 0, 0.0)) / (2 * steps.sum())
    return np.asarray(y @ weights)


def d50(degrees: Sequence[float], curves: Array, chance: Array | float = 0.0) -> Array:
    """Return the degree where half of what lies above chance at degree 0 is lost, for each curve.

    Linear between degrees; the first crossing counts.

    Args:
        degrees: rising from 0.
        curves: shape ``(..., n_degrees)``.
        chance: what an answer that ignores the text scores; shape ``(...)``.

    Returns:
        Shape ``(...)``: infinity where the curve never gets there, NaN where nothing lies above chance.

    Raises:
        ValueError: as `area`, and if the first degree is not 0.
    """
    x, y = _checked_curves(degrees, curves)
    if x[0] != 0 or len(x) < 2:
        raise ValueError(f"d50 compares the degrees above 0 with degree 0, got {x.tolist()}")
    start = y[..., 0]
    half = chance + (start - chance) / 2
    reached = y <= half[..., None]
    i = np.maximum(reached.argmax(axis=-1), 1)
    before = np.take_along_axis(y, i[..., None] - 1, axis=-1)[..., 0]
    after = np.take_along_axis(y, i[..., None], axis=-1)[..., 0]
    fall = before - after
    share = np.divide(before - half, fall, out=np.zeros_like(half), where=fall > 0)
    crossing = np.where(reached.any(axis=-1), x[i - 1] + (x[i] - x[i - 1]) * share, np.inf)
    return np.where(start > chance, crossing, np.nan)


def weighted_total(degrees: Sequence[float], curves: Array, *, compatible: bool = False) -> Array:
    """Return RobTest's total score of each curve: small degrees, whose texts are the most valid, count most.

    The i-th positive degree has weight 2^-i and the last one twice that, so weights sum to 1. Degree
    0 has none.

    Args:
        degrees: rising, at least one of them above 0.
        curves: shape ``(..., n_degrees)``.
        compatible: RobTest's own arithmetic, which does not double the last: its weights sum to
            127/128 over seven degrees, so that a perfect model gets 0.9921875.

    Returns:
        Shape ``(...)``.

    Raises:
        ValueError: as `area`, and if there is no positive degree.
    """
    x, y = _checked_curves(degrees, curves)
    rank = np.cumsum(x > 0)
    if not rank[-1]:
        raise ValueError("the weighted total needs a degree above 0")
    weights = np.where(x > 0, 0.5**rank, 0.0)
    if not compatible:
        weights[-1] *= 2
    return np.asarray(y @ weights)


def _checked(values: NDArray[np.generic]) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 3 or not array.size or not np.isfinite(array).all():
        raise ValueError(
            "values must be finite and have shape (n_examples, n_variants, n_degrees), none of them 0; "
            f"got shape {array.shape}"
        )
    return array


def _checked_curves(degrees: Sequence[float], curves: Array) -> tuple[Array, Array]:
    x, y = np.asarray(degrees, dtype=np.float64), np.asarray(curves, dtype=np.float64)
    if x.ndim != 1 or not y.ndim or len(x) != y.shape[-1] or not len(x) or (np.diff(x) <= 0).any():
        raise ValueError(
            f"a curve has one value for each strictly rising degree; got degrees {x.tolist()} and curves of "
            f"shape {y.shape}"
        )
    return x, y
