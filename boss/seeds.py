"""``python -m boss.seeds DIR...``: runs that differ in their seed alone, as one number with its spread."""

import shlex
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from boss.config import identity_sha256
from boss.errors import ResultError
from boss.measurement import Measurement
from boss.metrics.scoring import Tally, tally
from boss.metrics.seeds import OverSeeds, Repeat, over_seeds
from boss.repeats import called, command_of, grouped, main_of, matched, shown, subject_of
from boss.results.store import StoredRun


@dataclass(frozen=True)
class MeasurementOverSeeds:
    """The numbers of one measurement over the seeds of a group of runs.

    Attributes:
        measurement: its key.
    """

    suite: str
    model: str
    method: str
    task: str
    attacked_metric: str
    dataset: str
    role: str
    measurement: str
    numbers: tuple[OverSeeds, ...]


def combine(roots: Sequence[Path], *, seed: int = 0) -> list[MeasurementOverSeeds]:
    """Return the measurements that all runs of a group have; a group's runs differ in their seed alone.

    The seed chooses the subset of a test set as well (``n_examples=null`` takes all of it), and the copies
    under attack, so that a deviation is of all these together. A run that stands there twice counts once, as
    the newer one; one whose like has no other seed is left out.

    Args:
        seed: of the bootstrap.

    Raises:
        ResultError: if a run cannot be read or is unfinished, or no two runs differ in their seed alone.
    """
    groups = grouped(roots, _options, lambda stored: stored.run.seed)
    several = [list(runs.values()) for runs in groups if len(runs) > 1]
    if not several:
        where = ", ".join(map(str, roots))
        raise ResultError(
            f"no two runs under {where} differ in their seed alone; make some: "
            f"{shlex.join([*command_of(groups, 'seed'), 'seeds=3'])}"
        )
    return [measurement for runs in several for measurement in _combined(runs, seed)]


def _options(stored: StoredRun) -> str:
    """Return the digest of a run's options apart from its seed, those of the model included."""
    return identity_sha256({key: value for key, value in stored.run.config.items() if key != "seed"})


def _combined(runs: Sequence[StoredRun], seed: int) -> Iterator[MeasurementOverSeeds]:
    for alike in matched(runs, lambda run, measurement: measurement.apart_from_seed(run=run.run.run_id)):
        measurement, subject = alike[0], subject_of(runs[0], alike[0])
        repeats = [_repeat(run, own) for run, own in zip(runs, alike, strict=True)]
        yield MeasurementOverSeeds(
            suite=measurement.suite,
            model=subject.id,
            method=subject.method,
            task=measurement.task,
            attacked_metric=measurement.definition.attacked_metric,
            dataset=measurement.dataset,
            role=measurement.role,
            measurement=measurement.name,
            numbers=tuple(over_seeds(repeats, seed=seed)),
        )


def _repeat(run: StoredRun, measurement: Measurement) -> Repeat:
    predictions = run.predictions(measurement.name)
    counted = tally(measurement, predictions)
    return Repeat(run.run.seed, counted, _sources(counted, predictions))


def _sources(counted: Tally, predictions: pa.Table) -> list[str]:
    return [str(name) for name in predictions["source"].take(counted.layout.clean).to_pylist()]


def show(results: Sequence[MeasurementOverSeeds], degree: float, console: Console) -> None:
    """Print a table per model and task: clean measurements, and attacked ones at a degree."""
    groups: dict[tuple[str, str, str, str], list[MeasurementOverSeeds]] = defaultdict(list)
    for measurement in results:
        groups[measurement.suite, measurement.task, measurement.model, measurement.method].append(measurement)
    for (suite, task, model, method), measurements in groups.items():
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
        for name in ("dataset", "number", "mean", "SD", "of each seed"):
            table.add_column(name, justify="left" if name in ("dataset", "number") else "right", no_wrap=True)
        for measurement in measurements:
            for number in shown(
                measurement.measurement, measurement.attacked_metric, measurement.numbers, degree
            ):
                table.add_row(*map(Text, _row(measurement, number)))
        console.print(Text(f"{task}, {model} {method}, suite {suite}", style="bold"))
        console.print(table)
        seeds = ", ".join(map(str, measurements[0].numbers[0].seeds))
        note = f"percent; seeds {seeds}; SD between seeds; 95 % intervals over seeds and sources"
        console.print(Text(note, style="dim"), "")


def _row(measurement: MeasurementOverSeeds, number: OverSeeds) -> list[str]:
    return [
        f"{measurement.dataset}, {measurement.role.upper()}",
        called(measurement.measurement, number),
        f"{100 * number.mean:.1f} [{100 * number.ci.low:.1f}, {100 * number.ci.high:.1f}]",
        f"{100 * number.deviation:.1f}",
        " ".join(f"{100 * value:.1f}" for value in number.values),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    return main_of(
        arguments,
        "boss.seeds",
        "Mean, deviation between seeds, and intervals over seeds and sources, of runs that differ in their "
        "seed alone.",
        combine,
        show,
    )


if __name__ == "__main__":
    sys.exit(main())
