"""Where each answer of a measurement stands in its predictions table; a table with holes is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from boss.errors import ResultError
from boss.measurement import AttackSettings, Measurement
from boss.results.schema import schema_for
from robtest.plural import counted

Index = NDArray[np.intp]
Pairs = tuple[tuple[str, str | None], ...]
_ROUNDING = 1e-9
_TOLERATED = 1e-2  # off 1, for probabilities that were rounded or are of half precision
_SHOWN = 3


@dataclass(frozen=True)
class Layout:
    """A checked predictions table, by position; nothing here depends on the order of its rows.

    Attributes:
        ids: of the examples, sorted.
        clean: row of each example's clean answer, shape ``(n_examples,)``, examples sorted by id.
        copies: row of each perturbed copy, shape ``(n_examples, n_variants, n_degrees)``, over the
            measurement's positive ``degrees``, rising; empty in a clean measurement.
        sources: index of each example's source, shape ``(n_examples,)``.
        pairs: the distinct (label, prediction) pairs; a prediction of None failed.
        pair: index into ``pairs`` of each row.
        piece_pairs, piece_pair: the same of (label, tags of sub-tokens).
        again_pairs, again_pair: the same of (label, second answer); ``twice`` says which rows have one.
        probs: of each example's answer over the measurement's labels, shape ``(n_examples, n_labels)``, zeros
            where it failed; None unless all answers of a clean measurement of classification have them.
    """

    ids: tuple[str, ...]
    clean: Index
    copies: Index
    degrees: tuple[float, ...]
    sources: Index
    pairs: Pairs
    pair: Index
    piece_pairs: Pairs
    piece_pair: Index
    again_pairs: Pairs
    again_pair: Index
    twice: NDArray[np.bool_]
    failed: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    distance: NDArray[np.float64]
    unperturbable: NDArray[np.bool_]
    probs: NDArray[np.float64] | None

    @cached_property
    def touched(self) -> NDArray[np.bool_]:
        """Whether some variant of each example could be changed at each of ``degrees``.

        Shape ``(n_examples, n_degrees)``. A text that a search left alone although an edit would have fitted
        counts as one that could be.
        """
        return np.asarray(~self.unperturbable[self.copies].all(axis=1))

    def answers(self, column: Literal["prediction", "piece_tags", "again"]) -> tuple[Pairs, Index]:
        """Return the distinct pairs of label and ``column``, and which of them each row is."""
        if column == "piece_tags":
            return self.piece_pairs, self.piece_pair
        if column == "again":
            return self.again_pairs, self.again_pair
        return self.pairs, self.pair


def lay_out(measurement: Measurement, table: pa.Table) -> Layout:
    """Check a measurement's predictions and say where each answer is.

    Raises:
        ResultError: naming what is wrong: columns, missing, duplicate or unknown rows, an example with
            two labels or two sources, a distance beyond its degree, probabilities that are none.
    """
    table = _typed(measurement, table)
    example, ids = _codes(table["example_id"])
    if len(ids) != measurement.n_evaluated:
        raise ResultError(
            f"{measurement.name}: predictions hold {counted(len(ids), 'example')}, and the measurement is of "
            f"n_evaluated={measurement.n_evaluated}"
        )
    names = [str(name) for name in ids]
    source = _constant(measurement, table, "source", example, names)
    _constant(measurement, table, "label", example, names)
    degrees = tuple(sorted(d for d in measurement.attack.degrees if d > 0)) if measurement.attack else ()
    if measurement.attack is None:
        clean, copies = _place_clean(measurement, table, example, names)
    else:
        clean, copies = _place_attacked(measurement, measurement.attack, degrees, table, example, names)
    failed = _bools(table["prediction"].is_null())
    twice, given_again = _again(measurement, table, clean, example, names)
    _check_pieces(measurement, table, failed, example, names)
    pairs, pair = _pairs(table, "prediction")
    piece_pairs, piece_pair = _pairs(table, "piece_tags")
    again_pairs, again_pair = _pairs(table, "again") if twice.any() else ((), pair)
    return Layout(
        ids=tuple(names),
        clean=clean,
        copies=copies,
        degrees=degrees,
        sources=np.unique(source, return_inverse=True)[1],
        pairs=pairs,
        pair=pair,
        piece_pairs=piece_pairs,
        piece_pair=piece_pair,
        again_pairs=again_pairs,
        again_pair=again_pair,
        twice=twice,
        # The second answer to a clean text tells how much is noise; to a copy it may take the first's place.
        failed=failed if measurement.attack is None else failed & ~given_again,
        truncated=_bools(table["truncated"]),
        distance=_floats(table["distance"]),
        unperturbable=_bools(table["unperturbable"].fill_null(False)),
        probs=_probs(measurement, table.take(clean), names),
    )


def _typed(measurement: Measurement, table: pa.Table) -> pa.Table:
    absent = [name for name in schema_for(table.column_names).names if name not in table.column_names]
    if absent:
        raise ResultError(f"{measurement.name}: predictions lack the columns {', '.join(absent)}")
    try:
        schema = schema_for(table.column_names)
        table = table.select(schema.names).cast(schema)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        raise ResultError(
            f"{measurement.name}: predictions have a column of another type: {error}"
        ) from error
    for field in schema:
        if not field.nullable and table[field.name].null_count:
            raise ResultError(
                f"{measurement.name}: column {field.name} has empty values; every row needs one"
            )
    if not table.num_rows:
        raise ResultError(f"{measurement.name}: there are no predictions, so there is no score")
    return table


def _check_pieces(
    measurement: Measurement, table: pa.Table, failed: NDArray[np.bool_], example: Index, names: list[str]
) -> None:
    """Refuse answers without the tags of sub-tokens where these are scored."""
    if (
        measurement.scoring == "boss"
        and measurement.attack is None
        and measurement.definition.kind == "tagging"
    ):
        lacking = _bools(table["piece_tags"].is_null()) & ~failed
        _refuse(measurement, lacking, lambda i: f"example {names[example[i]]}", "answers without piece_tags")


def _again(
    measurement: Measurement, table: pa.Table, clean: Index, example: Index, names: list[str]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which rows were asked about a second time, and which of them have an answer then.

    Of a clean measurement these are all rows or, of a model whose answers stay, none; under attack it is no
    clean text.
    """
    if "again" not in table.column_names:
        none = np.zeros(table.num_rows, dtype=np.bool_)
        return none, none
    given, without = (_bools(table[name].is_valid()) for name in ("again", "again_error"))

    def row(i: int) -> str:
        return f"example {names[example[i]]}"

    _refuse(measurement, given & without, row, "a second answer and why there is none")
    twice = given | without
    if measurement.attack is None:
        _refuse(measurement, ~twice, row, "texts without a second answer")
    else:
        of_clean = np.zeros_like(twice)
        of_clean[clean] = twice[clean]
        _refuse(measurement, of_clean, row, "clean texts under attack with a second answer")
    return twice, given


def _probs(measurement: Measurement, clean: pa.Table, names: list[str]) -> NDArray[np.float64] | None:
    """Return the probabilities of the clean rows, one of each example in order, if all answers have them."""
    if measurement.attack is not None or measurement.definition.kind != "classification":
        return None
    answered = _bools(clean["prediction"].is_valid())
    given = pc.if_else(clean["prediction"].is_valid(), clean["probs"], None).combine_chunks()
    if not answered.any() or given.null_count > (~answered).sum():
        return None
    lengths = np.asarray(pc.list_value_length(given).fill_null(len(measurement.labels)))

    def example(i: int) -> str:
        return f"example {names[i]}"

    _refuse(
        measurement,
        lengths != len(measurement.labels),
        example,
        f"not {counted(len(measurement.labels), 'probability', 'probabilities')}, one per label",
    )
    probs = np.zeros((len(names), len(measurement.labels)))
    probs[answered] = given.flatten().to_numpy(zero_copy_only=False).reshape(-1, len(measurement.labels))
    # Written so that NaN, which compares as false, is refused too.
    sound = ((probs >= 0) & (probs <= 1)).all(axis=1) & (np.abs(probs.sum(axis=1) - 1) <= _TOLERATED)
    _refuse(measurement, answered & ~sound, example, "probabilities outside [0, 1] or not of sum 1")
    return probs


def _place_clean(
    measurement: Measurement, table: pa.Table, example: Index, names: list[str]
) -> tuple[Index, Index]:
    if table["degree"].null_count < table.num_rows or table["variant"].null_count < table.num_rows:
        raise ResultError(f"{measurement.name}: a clean measurement has rows with a variant or a degree")
    clean = _place(measurement, example, len(names), lambda slot: f"example {names[slot]}")
    return clean, np.empty((len(names), 0, 0), dtype=np.intp)


def _place_attacked(
    measurement: Measurement,
    attack: AttackSettings,
    degrees: tuple[float, ...],
    table: pa.Table,
    example: Index,
    names: list[str],
) -> tuple[Index, Index]:
    for name in ("variant", "degree", "distance", "unperturbable"):
        if table[name].null_count:
            raise ResultError(
                f"{measurement.name}: column {name} has empty values; an attacked measurement needs them"
            )
    variant = table["variant"].to_numpy().astype(np.intp)
    degree = _floats(table["degree"])
    position = {0.0: 0, **{d: i for i, d in enumerate(degrees, start=1)}}
    values, inverse = np.unique(degree, return_inverse=True)
    at = np.array([position.get(value, -1) for value in values], dtype=np.intp)[inverse]

    def row(i: int) -> str:
        return f"example {names[example[i]]}, variant {variant[i]}, degree {degree[i]:g}"

    limit = np.where(at == 0, 1, attack.n_variants)
    _refuse(measurement, (at < 0) | (variant < 0) | (variant >= limit), row, "unknown variant or degree")
    distance = _floats(table["distance"])
    # RobTest rounds its limits up, so that only the size of the text says how far beyond one may be.
    allowed = np.full_like(degree, np.inf) if attack.compatible else degree
    beyond = ~((distance >= 0) & (distance <= allowed + _ROUNDING))
    _refuse(measurement, beyond, row, "a realised distance outside [0, degree]")

    base = np.flatnonzero(at == 0)
    clean = base[_place(measurement, example[base], len(names), lambda s: f"example {names[s]}, degree 0")]
    shape = (len(names), attack.n_variants, len(degrees))

    def slot_name(slot: int) -> str:
        e, v, d = np.unravel_index(slot, shape)
        return f"example {names[e]}, variant {v}, degree {degrees[d]:g}"

    rest = np.flatnonzero(at > 0)
    slots = (example[rest] * shape[1] + variant[rest]) * shape[2] + at[rest] - 1
    placed = rest[_place(measurement, slots, int(np.prod(shape)), slot_name)]
    return clean, placed.reshape(shape)


def _place(measurement: Measurement, slots: Index, size: int, name: Callable[[int], str]) -> Index:
    """Return the row of each slot; every slot must have exactly one."""
    counts = np.bincount(slots, minlength=size)
    _refuse(measurement, counts > 1, name, "rows given twice")
    _refuse(measurement, counts == 0, name, "rows missing")
    rows = np.empty(size, dtype=np.intp)
    rows[slots] = np.arange(len(slots))
    return rows


def _refuse(measurement: Measurement, bad: NDArray[np.bool_], name: Callable[[int], str], what: str) -> None:
    where = np.flatnonzero(bad)
    if len(where):
        shown = "; ".join(name(int(i)) for i in where[:_SHOWN])
        more = f" and {len(where) - _SHOWN} more" if len(where) > _SHOWN else ""
        raise ResultError(f"{measurement.name}: {what}: {shown}{more}")


def _constant(
    measurement: Measurement, table: pa.Table, column: str, example: Index, names: list[str]
) -> Index:
    """Return each example's code of ``column``, which must not change between its rows."""
    codes, _ = _codes(table[column])
    of_example = np.empty(len(names), dtype=np.intp)
    of_example[example] = codes
    differs = np.zeros(len(names), dtype=np.bool_)
    differs[example[codes != of_example[example]]] = True
    _refuse(measurement, differs, lambda e: f"example {names[e]}", f"examples with more than one {column}")
    return of_example


def _pairs(table: pa.Table, column: str) -> tuple[Pairs, Index]:
    label, labels = _codes(table["label"])
    given, answers = _codes(table[column])
    distinct, pair = np.unique(label * len(answers) + given, return_inverse=True)
    return tuple((str(labels[c // len(answers)]), answers[c % len(answers)]) for c in distinct), pair


def _codes(column: pa.ChunkedArray) -> tuple[Index, list[str | None]]:
    """Return each row's index into the sorted distinct values, None first, and those values."""
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    values = encoded.dictionary.to_pylist()
    order = sorted(range(len(values)), key=lambda i: (values[i] is not None, values[i] or ""))
    rank = np.empty(len(values), dtype=np.intp)
    rank[order] = np.arange(len(values))
    return rank[encoded.indices.to_numpy(zero_copy_only=False)], [values[i] for i in order]


def _bools(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    return np.asarray(column.to_numpy(), dtype=np.bool_)


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray(column.to_numpy(), dtype=np.float64)
