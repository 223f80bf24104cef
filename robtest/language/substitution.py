"""Whether a word may stand in the place of another: its form, how usual it is, how well it fits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from robtest.language import thesaurus
from robtest.language.forms import (
    FUNCTION_LEMMAS,
    article_before,
    comparative,
    inflect,
    keep_case,
    lemma_of,
    suits,
)
from robtest.language.ngram import TRIGRAM
from robtest.language.place import Place
from robtest.similarity import Encoder
from robtest.types import Edit

_DIGITS = 4  # of a cosine: sums in another order, on another machine, differ a thousand times less


@dataclass(frozen=True)
class Substitute:
    """A word for a place of a sentence.

    Attributes:
        word: the word there now, and ``new`` the one proposed; both lower case.
        kind: where it comes from.
    """

    place: Place
    new: str
    lemma: str
    kind: str

    @property
    def word(self) -> str:
        """The word there now, lower case."""
        return self.place.content.word

    def edit(self, sentence: str) -> Edit:
        """Return the edit of the sentence."""
        content = self.place.content
        old = sentence[content.start : content.end]
        return Edit(content.start, content.end, keep_case(old, self.new), self.kind)

    def made(self, sentence: str) -> str:
        """Return the sentence with the word in its place."""
        edit = self.edit(sentence)
        return sentence[: edit.start] + edit.new + sentence[edit.end :]


def inflected(sentence: str, place: Place, lemmas: Iterable[str], kind: str) -> list[Substitute]:
    """Return lemmas in the form of the word they would replace; those without that form are left out.

    The form is checked backwards too: it must be one that the dictionary knows as a form of the lemma.
    *a* or *an* before the word must suit it, and *more* must not stand before what has a comparative.
    """
    content = place.content
    if place.closed:
        return [Substitute(place, word, word, kind) for word in lemmas]
    article = article_before(sentence, content.start)
    substitutes: dict[str, Substitute] = {}
    for lemma in lemmas:
        form = None if lemma in FUNCTION_LEMMAS else inflect(lemma, content.tag)
        if form is None or form == content.word or lemma == content.lemma or not suits(article, form):
            continue
        if lemma_of(form, content.pos) not in {lemma, form, None}:
            continue
        if place.graded and comparative(lemma) is not None:
            continue
        substitutes.setdefault(form, Substitute(place, form, lemma, kind))
    return list(substitutes.values())


def safe_lemmas(place: Place) -> tuple[str, ...]:
    """Return what the project's thesaurus has for a place."""
    content = place.content
    if place.closed:
        return thesaurus.of_closed_class(content.word, content.tag)
    return thesaurus.synonyms(content.lemma, content.pos, place.frame, place.following)


def rarer(old: str, new: str) -> float | None:
    """Return by how much rarer one word is than another, in ln; None if the new one is in no vocabulary.

    An ``old`` that is in none is as rare as the new one.
    """
    rarity = TRIGRAM.rarity(new)
    if rarity is None:
        return None
    before = TRIGRAM.rarity(old)
    return 0.0 if before is None else before - rarity


def fit(sentence: str, substitute: Substitute) -> float | None:
    """Return the log odds of the new word against the old one between its neighbours; None if unknown."""
    content = substitute.place.content
    (odds,) = TRIGRAM.log_odds(sentence, content.start, content.end, content.word, [substitute.new])
    return odds


def similarities(
    encoder: Encoder, sentences: Sequence[str], substitutes: Sequence[Sequence[Substitute]]
) -> list[list[float]]:
    """Return the cosine of each sentence with what each of its substitutes makes of it, in one batch."""
    texts = list(sentences)
    for sentence, options in zip(sentences, substitutes, strict=True):
        texts += [option.made(sentence) for option in options]
    order = dict.fromkeys(texts)
    vectors = dict(zip(order, encoder(list(order)), strict=True)) if order else {}
    return [
        [
            round(float(np.dot(vectors[sentence], vectors[option.made(sentence)])), _DIGITS)
            for option in options
        ]
        for sentence, options in zip(sentences, substitutes, strict=True)
    ]
