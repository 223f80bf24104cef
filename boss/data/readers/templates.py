"""Sentences with slots for names, filled with generated people: gold entity spans by construction."""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from boss.data.types import Example
from boss.errors import DataError
from robtest.assets import Member

Person = Mapping[str, str]

_SLOT = re.compile(r"\{\{\s*(\w+)\s*\}\}")
# Clitics stand alone, abbreviations keep their dots, words keep inner hyphens, the rest is punctuation.
_TOKEN = re.compile(r"['’](?:s|re|ve|ll|d|m|t)\b|(?:\w\.){2,}|\w+(?:[-.&/]\w+)*|[^\w\s]")

# Slot -> (entity type or None, columns whose values fill it, gender the row must have).
_SLOTS: dict[str, tuple[str | None, tuple[str, ...], str | None]] = {
    "person": ("person", ("GivenName", "Surname"), None),
    "name": ("person", ("GivenName", "Surname"), None),
    "name_male": ("person", ("GivenName", "Surname"), "male"),
    "name_female": ("person", ("GivenName", "Surname"), "female"),
    "first_name": ("person", ("GivenName",), None),
    "first_name_nonbinary": ("person", ("GivenName",), None),
    "first_name_male": ("person", ("GivenName",), "male"),
    "first_name_female": ("person", ("GivenName",), "female"),
    "last_name": ("person", ("Surname",), None),
    "last_name_male": ("person", ("Surname",), "male"),
    "last_name_female": ("person", ("Surname",), "female"),
    "prefix": (None, ("Title",), None),
    "prefix_male": (None, ("Title",), "male"),
    "prefix_female": (None, ("Title",), "female"),
    "organization": ("organization", ("Company",), None),
    "city": ("location", ("City",), None),
    "country": ("location", ("CountryFull",), None),
}

# Values of the names file that are no name of a country.
_NO_COUNTRY = {"Greenlander", "Cyprus (Greek)"}


@dataclass(frozen=True)
class Templates:
    """Presidio's sentence templates, filled with rows of its file of generated people.

    Kept are templates all of whose slots are people, organizations, places or a title (tagged O);
    those with another slot or none are left out and counted. Each slot takes a row of its own, chosen by
    sha256 of (seed, template, copy, slot), so that an example never depends on another one. Organizations
    come from the people's ``Company``: the list of companies beside it is of securities, not of names.
    The source of an example is its template.

    Attributes:
        people: path of the csv file of people inside the source.
        copies: examples made from each template.
    """

    people: str
    copies: int
    seed: int = 0

    def read(self, file: Member, removed: Counter[str]) -> Iterator[Example]:
        """Yield the copies of each template, in the order of the file."""
        people = _people(file.beside(self.people))
        for number, template in file.lines():
            slots = _SLOT.findall(template)
            if not slots or not set(slots) <= set(_SLOTS):
                removed["template without slots for names, or with others"] += 1
                continue
            for copy in range(self.copies):
                yield self._fill(template, number, copy, people)

    def _fill(self, template: str, number: int, copy: int, people: Mapping[str, list[Person]]) -> Example:
        tokens: list[str] = []
        tags: list[str] = []
        # Odd parts are slot names: a pattern with one group splits that way.
        for i, part in enumerate(_SLOT.split(template.replace("\\n", " "))):
            if i % 2 == 0:
                words, kind = _TOKEN.findall(part), None
            else:
                kind, columns, gender = _SLOTS[part]
                row = self._choose(people[gender or "all"], f"{number}:{copy}:{i}")
                words = _TOKEN.findall(" ".join(row[column] for column in columns))
            tokens += words
            tags += ["O"] * len(words) if kind is None else _entity(kind, len(words))
        return Example(f"{number:03d}-{copy:02d}", {"tokens": tuple(tokens)}, tuple(tags), f"{number:03d}")

    def _choose(self, people: list[Person], place: str) -> Person:
        digest = hashlib.sha256(f"{self.seed}:{place}".encode()).digest()
        return people[int.from_bytes(digest[:8]) % len(people)]


def _entity(kind: str, n: int) -> list[str]:
    return [f"B-{kind}", *[f"I-{kind}"] * (n - 1)]


def _people(file: Member) -> dict[str, list[Person]]:
    with file.text() as text:
        rows: list[Person] = [
            row for row in csv.DictReader(text) if row.get("CountryFull") not in _NO_COUNTRY
        ]
    needed = {column for _, columns, _ in _SLOTS.values() for column in columns} | {"Gender"}
    if not rows or not needed <= set(rows[0]):
        header = ", ".join(rows[0]) if rows else "none"
        raise DataError(f"{file}: expected columns {', '.join(sorted(needed))}; found: {header}.")
    by_gender = {gender: [row for row in rows if row["Gender"] == gender] for gender in ("male", "female")}
    return {**by_gender, "all": rows}
