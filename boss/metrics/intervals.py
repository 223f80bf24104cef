"""95 % intervals: Wilson for proportions of distinct examples, a seeded cluster bootstrap for the rest.

Sources: Wilson 1927, with Brown, Cai & DasGupta 2001, "Interval Estimation for a Binomial Proportion",
for why not the normal one; Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13
(percentile interval), with whole sources resampled where examples or variants share one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from boss.errors import ConfigError
from boss.metrics.scores import Floats
from boss.results.schema import Interval

LEVEL = 0.95
N_RESAMPLES = 2_000
_DRAWS_PER_CHUNK = 1 << 21  # 16 MB of int64
_GRID = 2.0**32


@dataclass(frozen=True)
class Column:
    """One number of a cell before it is summed.

    Attributes:
        statistics: shape ``(n_examples, k)``.
        finish: sums of shape ``(..., k)`` -> values of shape ``(...)``, in [0, 1].
        zero_one: each example has one value, 0 or 1, and the number is their mean.
        repeated: several texts per example are behind the number, so the example is a source.
    """

    statistics: Floats
    finish: Callable[[Floats], Floats]
    zero_one: bool = False
    repeated: bool = False

    @property
    def value(self) -> float:
        """The number itself."""
        return float(self.finish(self.statistics.sum(axis=0)))


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Return Wilson's score interval of ``successes`` out of ``n``."""
    from scipy.stats import binomtest

    ci = binomtest(successes, n).proportion_ci(LEVEL, method="wilson")
    return float(ci.low), float(ci.high)


def intervals(
    columns: Sequence[Column], sources: NDArray[np.intp], *, seed: int, n_resamples: int = N_RESAMPLES
) -> list[Interval]:
    """Return the interval of every column; all columns see the same resamples.

    Args:
        sources: shape ``(n_examples,)``: index in ``0 .. n_sources - 1`` of each example's source.
        seed: of the bootstrap; columns that get Wilson's interval do not use it.
    """
    n_sources = int(sources.max()) + 1
    shared = n_sources < len(sources)
    drawn = [column for column in columns if shared or not column.zero_one]
    units = [_sum_by_source(column.statistics, sources, n_sources) for column in drawn]
    by_bootstrap = iter(
        _bootstrap(drawn, units, shared=shared, seed=seed, n_resamples=n_resamples) if drawn else []
    )
    return [
        next(by_bootstrap) if shared or not column.zero_one else _wilson_of_examples(column)
        for column in columns
    ]


def resampled_sums(units: Floats, *, seed: int, n_resamples: int) -> Floats:
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


def _sum_by_source(statistics: Floats, sources: NDArray[np.intp], n_sources: int) -> Floats:
    units = np.zeros((n_sources, statistics.shape[1]))
    np.add.at(units, sources, statistics)
    return units


def _bootstrap(
    columns: Sequence[Column], units: Sequence[Floats], *, shared: bool, seed: int, n_resamples: int
) -> list[Interval]:
    sums = resampled_sums(np.concatenate(units, axis=1), seed=seed, n_resamples=n_resamples)
    ends = np.cumsum([unit.shape[1] for unit in units])[:-1]
    tail = (1 - LEVEL) / 2
    made = []
    for column, unit, resampled in zip(columns, units, np.split(sums, ends, axis=1), strict=True):
        kind: Literal["example", "source"] = "source" if shared or column.repeated else "example"
        low, high = (float(q) for q in np.quantile(column.finish(resampled), [tail, 1 - tail]))
        if low == high:
            made.append(_wilson_of_units(column.value, unit, kind))
            continue
        made.append(
            Interval(
                low=low,
                high=high,
                level=LEVEL,
                method="bootstrap",
                unit=kind,
                n_units=len(unit),
                n_resamples=n_resamples,
                seed=seed,
            )
        )
    return made


def _wilson_of_units(value: float, units: Floats, kind: Literal["example", "source"]) -> Interval:
    """Stand in for a bootstrap of zero width, which says nothing (all units alike, or only one).

    Wilson's interval of a proportion ``value`` of the units that bear on the metric; where that is not
    a whole number of units, from its floor to its ceiling. Wider than needed, never narrower.
    """
    n = max(1, int(units.any(axis=1).sum()))
    low, high = wilson(floor(value * n), n)[0], wilson(ceil(value * n), n)[1]
    return Interval(low=low, high=high, level=LEVEL, method="wilson-clusters", unit=kind, n_units=n)


def _wilson_of_examples(column: Column) -> Interval:
    n = len(column.statistics)
    low, high = wilson(round(column.value * n), n)
    return Interval(low=low, high=high, level=LEVEL, method="wilson", unit="example", n_units=n)
