import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from boss.errors import ResultError
from boss.metrics.intervals import Column, resample
from leaderboard.board.merge import newest
from leaderboard.board.table import Choice
from leaderboard.examples.pairs import Pair, ood_mean, pairs, try_compare
from leaderboard.stats.compare import (
    OUTCOMES,
    Difference,
    Side,
    compare,
    examples,
    mcnemar,
    mean_difference,
    read_side,
    sampled_difference,
)
from leaderboard.stats.values import Sample
from leaderboard.store.index import read_runs

WriteAnswers = Callable[..., Path]
CHOICE = Choice("mini", "sentiment", "typo", "malicious", 0.1)
A, B = ("a", "default"), ("b", "default")
WORST = ("sentiment/reviews/typo-malicious-rule-default", "accuracy", "worst", 0.3)
CLEAN = ("sentiment/reviews/clean", "accuracy", "clean", None)


@pytest.fixture
def two(write_answers: WriteAnswers) -> tuple[Path, Path]:
    """Of 20 examples A is right on 0 to 15, B on 4 to 17; under attack A loses those below 8, B none."""
    a = write_answers("a", lambda _, i, degree, __: i < 16 and not (degree >= 0.3 and i < 8))
    return a, write_answers("b", lambda _, i, *__: 4 <= i < 18)


def sides(two: tuple[Path, Path], what: tuple[str, str, str, float | None]) -> tuple[Side, Side]:
    return read_side(two[0], *what), read_side(two[1], *what)


def test_counts_and_difference_are_those_by_hand(two: tuple[Path, Path]) -> None:
    found = compare(*sides(two, CLEAN))
    # only A: 0-3, only B: 16-17, neither: 18-19, both: 4-15
    assert [found.counts[name] for name in OUTCOMES] == [4, 2, 2, 12]
    assert (found.a, found.b) == pytest.approx((0.8, 0.7))
    assert found.difference == pytest.approx(0.1)
    assert found.low < 0.1 < found.high
    assert (found.n, found.n_sources) == (20, 20)


def test_under_attack_right_means_right_in_every_copy(two: tuple[Path, Path]) -> None:
    found = compare(*sides(two, WORST))
    # A is right on 8-15, B on 4-17
    assert [found.counts[name] for name in OUTCOMES] == [0, 6, 6, 8]
    assert found.difference == pytest.approx(0.4 - 0.7)
    assert found.high < 0


def test_the_interval_is_that_of_the_paired_differences(two: tuple[Path, Path]) -> None:
    found = compare(*sides(two, CLEAN))
    # the mean of 20 differences of +1 (4), -1 (2) and 0 (14): normal theory, coarse at n = 20
    error = np.std([1] * 4 + [-1] * 2 + [0] * 14) / math.sqrt(20)
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * error, rel=0.1)


def test_a_model_does_not_differ_from_itself(two: tuple[Path, Path]) -> None:
    side = read_side(two[0], *CLEAN)
    found = compare(side, side)
    assert (found.difference, found.low, found.high, found.p) == (0, 0, 0, 1)


def test_swapping_the_models_changes_the_sign_only(two: tuple[Path, Path]) -> None:
    a, b = sides(two, CLEAN)
    there, back = compare(a, b), compare(b, a)
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))
    assert back.p == there.p


def test_mcnemar_is_the_exact_test_less_half_the_observed_point() -> None:
    exact = stats.binomtest(3, 12, 0.5).pvalue
    assert mcnemar(3, 9) == pytest.approx(exact - stats.binom.pmf(3, 12, 0.5))
    assert mcnemar(0, 0) == 1
    assert mcnemar(5, 5) == pytest.approx(1)


def test_mcnemar_keeps_its_level_where_models_are_equal() -> None:
    rng = np.random.default_rng(3)
    n = rng.binomial(200, 0.2, size=4000)
    rejected = np.mean(
        [mcnemar(k, int(m) - int(k)) <= 0.05 for k, m in zip(rng.binomial(n, 0.5), n, strict=True)]
    )
    assert 0.03 < rejected < 0.06


def test_the_paired_interval_covers_the_true_difference() -> None:
    """Two models of equal skill whose answers agree mostly: 0 lies in the interval 19 times in 20."""
    rng = np.random.default_rng(11)
    covered = 0
    for round_ in range(300):
        shared = rng.random(200) < 0.7
        answers = [np.where(rng.random(200) < 0.8, shared, rng.random(200) < 0.7) for _ in range(2)]
        columns = [
            Column(np.stack([right, np.ones(200)], axis=1).astype(float), lambda s: s[..., 0] / s[..., 1])
            for right in answers
        ]
        drawn = resample(columns, np.arange(200), seed=round_, n_resamples=400)
        low, high = np.quantile(drawn[0] - drawn[1], [0.025, 0.975])
        covered += bool(low <= 0 <= high)
    assert 0.92 <= covered / 300 <= 0.98


def test_numbers_of_different_data_are_refused_with_the_reason(
    write_answers: WriteAnswers, two: tuple[Path, Path]
) -> None:
    fewer = write_answers("c", lambda *_: True, n=10)
    with pytest.raises(
        ResultError,
        match=r"they differ in content of the data: \w{12}… and \w{12}…; number of examples: 20 and 10\. ",
    ):
        compare(read_side(two[0], *CLEAN), read_side(fewer, *CLEAN))


def test_predictions_that_were_exchanged_are_refused(two: tuple[Path, Path]) -> None:
    part = "predictions/sentiment/reviews/clean/part-00000.parquet"
    (two[0] / part).write_bytes((two[1] / part).read_bytes())
    with pytest.raises(ResultError, match="not those its numbers were made of"):
        read_side(two[0], *CLEAN)


def test_a_number_that_is_not_there_is_named(two: tuple[Path, Path]) -> None:
    with pytest.raises(ResultError, match="no number accuracy, worst of sentiment/reviews/clean"):
        read_side(two[0], CLEAN[0], "accuracy", "worst", None)


def test_examples_show_the_copy_that_was_answered_wrong(two: tuple[Path, Path]) -> None:
    table = examples(*sides(two, WORST)).set_index("example_id")
    lost = table.loc["reviews-005"]
    assert lost["outcome"] == "only B right"
    assert (lost["label"], lost["answer_a"], lost["answer_b"]) == ("positive", "negative", "positive")
    assert (lost["variant_a"], lost["degree_a"]) == (0, 0.3)
    assert (lost["variant_b"], lost["degree_b"]) == (0, 0.0)
    assert table["outcome"].value_counts().to_dict() == {"both right": 8, "only B right": 6, "both wrong": 6}


def test_pairs_are_what_both_models_have_the_id_set_first(two: tuple[Path, Path]) -> None:
    rows = newest(read_runs(two[0].parents[2]).records)
    found = pairs(rows, CHOICE, A, B, "clean")
    assert [(pair.dataset, pair.role) for pair in found] == [
        ("reviews", "id"),
        ("letters", "ood"),
        ("tweets", "ood"),
    ]
    attacked = pairs(rows, CHOICE, A, B, "worst")
    assert {(pair.aggregate, pair.degree) for pair in attacked} == {("worst", 0.1)}
    assert pairs(rows, CHOICE, A, ("nobody", "default"), "clean") == []


def test_the_ood_mean_leaves_the_id_set_out_and_needs_every_set(two: tuple[Path, Path]) -> None:
    root = two[0].parents[2]
    rows = newest(read_runs(root).records)
    results = [try_compare(root.joinpath, pair) for pair in pairs(rows, CHOICE, A, B, "clean")]
    mean = ood_mean(results)
    assert mean is not None
    assert mean[0] == pytest.approx(0.1)
    parts = [result.difference for result in results[1:] if result.difference is not None]
    # two independent sets: the interval is narrower by the root of two
    assert mean[2] - mean[1] == pytest.approx((parts[0].high - parts[0].low) / math.sqrt(2), rel=0.2)
    assert mean_difference(parts) == mean
    missing = Pair("gone", "ood", "sentiment/gone/clean", *(results[0].pair.run_a,) * 2, *CLEAN[1:])
    assert ood_mean([*results, try_compare(root.joinpath, missing)]) is None


def test_the_mean_over_sets_of_different_size_has_the_interval_of_the_set_that_varies() -> None:
    rng = np.random.default_rng(0)

    def part(spread: float, n: int) -> Difference:
        return Difference(0.7, 0.5, 0.0, 0.0, n, n, {}, None, 0.2 + spread * rng.normal(size=20_000), ())

    mean, low, high = mean_difference([part(0.1, 8), part(0.001, 1000)])
    # Student's t with 7 degrees is 2.3646; a bootstrap of 8 varies sqrt(7 / 8) times too little.
    half = 2.3646 * math.sqrt(8 / 7) * 0.1 / 2
    assert (mean, low, high) == pytest.approx((0.2, 0.2 - half, 0.2 + half), abs=0.006)


def test_the_difference_out_of_kept_resamples_is_that_of_the_means() -> None:
    rng = np.random.default_rng(1)

    def sample(name: str, value: float, shift: float, examples: str = "e") -> Sample:
        return Sample(name, examples, 1000, value, value + shift)

    noise = [0.01 * rng.normal(size=20_000) for _ in range(2)]
    # the same draw moves both models alike on the first set, so nothing of it is left in the difference
    a = [sample("x", 0.8, noise[0]), sample("y", 0.6, noise[1])]
    b = [sample("y", 0.5, np.zeros(20_000)), sample("x", 0.6, noise[0])]
    found = sampled_difference(a, b)
    assert found is not None
    half = 1.962 * 0.01 / 2  # of the second set alone, halved by the mean over two
    assert found == pytest.approx((0.15, 0.15 - half, 0.15 + half), abs=0.0003)
    assert sampled_difference(a, [b[0], sample("x", 0.6, noise[0], "other examples")]) is None
    assert sampled_difference(a, b[:1]) is None
