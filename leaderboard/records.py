"""A run directory -> rows of one tidy frame: a row is a record, a column is part of what identifies it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from boss.errors import ResultError
from boss.metrics.summaries import DIMENSIONS
from boss.results.files import sha256_of
from boss.results.manifest import Run
from boss.results.schema import AttackCell, Cell, Record, Subject, canonical_json
from boss.results.store import RECORDS, SUMMARIES, StoredRun, read_run
from boss.results.summary import AttackGroup, Summary
from boss.tasks import TASKS

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
    "dataset",
    "role",
    "data",
    "cell",
    "answers",
    "attack",
    "dimension",
    "access",
    "tag",
    "settings",
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
NUMBERS = ("degree", "value", "low", "high", "level", "majority", "n_parameters")
COUNTS = ("n", "n_failed", "n_truncated")
FLAGS = ("recall_only", "stand_in")
COLUMNS = (*TEXT, *NUMBERS, *COUNTS, *FLAGS)
"""Columns of the frame.

``scope`` is ``cell`` for a record, and ``level`` or ``overall`` for a number over several attacks (a
summary), whose ``dataset`` names all sets of its role. ``data`` is the sha256 of what was evaluated, and
``answers`` that of the stored predictions of a cell (of a number over several, a list). ``contaminated``
is empty until `leaderboard.standing` says which sets the model may have learnt from, and why.
``attack`` names dimension, access and field, and is missing for a clean record, as are ``tag``, ``settings``
and ``degree``; ``degree`` is also missing for what is read off a whole curve. ``settings`` is the rest of the
attack's identity (version, variants, budget, options): numbers under different settings are not comparable.
"""

TYPES: dict[str, Any] = {
    **dict.fromkeys(TEXT, "str"),
    **dict.fromkeys(NUMBERS, float),
    **dict.fromkeys(COUNTS, int),
    **dict.fromkeys(FLAGS, bool),
}
"""A column without one value would otherwise be of no type at all."""

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
    unknown = sorted({record.cell.task for record in active} - set(TASKS))
    known = ", ".join(TASKS)
    left_out = [f"unknown task {task!r}; known tasks: {known}; not shown" for task in unknown]
    active = [record for record in active if record.cell.task in TASKS]
    return [*(_row(name, stored.run, record) for record in active), *_wider(name, stored, active)], left_out


def attack_name(attack: AttackCell | AttackGroup, task: str) -> str:
    """Name an attack for a reader: its dimension, and access and field where they are not the task's default.

    The tag is left out: it is a switch of its own. A group of attacks is named by its level.
    """
    wider = "all attacks" if attack.level is None else f"all {attack.level}-level attacks"
    parts = [attack.dimension or wider]
    if attack.access != "rule":
        parts.append(f"{attack.access} access")
    if attack.field not in ("default", TASKS[task].attacked[0]):
        parts.append(f"on {attack.field}")
    return ", ".join(parts)


def cells_behind(scope: str, cell: str, settings: str, answers: str) -> list[tuple[str, str]]:
    """Return key and ``answers`` of every cell behind a row of the frame; a wider row is over several."""
    if scope == "cell":
        return [(cell, answers)]
    return list(zip(json.loads(settings)[0], json.loads(answers), strict=True))


def attack_place(name: str) -> tuple[bool, int, str]:
    """Return what attacks are sorted by where a reader chooses among them.

    RobTest's dimensions come first, in its order, then others by name, and groups of attacks last.

    Args:
        name: as `attack_name` gives it.
    """
    dimension = name.split(",")[0]
    place = DIMENSIONS.index(dimension) if dimension in DIMENSIONS else len(DIMENSIONS)
    return name.startswith("all "), place, name


def _check_digests(path: Path, run: Run) -> None:
    """Refuse a finished run whose records or summaries are not the ones it listed when it finished."""
    for name in (RECORDS, SUMMARIES):
        listed = run.files.get(name)
        if listed is None:
            continue
        file = path / name
        found = sha256_of(file) if file.exists() else "no file"
        if found != listed.sha256:
            raise ResultError(
                f"{file}: sha256 is {found}, run.json lists {listed.sha256}; the file was changed or cut "
                "after the run. Restore it, or measure again."
            )


def _row(name: str, run: Run, record: Record) -> dict[str, Any]:
    cell, score = record.cell, record.score
    attack = cell.attack
    settings = None
    if attack is not None:
        # The seed and the list of degrees stay out: they change the draw, not what is measured.
        kept = attack.model_dump(mode="json", include={"version", "n_variants", "query_budget", "options"})
        settings = canonical_json(kept)
    return {
        **_run(name, run),
        **_subject(record.model),
        **{
            key: getattr(cell, key) for key in ("suite", "task", "dataset", "role", "recall_only", "stand_in")
        },
        "scope": "cell",
        "data": cell.dataset_sha256,
        "cell": cell.key,
        "answers": record.predictions_sha256,
        "attack": None if attack is None else attack_name(attack, record.cell.task),
        "dimension": None if attack is None else attack.dimension,
        "access": None if attack is None else attack.access,
        "tag": None if attack is None else attack.tag,
        "settings": settings,
        **_number(score.degree, score.value, score.ci.low, score.ci.high, score.ci.level, score.n_scored),
        "metric": score.metric,
        "aggregate": score.aggregate,
        "n_failed": score.n_failed,
        "n_truncated": score.n_truncated,
        "majority": record.majority_value,
        "flags": "; ".join(record.flags),
        "contaminated": "",
        "verification": record.verification,
    }


def _wider(name: str, stored: StoredRun, active: list[Record]) -> Iterator[dict[str, Any]]:
    """Yield the numbers over several attacks, which only the run itself can give intervals for."""
    cells: dict[str, Cell] = {record.cell.key: record.cell for record in active}
    answers = {record.cell.key: record.predictions_sha256 for record in active}
    subjects: dict[str, Record] = {record.cell.task: record for record in active}
    for summary in stored.summaries():
        attack = summary.attack
        if attack is None or attack.scope == "dimension" or not set(summary.cells) <= set(cells):
            continue
        record = subjects[summary.task]
        yield {
            **_run(name, stored.run),
            **_subject(record.model),
            **{key: getattr(summary, key) for key in ("suite", "task", "role", "metric", "aggregate")},
            "recall_only": False,
            "stand_in": record.cell.stand_in,
            "scope": attack.scope,
            "dataset": f"all {summary.role} sets",
            "data": canonical_json([cells[key].dataset_sha256 for key in summary.cells]),
            "cell": "",
            "answers": canonical_json([answers[key] for key in summary.cells]),
            "attack": attack_name(attack, record.cell.task),
            "dimension": None,
            "access": attack.access,
            "tag": EVERY_TAG,
            "settings": _settings_of(summary, cells),
            **_number(
                summary.degree,
                summary.value,
                summary.ci.low,
                summary.ci.high,
                summary.ci.level,
                summary.n_scored,
            ),
            "n_failed": 0,
            "n_truncated": 0,
            "majority": None,
            "flags": "",
            "contaminated": "",
            "verification": record.verification,
        }


def _settings_of(summary: Summary, cells: dict[str, Cell]) -> str:
    attacks = [cells[key].attack for key in summary.cells]
    include = {"version", "n_variants", "query_budget", "options"}
    each = [attack.model_dump(mode="json", include=include) for attack in attacks if attack is not None]
    return canonical_json([summary.cells, each])


def _run(name: str, run: Run) -> dict[str, Any]:
    return {"run": name, "run_id": run.run_id, "created_at": run.created_at, "run_status": run.status}


def _subject(model: Subject) -> dict[str, Any]:
    same = ("method", "revision", "adapter", "licence", "finetuned_on", "fingerprint", "n_parameters")
    training = json.dumps(model.training_datasets, ensure_ascii=False)
    return {"model": model.id, "training": training, **{key: getattr(model, key) for key in same}}


def _number(
    degree: float | None, value: float, low: float, high: float, level: float, n: int
) -> dict[str, float | None]:
    return {"degree": degree, "value": value, "low": low, "high": high, "level": level, "n": n}
