"""Distances and budgets against answers counted by hand and a brute-force Levenshtein."""

import math
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robtest.degree import budget, check_degrees, cost, distance, measure, size, within
from robtest.text import apply
from robtest.types import Edit, Tag


def brute_force(a: Sequence[str], b: Sequence[str]) -> int:
    """The textbook recurrence, row by row."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


@pytest.mark.parametrize(
    ("degree", "n", "allowed"),
    [
        (0, 100, 0),
        (0.05, 19, 0),  # 0.95: not one
        (0.05, 20, 1),
        (0.1, 30, 3),
        (0.29, 100, 29),  # 0.29 * 100 is 28.999999999999996 in floats
        (0.3, 10, 3),
        (0.6, 5, 3),
        (0.57, 100, 57),  # 56.99999999999999 in floats
        (1, 7, 7),
        (0.5, 0, 0),
        (1e-7, 10_000_000, 1),
    ],
)
def test_a_budget_is_the_exact_product_rounded_down(degree: float, n: int, allowed: int) -> None:
    assert budget(degree, n) == allowed


@given(st.integers(0, 1000), st.integers(0, 5000))
def test_a_budget_never_exceeds_its_degree(thousandths: int, n: int) -> None:
    allowed = budget(thousandths / 1000, n)
    assert Fraction(allowed) <= Fraction(thousandths, 1000) * n < allowed + 1
    assert n == 0 or allowed / n <= thousandths / 1000  # nor does the realised degree, in floats


@pytest.mark.parametrize("degree", [2, -0.1, 1.0000001, math.nan, math.inf])
def test_a_degree_outside_its_range_is_refused_with_its_value(degree: float) -> None:
    with pytest.raises(ValueError, match=r"degree must be in \[0, 1\], got"):
        budget(degree, 10)


def test_degree_2_is_named_as_it_was_given() -> None:
    with pytest.raises(ValueError, match=r"^degree must be in \[0, 1\], got 2$"):
        check_degrees([0, 2])


@pytest.mark.parametrize("degrees", [[], [0.1, 0.1], [0.2, 0.1]])
def test_degrees_must_rise(degrees: list[float]) -> None:
    with pytest.raises(ValueError, match="rise strictly"):
        check_degrees(degrees)


@pytest.mark.parametrize(
    ("original", "perturbed", "tag", "degree"),
    [
        ("abcd", "abcd", "malicious", 0),
        ("abcd", "abce", "malicious", 1 / 4),
        ("abcd", "bacd", "malicious", 2 / 4),  # a swap is two
        ("abcd", "Abcd", "malicious", 1 / 4),  # case counts
        ("abcd", "xabcd", "malicious", 1 / 4),
        ("a b c d", "a b x d", "general", 1 / 4),
        ("a b c d", "x a b c d", "general", 1 / 4),  # one insertion, not four changes
        ("a  b", "a b", "general", 0),  # words, not spaces
        ("ab", "xxxxxx", "malicious", 3),
        ("", "", "malicious", 0),
        ("", "x", "malicious", 1),
        (" ", "x", "general", 1),
    ],
)
def test_realised_degrees_are_those_counted_by_hand(
    original: str, perturbed: str, tag: Tag, degree: float
) -> None:
    assert measure(original, perturbed, tag) == degree


@given(st.text("ab cé\N{GRINNING FACE}", max_size=12), st.text("ab cé\N{GRINNING FACE}", max_size=12))
def test_distances_agree_with_brute_force(a: str, b: str) -> None:
    assert distance(a, b, "malicious") == brute_force(a, b)
    assert distance(a, b, "malicious", hint=3) == brute_force(a, b)
    assert distance(a, b, "general") == brute_force(a.split(), b.split())


def test_a_text_is_within_its_limit_up_to_the_last_edit_and_not_beyond() -> None:
    assert within("abcdefghij", "xbcdefghij", "malicious", 0.1)
    assert not within("abcdefghij", "xxcdefghij", "malicious", 0.1)
    assert not within("", "x", "malicious", 1)


def test_the_size_of_a_text_counts_characters_or_words() -> None:
    assert size("ab  cd ", "malicious") == 7
    assert size("ab  cd ", "general") == 2


@given(st.data(), st.text("ab \t", min_size=1, max_size=15), st.sampled_from(["general", "malicious"]))
def test_the_costs_of_edits_bound_their_distance(data: st.DataObject, text: str, tag: Tag) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    edits = [Edit(a, b, data.draw(st.text("abx ", max_size=3)), "any") for a, b in spans]
    edits = [edit for edit in edits if edit.new != text[edit.start : edit.end]]
    costs = [cost(text, edit, tag) for edit in edits]
    assert all(price >= 1 for price in costs)
    assert distance(text, apply(text, edits), tag) <= sum(costs)


@pytest.mark.parametrize(("degree", "n", "allowed"), [(0, 8, 0), (0.05, 8, 1), (0.25, 8, 2), (0.29, 100, 29)])
def test_a_compatible_budget_is_the_exact_product_rounded_up(degree: float, n: int, allowed: int) -> None:
    assert budget(degree, n, compatible=True) == allowed


def test_compatible_distances_see_no_case() -> None:
    assert distance("A Good Day", "a goOD dax", "malicious", compatible=True) == 1
    assert distance("A Good Day", "a goOD dax", "general", compatible=True) == 1
    assert measure("ABCD", "abcd", "malicious", compatible=True) == 0
    # At 0.05 one of ten characters may change, and a change of case is none.
    assert within("abcdefghij", "xbcdefghiJ", "malicious", 0.05, compatible=True)
    assert not within("abcdefghij", "xxcdefghij", "malicious", 0.05, compatible=True)


@given(
    text=st.text(max_size=12),
    other=st.text("aA\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}\N{GREEK CAPITAL LETTER SIGMA} ", max_size=12),
)
@pytest.mark.parametrize("tag", ["malicious", "general"])
def test_a_compatible_distance_is_never_larger(tag: Tag, text: str, other: str) -> None:
    assert distance(text, other, tag, compatible=True) <= distance(text, other, tag)
