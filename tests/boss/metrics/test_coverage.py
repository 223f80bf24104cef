"""How often the intervals of a run hold the truth, on made-up answers; the thorough version of this, for more
estimators, is python -m benchmarks.coverage (docs/statistics.md).
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binom

from boss.measurement import AttackSettings, Measurement
from boss.metrics import intervals as module
from boss.metrics.intervals import Column, IntervalRule, intervals, resample, tail_of, tail_over_sets
from boss.metrics.scores import Floats
from boss.metrics.scoring import tally
from boss.results.schema import Interval

Draw = Callable[[np.random.Generator], Floats]

PLAIN = IntervalRule(expanded=False, welch=False)
N_REPEATS = 400
N_RESAMPLES = 400
# An estimator that covers within these would be found outside the counts once in a thousand simulations.
LEAST, MOST = 0.92, 0.98
FEWEST = int(binom.ppf(1e-3, N_REPEATS, LEAST))
HIGHEST = int(binom.ppf(1 - 1e-3, N_REPEATS, MOST))


def right(rng: np.random.Generator, n: int, *, copies: int) -> Floats:
    """Return answers to the copies of ``n`` sources, shape ``(n, copies)``; those of a source are alike."""
    return (rng.random((n, copies)) < rng.beta(3, 1.5, size=(n, 1))).astype(np.float64)


TRUE_MEAN = 3 / 4.5
TRUE_WORST = 3 * 4 * 5 * 6 * 7 / (4.5 * 5.5 * 6.5 * 7.5 * 8.5)
"""E[p^5] of a beta(3, 1.5): the chance that all five copies are right."""


def mean_of(values: Floats, *, zero_one: bool = False, repeated: bool = False) -> Column:
    statistics = np.stack([values, np.ones_like(values)], axis=1)
    return Column(statistics, lambda sums: sums[..., 0] / sums[..., 1], zero_one, repeated)


def half_lost(answers: Floats) -> Column:
    """Return the column of the share of what is kept at 1 that is kept at 2: a ratio read off a curve."""
    statistics = np.stack([answers[:, 0], answers[:, :2].min(axis=1), np.ones(len(answers))], axis=1)
    return Column(
        statistics,
        lambda sums: sums[..., :2] / sums[..., 2:],
        repeated=True,
        read=lambda curve: curve[..., 1] / curve[..., 0],
    )


def covered(
    make: Callable[[np.random.Generator], tuple[Column, int]], truth: float, *, n_repeats: int = N_REPEATS
) -> int:
    """Return in how many repeats the interval held the truth; ``make`` gives a column and its sources."""
    rng, inside = np.random.default_rng(7), 0
    for seed in range(n_repeats):
        column, copies = make(rng)
        sources = np.arange(len(column.statistics)) // copies
        [found] = intervals([column], sources, seed=seed, n_resamples=N_RESAMPLES)
        inside += found.low <= truth <= found.high
    return inside


@pytest.mark.parametrize("n", [20, 30, 75])
def test_the_average_over_copies_is_held_as_often_as_it_says(n: int) -> None:
    def average(rng: np.random.Generator) -> tuple[Column, int]:
        return mean_of(right(rng, n, copies=5).mean(axis=1), repeated=True), 1

    assert FEWEST <= covered(average, TRUE_MEAN) <= HIGHEST


@pytest.mark.parametrize("n", [30, 75])
def test_the_worst_of_the_copies_is_held_as_often_as_it_says(n: int) -> None:
    def worst(rng: np.random.Generator) -> tuple[Column, int]:
        return mean_of(right(rng, n, copies=5).min(axis=1), zero_one=True, repeated=True), 1

    assert FEWEST <= covered(worst, TRUE_WORST) <= HIGHEST


@pytest.mark.parametrize("n", [30, 75])
def test_examples_that_share_sources_are_held_as_often_as_it_says(n: int) -> None:
    def shared(rng: np.random.Generator) -> tuple[Column, int]:
        return mean_of(right(rng, n, copies=5).ravel(), zero_one=True), 5

    assert FEWEST <= covered(shared, TRUE_MEAN) <= HIGHEST


def test_what_is_read_off_a_curve_is_held_as_often_as_it_says() -> None:
    # E[p^2] / E[p] of a beta(3, 1.5)
    truth = 4 / 5.5
    assert FEWEST <= covered(lambda rng: (half_lost(right(rng, 75, copies=2)), 1), truth) <= HIGHEST


def test_taking_copies_for_examples_would_be_found() -> None:
    """The guard bites: every copy as a source of its own."""

    def naive(rng: np.random.Generator) -> tuple[Column, int]:
        return mean_of(right(rng, 75, copies=5).ravel(), zero_one=True), 1

    assert covered(naive, TRUE_MEAN) < FEWEST


def test_dividing_by_the_root_of_the_number_of_resamples_would_be_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The guard bites: the deviation of a bootstrap is the error; that of its mean says nothing."""
    percentile = module.percentile

    def shrunk(column: Column, values: Floats, tail: float, **options: Any) -> Interval | None:
        middle = values.mean()
        return percentile(column, middle + (values - middle) / np.sqrt(len(values)), tail, **options)

    monkeypatch.setattr(module, "percentile", shrunk)

    def average(rng: np.random.Generator) -> tuple[Column, int]:
        return mean_of(right(rng, 75, copies=5).mean(axis=1), repeated=True), 1

    assert covered(average, TRUE_MEAN, n_repeats=50) < 25


def test_few_units_are_not_taken_for_many() -> None:
    """By hand, of 10: Student's t with 9 degrees is 2.2622, times sqrt(10/9) 2.3845; beyond it 0.00855."""
    assert tail_of(10) == pytest.approx(0.00855, abs=5e-6)
    assert tail_of(10**6) == pytest.approx(0.025, abs=1e-6)
    assert tail_of(1) == 0


def test_the_expanded_interval_of_few_normal_values_is_students() -> None:
    values = np.random.default_rng(0).normal(0.5, 0.1, size=10)
    [found] = intervals([mean_of(values)], np.arange(10), seed=0, n_resamples=20_000)
    half = 2.2622 * values.std(ddof=1) / np.sqrt(10)
    assert found.high - found.low == pytest.approx(2 * half, rel=0.05)
    [plain] = intervals([mean_of(values)], np.arange(10), seed=0, n_resamples=20_000, rule=PLAIN)
    assert plain.high - plain.low == pytest.approx(2 * 1.96 * values.std() / np.sqrt(10), rel=0.05)


def held_over_sets(sizes: Sequence[int], tail: Callable[[list[float], Sequence[int]], float]) -> int:
    """Return in how many repeats the interval of the mean of sets held the truth, 1/2."""
    rng, inside = np.random.default_rng(9), 0
    for seed in range(N_REPEATS):
        columns = [mean_of(rng.beta(3, 3, size=n)) for n in sizes]
        drawn = np.stack(
            [
                resample([column], np.arange(n), seed=[seed, i], n_resamples=N_RESAMPLES)[0]
                for i, (column, n) in enumerate(zip(columns, sizes, strict=True))
            ]
        )
        beyond = tail(drawn.var(axis=1).tolist(), sizes)
        low, high = np.quantile(drawn.mean(axis=0), [beyond, 1 - beyond])
        inside += low <= 1 / 2 <= high
    return inside


@pytest.mark.parametrize("sizes", [(6, 600), (8, 8, 600), (30, 300), (60, 60, 60)])
def test_the_mean_over_sets_of_any_size_is_held_as_often_as_it_says(sizes: Sequence[int]) -> None:
    assert FEWEST <= held_over_sets(sizes, tail_over_sets) <= HIGHEST


def test_taking_all_sources_for_those_of_one_set_would_be_found() -> None:
    """The guard bites: six sources count as 606, as schema version 3 had it."""
    assert held_over_sets((6, 600), lambda _, sizes: tail_of(sum(sizes))) < FEWEST


def test_the_chance_level_of_d50_is_counted_in_every_resample(
    make_cell: Callable[..., Measurement],
    make_attack: Callable[..., AttackSettings],
    make_table: Callable[..., pa.Table],
) -> None:
    """Of 20 examples 12 are positive: chance is 0.6, give or take sqrt(0.6 * 0.4 / 20) = 0.11."""
    labels = ["positive"] * 12 + ["negative"] * 8
    rows = [(f"e{i:02}", label, label, 0, d) for i, label in enumerate(labels) for d in (0.0, 0.1)]
    counted = tally(make_cell(20, attack=make_attack([0.0, 0.1], 1)), make_table(rows))
    number = next(n for n in counted.numbers if n.aggregate == "d50_average")
    assert number.column.point[-1] == pytest.approx(0.6)
    [curves] = resample([number.column], counted.sources, seed=0)
    assert curves[:, -1].std() == pytest.approx(0.11, abs=0.03)
    assert curves[:, -1].min() >= 0.5
