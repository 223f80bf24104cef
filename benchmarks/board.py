"""python -m benchmarks.board [models=100] [measurements=300]: how soon the board is there, on one core.

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

from benchmarks.estimators import SUBJECT
from boss.measurement import AttackSettings, Measurement, SearchSettings
from boss.results.manifest import Code, Environment, Run
from boss.results.parts import digest_of_parts, part_path, provenance, write_part
from boss.results.schema import PREDICTIONS, Cost, Interval, Record, Score, Subject

USAGE = "usage: python -m benchmarks.board [models=100] [measurements=300]"
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
    options = {"models": "100", "measurements": "300"}
    for word in arguments:
        key, _, value = word.partition("=")
        if key not in options or not value.isdecimal() or int(value) < 1:
            sys.stderr.write(f"{word!r} is no option\n{USAGE}\n")
            return 2
        options[key] = value
    with tempfile.TemporaryDirectory() as scratch:
        measure(Path(scratch), int(options["models"]), int(options["measurements"]))
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
        run_id=model,
        status="complete",
        created_at=created,
        suite="mini",
        suite_version="1",
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
        for measurement, degree, aggregate in planned(n_cells):
            if measurement.attack is None:
                rights[measurement.dataset] = answer(
                    path, measurement, skill - 0.1 * (measurement.role == "ood"), generator
                )
            value = max(0.0, rights[measurement.dataset] - 0.3 * (degree or 0))
            record = Record(
                run_id=model,
                created_at=created,
                model=subject(model),
                measurement=measurement,
                score=score(value, degree, aggregate),
                cost=Cost(n_queries=N, n_forward=N),
                seed=0,
                predictions=f"predictions/{measurement.name}",
                predictions_sha256=SHA if measurement.attack else digest_of_parts(path, measurement.name),
                evaluator_relationship="first_party",
            )
            file.write(record.model_dump_json() + "\n")


def answer(run: Path, measurement: Measurement, skill: float, generator: np.random.Generator) -> float:
    """Write the answers to a measurement's examples; return the share that is right."""
    right = generator.random(N) < skill
    rows = [
        {
            "example_id": f"{measurement.dataset}-{i:04}",
            "source": f"{measurement.dataset}-{i:04}",
            "input_sha256": hashlib.sha256(f"{measurement.dataset}-{i:04}".encode()).hexdigest(),
            "label": measurement.labels[i % 2],
            "prediction": measurement.labels[i % 2 if right[i] else 1 - i % 2],
            "truncated": False,
        }
        for i in range(N)
    ]
    table = pa.Table.from_pylist(rows, schema=PREDICTIONS)
    file = part_path(run, measurement.name, 0)
    file.parent.mkdir(parents=True)
    write_part(file, table, Cost(n_queries=N, n_forward=N), provenance(measurement, subject(run.name)))
    return float(right.mean())


def planned(n: int) -> list[tuple[Measurement, float | None, str]]:
    """Return measurement, degree and aggregate of the first ``n`` records of a run on four datasets."""
    sets = {"reviews": "id", "tweets": "ood", "letters": "ood", "news": "ood"}
    found: list[tuple[Measurement, float | None, str]] = [
        (measurement(name, sets[name], None), None, "clean") for name in sets
    ]
    for dimension in DIMENSIONS:
        for name in sets:
            attacked = measurement(name, sets[name], dimension)
            found += [(attacked, degree, each) for degree in DEGREES for each in ("average", "worst")]
    return found[:n]


def measurement(dataset: str, role: str, dimension: str | None) -> Measurement:
    """Return the measurement of a dataset, clean or under one attack."""
    attack = (
        None
        if dimension is None
        else AttackSettings(
            name=dimension,
            dimension=dimension,
            level="char",
            tag="malicious",
            access="rule",
            field="default",
            version="1",
            options={},
            search=SearchSettings(version="1", options={}),
            n_variants=5,
            seed=0,
            degrees=DEGREES,
        )
    )
    return Measurement.model_validate(
        {
            "suite": "mini",
            "suite_version": "1",
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
    fingerprint = hashlib.sha256(model.encode()).hexdigest()
    return SUBJECT.model_copy(update={"id": model, "fingerprint": fingerprint})


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
