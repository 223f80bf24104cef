import numpy as np
import pytest
from scipy import stats

from leaderboard.stats.fit import fit, logit

X = logit([0.6, 0.7, 0.8, 0.85, 0.9, 0.95])


def fraction(x: object) -> object:
    return 1 / (1 + np.exp(-np.asarray(x)))


def test_points_on_a_line_give_the_line_and_no_band() -> None:
    line = fit(fraction(X), fraction(0.5 * X - 0.3))
    assert line is not None
    assert (line.slope, line.intercept, line.r2) == pytest.approx((0.5, -0.3, 1.0))
    middle, low, high = line.expected([0.75])
    # logit(0.75) = log 3, so the line expects 0.5 log 3 - 0.3 in logits
    assert middle[0] == pytest.approx(fraction(0.5 * np.log(3) - 0.3))
    assert low[0] == pytest.approx(high[0])


def test_slope_residual_and_r2_are_those_of_an_independent_library() -> None:
    y = 0.7 * X + np.array([0.1, -0.2, 0.05, 0.0, -0.1, 0.2])
    line = fit(fraction(X), fraction(y))
    assert line is not None
    reference = stats.linregress(X, y)
    assert (line.slope, line.intercept) == pytest.approx((reference.slope, reference.intercept))
    assert line.r2 == pytest.approx(reference.rvalue**2)
    assert line.residual / np.sqrt(line.spread) == pytest.approx(reference.stderr)


def test_below_five_baselines_there_is_no_line() -> None:
    assert fit(fraction(X[:4]), fraction(X[:4])) is None
    assert fit([], []) is None


def test_baselines_that_are_all_alike_on_id_have_no_line() -> None:
    assert fit([0.8] * 6, [0.5, 0.6, 0.7, 0.5, 0.6, 0.7]) is None


def test_the_band_holds_a_new_model_nineteen_times_in_twenty() -> None:
    rng = np.random.default_rng(7)
    inside = 0
    for _ in range(2000):
        line = fit(fraction(X), fraction(0.8 * X + rng.normal(0, 0.2, len(X))))
        assert line is not None
        new = float(fraction(0.8 * np.log(3) + rng.normal(0, 0.2)))
        _, low, high = line.expected([0.75])
        inside += bool(low[0] <= new <= high[0])
    # binomial(2000, 0.95): four standard deviations are 0.0195
    assert inside / 2000 == pytest.approx(0.95, abs=0.0195)


def test_zero_and_one_have_a_place_on_the_axis() -> None:
    assert np.isfinite(logit([0.0, 1.0])).all()
