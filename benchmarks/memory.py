"""python -m benchmarks.memory: peak memory of boss.eval with 200 and with 20,000 examples."""

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

USAGE = """usage: python -m benchmarks.memory [small=200] [large=20000] [json=FILE]

Each run is a process of its own: model tfidf, typo attack, rule access, two degrees, two variants."""

SUBJECTS = ("The harbour", "This kettle", "Our guide", "The second chapter", "Her bicycle", "That lamp")
VERBS = ("surprised", "annoyed", "pleased", "bored", "helped", "worried")
OBJECTS = (
    "everybody on the boat",
    "the whole family",
    "our neighbours",
    "two of my friends",
    "nobody at all",
)
ENDS = ("from the first day", "in spite of the weather", "much more than last year", "as far as I can tell")
LABELS = ("negative", "positive", "neutral")

SUITE = """name: scaled
version: "1"
description: Made-up sentences in any number
stand_in: true
fractions: {train: 0.7, validation: 0.1, test: 0.2}
"""
DATASET = """task: sentiment
role: id
title: Made-up sentences
shift: "the ID dataset: made-up sentences"
url: https://example.org/scaled
licence: MIT
labels: [negative, positive, neutral]
label_mapping: as they are
source: {_target_: boss.data.sources.LocalFile, path: data}
files: {train: train.csv, test: test.csv}
reader: {_target_: boss.data.readers.table.Delimited, fields: {text: text}, label: label}
"""

# Prints the peak of the resident set, in bytes, after the command ended (Linux counts in kilobytes).
MEASURED = """
import resource, runpy, sys
sys.argv = ["boss.eval", *sys.argv[1:]]
try:
    runpy.run_module("boss.eval", run_name="__main__")
except SystemExit as stop:
    status = stop.code or 0
print("PEAK", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
sys.exit(status)
"""


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; return its exit status."""
    given = dict(argument.partition("=")[::2] for argument in arguments)
    if not given.keys() <= {"small", "large", "json"}:
        print(USAGE, file=sys.stderr)
        return 2
    sizes = [int(given.get("small", "200")), int(given.get("large", "20000"))]
    peaks = {n: peak(n) for n in sizes}
    table = Table("examples", "peak memory, MB")
    for n, found in peaks.items():
        table.add_row(f"{n:,}", f"{found / 1e6:,.0f}")
    difference = peaks[sizes[1]] - peaks[sizes[0]]
    table.add_row("difference", f"{difference / 1e6:,.0f}")
    Console().print(table)
    if "json" in given:
        rows = {"peaks": {str(n): found for n, found in peaks.items()}, "difference": difference}
        Path(given["json"]).write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 0


def peak(n: int) -> int:
    """Return the peak memory in bytes of a run over ``n`` test examples, all of them attacked."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "suite").mkdir()
        (folder / "suite" / "scaled.yaml").write_text(SUITE)
        (folder / "dataset" / "scaled").mkdir(parents=True)
        (folder / "dataset" / "scaled" / "sentences.yaml").write_text(DATASET)
        (folder / "dataset" / "scaled" / "data").mkdir()
        for split, size in (("train", 500), ("test", n)):
            _write(folder / "dataset" / "scaled" / "data" / f"{split}.csv", size, split)
        options = [f"--config-dir={folder}", "suite=scaled", "model=tfidf", "task=sentiment", "attack=typo"]
        options += ["n_examples=null", "n_attacked=null", "degrees=[0.1,0.3]", "n_variants=2"]
        options += [f"output={folder / 'runs'}", f"cache={folder / 'cache'}"]
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, *options],
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"boss.eval failed:\n{done.stderr}")
        return int(done.stdout.rsplit("PEAK", 1)[1])


def _write(path: Path, n: int, split: str) -> None:
    """Write ``n`` different sentences; the number in each keeps them apart."""
    rng = np.random.default_rng(len(split))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "label"])
        for number in range(n):
            subject, verb, thing, end = (str(rng.choice(part)) for part in (SUBJECTS, VERBS, OBJECTS, ENDS))
            label = LABELS[VERBS.index(verb) % 3]
            writer.writerow([f"{subject} {verb} {thing} {end}, {split} number {number}.", label])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
