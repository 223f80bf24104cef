"""Slips of the finger, known by hand."""

import pytest

from robtest.attacks.typo import OPERATORS, Typo, neighbours
from robtest.types import Edit


def made(text: str, at: int, *operators: str) -> set[str]:
    """Every text that one slip at a place gives."""
    edits = Typo(operators or OPERATORS).edits(text, at, at + 1)
    return {text[: e.start] + e.new + text[e.end :] for e in edits}


@pytest.mark.parametrize(
    ("key", "around"),
    [
        ("a", "qwsz"),
        ("s", "wedazx"),
        ("g", "tyfhvb"),
        ("q", "12wa"),
        ("p", "0ol;"),
        ("m", "njk,"),
        ("1", "2q"),
        ("5", "46rt"),
        ("/", ".;'"),
        (";", "pl'./"),
    ],
)
def test_neighbours_are_the_keys_around(key: str, around: str) -> None:
    assert set(neighbours(key)) == set(around)


def test_neighbourhood_is_mutual() -> None:
    keys = "1234567890qwertyuiopasdfghjkl;'zxcvbnm,./"
    assert all(key in neighbours(near) for key in keys for near in neighbours(key))


def test_neighbours_keep_the_case_of_a_letter() -> None:
    assert set(neighbours("L")) == {"O", "P", "K", ";", ".", ","}


@pytest.mark.parametrize("char", ["é", "\N{GRINNING FACE}", "\N{COMBINING ACUTE ACCENT}", "İ", "!", "\0", ""])
def test_a_character_without_a_key_has_no_neighbours(char: str) -> None:
    assert neighbours(char) == ()


def test_each_operator_does_what_its_name_says() -> None:
    assert made("ab", 0, "delete") == {"b"}
    assert made("ab", 0, "insert") == {"qab", "wab", "sab", "zab"}
    assert made("ab", 0, "replace") == {"qb", "wb", "sb", "zb"}
    assert made("ab", 0, "swap") == {"ba"}
    assert made("ab", 0, "repeat") == {"aab"}


def test_a_swap_at_the_end_of_a_word_or_of_equal_letters_does_not_exist() -> None:
    assert made("ab c", 1, "swap") == set()
    assert made("ab", 1, "swap") == set()  # RobTest wraps around at the other end: 'good' -> 'googdood'
    assert made("good", 1, "swap") == set()


def test_a_word_of_one_character_is_not_deleted() -> None:
    assert made("a bc", 0, "delete") == set()
    assert made("I", 0, "delete") == set()
    assert made("b c", 2, "delete") == set()


def test_white_space_is_left_alone() -> None:
    for space in " \t\n\N{NO-BREAK SPACE}":
        assert made(f"a{space}b", 1) == set()


def test_the_kind_of_an_edit_is_its_operator() -> None:
    assert Typo(("delete", "repeat")).edits("ab", 0, 1) == [
        Edit(0, 1, "", "delete"),
        Edit(0, 1, "aa", "repeat"),
    ]


@pytest.mark.parametrize("operators", [("remove",), ()])
def test_unknown_operators_are_refused_with_the_known_ones(operators: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="delete, insert, replace, swap, repeat"):
        Typo(operators)
