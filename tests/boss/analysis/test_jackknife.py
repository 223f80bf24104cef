import numpy as np
import pytest
from scipy import stats

from boss.analysis.jackknife import Floats, by_source, jackknife


def mean(sums: Floats) -> Floats:
    return np.asarray(sums[..., 0] / sums[..., 1], dtype=np.float64)


def difference(first: Floats, second: Floats) -> Floats:
    return np.asarray(mean(first) - mean(second), dtype=np.float64)


def rows(values: np.ndarray) -> np.ndarray:
    return np.stack([values, np.ones_like(values)], axis=1)


def test_the_interval_of_a_mean_is_students() -> None:
    values = np.random.default_rng(0).normal(3, 2, 25)
    found = jackknife([by_source(rows(values), np.arange(25))], mean)
    expected = stats.t.interval(0.95, 24, values.mean(), stats.sem(values))
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx(expected)
    assert found.n == (25,)


def test_the_variance_of_a_difference_is_the_sum_of_both() -> None:
    rng = np.random.default_rng(1)
    one, two = rng.normal(0, 1, 30), rng.normal(0, 3, 12)
    found = jackknife([by_source(rows(z), np.arange(len(z))) for z in (one, two)], difference)
    error = np.hypot(stats.sem(one), stats.sem(two))
    assert found.high is not None
    assert found.high - found.value == pytest.approx(stats.t.ppf(0.975, 11) * error)
    assert found.n == (12, 30)


def test_texts_said_twice_by_one_source_do_not_narrow_the_interval() -> None:
    values = np.random.default_rng(2).normal(size=20)
    once = jackknife([by_source(rows(values), np.arange(20))], mean)
    twice = jackknife([by_source(rows(np.repeat(values, 2)), np.repeat(np.arange(20), 2))], mean)
    assert (twice.value, twice.low, twice.high) == pytest.approx((once.value, once.low, once.high))
    assert twice.n == (40,)


def test_one_source_has_no_interval() -> None:
    found = jackknife([by_source(rows(np.array([1.0, 2.0])), np.array([0, 0]))], mean)
    assert (found.value, found.low, found.high) == (1.5, None, None)


def test_ends_stay_in_the_range() -> None:
    found = jackknife(
        [by_source(rows(np.array([0.0, 1.0, 1.0])), np.arange(3))], mean, minimum=0.0, maximum=1.0
    )
    assert (found.low, found.high) == (0.0, 1.0)
