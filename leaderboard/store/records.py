"""A run directory -> rows of one tidy frame: a row is a record, a column is part of what identifies it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import TypeAdapter

from boss.errors import ResultError
from boss.measurement import AttackSettings, Measurement, canonical_json
from boss.results.manifest import Run
from boss.results.schema import Record, Score, Subject
from boss.results.store import RECORDS, SUMMARIES, StoredRun, read_run
from boss.results.summary import AttackGroup, Summary
from boss.tasks import TASKS, Task
from robtest.dimensions import DIMENSIONS
from robtest.files import file_sha256

TEXT = (
    "run",
    "run_id",
    "created_at",
    "run_status",
    "scope",
    "suite",
    "model",
    "method",
    "task",
    "own_task",
    "dataset",
    "role",
    "data",
    "measurement",
    "identity",
    "answers",
    "attack",
    "dimension",
    "access",
    "tag",
    "rounding",
    "metric",
    "aggregate",
    "flags",
    "contaminated",
    "revision",
    "adapter",
    "licence",
    "finetuned_on",
    "training",
    "fingerprint",
    "verification",
)
TOUCHED = ("touched", "touched_low", "touched_high", "touched_n")
NUMBERS = (
    *("degree", "value", "low", "high", "level", "coverage", *TOUCHED),
    *("majority", "n_parameters", "n_variants"),
)
COUNTS = ("n", "n_failed", "n_truncated")
FLAGS = ("recall_only", "stand_in")
COLUMNS = (*TEXT, *NUMBERS, *COUNTS, *FLAGS)
"""Columns of the frame.

``scope`` is ``measurement`` for a record, ``mean`` for the mean over the datasets of a role, and ``level`` or
``overall`` for a number over several attacks (summaries), whose ``dataset`` names all sets of the role.
``measurement`` is its name within the run, ``identity`` says what the number is of: numbers of equal identity
are the same measurement (`boss.measurement.Measurement.identity`), others are not compared. ``data`` is the
sha256 of what was evaluated, ``answers`` that of the stored predictions. Of a number over several, all four
are JSON lists in one order. ``own_task`` is the JSON of a task that is none of the project's, empty for those
that are (`task_of`). ``contaminated`` names a shifted set whose train split the model was fitted on;
`leaderboard.store.standing` adds those it may have learnt from, and why. ``attack`` names dimension, changed
options, access and field, and is missing for a clean record, as are ``tag``, ``rounding`` (a key of
`boss.results.schema.ROUNDING`), ``n_variants`` and ``degree``; ``degree`` is also missing for what is read
off a whole curve. ``coverage`` and `TOUCHED` are of `boss.results.schema.Score`, and missing where it has
none; a number over several has no `TOUCHED`.
"""

TYPES: dict[str, Any] = {
    **dict.fromkeys(TEXT, "str"),
    **dict.fromkeys(NUMBERS, float),
    **dict.fromkeys(COUNTS, int),
    **dict.fromkeys(FLAGS, bool),
}
"""A column without one value would otherwise be of no type at all."""

MEAN = "mean"
"""Scope of a mean over datasets, clean or under one attack: the interval that the run gives it."""

EVERY_TAG = "all"
"""Tag of a number over attacks of several tags."""


@dataclass(frozen=True)
class Problem:
    """A run that cannot be shown, and why."""

    run: str
    reason: str


@dataclass(frozen=True)
class Runs:
    """What a folder of runs holds: ``records`` with `COLUMNS`, and the runs that could not be read."""

    records: pd.DataFrame
    problems: tuple[Problem, ...]
    n_runs: int


def rows_of(path: Path, name: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rows of a run, all of it checked, and what of it is left out and why.

    Args:
        name: of the run, as the site shows it.

    Raises:
        ResultError: as `boss.results.store.read_run`, or if a file is not the one that run.json lists.
    """
    stored = read_run(path)
    _check_digests(path, stored.run)
    active = [record for record in stored.records if record.status == "active"]
    unknown = sorted({r.measurement.task for r in active if not r.measurement.is_defined})
    left_out = [
        f"task {task!r} is none of the project's, and the run does not say what it is; not shown"
        for task in unknown
    ]
    active = [record for record in active if record.measurement.is_defined]
    return [*(_row(name, stored.run, record) for record in active), *_wider(name, stored, active)], left_out


def task_of(rows: pd.DataFrame) -> Task | None:
    """Return the task that rows of one suite and task are of; None where it is one of the project's.

    Where runs define a task of one name in several ways, the one with most rows counts: the numbers of the
    others are of other measurements.

    Args:
        rows: records, or groups of them with their number in ``n_records``.
    """
    weight = rows["n_records"] if "n_records" in rows else pd.Series(1, index=rows.index)
    definitions = weight.groupby(rows["own_task"]).sum()
    text = "" if definitions.empty else sorted(definitions.index[definitions == definitions.max()])[0]
    return TypeAdapter(Task).validate_json(text) if text else None


def attack_name(attack: AttackSettings | AttackGroup, task: Task) -> str:
    """Name an attack for a reader: its dimension, and access and field where they are not the task's default.

    Options that are not the default stand behind the dimension. The tag is left out: it is a switch of its
    own. A group of attacks is named by its level. Copies of another model's are an attack of their own.
    """
    wider = "all attacks" if attack.level is None else f"all {attack.level}-level attacks"
    parts = [attack.label if isinstance(attack, AttackSettings) else attack.dimension or wider]
    if attack.access != "rule":
        parts.append(f"{attack.access} access")
    if (origin := attack.transferred) is not None:
        parts.append(f"transferred from {origin.model} ({origin.access} access)")
    if attack.field not in ("default", task.attacked[0]):
        parts.append(f"on {attack.field}")
    return ", ".join(parts)


def listed(identities: Sequence[str], *others: Sequence[str]) -> tuple[str, ...]:
    """Return the identities behind a number over several measurements, and others beside them, as JSON lists.

    They stand in the order of the identities, so that what a run calls its attacks does not count.
    """
    rows = sorted(zip(identities, *others, strict=True))
    return tuple(canonical_json(column) for column in zip(*rows, strict=True))


def measurements_behind(scope: str, name: str, identity: str, answers: str) -> list[tuple[str, str, str]]:
    """Return name, identity and ``answers`` of every measurement behind a row."""
    if scope == "measurement":
        return [(name, identity, answers)]
    return list(zip(json.loads(name), json.loads(identity), json.loads(answers), strict=True))


def attack_place(name: str) -> tuple[bool, int, str]:
    """Return the key that sorts attacks where a reader chooses among them.

    RobTest's dimensions come first, in its order, then others by name, and groups of attacks last.

    Args:
        name: as `attack_name` gives it.
    """
    dimension = name.split(",")[0]
    place = DIMENSIONS.index(dimension) if dimension in DIMENSIONS else len(DIMENSIONS)
    return name.startswith("all "), place, name


def task_place(name: str) -> tuple[int, str]:
    """Return the key that sorts tasks: the project's own in their order, then others by name."""
    return list(TASKS).index(name) if name in TASKS else len(TASKS), name


def _check_digests(path: Path, run: Run) -> None:
    """Refuse a finished run whose records or summaries are not the ones it listed when it finished."""
    for name in (RECORDS, SUMMARIES):
        listed = run.files.get(name)
        if listed is None:
            continue
        file = path / name
        actual = file_sha256(file) if file.exists() else "no file"
        if actual != listed.sha256:
            raise ResultError(
                f"{file}: sha256 is {actual}, run.json lists {listed.sha256}; the file was changed or cut "
                "after the run. Restore it, or measure again."
            )


def _row(name: str, run: Run, record: Record) -> dict[str, Any]:
    measurement, score = record.measurement, record.score
    same = ("suite", "task", "dataset", "role", "recall_only", "stand_in")
    return {
        **_run(name, run),
        **_subject(record.model),
        **{key: getattr(measurement, key) for key in same},
        "own_task": _own_task(measurement),
        "scope": "measurement",
        "data": measurement.dataset_sha256,
        "measurement": measurement.name,
        "identity": measurement.identity(score.aggregate, score.degree, run=run.run_id),
        "answers": record.predictions_sha256,
        **_attack(measurement.attack, measurement.definition),
        "rounding": _rounding(measurement.attack),
        **_number(score),
        "n": score.n_scored,
        "n_failed": score.n_failed,
        "n_truncated": score.n_truncated,
        "majority": record.majority_value,
        "flags": "; ".join(record.flags),
        "contaminated": _fitted_on(record),
        "verification": record.verification,
    }


def _wider(name: str, stored: StoredRun, active: list[Record]) -> Iterator[dict[str, Any]]:
    """Yield the numbers over several measurements, which only the run itself can give intervals for."""
    records = {record.measurement.name: record for record in active}
    for summary in stored.summaries():
        attack = summary.attack
        several = summary.over == "mean" and len(summary.measurements) > 1
        if not several or not set(summary.measurements) <= set(records):
            continue
        behind = [records[measurement] for measurement in summary.measurements]
        identities = [
            record.measurement.identity(summary.aggregate, summary.degree, run=stored.run.run_id)
            for record in behind
        ]
        identity, names, answers, data = listed(
            identities,
            [record.measurement.name for record in behind],
            [record.predictions_sha256 for record in behind],
            [record.measurement.dataset_sha256 for record in behind],
        )
        first = behind[0]
        yield {
            **_run(name, stored.run),
            **_subject(first.model),
            **{key: getattr(summary, key) for key in ("suite", "task", "role")},
            "own_task": _own_task(first.measurement),
            "recall_only": False,
            "stand_in": first.measurement.stand_in,
            "scope": MEAN if attack is None or attack.scope == "dimension" else attack.scope,
            "dataset": f"all {summary.role} sets",
            "data": data,
            "measurement": names,
            "identity": identity,
            "answers": answers,
            **_attack(attack, first.measurement.definition),
            "rounding": _rounding(first.measurement.attack),
            **_number(summary),
            "n": summary.n_scored,
            "n_failed": 0,
            "n_truncated": 0,
            "majority": None,
            "flags": "",
            "contaminated": "; ".join(filter(None, map(_fitted_on, behind))),
            "verification": first.verification,
        }


def _fitted_on(record: Record) -> str:
    """Return the shifted set of a record where its model was fitted on its train split, else nothing."""
    return f"{record.measurement.dataset} (fitted on its train split)" if record.knows_shift else ""


def _own_task(measurement: Measurement) -> str:
    own = measurement.own_task
    return "" if own is None else canonical_json(asdict(own))


def _attack(attack: AttackSettings | AttackGroup | None, task: Task) -> dict[str, Any]:
    if attack is None:
        return dict.fromkeys(("attack", "dimension", "access", "tag", "n_variants"))
    return {
        "attack": attack_name(attack, task),
        "dimension": attack.dimension,
        "access": attack.access,
        "tag": attack.tag or EVERY_TAG,
        "n_variants": attack.n_variants,
    }


def _rounding(attack: AttackSettings | None) -> str | None:
    return None if attack is None else "up" if attack.compatible else "down"


def _run(name: str, run: Run) -> dict[str, Any]:
    return {"run": name, "run_id": run.run_id, "created_at": run.created_at, "run_status": run.status}


def _subject(model: Subject) -> dict[str, Any]:
    same = ("method", "revision", "adapter", "licence", "finetuned_on", "fingerprint", "n_parameters")
    training = json.dumps(model.training_datasets, ensure_ascii=False)
    return {"model": model.id, "training": training, **{key: getattr(model, key) for key in same}}


def _number(number: Score | Summary) -> dict[str, Any]:
    same = ("metric", "aggregate", "degree", "value", "coverage")
    limits = {"low": number.ci.low, "high": number.ci.high, "level": number.ci.level}
    touched = number.touched if isinstance(number, Score) else None
    own = (
        (None,) * 4 if touched is None else (touched.value, touched.ci.low, touched.ci.high, touched.n_scored)
    )
    return {
        **{key: getattr(number, key) for key in same},
        **limits,
        **dict(zip(TOUCHED, own, strict=True)),
    }
