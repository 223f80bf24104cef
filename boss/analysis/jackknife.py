"""Intervals of smooth functions of sums, by leaving out one source after the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boss.metrics.intervals import LEVEL, by_source
from boss.metrics.multiple import freedom
from boss.metrics.scores import Floats


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


def units_of(statistics: Floats, sources: NDArray[np.intp]) -> Units:
    """Return a sample whose rows of ``statistics``, shape ``(n, k)``, are summed by source."""
    return Units(by_source(statistics, sources), len(sources))


def jackknife(
    samples: Sequence[Units],
    finish: Callable[..., Floats],
    *,
    minimum: float = -np.inf,
    maximum: float = np.inf,
) -> Estimate:
    """Return a function of the samples' sums with its interval, cut to [minimum, maximum].

    The variance is that of the delete-one-source jackknife, summed over independent samples; the
    interval is Student's, for several samples with Welch and Satterthwaite's degrees of freedom. Unlike a
    bootstrap's resamples, which repeat texts and so bring the centroid of a sample out of place, it needs
    no seed and keeps the estimate inside. Source: Efron & Tibshirani 1993, chapter 11; Arvesen 1969 for
    several samples.

    Args:
        finish: one array of sums per sample, shapes ``(..., k)`` -> values, shape ``(...)``.
    """
    from scipy.stats import t

    totals = [sample.sums.sum(0) for sample in samples]
    value = float(finish(*totals))
    n = tuple(sorted(sample.n for sample in samples))
    n_sources = [len(sample.sums) for sample in samples]
    if min(n_sources) < 2:
        return Estimate(value, None, None, n)
    variances = []
    for index, sample in enumerate(samples):
        left = [total[None] for total in totals]
        left[index] = totals[index] - sample.sums
        values = finish(*left)
        variances.append((n_sources[index] - 1) * values.var())
    half = 0.0
    if any(variances):
        degrees = freedom(np.array(variances), n_sources)
        half = float(t.ppf((1 + LEVEL) / 2, degrees) * np.sqrt(sum(variances)))
    return Estimate(value, max(value - half, minimum), min(value + half, maximum), n)
