"""How a row with named columns becomes an example, whatever the file it stands in."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from boss.data.readers.base import content_id, map_label, pick, single_spaces, text_id, text_of
from boss.data.readers.escapes import unescape
from boss.data.readers.spans import NO_ANSWER, NO_SPAN, placed
from boss.data.types import Answer, Example, Field, Gold
from boss.errors import DataError
from robtest.assets import Member


@dataclass(frozen=True)
class Columns:
    """How a row becomes an example.

    Attributes:
        fields: input field of the task -> column.
        label: column of the gold label. Text is a class, a list one tag per token, an object with
            ``text`` and ``answer_start`` (as in SQuAD) the gold answers. Several columns are numbers
            whose mean `bands` turns into a class.
        labels: upstream label -> the dataset's; empty where they are the same.
        skip: upstream label -> why its rows are left out and counted.
        bands: class -> [low, high] of its scores, low included and high not, null for no bound; rows
            in no band are left out and counted. Empty where labels are no scores.
        where: column -> value; rows with another value are not of this dataset.
        id: column with a unique id; a digest of the inputs where there is none.
        source: column that says what several rows were made from; the row itself where there is none.
        shared: column of a text that several rows share, which is then the source.
        escaped: texts are string literals, in quotes and with backslash escapes.
        spaces: runs of tabs and spaces become one space, as in BOSS's processing.
        offsets: ``answer_start`` holds an offset per answer; one that does not fit is corrected to where
            the answer first stands. False takes what there is of them: BOSS's own files hold texts in
            their place in two datasets. Answers that are nowhere in the passage are left out.
    """

    fields: Mapping[str, str]
    label: str | Sequence[str]
    labels: Mapping[str, str] = field(default_factory=dict)
    skip: Mapping[str, str] = field(default_factory=dict)
    bands: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    id: str | None = None
    source: str | None = None
    shared: str | None = None
    escaped: bool = False
    spaces: bool = False
    offsets: bool = True

    def example(
        self, row: Mapping[str, Any], number: int, file: Member, removed: Counter[str]
    ) -> Example | None:
        """Return the example of a row, or None where the row is left out."""
        if any(str(pick(row, column, file, number)) != value for column, value in self.where.items()):
            return None
        if isinstance(self.label, str) and (reason := self.skip.get(str(row.get(self.label)))):
            removed[reason] += 1
            return None
        inputs = {name: self._field(row, column, file, number) for name, column in self.fields.items()}
        if not all(value if isinstance(value, tuple) else value.strip() for value in inputs.values()):
            removed["empty text"] += 1
            return None
        gold = self._gold(row, inputs, number, file, removed)
        if gold is None:
            return None
        key = str(pick(row, self.id, file, number)) if self.id else content_id(inputs)
        return Example(key, inputs, gold, self._source(row, key, number, file))

    def _field(self, row: Mapping[str, Any], column: str, file: Member, number: int) -> Field:
        value = pick(row, column, file, number)
        if isinstance(value, list) and column == self.fields.get("tokens"):
            return tuple(text_of(token, column, file, number) for token in value)
        text = text_of(value, column, file, number)
        text = unescape(text) if self.escaped else text
        return single_spaces(text) if self.spaces else text

    def _source(self, row: Mapping[str, Any], key: str, number: int, file: Member) -> str:
        if self.shared is not None:
            return text_id(str(pick(row, self.shared, file, number)))
        return str(pick(row, self.source, file, number)) if self.source else key

    def _gold(
        self,
        row: Mapping[str, Any],
        inputs: Mapping[str, Field],
        number: int,
        file: Member,
        removed: Counter[str],
    ) -> Gold | None:
        if self.bands:
            gold = self._banded(row, number, file)
            if gold is None:
                removed["score between the classes"] += 1
            return gold
        if not isinstance(self.label, str):
            raise DataError(f"{file}: several columns of `label:` need `bands:`; got {list(self.label)}.")
        label = pick(row, self.label, file, number)
        if isinstance(label, dict):
            return self._answers(label, str(inputs.get("context", "")), number, file, removed)
        if isinstance(label, list):
            return tuple(self._mapped(tag, file, number) for tag in label)
        return self._mapped(label, file, number)

    def _banded(self, row: Mapping[str, Any], number: int, file: Member) -> str | None:
        columns = [self.label] if isinstance(self.label, str) else list(self.label)
        values = [pick(row, column, file, number) for column in columns]
        try:
            score = sum(map(float, values)) / len(values)
        except ValueError as error:
            raise DataError(f"{file}, row {number}: {columns} {values!r} are no numbers.") from error
        for name, (low, high) in self.bands.items():
            if (low is None or low <= score) and (high is None or score < high):
                return name
        return None

    def _answers(
        self, label: Mapping[str, Any], context: str, number: int, file: Member, removed: Counter[str]
    ) -> Gold | None:
        try:
            texts = [str(text) for text in label["text"]]
            starts = [int(start) for start in label["answer_start"]] if self.offsets else _usable(label)
            spans = [placed(context, text, at) for text, at in zip(texts, starts, strict=True)]
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                f"{file}, row {number}: column {self.label!r} needs lists text and answer_start of one "
                f"length ({error})."
            ) from error
        answers: tuple[Answer, ...] = tuple(dict.fromkeys(answer for answer in spans if answer is not None))
        if not answers:
            removed[NO_SPAN if texts else NO_ANSWER] += 1
        return answers or None

    def _mapped(self, label: object, file: Member, number: int) -> str:
        return map_label(label, self.labels, file, number) if self.labels else str(label)


def _usable(label: Mapping[str, Any]) -> list[int]:
    """Return an offset per answer, -1 where there is none."""
    starts = [start if isinstance(start, int) else -1 for start in label["answer_start"]]
    n = len(label["text"])
    return starts[:n] + [-1] * (n - len(starts))
