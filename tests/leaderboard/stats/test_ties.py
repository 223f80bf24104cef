import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy.stats import t

from leaderboard.stats.ties import Drawn, above, drawn, first, p_values
from leaderboard.stats.values import Sample


def models(*right: list[bool], n_resamples: int = 4000) -> Drawn:
    """Models as the examples each gets right, drawn together."""
    matrix = np.array(right, dtype=np.float64).T
    weights = np.random.default_rng(1).multinomial(
        len(matrix), np.full(len(matrix), 1 / len(matrix)), n_resamples
    )
    return of_one_set(matrix.mean(axis=0), weights @ matrix / len(matrix), len(matrix))


def of_one_set(value: np.ndarray, resampled: np.ndarray, n: int) -> Drawn:
    return Drawn(value, resampled, resampled[None], (n,))


def answers(n: int, *wrong: range) -> list[bool]:
    return [not any(i in part for part in wrong) for i in range(n)]


def sample(
    value: float,
    resampled: Sequence[float] | np.ndarray,
    *,
    measurement: str = "c",
    examples: str = "e",
    n: int = 10,
) -> Sample:
    return Sample(measurement, examples, n, value, np.array(resampled))


def test_two_models_with_the_same_answers_are_not_told_apart() -> None:
    twins = models(answers(200, range(40)), answers(200, range(40)))
    assert p_values(twins)[0, 1] == pytest.approx(1)
    assert not above(twins).any()


def test_a_model_that_is_wrong_wherever_another_is_and_on_more_is_below_it() -> None:
    # 80 % and 72.5 % of 200: their intervals overlap, but 15 examples are lost and none is won.
    pair = models(answers(200, range(40)), answers(200, range(55)))
    assert above(pair).tolist() == [[False, True], [False, False]]


def test_the_same_margin_on_other_examples_is_chance() -> None:
    # 80 % and 72.5 % again, but 40 examples are won and 55 lost.
    pair = models(answers(200, range(40)), answers(200, range(100, 155)))
    assert not above(pair).any()


def test_the_p_value_is_that_of_the_difference_over_its_deviation() -> None:
    pair = models(answers(200, range(40)), answers(200, range(60)), n_resamples=200_000)
    # The difference is 1 on 20 of 200 examples, so its mean has variance 0.1 * 0.9 / 200; 2 / 202^2 is added.
    expected = 2 * t.sf(0.1 / math.sqrt(0.1 * 0.9 / 200 + 2 / 202**2), 199)
    assert p_values(pair)[0, 1] == pytest.approx(expected, rel=0.05)


def test_a_difference_that_is_the_same_on_every_example_is_no_certainty() -> None:
    pair = models(answers(5), answers(5, range(5)))
    # No resample differs; two more examples, one for each, leave a deviation of sqrt(2) / 7.
    assert p_values(pair)[0, 1] == pytest.approx(2 * t.sf(7 / math.sqrt(2), 4))


def test_many_pairs_ask_for_more_than_one() -> None:
    strong, weak = answers(200, range(40)), answers(200, range(47))
    assert above(models(strong, weak))[0, 1]
    others = [answers(200, range(40, 40 + 10 * k)) for k in range(1, 13)]
    assert not above(models(strong, weak, *others))[0, 1]


def test_first_place_is_shared_by_those_that_are_equal() -> None:
    resampled = np.array([[0.9, 0.8], [0.8, 0.9], [0.7, 0.7], [0.9, 0.1]])
    assert list(first(of_one_set(np.array([0.8, 0.7]), resampled, 10))) == [0.625, 0.375]


def test_a_mean_counts_its_sets_equally_and_the_lowest_is_taken_in_each_resample() -> None:
    sets = [
        sample(0.9, [0.8, 1.0], measurement="a", examples="x", n=10),
        sample(0.5, [0.9, 0.1], measurement="b", n=99),
    ]
    mean, lowest = drawn([sets], lowest=False), drawn([sets], lowest=True)
    assert [mean.value.item(), *mean.resampled.ravel()] == pytest.approx([0.7, 0.85, 0.55])
    assert [lowest.value.item(), *lowest.resampled.ravel()] == [0.5, 0.8, 0.1]
    assert mean.n_units == (10, 99)
    # One set drawn at a time, beside 0.9 or 0.5 as measured.
    assert mean.alone[:, :, 0] == pytest.approx(np.array([[0.65, 0.75], [0.9, 0.5]]))
    assert lowest.alone[:, :, 0].tolist() == [[0.5, 0.5], [0.9, 0.1]]


def test_attacks_on_the_same_examples_are_drawn_together() -> None:
    attacks = [sample(0.6, [0.5, 0.7], measurement=name) for name in ("typo", "glyph")]
    clean = sample(0.6, [0.2, 1.0], measurement="other", examples="y", n=20)
    mean = drawn([[*attacks, clean]], lowest=False)
    assert mean.n_units == (10, 20)
    assert mean.alone[:, :, 0] == pytest.approx(np.array([[1.6, 2.0], [1.4, 2.2]]) / 3)


@pytest.mark.parametrize(
    ("sets", "expected"), [([(0.1, 8), (0.01, 1000)], 7.07), ([(0.005, 30), (0.1, 1000)], 898.6)]
)
def test_the_set_that_varies_most_gives_the_degrees_of_freedom(
    sets: list[tuple[float, int]], expected: float
) -> None:
    rng = np.random.default_rng(0)
    pair = [
        [
            sample(value, value + rng.normal(0, spread, 4000), measurement=str(n), examples=str(n), n=n)
            for spread, n in sets
        ]
        for value in (0.8, 0.5)
    ]
    # Of the difference of means: twice a model's variance, and 2 / (n + 2)^2, each over 2^2 for two sets.
    parts = [(2 * spread**2 + 2 / (n + 2) ** 2) / 4 for spread, n in sets]
    freedom = sum(parts) ** 2 / sum(part**2 / (n - 1) for part, (_, n) in zip(parts, sets, strict=True))
    assert freedom == pytest.approx(expected, rel=0.002)
    p = 2 * t.sf(0.3 / math.sqrt(sum(parts)), freedom)
    assert p_values(drawn(pair, lowest=False))[0, 1] == pytest.approx(p, rel=0.2)


def test_where_lower_is_better_the_lower_one_is_above() -> None:
    rng = np.random.default_rng(0)
    low, high = (sample(v, (v + 0.01 * rng.standard_normal(500)).tolist(), n=500) for v in (0.2, 0.6))
    pair = drawn([[high], [low]], lowest=False, higher_is_better=False)
    assert above(pair).tolist() == [[False, False], [True, False]]
    assert list(first(pair)) == [0, 1]
