"""Reading run directories. Everything read is checked; nothing is taken from a path."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import pyarrow as pa
from pydantic import ValidationError

from boss.errors import ResultError
from boss.measurement import Measurement, Strict
from boss.results.manifest import FileEntry, Run
from boss.results.migrations import (
    IDENTITY_SINCE,
    RECORD_STEPS,
    RUN_STEPS,
    SUMMARY_STEPS,
    Context,
    Raw,
    Step,
    migrate,
)
from boss.results.parts import read_part, read_parts
from boss.results.schema import Record
from boss.results.summary import Summary
from robtest.files import file_sha256

RUN, RECORDS, SUMMARIES = "run.json", "records.jsonl", "summaries.jsonl"
JOURNAL, LOCK = "journal.jsonl", ".lock"
REPORT, CURVE = "report.md", "curve.svg"
"""For people (`boss.report`): they follow from the rest, so run.json does not list them."""
UNLISTED = (RUN, JOURNAL, LOCK, REPORT, CURVE)

S = TypeVar("S", bound=Strict)


@dataclass(frozen=True)
class StoredRun:
    """A run directory that was read.

    Attributes:
        version: schema version it was written in; ``run`` and ``records`` are migrated to today's.
        context: what migrating the rest of it needs.
        records: in the order of records.jsonl: ``records[i]`` is line ``i + 1``.
    """

    path: Path
    version: int
    run: Run
    records: tuple[Record, ...]
    context: Context = field(repr=False)

    def measurements(self) -> list[Measurement]:
        """Return the measurements that were finished, in order."""
        measurements: dict[str, Measurement] = {}
        for record in self.records:
            measurements.setdefault(record.measurement.name, record.measurement)
        return list(measurements.values())

    def predictions(self, key: str) -> pa.Table:
        """Return the rows of the measurement ``key``, as `boss.results.schema.PREDICTIONS`.

        Raises:
            ResultError: if a part is missing or corrupt.
        """
        return read_parts(self.path, key)[0]

    def summaries(self) -> tuple[Summary, ...]:
        """Read summaries.jsonl, in its order; a run that is unfinished or older than the file has none.

        Raises:
            ResultError: as `read_run`.
        """
        lines = _lines(self.path / SUMMARIES)
        return tuple(
            _model(Summary, _load(line, where), SUMMARY_STEPS, self.context, where) for line, where in lines
        )


def find_runs(root: Path) -> list[Path]:
    """Return every folder under ``root`` that holds a run.json, sorted; ``root`` itself may be one."""
    runs = []
    for folder, inner, files in os.walk(root):
        if RUN in files:
            runs.append(Path(folder))
            inner.clear()  # a run holds no other run, and may hold many parts
    return sorted(runs)


def list_files(path: Path) -> dict[str, Path]:
    """Return the files of a run that run.json lists: all but `UNLISTED`."""
    unlisted = {path / name for name in UNLISTED}
    files = (file for file in sorted(path.rglob("*")) if file.is_file() and file not in unlisted)
    return {file.relative_to(path).as_posix(): file for file in files}


def describe_file(path: Path) -> FileEntry:
    """Return the digest of a run's file and the number of its rows: lines, or rows of Parquet.

    Raises:
        ResultError: if it is a Parquet file that cannot be read.
    """
    if path.suffix == ".parquet":
        return FileEntry(sha256=file_sha256(path), rows=read_part(path)[0].num_rows)
    return FileEntry(sha256=file_sha256(path), rows=path.read_bytes().count(b"\n"))


def read_run(path: Path) -> StoredRun:
    """Read run.json and records.jsonl of a run directory; older versions are migrated.

    Raises:
        ResultError: naming file and line: missing, not JSON, NaN, an unknown version, a field that is
            missing, unknown or out of range, a record id that is not that of its identity.
    """
    raw = _load(_text(path / RUN), str(path / RUN))
    lines = [(_load(line, where), where) for line, where in _lines(path / RECORDS)]
    context = Context(raw, _tasks(record for record, _ in lines))
    run = _model(Run, raw, RUN_STEPS, context, str(path / RUN))
    records = tuple(_record(record, context, where) for record, where in lines)
    return StoredRun(path, raw["schema_version"], run, records, context)


def read_manifest(path: Path) -> Run:
    """Read run.json of a run directory; raises as `read_run` does."""
    file = path / RUN
    raw = _load(_text(file), str(file))
    return _model(Run, raw, RUN_STEPS, Context(raw), str(file))


def _lines(file: Path) -> list[tuple[str, str]]:
    """Return each line of a file and how to name it; none where there is no file yet."""
    # Not splitlines, which splits at U+2028 too.
    text = _text(file).removesuffix("\n") if file.exists() else ""
    lines = text.split("\n") if text else []
    return [(line, f"{file}, line {n}") for n, line in enumerate(lines, 1)]


def _tasks(records: Iterable[Raw]) -> dict[str, str]:
    """Return the task of each dataset that records of an old version name."""
    cells = (record.get("cell") for record in records)
    return {str(cell.get("dataset")): str(cell.get("task")) for cell in cells if isinstance(cell, dict)}


def _record(raw: Raw, context: Context, where: str) -> Record:
    stored_id = raw.pop("record_id", None)
    version = raw.get("schema_version", 0)
    record = _model(Record, raw, RECORD_STEPS, context, where)
    # What was written before has another identity than the one that was stored.
    if version >= IDENTITY_SINCE and stored_id != record.record_id:
        raise ResultError(
            f"{where}: record_id is {stored_id!r}, its fields give {record.record_id!r}; the line was edited"
        )
    return record


def _model(kind: type[S], raw: Raw, steps: dict[int, Step], context: Context, where: str) -> S:
    try:
        # Strict only in JSON mode takes lists for tuples, so back through JSON it goes.
        return kind.model_validate_json(json.dumps(migrate(raw, steps, context)), strict=True)
    except ResultError as error:
        raise ResultError(f"{where}: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ResultError(
            f"{where}: a field that its version has is missing or of another type: {error}"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise ResultError(f"{where}: field {name}: {first['msg']}, got {first['input']!r:.200}") from error


def _load(text: str, where: str) -> Raw:
    try:
        value: Any = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ResultError(f"{where}: not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise ResultError(f"{where}: must be a JSON object, got {text[:80]!r}")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number; a value that does not apply is left out")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ResultError(f"{path} cannot be read: {error}") from error
