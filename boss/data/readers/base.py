"""What every reader shares: its protocol and the few rules all upstream formats need."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Protocol

from boss.data.types import Example, Field
from boss.errors import DataError
from robtest.assets import Member


class Reader(Protocol):
    """Turns one upstream file into examples; its options are the ``reader:`` of a dataset's YAML file."""

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield the examples in file order.

        Ids do not change: an upstream id, unique within the file, or `content_id`. The caller puts the
        dataset's name before them, and numbers behind those of the content that repeat.

        Args:
            removed: reason -> rows left out; the reader adds to it.

        Raises:
            DataError: naming file and row of what is not in the format.
        """
        ...


def content_id(inputs: Mapping[str, Field]) -> str:
    """Return the id of an example that has none upstream: a digest of its inputs.

    A row keeps it wherever it moves. 16 hex digits: of ten million texts two share one by chance in one case
    of 370,000.
    """
    rows = sorted((name, value if isinstance(value, str) else list(value)) for name, value in inputs.items())
    return text_id(json.dumps(rows, ensure_ascii=False, separators=(",", ":")))


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
    if column not in row:
        columns = ", ".join(map(str, row))
        raise DataError(f"{file}, row {number}: no column {column!r}; found: {columns}.")
    if row[column] is None:
        raise DataError(
            f"{file}, row {number}: column {column!r} has no value (null); fill it in, or take the row out."
        )
    return row[column]


def text_of(value: object, column: str, file: Member, number: int) -> str:
    """Return a value as text.

    Raises:
        DataError: if it is a list, an object or what UTF-8 cannot write: half of a surrogate pair.
    """
    if not isinstance(value, str | int | float):
        name = type(value).__name__
        kind = {"dict": "an object", "list": "a list", "Mixed": "values of several kinds"}.get(name, name)
        raise DataError(
            f"{file}, row {number}: column {column!r} holds {kind}, and a text is needed; name a column of "
            "texts, or write the text out."
        )
    text = str(value)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise DataError(
            f"{file}, row {number}: column {column!r} has half of a surrogate pair at character "
            f"{error.start + 1}, which is no text; write the character whole, or take it out."
        ) from error
    return text


def map_label(value: object, labels: Mapping[str, str], file: Member, number: int) -> str:
    """Return the dataset's label for an upstream one.

    Raises:
        DataError: naming file, row, label and the labels that are allowed.
    """
    if str(value) not in labels:
        allowed = ", ".join(map(repr, labels))
        raise DataError(f"{file}, row {number}: label {str(value)!r} is not one of {allowed}.")
    return labels[str(value)]


def json_rows(file: Member, encoding: str = "utf-8-sig") -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (row number from 1, object) of a file of JSON lines, or of one list of objects.

    Raises:
        DataError: naming file and row where a line is no JSON object.
    """
    lines = file.lines(encoding)
    first = next(lines, None)
    if first is not None and first[1].lstrip().startswith("["):
        yield from _listed(file, "\n".join([first[1], *(line for _, line in lines)]))
        return
    for number, line in chain([] if first is None else [first], lines):
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"{file}, row {number}: not JSON ({error}).") from error
        if not isinstance(row, dict):
            raise DataError(f"{file}, row {number}: expected a JSON object, got {type(row).__name__}.")
        yield number, row


def _listed(file: Member, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        rows = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{file}: begins like a JSON list, and is none ({error}).") from error
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise DataError(f"{file}, row {number}: expected a JSON object, got {type(row).__name__}.")
        yield number, row
