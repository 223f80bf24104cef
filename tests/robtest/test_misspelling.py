"""Misspellings of a table: what is kept of it, and what is refused."""

from pathlib import Path

import pytest

from robtest.assets import Member
from robtest.errors import AssetError, AssetMissing
from robtest.language.misspelling import clean, packaged, read, user_table


def file_of(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.txt"
    path.write_text(text, "utf-8")
    return path


def test_a_line_is_a_word_and_its_misspellings(tmp_path: Path) -> None:
    path = file_of(tmp_path, "Because becuse\tbecouse\n\nharbour harbor\nbecause becaus\n")
    assert read(Member(path)) == {"because": ["becuse", "becouse", "becaus"], "harbour": ["harbor"]}


def test_a_word_without_misspelling_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="row 2: expected a word and its misspellings, got 'harbour'"):
        read(Member(file_of(tmp_path, "because becuse\nharbour\n")))


@pytest.mark.parametrize(
    ("word", "wrong", "kept"),
    [
        ("receive", "recieve", True),
        ("receive", "[[recieve", False),
        ("receive", "rec?ive", False),
        ("receive", "reached", False),  # three edits of seven letters
        ("receive", "relieve", False),  # a word of the dictionary
        ("receive", "dont't", False),
        ("the", "teh", True),  # one transposition
        ("the", "hate", False),
        ("don't", "do'nt", True),
        ("a", "e", False),
        ("3rd", "3th", False),
    ],
)
def test_only_letters_near_their_word_that_are_no_other_word_are_kept(
    word: str, wrong: str, kept: bool
) -> None:
    assert clean({word: [wrong]}) == ({word: (wrong,)} if kept else {})


def test_a_misspelling_that_is_a_word_of_the_list_with_two_of_its_own_is_another_word() -> None:
    table = {"lisbon": ["lisbin", "lisboa", "lizbon"], "lisboa": ["lisbua", "lizboa"], "lizbon": ["lizban"]}
    assert clean(table)["lisbon"] == ("lisbin", "lizbon")


def test_a_table_that_is_given_is_taken_as_it_is(tmp_path: Path) -> None:
    table = {"Gut": ["guht", "jut", "guht"]}
    assert user_table(table) == {"gut": ("guht", "jut")}
    assert user_table(file_of(tmp_path, "Gut guht jut\n")) == user_table(table)


@pytest.mark.parametrize("new", ["", " ", "a lot"])
def test_a_misspelling_must_be_one_word(new: str) -> None:
    with pytest.raises(ValueError, match="a misspelling must be one word, got"):
        user_table({"alot": [new]})


def test_a_missing_file_is_named_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(AssetMissing, match=r"no file .*own\.txt; name one with lines like"):
        user_table(tmp_path / "own.txt")


@pytest.mark.data
def test_the_packaged_list_has_thousands_of_words() -> None:
    table = packaged()
    assert len(table) > 8_000
    assert "recieve" in table["receive"]
    assert "becuase" in table["because"]
    assert not {new for wrong in table.values() for new in wrong} & {"like", "look", "hive", "theirs"}
