"""Forms of English words: lemma, inflections, case, article; lemminflect's dictionary, no guessing."""

import re
from functools import cache
from typing import Literal

Pos = Literal["n", "v", "a", "r"]
"""WordNet's letter of a part of speech: noun, verb, adjective, adverb."""

_UNIVERSAL: dict[Pos, str] = {"n": "NOUN", "v": "VERB", "a": "ADJ", "r": "ADV"}
_OF_TAG: dict[str, Pos] = {
    **dict.fromkeys(("NN", "NNS"), "n"),
    **dict.fromkeys(("VB", "VBD", "VBG", "VBN", "VBP", "VBZ"), "v"),
    **dict.fromkeys(("JJ", "JJR", "JJS"), "a"),
    **dict.fromkeys(("RB", "RBR", "RBS"), "r"),
}
BASE_TAGS = ("NN", "VB", "VBP", "JJ", "RB")
"""Tags of a lemma as it stands."""
_ARTICLE = re.compile(r"\b(an?)\s+\W?$", re.IGNORECASE)
# "a one-off", "a union", "a ewe" against "an uninvited guest"; "an hour".
_CONSONANT_SOUND = re.compile(r"on(?:c)?e(?!r)|eu|ew|u(?:s[aeiu]|k|ti|bi|ni(?![nm]))")
_SILENT_H = re.compile(r"hon(?:est|ou?r)|hour|heir")
_REACH = 8  # characters before a word in which its article is looked for

FUNCTION_LEMMAS = frozenset(
    # auxiliaries
    "be have do"
    # what the tagger calls adverbs: polarity, place and time by pointing, degree, focus, question
    " not never no nor ever here there then now thus so hence therefore however how when where why as too"
    " very also only even just again still yet already almost quite rather more most less least much far"
    " well together away back up down out off on in over about around else instead otherwise"
    # what it calls adjectives: quantity, identity, order
    " other another such same own many few several some any all both each every enough certain last next"
    " first second third former latter"
    # what it calls nouns: stand-ins, quantity
    " one none thing something anything nothing everything someone anyone everyone nobody somebody anybody"
    " everybody lot dozen hundred thousand million billion".split()
)
"""Lemmas that hold a sentence together whatever their tag; their synonyms in a dictionary are accidents."""


def pos_of(tag: str) -> Pos | None:
    """Return the part of speech of a Penn Treebank tag; None for names, modals and closed classes.

    >>> pos_of("VBD"), pos_of("NNP"), pos_of("MD")
    ('v', None, None)
    """
    return _OF_TAG.get(tag)


@cache
def lemma_of(word: str, pos: Pos) -> str | None:
    """Return the lemma of a lower-case word, None if the dictionary has no such word.

    >>> lemma_of("watched", "v"), lemma_of("zyzzyva", "n")
    ('watch', None)
    """
    import lemminflect

    lemmas: tuple[str, ...] = lemminflect.getLemma(word, upos=_UNIVERSAL[pos], lemmatize_oov=False)
    return lemmas[0] if lemmas else None


@cache
def inflect(lemma: str, tag: str) -> str | None:
    """Return the form of a lemma for a tag; None if the dictionary has none and it is no base form.

    >>> inflect("story", "NNS"), inflect("first-rate", "JJ"), inflect("beautiful", "JJR")
    ('stories', 'first-rate', None)
    """
    import lemminflect

    forms: tuple[str, ...] = lemminflect.getInflection(lemma, tag, inflect_oov=False)
    if forms:
        return forms[0]
    return lemma if tag in BASE_TAGS else None


@cache
def inflections(lemma: str, pos: Pos) -> tuple[tuple[str, str], ...]:
    """Return (tag, form) of every form of a lemma, by tag.

    A plural that looks like the singular is left out where there is another (``boat`` for ``boats``).

    >>> inflections("child", "n")
    (('NN', 'child'), ('NNS', 'children'))
    """
    import lemminflect

    forms_by_tag: dict[str, tuple[str, ...]] = lemminflect.getAllInflections(lemma, upos=_UNIVERSAL[pos])
    return tuple(
        (tag, form)
        for tag in sorted(forms_by_tag)
        for form in forms_by_tag[tag]
        if tag != "NNS" or form != lemma or len(forms_by_tag[tag]) == 1
    )


def comparative(adjective: str) -> str | None:
    """Return the comparative by an ending; None where there is none.

    >>> comparative("happy"), comparative("joyful")
    ('happier', None)
    """
    return inflect(adjective, "JJR")


def is_word(text: str) -> bool:
    """Whether this is letters, two or more, written lower, UPPER or Capitalised.

    >>> is_word("Dogs"), is_word("e.g."), is_word("iPhone"), is_word("I")
    (True, False, False, False)
    """
    return text.isalpha() and len(text) > 1 and text in (text.lower(), text.upper(), text.capitalize())


def keep_case(old: str, new: str) -> str:
    """Return a lower-case word in the case of ``old``: lower, UPPER or Capitalised.

    >>> keep_case("Dogs", "puppies"), keep_case("USE", "employ")
    ('Puppies', 'EMPLOY')
    """
    if old.isupper():
        return new.upper()
    return new[:1].upper() + new[1:] if old[:1].isupper() else new


def article_before(text: str, start: int) -> str | None:
    """Return the indefinite article before a word, lower case; None if another word is there, or none.

    >>> article_before("An old (map)", 3), article_before("the old map", 4)
    ('an', None)
    """
    match = _ARTICLE.search(text, max(0, start - _REACH), start)
    return match[1].lower() if match else None


def suits(article: str | None, word: str) -> bool:
    """Whether a lower-case word may stand behind an article, by the sound it begins with.

    >>> suits("an", "apple"), suits("an", "pear"), suits(None, "pear"), suits("a", "useful")
    (True, False, True, True)
    """
    return article is None or (article == "an") == _begins_with_vowel(word)


def _begins_with_vowel(word: str) -> bool:
    if word[0] in "aeiou":
        return _CONSONANT_SOUND.match(word) is None
    return _SILENT_H.match(word) is not None
