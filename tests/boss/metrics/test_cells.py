from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boss.errors import ResultError
from boss.metrics.cells import majority_of, majority_value, score_cell
from boss.metrics.intervals import wilson
from boss.results.schema import Score

Make = Callable[..., Any]
N, P = "negative", "positive"


def numbers(scores: list[Score]) -> dict[tuple[str, str, float | None], float]:
    return {(s.metric, s.aggregate, s.degree): s.value for s in scores}


@pytest.fixture
def attacked(make_table: Make) -> pa.Table:
    """Two examples, two variants, degrees 0, 0.1 and 0.2; all gold labels are negative."""
    answers = {
        ("a", 0, 0.0): N,
        ("a", 0, 0.1): N,
        ("a", 1, 0.1): P,  # wrong at 0.1 and right again at 0.2: worst remembers
        ("a", 0, 0.2): N,
        ("a", 1, 0.2): N,
        ("b", 0, 0.0): N,
        ("b", 0, 0.1): N,
        ("b", 1, 0.1): N,
        ("b", 0, 0.2): P,
        ("b", 1, 0.2): None,
    }
    return make_table([(e, N, answer, v, d) for (e, v, d), answer in answers.items()])


def test_a_clean_cell_by_hand(make_cell: Make, make_table: Make) -> None:
    table = make_table([("a", N, N), ("b", N, P), ("c", P, P), ("d", P, None)])
    scores = score_cell(make_cell(4), table, seed=3)
    assert [s.metric for s in scores] == ["accuracy", "macro_f1"]
    accuracy, macro = scores
    # negative: right 1, gold 2, predicted 1; positive: right 1, gold 2, predicted 2
    assert (accuracy.value, macro.value) == pytest.approx((0.5, (2 / 3 + 1 / 2) / 2))
    assert (accuracy.n_scored, accuracy.n_failed, accuracy.n_texts) == (4, 1, 4)
    assert (accuracy.ci.low, accuracy.ci.high) == wilson(2, 4)
    assert (macro.ci.method, macro.ci.seed, macro.ci.unit) == ("bootstrap", 3, "example")
    assert accuracy.degree is accuracy.realised is accuracy.n_unperturbable is None


def test_an_attacked_cell_by_hand(make_cell: Make, make_attack: Make, attacked: pa.Table) -> None:
    scores = score_cell(make_cell(2, attack=make_attack((0, 0.1, 0.2), 2)), attacked, seed=0)
    assert numbers(scores) == {
        ("accuracy", "average", 0): 1,
        ("accuracy", "worst", 0): 1,
        ("accuracy", "average", 0.1): 0.75,
        ("accuracy", "worst", 0.1): 0.5,
        ("accuracy", "average", 0.2): 0.5,
        ("accuracy", "worst", 0.2): 0,
    }
    by_name = {(s.aggregate, s.degree): s for s in scores}
    assert [by_name["average", d].n_texts for d in (0, 0.1, 0.2)] == [2, 4, 4]
    assert [by_name["worst", d].n_texts for d in (0, 0.1, 0.2)] == [2, 6, 10]
    assert [by_name["worst", d].n_failed for d in (0, 0.1, 0.2)] == [0, 0, 1]
    assert by_name["average", 0.2].ci.unit == "source"
    assert by_name["worst", 0.1].ci.method == "wilson"
    spread = by_name["worst", 0.2].realised
    assert spread is not None
    assert (spread.mean, spread.p05, spread.p95) == pytest.approx((0.2, 0.2, 0.2))


def test_scores_follow_the_cells_order_of_degrees(
    make_cell: Make, make_attack: Make, attacked: pa.Table
) -> None:
    rising = score_cell(make_cell(2, attack=make_attack((0, 0.1, 0.2), 2)), attacked, seed=0)
    falling = score_cell(make_cell(2, attack=make_attack((0.2, 0.1), 2)), attacked, seed=0)
    assert [s.degree for s in falling] == [0.2, 0.2, 0.1, 0.1]
    assert {str(s) for s in falling} < {str(s) for s in rising}


def test_unperturbable_variants_are_counted_at_their_degree(
    make_cell: Make, make_attack: Make, attacked: pa.Table
) -> None:
    flags = pa.array([row["degree"] == 0.1 and row["variant"] == 1 for row in attacked.to_pylist()])
    at = attacked.schema.get_field_index("unperturbable")
    table = attacked.set_column(at, attacked.schema.field(at), flags)
    scores = score_cell(make_cell(2, attack=make_attack((0, 0.1, 0.2), 2)), table, seed=0)
    assert [s.n_unperturbable for s in scores] == [0, 0, 2, 2, 0, 0]


def test_one_variant_is_a_proportion_of_distinct_examples(
    make_cell: Make, make_attack: Make, make_table: Make
) -> None:
    table = make_table([(e, N, N, 0, d) for e in "abc" for d in (0.0, 0.1)])
    scores = score_cell(make_cell(3, attack=make_attack((0.1,), 1)), table, seed=0)
    assert {s.ci.method for s in scores} == {"wilson"}


def test_clean_token_f1_and_exact_match(make_cell: Make, make_table: Make) -> None:
    table = make_table(
        [("q1", '["old bridge"]', "the old bridge"), ("q2", '["owl"]', "an old owl"), ("q3", '["owl"]', "")],
        sources={"q1": "page", "q2": "page"},
    )
    scores = score_cell(make_cell(3, task="qa", labels=()), table, seed=0)
    assert numbers(scores) == pytest.approx(
        {("token_f1", "clean", None): (1 + 2 / 3) / 3, ("exact_match", "clean", None): 1 / 3}
    )
    assert {(s.ci.method, s.ci.unit, s.ci.n_units) for s in scores} == {("bootstrap", "source", 2)}


def test_clean_and_attacked_entities(make_cell: Make, make_attack: Make, make_table: Make) -> None:
    gold, half, none = "B-person O B-location", "B-person O O", "O O O"
    clean = score_cell(
        make_cell(2, task="ner", labels=("person", "location")),
        make_table([("s", gold, half), ("t", none, none)]),
        seed=0,
    )
    assert numbers(clean) == pytest.approx(
        {
            ("span_f1", "clean", None): 2 / 3,
            ("span_precision", "clean", None): 1,
            ("span_recall", "clean", None): 1 / 2,
            ("sentence_f1", "clean", None): (2 / 3 + 1) / 2,
        }
    )
    rows = [("s", gold, gold, 0, 0.0), ("s", gold, half, 0, 0.2), ("s", gold, none, 1, 0.2)]
    cell = make_cell(1, task="ner", labels=("person", "location"), attack=make_attack((0, 0.2), 2))
    found = numbers(score_cell(cell, make_table(rows), seed=0))
    assert found["sentence_f1", "average", 0.2] == pytest.approx(1 / 3)
    assert found["sentence_f1", "worst", 0.2] == 0


def test_a_recall_only_cell_refuses_two_gold_classes(make_cell: Make, make_table: Make) -> None:
    cell = make_cell(2, task="toxicity", labels=("benign", "toxic"), recall_only=True)
    one = score_cell(cell, make_table([("a", "toxic", "toxic"), ("b", "toxic", "benign")]), seed=0)
    assert numbers(one) == {("recall", "clean", None): 0.5}
    with pytest.raises(ResultError, match="found benign, toxic"):
        score_cell(cell, make_table([("a", "toxic", "toxic"), ("b", "benign", "benign")]), seed=0)


def test_row_order_changes_nothing(make_cell: Make, make_attack: Make, attacked: pa.Table) -> None:
    cell = make_cell(2, attack=make_attack((0, 0.1, 0.2), 2))
    shuffled = attacked.take(np.random.default_rng(0).permutation(attacked.num_rows))
    assert score_cell(cell, shuffled, seed=4) == score_cell(cell, attacked, seed=4)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.booleans(), min_size=7, max_size=7), min_size=1, max_size=5))
def test_worst_is_at_most_average_and_never_rises(
    make_cell: Make, make_attack: Make, make_table: Make, right: list[list[bool]]
) -> None:
    slots = [(0, 0.0), *((v, d) for d in (0.1, 0.2, 0.3) for v in (0, 1))]
    rows = [
        (f"e{i}", N, N if ok else P, v, d)
        for i, example in enumerate(right)
        for ok, (v, d) in zip(example, slots, strict=True)
    ]
    cell = make_cell(len(right), attack=make_attack((0, 0.1, 0.2, 0.3), 2))
    scores = score_cell(cell, make_table(rows), seed=0, n_resamples=10)
    average = [s.value for s in scores if s.aggregate == "average"]
    worst = [s.value for s in scores if s.aggregate == "worst"]
    assert all(w <= a for w, a in zip(worst, average, strict=True))
    assert worst == sorted(worst, reverse=True)


def test_the_majority_by_hand() -> None:
    assert majority_of([N, P, N, N]) == 0.75
    with pytest.raises(ResultError, match="no labels"):
        majority_of([])


def test_the_majority_line_belongs_to_accuracy_only(make_cell: Make) -> None:
    cell = make_cell(4, majority=0.75)
    assert majority_value(cell, "accuracy") == 0.75
    assert majority_value(cell, "macro_f1") is None
