"""The predictions of a measurement, in parts: what a killed run loses is at most the part it was writing.

A part is a Parquet file that carries, as metadata, what it cost and the identity of the measurement and the
model that made it, so that a part is never continued with other data or another model.
"""

import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from boss.errors import ResultError
from boss.measurement import Measurement, canonical_json
from boss.results.files import folder_of, write_atomic
from boss.results.schema import PREDICTIONS, Cost, Subject, schema_for
from robtest.files import file_sha256

LATER_COLUMNS = ("piece_tags",)
"""Columns of the predictions that parts of version 1 lack."""

_NEVER_ALIKE = ("input_sha256", "text")
_FORMAT: dict[str, Any] = {
    "compression": "zstd",
    "column_encoding": dict.fromkeys(_NEVER_ALIKE, "DELTA_LENGTH_BYTE_ARRAY"),
    # Parts are read whole and their types follow from Parquet's, so these would only take room.
    "write_statistics": False,
    "store_schema": False,
}

_COST, _PROVENANCE = b"boss.cost", b"boss.made_by"


def part_path(run: Path, key: str, index: int) -> Path:
    """Return the file of part ``index`` of a measurement."""
    return folder_of(run, key) / f"part-{index:05d}.parquet"


def part_paths(run: Path, key: str) -> list[Path]:
    """Return the files of a measurement that are there, in order."""
    return sorted(folder_of(run, key).glob("part-*.parquet"))


def provenance(measurement: Measurement, subject: Subject) -> str:
    """Return the digest of what is measured and of which model, which every part carries."""
    identity = {"measurement": measurement.id, "model": subject.model_dump(mode="json")}
    return hashlib.sha256(canonical_json(identity).encode()).hexdigest()


def write_part(path: Path, table: pa.Table, cost: Cost, provenance: str) -> None:
    """Write a part; the same rows give the same bytes.

    Raises:
        ResultError: if the columns are not those of `schema_for`, or the file cannot be written.
    """
    schema = schema_for(table.column_names)
    if not table.schema.equals(schema):
        raise ResultError(
            f"{path}: columns must be boss.results.schema.PREDICTIONS, or TWICE, got:\n{table.schema}"
        )
    repeated = [name for name in schema.names if name not in _NEVER_ALIKE]
    metadata = {_COST: cost.model_dump_json().encode(), _PROVENANCE: provenance.encode()}
    buffer = pa.BufferOutputStream()
    with pq.ParquetWriter(buffer, schema, use_dictionary=repeated, **_FORMAT) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata(metadata)
    write_atomic(path, buffer.getvalue().to_pybytes())


def read_part(path: Path) -> tuple[pa.Table, Cost, str]:
    """Return the rows of a part, what they cost, and the digest of what made them.

    Raises:
        ResultError: naming the file, if it is missing, torn or not a part.
    """
    try:
        table = pq.ParquetFile(path).read()
        metadata = table.schema.metadata or {}
        cost = Cost.model_validate_json(metadata[_COST])
        origin = metadata[_PROVENANCE].decode()
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        raise ResultError(f"{path} is missing, corrupt or not a part of predictions: {error}") from error
    table = _with_later_columns(table.replace_schema_metadata(None))
    if not table.schema.equals(schema_for(table.column_names)):
        raise ResultError(f"{path}: columns are not those of boss.results.schema.PREDICTIONS, or TWICE")
    return table, cost, origin


def _with_later_columns(table: pa.Table) -> pa.Table:
    """Return a part of an older version with the columns that came since, empty."""
    for name in set(LATER_COLUMNS) - set(table.column_names):
        field = PREDICTIONS.field(name)
        empty = pa.nulls(table.num_rows, field.type)
        table = table.add_column(PREDICTIONS.get_field_index(name), field, empty)
    return table


def read_parts(run: Path, key: str) -> tuple[pa.Table, Cost]:
    """Return all rows of a measurement and what they cost together.

    Raises:
        ResultError: if there is no part, one is missing in between, or one cannot be read.
    """
    paths = part_paths(run, key)
    if not paths or paths != [part_path(run, key, i) for i in range(len(paths))]:
        names = ", ".join(path.name for path in paths) or "none"
        raise ResultError(
            f"{folder_of(run, key)}: parts must be numbered from 0 without a gap, found {names}"
        )
    parts = [read_part(path) for path in paths]
    tables, costs = [table for table, _, _ in parts], [cost for _, cost, _ in parts]
    if any(table.schema != tables[0].schema for table in tables):
        raise ResultError(f"{folder_of(run, key)}: some parts have second answers and some have not")
    return pa.concat_tables(tables), Cost.total(costs)


def digest_of_parts(run: Path, key: str) -> str:
    """Return the sha256 over the digests of a measurement's parts, in order."""
    digests = [file_sha256(path) for path in part_paths(run, key)]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()
