"""Senses: probabilities by hand on a WordNet of two words."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from robtest.language import sense, wordnet
from robtest.language.sense import Senses
from robtest.language.wordnet import Sense

BANK = (
    Sense("bank.n.01", ("bank", "shore"), "sloping land", 3),
    Sense("bank.n.02", ("bank", "lender"), "a house for money", 1),
    Sense("bank.n.03", ("bank",), "a row", 0),
)


@pytest.fixture(autouse=True)
def two_words(monkeypatch: pytest.MonkeyPatch) -> None:
    senses = {"bank": BANK, "moat": (Sense("moat.n.01", ("moat",), "a ditch", 0),)}
    monkeypatch.setattr(wordnet, "senses", lambda lemma, pos: senses.get(lemma, ()))
    monkeypatch.setattr(sense, "prior", sense.prior.__wrapped__)


def encoder(texts: Sequence[str], /) -> NDArray[np.float64]:
    """Point at money for what speaks of money, else at land."""
    return np.array([[0.0, 1.0] if "money" in text else [1.0, 0.0] for text in texts])


def test_the_prior_is_by_counts_and_rank() -> None:
    weights = np.array([3 + 0.5, 1 + 0.5 / 2, 0.5 / 3])
    assert sense.prior("bank", "n") == pytest.approx(tuple(weights / weights.sum()))
    assert sense.prior("none", "n") == ()


def test_the_sentence_decides() -> None:
    lender = sense.sharing("bank", "lender", "n")
    assert lender.among == (False, True, False)
    assert lender.by_frequency == pytest.approx(1.25 / (3.5 + 1.25 + 0.5 / 3))
    sentences = ["we sat by the water", "my money is in the bank", "nothing"]
    water, money, nothing = Senses(encoder).answers(sentences, [[lender], [lender], []])
    assert water[0] < 0.3
    assert money[0] > 0.99
    assert nothing == []


def test_no_gloss_is_encoded_where_frequency_is_certain() -> None:
    def never(texts: Sequence[str], /) -> NDArray[np.float64]:
        raise AssertionError(texts)

    questions = [sense.sharing("moat", "moat", "n"), sense.sharing("bank", "moon", "n")]
    assert Senses(never).answers(["a moat"], [questions]) == [[1.0, 0.0]]
    assert sense.sharing("none", "moon", "n").by_frequency == 0


def test_a_near_sense_is_one_or_two_steps_away(monkeypatch: pytest.MonkeyPatch) -> None:
    near = (frozenset({"shore", "beach"}), frozenset(), frozenset({"row"}))
    monkeypatch.setattr(wordnet, "relatives", lambda lemma, pos: near)
    assert sense.relating("bank", "beach", "n").among == (True, False, False)
