"""Invisible: characters that a screen does not show, in a text that looks as before."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import ClassVar

from robtest.attacks.family import Change, Family

KINDS = ("zero_width", "tag", "delete", "reorder")

ZERO_WIDTH = (
    "\N{ZERO WIDTH SPACE}",
    "\N{ZERO WIDTH NON-JOINER}",
    "\N{ZERO WIDTH JOINER}",
    "\N{WORD JOINER}",
)
"""None of them is white space to Python, so words stay what they are."""

BACKSPACE = "\b"
OVERRIDE, POP = "\N{RIGHT-TO-LEFT OVERRIDE}", "\N{POP DIRECTIONAL FORMATTING}"
ISOLATE, POP_ISOLATE = "\N{LEFT-TO-RIGHT ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"
_TAGS = 0xE0000

# Scripts whose letters stand side by side from left to right: elsewhere a joiner changes their shape.
_SCRIPTS = ("LATIN", "GREEK", "CYRILLIC", "DIGIT")
_PART_OF_BEFORE = ("Mn", "Mc", "Me", "Cf")


@dataclass(frozen=True)
class Invisible(Family):
    """Hide characters in a word that renders as before, after Bad Characters (Boucher et al. 2022).

    Source: arXiv:2106.09898; its homoglyphs are the dimension glyph, and tags came after it. Four kinds,
    at one letter or digit:

    * ``zero_width``: a space or joiner of no width;
    * ``tag``: the letter's tag character (Unicode, section 23.9), which no font draws;
    * ``delete``: a letter a-z and the backspace that takes it away where control characters are obeyed;
    * ``reorder``: the letter and the next one in the wrong order, and a right-to-left override that shows
      them in the right one, isolated from what is around it (Unicode Standard Annex 9).

    Character level; the unit is the character. General and malicious: a hidden character is one of the
    text's characters, and a word with one is another to a tokeniser. Letters are those of scripts that
    neither join nor combine. The price of a ``delete`` is two characters, of a ``reorder`` five.
    """

    kinds: Sequence[str] = KINDS

    known_kinds: ClassVar[tuple[str, ...]] = KINDS
    name = "invisible"
    level = "char"
    unit = "char"
    tags = ("general", "malicious")
    # Which letters stand alone is read off their names.
    version = f"1+unicode{unicodedata.unidata_version}"

    def changes(self, kind: str, text: str, start: int, end: int) -> Iterator[Change]:
        """Yield what can be hidden before one character, none where it could be seen."""
        char = text[start:end]
        if not (_alone(text, start) and _stands_before(text, start)):
            return
        if kind == "reorder":
            if end < len(text) and _alone(text, end) and text[end] != char:
                yield Change(start, end + 1, _reordered(text[end] + char))
        else:
            for hidden in _hidden(kind, char):
                yield Change(start, end, hidden + char)


def seen(text: str) -> str:
    r"""Return a text with what no screen shows as the number of its code point.

    >>> seen("a\u200bb")
    'a⟨200B⟩b'
    """
    return "".join(f"⟨{ord(c):04X}⟩" if unicodedata.category(c) in ("Cc", "Cf") else c for c in text)


def _hidden(kind: str, char: str) -> Sequence[str]:
    match kind:
        case "zero_width":
            return ZERO_WIDTH
        case "tag":
            return [chr(_TAGS + ord(char))] if char.isascii() else []
        case _:
            return [letter + BACKSPACE for letter in ascii_lowercase]


def _reordered(pair: str) -> str:
    # Without the isolate, a number or a second override behind it would change places with it.
    return f"{ISOLATE}{OVERRIDE}{pair}{POP}{POP_ISOLATE}"


def _alone(text: str, at: int) -> bool:
    """Whether a character is a letter or digit by itself, with no mark behind it that belongs to it."""
    plain = _is_plain(text[at])
    return plain and (at + 1 == len(text) or unicodedata.category(text[at + 1]) not in _PART_OF_BEFORE)


def _stands_before(text: str, at: int) -> bool:
    """Whether something hidden before a character cannot become part of what is before it."""
    return at == 0 or text[at - 1].isascii() or text[at - 1].isspace() or _is_plain(text[at - 1])


def _is_plain(char: str) -> bool:
    return char.isalnum() and unicodedata.name(char, "").startswith(_SCRIPTS)
