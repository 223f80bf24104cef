"""Edits found again, worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robtest.text import apply
from robtest.textattack.align import edits_between
from robtest.types import Edit

pieces = st.sampled_from(["a", "good", "day", " ", "  ", "\n", "İ", "\ud800", ","])
words = st.lists(pieces).map("".join)


@pytest.mark.parametrize(
    ("original", "perturbed", "edits"),
    [
        ("a good day", "a good day", ()),
        ("a good day", "a god day", (Edit(4, 5, "", "x"),)),
        ("a good day", "a fine day", (Edit(2, 6, "fine", "x"),)),
        ("a good day", "a very good day", (Edit(2, 2, "very ", "x"),)),
        ("a good day", "good day", (Edit(0, 2, "", "x"),)),
        ("a good day", "b good days", (Edit(0, 1, "b", "x"), Edit(10, 10, "s", "x"))),
        ("", "new", (Edit(0, 0, "new", "x"),)),
        ("gone", "", (Edit(0, 4, "", "x"),)),
    ],
)
def test_edits_are_as_few_and_as_short_as_they_can_be(
    original: str, perturbed: str, edits: tuple[Edit, ...]
) -> None:
    assert edits_between(original, perturbed, "x") == edits


@given(original=words, perturbed=words)
def test_edits_found_make_the_text_whatever_it_is(original: str, perturbed: str) -> None:
    assert apply(original, edits_between(original, perturbed, "x")) == perturbed
