"""Rows with named columns: csv, tsv and JSON lines, the formats of a user's own data."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from boss.data.readers.base import json_rows
from boss.data.readers.columns import Columns
from boss.data.types import Example
from boss.errors import DataError
from robtest.assets import Member


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
        with file.text(self.encoding) as text:
            reader = csv.DictReader(
                (line.strip() for line in text) if self.ragged else text,
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
    """One JSON object per line."""

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield one example per line."""
        for number, row in json_rows(file):
            example = self.example(row, number, file, removed)
            if example is not None:
                yield example
