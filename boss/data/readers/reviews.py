"""Amazon's product reviews by category: a part of each file, chosen by digest, by number of stars."""

import hashlib
import heapq
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from boss.data.readers.base import map_label, pick, single_spaces
from boss.data.types import Example
from boss.errors import DataError
from robtest.assets import Member

STARS = {"1.0": "negative", "5.0": "positive", "3.0": "neutral"}
NO_CLASS = "two or four stars"


@dataclass(frozen=True)
class Reviews:
    """JSON lines of one category of Amazon Review Data (2018), 5-core.

    BOSS shuffles the lines, takes the first 40,000, leaves out those without text, keeps the first
    20,000 of the rest, and of these the reviews of one, three and five stars. Its shuffle depends on the
    order of files; here the order is that of the lines' sha256, so that the choice is the same anywhere.
    Lines that are repeated to the last byte count once.
    """

    drawn: int = 40_000
    kept: int = 20_000

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield the chosen reviews in the order of their digests, which are their ids."""
        with_text = 0
        for key, line, number in self._draw(file):
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise DataError(f"{file}, row {number}: not JSON ({error}).") from error
            text = single_spaces(str(row.get("reviewText") or ""))
            if not text.strip():
                removed["empty text"] += 1
                continue
            with_text += 1
            if with_text > self.kept:
                return
            stars = str(float(pick(row, "overall", file, number)))
            if stars in ("2.0", "4.0"):
                removed[NO_CLASS] += 1
                continue
            yield Example(key, {"text": text}, map_label(stars, STARS, file, number), key)

    def _draw(self, file: Member) -> Iterator[tuple[str, str, int]]:
        """Yield (digest, line, row) of the ``drawn`` lines whose digests are smallest."""
        # Repeated lines have one digest, so they stand side by side, and all but the first go.
        rows = ((hashlib.sha256(line.encode()).hexdigest(), line, number) for number, line in file.lines())
        before = ""
        for key, line, number in heapq.nsmallest(self.drawn, rows):
            if key != before:
                yield key[:16], line, number
            before = key
