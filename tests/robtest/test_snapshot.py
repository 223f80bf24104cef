"""The gate bites: whatever proposes the edits, a text that breaks a rule is never made."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from robtest.errors import AttackError
from robtest.similarity import Similarity
from robtest.snapshot import sentence_snapshot, snapshot
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
    with pytest.raises(AttackError, match=r"'mine' made . words? of 2; the number must stay"):
        snapshot(Text("ab c", keep_words=True), [edit], 1, "malicious", "mine")


def turned(texts: Sequence[str], /) -> NDArray[np.float64]:
    """Cosine 0.8 between "a" and all other texts."""
    return np.array([(1.0, 0.0) if text == "a" else (0.8, 0.6) for text in texts])


def test_at_sentence_level_the_cosine_is_measured_and_limited() -> None:
    similarity = Similarity(turned, "a")
    edit = Edit(1, 1, " b", "append")
    shot = sentence_snapshot(Text("a"), [edit], 0.3, similarity, "mine")
    assert (shot.text, shot.realised, shot.edits) == ("a b", 0.200001, (edit,))
    assert sentence_snapshot(Text("a"), [], 0.3, similarity, "mine").unperturbable
    with pytest.raises(AttackError, match=r"'mine' made a text at cosine distance 200001/1000000"):
        sentence_snapshot(Text("a"), [edit], 0.2, similarity, "mine")


def test_at_sentence_level_what_must_stay_stays_too() -> None:
    similarity = Similarity(turned, "a")
    with pytest.raises(AttackError, match="touches a protected span"):
        sentence_snapshot(Text("a", protected=((0, 1),)), [Edit(0, 1, "b", "x")], 1, similarity, "mine")
    with pytest.raises(AttackError, match="the number must stay"):
        sentence_snapshot(Text("a", keep_words=True), [Edit(1, 1, " b", "x")], 1, similarity, "mine")
