"""Points (ID score, OOD score), one per model that was measured, out of stored runs or a table."""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, inf
from pathlib import Path
from typing import TypeVar

from boss.errors import ConfigError, DataError, ResultError
from boss.metrics.calibration import METRICS as CALIBRATION
from boss.metrics.intervals import wilson
from boss.results.schema import Record, Subject
from boss.results.store import StoredRun, find_runs, read_run

FACTORS = ("scale", "steps", "shots", "tunable")
"""BOSS's four: parameters of the model, steps of training, examples trained on, parameters trained."""

FROZEN_METHODS = ("linear_probe", "decoder")
"""Training methods that leave the pretrained weights as they are."""

T = TypeVar("T")


@dataclass(frozen=True)
class Score:
    """A fraction in [0, 1] with its 95 % interval and n; both None where nobody gave them."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None


@dataclass(frozen=True)
class Point:
    """One model on a pair of datasets.

    Attributes:
        factor: the one of `FACTORS` in which it falls short of its family's most, ``scale`` for the
            most itself, ``several`` for more than one, None where nothing is known.
        factors: the known values of `FACTORS`.
        baseline: the fit is made on it; other points are only compared with the fit.
    """

    label: str
    id: Score
    ood: Score
    factor: str | None = None
    factors: Mapping[str, float] = field(default_factory=dict)
    baseline: bool = True


@dataclass(frozen=True)
class Pair:
    """All points of an ID and an OOD dataset, sorted by (ID, OOD, label)."""

    name: str
    suite: str
    task: str
    id: str
    ood: str
    metric: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class _Measured:
    """A point with what decides whether it may stand beside another, and in which pair."""

    pair: tuple[str, str, str, str, str]
    data: tuple[str, int, str, int]
    family: tuple[str, int | None]
    method: str
    epochs: int
    max_steps: float
    tunable: int | None
    path: Path
    point: Point


def points_of_runs(
    roots: Sequence[Path], *, task: str | None, metric: str | None, baseline_methods: Sequence[str] = ()
) -> list[Pair]:
    """Collect the pairs of every run under ``roots``.

    Attacked measurements are left out, and datasets of one class, whose accuracy is a recall. A measurement
    that stands in several runs counts once.

    Args:
        task: only this one; None for all.
        metric: of the records; None for each task's headline metric.
        baseline_methods: training methods the fit is made on; all where empty.

    Raises:
        ResultError: if no run holds a pair, or a pair's runs are of different revisions of a dataset.
        ConfigError: if less of the metric is better: the fits are of shares of what is right.
    """
    if metric in CALIBRATION:
        raise ConfigError(
            f"metric {metric!r}: lower is better, and the relation is of shares of what is right; leave "
            "metric out, or name another, such as macro_f1"
        )
    by_record: dict[tuple[str, str], _Measured] = {}
    for path in (path for root in roots for path in find_runs(root)):
        stored = read_run(path)
        for name in stored.run.tasks:
            if task in (None, name):
                for key, measured in _measured(stored, name, metric):
                    by_record.setdefault(key, measured)
    if not by_record:
        where = ", ".join(map(str, roots))
        raise ResultError(
            f"no run under {where} holds a clean ID and a clean OOD score"
            f"{f' of task {task}' if task else ''}; measure some: python -m boss.analyze sweep --help"
        )
    pairs: dict[tuple[str, str, str, str, str], list[_Measured]] = defaultdict(list)
    for measured in by_record.values():
        pairs[measured.pair].append(measured)
    return [_pair(key, _checked(key, group), baseline_methods) for key, group in sorted(pairs.items())]


def points_of_csv(path: Path) -> Pair:
    """Read the points of one pair from a table with a header.

    Columns: ``id`` and ``ood`` (fractions); may be added: ``label``, ``n_id``, ``n_ood`` (examples, for
    Wilson's intervals), ``factor``, ``scale``, ``steps``, ``shots``, ``tunable``, ``baseline`` (0 or 1).

    Raises:
        DataError: naming the line and the column that cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if missing := {"id", "ood"} - set(reader.fieldnames or ()):
                raise DataError(
                    f"{path}: column {', '.join(sorted(missing))} is missing; got {reader.fieldnames}"
                )
            points = [_row(row, f"{path}, line {reader.line_num}") for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    if not points:
        raise DataError(f"{path} holds no points; it needs a header and a line per model")
    return Pair(path.stem, "", "", "id", "ood", "score", _sorted(points))


def _measured(
    stored: StoredRun, task: str, metric: str | None
) -> Iterator[tuple[tuple[str, str], _Measured]]:
    clean = [
        r
        for r in stored.records
        if r.measurement.task == task
        and r.measurement.attack is None
        and r.score.metric == (metric or r.measurement.definition.metric)
        and r.status == "active"
        and not r.measurement.recall_only
    ]
    homes, aways = ([r for r in clean if r.measurement.role == role] for role in ("id", "ood"))
    if any(record.knows_shift for record in aways):
        return  # fitted on a shifted set: what is ID to others is shifted to it
    for home in homes:
        for away in aways:
            subject = home.model
            point = Point(
                label=f"{subject.id} {subject.method}, seed {home.seed}",
                id=_score(home),
                ood=_score(away),
                factors=_factors(stored, home),
            )
            yield (
                (home.record_id, away.record_id),
                _Measured(
                    (
                        *(home.measurement.suite, task, home.measurement.dataset),
                        *(away.measurement.dataset, home.score.metric),
                    ),
                    (
                        home.measurement.dataset_revision,
                        home.measurement.n_total,
                        away.measurement.dataset_revision,
                        away.measurement.n_total,
                    ),
                    (subject.id, subject.n_parameters),
                    subject.method,
                    _epochs(subject),
                    _max_steps(subject),
                    subject.n_tunable,
                    stored.path,
                    point,
                ),
            )


def _score(record: Record) -> Score:
    return Score(record.score.value, record.score.ci.low, record.score.ci.high, record.score.n_scored)


def _factors(stored: StoredRun, record: Record) -> dict[str, float]:
    """Return what the records say of the four factors; what they do not say is left out."""
    subject, factors = record.model, {}
    if subject.n_parameters is not None:
        factors["scale"] = float(subject.n_parameters)
    learnt = [d.n for d in stored.run.data if (d.dataset, d.split) == (record.measurement.dataset, "train")]
    if not learnt or subject.finetuned_on in ("none", "unknown"):
        return factors
    factors["shots"] = float(learnt[0])
    frozen = subject.method in FROZEN_METHODS
    # Older records do not say; fine-tuning then trains everything.
    tunable = subject.n_tunable if subject.n_tunable is not None or frozen else subject.n_parameters
    if tunable is not None:
        factors["tunable"] = float(tunable)
    if frozen:
        return factors
    size = subject.options.get("batch_size")
    if _epochs(subject) and isinstance(size, int):
        factors["steps"] = min(float(_epochs(subject) * ceil(learnt[0] / size)), _max_steps(subject))
    return factors


def _epochs(subject: Subject) -> int:
    """Return the passes over the train split the model was set to; 0 where it has no such option."""
    epochs = subject.options.get("epochs", 0)
    return epochs if isinstance(epochs, int) else 0


def _max_steps(subject: Subject) -> float:
    """Return the most steps the model was set to; infinity where there is no such limit."""
    steps = subject.options.get("max_steps")
    return float(steps) if isinstance(steps, int) else inf


def _checked(key: tuple[str, ...], group: list[_Measured]) -> list[_Measured]:
    for other in group[1:]:
        if other.data != group[0].data:
            raise ResultError(
                f"{group[0].path} and {other.path} measured different revisions of {key[2]} or {key[3]} of "
                f"suite {key[0]}, so their points cannot stand in one relation; leave one of them out"
            )
    return group


def _pair(key: tuple[str, str, str, str, str], group: list[_Measured], methods: Sequence[str]) -> Pair:
    suite, task, home, away, metric = key
    families: dict[tuple[str, int | None], list[_Measured]] = defaultdict(list)
    for measured in group:
        families[measured.family].append(measured)
    points = [
        replace(m.point, factor=_factor(m, members), baseline=not methods or m.method in methods)
        for members in families.values()
        for m in members
    ]
    return Pair(f"{suite}/{task}: {home} to {away}", suite, task, home, away, metric, _sorted(points))


def _factor(measured: _Measured, family: Sequence[_Measured]) -> str | None:
    """Name the factor in which a point falls short of the most in its family."""
    if not measured.point.factors:
        return None
    short = []
    if measured.point.factors.get("shots", 0.0) < max(m.point.factors.get("shots", 0.0) for m in family):
        short.append("shots")
    # Fewer examples make fewer steps by themselves, so what counts is what was set.
    trained = measured.method not in FROZEN_METHODS
    if trained and (
        measured.epochs < max(m.epochs for m in family)
        or measured.max_steps < max(m.max_steps for m in family)
    ):
        short.append("steps")
    if _tunable(measured) < max(map(_tunable, family)):
        short.append("tunable")
    return "scale" if not short else short[0] if len(short) == 1 else "several"


def _tunable(measured: _Measured) -> float:
    """Return the parameters trained; for older records, which do not say, none or all."""
    if measured.tunable is not None:
        return measured.tunable
    return 0.0 if measured.method in FROZEN_METHODS else inf


def _sorted(points: Sequence[Point]) -> tuple[Point, ...]:
    return tuple(sorted(points, key=lambda p: (p.id.value, p.ood.value, p.label)))


def _row(row: Mapping[str, str | None], where: str) -> Point:
    def read(column: str, kind: Callable[[str], T]) -> T | None:
        text = (row.get(column) or "").strip()
        if not text:
            return None
        try:
            return kind(text)
        except ValueError:
            raise DataError(f"{where}, column {column}: {text!r} is no {kind.__name__}") from None

    def score(column: str) -> Score:
        value, n = read(column, float), read(f"n_{column}", int)
        if value is None or not 0 <= value <= 1:
            raise DataError(f"{where}, column {column}: a score must be in [0, 1], got {row.get(column)!r}")
        if n is None:
            return Score(value)
        if n < 1:
            raise DataError(f"{where}, column n_{column}: must be at least 1, got {n}")
        return Score(value, *wilson(round(value * n), n), n)

    factor = read("factor", str)
    if factor is not None and factor not in FACTORS:
        raise ConfigError(f"{where}, column factor: {factor!r} is none of {', '.join(FACTORS)}")
    return Point(
        label=read("label", str) or where.rsplit(", ", 1)[1],
        id=score("id"),
        ood=score("ood"),
        factor=factor,
        factors={name: value for name in FACTORS if (value := read(name, float)) is not None},
        baseline=read("baseline", int) != 0,
    )
