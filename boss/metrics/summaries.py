"""Numbers over several measurements of a run: per dimension, level and overall, over ID or OOD datasets.

A summary is the mean over dimensions of the mean over datasets: every dataset and every dimension
counts equally, whatever its size (Chen et al. 2023, RobTest, averages over dimensions so). What is read
off a degree curve is read off the mean curve. Intervals are percentile bootstrap, as in
`boss.metrics.intervals`: sources are resampled within each dataset by a stream of its own, so datasets are
independent; one resample serves all dimensions of a dataset, whose attacks share their examples.

Percentiles allow for few sources, and for datasets of different size, by `tail_over_sets`. A dataset's
variance is that of the number itself, over all dimensions and read off the curve where it is read off one,
when this dataset alone is drawn and the others stay as measured. In a mean, a measurement whose draws are all
alike, as where all of eight answers are right, is no certainty: its Wilson interval on its sources joins
the rest (`mover`). What is read off a curve has no such interval, and counts it as certain.

Recall-only datasets are in no mean with others: what they have for accuracy is called recall, and what is
made of their probabilities stays with the dataset.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from math import isfinite
from typing import Literal, NamedTuple, get_args

import numpy as np

from boss.errors import ResultError
from boss.measurement import AttackSettings
from boss.metrics.calibration import METRICS
from boss.metrics.intervals import (
    CURRENT,
    LEVEL,
    N_RESAMPLES,
    NO_WIDTH,
    Column,
    IntervalRule,
    percentile,
    resample,
    tail_over_sets,
    variance,
    without_width,
)
from boss.metrics.multiple import mover
from boss.metrics.numbers import Number, mean_coverage
from boss.metrics.scores import Floats
from boss.metrics.scoring import Tally
from boss.results.schema import Aggregate, Interval, Score, Subject
from boss.results.summary import AttackGroup, Summary
from robtest.dimensions import DIMENSIONS
from robtest.types import Level

_GRID = 2.0**32
_NO_STATISTICS = np.empty((0, 0))

Over = Literal["mean", "lowest", "highest"]
_WORST: dict[Over, Callable[[Floats, Floats], Floats]] = {"lowest": np.minimum, "highest": np.maximum}


class _Group(NamedTuple):
    """What the measurements of a summary share; ``attack`` is None for clean measurements."""

    suite: str
    model: str
    method: str
    task: str
    role: Literal["id", "ood"]
    attack: AttackGroup | None


class _Name(NamedTuple):
    metric: str
    aggregate: Aggregate
    degree: float | None


class _Part(NamedTuple):
    """A measurement's share in a number.

    Attributes:
        point: the number, or its curve.
        resampled: the same in each resample, ``n_resamples`` first; multiples of 2**-32, so that sums are
            exact in any order.
        score: None where the measurement has no such number.
        coverage: None where the number has none.
    """

    dataset: str
    n_sources: int
    n_scored: int
    point: Floats
    resampled: Floats
    score: Score | None
    coverage: float | None


@dataclass
class _Sum:
    """A number over the datasets of a group, as measurements are added.

    Attributes:
        column: how points become values; its statistics are left out.
        parts: by the measurement's name.
    """

    column: Column
    higher_is_better: bool
    parts: dict[str, _Part] = field(default_factory=dict)

    @property
    def over_worst(self) -> Over:
        """What a summary over the worst of the measurements is called."""
        return "lowest" if self.higher_is_better else "highest"

    @property
    def coverage(self) -> float | None:
        """The mean of the measurements' coverages; None where one of them has none."""
        return mean_coverage([self.parts[name].coverage for name in sorted(self.parts)])

    def over(self, over: Over, resampled: Collection[str]) -> Floats:
        """Return the number, or its curve, over the measurements, whatever the order they were added in.

        Args:
            resampled: datasets that are taken as in each resample; the others are taken as measured.
        """
        parts = (self.parts[name] for name in sorted(self.parts))
        values = [part.resampled if part.dataset in resampled else part.point for part in parts]
        return _mean(values) if over == "mean" else reduce(_WORST[over], values)


class Summaries:
    """Collects the measurements of a run, one by one and in any order, and sums them up.

    It holds resampled numbers, not predictions: its size depends on the number of measurements, not on that
    of examples.
    """

    def __init__(self, *, seed: int, n_resamples: int = N_RESAMPLES, rule: IntervalRule = CURRENT) -> None:
        """Begin without measurements.

        Args:
            seed: of the run, and of the bootstrap.
        """
        self._rule = rule
        self._seed, self._n_resamples = seed, n_resamples
        self._groups: dict[_Group, dict[_Name, _Sum]] = {}
        self._names: set[str] = set()

    def add(self, counted: Tally, scores: Sequence[Score], subject: Subject) -> None:
        """Add a measurement.

        Args:
            scores: what `boss.metrics.scoring.score_tally` makes of ``counted``.

        Raises:
            ResultError: if the measurement was added before.
        """
        measurement = counted.measurement
        if measurement.name in self._names:
            raise ResultError(f"{measurement.name} was added before; a summary counts each measurement once")
        self._names.add(measurement.name)
        attack = None if measurement.attack is None else _of_dimension(measurement.attack)
        group = _Group(
            measurement.suite, subject.id, subject.method, measurement.task, measurement.role, attack
        )
        sums = self._groups.setdefault(group, {})
        score_of = {_Name(score.metric, score.aggregate, score.degree): score for score in scores}
        numbers = [n for n in counted.numbers if not (measurement.recall_only and n.name in METRICS)]
        columns = [number.column for number in numbers]
        stream = _stream(self._seed, f"{measurement.task}/{measurement.dataset}")
        drawn = resample(columns, counted.sources, seed=stream, n_resamples=self._n_resamples)
        n_sources = int(counted.sources.max()) + 1
        for number, resampled in zip(numbers, drawn, strict=True):
            name = _Name(number.name, number.aggregate, number.degree)
            sums.setdefault(name, _new_sum(number)).parts[measurement.name] = _Part(
                measurement.dataset,
                n_sources,
                number.n_scored,
                number.column.point,
                np.round(resampled * _GRID) / _GRID,
                score_of.get(name),
                number.coverage,
            )

    def summaries(self) -> list[Summary]:
        """Return all summaries, sorted: clean before attacked, dimensions before levels before overall."""
        made = []
        for group, sums in self._groups.items():
            for name, total in sums.items():
                made.append(self._summary(group, name, [total], "mean"))
                if group.attack is None and group.role == "ood":
                    made.append(self._summary(group, name, [total], total.over_worst))
        for (group, name), totals in self._over_dimensions().items():
            made.append(self._summary(group, name, totals, "mean"))
        return sorted((summary for summary in made if summary is not None), key=_order)

    def _over_dimensions(self) -> dict[tuple[_Group, _Name], list[_Sum]]:
        """Return, for each level and overall, every number with its sums: one of each dimension."""
        wider: dict[tuple[_Group, _Name], list[_Sum]] = {}
        # Sorted, as a mean over dimensions is no exact sum.
        for group in sorted(self._groups, key=str):
            # A variant of a dimension, which the configuration calls otherwise, stands for itself.
            attack = group.attack
            if attack is None or attack.name != attack.dimension or attack.dimension not in DIMENSIONS:
                continue
            level = {"scope": "level", "name": None, "dimension": None, "tag": None}
            for changes in (level, {**level, "scope": "overall", "level": None}):
                of = group._replace(attack=attack.model_copy(update=changes))
                for name, total in self._groups[group].items():
                    wider.setdefault((of, name), []).append(total)
        return wider

    def _summary(self, group: _Group, name: _Name, totals: Sequence[_Sum], over: Over) -> Summary | None:
        """Return the summary of a number over its dimensions, or None where it does not exist."""
        column = totals[0].column
        parts = dict(sorted(item for total in totals for item in total.parts.items()))
        value = float(column.values(_mean([total.over(over, ()) for total in totals])))
        if not isfinite(value):
            return None
        sizes: dict[str, tuple[int, int]] = {}
        for part in parts.values():
            sizes[part.dataset] = max(sizes.get(part.dataset, (0, 0)), (part.n_sources, part.n_scored))
        only = next(iter(parts.values())).score if len(parts) == 1 else None
        if only is not None:
            value, ci = only.value, only.ci
        elif over != "mean" and self._rule.welch:
            ci = _extreme([part.score.ci for part in parts.values() if part.score is not None], over)
        else:
            ci = self._interval(totals, over, value, {dataset: n for dataset, (n, _) in sizes.items()})
        attack = group.attack and group.attack.model_copy(update={"n_dimensions": len(totals)})
        return Summary(
            **group._replace(attack=attack)._asdict(),
            **name._asdict(),
            over=over,
            value=value,
            ci=ci,
            higher_is_better=totals[0].higher_is_better,
            minimum=column.minimum,
            maximum=column.maximum,
            n_datasets=len(sizes),
            n_scored=sum(n for _, n in sizes.values()),
            coverage=mean_coverage([total.coverage for total in totals]),
            measurements=tuple(parts),
            seed=self._seed,
        )

    def _interval(
        self, totals: Sequence[_Sum], over: Over, value: float, n_sources: Mapping[str, int]
    ) -> Interval:
        """Return the interval of a number over its dimensions; ``n_units`` is the sum of all sources.

        Args:
            n_sources: of each dataset.
        """
        column, n_units = totals[0].column, sum(n_sources.values())

        def drawn(resampled: Collection[str]) -> Floats:
            return column.values(_mean([total.over(over, resampled) for total in totals]))

        tail = self._rule.tail(n_units)
        if self._rule.welch:
            variances = [variance(column, drawn({dataset})) for dataset in n_sources]
            tail = tail_over_sets(variances, [*n_sources.values()])
        ci = percentile(column, drawn(n_sources), tail, unit="source", n_units=n_units, seed=self._seed)
        if ci is None:
            return without_width(column, value, _effective([*n_sources.values()], over), "source")
        still = _still(totals) if self._rule.welch and over == "mean" else []
        if not still or column.read is not None or column.limits is not None:
            return ci
        low, high = mover(value, [(value - ci.low, ci.high - value), *still])
        return ci.model_copy(update={"low": low, "high": high})


def _mean(values: Sequence[Floats]) -> Floats:
    """Return the mean of numbers, some of which may be of every resample."""
    return reduce(np.add, values) / len(values)


def _still(totals: Sequence[_Sum]) -> list[tuple[float, float]]:
    """Return how far the measurements whose draws are all alike may put the mean off, as for `mover`.

    One pair of sides per dataset: attacks on the same examples are off together, so theirs add up.
    """
    sides: dict[str, Floats] = {}
    for total in totals:
        for _, part in sorted(total.parts.items()):
            if np.ptp(part.resampled) < NO_WIDTH:
                value = float(part.point)
                ci = without_width(total.column, value, part.n_sources, "source")
                share = np.array([value - ci.low, ci.high - value]) / (len(total.parts) * len(totals))
                sides[part.dataset] = sides.get(part.dataset, np.zeros(2)) + share
    return [(float(below), float(above)) for below, above in sides.values()]


def _extreme(intervals: Sequence[Interval], over: Over) -> Interval:
    """Return the interval of the worst of several datasets: the worst of the lower and of the upper limits.

    That of the dataset which came out worst would be off where they are alike, as it is chosen for its bad
    luck. Of k datasets that are all alike these limits hold 0.975^k - 0.025^k of the time (0.927 of 3), of a
    clear worst one 0.95.
    """
    worse = min if over == "lowest" else max
    return Interval(
        low=worse(ci.low for ci in intervals),
        high=worse(ci.high for ci in intervals),
        level=LEVEL,
        method="extreme",
        unit="source" if any(ci.unit == "source" for ci in intervals) else "example",
        n_units=sum(ci.n_units for ci in intervals),
    )


def _new_sum(number: Number) -> _Sum:
    return _Sum(replace(number.column, statistics=_NO_STATISTICS), number.higher_is_better)


def _of_dimension(attack: AttackSettings) -> AttackGroup:
    shared = {name: getattr(attack, name) for name in AttackGroup.model_fields if hasattr(attack, name)}
    return AttackGroup(**shared, scope="dimension", n_dimensions=1)


def _stream(seed: int, dataset: str) -> list[int]:
    """Return the seed of a dataset's own stream of draws."""
    digest = hashlib.sha256(dataset.encode()).digest()
    return [seed, *np.frombuffer(digest[:16], dtype="<u4").tolist()]


def _effective(n_sources: Sequence[int], over: Over) -> int:
    """Return how many sources of one dataset would make the mean of the datasets as certain.

    Of k datasets with variance v / n_i each, the mean has the variance v * sum(1 / n_i) / k^2.
    """
    if over != "mean":
        return min(n_sources)
    return max(1, int(len(n_sources) ** 2 / sum(1 / n for n in n_sources)))


def _order(summary: Summary) -> tuple[object, ...]:
    attack = summary.attack
    by_attack: tuple[object, ...] = (0,)
    if attack is not None:
        level = get_args(Level).index(attack.level) if attack.level else -1
        scope = get_args(AttackGroup.model_fields["scope"].annotation).index(attack.scope)
        shared = (attack.access, attack.field, attack.n_variants, attack.degrees)
        by_attack = (1, shared, scope, level, attack.dimension or "", attack.name or "")
    return (
        (summary.suite, summary.model, summary.method, summary.task),
        by_attack,
        (summary.role, summary.metric, summary.over),
        (get_args(Aggregate).index(summary.aggregate), -1 if summary.degree is None else summary.degree),
    )
