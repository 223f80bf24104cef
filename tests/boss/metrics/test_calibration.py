from collections.abc import Callable, Sequence
from math import ceil
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boss.errors import ResultError
from boss.metrics.calibration import METRICS, N_BINS, brier, confidence_when_wrong, ece
from boss.metrics.intervals import Column, intervals
from boss.metrics.scoring import score_predictions
from boss.results.schema import Score

Make = Callable[..., Any]
Measure = Callable[..., dict[str, Score]]
N, P = "negative", "positive"


@pytest.fixture
def measure(make_cell: Make, make_table: Make) -> Measure:
    """Scores by metric of a clean measurement of (label, prediction, probability of the positive class)."""

    def make(answers: Sequence[tuple[str, str | None, float | None]], **changes: Any) -> dict[str, Score]:
        names = [f"e{i:03d}" for i in range(len(answers))]
        rows = [(name, label, given) for name, (label, given, _) in zip(names, answers, strict=True)]
        probs = {name: (1 - p, p) for name, (_, _, p) in zip(names, answers, strict=True) if p is not None}
        table = make_table(rows, probs=probs)
        return {
            score.metric: score for score in score_predictions(make_cell(len(rows), **changes), table, seed=0)
        }

    return make


def top(confidence: Sequence[float], right: Sequence[bool]) -> Column:
    """Return the column of the calibration error of answers of two classes."""
    c = np.asarray(confidence, dtype=np.float64)
    names = [f"e{i}" for i in range(len(c))]
    return ece(np.stack([c, 1 - c], axis=1), np.asarray(right), np.ones(len(c), dtype=bool), names)


def test_a_cell_by_hand(measure: Measure) -> None:
    found = measure([(N, N, 0.1), (P, P, 0.6), (N, P, 0.8), (P, N, 0.0)])
    assert found["brier"].value == pytest.approx((0.02 + 0.32 + 1.28 + 2) / 4)
    assert found["ece"].value == pytest.approx((0.1 + 0.4 + 0.8 + 1) / 4)  # each in a bin of its own
    assert found["confidence_when_wrong"].value == pytest.approx((0.8 + 1) / 2)
    assert [found[name].maximum for name in METRICS] == [2, 1, 1]
    assert [found[name].n_scored for name in METRICS] == [4, 4, 2]
    assert not any(found[name].higher_is_better for name in METRICS)
    for score in (found[name] for name in METRICS):
        assert 0 <= score.ci.low <= score.value <= score.ci.high <= score.maximum
    assert [*found] == ["accuracy", "macro_f1", *METRICS]


def test_a_failed_prediction_is_left_out_and_counted(measure: Measure) -> None:
    whole, holed = measure([(N, N, 0.3), (P, N, 0.2)]), measure([(N, N, 0.3), (N, None, None), (P, N, 0.2)])
    for name in METRICS:
        assert holed[name].value == whole[name].value
        assert holed[name].n_scored == whole[name].n_scored == holed[name].n_texts - 1
        assert holed[name].n_failed == 1
    assert holed["accuracy"].value == pytest.approx(1 / 3)


def test_where_nothing_is_wrong_there_is_no_confidence_when_wrong(measure: Measure) -> None:
    assert "confidence_when_wrong" not in measure([(N, N, 0.1), (P, P, 0.7)])


def test_a_recall_only_cell_has_no_calibration_error(measure: Measure) -> None:
    found = measure([(P, P, 0.7), (P, N, 0.4)], recall_only=True)
    assert [*found] == ["recall", "brier", "confidence_when_wrong"]


def test_probabilities_are_those_of_all_answers_or_of_none(measure: Measure) -> None:
    assert not {*METRICS} & {*measure([(P, P, 0.7), (P, N, None)])}
    assert not {*METRICS} & {*measure([(P, None, None)])}


def test_an_attacked_cell_and_other_tasks_have_none(
    make_cell: Make, make_attack: Make, make_table: Make
) -> None:
    table = make_table([("a", N, N, 0, 0.0), ("a", N, P, 0, 0.1)], probs={"a": (0.5, 0.5)})
    scores = score_predictions(make_cell(1, attack=make_attack((0, 0.1), 1)), table, seed=0)
    scores += score_predictions(make_cell(1, task="qa", labels=()), make_table([("a", '["x"]', "x")]), seed=0)
    assert not {*METRICS} & {score.metric for score in scores}


@pytest.mark.parametrize("probs", [(1.0,), (0.5, 0.4, 0.1), (0.5, 0.4), (1.2, -0.2), (float("nan"), 0.5), ()])
def test_what_are_no_probabilities_is_refused_by_name(
    probs: tuple[float, ...], make_cell: Make, make_table: Make
) -> None:
    table = make_table([("a", N, N), ("b", N, N)], probs={"a": (0.5, 0.5), "b": probs})
    with pytest.raises(ResultError, match=r"probabilities.*: example b$"):
        score_predictions(make_cell(2), table, seed=0)


def test_numbers_do_not_depend_on_the_order_of_rows(make_cell: Make, make_table: Make) -> None:
    names = [f"e{i}" for i in range(40)]
    rows = [(name, (N, P)[i % 2], (N, P)[i % 3 == 0]) for i, name in enumerate(names)]
    table = make_table(rows, probs={name: (0.4, 0.6) for name in names})  # all as confident
    assert score_predictions(make_cell(40), table, seed=0) == score_predictions(
        make_cell(40), table[::-1], seed=0
    )


def test_a_brier_score_goes_from_sure_and_right_to_sure_and_wrong() -> None:
    answered = np.ones(1, dtype=bool)
    values = [brier(np.array([[p, 1 - p, 0]]), np.array([0]), answered).value for p in (1, 0.5, 0)]
    assert values == [0, 0.5, 2]


def test_equal_confidences_do_not_put_right_and_wrong_answers_into_different_bins() -> None:
    right = np.arange(1500) % 5 > 0  # 80 % right, and said so: sorted by rightness the error would be 0.32
    assert top([0.8] * 1500, np.sort(right)).value < 0.05


@given(
    st.lists(
        st.tuples(st.integers(500, 1000), st.booleans()), min_size=1, max_size=80, unique_by=lambda x: x[0]
    )
)
def test_the_error_is_that_of_a_plain_loop_over_bins(answers: list[tuple[int, bool]]) -> None:
    n, ordered = len(answers), sorted(answers)
    sizes = [n // N_BINS + (b < n % N_BINS) for b in range(N_BINS)]
    expected, start = 0.0, 0
    for size in sizes:
        members = ordered[start : start + size]
        start += size
        if members:
            gap = sum(c / 1000 for c, _ in members) / size - sum(right for _, right in members) / size
            expected += size / n * abs(gap)
    value = top([c / 1000 for c, _ in answers], [right for _, right in answers]).value
    assert value == pytest.approx(expected)
    assert max(sizes) == ceil(n / N_BINS)


@given(st.lists(st.tuples(st.floats(0.5, 1), st.booleans()), min_size=1, max_size=80))
def test_the_error_is_at_least_the_gap_that_the_wrong_and_the_right_make(
    answers: list[tuple[float, bool]],
) -> None:
    """Mean confidence less accuracy is the confidence of the wrong less the doubt of the right."""
    c = np.array([confidence for confidence, _ in answers])
    right = np.array([good for _, good in answers])
    sure = confidence_when_wrong(np.stack([c, 1 - c], axis=1), right, np.ones(len(c), dtype=bool)).value
    gap = (0 if right.all() else (~right).mean() * sure) - ((1 - c) * right).mean()
    assert gap == pytest.approx(c.mean() - right.mean())
    assert top(c.tolist(), right.tolist()).value >= abs(gap) - 1e-12


def test_the_interval_of_a_calibrated_model_reaches_down_to_0_and_that_of_an_overconfident_one_does_not() -> (
    None
):
    rng = np.random.default_rng(1)
    confidence = rng.uniform(0.5, 1, size=600)
    honest, sources = rng.random(600) < confidence, np.arange(600)
    overconfident = rng.random(600) < confidence - 0.2
    [ci] = intervals([top(confidence, honest)], sources, seed=0)
    assert (ci.low, ci.method, ci.n_undefined) == (0, "bootstrap", 0)
    column = top(confidence, overconfident)
    [ci] = intervals([column], sources, seed=0)
    assert 0.05 < ci.low < 0.2 < ci.high < 0.3
    assert ci.low < column.value < ci.high


def test_one_source_says_nothing_of_a_calibration_error() -> None:
    [ci] = intervals([top([0.9] * 4, [True] * 4)], np.zeros(4, dtype=np.intp), seed=0)
    assert (ci.low, ci.high, ci.method, ci.n_units) == (0, 1, "range", 1)
