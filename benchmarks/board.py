"""python -m benchmarks.board [models=100] [cells=300]: how soon the board is there, on one core.

Made-up runs, one per model; the answers to clean examples are stored, by which the board tests for ties. The
first page reads and checks every run, which a changed run asks for once. A cold page is a new process that
imports, reads what was kept and works out the page; then a filter is changed.
Seconds are of the processor, so that a busy machine changes them little, and of the clock.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from rich.console import Console

from boss.results.manifest import Code, Environment, Run
from boss.results.parts import digest_of_parts, made_by, part_path, write_part
from boss.results.schema import PREDICTIONS, AttackCell, Cell, Cost, Interval, Record, Score, Subject

USAGE = "usage: python -m benchmarks.board [models=100] [cells=300]"
ROOT = Path(__file__).resolve().parents[1]
SHA = hashlib.sha256(b"").hexdigest()
DIMENSIONS = ("typo", "glyph", "phonetic", "synonym", "contextual", "inflection", "syntax", "distraction")
DEGREES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
N = 500
TIMED = """
import os, sys, time
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
start = time.perf_counter()
from streamlit.testing.v1 import AppTest
page = AppTest.from_file(sys.argv[1], default_timeout=600).run()
assert not page.exception and len(page.dataframe), page.exception
print(time.process_time(), time.perf_counter() - start)
times = []
for words in ("model-1", "model-2", "model-3"):
    start = time.process_time(), time.perf_counter()
    page.text_input(key="search").set_value(words).run()
    times.append((time.process_time() - start[0], time.perf_counter() - start[1]))
print(*sorted(times)[1])
"""


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns 0, 2 for a wrong option."""
    options = {"models": "100", "cells": "300"}
    for word in arguments:
        key, _, value = word.partition("=")
        if key not in options or not value.isdecimal() or int(value) < 1:
            sys.stderr.write(f"{word!r} is no option\n{USAGE}\n")
            return 2
        options[key] = value
    with tempfile.TemporaryDirectory() as scratch:
        measure(Path(scratch), int(options["models"]), int(options["cells"]))
    return 0


def measure(folder: Path, n_models: int, n_cells: int) -> None:
    """Write the runs, open the board three times, and print how long each took."""
    generator = np.random.default_rng(0)
    for i in range(n_models):
        write_run(folder / "runs", i, n_cells, generator)
    environment = {
        **os.environ,
        "BOSS_RUNS": str(folder / "runs"),
        "BOSS_SHIPPED": "off",
        "BOSS_CACHE": str(folder / "cache"),
        "PYTHONPATH": str(ROOT),
    }
    console = Console()
    for label in ("first page", "cold page", "cold page"):
        command = [sys.executable, "-c", TIMED, str(ROOT / "leaderboard" / "app.py")]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        page, changed = (line.split() for line in done.stdout.splitlines()[-2:])
        console.print(f"{label}: {_seconds(page)}; changed filter: {_seconds(changed)}")


def _seconds(pair: Sequence[str]) -> str:
    return f"{float(pair[0]):.2f} s of the processor, {float(pair[1]):.2f} s by the clock"


def write_run(folder: Path, number: int, n_cells: int, generator: np.random.Generator) -> None:
    """Write a run of ``n_cells`` records: one clean one per dataset, then attacked ones."""
    model, created = f"model-{number}", f"2025-01-{1 + number % 28:02}T00:00:00Z"
    path = folder / model
    path.mkdir(parents=True)
    run = Run(
        benchmark_version="1",
        run_id=model,
        status="complete",
        created_at=created,
        suite="mini",
        model=model,
        tasks=("sentiment",),
        seed=0,
        command=f"python -m boss.eval model={model}",
        overrides=(),
        config={},
        config_sha256=SHA,
        code=Code(package="boss", version="1", commit="unknown", dirty="unknown", source_sha256=SHA),
        environment=Environment(python="3.11", platform="any", device="cpu", n_threads=1, packages={}),
    )
    (path / "run.json").write_text(run.model_dump_json(), encoding="utf-8")
    skill = float(generator.uniform(0.55, 0.95))
    rights: dict[str, float] = {}
    with (path / "records.jsonl").open("w", encoding="utf-8") as file:
        for cell, degree, aggregate in planned(n_cells):
            if cell.attack is None:
                rights[cell.dataset] = answer(path, cell, skill - 0.1 * (cell.role == "ood"), generator)
            value = max(0.0, rights[cell.dataset] - 0.3 * (degree or 0))
            record = Record(
                benchmark_version="1",
                run_id=model,
                created_at=created,
                model=subject(model),
                cell=cell,
                score=score(value, degree, aggregate),
                cost=Cost(n_queries=N, n_forward=N),
                seed=0,
                predictions=f"predictions/{cell.key}",
                predictions_sha256=SHA if cell.attack else digest_of_parts(path, cell.key),
                evaluator_relationship="first_party",
            )
            file.write(record.model_dump_json() + "\n")


def answer(run: Path, cell: Cell, skill: float, generator: np.random.Generator) -> float:
    """Write the answers to a cell's examples; return the share that is right."""
    right = generator.random(N) < skill
    rows = [
        {
            "example_id": f"{cell.dataset}-{i:04}",
            "source": f"{cell.dataset}-{i:04}",
            "input_sha256": hashlib.sha256(f"{cell.dataset}-{i:04}".encode()).hexdigest(),
            "label": cell.labels[i % 2],
            "prediction": cell.labels[i % 2 if right[i] else 1 - i % 2],
            "truncated": False,
        }
        for i in range(N)
    ]
    table = pa.Table.from_pylist(rows, schema=PREDICTIONS)
    file = part_path(run, cell.key, 0)
    file.parent.mkdir(parents=True)
    write_part(file, table, Cost(n_queries=N, n_forward=N), made_by(cell, subject(run.name)))
    return float(right.mean())


def planned(n: int) -> list[tuple[Cell, float | None, str]]:
    """Return cell, degree and aggregate of the first ``n`` records of a run on four datasets."""
    sets = {"reviews": "id", "tweets": "ood", "letters": "ood", "news": "ood"}
    found: list[tuple[Cell, float | None, str]] = [
        (cell(name, sets[name], None), None, "clean") for name in sets
    ]
    for dimension in DIMENSIONS:
        for name in sets:
            attacked = cell(name, sets[name], dimension)
            found += [(attacked, degree, each) for degree in DEGREES for each in ("average", "worst")]
    return found[:n]


def cell(dataset: str, role: str, dimension: str | None) -> Cell:
    """Return the cell of a dataset, clean or under one attack."""
    attack = (
        None
        if dimension is None
        else AttackCell(
            dimension=dimension,
            level="char",
            tag="malicious",
            access="rule",
            field="default",
            version="1",
            n_variants=5,
            seed=0,
            degrees=DEGREES,
        )
    )
    return Cell.model_validate(
        {
            "suite": "mini",
            "task": "sentiment",
            "dataset": dataset,
            "split": "test",
            "role": role,
            "recall_only": False,
            "stand_in": True,
            "labels": ("negative", "positive"),
            "dataset_revision": "1",
            "dataset_sha256": hashlib.sha256(dataset.encode()).hexdigest(),
            "n_total": N,
            "n_evaluated": N,
            "subset": "all",
            "majority": 0.5,
            "attack": attack,
        }
    )


def subject(model: str) -> Subject:
    """Return the card of a made-up model."""
    return Subject(
        id=model,
        revision="1",
        adapter="callable",
        method="default",
        weights_sha256="unknown",
        finetuned_on="none",
        training_datasets=("unknown",),
        n_parameters=None,
        licence="unknown",
        dtype="float32",
        max_length=None,
        fingerprint=hashlib.sha256(model.encode()).hexdigest(),
    )


def score(value: float, degree: float | None, aggregate: str) -> Score:
    """Return a number with an interval of two points to either side."""
    interval = Interval(
        low=max(0.0, value - 0.02),
        high=min(1.0, value + 0.02),
        level=0.95,
        method="wilson",
        unit="example",
        n_units=N,
    )
    return Score.model_validate(
        {
            "metric": "accuracy",
            "aggregate": aggregate,
            "degree": degree,
            "value": value,
            "ci": interval,
            "higher_is_better": True,
            "minimum": 0,
            "maximum": 1,
            "n_scored": N,
            "n_failed": 0,
            "n_truncated": 0,
            "n_texts": N,
        }
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
