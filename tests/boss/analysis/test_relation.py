from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from scipy.special import expit, logit

from boss.analysis.points import Pair, Point, Score
from boss.analysis.relation import MIN_POINTS, Relation, relate
from boss.errors import ConfigError
from boss.metrics.intervals import wilson

N_SEEDS = 10
BEND = 1.2
PLANTED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "I": lambda x: -0.6 + 0.7 * x,
    "II": lambda x: -1.2 + 0.3 * x + 1.2 * np.maximum(x - BEND, 0),
    "III": lambda x: -0.4 - 0.5 * x + 1.5 * np.maximum(x - BEND, 0),
}


def pair_of(x: np.ndarray, y: np.ndarray, n: int | None = None, first_other: int = 10**6) -> Pair:
    """Points at the logits ``x`` and ``y``; those from ``first_other`` on are no baselines."""

    def score(place: float) -> Score:
        if n is None:
            return Score(float(expit(place)))
        right = round(n * float(expit(place)))
        return Score(right / n, *wilson(right, n), n)

    points = [
        Point(f"m{i}", score(a), score(b), baseline=i < first_other)
        for i, (a, b) in enumerate(zip(x, y, strict=True))
    ]
    return Pair("home to away", "", "", "id", "ood", "accuracy", tuple(points))


@cache
def planted(kind: str, seed: int, n: int = 40) -> Relation:
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(-0.5, 2.8, n))
    y = PLANTED[kind](x) + rng.normal(0, 0.15, n)
    return relate(pair_of(x, y), axis="logit", seed=0, n_resamples=400)


@pytest.mark.parametrize("kind", PLANTED)
def test_the_planted_type_is_found_and_never_another(kind: str) -> None:
    found = [planted(kind, seed).type for seed in range(N_SEEDS)]
    assert set(found) <= {kind, None}
    assert found.count(kind) >= 8


@pytest.mark.parametrize("kind", ["II", "III"])
def test_the_interval_of_the_bend_holds_the_planted_bend(kind: str) -> None:
    ends = [planted(kind, seed).intervals["bend"] for seed in range(N_SEEDS)]
    assert sum(end.low <= BEND <= end.high for end in ends) >= 8
    assert all(end.low <= end.value <= end.high for end in ends)


def test_no_verdict_is_given_on_noise() -> None:
    for seed in range(4 * N_SEEDS):
        rng = np.random.default_rng(seed)
        x, y = rng.uniform(-0.5, 2.8, 40), rng.normal(0, 0.3, 40)
        relation = relate(pair_of(x, y), axis="logit", seed=0, n_resamples=400)
        assert relation.type is None
        assert relation.reasons
        assert set(relation.off) == {None}


def test_a_falling_line_is_none_of_the_types() -> None:
    x = np.linspace(-0.5, 2.5, 30)
    y = 1 - x + 0.05 * np.tile([1.0, -1.0, 0.5], 10)
    relation = relate(pair_of(x, y), axis="logit", seed=0, n_resamples=100)
    assert relation.type is None
    assert relation.reasons[0].startswith("the best fit is none of the three types")


def test_few_points_are_not_fitted_even_on_a_perfect_line() -> None:
    x = np.linspace(-1, 2, MIN_POINTS - 1)
    relation = relate(pair_of(x, x), axis="logit", seed=0)
    assert relation.type is None
    assert relation.reasons == (f"{MIN_POINTS - 1} points; at least {MIN_POINTS} are needed",)
    assert (relation.curve, relation.bic) == (None, {})
    assert relate(
        pair_of(np.linspace(-1, 2, MIN_POINTS), np.linspace(-1, 2, MIN_POINTS)), axis="logit", seed=0
    ).type


def test_points_close_together_are_not_fitted() -> None:
    x = np.linspace(1.0, 1.2, 30)
    relation = relate(pair_of(x, x), axis="logit", seed=0)
    assert relation.reasons[0].startswith("ID scores lie within 0.0")


def test_scores_of_few_examples_are_not_fitted() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(0.3, 0.9, 40)
    few = relate(pair_of(x, x, n=30), axis="logit", seed=0)
    assert "measurement error" in few.reasons[0]
    many = relate(pair_of(x, x, n=100_000), axis="logit", seed=0)
    assert (many.type, few.type) == ("I", None)


def test_reliability_is_one_minus_error_over_variance() -> None:
    # p = 1/2 and 3/4 of 400: standard errors on the logit axis near 1 / sqrt(n p (1 - p)).
    x = np.repeat([0.0, np.log(3)], 10)
    relation = relate(pair_of(x, x, n=400), axis="logit", seed=0)
    errors = (1 / (400 / 4) + 1 / (400 * 3 / 16)) / 2
    assert relation.reliability == pytest.approx(1 - errors / x.var(ddof=1), abs=2e-3)


def test_a_point_off_the_line_has_its_distance_as_effective_robustness() -> None:
    x = np.append(np.linspace(-0.5, 2.5, 30), 1.0)
    y = 0.8 * x - 0.5
    y[:30] += 0.05 * np.tile([1.0, -1.0, 0.5, -0.5, 0.0], 6)
    y[30] += 1.0
    relation = relate(pair_of(x, y, first_other=30), axis="logit", seed=0, n_resamples=200)
    assert (relation.type, relation.n, relation.n_other) == ("I", 30, 1)
    off = relation.off[30]
    assert off is not None
    assert off.value == pytest.approx(expit(1.3) - expit(0.3), abs=0.01)
    assert 0 < off.low < off.value < off.high
    # A point of the fit is compared with the curve of the others.
    inside = relation.off[10]
    assert inside is not None
    slope, intercept = np.polyfit(np.delete(x[:30], 10), np.delete(y[:30], 10), 1)
    assert inside.value == pytest.approx(expit(y[10]) - expit(slope * x[10] + intercept))


def test_a_point_beyond_the_others_is_not_compared() -> None:
    x = np.append(np.linspace(-0.5, 2.5, 30), 3.5)
    y = 0.8 * x + 0.05 * np.resize([1.0, -1.0, 0.5], 31)
    relation = relate(pair_of(x, y, first_other=30), axis="logit", seed=0, n_resamples=200)
    assert relation.type == "I"
    assert relation.off[30] is None
    assert relation.off[0] is None  # the lowest lies outside the range of the rest


def test_the_band_holds_nineteen_of_twenty_points() -> None:
    rng = np.random.default_rng(5)
    x = rng.uniform(-0.5, 2.8, 200)
    y = PLANTED["I"](x) + rng.normal(0, 0.15, 200)
    off = [o for o in relate(pair_of(x, y), axis="logit", seed=0, n_resamples=100).off if o is not None]
    assert 0.91 <= np.mean([o.low <= 0 <= o.high for o in off]) <= 0.99


def test_all_axes_agree_on_a_strong_type() -> None:
    x = np.linspace(-0.5, 2.8, 40)
    y = PLANTED["III"](x) + 0.02 * np.resize([1.0, -1.0, 0.5], 40)
    pair = pair_of(x, y)
    assert {relate(pair, axis=axis, seed=0, n_resamples=200).type for axis in ("logit", "probit", "raw")} == {
        "III"
    }


def test_the_same_seed_gives_the_same_relation() -> None:
    assert planted("II", 1) == planted("II", 1)


def test_shares_of_the_resamples_sum_to_one() -> None:
    assert sum(planted("I", 0).shares.values()) == pytest.approx(1)


def test_a_pair_without_baselines_is_refused() -> None:
    with pytest.raises(ConfigError, match="no point is a baseline"):
        relate(pair_of(logit(np.array([0.5, 0.6])), np.zeros(2), first_other=0), axis="logit", seed=0)
