"""Spacing: spaces and punctuation marks too many, too few or in the wrong place."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from robtest.attacks.family import Change, Family
from robtest.language.sentences import ends_text

KINDS = ("double", "join", "split", "mark_drop", "mark_double", "mark_space", "mark_end")

_SPACE = " "
_ENDINGS = (".", "...")
_LONGEST = 8  # marks in a row that are looked at
_MARKS = re.compile(rf"[.,;:!?]{{1,{_LONGEST}}}(?!\S)")
_INNER = re.compile(r"(?<=[^\W\d_])['’-](?=[^\W\d_])")


@dataclass(frozen=True)
class Spacing(Family):
    """Double, drop or add a space, or a punctuation mark.

    Spaces: ``double`` behind a word, ``join`` two words, ``split`` a word. Marks: ``mark_drop`` at the end
    of a word, and an apostrophe or hyphen inside it; ``mark_double``; ``mark_space`` before one;
    ``mark_end``, a full stop or three behind a text that ends without. After the white-space and
    punctuation perturbations of CheckList (Ribeiro et al. 2020, arXiv:2005.04118) and NL-Augmenter
    (Dhole et al. 2021, arXiv:2112.02721).

    Character level; the unit is the character, as several slips may hit a word. Malicious only: of
    white-space words, the measure of the general tag, a doubled space changes none and a joined pair two.
    Spaces and marks in and between numbers stay, as do line breaks and tabs. Where white space must stay,
    the core offers the kinds with marks alone (`robtest.sites`).
    """

    kinds: Sequence[str] = KINDS

    known_kinds: ClassVar[tuple[str, ...]] = KINDS
    name = "spacing"
    level = "char"
    unit = "char"
    tags = ("malicious",)
    version = "1"

    def changes(self, kind: str, text: str, start: int, end: int) -> Iterator[Change]:
        """Yield the changes at one character and the space behind it."""
        if kind in ("double", "join"):
            yield from _behind(kind, text, start)
        elif kind == "split":
            if start and _inside(text[start - 1], text[start]):
                yield Change(start, end, _SPACE + text[start])
        elif kind == "mark_end":
            if text[start].isalnum() and ends_text(text, end):
                yield from (Change(start, end, text[start] + mark) for mark in _ENDINGS)
        elif _MARKS.match(text, start):
            yield from _mark(kind, text, start)
        elif kind == "mark_drop" and _INNER.match(text, start):
            yield Change(start, end, "")


def _behind(kind: str, text: str, at: int) -> Iterator[Change]:
    # The character itself is part of the edit, for a place without a character is no unit.
    char, after = text[at], text[at + 2 : at + 3]
    if text[at + 1 : at + 2] != _SPACE or not after.strip():
        return
    if kind == "double":
        yield Change(at, at + 1, char + _SPACE)
    elif not (char.isdigit() and after.isdigit()):
        yield Change(at, at + 2, char)


def _mark(kind: str, text: str, at: int) -> Iterator[Change]:
    match kind:
        case "mark_drop":
            yield Change(at, at + 1, "")
        case "mark_double":
            yield Change(at, at + 1, 2 * text[at])
        case _:
            if at and text[at - 1].isalnum():
                yield Change(at, at + 1, _SPACE + text[at])


def _inside(before: str, char: str) -> bool:
    """Whether a space between two characters would split a word, and no number."""
    return before.isalnum() and char.isalnum() and not (before.isdigit() and char.isdigit())
