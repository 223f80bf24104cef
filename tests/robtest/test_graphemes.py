"""Spellings cut into graphemes, as a teacher would."""

import pytest

from robtest.language.graphemes import PHONEMES, SPELLINGS, is_grapheme, pieces


def cut(word: str, sounds: str) -> list[str]:
    """Letters=sounds of each piece."""
    return [f"{word[p.start : p.end]}={'+'.join(p.sounds)}" for p in pieces(word, sounds.split())]


@pytest.mark.parametrize(
    ("word", "sounds", "expected"),
    [
        ("cat", "K AE T", "c=K a=AE t=T"),
        ("phone", "F OW N", "ph=F o=OW n=N e="),
        ("knight", "N AY T", "kn=N igh=AY t=T"),
        ("through", "TH R UW", "th=TH r=R ough=UW"),
        ("enough", "IH N AH F", "e=IH n=N ou=AH gh=F"),
        ("box", "B AA K S", "b=B o=AA x=K+S"),
        ("few", "F Y UW", "f=F ew=Y+UW"),
        ("island", "AY L AX N D", "i=AY s= l=L a=AX n=N d=D"),
    ],
)
def test_a_word_is_cut_into_its_graphemes(word: str, sounds: str, expected: str) -> None:
    assert cut(word, sounds) == expected.split()


def test_the_pieces_make_up_the_word_and_its_sounds() -> None:
    sounds = "K AE R IH K T ER".split()
    found = pieces("character", sounds)
    assert "".join("character"[p.start : p.end] for p in found) == "character"
    assert [sound for p in found for sound in p.sounds] == sounds


@pytest.mark.parametrize(
    ("word", "sounds"), [("cat", "D AO G"), ("cat", "K AE T S"), ("fbi", "EH F B IY AY")]
)
def test_a_spelling_that_does_not_fit_its_sounds_is_not_cut(word: str, sounds: str) -> None:
    assert pieces(word, sounds.split()) == []


def test_the_table_has_the_39_sounds_of_arpabet_and_schwa() -> None:
    assert len(PHONEMES) == 40
    assert {"AX", "AH", "ZH", "NG", "OY"} <= PHONEMES


def test_no_spelling_is_listed_twice_for_a_sound() -> None:
    assert all(len(set(graphemes)) == len(graphemes) for graphemes in SPELLINGS.values())


def test_letters_are_a_grapheme_if_they_spell_a_sound() -> None:
    assert is_grapheme("ough") and is_grapheme("a")
    assert not is_grapheme("oug")
