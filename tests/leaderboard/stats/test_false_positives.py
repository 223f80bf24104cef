"""How often models that are equally good are called different: as often as the level says, or less.

They share much of what they find hard, as models do; their answers still differ on many examples.
"""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom

from boss.metrics.intervals import Column, resample, tail_of
from leaderboard.stats.compare import limits, mcnemar
from leaderboard.stats.ties import ALPHA, Drawn, above, p_values

Answers = NDArray[np.float64]
N_REPEATS = 400
# Beyond these counts one in a thousand simulations of a test that keeps its level would come.
FEWEST, MOST = (int(k) for k in binom.ppf([1e-3, 1 - 1e-3], N_REPEATS, ALPHA))


def equals(rng: np.random.Generator, n_models: int, n: int, *, copies: int = 1) -> Answers:
    """Return answers of equally good models, 1 or 0, shape ``(n_models, n, copies)``.

    What makes an example hard weighs twice as much as what is a model's own, and of that half is shared by
    the copies of an example.
    """
    hard = 2 * rng.normal(size=(1, n, 1))
    own = rng.normal(size=(n_models, n, 1)) + rng.normal(size=(n_models, n, copies))
    return (hard + own < 1.5).astype(np.float64)


def column(values: NDArray[np.float64]) -> Column:
    return Column(np.stack([values, np.ones_like(values)], axis=1), lambda sums: sums[..., 0] / sums[..., 1])


def side_by_side(answers: Answers, seed: int) -> Drawn:
    _, n, copies = answers.shape
    columns = [column(model.ravel()) for model in answers]
    resampled = resample(columns, np.repeat(np.arange(n), copies), seed=seed, n_resamples=500)
    side = np.stack(resampled, axis=1)
    return Drawn(answers.mean(axis=(1, 2)), side, side[None], (n,))


def interval_rejects(models: Drawn) -> bool:
    low, high = limits(models.resampled[:, 0] - models.resampled[:, 1], tail_of(models.n_units[0]))
    return bool(low > 0 or high < 0)


@pytest.mark.parametrize(("n", "copies"), [(30, 5), (75, 5), (200, 1)])
def test_the_paired_interval_leaves_out_0_as_often_as_its_level_says(n: int, copies: int) -> None:
    rng = np.random.default_rng([n, copies])
    drawn = [side_by_side(equals(rng, 2, n, copies=copies), seed) for seed in range(N_REPEATS)]
    assert FEWEST <= sum(interval_rejects(models) for models in drawn) <= MOST
    # The test behind the ranks is of the same resamples; what it adds to the variance makes it milder.
    assert sum(p_values(models)[0, 1] <= ALPHA for models in drawn) <= MOST


def test_copies_taken_for_examples_would_reject_too_often() -> None:
    """The guard bites: the same answers with every copy as an example of its own."""
    rng = np.random.default_rng([75, 5])
    rejected = 0
    for seed in range(N_REPEATS):
        answers = equals(rng, 2, 75, copies=5).reshape(2, -1, 1)
        rejected += interval_rejects(side_by_side(answers, seed))
    assert rejected > MOST


@pytest.mark.parametrize("n", [50, 200, 1000])
def test_mcnemar_keeps_its_level_on_models_that_share_what_is_hard(n: int) -> None:
    """Its mid-p version is not exact; Fagerland et al. 2013 find that it hardly ever exceeds its level."""
    rng, rejected = np.random.default_rng(n), 0
    for _ in range(N_REPEATS):
        a, b = equals(rng, 2, n)[:, :, 0].astype(bool)
        rejected += mcnemar(int((a & ~b).sum()), int((b & ~a).sum())) <= ALPHA
    assert rejected <= MOST
    assert n < 200 or rejected >= FEWEST


def test_of_eight_equal_models_any_are_told_apart_no_more_often_than_the_level_says() -> None:
    """Holm's family holds for all 28 pairs at once; without it about one in three would be told apart."""
    rng, any_told, any_naive = np.random.default_rng(8), 0, 0
    for seed in range(N_REPEATS):
        models = side_by_side(equals(rng, 8, 150), seed)
        any_told += bool(above(models).any())
        any_naive += bool((p_values(models)[np.triu_indices(8, k=1)] <= ALPHA).any())
    assert any_told <= MOST
    assert any_naive > 3 * MOST


def test_a_true_difference_is_found() -> None:
    """The tests keep their level without being blind: 10 points on 500 examples are found nearly always."""
    rng, found = np.random.default_rng(0), 0
    for seed in range(50):
        a, b = equals(rng, 2, 500)
        a = np.maximum(a, rng.random(a.shape) < 0.4)
        found += bool(above(side_by_side(np.stack([a, b]), seed))[0, 1])
    assert found >= 48
