"""Numbers over several cells of a run: per dimension, per level and overall, over the ID or OOD datasets.

A summary is the mean over dimensions of the mean over datasets: every dataset and every dimension
counts equally, whatever its size (Chen et al. 2023, RobTest, averages over dimensions so). What is read
off a degree curve is read off the mean curve. Intervals are percentile bootstrap, as in
`boss.metrics.intervals`: sources are resampled within each dataset by a stream of its own, so datasets are
independent; one resample serves all dimensions of a dataset, whose attacks share their examples.

Recall-only datasets are in no mean with others: what they have for accuracy is called recall, and what is
made of their probabilities stays with the dataset.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Literal, NamedTuple, get_args

import numpy as np

from boss.errors import ResultError
from boss.metrics.calibration import METRICS
from boss.metrics.cells import Tally
from boss.metrics.intervals import N_RESAMPLES, Column, percentile, resample, without_width
from boss.metrics.numbers import Number
from boss.metrics.scores import Floats
from boss.results.schema import Aggregate, AttackCell, Level, Score, Subject
from boss.results.summary import AttackGroup, Summary

_GRID = 2.0**32
_NO_STATISTICS = np.empty((0, 0))

Over = Literal["mean", "lowest", "highest"]


class _Group(NamedTuple):
    """What the cells of a summary share; ``attack`` is None for clean cells."""

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
    """A cell's share in a number; ``score`` is None where the cell has no such number."""

    dataset: str
    n_sources: int
    n_scored: int
    point: Floats
    score: Score | None


@dataclass
class _Sum:
    """A number over the datasets of a group, as cells are added.

    Attributes:
        column: how points become values; its statistics are left out.
        parts: by cell key.
        resampled: sum over the cells, shape ``(n_resamples, ...)``; of multiples of 2**-32, so that it is
            exact in whatever order cells are added.
        worst: the worst of the cells, the same shape: the least, or the most where lower is better.
    """

    column: Column
    higher_is_better: bool
    parts: dict[str, _Part] = field(default_factory=dict)
    resampled: Floats = field(default_factory=lambda: np.zeros(()))
    worst: Floats | None = None

    @property
    def over_worst(self) -> Over:
        """What a summary over the worst of the cells is called."""
        return "lowest" if self.higher_is_better else "highest"

    def add(self, key: str, part: _Part, resampled: Floats) -> None:
        self.parts[key] = part
        self.resampled = self.resampled + np.round(resampled * _GRID) / _GRID
        worse = np.minimum if self.higher_is_better else np.maximum
        self.worst = resampled if self.worst is None else worse(self.worst, resampled)

    def point(self, over: Over) -> Floats:
        """Return the number, or its curve, over the cells."""
        points = np.stack([self.parts[key].point for key in sorted(self.parts)])
        if over == "mean":
            return np.asarray(points.mean(axis=0))
        return np.asarray(points.min(axis=0) if over == "lowest" else points.max(axis=0))

    def in_resamples(self, over: Over) -> Floats:
        """Return the same in each resample."""
        if over == "mean" or self.worst is None:
            return self.resampled / len(self.parts)
        return self.worst


DIMENSIONS = (
    "typo",
    "glyph",
    "phonetic",
    "synonym",
    "contextual",
    "inflection",
    "syntax",
    "distraction",
)
"""RobTest's (Chen et al. 2023, Table 1), which levels and overall are means over. Other attacks, such as
the recipes of TextAttack, stand for themselves."""


class Summaries:
    """Collects the cells of a run, one by one and in any order, and sums them up.

    It holds resampled sums, not predictions: its size depends on the number of dimensions, not on that of
    examples.
    """

    def __init__(
        self, benchmark_version: str, *, seed: int, n_resamples: int = N_RESAMPLES, expanded: bool = True
    ) -> None:
        """Begin without cells.

        Args:
            seed: of the run, and of the bootstrap.
            expanded: see `boss.metrics.intervals.percentile`.
        """
        self._benchmark_version, self._expanded = benchmark_version, expanded
        self._seed, self._n_resamples = seed, n_resamples
        self._groups: dict[_Group, dict[_Name, _Sum]] = {}
        self._cells: set[str] = set()

    def add(self, counted: Tally, scores: Sequence[Score], subject: Subject) -> None:
        """Add a cell.

        Args:
            scores: what `boss.metrics.cells.score_tally` makes of ``counted``.

        Raises:
            ResultError: if the cell was added before.
        """
        cell = counted.cell
        if cell.key in self._cells:
            raise ResultError(f"{cell.key} was added before; a summary counts each cell once")
        self._cells.add(cell.key)
        attack = None if cell.attack is None else _of_dimension(cell.attack)
        group = _Group(cell.suite, subject.id, subject.method, cell.task, cell.role, attack)
        sums = self._groups.setdefault(group, {})
        score_of = {_Name(score.metric, score.aggregate, score.degree): score for score in scores}
        numbers = [n for n in counted.numbers if not (cell.recall_only and n.name in METRICS)]
        columns = [number.column for number in numbers]
        stream = _stream(self._seed, f"{cell.task}/{cell.dataset}")
        found = resample(columns, counted.sources, seed=stream, n_resamples=self._n_resamples)
        n_sources = int(counted.sources.max()) + 1
        for number, resampled in zip(numbers, found, strict=True):
            name = _Name(number.name, number.aggregate, number.degree)
            part = _Part(cell.dataset, n_sources, number.n_scored, number.column.point, score_of.get(name))
            sums.setdefault(name, _new_sum(number)).add(cell.key, part, resampled)

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
            if group.attack is None or group.attack.dimension not in DIMENSIONS:
                continue
            level = {"scope": "level", "dimension": None, "tag": None}
            for changes in (level, {**level, "scope": "overall", "level": None}):
                of = group._replace(attack=group.attack.model_copy(update=changes))
                for name, total in self._groups[group].items():
                    wider.setdefault((of, name), []).append(total)
        return wider

    def _summary(self, group: _Group, name: _Name, totals: Sequence[_Sum], over: Over) -> Summary | None:
        """Return the summary of a number over its dimensions, or None where it does not exist."""
        column = totals[0].column
        parts = {key: part for total in totals for key, part in total.parts.items()}
        value = float(column.values(np.mean([total.point(over) for total in totals], axis=0)))
        if not isfinite(value):
            return None
        sizes: dict[str, tuple[int, int]] = {}
        for part in parts.values():
            sizes[part.dataset] = max(sizes.get(part.dataset, (0, 0)), (part.n_sources, part.n_scored))
        only = next(iter(parts.values())).score if len(parts) == 1 else None
        if only is not None:
            value, ci = only.value, only.ci
        else:
            n_sources = [n for n, _ in sizes.values()]
            values = column.values(np.mean([total.in_resamples(over) for total in totals], axis=0))
            found = percentile(
                column,
                values,
                unit="source",
                n_units=sum(n_sources),
                seed=self._seed,
                expanded=self._expanded,
            )
            ci = found or without_width(column, value, _effective(n_sources, over), "source")
        attack = group.attack and group.attack.model_copy(update={"n_dimensions": len(totals)})
        return Summary(
            benchmark_version=self._benchmark_version,
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
            cells=tuple(sorted(parts)),
            seed=self._seed,
        )


def _new_sum(number: Number) -> _Sum:
    return _Sum(replace(number.column, statistics=_NO_STATISTICS), number.higher_is_better)


def _of_dimension(attack: AttackCell) -> AttackGroup:
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
        settings = (attack.access, attack.field, attack.n_variants, attack.degrees, str(attack.query_budget))
        by_attack = (1, settings, scope, level, attack.dimension or "", attack.tag or "")
    return (
        (summary.suite, summary.model, summary.method, summary.task),
        by_attack,
        (summary.role, summary.metric, summary.over),
        (get_args(Aggregate).index(summary.aggregate), -1 if summary.degree is None else summary.degree),
    )
