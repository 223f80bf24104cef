"""A complete run of a few invented sentences: a clean and an attacked measurement, two parts each.

As a program: ``tiny_run.py OUTPUT [FILE NTH]`` makes or continues the run under OUTPUT, and with FILE
kills itself (SIGKILL) where FILE would be renamed into place for the NTH time.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa

from boss.measurement import AttackSettings, Measurement, SearchSettings
from boss.metrics.scoring import majority_of
from boss.metrics.summaries import Summaries
from boss.results.manifest import Code, DatasetEntry, Environment, Run
from boss.results.schema import PREDICTIONS, Cost, Subject
from boss.results.writer import RunWriter, open_run
from boss.run import finish

LABELS = ("negative", "positive")
TEXTS = {
    "s1": ("The soup was cold and so was the waiter.", "negative"),
    "s2": ("A lovely evening, I would come back at once.", "positive"),
    "s3": ("My umbrella broke on its first day.", "negative"),
    "s4": ("This lamp lights the whole room.", "positive"),
}
DEGREES = (0.0, 0.1, 0.2)
N_PARTS = 2


def make_run(run_id: str = "20260102T030405-ab", **changes: Any) -> Run:
    fields: dict[str, Any] = {
        "suite_version": "0.1",
        "run_id": run_id,
        "status": "running",
        "created_at": "2026-01-02T03:04:05Z",
        "suite": "mini",
        "model": "lab/guess",
        "tasks": ("sentiment",),
        "seed": 7,
        "command": "python -m boss.eval model=guess",
        "overrides": ("model=guess",),
        "config": {"model": {"name": "guess"}, "seed": 7},
        "config_sha256": "c" * 64,
        "code": Code(
            package="boss-robtest", version="0.1", commit="unknown", dirty="unknown", source_sha256="d" * 64
        ),
        "environment": Environment(
            python="3.11", platform="test", device="cpu", n_threads=1, packages={"numpy": "2"}
        ),
    }
    return Run(**{**fields, **changes})


def make_subject(name: str = "lab/guess") -> Subject:
    return Subject(
        id=name,
        revision="1",
        adapter="callable",
        method="none",
        weights_sha256="unknown",
        finetuned_on="none",
        training_datasets=("unknown",),
        n_parameters=None,
        licence="MIT",
        dtype="float64",
        max_length=None,
        fingerprint="f" * 64,
    )


def make_cell(attacked: bool, **changes: Any) -> Measurement:
    attack = AttackSettings(
        name="typo",
        dimension="typo",
        level="char",
        tag="malicious",
        access="rule",
        field="text",
        version="1",
        options={"layout": "azerty"},
        search=SearchSettings(version="1", options={"compatible": False}),
        n_variants=2,
        seed=7,
        degrees=DEGREES,
    )
    fields: dict[str, Any] = {
        "suite": "mini",
        "suite_version": "1",
        "task": "sentiment",
        "dataset": "notes",
        "split": "test",
        "role": "id",
        "recall_only": False,
        "stand_in": True,
        "labels": LABELS,
        "dataset_revision": "1",
        "dataset_sha256": "e" * 64,
        "n_total": len(TEXTS),
        "n_evaluated": len(TEXTS),
        "subset": "all",
        "majority": majority_of([label for _, label in TEXTS.values()]),
        "attack": attack if attacked else None,
    }
    return Measurement(**{**fields, **changes})


def make_part(measurement: Measurement, index: int) -> pa.Table:
    """Return the rows of one half of the examples; a guess is wrong for s3, and for s1 from 0.2 on.

    No edit of s4 fits at 0.1.
    """
    rows = []
    for example in sorted(TEXTS)[index * 2 : index * 2 + 2]:
        text, label = TEXTS[example]
        slots: list[tuple[int | None, float | None]] = [(None, None)]
        if measurement.attack is not None:
            slots = [(0, 0.0), *((v, d) for v in range(measurement.attack.n_variants) for d in DEGREES[1:])]
        for variant, degree in slots:
            wrong = example == "s3" or (example == "s1" and variant == 1 and degree == DEGREES[-1])
            alone = example == "s4" and degree == DEGREES[1]
            right_answer = LABELS.index(label)
            n_changed = 0 if degree is None or alone else round(degree * 10)
            answer = 1 - right_answer if wrong else right_answer
            rows.append(
                {
                    "example_id": example,
                    "source": example,
                    "variant": variant,
                    "degree": degree,
                    "input_sha256": "b" * 64,
                    "label": label,
                    "prediction": LABELS[answer],
                    "probs": [0.75, 0.25] if answer == 0 else [0.25, 0.75],
                    "distance": None if degree is None else 0.0 if alone else degree * 0.9,
                    "unperturbable": None if degree is None else alone,
                    "truncated": False,
                    "text": None if degree is None else text.replace("o", "0", n_changed),
                }
            )
    return pa.Table.from_pylist(rows, schema=PREDICTIONS)


def measure(
    writer: RunWriter, measurement: Measurement, subject: Subject, sums: Summaries | None = None
) -> int:
    """Measure what is not done of a measurement; return how many parts had to be made."""
    done = writer.parts(measurement, subject)
    todo = [index for index in range(N_PARTS) if index not in done]
    for index in todo:
        part = make_part(measurement, index)
        writer.write_part(measurement.name, index, part, Cost(n_queries=part.num_rows, n_forward=2))
    finish(writer, sums or Summaries(seed=7), measurement, subject, n_parts=N_PARTS, seed=7)
    return len(todo)


def measure_all(output: Path, run: Run | None = None) -> RunWriter:
    """Make or continue the run and return its writer, closed."""
    measurements = [make_cell(attacked=False), make_cell(attacked=True)]
    sums = Summaries(seed=7)
    with open_run(output, run or make_run()) as writer:
        writer.plan([measurement.name for measurement in measurements])
        entry = DatasetEntry(
            dataset="notes",
            split="test",
            revision="1",
            sha256="e" * 64,
            n=len(TEXTS),
            n_total=len(TEXTS),
            subset="all",
            removed={},
        )
        writer.set_data([entry])
        for measurement in reversed(measurements):  # finished in another order than planned
            measure(writer, measurement, make_subject(), sums)
        writer.close("complete", sums.summaries())
    return writer


def kill_at(name: str, nth: int) -> None:
    """Make the ``nth`` rename onto a file called ``name`` the end of this process."""
    rename, seen = os.replace, 0

    def replace(source: Any, target: Any) -> None:
        nonlocal seen
        seen += Path(target).name == name
        if seen == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        rename(source, target)

    os.replace = replace  # type: ignore[assignment]


if __name__ == "__main__":
    if len(sys.argv) > 2:
        kill_at(sys.argv[2], int(sys.argv[3]))
    # A second attempt has another id and date, as it would from the command line.
    measure_all(Path(sys.argv[1]), make_run(run_id=f"attempt-{os.getpid()}"))
