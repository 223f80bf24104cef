"""Words written as they sound, with a dictionary of a few words."""

from pathlib import Path

import pytest

from robtest.attacks.phonetic import Phonetic
from robtest.errors import AssetMissing
from robtest.types import Edit

DICTIONARY = """
phone F OW1 N
fond F AA1 N D
font F AA1 N T
fonts F AA1 N T S
phon F AA1 N
fon F AA1 N
"""


@pytest.fixture
def phonetic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Phonetic:
    monkeypatch.setenv("BOSS_CACHE", str(tmp_path))
    path = tmp_path / "own.dict"
    path.write_text(DICTIONARY)
    return Phonetic(homophones=True, dictionary=path)


def test_a_word_is_respelt_or_replaced_by_a_homophone(phonetic: Phonetic) -> None:
    assert phonetic.edits("my phone rang", 3, 8) == [Edit(3, 8, "fone", "respelling")]
    assert phonetic.edits("fon", 0, 3) == [Edit(0, 3, "phon", "homophone")]


def test_homophones_have_another_meaning_and_are_off_by_default(phonetic: Phonetic) -> None:
    assert not Phonetic().homophones
    assert Phonetic(dictionary=phonetic.dictionary).edits("fon", 0, 3) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("phone", "fone"), ("Phone", "Fone"), ("PHONE", "FONE"), ("pHone", None), ("PHone", None)],
)
def test_the_case_is_kept(phonetic: Phonetic, old: str, new: str | None) -> None:
    assert [edit.new for edit in phonetic.edits(old, 0, 5)] == ([new] if new else [])


@pytest.mark.parametrize(
    ("token", "at"),
    [
        ('"phone,"', 1),
        ("(phone)...", 1),
        ("tele-phone", 5),
        ("phone's", 0),
        ("phone\N{RIGHT SINGLE QUOTATION MARK}s", 0),
    ],
)
def test_punctuation_around_a_word_stays(phonetic: Phonetic, token: str, at: int) -> None:
    assert phonetic.edits(token, 0, len(token)) == [Edit(at, at + 5, "fone", "respelling")]


@pytest.mark.parametrize(
    "token",
    ["phoned", "phone2", "phoné", "phone'd", "o'phone", "phone_x", "xyzzy", "ph", "12", "p.h.o.n.e", ""],
)
def test_what_is_no_word_of_the_dictionary_has_no_edits(phonetic: Phonetic, token: str) -> None:
    assert phonetic.edits(token, 0, len(token)) == []


def test_a_quoted_word_is_a_word(phonetic: Phonetic) -> None:
    assert phonetic.edits("'phone'", 0, 7) == [Edit(1, 6, "fone", "respelling")]


def test_the_version_names_the_dictionary(phonetic: Phonetic) -> None:
    assert Phonetic().version == "1+tables1+dictionarye4d42134"
    assert phonetic.version.startswith("1+tables1+dictionary")
    assert phonetic.version != Phonetic().version


def test_a_missing_dictionary_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(AssetMissing, match=r"none\.dict"):
        Phonetic(dictionary=str(tmp_path / "none.dict"))
