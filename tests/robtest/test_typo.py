"""Slips of the finger, known by hand."""

from pathlib import Path

import pytest

from robtest.api import perturb
from robtest.attacks.typo import MISSPELL, OPERATORS, Typo, neighbours
from robtest.types import Edit

TABLE = {"because": ["becuse", "becos"], "don't": ["do'nt"], "straße": ["strasse"]}


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


def test_a_word_is_misspelt_whole_at_its_first_letter() -> None:
    typo = Typo((MISSPELL,), TABLE)
    text = "not because"
    assert typo.edits(text, 4, 5) == [Edit(4, 11, "becos", "misspell"), Edit(4, 11, "becuse", "misspell")]
    assert [typo.edits(text, i, i + 1) for i in range(len(text)) if i != 4] == [[]] * 10


@pytest.mark.parametrize(
    ("word", "new"),
    [
        ("Don't", "Do'nt"),
        ("DON'T", "DO'NT"),
        ("don\N{RIGHT SINGLE QUOTATION MARK}t", "do'nt"),
        ("doN't", None),
        ("don'ts", None),
        ("don't2", None),
        ("don", None),
        ("STRASSE", None),
    ],
)
def test_a_misspelling_keeps_the_case_and_is_of_the_whole_word(word: str, new: str | None) -> None:
    assert [edit.new for edit in Typo((MISSPELL,), TABLE).edits(word, 0, 1)] == ([new] if new else [])


def test_punctuation_around_a_misspelt_word_stays() -> None:
    assert Typo((MISSPELL,), {"boat": ["baot"]}).edits("('boat')", 2, 3) == [Edit(2, 6, "baot", "misspell")]


def test_misspellings_and_slips_keep_the_limit_together() -> None:
    text = "because they don't, because"
    typo = Typo((*OPERATORS, MISSPELL), TABLE)
    shots = [t.snapshots[-1] for t in perturb(text, dimension=typo, degrees=[0.3], n_variants=40)]
    assert all(0 < shot.realised <= 0.3 for shot in shots)
    assert {edit.kind for shot in shots for edit in shot.edits} == {*OPERATORS, MISSPELL}


def test_the_default_needs_no_table_and_keeps_its_version() -> None:
    assert Typo().operators == OPERATORS
    assert Typo().version == "1"


def test_the_version_names_the_table(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_text("because becuse\n")
    own = Typo((MISSPELL,), path)
    assert own.version == Typo((MISSPELL,), {"because": ["becuse"]}).version
    assert len({own.version, Typo((MISSPELL,), TABLE).version, Typo((MISSPELL,)).version, "1"}) == 4


def test_a_table_that_is_not_used_is_refused() -> None:
    with pytest.raises(ValueError, match="'misspell' is not among the operators"):
        Typo(misspellings=TABLE)
