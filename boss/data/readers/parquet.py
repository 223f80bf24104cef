"""Parquet files as the Hugging Face hub serves them: rows with named columns, and tagged tokens."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from boss.data.readers.base import pick, row_id
from boss.data.readers.columns import Columns
from boss.data.readers.conll import CONLL_TYPES, Scheme, bio_tags_of
from boss.data.types import Example
from boss.errors import DataError
from robtest.assets import Member

BATCH = 1000


@dataclass(frozen=True)
class Parquet(Columns):
    """One example per row.

    Attributes:
        names: the names behind a label column of numbers, in their order. Where the file itself names
            them, it must agree: order differs between copies of one dataset.
    """

    names: Sequence[str] = ()

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield one example per row."""
        named = {self.label: self.names} if self.names and isinstance(self.label, str) else {}
        for number, row in parquet_rows(file, named):
            example = self.example(row, number, file, removed)
            if example is not None:
                yield example


@dataclass(frozen=True)
class ParquetTags:
    """One sentence per row: a list of tokens and a list of numbered tags.

    Attributes:
        names: the tags behind the numbers, in their order, as in `Parquet`.
        types: upstream entity type -> one of `boss.tasks.ENTITY_TYPES`.
        scheme: how tags are written (`boss.data.readers.conll.bio_tags_of`).
        fine: column of finer tags, of which an entity has one only; needed for scheme ``io``.
    """

    names: Sequence[str]
    types: Mapping[str, str] = field(default_factory=lambda: dict(CONLL_TYPES))
    tokens: str = "tokens"
    tags: str = "ner_tags"
    scheme: Scheme = "bio"
    fine: str | None = None

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield one example per row with a token."""
        for number, row in parquet_rows(file, {self.tags: self.names}):
            tokens = tuple(str(token) for token in pick(row, self.tokens, file, number))
            tags = [str(tag) for tag in pick(row, self.tags, file, number)]
            if self.fine is not None:
                fine = pick(row, self.fine, file, number)
                tags = [f"{tag}-{part}" for tag, part in zip(tags, fine, strict=True)]
            if len(tags) != len(tokens):
                raise DataError(f"{file}, row {number}: {len(tokens)} tokens, {len(tags)} tags.")
            if not tokens:
                removed["empty text"] += 1
                continue
            gold = bio_tags_of(((number, tag) for tag in tags), self.types, self.scheme, file)
            yield Example(row_id(number), {"tokens": tokens}, gold, row_id(number))


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
            for column, names in named.items():
                _check_names(table.schema_arrow.metadata, column, names, file)
            for batch in table.iter_batches(BATCH):
                for row in batch.to_pylist():
                    number += 1
                    for column, names in named.items():
                        row[column] = _name(pick(row, column, file, number), names, file, number)
                    yield number, row
        except pyarrow.ArrowException as error:
            raise DataError(f"{file}: not a parquet file, or damaged: {error}.") from error
    if number == 0:
        raise DataError(f"{file} has no rows.")


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
    features = json.loads((metadata or {}).get(b"huggingface", b"{}")).get("info", {}).get("features", {})
    feature = features.get(column, {})
    while isinstance(feature, dict) and "feature" in feature:
        feature = feature["feature"]
    header_names = feature.get("names") if isinstance(feature, dict) else None
    if header_names is not None and list(header_names) != list(names):
        raise DataError(
            f"{file}: the file's own labels of {column!r} are {', '.join(header_names)}; `names:` of the "
            f"dataset says {', '.join(names)}. Correct it, or the labels would be mixed up."
        )
