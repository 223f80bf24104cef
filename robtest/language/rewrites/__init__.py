"""Meaning-keeping rewrites of one sentence, by its parse: one file a family.

A rewrite is made only where the parse makes it safe; each family says what it leaves alone. The grammar
is that of Huddleston & Pullum 2002, *The Cambridge Grammar of the English Language*, chapter 16.
"""

from collections.abc import Callable, Iterator

from robtest.language.parser import Sentence
from robtest.language.rewrites.cleft import cleft
from robtest.language.rewrites.coordination import coordination
from robtest.language.rewrites.dative import dative
from robtest.language.rewrites.fronting import fronting
from robtest.language.rewrites.voice import active, passive
from robtest.types import Edit

__all__ = ["PARSED", "rewritable"]

LONGEST = 40
"""Words of a sentence that is rewritten at most; parses of longer ones cannot be relied upon."""

PARSED: dict[str, Callable[[Sentence], Iterator[Edit]]] = {
    "passive": passive,
    "active": active,
    "fronting": fronting,
    "cleft": cleft,
    "coordination": coordination,
    "dative": dative,
}
"""Kind -> what yields the edits of that kind of one sentence."""


def rewritable(sentence: Sentence) -> bool:
    """Whether this is a plain sentence: a verb at its root, no question, not in capitals, not too long."""
    if not 3 <= len(sentence) <= LONGEST or sentence.lower[-1] in {"?", ":", ";", ",", "-"}:
        return False
    return (
        sentence[sentence.root].tag[:2] in {"VB", "MD"} and not sentence.slice(0, len(sentence) - 1).isupper()
    )
