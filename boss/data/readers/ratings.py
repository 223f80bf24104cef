"""Sentences with the mean of many human sentiment ratings, as in VADER's ground truth files."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from boss.data.readers.base import squeeze
from boss.data.types import Example
from boss.errors import DataError
from robtest.assets import Member
from robtest.plural import counted


@dataclass(frozen=True)
class Ratings:
    """Lines ``id<TAB>mean rating<TAB>text``; an id ``12_3`` is sentence 3 of text 12, its source.

    Attributes:
        threshold: a mean above it is positive, below its negative is negative, the rest is neutral.
            Ratings are in [-4, 4] (Hutto and Gilbert 2014, VADER, section 3); half a point on their
            scale keeps the sentences on which raters disagree about the sign among the neutral ones.
    """

    threshold: float = 0.5

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield one example per line."""
        for number, line in file.lines():
            columns = line.split("\t")
            if len(columns) != 3:
                raise DataError(
                    f"{file}, row {number}: expected id, rating and text, got "
                    f"{counted(len(columns), 'column')}."
                )
            key, rating, text = columns
            source = key.partition("_")[0] if "_" in key else key
            yield Example(key, {"text": squeeze(text)}, self._label(rating, file, number), source)

    def _label(self, rating: str, file: Member, number: int) -> str:
        try:
            mean = float(rating)
        except ValueError as error:
            raise DataError(f"{file}, row {number}: rating {rating!r} is not a number.") from error
        if mean > self.threshold:
            return "positive"
        return "negative" if mean < -self.threshold else "neutral"
