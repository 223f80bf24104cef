"""Runs that differ in one choice alone: put into groups, their measurements matched, and shown by a command.

`boss.seeds` and `boss.prompts` say which choice, and what becomes of the numbers.
"""

import argparse
import json
import shlex
import sys
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from rich.console import Console

from boss.errors import BossError, ResultError
from boss.measurement import Measurement, Strict
from boss.results.manifest import UNFINISHED
from boss.results.schema import Aggregate, Subject
from boss.results.store import StoredRun, find_runs, read_run

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

WIDTH = 120

K = TypeVar("K", bound=Hashable)
R = TypeVar("R", bound="DataclassInstance")


class Summed(Protocol):
    """A number over several runs."""

    @property
    def metric(self) -> str:
        """Its metric."""

    @property
    def aggregate(self) -> Aggregate:
        """Its aggregate, see `boss.results.schema.Score`."""

    @property
    def degree(self) -> float | None:
        """Its degree, likewise."""


N = TypeVar("N", bound=Summed)


def grouped(
    roots: Sequence[Path], options: Callable[[StoredRun], str | None], choice: Callable[[StoredRun], K]
) -> list[dict[K, StoredRun]]:
    """Return the runs below some folders by what they have in common, each group by what differs.

    Of two runs with the same choice the newer one counts; of two of one second, the one whose id is later,
    for an id begins with a finer time.

    Args:
        options: digest of a run's options but the choice; None for a run that has none to make.

    Raises:
        ResultError: if a run cannot be read or is unfinished.
    """
    groups: dict[str, dict[K, StoredRun]] = defaultdict(dict)
    for path in (path for root in roots for path in find_runs(root)):
        stored = read_run(path)
        if stored.run.status in UNFINISHED:
            raise ResultError(
                f"{path} is unfinished; the command that began it continues it: {stored.run.command}"
            )
        if (name := options(stored)) is None:
            continue
        known = groups[name].setdefault(choice(stored), stored)
        if _begun(known) < _begun(stored):
            groups[name][choice(stored)] = stored
    return list(groups.values())


def _begun(stored: StoredRun) -> tuple[str, str]:
    """Return what orders runs by when they began."""
    return stored.run.created_at, stored.run.run_id


def command_of(groups: Sequence[Mapping[K, StoredRun]], *without: str) -> list[str]:
    """Return the words of a command that measures what the first of some runs did, but for some options."""
    first = next((stored for runs in groups for stored in runs.values()), None)
    words = ["python", "-m", "boss.eval"] if first is None else shlex.split(first.run.command)
    return [word for word in words if word.partition("=")[0] not in without]


def matched(
    runs: Sequence[StoredRun], likeness: Callable[[StoredRun, Measurement], str]
) -> Iterator[list[Measurement]]:
    """Yield the measurements that all runs have, one of each run, in the order of the first run.

    Args:
        likeness: what two measurements have in common that belong together.
    """
    alike = [{likeness(run, measurement): measurement for measurement in run.measurements()} for run in runs]
    for name in alike[0]:
        if all(name in of_run for of_run in alike):
            yield [of_run[name] for of_run in alike]


def subject_of(run: StoredRun, measurement: Measurement) -> Subject:
    """Return the model that a run measured."""
    return next(record.model for record in run.records if record.measurement.name == measurement.name)


def shown(measurement: str, attacked_metric: str, numbers: Sequence[N], degree: float) -> list[N]:
    """Return the headline number of a clean measurement, the average and the worst of an attacked one.

    Args:
        measurement: its key.
        degree: that is shown of an attacked one.
    """
    if measurement.endswith("/clean"):
        return list(numbers[:1])
    return [
        n
        for n in numbers
        if n.aggregate in ("average", "worst")
        and n.degree == degree
        and n.metric in (attacked_metric, "recall")
    ]


def called(measurement: str, number: Summed) -> str:
    """Return what a table calls a number: its metric, or the attack with degree and aggregate."""
    attack = measurement.rsplit("/", 1)[1].split("-")[0]
    return number.metric if number.degree is None else f"{attack} {number.degree:g}: {number.aggregate}"


def main_of(
    arguments: Sequence[str] | None,
    name: str,
    description: str,
    combine: Callable[..., Sequence[R]],
    show: Callable[[Sequence[R], float, Console], None],
) -> int:
    """Run a command over run directories and return its exit code.

    Args:
        arguments: as they were typed; None for those of the process.
        name: of the module; ``description``: what it prints.
        combine: takes folders, and the ``seed`` of the bootstrap.
        show: prints tables, of attacked measurements at a degree.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m {name}",
        description=description,
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
        rows = [asdict(result) for result in results]
        print(json.dumps(rows, ensure_ascii=False, indent=2, allow_nan=False, default=_plain))
    else:
        show(results, options.degree, Console() if sys.stdout.isatty() else Console(width=WIDTH))
    return 0


def _plain(value: Strict) -> dict[str, Any]:
    """Return what JSON says of an interval."""
    return value.model_dump(mode="json")
