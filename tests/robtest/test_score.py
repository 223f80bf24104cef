"""Scores of small arrays, worked out by hand."""

import numpy as np
import pytest

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
    curve = np.array([1.0, 0.8, 0.4])
    assert d50([0, 0.1, 0.2], curve) == pytest.approx(0.175)  # crosses 0.5
    assert d50([0, 0.1, 0.2], curve, chance=0.5) == pytest.approx(0.1125)  # crosses 0.75
    assert d50([0, 0.1], np.array([1.0, 0.5])) == pytest.approx(0.1)
    assert d50([0, 0.1], np.array([1.0, 0.6])) is None
    assert d50([0, 0.1], np.array([0.5, 0.1]), chance=0.5) is None


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
    with pytest.raises(ValueError, match="one finite value for each"):
        area([0, 0.2], np.ones(3))
    with pytest.raises(ValueError, match="two degrees or more"):
        area([0], np.ones(1))
    with pytest.raises(ValueError, match="compares with degree 0"):
        d50([0.1, 0.2], np.ones(2))
    with pytest.raises(ValueError, match="a degree above 0"):
        weighted_total([0], np.ones(1))
