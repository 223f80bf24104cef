"""Forms of words by the dictionary."""

import pytest

from robtest.language.forms import inflect, inflections, is_word, keep_case, lemma_of, pos_of


@pytest.mark.parametrize(
    ("tag", "pos"),
    [("NNS", "n"), ("VBG", "v"), ("JJS", "a"), ("RB", "r"), ("NNPS", None), ("CD", None), ("WRB", None)],
)
def test_open_classes_have_a_part_of_speech(tag: str, pos: str | None) -> None:
    assert pos_of(tag) == pos


def test_lemmas_come_from_the_dictionary_only() -> None:
    assert lemma_of("children", "n") == "child"
    assert lemma_of("was", "v") == "be"
    assert lemma_of("blorfs", "n") is None


def test_a_lemma_is_inflected_as_the_dictionary_says_or_not_at_all() -> None:
    assert inflect("buy", "VBD") == "bought"
    assert inflect("big", "JJR") == "bigger"
    assert inflect("well-off", "JJ") == "well-off"  # a base form needs no dictionary
    assert inflect("blorf", "NNS") is None


def test_all_forms_of_a_lemma_are_listed_by_tag() -> None:
    assert inflections("bad", "a") == (("JJ", "bad"), ("JJR", "worse"), ("JJS", "worst"))
    assert inflections("boat", "n") == (("NN", "boat"), ("NNS", "boats"))
    assert ("NNS", "sheep") in inflections("sheep", "n")


@pytest.mark.parametrize("text", ["don't", "U.S", "iPhone", "x", "24", "McAdam", ""])
def test_only_plain_words_are_words(text: str) -> None:
    assert not is_word(text)


@pytest.mark.parametrize(("old", "new"), [("big", "large"), ("Big", "Large"), ("BIG", "LARGE")])
def test_case_is_kept(old: str, new: str) -> None:
    assert keep_case(old, "large") == new
