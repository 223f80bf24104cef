"""``python -m boss.seeds DIR...``: runs that differ in their seed alone, as one number with its spread."""

import argparse
import json
import shlex
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from boss.config import identity_sha256
from boss.errors import BossError, ResultError
from boss.measurement import Measurement
from boss.metrics.scoring import Tally, tally
from boss.metrics.seeds import OverSeeds, Repeat, over_seeds
from boss.results.manifest import UNFINISHED
from boss.results.schema import Subject
from boss.results.store import StoredRun, find_runs, read_run

WIDTH = 120


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
    under attack, so that a deviation is of all these together. A run that stands there twice counts once;
    one whose like has no other seed is left out.

    Args:
        seed: of the bootstrap.

    Raises:
        ResultError: if a run cannot be read or is unfinished, or no two runs differ in their seed alone.
    """
    groups: dict[str, dict[int, StoredRun]] = defaultdict(dict)
    for path in (path for root in roots for path in find_runs(root)):
        stored = read_run(path)
        if stored.run.status in UNFINISHED:
            raise ResultError(
                f"{path} is unfinished; the command that began it continues it: {stored.run.command}"
            )
        groups[_options(stored)].setdefault(stored.run.seed, stored)
    several = [list(runs.values()) for runs in groups.values() if len(runs) > 1]
    if not several:
        where = ", ".join(map(str, roots))
        raise ResultError(
            f"no two runs under {where} differ in their seed alone; make some: {_of_several_seeds(groups)}"
        )
    return [measurement for runs in several for measurement in _combined(runs, seed)]


def _of_several_seeds(groups: Mapping[str, Mapping[int, StoredRun]]) -> str:
    """Return a command that measures what the first of some runs measured, with several seeds."""
    first = next((stored for runs in groups.values() for stored in runs.values()), None)
    words = ["python", "-m", "boss.eval"] if first is None else shlex.split(first.run.command)
    return shlex.join([*(word for word in words if not word.startswith("seed=")), "seeds=3"])


def _options(stored: StoredRun) -> str:
    """Return the digest of a run's options apart from its seed, those of the model included."""
    return identity_sha256({key: value for key, value in stored.run.config.items() if key != "seed"})


def _combined(runs: Sequence[StoredRun], seed: int) -> Iterator[MeasurementOverSeeds]:
    alike = [
        {measurement.apart_from_seed(run=run.run.run_id): measurement for measurement in run.measurements()}
        for run in runs
    ]
    for likeness, measurement in alike[0].items():
        if not all(likeness in of_run for of_run in alike):
            continue
        repeats = [_repeat(run, of_run[likeness]) for run, of_run in zip(runs, alike, strict=True)]
        subject = _subject(runs[0], measurement)
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


def _subject(run: StoredRun, measurement: Measurement) -> Subject:
    return next(record.model for record in run.records if record.measurement.name == measurement.name)


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
            for number in _shown(measurement, degree):
                table.add_row(*map(Text, _row(measurement, number)))
        console.print(Text(f"{task}, {model} {method}, suite {suite}", style="bold"))
        console.print(table)
        seeds = ", ".join(map(str, measurements[0].numbers[0].seeds))
        note = f"percent; seeds {seeds}; SD between seeds; 95 % intervals over seeds and sources"
        console.print(Text(note, style="dim"), "")


def _shown(measurement: MeasurementOverSeeds, degree: float) -> list[OverSeeds]:
    """Return the headline number of a clean measurement, the average and the worst of an attacked one."""
    if measurement.measurement.endswith("/clean"):
        return list(measurement.numbers[:1])
    return [
        n
        for n in measurement.numbers
        if n.aggregate in ("average", "worst")
        and n.degree == degree
        and n.metric in (measurement.attacked_metric, "recall")
    ]


def _row(measurement: MeasurementOverSeeds, number: OverSeeds) -> list[str]:
    attack = measurement.measurement.rsplit("/", 1)[1].split("-")[0]
    return [
        f"{measurement.dataset}, {measurement.role.upper()}",
        number.metric if number.degree is None else f"{attack} {number.degree:g}: {number.aggregate}",
        f"{100 * number.mean:.1f} [{100 * number.ci.low:.1f}, {100 * number.ci.high:.1f}]",
        f"{100 * number.deviation:.1f}",
        " ".join(f"{100 * value:.1f}" for value in number.values),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m boss.seeds",
        description="Mean, deviation between seeds, and intervals over seeds and sources, of runs that "
        "differ in their seed alone.",
        epilog="exit code: 0 done, 1 there are no such runs or one cannot be read",
    )
    parser.add_argument(
        "dirs", nargs="+", type=Path, metavar="DIR", help="run directories, or folders of them"
    )
    parser.add_argument(
        "--degree", type=float, default=0.1, help="of attacked measurements in the table (default: 0.1)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap (default: 0)")
    parser.add_argument("--output", choices=("table", "json"), default="table", help="default: table")
    options = parser.parse_args(arguments)
    try:
        results = combine(options.dirs, seed=options.seed)
    except BossError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if options.output == "json":
        rows = [{**asdict(result), "numbers": [_plain(n) for n in result.numbers]} for result in results]
        print(json.dumps(rows, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        show(results, options.degree, Console() if sys.stdout.isatty() else Console(width=WIDTH))
    return 0


def _plain(number: OverSeeds) -> dict[str, object]:
    return {**asdict(number), "ci": number.ci.model_dump(mode="json")}


if __name__ == "__main__":
    sys.exit(main())
