"""Rows with named columns: csv, tsv and JSON lines, the formats of a user's own data."""

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from boss.data.readers.base import json_rows
from boss.data.readers.columns import Columns
from boss.data.types import Example
from boss.errors import DataError
from robtest.assets import Member
from robtest.plural import counted


@dataclass(frozen=True)
class Delimited(Columns):
    r"""Comma- or tab-separated values with a header line; every value stays text ("NA" is no number).

    Attributes:
        delimiter: one character; ``\t`` may be written out.
        quoting: values may stand in double quotes; False takes every quote as text, as in BOSS's tsv.
        names: names of the columns, where the file has no header line.
        encoding: of the file.
        ragged: lines and values are stripped, and rows with more or fewer values than columns left out
            and counted, as BOSS does with SemEval's; else rows are read as they are.
    """

    delimiter: str = ","
    quoting: bool = True
    names: Sequence[str] | None = None
    encoding: str = "utf-8-sig"
    ragged: bool = False

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield one example per row."""
        # A field may be a whole document; Python's own limit is 131,072 characters.
        csv.field_size_limit(sys.maxsize)
        with file.text(self.encoding) as text:
            lines = rows_apart(text)
            reader = csv.DictReader(
                (line.strip() for line in lines) if self.ragged else lines,
                self.names,
                delimiter="\t" if self.delimiter == "\\t" else self.delimiter,
                quoting=csv.QUOTE_MINIMAL if self.quoting else csv.QUOTE_NONE,
                strict=True,
            )
            number = 0
            try:
                for number, row in enumerate(reader, start=1):
                    if self.ragged and (None in row or None in row.values()):
                        removed["another number of columns"] += 1
                        continue
                    _check_width(row, number, reader.line_num, file)
                    if self.ragged:
                        row = {name: value.strip() for name, value in row.items()}
                    example = self.example(row, number, file, removed)
                    if example is not None:
                        yield example
            except csv.Error as error:
                raise DataError(f"{file}, row {number + 1}: {error}.") from error
            if number == 0:
                raise DataError(f"{file} is empty; expected a header line and at least one row.")


@dataclass(frozen=True)
class JsonLines(Columns):
    """One JSON object per line, or one list of them.

    Attributes:
        encoding: of the file.
    """

    encoding: str = "utf-8-sig"

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield one example per line."""
        for number, row in json_rows(file, self.encoding):
            example = self.example(row, number, file, removed)
            if example is not None:
                yield example


def rows_apart(text: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a file; one whose lines end in a carriage return alone is taken apart at those."""
    lines = iter(text)
    try:
        first = next(lines)
    except StopIteration:
        return
    if first.endswith("\n") or "\r" not in first:
        yield from chain([first], lines)
        return
    # Without a line feed the whole file came as one line.
    yield from (line + "\r" for line in first.rstrip("\r").split("\r"))


def _check_width(row: Mapping[Any, Any], number: int, line: int, file: Member) -> None:
    """Refuse a row that has not as many values as there are columns: a part of a text would be lost."""
    n_columns = sum(name is not None for name in row)
    if None in row:
        n_values = n_columns + len(row[None])
    elif None in row.values():
        n_values = sum(value is not None for value in row.values())
    else:
        return
    raise width_error(file, number, line, n_values, n_columns)


def width_error(file: Member, number: int, line: int, n_values: int, n_columns: int) -> DataError:
    """Return the error of a row with more or fewer values than there are columns."""
    many = n_values > n_columns
    cure = "put a text that holds the delimiter into quotes" if many else "give the row all its values"
    return DataError(
        f"{file}, row {number} (line {line}): {counted(n_values, 'value')} for "
        f"{counted(n_columns, 'column')}; {cure}."
    )
