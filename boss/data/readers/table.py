"""Rows with named columns: csv, tsv and JSON lines, the formats of a user's own data."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from boss.data.readers.base import json_rows, map_label, pick, row_id
from boss.data.readers.escapes import unescape
from boss.data.types import Answer, Example, Field, Gold
from boss.errors import DataError
from robtest.assets import Member


@dataclass(frozen=True)
class Columns:
    """How a row becomes an example.

    Attributes:
        fields: input field of the task -> column.
        label: column of the gold label. Text is a class, a list one tag per token, an object with
            ``text`` and ``answer_start`` (as in SQuAD) the gold answers.
        labels: upstream label -> the dataset's; empty where they are the same.
        skip: upstream label -> why its rows are left out and counted.
        id: column with a unique id; the row number where there is none.
        source: column that says what several rows were made from; the row itself where there is none.
        escaped: texts are string literals, in quotes and with backslash escapes.
    """

    fields: Mapping[str, str]
    label: str
    labels: Mapping[str, str] = field(default_factory=dict)
    skip: Mapping[str, str] = field(default_factory=dict)
    id: str | None = None
    source: str | None = None
    escaped: bool = False

    def example(
        self, row: Mapping[str, Any], number: int, file: Member, removed: Counter[str]
    ) -> Example | None:
        """Return the example of a row, or None where its label is one of `skip`."""
        label = pick(row, self.label, file, number)
        if isinstance(label, str) and label in self.skip:
            removed[self.skip[label]] += 1
            return None
        key = str(pick(row, self.id, file, number)) if self.id else row_id(number)
        inputs = {name: self._field(pick(row, column, file, number)) for name, column in self.fields.items()}
        if not all(inputs.values()):
            removed["empty text"] += 1
            return None
        source = str(pick(row, self.source, file, number)) if self.source else key
        return Example(key, inputs, self._gold(label, file, number), source)

    def _field(self, value: Any) -> Field:
        if isinstance(value, list):
            return tuple(str(token) for token in value)
        return unescape(str(value)) if self.escaped else str(value)

    def _gold(self, label: Any, file: Member, number: int) -> Gold:
        if isinstance(label, dict):
            try:
                pairs = zip(label["text"], label["answer_start"], strict=True)
                return tuple(dict.fromkeys(Answer(str(text), int(start)) for text, start in pairs))
            except (KeyError, TypeError, ValueError) as error:
                raise DataError(
                    f"{file}, row {number}: column {self.label!r} needs lists text and answer_start of one "
                    f"length ({error})."
                ) from error
        if isinstance(label, list):
            return tuple(self._mapped(tag, file, number) for tag in label)
        return self._mapped(label, file, number)

    def _mapped(self, label: object, file: Member, number: int) -> str:
        return map_label(label, self.labels, file, number) if self.labels else str(label)


@dataclass(frozen=True)
class Delimited(Columns):
    r"""Comma- or tab-separated values with a header line; every value stays text ("NA" is no number).

    Attributes:
        delimiter: one character; ``\t`` may be written out.
        quoting: values may stand in double quotes; False takes every quote as text, as in BOSS's tsv.
        names: names of the columns, where the file has no header line.
        encoding: of the file.
    """

    delimiter: str = ","
    quoting: bool = True
    names: Sequence[str] | None = None
    encoding: str = "utf-8-sig"

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield one example per row."""
        with file.text(self.encoding) as text:
            reader = csv.DictReader(
                text,
                self.names,
                delimiter="\t" if self.delimiter == "\\t" else self.delimiter,
                quoting=csv.QUOTE_MINIMAL if self.quoting else csv.QUOTE_NONE,
                strict=True,
            )
            number = 0
            try:
                for number, row in enumerate(reader, start=1):
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
