import numpy as np
import pytest
from scipy import stats

from boss.analysis.jackknife import jackknife, units_of
from boss.metrics.scores import Floats


def mean(sums: Floats) -> Floats:
    return np.asarray(sums[..., 0] / sums[..., 1], dtype=np.float64)


def difference(first: Floats, second: Floats) -> Floats:
    return np.asarray(mean(first) - mean(second), dtype=np.float64)


def rows(values: np.ndarray) -> np.ndarray:
    return np.stack([values, np.ones_like(values)], axis=1)


def test_the_interval_of_a_mean_is_students() -> None:
    values = np.random.default_rng(0).normal(3, 2, 25)
    found = jackknife([units_of(rows(values), np.arange(25))], mean)
    expected = stats.t.interval(0.95, 24, values.mean(), stats.sem(values))
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx(expected)
    assert found.n == (25,)


def test_the_interval_of_a_difference_of_two_means_is_welchs() -> None:
    rng = np.random.default_rng(1)
    samples = rng.normal(0, 1, 30), rng.normal(0, 3, 12)
    estimate = jackknife([units_of(rows(z), np.arange(len(z))) for z in samples], difference)
    expected = stats.ttest_ind(*samples, equal_var=False).confidence_interval()
    assert (estimate.low, estimate.high) == pytest.approx((expected.low, expected.high))
    assert estimate.n == (12, 30)


def test_texts_said_twice_by_one_source_do_not_narrow_the_interval() -> None:
    values = np.random.default_rng(2).normal(size=20)
    once = jackknife([units_of(rows(values), np.arange(20))], mean)
    twice = jackknife([units_of(rows(np.repeat(values, 2)), np.repeat(np.arange(20), 2))], mean)
    assert (twice.value, twice.low, twice.high) == pytest.approx((once.value, once.low, once.high))
    assert twice.n == (40,)


def test_one_source_has_no_interval() -> None:
    found = jackknife([units_of(rows(np.array([1.0, 2.0])), np.array([0, 0]))], mean)
    assert (found.value, found.low, found.high) == (1.5, None, None)


def test_ends_stay_in_the_range() -> None:
    found = jackknife(
        [units_of(rows(np.array([0.0, 1.0, 1.0])), np.arange(3))], mean, minimum=0.0, maximum=1.0
    )
    assert (found.low, found.high) == (0.0, 1.0)


def test_sources_that_are_all_alike_leave_no_doubt() -> None:
    estimate = jackknife([units_of(rows(np.full(3, 2.0)), np.arange(3))] * 2, difference)
    assert (estimate.value, estimate.low, estimate.high) == (0, 0, 0)
