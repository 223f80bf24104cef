"""What every reader shares: its protocol and the few rules all upstream formats need."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from boss.data.types import Example
from boss.errors import DataError
from robtest.assets import Member


class Reader(Protocol):
    """Turns one upstream file into examples; its options are the ``reader:`` of a dataset's YAML file."""

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield the examples in file order.

        Ids are unique within the file and do not change: an upstream id, or the row number. The caller
        puts the dataset's name before them.

        Args:
            removed: reason -> rows left out; the reader adds to it.

        Raises:
            DataError: naming file and row of what is not in the format.
        """
        ...


def row_id(row: int) -> str:
    """Return the id of an example that has none upstream: its row number from 1, six digits."""
    return f"{row:06d}"


def text_id(text: str) -> str:
    """Return a short digest that stands for a passage several examples share."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def squeeze(text: str) -> str:
    """Return ``text`` with every run of white space as one space, as BOSS's processing does."""
    return " ".join(text.split())


def single_spaces(text: str) -> str:
    """Return ``text`` with every run of tabs and spaces as one space, as BOSS does; lines stay apart."""
    return re.sub("[\t ]+", " ", text)


def pick(row: Mapping[str, Any], column: str, file: Member, number: int) -> Any:
    """Return a column of a row.

    Raises:
        DataError: naming the columns found and the one expected.
    """
    if column not in row or row[column] is None:
        columns = ", ".join(str(name) for name, value in row.items() if value is not None)
        raise DataError(f"{file}, row {number}: no column {column!r}; found: {columns}.")
    return row[column]


def map_label(value: object, labels: Mapping[str, str], file: Member, number: int) -> str:
    """Return the dataset's label for an upstream one.

    Raises:
        DataError: naming file, row, label and the labels that are allowed.
    """
    if str(value) not in labels:
        allowed = ", ".join(map(repr, labels))
        raise DataError(f"{file}, row {number}: label {str(value)!r} is not one of {allowed}.")
    return labels[str(value)]


def json_rows(file: Member) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (row number from 1, object) of a JSON-lines file.

    Raises:
        DataError: naming file and row where a line is no JSON object.
    """
    for number, line in file.lines():
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"{file}, row {number}: not JSON ({error}).") from error
        if not isinstance(row, dict):
            raise DataError(f"{file}, row {number}: expected a JSON object, got {type(row).__name__}.")
        yield number, row
