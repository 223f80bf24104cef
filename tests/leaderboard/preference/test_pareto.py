import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from leaderboard.preference.pareto import dominates
from leaderboard.preference.preferences import Floats

VALUES = arrays(np.float64, (5, 3), elements=st.integers(0, 20).map(float))
HALVES = arrays(np.float64, (5, 3), elements=st.integers(0, 4).map(float))


def pairs(value: Floats, half: Floats | float) -> set[tuple[int, int]]:
    found = dominates(value, value - half, value + half)
    return {(int(i), int(j)) for i, j in zip(*np.nonzero(found), strict=True)}


def test_clear_on_one_axis_and_as_good_on_the_others_dominates() -> None:
    # the second is clearly behind the first on one axis, equal on the other
    assert pairs(np.array([[0.8, 0.6], [0.5, 0.6]]), 0.1) == {(0, 1)}


def test_a_difference_within_the_intervals_dominates_nobody() -> None:
    assert pairs(np.array([[0.8, 0.6], [0.7, 0.5]]), 0.1) == set()


def test_being_behind_on_one_axis_is_enough_for_the_front() -> None:
    assert pairs(np.array([[0.9, 0.9, 0.10], [0.1, 0.1, 0.11]]), 0.01) == set()


def test_a_model_that_lacks_a_number_neither_beats_nor_is_beaten() -> None:
    assert pairs(np.array([[0.9, np.nan], [0.1, 0.1], [0.5, 0.5]]), 0.01) == {(2, 1)}


def test_an_interval_that_does_not_hold_its_estimate_turns_no_order_round() -> None:
    value = np.array([[0.50], [0.52]])
    low, high = np.array([[0.49], [0.45]]), np.array([[0.55], [0.48]])
    assert not dominates(value, low, high).any()


@given(VALUES, HALVES)
def test_somebody_is_on_the_front_and_nobody_beats_who_beats_them(value: Floats, half: Floats) -> None:
    found = dominates(value, value - half, value + half)
    assert (~found.any(axis=0)).any()
    assert not (found & found.T).any()


@pytest.mark.parametrize("rescaled", [np.exp, np.sqrt, lambda x: 3 * x - 7, lambda x: x**3])
@given(value=VALUES, half=HALVES)
def test_the_front_does_not_depend_on_the_scale_of_an_axis(
    rescaled: np.ufunc, value: Floats, half: Floats
) -> None:
    # above 0, where each of these increases
    low, value, high = 5 + value - half, 5 + value, 5 + value + half
    parts = [np.column_stack([rescaled(part[:, 0]), part[:, 1:]]) for part in (value, low, high)]
    assert (dominates(*parts) == dominates(value, low, high)).all()


@given(VALUES, HALVES, st.permutations(range(5)))
def test_the_front_does_not_depend_on_the_order_of_the_models(
    value: Floats, half: Floats, places: list[int]
) -> None:
    found = dominates(value, value - half, value + half)
    moved = dominates(value[places], (value - half)[places], (value + half)[places])
    assert (moved == found[np.ix_(places, places)]).all()
