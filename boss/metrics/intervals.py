"""95 % intervals: Wilson for proportions of distinct examples, a seeded cluster bootstrap for the rest.

Sources: Wilson 1927, with Brown, Cai & DasGupta 2001, "Interval Estimation for a Binomial Proportion",
for why not the normal one; Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13
(percentile interval), with whole sources resampled where examples or variants share one; for few units
expanded as in Hesterberg 2015, "What Teachers Should Know About the Bootstrap", The American
Statistician 69:371. How often they hold the truth: docs/statistics.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from boss.errors import ConfigError
from boss.metrics.multiple import freedom
from boss.metrics.scores import Floats
from boss.results.schema import Interval

Unit = Literal["example", "source"]

LEVEL = 0.95
N_RESAMPLES = 2_000
_DRAWS_PER_CHUNK = 1 << 21  # 16 MB of int64
_GRID = 2.0**32
NO_WIDTH = 1e-9  # what rounding to the grid may open


@dataclass(frozen=True)
class IntervalRule:
    """How bootstrap intervals allow for few units; that of an older run is `migrations.interval_rule`.

    Attributes:
        expanded: the percentiles are those of `tail_of`; otherwise 2.5 % are left out on each side however
            few units there are.
        welch: over several sets they are those of `tail_over_sets`, and a set that does not vary counts with
            Wilson's interval; otherwise as if all sources were of one set.
    """

    expanded: bool = True
    welch: bool = True

    def tail(self, n_units: int) -> float:
        """Return the share of resamples to leave out on each side, for ``n_units`` of one set."""
        return tail_of(n_units) if self.expanded else (1 - LEVEL) / 2


CURRENT = IntervalRule()


@dataclass(frozen=True)
class Column:
    """One number of a measurement before it is summed.

    Attributes:
        statistics: shape ``(n_examples, k)``.
        finish: sums of shape ``(..., k)`` -> values of shape ``(...)``, NaN where there is none; or, of
            what is read off a curve, curves of shape ``(..., n_points)``: what measurements are averaged by.
        zero_one: the number is a proportion; statistics are 0 or 1, and whether the example counts.
        repeated: several texts per example are behind the number, so the example is a source.
        read: curves of shape ``(..., n_points)`` -> values of shape ``(...)``; infinity for beyond the
            maximum, NaN for none. None where ``finish`` gives the values.
        limits: sums of resamples, shape ``(n_resamples, k)``, and those of the whole, shape ``(k,)`` -> what
            the lower and the upper limit are percentiles of, shape ``(n_resamples, 2)``. None where both
            are of the resampled values, as for all that is not biased by resampling.
        minimum, maximum: what the number may be.
    """

    statistics: Floats
    finish: Callable[[Floats], Floats]
    zero_one: bool = False
    repeated: bool = False
    read: Callable[[Floats], Floats] | None = None
    limits: Callable[[Floats, Floats], Floats] | None = None
    minimum: float = 0.0
    maximum: float = 1.0

    @property
    def point(self) -> Floats:
        """The number itself, or its curve: what measurements are averaged by."""
        return self.finish(self.statistics.sum(axis=0))

    @property
    def value(self) -> float:
        """The number itself; not finite where it does not exist."""
        return float(self.values(self.point))

    def resampled(self, sums: Floats) -> Floats:
        """Return what ``finish``, or ``limits``, makes of the sums of resamples, ``n_resamples`` first."""
        if self.limits is None:
            return self.finish(sums)
        return self.limits(sums, self.statistics.sum(axis=0))

    def values(self, finished: Floats) -> Floats:
        """Return the values of what ``finish`` made."""
        return finished if self.read is None else self.read(finished)


@lru_cache(maxsize=1 << 12)  # the library tests a hypothesis along with it, which takes 2 ms
def wilson(successes: int, n: int) -> tuple[float, float]:
    """Return Wilson's score interval of ``successes`` out of ``n``."""
    from scipy.stats import binomtest

    ci = binomtest(successes, n).proportion_ci(LEVEL, method="wilson")
    return float(ci.low), float(ci.high)


def intervals(
    columns: Sequence[Column],
    sources: NDArray[np.intp],
    *,
    seed: int,
    n_resamples: int = N_RESAMPLES,
    rule: IntervalRule = CURRENT,
) -> list[Interval]:
    """Return the interval of every column, whose number must exist; all columns see the same resamples.

    Args:
        sources: shape ``(n_examples,)``: index in ``0 .. n_sources - 1`` of each example's source.
        seed: of the bootstrap; columns that get Wilson's interval do not use it.
    """
    n_sources = int(sources.max()) + 1
    shared = n_sources < len(sources)
    drawn = [column for column in columns if shared or not column.zero_one]
    resampled = iter(resample(drawn, sources, seed=seed, n_resamples=n_resamples))
    made = []
    for column in columns:
        if column.zero_one and not shared:
            made.append(_wilson_of_examples(column))
            continue
        unit: Unit = "source" if shared or column.repeated else "example"
        values = column.values(next(resampled))
        ci = percentile(column, values, rule.tail(n_sources), unit=unit, n_units=n_sources, seed=seed)
        if ci is None:  # count only the units that bear on the metric
            n = max(1, int(by_source(column.statistics, sources).any(axis=1).sum()))
            ci = without_width(column, column.value, n, unit)
        made.append(ci)
    return made


def resample(
    columns: Sequence[Column],
    sources: NDArray[np.intp],
    *,
    seed: int | Sequence[int],
    n_resamples: int = N_RESAMPLES,
) -> list[Floats]:
    """Return `Column.resampled` of every column, of resamples of whole sources.

    Args:
        sources: as for `intervals`.
    """
    if not columns:
        return []
    units = [by_source(column.statistics, sources) for column in columns]
    sums = resampled_sums(np.concatenate(units, axis=1), seed=seed, n_resamples=n_resamples)
    ends = np.cumsum([unit.shape[1] for unit in units])[:-1]
    return [
        column.resampled(part) for column, part in zip(columns, np.split(sums, ends, axis=1), strict=True)
    ]


@lru_cache
def tail_of(n_units: int) -> float:
    """Return the share of resamples to leave out on each side, so that few units are not taken for many.

    A bootstrap of n units varies sqrt((n - 1) / n) times too little, and its percentiles are as near as the
    normal distribution's, not Student's t with n - 1 degrees of freedom. So the share is not 0.025 but what
    the normal distribution has beyond ``sqrt(n / (n - 1)) * t``: 0.009 for 10 units, 0.019 for 30, 0.023 for
    100. Of one unit the bootstrap says nothing, and nothing is left out. Source: Hesterberg 2015, the
    expanded percentile interval.
    """
    return 0.0 if n_units < 2 else tail_over_sets((1.0,), (n_units,))


def tail_over_sets(variances: Sequence[float], n_units: Sequence[int]) -> float:
    """Return the share to leave out for a number of several sets, each resampled by itself; as `tail_of`.

    Student's t has the degrees of freedom of `freedom`. Each set varies sqrt((n - 1) / n) times too little
    with its own n, so the number varies too little by the root of the mean of (n - 1) / n, weighed by the
    unbiased variances. Of one set, or of sets of equal size and variance, that is sqrt((n - 1) / n) again.

    Args:
        variances: of the number over the resamples when only one set is drawn and the others stay as they
            are, set by set; only their ratios count.
        n_units: of each set.
    """
    from scipy.special import ndtr, stdtrit

    drawn = np.asarray(variances, dtype=np.float64)
    if not drawn.any():  # there is no width to widen
        return tail_of(min(n_units))
    n = np.asarray(n_units, dtype=np.float64)
    unbiased = drawn * n / np.maximum(n - 1, 1)  # one unit does not vary
    t = stdtrit(freedom(unbiased, n_units), (1 + LEVEL) / 2)
    return float(ndtr(-t * sqrt(unbiased.sum() / drawn.sum())))


def percentile(
    column: Column, values: Floats, tail: float, *, unit: Unit, n_units: int, seed: int
) -> Interval | None:
    """Return the percentile interval of resampled values, or None if it would have no width.

    A resample without the number counts against certainty: as the maximum where the number is known to
    lie beyond what was measured (infinity), else as the minimum for the lower limit and as the maximum
    for the upper one. Their count stands in the interval.

    Args:
        values: shape ``(n_resamples,)``, or ``(n_resamples, 2)`` where the column has ``limits``.
        tail: the share to leave out on each side.
        n_units: how many units were resampled.
    """
    least, most = column.minimum, column.maximum
    lows, highs = (values, values) if values.ndim == 1 else (values[:, 0], values[:, 1])
    low = max(least, float(np.quantile(np.nan_to_num(lows, nan=least, posinf=most), tail)))
    high = min(most, float(np.quantile(np.nan_to_num(highs, nan=most, posinf=most), 1 - tail)))
    if high - low < NO_WIDTH:
        return None
    return Interval(
        low=low,
        high=high,
        level=LEVEL,
        method="bootstrap",
        unit=unit,
        n_units=n_units,
        n_resamples=len(values),
        n_undefined=int((~np.isfinite(lows)).sum()),
        seed=seed,
    )


def variance(column: Column, values: Floats) -> float:
    """Return the variance of resampled values; a resample without the number is taken as for the lower limit.

    Args:
        values: as for `percentile`; of two limits it is the sum of both variances.
    """
    finite = np.nan_to_num(values, nan=column.minimum, posinf=column.maximum)
    return float(finite.var(axis=0).sum())


def without_width(column: Column, value: float, n: int, unit: Unit) -> Interval:
    """Stand in for a bootstrap of zero width, which says nothing (all units alike, or only one).

    Wilson's interval of a proportion ``value`` of ``n`` units; where that is not a whole number of units,
    from its floor to its ceiling: wider than needed, never narrower. What is read off a curve, or has
    limits of its own, is no proportion: it gets the whole range.
    """
    least, span = column.minimum, column.maximum - column.minimum
    low, high, share = 0.0, 1.0, (value - least) / span
    proportion = column.read is None and column.limits is None
    if proportion:
        low, high = wilson(floor(share * n), n)[0], wilson(min(n, ceil(share * n)), n)[1]
    return Interval(
        low=least + span * low,
        high=least + span * high,
        level=LEVEL,
        method="wilson-clusters" if proportion else "range",
        unit=unit,
        n_units=n,
    )


def by_source(statistics: Floats, sources: NDArray[np.intp], n_sources: int | None = None) -> Floats:
    """Return the sums over the rows of each source, shape ``(n_sources, k)``.

    Args:
        statistics: shape ``(n, k)``.
        sources: index of each row's source, shape ``(n,)``.
        n_sources: how many there are; None for one more than the largest index.
    """
    units = np.zeros((int(sources.max()) + 1 if n_sources is None else n_sources, statistics.shape[1]))
    np.add.at(units, sources, statistics)
    return units


def resampled_sums(units: Floats, *, seed: int | Sequence[int], n_resamples: int) -> Floats:
    """Return the sums of ``n_resamples`` draws with replacement of as many rows as there are.

    Rows are rounded to multiples of 2**-32 first, so that sums (below 2**21) are exact in any order: the
    same seed gives the same bytes with any BLAS and any number of threads.

    Args:
        units: shape ``(n_units, k)``.

    Returns:
        Shape ``(n_resamples, k)``.

    Raises:
        ConfigError: if ``n_resamples`` is not positive.
    """
    if n_resamples < 1:
        raise ConfigError(f"n_resamples must be at least 1, got {n_resamples}")
    n = len(units)
    exact = np.round(units * _GRID) / _GRID
    rng = np.random.default_rng(seed)
    sums = np.empty((n_resamples, units.shape[1]))
    chunk = max(1, _DRAWS_PER_CHUNK // n)
    for start in range(0, n_resamples, chunk):
        rows = min(chunk, n_resamples - start)
        draws = rng.integers(n, size=(rows, n)) + n * np.arange(rows)[:, None]
        weights = np.bincount(draws.ravel(), minlength=rows * n).reshape(rows, n)
        sums[start : start + rows] = weights.astype(np.float64) @ exact
    return sums


def _wilson_of_examples(column: Column) -> Interval:
    successes, n = (round(float(total)) for total in column.statistics.sum(axis=0))
    low, high = wilson(successes, n)
    return Interval(low=low, high=high, level=LEVEL, method="wilson", unit="example", n_units=n)
