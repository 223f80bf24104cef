"""Syntax: the same said in another form."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from robtest.minilm import PACKAGE
from robtest.types import Attack, Edit

KINDS = ("contraction", "expansion", "adverb")

_SHORT = {
    f"{verb} not": f"{verb}n't"
    for verb in (
        *("do", "does", "did", "is", "are", "was", "were", "has", "have", "had"),
        *("would", "could", "should"),
    )
} | {"will not": "won't", "cannot": "can't"}
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


@dataclass(frozen=True)
class Syntax(Attack):
    """Contract or expand a negation or a verb, or move an adverb from the front of a sentence to its end.

    Sentence level, general (Chen et al. 2023, Table 1; RobTest's code has no such attack); limited by
    cosine similarity. These are the rewrites that need no parser: each looks at closed classes of words
    and leaves alone what it is not sure of.

    Attributes:
        kinds: which of the three are used: ``contraction`` (do not -> don't), ``expansion`` (they'll ->
            they will) and ``adverb`` (However, it rained. -> It rained, however.)
    """

    kinds: Sequence[str] = KINDS

    name = "syntax"
    level = "sentence"
    unit = "text"
    tags = ("general",)
    # The encoder decides how many rewrites fit.
    version = f"1+minilm{PACKAGE.sha256[:8]}"

    def __post_init__(self) -> None:
        """Refuse unknown kinds."""
        if set(self.kinds) - set(KINDS) or not self.kinds:
            raise ValueError(f"kinds must be some of {', '.join(KINDS)}, got {list(self.kinds)}")

    def edits(self, text: str, start: int, end: int) -> list[Edit]:
        """Return every rewrite of the text."""
        made = {"contraction": _contractions, "expansion": _expansions, "adverb": _adverbs}
        return [edit for kind in self.kinds for edit in made[kind](text, start, end)]


def _contractions(text: str, start: int, end: int) -> Iterator[Edit]:
    for match in _NOT.finditer(text, start, end):
        yield Edit(*match.span(), _cased(_SHORT[match[0].lower()], match[0]), "contraction")


def _expansions(text: str, start: int, end: int) -> Iterator[Edit]:
    for match in _NT.finditer(text, start, end):
        long = _LONG[match[1].lower().replace("’", "'")]
        yield Edit(*match.span(1), _cased(long, match[1]), "expansion")
    for match in _PRONOUN.finditer(text, start, end):
        verb = _VERBS[match[1][1:].lower()]
        yield Edit(*match.span(1), f" {verb.upper() if match[1].isupper() else verb}", "expansion")


def _adverbs(text: str, start: int, end: int) -> Iterator[Edit]:
    for match in _BEFORE.finditer(text, start, end):
        adverb, clause = match[1], match[2]
        moved = f"{clause[0].upper()}{clause[1:]}, {adverb[0].lower()}{adverb[1:]}"
        yield Edit(*match.span(), moved, "adverb")


def _cased(new: str, old: str) -> str:
    """Return words in the case of others: UPPER, Capitalised or as they are."""
    if old.isupper():
        return new.upper()
    return new[0].upper() + new[1:] if old[0].isupper() else new
