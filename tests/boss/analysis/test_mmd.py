import numpy as np
import pytest

from boss.analysis.mmd import mmd
from boss.errors import ConfigError


def by_loops(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """The definition, pair by pair: (squared discrepancy, bandwidth)."""
    joint = [*x, *y]
    distances = [np.linalg.norm(a - b) for i, a in enumerate(joint) for b in joint[:i]]
    width = float(np.median(distances))

    def kernel(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.exp(-(np.linalg.norm(a - b) ** 2) / (2 * width**2)))

    def within(z: np.ndarray) -> float:
        return float(np.mean([kernel(a, b) for i, a in enumerate(z) for j, b in enumerate(z) if i != j]))

    across = np.mean([kernel(a, b) for a in x for b in y])
    return within(x) + within(y) - 2 * float(across), width


def test_the_statistic_is_the_definition() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(7, 3)), rng.normal(0.5, 2, size=(5, 3))
    found = mmd(x, y, seed=0, n_permutations=10)
    value, width = by_loops(x, y)
    assert found.value == pytest.approx(value)
    assert found.bandwidth == pytest.approx(width)
    assert found.n == (7, 5)


def test_two_samples_of_one_distribution_are_rejected_one_time_in_twenty() -> None:
    p = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        p.append(mmd(rng.normal(size=(20, 4)), rng.normal(size=(30, 4)), seed=seed, n_permutations=99).p)
    assert 0.4 <= np.mean(p) <= 0.6  # uniform on (0, 1]: standard error 0.03
    assert np.mean(np.array(p) <= 0.05) <= 0.12


def test_a_shift_of_one_standard_deviation_is_always_found() -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        found = mmd(rng.normal(size=(60, 4)), rng.normal(1, 1, size=(60, 4)), seed=seed, n_permutations=199)
        assert found.p == 1 / 200
        assert found.value > found.null_95


def test_exchanging_the_samples_keeps_the_statistic() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(8, 2)), rng.normal(size=(6, 2))
    assert mmd(x, y, seed=0, n_permutations=9).value == pytest.approx(
        mmd(y, x, seed=0, n_permutations=9).value
    )


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ConfigError, match="at least 2 independent texts on either side, got 1 and 3"):
        mmd(np.ones((1, 2)), np.eye(3, 2), seed=0, n_permutations=9)
    with pytest.raises(ConfigError, match="more than half of the distances between 4 texts are 0"):
        mmd(np.ones((2, 2)), np.ones((2, 2)), seed=0, n_permutations=9)
    with pytest.raises(ConfigError, match="n_permutations must be at least 1, got 0"):
        mmd(np.eye(3), np.eye(3), seed=0, n_permutations=0)
