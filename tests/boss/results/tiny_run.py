"""A complete run of a few invented sentences: a clean and an attacked cell, two parts each.

As a program: ``tiny_run.py OUTPUT [FILE NTH]`` makes or continues the run under OUTPUT, and with FILE
kills itself (SIGKILL) where FILE would be renamed into place for the NTH time.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa

from boss.metrics.cells import majority_of
from boss.results.manifest import Code, DatasetEntry, Environment, Run
from boss.results.schema import PREDICTIONS, AttackCell, Cell, Cost, Subject
from boss.results.writer import RunWriter, open_run

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
        "benchmark_version": "0.1",
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


def make_cell(attacked: bool, **changes: Any) -> Cell:
    attack = AttackCell(
        dimension="typo",
        level="char",
        tag="malicious",
        access="rule",
        field="text",
        version="1",
        n_variants=2,
        seed=7,
        degrees=DEGREES,
    )
    fields: dict[str, Any] = {
        "suite": "mini",
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
    return Cell(**{**fields, **changes})


def make_part(cell: Cell, index: int) -> pa.Table:
    """Return the rows of one half of the examples; a guess is wrong for s3, and for s1 from 0.2 on."""
    rows = []
    for example in sorted(TEXTS)[index * 2 : index * 2 + 2]:
        text, label = TEXTS[example]
        slots: list[tuple[int | None, float | None]] = [(None, None)]
        if cell.attack is not None:
            slots = [(0, 0.0), *((v, d) for v in range(cell.attack.n_variants) for d in DEGREES[1:])]
        for variant, degree in slots:
            wrong = example == "s3" or (example == "s1" and variant == 1 and degree == DEGREES[-1])
            right_answer = LABELS.index(label)
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
                    "distance": None if degree is None else degree * 0.9,
                    "unperturbable": None if degree is None else False,
                    "truncated": False,
                    "text": None if degree is None else text.replace("o", "0", round(degree * 10)),
                }
            )
    return pa.Table.from_pylist(rows, schema=PREDICTIONS)


def measure(writer: RunWriter, cell: Cell, subject: Subject) -> int:
    """Measure what is not done of a cell; return how many parts had to be made."""
    done = writer.parts(cell, subject)
    todo = [index for index in range(N_PARTS) if index not in done]
    for index in todo:
        part = make_part(cell, index)
        writer.write_part(cell.key, index, part, Cost(n_queries=part.num_rows, n_forward=2))
    writer.finish_cell(cell, subject, n_parts=N_PARTS, seed=7, evaluator_relationship="first_party")
    return len(todo)


def measure_all(output: Path, run: Run | None = None) -> RunWriter:
    """Make or continue the run and return its writer, closed."""
    cells = [make_cell(attacked=False), make_cell(attacked=True)]
    with open_run(output, run or make_run()) as writer:
        writer.plan([cell.key for cell in cells])
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
        for cell in reversed(cells):  # finished in another order than planned
            measure(writer, cell, make_subject())
        writer.close("complete")
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
