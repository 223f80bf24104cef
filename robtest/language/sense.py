"""Which sense a word has in its sentence, and how much of it another word shares."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from robtest.language import wordnet
from robtest.language.forms import Pos
from robtest.language.wordnet import Sense
from robtest.similarity import Encoder

TEMPERATURE = 0.05
"""Of the cosine between sentence and gloss: one sense is e times as likely for each 0.05 it is nearer."""

CERTAIN = 0.05
"""What is less probable, by frequency alone, is not looked into."""

_UNSEEN = 0.5  # what a first sense without a count in SemCor counts; the i-th has 1/i of it

Floats = NDArray[np.float64]


@lru_cache(maxsize=1 << 16)
def prior(lemma: str, pos: Pos) -> tuple[float, ...]:
    """Return the probability of each sense of a lemma, by its counts in SemCor and its rank.

    >>> prior("film", "n")[0] > 0.5
    True
    """
    weights = np.array([s.n_tagged + _UNSEEN / i for i, s in enumerate(wordnet.senses(lemma, pos), 1)])
    return tuple((weights / weights.sum()).tolist()) if len(weights) else ()


def gloss(sense: Sense) -> str:
    """Return a sense as a text to be encoded: three of its lemmas and its definition."""
    return ", ".join(lemma.replace("_", " ") for lemma in sense.lemmas[:3]) + ": " + sense.gloss


class Question(NamedTuple):
    """Whether a word has one of some of its senses.

    Attributes:
        among: for each of `robtest.language.wordnet.senses`, whether it is one of them.
    """

    lemma: str
    pos: Pos
    among: tuple[bool, ...]

    @property
    def by_frequency(self) -> float:
        """The probability without a look at the sentence."""
        return sum(p for p, one in zip(prior(self.lemma, self.pos), self.among, strict=True) if one)


def sharing(lemma: str, other: str, pos: Pos) -> Question:
    """Return the question whether a lemma has a sense in which another one means the same."""
    return Question(lemma, pos, tuple(other in sense.lemmas for sense in wordnet.senses(lemma, pos)))


def relating(lemma: str, other: str, pos: Pos) -> Question:
    """Return the question whether a lemma has a sense that another one has a sense near to."""
    return Question(lemma, pos, tuple(other in near for near in wordnet.relatives(lemma, pos)))


class Senses:
    """Tells senses by an encoder: a gloss that is near the sentence makes its sense likelier.

    After Lesk (1986, Automatic sense disambiguation using machine readable dictionaries) with vectors
    in place of shared words, and the frequency of the sense as prior.
    """

    def __init__(self, encoder: Encoder) -> None:
        """Keep the vectors of glosses; there are 118,000, of which a run meets some thousands."""
        self._encoder = encoder
        self._vectors: dict[str, Floats] = {}

    def answers(self, sentences: Sequence[str], questions: Sequence[Sequence[Question]]) -> list[list[float]]:
        """Return the probability of a yes to each question about a word of each sentence.

        No gloss is encoded where frequency alone leaves less than `CERTAIN` of doubt.
        """
        open_words = {
            (question.lemma, question.pos)
            for row in questions
            for question in row
            if CERTAIN < question.by_frequency < 1 - CERTAIN
        }
        self._prepare(sorted(open_words))
        asked = dict.fromkeys(text for text, row in zip(sentences, questions, strict=True) if row)
        vectors = dict(zip(asked, self._encoder(list(asked)), strict=True)) if open_words else {}
        return [
            [
                self._answer(vectors[text], question)
                if (question.lemma, question.pos) in open_words
                else question.by_frequency
                for question in row
            ]
            for text, row in zip(sentences, questions, strict=True)
        ]

    def _prepare(self, words: Sequence[tuple[str, Pos]]) -> None:
        """Encode the glosses of words in one batch."""
        senses = [each for word in words for each in wordnet.senses(*word)]
        new = {sense.name: gloss(sense) for sense in senses if sense.name not in self._vectors}
        if new:
            self._vectors.update(zip(new, self._encoder(list(new.values())), strict=True))

    def _answer(self, vector: Floats, question: Question) -> float:
        senses = wordnet.senses(question.lemma, question.pos)
        near = np.array([float(vector @ self._vectors[sense.name]) for sense in senses])
        weights = np.array(prior(question.lemma, question.pos)) * np.exp((near - near.max()) / TEMPERATURE)
        return float(weights[np.array(question.among)].sum() / weights.sum())
