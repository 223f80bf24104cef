"""Look-alikes: what each source must contain, and what none may."""

import string
import unicodedata

import pytest

from robtest.attacks.glyph import SOURCES, Glyph, accented, confusable, described

ALNUM = string.ascii_letters + string.digits


def test_letters_have_the_look_alikes_every_reader_knows() -> None:
    assert "\N{CYRILLIC SMALL LETTER A}" in confusable("a")
    assert "\N{GREEK CAPITAL LETTER ALPHA}" in confusable("A")
    assert "0" in confusable("O")
    assert "O" in confusable("0")
    assert {"l", "1"} <= set(confusable("I"))  # listed under their common prototype only
    assert "\N{MATHEMATICAL BOLD SMALL M}" in confusable("m")  # whose prototype is two letters: rn


@pytest.mark.parametrize(
    ("plain", "form"), [("a", "â"), ("A", "Â"), ("b", "ḃ"), ("t", "ṫ"), ("T", "Ṫ"), ("n", "ń"), ("x", "ẍ")]
)
def test_a_letter_has_one_accented_form(plain: str, form: str) -> None:
    assert accented(plain) == (form,)


def test_every_letter_but_q_has_an_accented_form_in_both_cases() -> None:
    assert [char for char in string.ascii_letters if not accented(char)] == ["q", "Q"]


@pytest.mark.parametrize("char", ["é", "1", "б", "-", " "])
def test_only_ascii_letters_have_the_accented_form(char: str) -> None:
    assert accented(char) == ()


def test_described_neighbours_have_the_name_of_the_letter_and_more_nearest_first() -> None:
    for char in string.ascii_letters:
        names = [unicodedata.name(new) for new in described(char)]
        assert all(name.startswith(f"{unicodedata.name(char)} WITH ") for name in names)
        lengths = [len(name.split()) for name in names]
        assert lengths == sorted(lengths)
    assert "á" in described("a")
    assert "Á" not in described("a")


def test_described_neighbours_of_an_accented_letter_are_other_additions() -> None:
    assert "ê" in described("é")
    assert "é" not in described("é")


def test_other_scripts_have_described_neighbours_too() -> None:
    assert "\N{CYRILLIC SMALL LETTER A WITH BREVE}" in described("\N{CYRILLIC SMALL LETTER A}")


def test_every_letter_and_digit_of_ascii_has_a_look_alike() -> None:
    glyph = Glyph()
    assert [char for char in ALNUM if not glyph.edits(char, 0, 1)] == []


def test_look_alikes_can_stand_where_the_character_stood() -> None:
    glyph = Glyph(n_neighbours=1000)
    for char in [*ALNUM, "é", "ß", "\N{GREEK SMALL LETTER ALPHA}", "\N{CYRILLIC SMALL LETTER A}"]:
        for edit in glyph.edits(char, 0, 1):
            new = edit.new
            assert len(new) == 1 and new != char
            assert new.isalnum() and unicodedata.category(new) not in ("Mn", "Mc", "Me")
            assert len(new.lower()) == 1
            assert unicodedata.normalize("NFKC", new) in (new, char)
            assert unicodedata.bidirectional(new) not in ("R", "AL", "AN")


@pytest.mark.parametrize("char", ["-", ";", " ", "\N{GRINNING FACE}", "\N{COMBINING ACUTE ACCENT}", "\0"])
def test_only_letters_and_digits_are_replaced(char: str) -> None:
    assert Glyph().edits(char, 0, 1) == []


def test_sources_and_the_number_of_neighbours_are_options() -> None:
    assert {edit.kind for edit in Glyph().edits("a", 0, 1)} == set(SOURCES)
    assert [edit.new for edit in Glyph(("accented",)).edits("a", 0, 1)] == ["â"]
    assert len(Glyph(("described",), n_neighbours=3).edits("a", 0, 1)) == 3


def test_unknown_sources_are_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="confusable, accented, described"):
        Glyph(("ices",))
    with pytest.raises(ValueError, match="n_neighbours must be 1 or more, got 0"):
        Glyph(n_neighbours=0)


def test_the_version_names_the_tables() -> None:
    assert unicodedata.unidata_version in Glyph().version
