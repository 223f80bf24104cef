"""Meaning-keeping rewrites of one sentence, by its parse: one file a family.

A rewrite is made only where the parse makes it safe; each family says what it leaves alone. The grammar
is that of Huddleston & Pullum 2002, *The Cambridge Grammar of the English Language*, chapter 16.
"""

from collections.abc import Callable, Iterator

from robtest.language.parser import Sentence
from robtest.language.rewrites.address import address
from robtest.language.rewrites.apposition import apposition
from robtest.language.rewrites.aside import aside
from robtest.language.rewrites.attribute import attribute
from robtest.language.rewrites.cleft import cleft
from robtest.language.rewrites.clitic import clitic
from robtest.language.rewrites.complement import complement
from robtest.language.rewrites.connective import connective
from robtest.language.rewrites.coordination import coordination
from robtest.language.rewrites.dative import dative
from robtest.language.rewrites.existential import existential
from robtest.language.rewrites.fronting import fronting
from robtest.language.rewrites.genitive import genitive
from robtest.language.rewrites.leading import leading
from robtest.language.rewrites.particle import particle
from robtest.language.rewrites.placement import placement
from robtest.language.rewrites.quantity import quantity
from robtest.language.rewrites.quotation import quotation
from robtest.language.rewrites.relative import relative
from robtest.language.rewrites.voice import active, passive
from robtest.types import Edit

__all__ = ["PARSED", "rewritable"]

LONGEST = 80
"""Words of a sentence in which a word or a phrase is rewritten at most."""

LONGEST_PLAIN = 40
"""Words of a sentence that is rewritten as a whole at most; parses of longer ones cannot be relied upon."""

Rule = Callable[[Sentence], Iterator[Edit]]


def rewritable(sentence: Sentence) -> bool:
    """Whether a rule may apply: two words or more, not in capitals, not too long."""
    return 2 <= len(sentence) <= LONGEST and not sentence.slice(0, len(sentence) - 1).isupper()


def plain(sentence: Sentence) -> bool:
    """Whether this is a plain sentence: a verb at its root, no question, 3 to 40 words."""
    if not 3 <= len(sentence) <= LONGEST_PLAIN or sentence.lower[-1] in {"?", ":", ";", ",", "-"}:
        return False
    return sentence[sentence.root].tag[:2] in {"VB", "MD"}


def _of_plain(rule: Rule) -> Rule:
    """Return a rule that yields nothing of fragments and questions."""

    def edits(sentence: Sentence) -> Iterator[Edit]:
        return rule(sentence) if plain(sentence) else iter(())

    return edits


def _fronted(sentence: Sentence) -> Iterator[Edit]:
    """Yield an adverbial at the other end; from within where none stands at an end."""
    yield from list(fronting(sentence)) or leading(sentence)


PARSED: dict[str, Rule] = {
    "passive": _of_plain(passive),
    "active": _of_plain(active),
    "fronting": _of_plain(_fronted),
    "cleft": _of_plain(cleft),
    "coordination": coordination,
    "dative": _of_plain(dative),
    "existential": _of_plain(existential),
    "relative": relative,
    "attribute": attribute,
    "genitive": genitive,
    "complement": complement,
    "connective": connective,
    "clitic": clitic,
    "particle": particle,
    "quantity": quantity,
    "placement": placement,
    "aside": aside,
    "address": address,
    "apposition": apposition,
    "quotation": quotation,
}
"""Kind -> what yields the edits of that kind of one sentence."""
