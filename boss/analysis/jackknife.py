"""Intervals of smooth functions of sums, by leaving out one source after the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boss.metrics.intervals import LEVEL

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval.

    Attributes:
        low, high: None where a sample is one source, which says nothing of the spread.
        n: texts behind it, smallest sample first.
    """

    value: float
    low: float | None
    high: float | None
    n: tuple[int, ...]


@dataclass(frozen=True)
class Units:
    """One sample as sums: shape ``(n_sources, k)``, and how many texts are in them."""

    sums: Floats
    n: int


def by_source(statistics: Floats, sources: NDArray[np.intp]) -> Units:
    """Sum the rows of ``statistics``, shape ``(n, k)``, that share a source."""
    sums = np.zeros((int(sources.max()) + 1, statistics.shape[1]))
    np.add.at(sums, sources, statistics)
    return Units(sums, len(sources))


def jackknife(
    samples: Sequence[Units],
    finish: Callable[..., Floats],
    *,
    minimum: float = -np.inf,
    maximum: float = np.inf,
) -> Estimate:
    """Return a function of the samples' sums with its interval, cut to [minimum, maximum].

    The variance is that of the delete-one-source jackknife, summed over independent samples; the
    interval is Student's with the degrees of freedom of the smallest. Unlike a bootstrap's resamples,
    which repeat texts and so bring the centroid of a sample out of place, it needs no seed and keeps
    the estimate inside. Source: Efron & Tibshirani 1993, chapter 11; Arvesen 1969 for several samples.

    Args:
        finish: one array of sums per sample, shapes ``(..., k)`` -> values, shape ``(...)``.
    """
    from scipy.stats import t

    totals = [sample.sums.sum(0) for sample in samples]
    value = float(finish(*totals))
    n = tuple(sorted(sample.n for sample in samples))
    smallest = min(len(sample.sums) for sample in samples)
    if smallest < 2:
        return Estimate(value, None, None, n)
    variance = 0.0
    for index, sample in enumerate(samples):
        left = [total[None] for total in totals]
        left[index] = totals[index] - sample.sums
        values = finish(*left)
        m = len(sample.sums)
        variance += (m - 1) / m * float(np.square(values - values.mean()).sum())
    half = float(t.ppf((1 + LEVEL) / 2, smallest - 1)) * variance**0.5
    return Estimate(value, max(value - half, minimum), min(value + half, maximum), n)
