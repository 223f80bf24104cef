"""Families beside RobTest's dimensions: what each offers, on texts whose answers are known by hand."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from robtest.api import perturb
from robtest.assets import Member
from robtest.attacks import FAMILIES, get_attack
from robtest.attacks.case import Case
from robtest.attacks.emoji import PICTURES, Emoji
from robtest.attacks.family import Family
from robtest.attacks.filler import Filler
from robtest.attacks.invisible import ZERO_WIDTH, Invisible, seen
from robtest.attacks.ocr import Ocr
from robtest.attacks.slang import SHORT, Slang
from robtest.attacks.spacing import Spacing
from robtest.attacks.speech import Speech
from robtest.errors import AssetError
from robtest.language import misreading
from robtest.language.mishearing import homophones, near_words
from robtest.language.sentences import ends_sentence
from robtest.settings import settings_of
from robtest.text import apply, words
from robtest.types import Edit, Text


def edits_of(attack: Family, text: str) -> Iterator[Edit]:
    for start, end in words(text):
        units = [(start, end)] if attack.unit == "word" else [(i, i + 1) for i in range(start, end)]
        for unit in units:
            yield from attack.edits(text, *unit)


def made(attack: Family, text: str, kind: str = "") -> list[str]:
    """Return the texts of one edit, in order of their places."""
    return [apply(text, [edit]) for edit in edits_of(attack, text) if kind in ("", edit.kind)]


@pytest.mark.parametrize("name", FAMILIES)
def test_kinds_are_chosen_and_unknown_ones_refused(name: str) -> None:
    attack = get_attack(name)
    assert isinstance(attack, Family)
    make = type(attack)
    assert attack.kinds == make.known_kinds
    for kind in make.known_kinds:
        assert make((kind,)).kinds == (kind,)
        assert settings_of(make((kind,))) == {"kinds": [kind]} != settings_of(attack)
    with pytest.raises(ValueError, match=f"kinds must be some of {make.known_kinds[0]}, .*got"):
        make(("nothing",))
    with pytest.raises(ValueError, match=r"got \[\]"):
        make(())


# -- invisible


def test_what_is_hidden_stands_before_a_letter() -> None:
    assert made(Invisible(("zero_width",)), "a") == [f"{hidden}a" for hidden in ZERO_WIDTH]
    assert made(Invisible(("tag",)), "a é") == ["\U000e0061a é"]  # é has no tag
    backspaced = made(Invisible(("delete",)), "A")
    assert backspaced[:2] == ["a\bA", "b\bA"]
    assert len(backspaced) == 26


def test_letters_that_change_places_are_shown_in_the_right_order() -> None:
    # Isolate, override, the two letters the wrong way round, and the end of both.
    assert made(Invisible(("reorder",)), "cat") == [
        "\u2066\u202eac\u202c\u2069t",
        "c\u2066\u202eta\u202c\u2069",
    ]
    assert made(Invisible(("reorder",)), "aa a b") == []  # nothing to change, or no pair in a word


def test_nothing_is_hidden_where_it_would_be_seen() -> None:
    joined = "\N{ARABIC LETTER SEEN}\N{ARABIC LETTER LAM}"  # a joiner changes their shapes
    keycap = "1\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}"
    family = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}"
    for text in (joined, keycap, family, "?!", "e\N{COMBINING ACUTE ACCENT}", "\N{DEVANAGARI LETTER KA}"):
        assert made(Invisible(), text) == []
    # The letter behind an accent that stands alone, or behind a flag that a tag would become part of.
    assert made(Invisible(), "\N{WAVING BLACK FLAG}a") == []


def test_a_hidden_character_is_a_letter_more_for_no_reader() -> None:
    for text in made(Invisible(("zero_width", "tag")), "The 3 old boats"):
        assert "".join(c for c in text if unicodedata.category(c) != "Cf") == "The 3 old boats"
    for text in made(Invisible(("delete",)), "The 3 old boats"):
        assert re.sub("[a-z]\b", "", text) == "The 3 old boats"
    assert seen("a\u200b\bb é") == "a⟨200B⟩⟨0008⟩b é"


# -- case


def test_a_word_in_every_case() -> None:
    assert made(Case(), "dog") == ["DOG", "Dog", "dOg", "doG"]  # inverted is upper
    assert made(Case(), "(Dog)") == ["(DOG)", "(dog)", "(dOG)", "(DOg)", "(DoG)"]
    assert made(Case(("capital",)), "I AM") == []
    assert made(Case(("upper", "title")), "straße ßa 12") == [
        "STRAßE ßa 12",
        "Straße ßa 12",
        "straße ßA 12",
    ]


# -- spacing


def test_spaces_are_doubled_dropped_and_put_into_words() -> None:
    assert made(Spacing(("double",)), "a big\ncat") == ["a  big\ncat"]
    assert made(Spacing(("join",)), "a big\ncat") == ["abig\ncat"]
    assert made(Spacing(("split",)), "a cat") == ["a c at", "a ca t"]
    # Numbers keep their spaces; a space that is there twice is not doubled again.
    assert made(Spacing(("join", "split")), "10 20  x") == []


def test_marks_are_dropped_doubled_moved_and_added() -> None:
    text = "No, it's well-made."
    assert made(Spacing(("mark_drop",)), text) == [
        "No it's well-made.",
        "No, its well-made.",
        "No, it's wellmade.",
        "No, it's well-made",
    ]
    assert made(Spacing(("mark_double",)), text) == ["No,, it's well-made.", "No, it's well-made.."]
    assert made(Spacing(("mark_space",)), text) == ["No , it's well-made.", "No, it's well-made ."]
    assert made(Spacing(("mark_end",)), text) == []
    assert made(Spacing(("mark_end",)), "so it was ") == ["so it was. ", "so it was... "]
    assert made(Spacing(("mark_drop", "mark_double", "mark_space")), "3.5 at 10:30 on www.a.example") == []


def test_where_words_must_stay_only_marks_move() -> None:
    text = Text("No , it is old .", keep_words=True)
    attack = Spacing()
    (trajectory,) = perturb(text, dimension=attack, degrees=[1], n_variants=1)
    shot = trajectory.snapshots[-1]
    assert {edit.kind for edit in shot.edits} == {"mark_double"}  # a dropped mark would be a word less
    assert shot.text == "No ,, it is old .."


# -- ocr


@pytest.mark.data
def test_scanners_misread_characters_letters_and_words() -> None:
    assert misreading.characters()["1"] == ("4", "7", "I", "l")
    assert "1" in misreading.characters()["l"]  # nlpaug lists one direction and uses both
    assert misreading.letters()["h"] == ("b", "l", "li")
    assert misreading.letters()["in"] == ("m",)
    assert "tlie" in misreading.words()["the"]
    assert "a\\vay" in misreading.words()["away"]  # a backslash and a v
    assert "tlie" in made(Ocr(("word",)), "the")
    assert "Tbe" in made(Ocr(("word",)), "The")
    assert made(Ocr(("letters",)), "hip")[:4] == ["bip", "lip", "liip", "h1p"]
    assert "m 1" in made(Ocr(("letters",)), "in 1")
    assert made(Ocr(("character",)), "in 1") == ["in 4", "in 7", "in I", "in l"]


@pytest.mark.data
def test_letters_count_as_misread_where_five_words_show_it() -> None:
    written, read = "self", "fell"  # five entries, as themfelves for themselves
    differing = [
        (word, wrong)
        for word, listed in misreading.words().items()
        for wrong in listed
        if wrong == word.replace(written, read, 1) != word
    ]
    assert len(differing) >= misreading.MIN_WORDS
    assert read in misreading.letters()[written]


def test_a_file_without_the_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "constants.py").write_text("ocr_typo_list = {}\n", encoding="utf-8")
    with pytest.raises(AssetError, match="has no table ocr_typo_dict; it is not the file"):
        misreading._listed(Member(tmp_path / "constants.py"))
    (tmp_path / "constants.py").write_text(
        "x = 1\nocr_typo_dict =    {'a\\way': 'away',\n 'it\\'s' : \"its\",\n 'b}d': 'bad'}\ny = {}\n",
        encoding="utf-8",
    )
    assert misreading._listed(Member(tmp_path / "constants.py")) == {
        "a\\way": "away",
        "it's": "its",
        "b}d": "bad",
    }


# -- speech


@pytest.mark.data
def test_words_that_sound_the_same_or_nearly() -> None:
    assert homophones("to") == ("too", "two")
    assert homophones("their") == ("there", "they're")
    assert homophones("it's") == ("its",)
    assert near_words("bad") == ("bag", "bed", "dad", "gad")
    assert near_words("no") == ()  # two sounds
    assert homophones("anna") == near_words("qwzx") == ()


@pytest.mark.data
def test_words_are_misheard_in_their_case_and_whole() -> None:
    heard = made(Speech(("homophone",)), "Their SEA, I'll well-to-do")
    assert heard == [
        "There SEA, I'll well-to-do",
        "They're SEA, I'll well-to-do",
        "Their SEE, I'll well-to-do",
        "Their SEA, aisle well-to-do",
        "Their SEA, isle well-to-do",
    ]
    assert made(Speech(("homophone",)), "I see")[:2] == ["ai see", "aye see"]


# -- slang


def test_chat_forms_keep_case_and_punctuation() -> None:
    assert made(Slang(("short",)), "You, GREAT pictures!") == [
        "U, GREAT pictures!",
        "Ya, GREAT pictures!",
        "You, GR8 pictures!",
        "You, GREAT pics!",
    ]
    assert made(Slang(("short",)), "don’t you-all") == ["dont you-all"]
    assert made(Slang(("clipped",)), "Going, the king sings something") == [
        "Goin, the king sings something",
        "Goin', the king sings something",
    ]


def test_no_short_form_is_another_word_of_the_table_or_loses_a_negation() -> None:
    assert not {form for forms in SHORT.values() for form in forms} & SHORT.keys()
    assert not {"no", "not", "never", "nothing", "nobody", "none"} & SHORT.keys()
    for word in SHORT:
        if word.endswith("n't"):
            assert SHORT[word] == [word.replace("'", "")]


# -- emoji


def test_a_picture_stands_behind_its_word_and_a_mark_behind_a_sentence() -> None:
    assert made(Emoji(("named",)), "My dogs, doggy") == ["My dogs 🐶, doggy", "My dogs🐶, doggy"]
    behind = made(Emoji(("neutral",)), "It rained. So what")
    assert behind[:2] == ["It rained. 📌 So what", "It rained.📌 So what"]
    assert behind[-1] == "It rained. So what🌐"
    assert len(behind) == 40


def test_pictures_are_single_characters_shown_in_colour() -> None:
    for picture in PICTURES.values():
        assert len(picture) == 1
        assert unicodedata.category(picture) == "So"


# -- filler


def test_fillers_stand_where_they_break_no_grammar() -> None:
    opening = made(Filler(("opening",)), "The dog barked. Anna left. I'm here.")
    assert opening[0] == "Well, the dog barked. Anna left. I'm here."
    assert opening[-1] == "The dog barked. Anna left. Basically, I'm here."
    assert len(opening) == 12  # Anna may be a name, and keeps her place
    assert made(Filler(("conjunction",)), "old, but good, and cheap but loud,and") == [
        f"old, but{filler} good, and cheap but loud,and"
        for filler in (", you know,", ", I mean,", ", well,", ", you see,")
    ] + [
        f"old, but good, and{filler} cheap but loud,and"
        for filler in (", you know,", ", I mean,", ", well,", ", you see,")
    ]
    assert made(Filler(("copula",)), "It is the end")[:2] == [
        "It is basically the end",
        "It is essentially the end",
    ]
    assert (
        made(Filler(("copula",)), "Is the end near? What is the end? It is not the end. Nor was the man")
        == []
    )
    assert made(Filler(("closing",)), "Who? Mr. Smith left.") == [
        "Who? Mr. Smith left, you know.",
        "Who? Mr. Smith left, you see.",
    ]


def test_a_text_whose_words_must_stay_has_no_filler() -> None:
    text = Text("The dog is the one that barked.", keep_words=True)
    (trajectory,) = perturb(text, dimension=Filler(), degrees=[1], n_variants=1)
    assert trajectory.snapshots[-1].unperturbable
    assert get_attack("filler").adds_words
    assert not get_attack("spacing").adds_words


def test_sentences_end_with_a_mark_before_a_capital_and_with_the_text() -> None:
    text = 'He said "stop." Then Dr. Who left! 3 more etc. and so'
    ends = [text[start:end] for start, end in words(text) if ends_sentence(text, start, end)]
    assert ends == ['"stop."', "left!", "so"]
