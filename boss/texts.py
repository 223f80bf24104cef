"""``python -m boss.texts``: the texts of a measurement, from the data cache and the attack's seed.

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
from pydantic import ValidationError

from boss.data.sources import default_cache
from boss.data.suite import load_suite, subset
from boss.data.types import Example, Split
from boss.errors import BossError, ConfigError, DataError
from boss.measurement import Measurement
from boss.paths import conf_dir
from boss.results.files import write_atomic
from boss.results.texts import COLUMNS, texts_file
from boss.seam import attack_settings, copies_of, why_not, with_text
from boss.tasks import Task, encode_answer
from robtest.attacks import get_attack
from robtest.plural import counted

MOST_COPIES = 200_000
"""Copies one file may hold: the paper's settings make 40,000 of 1,000 examples."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 if the texts are there, 1 if they cannot be had, 2 for a wrong option."""
    options = _parser().parse_args(arguments)
    try:
        measurement = measurement_from(options.measurement)
        path = write_texts(measurement, [*options.config_dir, conf_dir()], default_cache())
    except (BossError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, ConfigError) else 1
    print(path)
    return 0


def measurement_from(text: str) -> Measurement:
    """Parse a measurement from JSON, as it stands in a line of records.jsonl.

    Raises:
        ConfigError: naming the field and the rule.
    """
    try:
        return Measurement.model_validate_json(text, strict=True)
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, e['loc']))}: {e['msg']}, got {e['input']!r:.80}" for e in error.errors()
        ]
        raise ConfigError("; ".join(lines)) from None


def write_texts(measurement: Measurement, folders: Sequence[Path], cache: Path) -> Path:
    """Write the texts of a measurement, where they are not there yet, and return their file.

    Columns: `boss.results.texts.COLUMNS` and one per input field; first the examples as they are, then their
    copies. The same measurement gives the same bytes.

    Args:
        folders: with the suites and datasets that are known; nothing else is ever opened by name.
        cache: the data cache, where the file goes too.

    Raises:
        ConfigError: for an unknown suite, dataset, field or dimension, or more copies than `MOST_COPIES`.
        DataError: if the data or the attack here are not those that were measured.
        ValueError: if the attack has no such degrees, or breaks its contract.
    """
    path = texts_file(cache, measurement)
    if path.exists():
        return path
    task, split = examples_here(measurement, folders, cache)
    rows = rows_of(task, split, measurement)
    fields = [pa.field(name, pa.string()) for name in task.fields]
    kinds = {"variant": pa.int32(), "degree": pa.float64()}
    kinds |= {"distance": pa.float64(), "unperturbable": pa.bool_()}
    schema = pa.schema([*(pa.field(name, kinds.get(name, pa.string())) for name in COLUMNS), *fields])
    buffer = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), buffer, compression="zstd")
    write_atomic(path, buffer.getvalue().to_pybytes())
    return path


def rows_of(task: Task, split: Split, measurement: Measurement) -> list[dict[str, Any]]:
    """Return the rows of `write_texts`: the examples of a measurement and their copies, made here.

    Raises:
        ConfigError, DataError, ValueError: as `write_texts`.
    """
    rows = [_row(task, example) for example in split.examples]
    return rows if measurement.attack is None else [*rows, *_copies(task, split, measurement)]


def examples_here(measurement: Measurement, folders: Sequence[Path], cache: Path) -> tuple[Task, Split]:
    """Return the examples that were measured, and no others.

    Raises:
        ConfigError: for an unknown suite or dataset.
        DataError: if the data here are not those that were measured.
    """
    # An extended suite is found under the name it extends, with the added files in the folders.
    suite = load_suite(measurement.suite.partition("+")[0], folders, cache)
    task = suite.card(measurement.dataset).task
    return suite.task(task), chosen_from(measurement, *suite.splits(task))


def chosen_from(
    measurement: Measurement, splits: Sequence[Split], failures: Sequence[tuple[str, Exception]]
) -> Split:
    """Return the examples that were measured, out of the splits of their task.

    Raises:
        ConfigError: if there is no such dataset or split.
        DataError: if the data here are not those that were measured.
    """
    name, n = measurement.dataset, measurement.n_evaluated
    for dataset, error in failures:
        if dataset == name:
            raise error
    named = [split for split in splits if (split.dataset, split.split) == (name, measurement.split)]
    if not named:
        raise ConfigError(f"dataset {name} has no split {measurement.split!r}")
    split = examples_of(measurement, named[0])
    if split.sha256 != measurement.dataset_sha256:
        raise DataError(
            f"{name} here is not the data that was measured: "
            f"{counted(len(split.examples), 'example')} of sha256 {split.sha256[:12]}… here, {n} of "
            f"{measurement.dataset_sha256[:12]}… in the run; get the version "
            "of the data that the run names"
        )
    return split


def examples_of(measurement: Measurement, split: Split) -> Split:
    """Return those of a whole split that a measurement chose; its digest says whether they are the same."""
    kind, _, seed = measurement.subset.partition(":")
    if kind == "seeded" and seed.isdecimal():
        return subset(split, measurement.n_evaluated, int(seed))
    return split


def _copies(task: Task, split: Split, measurement: Measurement) -> Iterator[dict[str, Any]]:
    """Yield the copies of an attack, made once more by the attack of that name with its default options."""
    settings = measurement.attack
    assert settings is not None
    if settings.field not in task.attacked:
        fields = ", ".join(task.attacked)
        raise ConfigError(f"task {task.name} has no field {settings.field!r} to attack; it has: {fields}")
    n = len(split.examples) * settings.n_variants * len(settings.degrees)
    if n > MOST_COPIES:
        raise ConfigError(f"{n:,} copies are asked for; at most {MOST_COPIES:,} are made at a time")
    attack = get_attack(settings.dimension)
    reason = why_not(task, attack, settings.field)
    if reason is not None:
        raise ConfigError(f"{settings.dimension} does not apply to {task.name}: {reason}")
    here = attack_settings(
        settings.name,
        attack,
        tag=settings.tag,
        access="rule",
        field=settings.field,
        search={},
        n_variants=settings.n_variants,
        seed=settings.seed,
        degrees=settings.degrees,
    )
    differences = measurement.differences(measurement.model_copy(update={"attack": here}))
    if differences:
        raise DataError(
            f"{settings.dimension} with its default options is another attack here than the one that made "
            f"the copies: {'; '.join(differences)}; use the code and the options of the run"
        )
    copies_by_example = copies_of(
        task,
        split,
        attack,
        field=here.field,
        tag=here.tag,
        degrees=here.degrees,
        n_variants=here.n_variants,
        seed=here.seed,
    )
    for example, copies in zip(split.examples, copies_by_example, strict=True):
        for copy in copies:
            copied = with_text(task, example, here.field, copy[here.field])
            yield {
                **_row(task, copied),
                "variant": copy["variant"],
                "degree": copy["degree"],
                "distance": copy["realised"],
                "unperturbable": copy["unperturbable"],
            }


def _row(task: Task, example: Example) -> dict[str, Any]:
    return {
        "example_id": example.id,
        "variant": 0,
        "degree": 0.0,
        "input_sha256": example.input_sha256,
        "label": encode_answer(task, example.gold_texts),
        "distance": 0.0,
        "unperturbable": False,
        **{field: example.text(field) for field in task.fields},
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m boss.texts",
        description="Write the texts of a measurement, clean and perturbed, into the cache.",
        epilog="The site gives the whole command. exit code: 0 written, or there already; 1 they cannot be "
        "had; 2 a wrong option",
    )
    parser.add_argument(
        "measurement",
        metavar="MEASUREMENT",
        help="what was measured, as JSON: the field measurement of a line of records.jsonl",
    )
    parser.add_argument(
        "--config-dir", type=Path, action="append", default=[], help="further folder of suites and datasets"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
