"""Typo: slips of the finger on a QWERTY keyboard."""

import math
from dataclasses import dataclass
from functools import cache

from robtest.types import Attack, Edit

OPERATORS = ("delete", "insert", "replace", "swap", "repeat")

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
    """Delete, insert, replace, swap or repeat one character.

    The five operators of RobTest (Chen et al. 2023); insertions and replacements are neighbours on the
    keyboard. White space is never touched and a word of one character never deleted. Deviations, each
    a defect there: the neighbour keeps the case; a swap takes the next character and stays in its
    word; neighbours come from the geometry of the keys.

    Attributes:
        operators: which of the five are used.
    """

    operators: tuple[str, ...] = OPERATORS

    name = "typo"
    level = "char"
    unit = "char"
    tags = ("general", "malicious")
    version = "1"

    def __post_init__(self) -> None:
        """Refuse unknown operators."""
        unknown = set(self.operators) - set(OPERATORS)
        if unknown or not self.operators:
            raise ValueError(f"operators must be some of {', '.join(OPERATORS)}, got {self.operators}")

    def edits(self, text: str, start: int, end: int) -> list[Edit]:
        """Return every slip at one character: its key, a key beside it, or the next one first."""
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
            case _:
                return [(1, char + char)]
