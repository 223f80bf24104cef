"""Spans, edits and their marks."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robtest.text import apply, cells, check_text, mark, protect, words
from robtest.types import Edit, Text


def test_the_words_of_a_text_are_its_white_space_tokens() -> None:
    assert words(" ab\tc\n") == [(1, 3), (4, 5)]


def test_every_white_space_of_unicode_parts_words() -> None:
    blanks = [chr(i) for i in range(sys.maxunicode + 1) if chr(i).isspace()]
    text = "x".join(blanks)
    assert [text[a:b] for a, b in words(text)] == text.split()


@given(st.text())
def test_words_agree_with_split(text: str) -> None:
    assert [text[a:b] for a, b in words(text)] == text.split()


def test_edits_apply_to_the_original_in_any_order() -> None:
    edits = [Edit(4, 5, "X", "replace"), Edit(0, 1, "", "delete"), Edit(2, 2, "++", "insert")]
    assert apply("abcdef", edits) == "b++cdXf"


@pytest.mark.parametrize(
    "edits",
    [
        [Edit(0, 2, "x", "k"), Edit(1, 3, "y", "k")],
        [Edit(0, 1, "x", "k"), Edit(0, 1, "y", "k")],
        [Edit(1, 1, "x", "k"), Edit(1, 2, "y", "k")],
        [Edit(0, 3, "x", "k"), Edit(1, 1, "y", "k")],
        [Edit(3, 5, "x", "k")],
        [Edit(-1, 1, "x", "k")],
        [Edit(2, 1, "x", "k")],
    ],
)
def test_edits_that_overlap_or_lie_outside_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="lies outside the text or overlaps"):
        apply("abcd", edits)


def test_edits_side_by_side_do_not_overlap() -> None:
    assert apply("abcd", [Edit(0, 1, "x", "k"), Edit(1, 2, "y", "k"), Edit(2, 2, "z", "k")]) == "xyzcd"


def test_marks_show_only_what_changed() -> None:
    assert mark("a good one", [Edit(2, 3, "fg", "insert"), Edit(8, 9, "", "delete")]) == (
        "a {+f+}good o[-n-]e"
    )
    assert mark("ab", [Edit(0, 2, "ba", "swap")]) == "[-ab-]{+ba+}"
    assert mark("good", [Edit(2, 3, "oo", "repeat")]) == "goo{+o+}d"
    assert mark("good", []) == "good"


def test_protected_cells_are_inside_the_span_and_not_beside_it() -> None:
    taken = protect(Text("abcd", protected=((1, 3),)))

    def is_free(edit: Edit) -> bool:
        return taken.find(1, *cells(edit)) < 0

    assert is_free(Edit(0, 1, "x", "k"))
    assert is_free(Edit(3, 4, "x", "k"))
    assert is_free(Edit(1, 1, "x", "k"))  # an insertion right before it
    assert is_free(Edit(3, 3, "x", "k"))  # and right behind it
    assert not is_free(Edit(2, 2, "x", "k"))
    assert not is_free(Edit(0, 2, "x", "k"))
    assert not is_free(Edit(2, 4, "x", "k"))


@pytest.mark.parametrize("span", [(-1, 1), (2, 1), (0, 5)])
def test_a_protected_span_outside_the_text_is_refused(span: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="must lie in a text of 4 characters"):
        check_text(Text("abcd", protected=(span,)))
