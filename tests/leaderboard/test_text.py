import math

import pytest

from leaderboard.text import distinct, escaped, interval, listed, percent, shown


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tf\nidf", "tf idf"),
        ("  a \t b ", "a b"),
        ("abc\N{RIGHT-TO-LEFT OVERRIDE}cba", "abc\N{REPLACEMENT CHARACTER}cba"),
        ("a\N{ZERO WIDTH SPACE}b", "a\N{REPLACEMENT CHARACTER}b"),
        ("größe-模型", "größe-模型"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "…"),
    ],
)
def test_names_are_shown_on_one_line_with_nothing_invisible(name: str, expected: str) -> None:
    assert shown(name) == expected


def test_every_mark_of_markdown_is_escaped() -> None:
    assert escaped("a *b* <i> :red[c] $d$ `e`") == r"a \*b\* \<i\> \:red\[c\] \$d\$ \`e\`"


def test_escaping_leaves_no_line_that_could_start_a_block() -> None:
    assert escaped("a\n    # b") == r"a \# b"


def test_numbers_are_printed_in_per_cent_and_missing_ones_as_a_dash() -> None:
    assert percent(0.7125) == "71.2"
    assert percent(math.nan) == "–"
    assert interval(0.698, 0.725) == "69.8–72.5"
    assert interval(math.nan, math.nan) == "–"


def test_names_are_joined_as_in_a_sentence() -> None:
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


def test_repeated_names_are_numbered_and_no_two_are_left_equal() -> None:
    assert distinct(["a", "b", "a", "a #2", "a"]) == ["a", "b", "a #2", "a #2 #2", "a #3"]
