"""The gate bites: whatever proposes the edits, a text that breaks a rule is never made."""

import pytest

from robtest.errors import AttackError
from robtest.snapshot import snapshot
from robtest.types import Edit, Text


def test_a_text_is_made_and_measured() -> None:
    shot = snapshot(Text("abcdefghij"), [Edit(8, 9, "", "b"), Edit(0, 1, "x", "a")], 0.2, "malicious", "mine")
    assert (shot.text, shot.realised, shot.unperturbable) == ("xbcdefghj", 0.2, False)
    assert [edit.start for edit in shot.edits] == [0, 8]


def test_no_edit_means_unperturbable_but_not_at_degree_0() -> None:
    assert snapshot(Text("ab"), [], 0.1, "malicious", "mine").unperturbable
    assert not snapshot(Text("ab"), [], 0, "malicious", "mine").unperturbable


def test_a_text_beyond_the_limit_is_an_error_naming_attack_and_distance() -> None:
    with pytest.raises(
        AttackError, match=r"'mine' made a text at malicious distance 2/10 = 0.2; the limit is 0.1"
    ):
        snapshot(Text("abcdefghij"), [Edit(0, 2, "xx", "a")], 0.1, "malicious", "mine")


def test_overlapping_edits_are_an_error() -> None:
    with pytest.raises(AttackError, match=r"'mine'.* overlaps another edit"):
        snapshot(Text("abcd"), [Edit(0, 2, "x", "a"), Edit(1, 2, "y", "a")], 1, "malicious", "mine")


def test_an_edit_of_a_protected_span_is_an_error() -> None:
    text = Text("abcd", protected=((1, 3),))
    assert snapshot(text, [Edit(0, 1, "x", "a")], 1, "malicious", "mine").text == "xbcd"
    with pytest.raises(AttackError, match=r"'mine'.* touches a protected span"):
        snapshot(text, [Edit(2, 3, "x", "a")], 1, "malicious", "mine")


@pytest.mark.parametrize("edit", [Edit(1, 1, " ", "a"), Edit(2, 3, "", "a"), Edit(3, 4, "", "a")])
def test_another_number_of_words_is_an_error_where_it_must_stay(edit: Edit) -> None:
    assert snapshot(Text("ab c"), [edit], 1, "malicious", "mine").edits == (edit,)
    with pytest.raises(AttackError, match=r"'mine' made . words of 2; the number must stay"):
        snapshot(Text("ab c", keep_words=True), [edit], 1, "malicious", "mine")
