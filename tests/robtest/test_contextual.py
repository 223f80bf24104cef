"""Contextual: its filters on words a model is made to give; what the packaged model gives for sentences."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from robtest.attacks.contextual import Contextual
from robtest.errors import AssetError
from robtest.language import polarity, wordnet
from robtest.language.tagger import Tagger
from robtest.text import apply, words

TagAs = Callable[[Mapping[str, str]], Tagger]


@dataclass(frozen=True)
class Listed:
    """Gives the same words for every place, and notes what it was prepared for."""

    words: tuple[str, ...]
    version: str = "listed"
    prepared: list[tuple[str, int, int]] = field(default_factory=list, compare=False)

    def prepare(self, places: Sequence[tuple[str, int, int]]) -> None:
        self.prepared.extend(places)

    def candidates(self, text: str, start: int, end: int) -> Sequence[str]:
        return self.words


@pytest.fixture
def own_wordnet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A WordNet of a few antonyms and senses, so that no database is needed."""

    def senses(lemma: str, pos: str) -> list[int]:
        return list(range({("make", "n"): 1, ("make", "v"): 9}.get((lemma, pos), 2)))

    opposed = {("rise", "v"): frozenset({"fall"}), ("good", "a"): frozenset({"bad"})}
    monkeypatch.setattr(wordnet, "senses", senses)
    monkeypatch.setattr(wordnet, "has_entry", lambda words: False)
    monkeypatch.setattr(polarity, "valence", lambda word: {"good": 1.9, "awful": -2.0}.get(word, 0.0))
    monkeypatch.setattr(wordnet, "antonyms", lambda lemma, pos: opposed.get((lemma, pos), frozenset()))
    monkeypatch.setattr(wordnet, "knows", lambda lemma, pos: True)
    from robtest.attacks import contextual, replacement

    monkeypatch.setattr(contextual, "_is_mainly", contextual._is_mainly.__wrapped__)
    monkeypatch.setattr(replacement, "embedded", lambda: alike)
    monkeypatch.setattr(replacement, "default_cache", lambda: tmp_path)


def alike(texts: Sequence[str], /) -> NDArray[np.float64]:
    """Find all texts alike, but for one that has a spaceship in it."""
    return np.array([[0.0, 1.0] if "spaceship" in text else [1.0, 0.0] for text in texts])


class Nameless:
    version = "nameless"

    def __call__(self, text: str) -> tuple[tuple[int, int], ...]:
        return ()


def variants(likely: Sequence[str], tagger: Tagger, text: str, **options: Any) -> list[str]:
    model = Listed(tuple(likely), version=" ".join(likely))
    attack = Contextual(model=model, tagger=tagger, namer=Nameless(), **options)
    return [apply(text, [edit]) for start, end in words(text) for edit in attack.edits(text, start, end)]


@pytest.mark.usefixtures("own_wordnet")
def test_a_substitute_has_the_form_of_the_word(tag_as: TagAs) -> None:
    tagger = tag_as({"rose": "VBD"})
    assert variants(["stopped", "stop", "stops", "quickly", "price"], tagger, "it rose") == ["it stopped"]
    assert variants(["dog", "cats", "walked"], tag_as({"boats": "NNS"}), "boats") == ["cats"]


@pytest.mark.usefixtures("own_wordnet")
def test_antonyms_and_other_forms_of_the_word_are_no_substitutes(tag_as: TagAs) -> None:
    assert variants(["fell", "rose", "climbed"], tag_as({"rose": "VBD"}), "it rose") == ["it climbed"]
    assert variants(["bad", "better", "fair"], tag_as({"bright": "JJ"}), "bright") == ["bad", "fair"]
    assert variants(["got", "gotten", "seen"], tag_as({"gotten": "VBN"}), "gotten") == ["seen"]


@pytest.mark.usefixtures("own_wordnet")
def test_a_word_of_another_polarity_is_no_substitute(tag_as: TagAs) -> None:
    assert variants(["awful", "green", "wooden"], tag_as({"good": "JJ"}), "good") == []
    assert variants(["awful", "green"], tag_as({"wooden": "JJ"}), "wooden") == ["green"]


@pytest.mark.usefixtures("own_wordnet")
def test_a_copy_too_far_from_its_sentence_is_none(tag_as: TagAs) -> None:
    assert variants(["spaceship", "cat"], tag_as({"dog": "NN"}), "dog") == ["cat"]


@pytest.mark.usefixtures("own_wordnet")
def test_pieces_punctuation_and_function_words_are_no_substitutes(tag_as: TagAs) -> None:
    given = ["##ing", ".", "qzx", "can", "one", "thing", "e.g.", "don't", "x", "make", "cat"]
    assert variants(given, tag_as({"dog": "NN"}), "dog") == ["cat"]  # make is hardly ever a noun


@pytest.mark.usefixtures("own_wordnet")
@pytest.mark.parametrize(
    ("word", "tag"), [("was", "VBD"), ("very", "RB"), ("Paris", "NNP"), ("seven", "CD"), ("of", "IN")]
)
def test_function_words_names_and_numbers_stay(tag_as: TagAs, word: str, tag: str) -> None:
    likely = ["cat", "walked", "quickly", "big"]
    assert variants(likely, tag_as({word.lower(): tag}), word) == []


@pytest.mark.usefixtures("own_wordnet")
def test_case_and_punctuation_are_kept(tag_as: TagAs) -> None:
    assert variants(["cat"], tag_as({"dog": "NN"}), '"Dog," a (DOG)') == ['"Cat," a (DOG)', '"Dog," a (CAT)']


@pytest.mark.usefixtures("own_wordnet")
def test_the_article_before_a_word_suits_its_substitute(tag_as: TagAs) -> None:
    tagger = tag_as({"owl": "NN", "dog": "NN"})
    assert variants(["cat", "ape"], tagger, "an owl") == ["an ape"]
    assert variants(["cat", "ape"], tagger, "a dog") == ["a cat"]


@pytest.mark.usefixtures("own_wordnet")
def test_the_first_that_fit_are_kept(tag_as: TagAs) -> None:
    likely = ["quickly", "cat", "cats", "ape", "bird", "horse"]
    assert variants(likely, tag_as({"dog": "NN"}), "dog", n_candidates=2) == ["cat", "ape"]


@pytest.mark.usefixtures("own_wordnet")
def test_a_model_is_prepared_for_the_words_that_may_change_and_no_others(tag_as: TagAs) -> None:
    model = Listed(())
    tagger = tag_as({"dog": "NN", "barked": "VBD", "was": "VBD"})
    attack = Contextual(model=model, tagger=tagger, namer=Nameless())
    attack.prepare(["the (dog) was", "Paris barked", "the (dog) was"])
    assert model.prepared == [("the (dog) was", 5, 8), ("Paris barked", 6, 12)]


def test_the_version_names_the_model(tag_as: TagAs) -> None:
    attack = Contextual(model=Listed((), version="mine@7"), tagger=tag_as({}))
    assert attack.version.startswith("4+mine@7+listed+")
    assert "+wordnet3.0+vader5d7c06e0+minilm" in attack.version
    assert "+trigrambb8fd0fc+" in Contextual().version
    assert "trigram" not in attack.version


def test_options_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="n_candidates must be 1 or more, got 0"):
        Contextual(n_candidates=0)
    with pytest.raises(ValueError, match=r"min_similarity must be in \[0, 1\], got 2"):
        Contextual(min_similarity=2)
    with pytest.raises(AssetError, match="cannot load the model 'no-such/model'"):
        Contextual(model="no-such/model")


@pytest.mark.data
@pytest.mark.parametrize(
    ("text", "word", "some", "none"),
    [
        ("We saw the film last night.", "film", {"movie"}, {"films", "he", "economy"}),
        ("The movie was bad.", "movie", {"film"}, {"hospital"}),
        ("A bad movie with a weak plot.", "bad", set(), {"simple", "good", "big"}),
        ("The committee rejected the plan.", "rejected", set(), {"accepted", "reject"}),
        ("They bought a house by the sea.", "house", {"home"}, {"hospital"}),
    ],
)
def test_near_words_keep_the_label(text: str, word: str, some: set[str], none: set[str]) -> None:
    start = text.index(word)
    found = {edit.new for edit in Contextual().edits(text, start, start + len(word))}
    assert some <= found
    assert not none & found
    assert len(found) <= 4


@pytest.mark.data
def test_a_text_costs_the_same_prepared_or_not() -> None:
    text = "The old bridge was damaged by a heavy storm."
    prepared, fresh = Contextual(), Contextual()
    prepared.prepare([text])
    for place in words(text):
        assert prepared.edits(text, *place) == fresh.edits(text, *place)
