"""Counter-fitted vectors: neighbours, nearest first."""

import pytest

from robtest.language.vectors import near

pytestmark = pytest.mark.data


def test_the_nearest_words_come_first() -> None:
    assert near("terrible", 0.9)[0] == "dreadful"
    assert "terrible" not in near("terrible", 0.9)


def test_a_higher_threshold_keeps_the_beginning_of_the_list() -> None:
    wide, narrow = near("cheap", 0.7), near("cheap", 0.85)
    assert 0 < len(narrow) < len(wide)
    assert wide[: len(narrow)] == narrow


def test_antonyms_are_far_and_unknown_words_have_no_neighbours() -> None:
    assert "good" not in near("bad", 0.5)
    assert near("zyzzyvaesque", 0.1) == ()
