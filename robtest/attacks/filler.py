"""Filler: words of spoken language that say nothing."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from robtest.attacks.family import Change, Family
from robtest.language.sentences import ends_sentence, ends_text

KINDS = ("opening", "conjunction", "copula", "closing")

OPENINGS = ("Well", "You know", "I mean", "So", "You see", "Basically")
PARENTHESES = (", you know,", ", I mean,", ", well,", ", you see,")
COPULA = (" basically", " essentially", ", you know,", ", I mean,")
CLOSINGS = (", you know", ", you see")

_LOWERED = frozenset(
    "a an the this that these those it he she we they you there here my your his her its our their in on at"
    " by for from with as if when while what who where which how why is are was were do does did can could"
    " some many most all one after before since because although however".split()
)
"""First words of a sentence that are no names, so that they are lower case behind an opening."""

_UNLOWERED = re.compile(r"I(?:['’](?:m|d|ll|ve))?\Z")
_CONJUNCTIONS = frozenset("but and because so".split())
_BE = frozenset("is are was were".split())
_DETERMINERS = frozenset("a an the my your his her its our their this".split())
_INVERTING = frozenset(
    "nor neither so how what where when why who whom whose which never only not here now then rarely seldom"
    " hardly as than and or but".split()
)
"""Words behind which a form of *be* may stand before its subject."""

_STATEMENT = re.compile(r"(?<=[^\W\d_])\.\Z")
_PREVIOUS = re.compile(r"\S+(?=\s+\Z)")
_REACH = 80  # characters before a word in which the previous one is looked for
_NEXT_WORD = re.compile(r"\s+(\S+)")


@dataclass(frozen=True)
class Filler(Family):
    """Insert a filler: *well*, *you know*, *I mean*, *you see*, *so*, *basically*, *essentially*.

    Four kinds of places where it does not break the grammar: ``opening``, at the beginning of a sentence
    whose first word is no name; ``conjunction``, behind *but*, *and*, *because* or *so* that follows a
    comma; ``copula``, between a form of *be* and *a*, *the*, *my*; ``closing``, before the full stop.
    None negates, and none says how good or likely something is. They are the discourse markers of
    Schiffrin 1987 (*Discourse Markers*: *well*, *so*, *I mean*, *y'know*) and two adverbs of style.

    Word level, since words are added and none is changed. General only: the fillers differ in length and
    not in what they do, so characters would be no measure. Where white space must stay there is none.
    """

    kinds: Sequence[str] = KINDS

    known_kinds: ClassVar[tuple[str, ...]] = KINDS
    name = "filler"
    level = "word"
    unit = "word"
    tags = ("general",)
    version = "1"
    adds_words = True

    def changes(self, kind: str, text: str, start: int, end: int) -> Iterator[Change]:
        """Yield the fillers before or behind one word."""
        word, before = text[start:end], _before(text, start)
        match kind:
            case "opening":
                if before is None or ends_sentence(text, *before):
                    yield from _openings(word, start, end)
            case "conjunction":
                behind_comma = before is not None and text[before[1] - 1] == ","
                if word in _CONJUNCTIONS and behind_comma and not ends_text(text, end):
                    yield from _behind(text, end, PARENTHESES)
            case "copula":
                if word in _BE and before and _takes_complement(text, before, end):
                    yield from _behind(text, end, COPULA)
            case _:
                if _STATEMENT.search(word) and ends_sentence(text, start, end):
                    yield from (Change(end - 1, end, f"{filler}.") for filler in CLOSINGS)


def _openings(word: str, start: int, end: int) -> Iterator[Change]:
    low = word[:1].lower() + word[1:]
    if word[:1].isupper() and (low in _LOWERED or _UNLOWERED.match(word)):
        first = word if _UNLOWERED.match(word) else low
        yield from (Change(start, end, f"{opening}, {first}") for opening in OPENINGS)


def _takes_complement(text: str, before: tuple[int, int], end: int) -> bool:
    """Whether a form of *be* behind the word ``before`` links a subject to what stands behind ``end``."""
    subject, after = text[slice(*before)].lower(), _NEXT_WORD.match(text, end)
    linked = subject.isalpha() and subject not in _INVERTING
    return linked and after is not None and after[1] in _DETERMINERS


def _behind(text: str, end: int, fillers: Sequence[str]) -> Iterator[Change]:
    # The character before it is part of the edit, which so belongs to its word and to no place between.
    yield from (Change(end - 1, end, text[end - 1] + filler) for filler in fillers)


def _before(text: str, start: int) -> tuple[int, int] | None:
    """Return the word before a place, None if it is the first of the text."""
    previous = _PREVIOUS.search(text, max(0, start - _REACH), start)
    return None if previous is None else previous.span()
