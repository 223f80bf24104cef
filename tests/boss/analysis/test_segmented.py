import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from boss.analysis.segmented import FORMS, GRID, MIN_SIDE, Family


def residual(x: np.ndarray, y: np.ndarray, bend: float) -> float:
    matrix = np.stack([np.ones_like(x), x, np.maximum(x - bend, 0)], axis=1)
    return float(((y - matrix @ np.linalg.lstsq(matrix, y, rcond=None)[0]) ** 2).sum())


def test_a_line_is_found_exactly() -> None:
    x = np.linspace(-1, 2, 12)
    fits = Family(x).fits((1 + 2 * x)[None])
    assert FORMS[int(fits.bic[0].argmin())] == "line"
    curve = fits.curve(0, "line")
    assert (curve.intercept, *curve.slopes, curve.bend) == pytest.approx((1, 2, 2, None))
    assert curve(np.array([10.0]))[0] == pytest.approx(21)


def test_a_bend_is_found_within_a_step_of_the_grid() -> None:
    x = np.linspace(-1, 1, 21)
    fits = Family(x).fits(np.abs(x)[None])
    assert FORMS[int(fits.bic[0].argmin())] == "segmented"
    curve = fits.curve(0, "segmented")
    assert curve.bend == pytest.approx(0, abs=1.4 / GRID)
    assert curve.slopes == pytest.approx((-1, 1), abs=0.05)


def test_flat_points_are_flat() -> None:
    y = 0.3 + 0.01 * np.tile([1.0, -1.0], 10)
    fits = Family(np.linspace(0, 1, 20)).fits(y[None])
    assert FORMS[int(fits.bic[0].argmin())] == "flat"
    assert fits.curve(0, "flat").slopes == (0, 0)


def test_residuals_and_criterion_are_those_of_an_independent_fit() -> None:
    rng = np.random.default_rng(3)
    x, n = rng.uniform(0, 3, 30), 30
    y = np.stack([0.5 * x + rng.normal(0, 0.3, n), np.maximum(x - 1, 0) + rng.normal(0, 0.2, n)])
    fits = Family(x).fits(y)
    for row, outcome in enumerate(y):
        line = np.polyval(np.polyfit(x, outcome, 1), x)
        rss = ((outcome - line) ** 2).sum()
        assert fits.rss[row, 1] == pytest.approx(rss)
        assert fits.bic[row, 1] == pytest.approx(n * np.log(rss / n) + 3 * np.log(n))
        bend = fits.bends[row]
        assert fits.rss[row, 2] == pytest.approx(residual(x, outcome, bend))
        low, high = np.sort(x)[[MIN_SIDE - 1, -MIN_SIDE]].tolist()
        best = min(
            minimize_scalar(lambda k, o=outcome: residual(x, o, k), bounds=(k, k + 0.1), method="bounded").fun
            for k in np.arange(low, high, 0.1)
        )
        assert fits.rss[row, 2] <= 1.02 * best


def test_too_few_values_for_two_sides_leave_no_bend() -> None:
    x = np.repeat(np.arange(6.0), 4)
    fits = Family(x).fits((x % 2)[None])
    assert fits.bic[0, 2] == np.inf
