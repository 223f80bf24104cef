"""Which word of a text carries meaning and may be replaced by another."""

from typing import NamedTuple

from robtest.language import thesaurus
from robtest.language.forms import FUNCTION_LEMMAS, Pos, is_word, lemma_of, pos_of
from robtest.language.tagger import Tagger, head_token


class Content(NamedTuple):
    """A noun, verb, adjective or adverb at ``text[start:end]``, punctuation left out.

    Attributes:
        word: lower case.
        tag: of the Penn Treebank.
    """

    start: int
    end: int
    word: str
    lemma: str
    pos: Pos
    tag: str


def content_word(tagger: Tagger, text: str, start: int, end: int) -> Content | None:
    """Return what a white-space word carries; None for a function word, a name or an unknown word."""
    token = head_token(tagger(text), text, start, end)
    if token is None:
        return None
    old, pos = text[token.start : token.end], pos_of(token.tag)
    if pos is None or not is_word(old):
        return None
    word = old.lower()
    # The dictionary has no *engaging* or *website*; what the thesaurus has is a word too.
    lemma = lemma_of(word, pos) or (word if thesaurus.has(word, pos) else None)
    if lemma is None or lemma in FUNCTION_LEMMAS or word in FUNCTION_LEMMAS:
        return None
    return Content(token.start, token.end, word, lemma, pos, token.tag)
