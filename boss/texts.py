"""``python -m boss.texts``: the texts of a measured cell, from the data cache and the attack's seed.

For runs that hold no text: its licence may forbid it, or the run was reduced to what rescoring needs. The
site starts this command and reads the file it writes; nothing of it is stored with results.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from boss.config import conf_dir
from boss.data.sources import default_cache
from boss.data.suite import load_suite, subset
from boss.data.types import Example, Split
from boss.errors import BossError, ConfigError, DataError, suggestion
from boss.evaluate import copies_of, get_attack
from boss.results.files import write_atomic
from boss.results.texts import COLUMNS, Asked, Copies, asked_from, texts_file
from boss.tasks import Task, encode_answer, get_task
from boss.work import why_not

MOST_COPIES = 200_000
"""Copies one file may hold: the paper's settings make 40,000 of 1,000 examples."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 if the texts are there, 1 if they cannot be had, 2 for a wrong option."""
    options = _parser().parse_intermixed_args(arguments)
    try:
        path = write_texts(asked_from(options.words), [*options.config_dir, conf_dir()], default_cache())
    except (BossError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, ConfigError) else 1
    print(path)
    return 0


def write_texts(asked: Asked, folders: Sequence[Path], cache: Path) -> Path:
    """Write the texts that are asked for, where they are not there yet, and return their file.

    Columns: `boss.results.texts.COLUMNS` and one per input field; first the examples as they are, then their
    copies. The same question gives the same bytes.

    Args:
        folders: with the suites and datasets that are known; nothing else is ever opened by name.
        cache: the data cache, where the file goes too.

    Raises:
        ConfigError: for an unknown suite, dataset, field or dimension, or more copies than `MOST_COPIES`.
        DataError: if the data or the attack here are not those that were measured.
        ValueError: if the attack has no such tag or degrees, or breaks its contract.
    """
    path = texts_file(cache, asked)
    if path.exists():
        return path
    task, split = _examples(asked, folders, cache)
    rows = [_row(task, example, 0, 0.0) for example in split.examples]
    if asked.copies is not None:
        rows += _copies(task, split, asked.copies)
    fields = [pa.field(name, pa.string()) for name in task.fields]
    kinds = {"variant": pa.int32(), "degree": pa.float64()}
    schema = pa.schema([*(pa.field(name, kinds.get(name, pa.string())) for name in COLUMNS), *fields])
    buffer = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), buffer, compression="zstd")
    write_atomic(path, buffer.getvalue().to_pybytes())
    return path


def _examples(asked: Asked, folders: Sequence[Path], cache: Path) -> tuple[Task, Split]:
    """Return the examples that were measured, and no others."""
    suite = load_suite(asked.suite, folders, cache)
    cards = {card.name: card for card in suite.cards}
    if asked.dataset not in cards:
        near = suggestion(asked.dataset, cards)
        known = ", ".join(cards)
        raise ConfigError(f"unknown dataset {asked.dataset!r}{near}; suite {suite.name} has: {known}")
    task = cards[asked.dataset].task
    splits, failures = suite.splits(task)
    for name, error in failures:
        if name == asked.dataset:
            raise error
    found = [split for split in splits if (split.dataset, split.split) == (asked.dataset, asked.split)]
    if not found:
        raise ConfigError(f"dataset {asked.dataset} has no split {asked.split!r}")
    kind, _, seed = asked.subset.partition(":")
    split = subset(found[0], asked.n_evaluated, int(seed)) if kind == "seeded" else found[0]
    if split.sha256 != asked.dataset_sha256:
        raise DataError(
            f"{asked.dataset} here is not the data that was measured: its {len(split.examples)} examples "
            f"have sha256 {split.sha256[:12]}…, the run's {asked.n_evaluated} have "
            f"{asked.dataset_sha256[:12]}…; get the version of the data that the run names"
        )
    return get_task(task), split


def _copies(task: Task, split: Split, asked: Copies) -> Iterator[dict[str, Any]]:
    attack = get_attack(asked.dimension)
    if attack.version != asked.version:
        raise DataError(
            f"{asked.dimension} with its default options is version {attack.version!r} here, the copies were "
            f"made by {asked.version!r}; use the code and the options of the run"
        )
    if asked.field not in task.attacked:
        fields = ", ".join(task.attacked)
        raise ConfigError(f"task {task.name} has no field {asked.field!r} to attack; it has: {fields}")
    reason = why_not(task, attack)
    if reason is not None:
        raise ConfigError(f"{asked.dimension} does not apply to {task.name}: {reason}")
    n = len(split.examples) * asked.n_variants * len(asked.degrees)
    if n > MOST_COPIES:
        raise ConfigError(f"{n:,} copies are asked for; at most {MOST_COPIES:,} are made at a time")
    found = copies_of(
        task,
        split,
        attack,
        field=asked.field,
        tag=asked.tag,
        degrees=asked.degrees,
        n_variants=asked.n_variants,
        seed=asked.seed,
    )
    for example, made in zip(split.examples, found, strict=True):
        for copy in made:
            text = copy[asked.field]
            value = tuple(text.split(" ")) if task.kind == "tagging" else text
            copied = example.with_input(asked.field, value)
            yield _row(task, copied, copy["variant"], copy["degree"])


def _row(task: Task, example: Example, variant: int, degree: float) -> dict[str, Any]:
    return {
        "example_id": example.id,
        "variant": variant,
        "degree": degree,
        "input_sha256": example.input_sha256,
        "label": encode_answer(task, example.gold_texts),
        **{field: example.text(field) for field in task.fields},
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m boss.texts",
        description="Write the texts of a measured cell, clean and perturbed, into the cache.",
        epilog="The site gives the whole command for a cell. exit code: 0 written, or there already; 1 they "
        "cannot be had; 2 a wrong option",
    )
    parser.add_argument(
        "words",
        nargs="+",
        metavar="KEY=VALUE",
        help="suite= dataset= split= subset= n_evaluated= dataset_sha256=, for copies also dimension= tag= "
        "field= version= n_variants= seed= degrees=, all as in the records of the run",
    )
    parser.add_argument(
        "--config-dir", type=Path, action="append", default=[], help="further folder of suites and datasets"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
