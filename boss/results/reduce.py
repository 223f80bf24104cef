"""Predictions reduced to what rescoring needs, row by row."""

import re
from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from boss.errors import ResultError
from boss.measurement import Measurement
from boss.results.digested import digested, digested_golds
from boss.results.schema import PREDICTIONS, schema_for

DECIMALS = 4
INPUT_DIGITS = 12

_KIND = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*(?=:|$)")
_UNNAMED = "Error"


def same_input(stored: str, whole: str) -> bool:
    """Return whether the digest of an input that a run holds, perhaps cut short, is of the same input."""
    return len(stored) >= INPUT_DIGITS and whole.startswith(stored)


def reduced(measurement: Measurement, table: pa.Table) -> pa.Table:
    """Return a measurement's predictions without what no number needs, sorted by example, variant and degree.

    - ``text`` is left out, and ``probs`` of an attacked measurement; those of a clean one are rounded to 4
      decimals, but in rows where that would change the top label.
    - Answers of questions are digested (`boss.results.digested`).
    - ``input_sha256`` of a perturbed copy keeps its first 12 digits, which still tell two inputs apart.
    - ``error`` keeps the kind of error, as its message may quote a text.

    Args:
        table: columns of `PREDICTIONS`, or with second answers of `TWICE`.

    Raises:
        ResultError: if an example's id or source has white space, as a text would: both stay as they are,
            because intervals and the digest of the data depend on them.
    """
    for name in ("example_id", "source"):
        _refuse_text(measurement, name, table[name])
    attacked = measurement.attack is not None
    schema = schema_for(table.column_names)
    columns = {name: table[name] for name in schema.names}
    columns["text"] = pa.nulls(table.num_rows, pa.string())
    for name in {"error", "again_error"} & set(schema.names):
        columns[name] = _map_distinct(table[name], _kind)
    columns["probs"] = pa.nulls(table.num_rows, PREDICTIONS.field("probs").type)
    if attacked:
        short = pc.utf8_slice_codeunits(table["input_sha256"], 0, INPUT_DIGITS)
        columns["input_sha256"] = pc.if_else(pc.greater(table["degree"], 0.0), short, table["input_sha256"])
    else:
        columns["probs"] = _rounded(table["probs"])
    if measurement.definition.kind == "span":
        columns["label"] = _map_distinct(table["label"], digested_golds)
        for name in {"prediction", "again"} & set(schema.names):
            columns[name] = _map_distinct(table[name], digested)
    order = [(name, "ascending") for name in ("example_id", "variant", "degree")]
    return pa.table(columns, schema=schema).sort_by(order).combine_chunks()


def _refuse_text(measurement: Measurement, name: str, column: pa.ChunkedArray) -> None:
    spaced = column.filter(pc.match_substring_regex(column, r"\s")).unique().sort()
    if len(spaced):
        raise ResultError(
            f"{measurement.name}: {len(spaced)} of column {name} have white space, such as "
            f"{spaced[0].as_py()!r:.80}, and may be texts; a trimmed run holds none. Give the dataset ids "
            "and sources without white space, and measure again."
        )


def _map_distinct(column: pa.ChunkedArray, change: Callable[[str], str]) -> pa.Array:
    """Return a column with ``change`` applied to every value but null, once per distinct value."""
    values = column.to_pylist()
    changed = {value: None if value is None else change(value) for value in set(values)}
    return pa.array([changed[value] for value in values], pa.string())


def _kind(error: str) -> str:
    match = _KIND.match(error)
    return match.group() if match else _UNNAMED


def _rounded(column: pa.ChunkedArray) -> pa.Array:
    rows = (None if probs is None else _round(probs) for probs in column.to_pylist())
    return pa.array(rows, PREDICTIONS.field("probs").type)


def _round(probs: list[float]) -> list[float]:
    result = [round(p, DECIMALS) for p in probs]
    # A tie goes to the first label, so that the top one may change by rounding alone.
    return result if result.index(max(result)) == probs.index(max(probs)) else probs
