"""Run directories -> one tidy frame: a row is a record, a column is part of what identifies it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from boss.errors import BossError
from boss.results.schema import AttackCell, Record, Run, canonical_json
from boss.results.store import find_runs, read_run
from boss.tasks import TASKS

COLUMNS = (
    "run",
    "run_id",
    "created_at",
    "run_status",
    "suite",
    "model",
    "method",
    "task",
    "dataset",
    "role",
    "recall_only",
    "stand_in",
    "data",
    "attack",
    "tag",
    "settings",
    "degree",
    "metric",
    "aggregate",
    "value",
    "low",
    "high",
    "level",
    "n",
    "majority",
    "flags",
)
"""Columns of the frame.

``data`` is the sha256 of what was evaluated; ``attack`` names dimension, access and field, and is missing
for a clean record, as are ``tag``, ``settings`` and ``degree``; ``settings`` is the rest of the attack's
identity (version, variants, budget, options): numbers under different settings are not comparable.
"""

# A column without one value would otherwise be of no type at all.
_TYPES = {
    **dict.fromkeys(("degree", "value", "low", "high", "level", "majority"), float),
    **dict.fromkeys(("recall_only", "stand_in"), bool),
    "n": int,
}

Stamp = tuple[tuple[str, int, int], ...]
"""Path, size and time of change in ns of every file that is read: what a cache is keyed by."""


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


def stamp(root: Path) -> Stamp:
    """Return what changes when a run under ``root`` is added, removed or changed."""
    files = [run / name for run in find_runs(root) for name in ("run.json", "records.jsonl")]
    return tuple(_stamp(file) for file in files)


def read_runs(root: Path) -> Runs:
    """Read every run under ``root``; one that cannot be read becomes a `Problem` and stops nothing."""
    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    paths = find_runs(root)
    for path in paths:
        name = _name(path, root)
        try:
            stored = read_run(path)
        except (BossError, OSError, ValueError) as error:
            problems.append(Problem(name, str(error)))
            continue
        active = [record for record in stored.records if record.status == "active"]
        unknown = sorted({record.cell.task for record in active} - set(TASKS))
        if unknown:
            known = ", ".join(TASKS)
            problems.append(Problem(name, f"unknown task {unknown[0]!r}; known tasks: {known}; not shown"))
        rows += [_row(name, stored.run, record) for record in active if record.cell.task in TASKS]
    records = pd.DataFrame(rows, columns=list(COLUMNS)).astype(_TYPES)
    return Runs(records, tuple(problems), len(paths))


def attack_name(attack: AttackCell) -> str:
    """Name an attack for a reader: its dimension, and access and field where they are not the default.

    The tag is left out: it is a switch of its own.
    """
    parts = [attack.dimension]
    if attack.access != "rule":
        parts.append(f"{attack.access} access")
    if attack.field != "default":
        parts.append(f"on {attack.field}")
    return ", ".join(parts)


def _row(name: str, run: Run, record: Record) -> dict[str, Any]:
    cell, score = record.cell, record.score
    attack = cell.attack
    settings = None
    if attack is not None:
        # The seed and the list of degrees stay out: they change the draw, not what is measured.
        kept = attack.model_dump(mode="json", include={"version", "n_variants", "query_budget", "options"})
        settings = canonical_json(kept)
    return {
        "run": name,
        "run_id": run.run_id,
        "created_at": run.created_at,
        "run_status": run.status,
        "suite": cell.suite,
        "model": record.model.id,
        "method": record.model.method,
        "task": cell.task,
        "dataset": cell.dataset,
        "role": cell.role,
        "recall_only": cell.recall_only,
        "stand_in": cell.stand_in,
        "data": cell.dataset_sha256,
        "attack": None if attack is None else attack_name(attack),
        "tag": None if attack is None else attack.tag,
        "settings": settings,
        "degree": score.degree,
        "metric": score.metric,
        "aggregate": score.aggregate,
        "value": score.value,
        "low": score.ci.low,
        "high": score.ci.high,
        "level": score.ci.level,
        "n": score.n_scored,
        "majority": record.majority_value,
        "flags": "; ".join(record.flags),
    }


def _stamp(file: Path) -> tuple[str, int, int]:
    try:
        status = file.stat()
    except OSError:
        return str(file), -1, -1
    return str(file), status.st_size, status.st_mtime_ns


def _name(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
