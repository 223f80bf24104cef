"""Scores of small arrays, worked out by hand."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from robtest.score import area, attack_success_rate, average, d50, weighted_total, worst

SWEEP = (0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)

# Two examples, two variants, three degrees; the second example is wrong before any attack.
CORRECT = np.array(
    [
        [[True, True, False], [True, False, True]],
        [[False, True, True], [False, False, True]],
    ]
)


def test_average_is_the_mean_over_variants() -> None:
    assert average(CORRECT).tolist() == [[1, 0.5, 0.5], [0, 0.5, 1]]


def test_worst_takes_every_variant_and_every_lower_degree() -> None:
    # Example 1 is lost at the second degree by its second variant, and stays lost though both that
    # degree's other variant and that variant's next degree are right.
    assert worst(CORRECT).tolist() == [[1, 0, 0], [0, 0, 0]]


def test_worst_of_an_error_is_its_largest_value() -> None:
    errors = np.array([[[0.1, 0.3, 0.2], [0.0, 0.1, 0.5]]])
    assert worst(errors, higher_is_better=False).tolist() == [[0.1, 0.3, 0.5]]


def test_success_counts_only_what_was_right_before() -> None:
    rate = attack_success_rate(CORRECT)
    assert rate.n == 1
    assert rate.rates is not None
    assert rate.rates.tolist() == [0, 1, 1]


def test_there_is_no_success_rate_where_nothing_was_right() -> None:
    assert attack_success_rate(np.zeros((2, 1, 2), dtype=bool)) == (None, 0)


def test_the_area_of_a_flat_curve_is_its_value_and_of_a_falling_line_its_middle() -> None:
    assert area(SWEEP, np.full(8, 0.7)) == pytest.approx(0.7)
    assert area([0, 0.6], np.array([1.0, 0.0])) == pytest.approx(0.5)
    assert area([0, 0.1, 0.5], np.array([1.0, 0.5, 0.5])) == pytest.approx((0.075 + 0.2) / 0.5)


def test_d50_is_where_half_of_the_clean_score_above_chance_is_gone() -> None:
    assert d50([0, 0.1], np.array([1.0, 0.5])) == pytest.approx(0.1)
    curves = np.array(
        [
            [1.0, 0.8, 0.4],  # half of 1 is crossed at 0.175
            [1.0, 0.8, 0.4],  # from a chance of 0.5 on, at 0.75, so at 0.1125
            [1.0, 0.5, 0.9],  # reached exactly; what comes after does not matter
            [1.0, 0.9, 0.6],  # never
            [0.5, 0.1, 0.0],  # nothing above chance
            [0.4, 0.1, 0.0],
            [np.nan, np.nan, np.nan],  # no number
        ]
    )
    read = d50([0, 0.1, 0.2], curves, np.array([0, 0.5, 0, 0, 0.5, 0.5, 0]))
    assert read[:3] == pytest.approx([0.175, 0.1125, 0.1])
    assert read[3] == np.inf
    assert np.isnan(read[4:]).all()


@given(st.lists(st.floats(0, 1, allow_subnormal=False), min_size=8, max_size=8), st.floats(0, 0.9))
def test_the_curve_has_lost_half_at_its_d50_and_not_before(values: list[float], chance: float) -> None:
    curve = np.array(values)
    at, half = float(d50(SWEEP, curve, chance)), (curve[0] + chance) / 2
    assume(curve[0] > chance)
    before = curve[np.array(SWEEP) < at]
    assert (before > half).all()
    if at < np.inf:
        assert np.interp(at, SWEEP, curve) == pytest.approx(half, abs=1e-6)


def test_many_curves_are_read_at_once() -> None:
    curves = np.array([[[1.0, 0.5, 0.0]], [[1.0, 1.0, 1.0]]])
    assert area([0, 0.1, 0.2], curves) == pytest.approx(np.array([[0.5], [1.0]]))
    assert weighted_total([0, 0.1, 0.2], curves).tolist() == [[0.25], [1.0]]


def test_the_weighted_total_of_a_perfect_model_is_1_and_127_128ths_as_robtest_has_it() -> None:
    assert weighted_total(SWEEP, np.ones(8)) == 1
    assert weighted_total(SWEEP, np.ones(8), compatible=True) == 0.9921875


def test_small_degrees_weigh_most_and_degree_0_nothing() -> None:
    assert weighted_total([0, 0.1, 0.2, 0.3], np.array([0.0, 1, 0, 0])) == 1 / 2
    assert weighted_total([0, 0.1, 0.2, 0.3], np.array([0.0, 0, 1, 0])) == 1 / 4
    assert weighted_total([0, 0.1, 0.2, 0.3], np.array([0.0, 0, 0, 1])) == 1 / 4
    assert weighted_total([0, 0.1, 0.2, 0.3], np.array([1.0, 0, 0, 0])) == 0


@pytest.mark.parametrize("values", [np.ones((2, 2)), np.ones((0, 1, 1)), np.full((1, 1, 1), np.nan)])
def test_arrays_without_a_meaning_are_refused(values: np.ndarray) -> None:
    with pytest.raises(ValueError, match="n_examples, n_variants, n_degrees"):
        average(values)


def test_curves_without_a_meaning_are_refused() -> None:
    with pytest.raises(ValueError, match="strictly rising"):
        area([0, 0.2, 0.1], np.ones(3))
    with pytest.raises(
        ValueError, match=r"one value for each .* got degrees \[0.0, 0.2\] and curves of shape \(3,\)"
    ):
        area([0, 0.2], np.ones(3))
    with pytest.raises(ValueError, match="two degrees or more"):
        area([0], np.ones(1))
    for degrees in ([0.1, 0.2], [0]):
        with pytest.raises(ValueError, match="compares the degrees above 0 with degree 0"):
            d50(degrees, np.ones(len(degrees)))
    with pytest.raises(ValueError, match="a degree above 0"):
        weighted_total([0], np.ones(1))
