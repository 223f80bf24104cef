"""Predictions from outside: a Parquet file may be small on disk and vast in memory."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from boss.results.schema import PREDICTIONS, TWICE
from leaderboard.submission.findings import Finding, Refused
from leaderboard.submission.limits import LIMITS, Limits

_CURE = "Send the parts as the run wrote them; measure again if they are lost."
_STRINGS = [field.name for field in TWICE if pa.types.is_string(field.type)]
_LITERAL = "DELTA_LENGTH_BYTE_ARRAY"
"""Encoding of strings that are seldom alike (`boss.results.parts`): each is written out in the file."""
_BATCH = 2048


def check_tables(parts: Iterable[tuple[str, Path]], limits: Limits = LIMITS) -> Iterator[Finding]:
    """Yield what is wrong with the named parts; all together they must stay within the limits.

    What a file says of itself is checked first; then it is read in batches, repeated strings held once, so
    that what it would be in memory is known before anything reads it whole.
    """
    rows = size = 0
    for name, path in parts:
        try:
            file = pq.ParquetFile(path)
            rows += _check_metadata(file, name, rows, limits)
            repeated = sorted(set(_STRINGS) & set(file.schema_arrow.names) - _literal(file))
            for batch in pq.ParquetFile(path, read_dictionary=repeated).iter_batches(_BATCH):
                size += _size(batch, name, limits)
                if size > limits.table_bytes:
                    raise Refused("bomb", name, f"over {limits.table_bytes:,} bytes in memory", _CURE)
        except Refused as error:
            yield error.finding
            return
        except (pa.ArrowException, OSError, ValueError) as error:
            yield Finding("error", "table", name, None, f"is torn or no Parquet file: {error}"[:500], _CURE)


def _check_metadata(file: pq.ParquetFile, name: str, before: int, limits: Limits) -> int:
    meta = file.metadata
    columns = file.schema_arrow
    # Which may be absent, as of an older version, is for the reader of a run to say.
    if len(set(columns.names)) < len(columns) or not all(map(_in_schema, columns)):
        message = f"its columns must be {', '.join(PREDICTIONS.names)}, each once and of its type"
        raise Refused("table", name, message, _CURE)
    if before + meta.num_rows > limits.rows:
        message = f"{before + meta.num_rows:,} rows so far; the limit is {limits.rows:,}"
        raise Refused("too_large", name, message, _CURE)
    groups = [meta.row_group(i) for i in range(meta.num_row_groups)]
    chunks = [group.column(i) for group in groups for i in range(group.num_columns)]
    if any(chunk.num_values > limits.values_per_row * max(1, meta.num_rows) for chunk in chunks):
        raise Refused("bomb", name, f"over {limits.values_per_row} values in a row", _CURE)
    if sum(chunk.total_uncompressed_size for chunk in chunks) > limits.table_bytes:
        raise Refused("bomb", name, f"over {limits.table_bytes:,} bytes unpacked", _CURE)
    return int(meta.num_rows)


def _literal(file: pq.ParquetFile) -> set[str]:
    """Return the columns whose strings cannot be held once however often they are repeated."""
    meta = file.metadata
    groups = [meta.row_group(i) for i in range(meta.num_row_groups)]
    chunks = [group.column(i) for group in groups for i in range(group.num_columns)]
    return {chunk.path_in_schema for chunk in chunks if _LITERAL in chunk.encodings}


def _in_schema(field: pa.Field) -> bool:
    index = TWICE.get_field_index(field.name)
    return index >= 0 and bool(field.equals(TWICE.field(index)))


def _size(batch: pa.RecordBatch, name: str, limits: Limits) -> int:
    """Return the bytes of a batch with every string written out; refuse one that is too long."""
    batch.validate(full=True)
    size = int(batch.nbytes)
    for column in sorted(set(_STRINGS) & set(batch.schema.names)):
        limit = limits.columns.get(column, limits.column_chars)
        values = batch.column(column)
        distinct = values.dictionary if pa.types.is_dictionary(values.type) else values
        longest = pc.max(pc.utf8_length(distinct)).as_py() or 0
        if longest > limit:
            message = f"column {column}: {longest:,} characters; the limit is {limit:,}"
            raise Refused("too_large", name, message, _CURE)
        if distinct is not values:
            size += pc.sum(pc.binary_length(distinct).take(values.indices)).as_py() or 0
    return size
