from collections.abc import Callable, Sequence
from math import sqrt

import numpy as np
import pyarrow as pa
import pytest

from boss.errors import ResultError
from boss.measurement import Measurement
from boss.metrics.scoring import tally
from boss.metrics.seeds import OverSeeds, Repeat, _means, over_seeds

MakeCell = Callable[..., Measurement]
MakeTable = Callable[..., pa.Table]


@pytest.fixture
def repeat(make_cell: MakeCell, make_table: MakeTable) -> Callable[..., Repeat]:
    def make(seed: int, right: Sequence[bool], first: int = 0) -> Repeat:
        names = [f"e{first + i:03d}" for i in range(len(right))]
        rows = [
            (name, label, label if good else ("positive" if label == "negative" else "negative"))
            for i, (name, good) in enumerate(zip(names, right, strict=True))
            for label in [("negative", "positive")[i % 2]]
        ]
        return Repeat(seed, tally(make_cell(len(rows)), make_table(rows)), names)

    return make


def accuracy(found: list[OverSeeds]) -> OverSeeds:
    return next(number for number in found if number.metric == "accuracy")


def test_the_mean_and_the_deviation_are_those_of_the_values(repeat: Callable[..., Repeat]) -> None:
    runs = [repeat(5, [True] * 8 + [False] * 2), repeat(1, [True] * 5 + [False] * 5), repeat(3, [True] * 10)]
    found = accuracy(over_seeds(runs))
    assert found.seeds == (1, 3, 5)
    assert found.values == pytest.approx((0.5, 1.0, 0.8))
    assert found.mean == pytest.approx(2.3 / 3)
    assert found.deviation == pytest.approx(
        sqrt(((0.5 - 2.3 / 3) ** 2 + (1 - 2.3 / 3) ** 2 + (0.8 - 2.3 / 3) ** 2) / 2)
    )
    assert found.ci.low < found.mean < found.ci.high


def test_more_seeds_that_agree_do_not_make_the_examples_more(repeat: Callable[..., Repeat]) -> None:
    """The same answers from every seed tell as much of the examples as one seed does."""
    right = [i % 4 > 0 for i in range(200)]
    two, ten = (accuracy(over_seeds([repeat(s, right) for s in range(n)])) for n in (2, 10))
    assert two.deviation == ten.deviation == 0
    normal = 2 * 1.96 * sqrt(0.75 * 0.25 / 200)
    for found in (two, ten):
        assert found.ci.high - found.ci.low == pytest.approx(normal, rel=0.1)


def test_seeds_that_differ_widen_the_interval(repeat: Callable[..., Repeat]) -> None:
    right = [i % 4 > 0 for i in range(200)]
    alike = accuracy(over_seeds([repeat(0, right), repeat(1, right)]))
    worse = [good and i % 3 > 0 for i, good in enumerate(right)]
    apart = accuracy(over_seeds([repeat(0, right), repeat(1, worse)]))
    assert apart.ci.high - apart.ci.low > 1.5 * (alike.ci.high - alike.ci.low)


def test_seeds_may_have_drawn_other_examples(repeat: Callable[..., Repeat]) -> None:
    right = [i % 4 > 0 for i in range(100)]
    shared = accuracy(over_seeds([repeat(0, right), repeat(1, right)]))
    other = accuracy(over_seeds([repeat(0, right), repeat(1, right, first=100)]))
    assert (shared.ci.n_units, other.ci.n_units) == (100, 200)
    # Twice the examples make an interval shorter by sqrt(2); the seeds do not differ in their values.
    ratio = (other.ci.high - other.ci.low) / (shared.ci.high - shared.ci.low)
    assert ratio == pytest.approx(1 / sqrt(2), rel=0.1)


def test_drawn_seeds_vary_as_the_unbiased_variance_says() -> None:
    from boss.metrics.intervals import Column

    values = np.array([0.4, 0.5, 0.6])
    draws = np.random.default_rng(0).integers(3, size=(40_000, 3))
    means = _means(
        np.tile(values[:, None], 40_000), values, draws, Column(np.empty((0, 0)), lambda sums: sums)
    )
    assert means.var() == pytest.approx(np.var([0.4, 0.5, 0.6], ddof=1) / 3, rel=0.03)


def test_the_same_runs_in_another_order_give_the_same_bytes(repeat: Callable[..., Repeat]) -> None:
    runs = [repeat(s, [i % (s + 2) > 0 for i in range(50)]) for s in range(3)]
    assert over_seeds(runs) == over_seeds(runs[::-1])


def test_one_seed_has_no_deviation(repeat: Callable[..., Repeat]) -> None:
    for runs in ([repeat(0, [True])], [repeat(0, [True]), repeat(0, [True])]):
        with pytest.raises(ResultError, match="needs at least two seeds, each once, got"):
            over_seeds(runs)


def test_a_number_with_limits_of_its_own_keeps_them_over_seeds(
    make_cell: MakeCell, make_table: MakeTable
) -> None:
    """A calibration error: the lower limit of a model that is calibrated is 0, whatever seed trained it."""

    def calibrated(seed: int) -> Repeat:
        rng = np.random.default_rng(seed)
        names = [f"e{i:03d}" for i in range(300)]
        sure = rng.uniform(0.5, 1, size=300)
        right = rng.random(300) < sure
        rows = [
            (name, "negative", ("positive", "negative")[int(good)])
            for name, good in zip(names, right, strict=True)
        ]
        probs = {
            name: (c, 1 - c) if good else (1 - c, c) for name, c, good in zip(names, sure, right, strict=True)
        }
        return Repeat(seed, tally(make_cell(300), make_table(rows, probs=probs)), names)

    found = next(number for number in over_seeds([calibrated(s) for s in range(3)]) if number.metric == "ece")
    assert found.ci.low == 0
    assert found.mean < found.ci.high < 0.2
    assert found.mean == pytest.approx(np.mean(found.values))


def test_the_coverage_is_the_mean_of_the_seeds(
    make_cell: MakeCell, make_table: MakeTable, make_attack: Callable[..., object], leave_alone: MakeTable
) -> None:
    """With one seed three of four examples can be changed at 0.1, with the other all of them."""
    label = "negative"
    table = make_table([(e, label, label, 0, d) for e in "abcd" for d in (0.0, 0.1)])
    tables = leave_alone(table, lambda e, v, d: e == "a"), table
    attacks = [make_attack((0.0, 0.1), 1, seed=seed) for seed in (0, 1)]
    repeats = [
        Repeat(seed, tally(make_cell(4, attack=attack), table), list("abcd"))
        for seed, (attack, table) in enumerate(zip(attacks, tables, strict=True))
    ]
    found = {(number.aggregate, number.degree): number.coverage for number in over_seeds(repeats)}
    assert (found["worst", 0.1], found["area_worst", None], found["worst", 0.0]) == (7 / 8, 7 / 8, None)
