"""``python -m boss.regenerate RUN_DIR ...``: make what was asked once more, from data and seeds; compare.

Clean inputs and copies under rule access follow from the data, the attack and its seed alone, whatever the
model: each must have the digest, the label, the distance and the mark that the run has for it. Copies that
were chosen by asking a model cannot be made without it. They are measured: each must be one of its example's
text within its degree, by the attack's own rules. Nothing of the run is executed, and its names are looked up
among known ones.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from boss.data.sources import default_cache
from boss.data.suite import load_suite
from boss.data.types import Example, Split
from boss.errors import BossError
from boss.measurement import AttackSettings, Measurement
from boss.paths import conf_dir
from boss.results.digested import digested_golds
from boss.results.reduce import DECIMALS, same_input
from boss.results.store import StoredRun, read_run
from boss.results.texts import KEY, Slot, clean, why_no_copies
from boss.seam import attacked_text, with_text
from boss.tasks import Task
from boss.texts import chosen_from, rows_of
from robtest.attacks.file import Held
from robtest.errors import AttackError
from robtest.plural import counted
from robtest.progress import track

MOST_SAID = 20
"""Differences of one measurement that are said one by one."""
Rows = Mapping[Slot, Mapping[str, Any]]


@dataclass(frozen=True)
class Cell:
    """What was made again of one measurement.

    Attributes:
        n_inputs: that the run has; ``n_made`` of them were made again and compared, ``n_measured`` are copies
            that were measured.
        n_differing: of these two, those that are not what the run says; ``differing`` the first of them.
        left: why the others were not looked at; empty where there are none.
    """

    measurement: str
    n_inputs: int
    n_made: int = 0
    n_measured: int = 0
    n_differing: int = 0
    differing: tuple[str, ...] = ()
    left: str = ""

    @property
    def ok(self) -> bool:
        """Whether every input was looked at and is what the run says."""
        return not self.n_differing and self.n_made + self.n_measured == self.n_inputs > 0


def regenerate(
    stored: StoredRun, folders: Sequence[Path], cache: Path, known: "Known | None" = None
) -> Iterator[Cell]:
    """Yield for each measurement of a run what was made again of it; a failure is one of its measurement.

    Args:
        folders: with the suites and datasets that are known.
        cache: the data cache.
        known: of these two, shared by runs so that what they have in common is made once.
    """
    known = known or Known(folders, cache)
    for measurement in stored.measurements():
        columns = [*KEY, "input_sha256", "label", "distance", "unperturbable", "text"]
        found = stored.predictions(measurement.name).select(columns).to_pylist()
        rows = {_slot(row): row for row in found}
        try:
            if len(rows) < len(found):
                raise BossError(f"{counted(len(found) - len(rows), 'input')} of it stand there twice")
            yield _cell(stored, measurement, rows, known)
        except (BossError, AttackError, ValueError) as error:
            yield Cell(measurement.name, len(found), left=" ".join(str(error).split()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    folders, cache = [*options.config_dir, conf_dir()], default_cache()
    known, codes = Known(folders, cache), []
    for folder in options.dirs:
        try:
            stored = read_run(folder)
            total = len(stored.measurements())
            with track("Make the inputs again", total=total, unit="measurement") as bar:
                cells = []
                for cell in regenerate(stored, folders, cache, known):
                    cells.append(cell)
                    bar.advance(1)
        except BossError as error:  # the others are made again all the same
            print(f"error: {error}", file=sys.stderr)
            codes.append(1)
            continue
        ok = bool(cells) and all(cell.ok for cell in cells)
        codes.append(0 if ok else 1)
        entries = [{**asdict(cell), "ok": cell.ok} for cell in cells]
        if options.output == "jsonl":
            print(json.dumps({"run": str(folder), "cells": entries}, ensure_ascii=False), flush=True)
        elif options.output == "json":
            print(json.dumps(entries, ensure_ascii=False, indent=2))
        else:
            _show(cells, Console(), ok=ok)
    return max(codes)


class Known:
    """What runs have in common: a suite, a task's splits and a measurement's inputs, each made once."""

    def __init__(self, folders: Sequence[Path], cache: Path) -> None:
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._suite = lru_cache(lambda name: load_suite(name, folders, cache))
        self._splits = lru_cache(maxsize=1)(lambda suite, task: self._suite(suite).splits(task))

    def examples(self, measurement: Measurement) -> tuple[Task, Split]:
        """Return what was measured; raises as `boss.texts.examples_here`."""
        # An extended suite is found under the name it extends, with the added files in the folders.
        name = measurement.suite.partition("+")[0]
        suite = self._suite(name)
        task = suite.card(measurement.dataset).task
        return suite.task(task), chosen_from(measurement, *self._splits(name, task))

    def rows(self, task: Task, split: Split, measurement: Measurement) -> list[dict[str, Any]]:
        """Return the inputs of a measurement as `boss.texts.rows_of` makes them, without their texts."""
        made = self._rows.get(measurement.id)
        if made is None:
            made = [{**row, "text": None} for row in rows_of(task, split, measurement)]
            self._rows[measurement.id] = made
        return made


def _cell(stored: StoredRun, measurement: Measurement, rows: Rows, known: Known) -> Cell:
    attack = measurement.attack
    reason = None if attack is None else why_no_copies(attack)
    task, split = known.examples(measurement)
    asked = known.rows(task, split, measurement if reason is None else clean(measurement))
    made = {_slot(row): row for row in asked}
    ours = {slot: row for slot, row in rows.items() if reason is None or slot[2] == 0}
    golds = digested_golds if stored.run.trimmed and measurement.definition.kind == "span" else str
    said = [text for slot in made if (text := _difference(slot, made[slot], ours.get(slot), golds))]
    said += [f"{_named(slot)}: no such input is made" for slot in ours.keys() - made.keys()]
    if attack is None or reason is None:
        return Cell(
            measurement.name, len(rows), len(ours), n_differing=len(said), differing=tuple(said[:MOST_SAID])
        )
    copies = {slot: row for slot, row in rows.items() if slot[2] > 0}
    left = _why_unmeasured(attack, copies)
    if left is None:
        said += _measured(task, {e.id: e for e in split.examples}, attack, copies)
        said += _lacking(measurement, attack, copies)
    return Cell(
        measurement.name,
        len(rows),
        len(ours),
        0 if left else len(copies),
        len(said),
        tuple(said[:MOST_SAID]),
        f"{counted(len(copies), 'copy', 'copies')}: {left}" if left else "",
    )


def _difference(
    slot: Slot, made: Mapping[str, Any], row: Mapping[str, Any] | None, golds: Callable[[str], str]
) -> str | None:
    """Say how an input that was made here differs from that of the run; None where it does not.

    Args:
        golds: how the run writes gold labels: answers as digests where it was trimmed.
    """
    if row is None:
        return f"{_named(slot)}: the run has no such input"
    digest = str(row["input_sha256"])
    if not same_input(digest, made["input_sha256"]):
        return f"{_named(slot)}: another input (sha256 {digest[:12]}…, here {made['input_sha256'][:12]}…)"
    if row["label"] != golds(made["label"]):
        return f"{_named(slot)}: another label"
    if slot[2] > 0:
        if bool(row["unperturbable"]) != made["unperturbable"]:
            return f"{_named(slot)}: unperturbable {row['unperturbable']}, here {made['unperturbable']}"
        if row["distance"] is None or abs(row["distance"] - made["distance"]) > 10**-DECIMALS:
            return f"{_named(slot)}: distance {row['distance']}, here {made['distance']:.6f}"
    return None


def _why_unmeasured(attack: AttackSettings, copies: Rows) -> str | None:
    """Return why copies that a model chose cannot be measured either."""
    if not all(isinstance(row["text"], str) for row in copies.values()):
        return f"chosen by asking the model ({attack.access} access), and the run does not hold their texts"
    return None


def _measured(
    task: Task, examples: Mapping[str, Example], attack: AttackSettings, copies: Rows
) -> Iterator[str]:
    """Yield what is wrong with copies that a model chose, as texts of their examples within their degrees."""
    held = Held(attack.dimension, attack.level, attack.tag)
    for slot, row in copies.items():
        example = examples.get(slot[0])
        if example is None:
            yield f"{_named(slot)}: there is no such example"
            continue
        made = with_text(task, example, attack.field, row["text"]).input_sha256
        if made != row["input_sha256"]:
            yield f"{_named(slot)}: the text is not the input that was answered"
            continue
        try:
            shot = held.shot(attacked_text(task, example, attack.field), row["text"], slot[2])
        except AttackError as error:
            yield f"{_named(slot)}: {' '.join(str(error).split())}"
            continue
        if row["distance"] is None or shot.realised > row["distance"] + 10**-DECIMALS:
            yield f"{_named(slot)}: distance {row['distance']}, here {shot.realised:.6f}"


def _lacking(measurement: Measurement, attack: AttackSettings, copies: Rows) -> Iterator[str]:
    """Yield that there are not as many copies as the settings ask for."""
    degrees = [degree for degree in attack.degrees if degree > 0]
    wanted = measurement.n_evaluated * attack.n_variants * len(degrees)
    if len(copies) != wanted:
        yield f"{counted(len(copies), 'copy', 'copies')} where the settings make {wanted:,}"


def _slot(row: Mapping[str, Any]) -> Slot:
    return str(row["example_id"]), int(row["variant"] or 0), float(row["degree"] or 0.0)


def _named(slot: Slot) -> str:
    example, variant, degree = slot
    return f"{example}, variant {variant}, degree {degree:g}" if degree else example


def _show(cells: Sequence[Cell], console: Console, *, ok: bool) -> None:
    table = Table("inputs", "made again", "measured", "differing", "measurement", box=None)
    for cell in cells:
        numbers = (cell.n_inputs, cell.n_made, cell.n_measured, cell.n_differing)
        table.add_row(*(f"{n:,}" for n in numbers), cell.measurement)
    console.print(table)
    for cell in cells:
        for line in (*cell.differing, *filter(None, [cell.left])):
            console.print(f"{cell.measurement}: {line}", markup=False, highlight=False, soft_wrap=True)
    console.print("every input is what data and seeds make" if ok else "not every input is, or could be made")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m boss.regenerate",
        description="Make the inputs of runs once more, clean and perturbed, and compare them with the runs.",
        epilog="exit code: 0 all are the same; 1 some are not, could not be made, or the run cannot be read",
    )
    parser.add_argument(
        "dirs", type=Path, nargs="+", metavar="DIR", help="run directories: the folders that hold run.json"
    )
    parser.add_argument(
        "--config-dir", type=Path, action="append", default=[], help="further folder of suites and datasets"
    )
    parser.add_argument(
        "--output",
        choices=("table", "json", "jsonl"),
        default="table",
        help="default: table; jsonl: a line for each run, as soon as it is done",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
