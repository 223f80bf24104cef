"""Parquet files as the Hugging Face hub serves them: rows with named columns, and tagged tokens."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from boss.data.readers.base import content_id, pick
from boss.data.readers.columns import Columns
from boss.data.readers.conll import CONLL_TYPES, Scheme, bio_tags_of
from boss.data.types import Example
from boss.errors import DataError
from robtest.assets import Member
from robtest.plural import counted

BATCH = 1000


@dataclass(frozen=True)
class Parquet(Columns):
    """One example per row.

    Attributes:
        names: the names behind a label column of numbers, in their order. Where the file itself names
            them, it must agree: order differs between copies of one dataset. Left out, the file's own count.
    """

    names: Sequence[str] = ()

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield one example per row."""
        named: dict[str, Sequence[str]] = {}
        if isinstance(self.label, str) and (names := self.names or names_in(file, self.label)):
            named[self.label] = names
        for number, row in parquet_rows(file, named):
            example = self.example(row, number, file, removed)
            if example is not None:
                yield example


@dataclass(frozen=True)
class ParquetTags:
    """One sentence per row: a list of tokens and a list of tags, numbers or names.

    Attributes:
        names: the tags behind the numbers, in their order, as in `Parquet`.
        types: upstream entity type -> one of the task's.
        scheme: how tags are written (`boss.data.readers.conll.bio_tags_of`).
        fine: column of finer tags, of which an entity has one only; needed for scheme ``io``.
    """

    names: Sequence[str] = ()
    types: Mapping[str, str] = field(default_factory=lambda: dict(CONLL_TYPES))
    tokens: str = "tokens"
    tags: str = "ner_tags"
    scheme: Scheme = "bio"
    fine: str | None = None

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield one example per row with a token."""
        names = self.names or names_in(file, self.tags)
        for number, row in parquet_rows(file, {self.tags: names} if names else None):
            tokens = tuple(str(token) for token in pick(row, self.tokens, file, number))
            tags = [str(tag) for tag in pick(row, self.tags, file, number)]
            if self.fine is not None:
                fine = pick(row, self.fine, file, number)
                tags = [f"{tag}-{part}" for tag, part in zip(tags, fine, strict=True)]
            if len(tags) != len(tokens):
                raise DataError(
                    f"{file}, row {number}: {counted(len(tokens), 'token')}, {counted(len(tags), 'tag')}."
                )
            if not tokens:
                removed["empty text"] += 1
                continue
            gold = bio_tags_of(((number, tag) for tag in tags), self.types, self.scheme, file)
            key = content_id({"tokens": tokens})
            yield Example(key, {"tokens": tokens}, gold, key)


class Mixed:
    """Stands for a value of a column that held texts and numbers, which the hub's libraries write as JSON."""

    def __str__(self) -> str:
        """Return what it is."""
        return "values of several kinds"


def parquet_rows(
    file: Member, named: Mapping[str, Sequence[str]] | None = None
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (row number from 1, row) of a parquet file.

    Args:
        named: column of numbers, or of lists of numbers -> the names to put in their place.

    Raises:
        DataError: where the file is no parquet file, has no such column, or names its labels otherwise.
    """
    import pyarrow
    import pyarrow.parquet as pq

    named = named or {}
    number = 0
    with file.open() as stream:
        try:
            table = pq.ParquetFile(stream)
            metadata = table.schema_arrow.metadata
            for column, names in named.items():
                _check_names(metadata, column, names, file)
            columns = table.schema_arrow.names
            mixed = [name for name in columns if _feature(metadata, name).get("_type") == "Json"]
            for batch in table.iter_batches(BATCH):
                for row in batch.to_pylist():
                    number += 1
                    for column in mixed:
                        row[column] = Mixed()
                    for column, names in named.items():
                        row[column] = _name(pick(row, column, file, number), names, file, number)
                    yield number, row
        except pyarrow.ArrowException as error:
            raise DataError(f"{file}: not a parquet file, or damaged: {error}.") from error
    if number == 0:
        raise DataError(f"{file} has no rows.")


def names_in(file: Member, column: str) -> tuple[str, ...]:
    """Return the names that a parquet file of the hub's own libraries has for a column of numbers; else none.

    Raises:
        DataError: where the file is no parquet file, or the column holds values of several kinds.
    """
    import pyarrow
    import pyarrow.parquet as pq

    with file.open() as stream:
        try:
            metadata = pq.ParquetFile(stream).schema_arrow.metadata
        except pyarrow.ArrowException as error:
            raise DataError(f"{file}: not a parquet file, or damaged: {error}.") from error
    return tuple(_feature(metadata, column).get("names", ()))


def _feature(metadata: Mapping[bytes, bytes] | None, column: str) -> Mapping[str, Any]:
    """Return what the hub's own libraries write about a column into a parquet file's header."""
    features = json.loads((metadata or {}).get(b"huggingface", b"{}")).get("info", {}).get("features", {})
    feature = features.get(column, {})
    while isinstance(feature, dict) and "feature" in feature:
        feature = feature["feature"]
    return feature if isinstance(feature, dict) else {}


def _name(value: Any, names: Sequence[str], file: Member, number: int) -> Any:
    """Return the names of numbers; a negative one, the hub's sign for no label, stays a number."""
    if isinstance(value, list):
        return [_name(item, names, file, number) for item in value]
    if isinstance(value, int) and value < len(names):
        return names[value] if value >= 0 else str(value)
    raise DataError(f"{file}, row {number}: label {value!r} is not a number below {len(names)}.")


def _check_names(
    metadata: Mapping[bytes, bytes] | None, column: str, names: Sequence[str], file: Member
) -> None:
    """Compare with the names the hub's own libraries write into a parquet file's header."""
    header_names = _feature(metadata, column).get("names")
    if header_names is not None and list(header_names) != list(names):
        raise DataError(
            f"{file}: the file's own labels of {column!r} are {', '.join(header_names)}; `names:` of the "
            f"dataset says {', '.join(names)}. Correct it, or the labels would be mixed up."
        )
