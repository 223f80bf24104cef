"""Texts with a score per quality, as RealToxicityPrompts has them from the Perspective API."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from boss.data.readers.base import content_id, json_rows, pick
from boss.data.types import Example
from boss.errors import DataError
from robtest.assets import Member


@dataclass(frozen=True)
class Scores:
    """JSON lines with a text and a score in [0, 1].

    Attributes:
        score: name of the score.
        threshold: a score of at least this is ``above``, a lower one ``below``.
    """

    score: str
    below: str
    above: str
    threshold: float = 0.5
    text: str = "text"

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield one example per line."""
        for number, row in json_rows(file):
            value = pick(row, self.score, file, number)
            try:
                score = float(value)
            except ValueError as error:
                raise DataError(f"{file}, row {number}: {self.score} {value!r} is no number.") from error
            label = self.above if score >= self.threshold else self.below
            inputs = {"text": str(pick(row, self.text, file, number))}
            key = content_id(inputs)
            yield Example(key, inputs, label, key)
