"""Inflection: the forms of each part of speech, worked out by hand."""

from collections.abc import Callable, Mapping

import pytest

from robtest.attacks.inflection import Inflection
from robtest.language.tagger import Tagger
from robtest.text import apply, words

TagAs = Callable[[Mapping[str, str]], Tagger]


def variants(tagger: Tagger, text: str) -> set[str]:
    attack = Inflection(tagger=tagger)
    return {apply(text, [edit]) for start, end in words(text) for edit in attack.edits(text, start, end)}


def test_a_noun_changes_its_number(tag_as: TagAs) -> None:
    assert variants(tag_as({"child": "NN"}), "one child,") == {"one children,"}
    assert variants(tag_as({"mice": "NNS"}), "(mice)") == {"(mouse)"}


def test_a_verb_takes_every_other_form(tag_as: TagAs) -> None:
    found = variants(tag_as({"watched": "VBD"}), "she watched it")
    assert found == {"she watch it", "she watching it", "she watches it"}


def test_an_adjective_is_compared(tag_as: TagAs) -> None:
    assert variants(tag_as({"better": "JJR"}), "better") == {"good", "best"}


def test_auxiliaries_are_inflected_and_modals_are_not(tag_as: TagAs) -> None:
    assert "they is" in variants(tag_as({"are": "VBP"}), "they are")
    assert variants(tag_as({"could": "MD"}), "could") == set()


def test_the_kind_is_the_tag_and_the_word_itself_is_no_form(tag_as: TagAs) -> None:
    edits = Inflection(tagger=tag_as({"put": "VBD"})).edits("put", 0, 3)
    assert [(edit.kind, edit.new) for edit in edits] == [("VBG", "putting"), ("VBZ", "puts")]


def test_case_is_kept(tag_as: TagAs) -> None:
    assert variants(tag_as({"dog": "NN"}), "Dog") == {"Dogs"}
    assert variants(tag_as({"dog": "NN"}), "DOG!") == {"DOGS!"}


@pytest.mark.parametrize(
    ("word", "tag"),
    [("USA", "NNP"), ("nobody", "NN"), ("zyzzyvas", "NNS"), ("iBook", "NN"), ("quickly", "RB"), ("24", "CD")],
)
def test_names_stand_ins_unknown_words_adverbs_and_numbers_stay(tag_as: TagAs, word: str, tag: str) -> None:
    assert variants(tag_as({word.lower(): tag}), word) == set()


def test_contractions_stay(tag_as: TagAs) -> None:
    assert variants(tag_as({"don": "VB", "t": "RB"}), "don't") == set()


def test_the_version_names_the_tagger(tag_as: TagAs) -> None:
    assert "+listed+lemminflect" in Inflection(tagger=tag_as({})).version
    assert "+en_core_web_sm3.8.0+spacy" in Inflection().version
