import numpy as np
import pytest

from boss.tasks import TASKS
from leaderboard.preference.preferences import Axis, Floats, Preference, axes
from leaderboard.preference.redraw import N_DRAWS, Points, from_intervals
from leaderboard.preference.stability import Stability, stability

BOTH = Preference({"id": 1, "ood_mean": 1})


def wanted(preference: Preference) -> list[Axis]:
    return [axes(TASKS["qa"])[key] for key in preference.keys]


def points(value: list[list[float]], half: float = 0.0) -> Points:
    at = np.array(value)
    return Points(at, at - half, at + half)


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def judged(at: Points, preference: Preference, seed: int = 5) -> Stability:
    drawn = from_intervals(at, np.random.default_rng(seed + 1))
    return stability(at.value, drawn, preference, wanted(preference), np.random.default_rng(seed))


def test_with_one_axis_weights_cannot_change_the_order() -> None:
    only = Preference({"id": 2})
    found = judged(points([[0.8], [0.7]], 0.5), only)
    assert list(found.first_weights) == [1, 0]
    assert 0.4 < found.first_examples[0] < 0.8


def test_without_intervals_examples_cannot_change_the_order() -> None:
    found = judged(points([[0.9, 0.3], [0.4, 0.7]]), BOTH)
    assert list(found.first_examples) == [1, 0]
    assert list(found.low) == list(found.high) == pytest.approx([0.6, 0.55])
    # 0.5 and -0.4 apart: the second is first where the first axis weighs less than 4/9
    assert list(found.first_weights) == list(found.first_both)
    assert found.first_weights.sum() == pytest.approx(1)
    share = rng().dirichlet([10, 10], size=N_DRAWS)[:, 0]
    assert found.first_weights[1] == pytest.approx((share < 4 / 9).mean())


def test_two_equal_models_are_first_half_of_the_time() -> None:
    found = judged(points([[0.5, 0.5], [0.5, 0.5]], 0.1), BOTH)
    assert found.first_examples == pytest.approx([0.5, 0.5], abs=0.05)


def test_models_that_all_meet_the_target_share_first_place_and_the_top() -> None:
    met = Preference({"id": 1}, {"id": 0.2})
    found = judged(points([[0.9], [0.8], [0.1], [0.0], [0.05]]), met)
    assert list(found.first_both) == [1, 1, 0, 0, 0]
    # the third place is left for the best of the others
    assert list(found.top) == [1, 1, 1, 0, 0]


def test_fewer_models_than_places_are_all_in_the_top() -> None:
    found = judged(points([[0.9, 0.1], [0.2, 0.1]], 0.01), BOTH)
    assert list(found.top) == [1, 1]


def test_the_same_seed_draws_the_same_shares_and_another_does_not() -> None:
    at = points([[0.6, 0.5], [0.5, 0.6], [0.55, 0.55]], 0.1)
    first, again = (judged(at, BOTH) for _ in range(2))
    other = judged(at, BOTH, seed=7)
    assert first.first_both.tolist() == again.first_both.tolist()
    assert first.first_both.tolist() != other.first_both.tolist()


def test_draws_from_intervals_reproduce_both_sides_of_an_interval() -> None:
    at = Points(np.array([[0.5]]), np.array([[0.4]]), np.array([[0.8]]))
    drawn: Floats = from_intervals(at, rng())[:, 0, 0]
    low, middle, high = np.quantile(drawn, [0.025, 0.5, 0.975])
    assert (low, middle, high) == pytest.approx((0.4, 0.5, 0.8), abs=0.02)
