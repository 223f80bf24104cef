"""One number over several seeds: mean, deviation between seeds, and an interval over seeds and sources."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from boss.errors import ResultError
from boss.metrics.intervals import (
    N_RESAMPLES,
    Column,
    by_source,
    percentile,
    resampled_sums,
    tail_of,
    without_width,
)
from boss.metrics.numbers import Number, mean_coverage
from boss.metrics.scores import Floats
from boss.metrics.scoring import Tally
from boss.results.schema import Aggregate, Interval


@dataclass(frozen=True)
class Repeat:
    """What one seed measured of a measurement.

    Attributes:
        sources: name of each example's source, in the order of the tally's examples.
    """

    seed: int
    counted: Tally
    sources: Sequence[str]


@dataclass(frozen=True)
class OverSeeds:
    """A number over seeds.

    Attributes:
        seeds, values: one of each, by rising seed.
        deviation: standard deviation of the values, with n - 1.
        ci: of the mean.
        coverage: the mean of those of the seeds, as of `boss.results.schema.Score`.
    """

    metric: str
    aggregate: Aggregate
    degree: float | None
    seeds: tuple[int, ...]
    values: tuple[float, ...]
    mean: float
    deviation: float
    ci: Interval
    coverage: float | None


def over_seeds(
    repeats: Sequence[Repeat], *, seed: int = 0, n_resamples: int = N_RESAMPLES
) -> list[OverSeeds]:
    """Return every number that all seeds have, in the order of the measurement's records.

    The interval is the percentile interval of a bootstrap on two levels. Sources are drawn once for all
    seeds, since the same example is as hard for each of them; those that only some seeds measured, as
    each draws its own subset, are drawn with the others. To the mean over seeds is added that of as many
    deviations of seeds, drawn from the measured ones. Drawn so, few seeds vary less than they should: their
    deviations are first made longer by sqrt(n / (n - 1)) (Rao & Wu 1988). Drawing seeds anew among drawn
    sources would count the chance in the sources twice. Source of the levels: Davison & Hinkley 1997,
    "Bootstrap Methods and their Application", section 3.8.

    Args:
        seed: of the bootstrap.

    Raises:
        ResultError: if there are fewer than two seeds, or one of them twice.
    """
    ordered = sorted(repeats, key=lambda repeat: repeat.seed)
    seeds = tuple(repeat.seed for repeat in ordered)
    if len(set(seeds)) < 2 or len(set(seeds)) < len(seeds):
        raise ResultError(
            f"a deviation between seeds needs at least two seeds, each once, got {list(seeds)}; measure "
            "with more: seeds=3 makes three runs"
        )
    rows = shared(repeat.counted.numbers for repeat in ordered)
    names = sorted({name for repeat in ordered for name in repeat.sources})
    place = {name: i for i, name in enumerate(names)}
    places = [np.array([place[name] for name in repeat.sources], dtype=np.intp) for repeat in ordered]
    units = [
        by_source(number.column.statistics, where, len(names))
        for row in rows
        for number, where in zip(row, places, strict=True)
    ]
    sums = resampled_sums(np.concatenate(units, axis=1), seed=seed, n_resamples=n_resamples)
    parts = iter(np.split(sums, np.cumsum([unit.shape[1] for unit in units])[:-1], axis=1))
    draws = np.random.default_rng([seed, len(seeds)]).integers(len(seeds), size=(n_resamples, len(seeds)))
    summed = []
    for row in rows:
        # A resample may hold no source that a seed measured: no number then, counted by `percentile`.
        with np.errstate(invalid="ignore", divide="ignore"):
            resampled = np.stack([n.column.values(n.column.resampled(next(parts))) for n in row])
        values = np.array([number.column.value for number in row])
        means = _means(resampled, values, draws, row[0].column)
        summed.append(_summed(row, seeds, values, means, len(names), seed))
    return summed


def shared(numbers_of_runs: Iterable[Sequence[Number]]) -> list[list[Number]]:
    """Return the numbers that exist in every run, per number one of each run."""
    by_name = [
        {(n.name, n.aggregate, n.degree): n for n in numbers if np.isfinite(n.column.value)}
        for numbers in numbers_of_runs
    ]
    return [[own[name] for own in by_name] for name in by_name[0] if all(name in own for own in by_name)]


def _means(resampled: Floats, values: Floats, draws: NDArray[np.int64], column: Column) -> Floats:
    """Return the mean over seeds in each resample.

    Args:
        resampled: shape ``(n_seeds, n_resamples)``, or with limits of the column ``(..., 2)``.
        values: of each seed, shape ``(n_seeds,)``.
        draws: seeds drawn in each resample, shape ``(n_resamples, n_seeds)``.
    """
    n = len(values)
    longer = sqrt(n / (n - 1)) * (values - values.mean())
    # Beyond the maximum for one seed and not for another: no number, counted by `percentile`.
    with np.errstate(invalid="ignore"):
        moved = longer[draws].mean(axis=1)
        means = resampled.mean(axis=0) + (moved if resampled.ndim == 2 else moved[:, None])
        return np.asarray(np.clip(means, column.minimum, column.maximum), dtype=np.float64)


def _summed(
    row: Sequence[Number],
    seeds: tuple[int, ...],
    values: Floats,
    means: Floats,
    n_sources: int,
    seed: int,
) -> OverSeeds:
    first, mean = row[0], float(values.mean())
    ci = percentile(first.column, means, tail_of(n_sources), unit="source", n_units=n_sources, seed=seed)
    return OverSeeds(
        first.name,
        first.aggregate,
        first.degree,
        seeds,
        tuple(values.tolist()),
        mean,
        float(values.std(ddof=1)),
        ci or without_width(first.column, mean, n_sources, "source"),
        mean_coverage([number.coverage for number in row]),
    )
