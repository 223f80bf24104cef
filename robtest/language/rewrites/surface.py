"""Rewrites that need no parse: contractions and expansions, and adverbs at the other end of a sentence."""

import re
from collections.abc import Callable, Iterator

from robtest.language.rewrites.phrase import cased
from robtest.types import Edit

_SHORT = {
    f"{verb} not": f"{verb}n't"
    for verb in (
        *("do", "does", "did", "is", "are", "was", "were", "has", "have", "had"),
        *("would", "could", "should"),
    )
} | {"will not": "won't", "cannot": "can't", "must not": "mustn't"}
_LONG = {short: long for long, short in _SHORT.items()}

# Not in "is not only ... but", "not-for-profit".
_NOT = re.compile(rf"\b({'|'.join(_SHORT)})\b(?![-'’]| (?:only|just|merely)\b)", re.IGNORECASE)
# Behind its subject only, where no question is: "do not you know" is no English.
_NT = re.compile(
    r"\b(?:I|you|he|she|it|we|they|this|that|these|those|there|who|which) "
    rf"({'|'.join(_LONG)})\b(?! (?:I|you|he|she|it|we|they)\b)".replace("'", "['’]"),
    re.IGNORECASE,
)
# "'s" and "'d" stay: it's may be it has, and he'd may be he had.
_PRONOUN = re.compile(r"\b(?:I|you|he|she|it|we|they)(['’](?:m|re|ll|ve))\b", re.IGNORECASE)
_VERBS = {"m": "am", "re": "are", "ll": "will", "ve": "have"}

_ADVERBS = (
    "However|Therefore|Nevertheless|Unfortunately|Fortunately|Luckily|Sadly|Surprisingly|Of course|In fact"
)
# The clause begins with a word that is written small inside a sentence, or with I, and has no comma.
_BEFORE = re.compile(
    rf"(?:^|(?<=[.!?] ))({_ADVERBS}), "
    r"((?:I|you|he|she|it|we|they|this|that|there|the|a|an|my|our|your|his|her|their|its) "
    r"[^,.;:!?\"“”()\n]+)(?=[.!](?:\s|$))"
)


def contraction(text: str, start: int, end: int) -> Iterator[Edit]:
    """Yield *do not* as *don't*."""
    for match in _NOT.finditer(text, start, end):
        yield Edit(*match.span(), cased(_SHORT[match[0].lower()], match[0]), "contraction")


def expansion(text: str, start: int, end: int) -> Iterator[Edit]:
    """Yield *don't* as *do not*, and *they'll* as *they will*."""
    for match in _NT.finditer(text, start, end):
        long = _LONG[match[1].lower().replace("’", "'")]
        yield Edit(*match.span(1), cased(long, match[1]), "expansion")
    for match in _PRONOUN.finditer(text, start, end):
        verb = _VERBS[match[1][1:].lower()]
        yield Edit(*match.span(1), f" {verb.upper() if match[1].isupper() else verb}", "expansion")


def adverb(text: str, start: int, end: int) -> Iterator[Edit]:
    """Yield *However, it rained* as *It rained, however*."""
    for match in _BEFORE.finditer(text, start, end):
        word, clause = match[1], match[2]
        moved = f"{clause[0].upper()}{clause[1:]}, {word[0].lower()}{word[1:]}"
        yield Edit(*match.span(), moved, "adverb")


SURFACE: dict[str, Callable[[str, int, int], Iterator[Edit]]] = {
    "contraction": contraction,
    "expansion": expansion,
    "adverb": adverb,
}
"""Kind -> what yields the edits of that kind of a text."""
