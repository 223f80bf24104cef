"""Glyph: characters replaced by others that look alike to a reader."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

from robtest.types import Attack, Edit

SOURCES = ("confusable", "accented", "described")

# Tried in this order; the first that composes with both cases of a letter is that letter's accent:
# circumflex, diaeresis, acute, dot above, dot below, tilde.
_ACCENTS = "\u0302\u0308\u0301\u0307\u0323\u0303"
_BASIC_PLANE = 0x10000
_RIGHT_TO_LEFT = ("R", "AL", "AN")


@dataclass(frozen=True)
class Glyph(Attack):
    """Replace one letter or digit by a look-alike.

    After VIPER (Eger et al. 2019, arXiv:1903.11508) as RobTest uses it (Chen et al. 2023), from three
    sources, one drawn per character (RobTest: one per text):

    * ``confusable``: Unicode's confusables (UTS 39), in the place of a hand-made homoglyph table;
    * ``accented``: one fixed accented form per letter a-z and A-Z, as VIPER's ECES; ``q`` has none;
    * ``described``: letters whose Unicode name is the same with an addition ("... WITH HOOK"), as
      VIPER's DCES, which by a slip compares codes in the place of names and so draws at random.

    Attributes:
        sources: which of the three are used.
        n_neighbours: how many described neighbours a letter has at most, nearest first (VIPER: 20).
    """

    sources: tuple[str, ...] = SOURCES
    n_neighbours: int = 20

    name = "glyph"
    level = "char"
    unit = "char"
    tags = ("general", "malicious")
    # The tables are Unicode's, so they change with Python and with the package.
    version = f"1+unicode{unicodedata.unidata_version}+confusables{version('confusable-homoglyphs')}"

    def __post_init__(self) -> None:
        """Refuse unknown sources and a number of neighbours below 1."""
        if set(self.sources) - set(SOURCES) or not self.sources:
            raise ValueError(f"sources must be some of {', '.join(SOURCES)}, got {self.sources}")
        if self.n_neighbours < 1:
            raise ValueError(f"n_neighbours must be 1 or more, got {self.n_neighbours}")

    def edits(self, text: str, start: int, end: int) -> list[Edit]:
        """Return every look-alike of one character, by source."""
        char = text[start:end]
        return [
            Edit(start, end, new, source) for source in self.sources for new in self._similar(source, char)
        ]

    def _similar(self, source: str, char: str) -> tuple[str, ...]:
        match source:
            case "confusable":
                return confusable(char)
            case "accented":
                return accented(char)
            case _:
                return described(char)[: self.n_neighbours]


@cache
def confusable(char: str) -> tuple[str, ...]:
    """Return the single code points that Unicode lists as confusable with a letter or digit.

    Two characters are confusable where their prototypes are equal (UTS 39, section 4); the prototype
    may be several characters, as ``rn`` is of ``m``.
    """
    from confusable_homoglyphs.confusables import confusables_data

    near = {entry["c"] for entry in confusables_data.get(char, ())}
    same = {entry["c"] for other in near for entry in confusables_data.get(other, ())}
    return _usable(char, sorted(near | same))


@cache
def accented(char: str) -> tuple[str, ...]:
    """Return the one accented form of a letter a-z or A-Z; empty for all else.

    The first accent of circumflex, diaeresis, acute, dot above, dot below and tilde with which both
    cases of the letter have a composed form, so that upper and lower case match.

    >>> accented("a"), accented("T"), accented("q")
    (('â',), ('Ṫ',), ())
    """
    if not (char.isascii() and char.isalpha()):
        return ()
    for accent in _ACCENTS:
        both = [unicodedata.normalize("NFC", case + accent) for case in (char, char.swapcase())]
        if all(len(form) == 1 for form in both):
            return _usable(char, both[:1])
    return ()


@cache
def described(char: str) -> tuple[str, ...]:
    """Return the letters that have this one's name and more, fewest additional words first.

    The case is part of the name: LATIN SMALL LETTER A has LATIN SMALL LETTER A WITH ACUTE. A letter
    that has an addition itself is compared by what stands before it. Only the Basic Multilingual
    Plane, which is what fonts cover.
    """
    return _usable(char, _described_letters().get(_stem(char), ()))


@cache
def _described_letters() -> dict[str, list[str]]:
    """Return name before " WITH " -> the letters described so, nearest first."""
    letters: dict[str, list[str]] = defaultdict(list)
    for char in map(chr, range(_BASIC_PLANE)):
        if " WITH " in unicodedata.name(char, ""):
            letters[_stem(char)].append(char)
    return {stem: sorted(chars, key=_n_words) for stem, chars in letters.items()}


def _stem(char: str) -> str:
    return unicodedata.name(char, "").partition(" WITH ")[0]


def _n_words(char: str) -> int:
    return len(unicodedata.name(char).split())


def _usable(char: str, candidates: Iterable[str]) -> tuple[str, ...]:
    r"""Keep what can stand in for a letter or digit in any pipeline and on any screen.

    One code point that ``\w`` matches (so no combining mark, and tokenisers see a letter), whose lower
    case is one code point (so that offsets stay), of the same writing direction. Its reading does not
    depend on normalisation: NFKC leaves it as it is or gives back the original character, so a
    mathematical a may stand for a, but not a superscript or a ligature for something else.
    """
    if not char.isalnum():
        return ()
    return tuple(
        new
        for new in candidates
        if new != char
        and len(new) == len(new.lower()) == 1
        and re.fullmatch(r"\w", new)
        and unicodedata.normalize("NFKC", new) in (new, char)
        and _right_to_left(new) == _right_to_left(char)
    )


def _right_to_left(char: str) -> bool:
    return unicodedata.bidirectional(char) in _RIGHT_TO_LEFT
