"""Typo: slips of the finger on a QWERTY keyboard, and misspellings that people made."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from robtest.language import misspelling
from robtest.language.forms import keep_case
from robtest.types import Attack, Edit

OPERATORS = ("delete", "insert", "replace", "swap", "repeat")
MISSPELL = "misspell"

# A whole word, with the apostrophes inside it; only at its first letter.
_WORD = re.compile(r"(?<!\w)(?<!\w['’])[^\W\d_]+(?:['’][^\W\d_]+)*(?!\w)")

# Rows of an ANSI keyboard from the top, each with the offset of its first key in key widths.
_ROWS = ((0.0, "1234567890"), (0.5, "qwertyuiop"), (0.75, "asdfghjkl;'"), (1.25, "zxcvbnm,./"))
# Two keys are neighbours where they touch: the largest such distance is (0.75, 1) between rows.
_REACH = 1.25


@cache
def neighbours(char: str) -> tuple[str, ...]:
    """Return the keys around a character's key, in keyboard order; empty if it has no key.

    A letter's neighbours take its case; digits and punctuation are as typed without shift.

    >>> neighbours("a"), neighbours("P")
    (('q', 'w', 's', 'z'), ('0', 'O', 'L', ';'))
    """
    keys = {
        key: (offset + column, row)
        for row, (offset, line) in enumerate(_ROWS)
        for column, key in enumerate(line)
    }
    if char.lower() not in keys:
        return ()
    own = keys[char.lower()]
    near = [key for key, place in keys.items() if 0 < math.dist(own, place) <= _REACH]
    return tuple(key.upper() if char.isupper() else key for key in near)


@dataclass(frozen=True)
class Typo(Attack):
    """Delete, insert, replace, swap or repeat one character, or misspell a word.

    The five slips of RobTest (Chen et al. 2023); insertions and replacements are neighbours on the
    keyboard. White space is never touched and a word of one character never deleted. Deviations, each
    a defect there: the neighbour keeps the case; a swap takes the next character and stays in its
    word; neighbours come from the geometry of the keys.

    The sixth operator, ``misspell``, is RobTest's "natural" transformation, which its command cannot
    reach: a whole word becomes a misspelling that somebody made, in its case; the edit belongs to the
    word's first letter. It is off by default: the slips need no file and no language, the packaged list
    is English (400 kB, fetched at the first use, see `robtest.language.misspelling`).

    Attributes:
        operators: which of the six are used; the five slips by default.
        misspellings: the user's table for ``misspell``, word -> misspellings, or a text file with a
            word and its misspellings in each line; None for the packaged list.
    """

    operators: tuple[str, ...] = OPERATORS
    misspellings: misspelling.Table | Path | str | None = None
    version: str = field(init=False, default="1")

    name = "typo"
    level = "char"
    unit = "char"
    tags = ("general", "malicious")

    def __post_init__(self) -> None:
        """Read the user's table, and refuse unknown operators.

        Raises:
            ValueError: for unknown operators, or a table that is not used.
            AssetMissing: if there is no such file.
        """
        unknown = set(self.operators) - {*OPERATORS, MISSPELL}
        if unknown or not self.operators:
            raise ValueError(
                f"operators must be some of {', '.join((*OPERATORS, MISSPELL))}, got {self.operators}"
            )
        if self.misspellings is not None:
            if MISSPELL not in self.operators:
                raise ValueError("misspellings are given, but 'misspell' is not among the operators; add it")
            object.__setattr__(self, "misspellings", misspelling.user_table(self.misspellings))
        if MISSPELL in self.operators:
            object.__setattr__(self, "version", f"1+{self._list()}")

    def _list(self) -> str:
        """Return the name of where misspellings come from."""
        if self.misspellings is None:  # which lemminflect has a say in
            return f"misspellings{misspelling.PACKAGE.sha256[:8]}+lemminflect{version('lemminflect')}"
        written = json.dumps(self.misspellings, sort_keys=True)
        return f"table{sha256(written.encode()).hexdigest()[:8]}"

    def edits(self, text: str, start: int, end: int) -> list[Edit]:
        """Return every slip at one character: its key, a key beside it, or the next one first.

        At the first letter of a word also every misspelling of the word.

        Raises:
            AssetMissing: if the packaged list is used and cannot be had.
        """
        char = text[start:end]
        if char.isspace():
            return []
        return [
            Edit(start, start + width, new, operator)
            for operator in self.operators
            for width, new in self._slips(operator, text, start)
        ]

    def _slips(self, operator: str, text: str, at: int) -> list[tuple[int, str]]:
        """Return, for one operator, how many characters are replaced by what."""
        char = text[at]
        after = text[at + 1 : at + 2]
        before = text[at - 1 : at] if at else ""
        match operator:
            case "delete":
                alone = not (before + after).strip()
                return [] if alone else [(1, "")]
            case "insert":
                return [(1, key + char) for key in neighbours(char)]
            case "replace":
                return [(1, key) for key in neighbours(char)]
            case "swap":
                return [(2, after + char)] if after.strip() and after != char else []
            case "misspell":
                return self._misspelt(text, at)
            case _:
                return [(1, char + char)]

    def _misspelt(self, text: str, at: int) -> list[tuple[int, str]]:
        match = _WORD.match(text, at)
        if match is None or match[0] not in (match[0].lower(), match[0].upper(), match[0].capitalize()):
            return []
        word, table = match[0], self._table()
        cased = (keep_case(word, new) for new in table.get(word.lower().replace("’", "'"), ()))
        return [(len(word), new) for new in cased if new != word]

    def _table(self) -> misspelling.Table:
        if isinstance(self.misspellings, Mapping):
            return self.misspellings
        return misspelling.packaged()
