from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import robtest.score as reference
from boss.errors import ResultError
from boss.metrics.intervals import wilson
from boss.metrics.scoring import majority_of, majority_value, score_predictions
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
    scores = score_predictions(make_cell(4), table, seed=3)
    assert [s.metric for s in scores] == ["accuracy", "macro_f1"]
    accuracy, macro = scores
    # negative: right 1, gold 2, predicted 1; positive: right 1, gold 2, predicted 2
    assert (accuracy.value, macro.value) == pytest.approx((0.5, (2 / 3 + 1 / 2) / 2))
    assert (accuracy.n_scored, accuracy.n_failed, accuracy.n_texts) == (4, 1, 4)
    assert (accuracy.ci.low, accuracy.ci.high) == wilson(2, 4)
    assert (macro.ci.method, macro.ci.seed, macro.ci.unit) == ("bootstrap", 3, "example")
    assert accuracy.degree is accuracy.realised is accuracy.n_unperturbable is None


def test_an_attacked_cell_by_hand(make_cell: Make, make_attack: Make, attacked: pa.Table) -> None:
    scores = score_predictions(make_cell(2, attack=make_attack((0, 0.1, 0.2), 2)), attacked, seed=0)
    assert numbers(scores) == pytest.approx(
        {
            ("accuracy", "average", 0): 1,
            ("accuracy", "worst", 0): 1,
            ("accuracy", "average", 0.1): 0.75,
            ("accuracy", "worst", 0.1): 0.5,
            ("accuracy", "attack_success_rate", 0.1): 0.5,
            ("accuracy", "average", 0.2): 0.5,
            ("accuracy", "worst", 0.2): 0,
            ("accuracy", "attack_success_rate", 0.2): 1,
            ("accuracy", "area_average", None): 0.75,  # (0.875 + 0.625) / 2
            ("accuracy", "area_worst", None): 0.5,  # (0.75 + 0.25) / 2
            ("accuracy", "weighted_total_average", None): 0.75 / 2 + 0.5 / 2,
            ("accuracy", "weighted_total_worst", None): 0.5 / 2,
            ("accuracy", "robtest_total_average", None): 0.75 / 2 + 0.5 / 4,
            ("accuracy", "robtest_total_worst", None): 0.5 / 2,
            # No d50: one class only, so always answering it is right, and nothing lies above that.
        }
    )
    by_name = {(s.aggregate, s.degree): s for s in scores}
    assert by_name["robtest_total_worst", None].maximum == 0.75
    assert by_name["area_average", None].n_texts == by_name["weighted_total_worst", None].n_texts == 10
    assert by_name["weighted_total_average", None].n_texts == 8  # all but the clean ones
    assert by_name["area_average", None].realised is None
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
    rising = score_predictions(make_cell(2, attack=make_attack((0, 0.1, 0.2), 2)), attacked, seed=0)
    falling = score_predictions(make_cell(2, attack=make_attack((0.2, 0.1), 2)), attacked, seed=0)
    assert [s.degree for s in falling if s.degree is not None] == [0.2, 0.2, 0.2, 0.1, 0.1, 0.1]
    assert {str(s) for s in falling} < {str(s) for s in rising}


def test_unperturbable_variants_are_counted_at_their_degree(
    make_cell: Make, make_attack: Make, attacked: pa.Table
) -> None:
    flags = pa.array([row["degree"] == 0.1 and row["variant"] == 1 for row in attacked.to_pylist()])
    at = attacked.schema.get_field_index("unperturbable")
    table = attacked.set_column(at, attacked.schema.field(at), flags)
    scores = score_predictions(make_cell(2, attack=make_attack((0, 0.1, 0.2), 2)), table, seed=0)
    at_degrees = [s.n_unperturbable for s in scores if s.degree is not None]
    assert at_degrees == [0, 0, 2, 2, 2, 0, 0, 0]


@pytest.fixture
def partly(make_table: Make, leave_alone: Make) -> pa.Table:
    """Three examples, two variants, degrees 0, 0.1 and 0.2; all gold labels are negative.

    No edit of c fits at any degree. Of b one variant is changed at 0.1 and none at 0.2, as of a search that
    may make another text at each. Only a is ever wrong: in variant 0 from 0.1 on.
    """
    rows = [(e, N, N, 0, 0.0) for e in "abc"]
    rows += [(e, N, P if (e, v) == ("a", 0) else N, v, d) for e in "abc" for v in (0, 1) for d in (0.1, 0.2)]
    alone = {("b", 1, 0.1), ("b", 0, 0.2), ("b", 1, 0.2)}
    return leave_alone(make_table(rows), lambda e, v, d: e == "c" or (e, v, d) in alone)


OFF_CURVE = ("area", "weighted_total", "robtest_total")


def test_coverage_is_the_share_of_examples_with_a_changed_copy_by_hand(
    make_cell: Make, make_attack: Make, partly: pa.Table
) -> None:
    scores = score_predictions(make_cell(3, attack=make_attack((0, 0.1, 0.2), 2)), partly, seed=0)
    by_name = {(str(s.aggregate), s.degree): s for s in scores}
    expected: dict[tuple[str, float | None], float | None] = {
        ("average", 0): None,
        ("worst", 0): None,
        ("average", 0.1): 2 / 3,
        ("worst", 0.1): 2 / 3,
        ("attack_success_rate", 0.1): 2 / 3,
        ("average", 0.2): 1 / 3,
        ("worst", 0.2): 2 / 3,  # nested: b was changed at 0.1
        ("attack_success_rate", 0.2): 2 / 3,
        **{(f"{kind}_average", None): 1 / 2 for kind in OFF_CURVE},
        **{(f"{kind}_worst", None): 2 / 3 for kind in OFF_CURVE},
    }
    assert {key: score.coverage for key, score in by_name.items()} == pytest.approx(expected)
    touched = {key: s.touched for key, s in by_name.items() if s.touched is not None}
    assert {key: number.value for key, number in touched.items()} == {
        ("average", 0.1): 3 / 4,  # a is right in one of two copies, b in both
        ("worst", 0.1): 1 / 2,
        ("attack_success_rate", 0.1): 1 / 2,
        ("average", 0.2): 1 / 2,
        ("worst", 0.2): 1 / 2,
        ("attack_success_rate", 0.2): 1 / 2,
    }
    assert {key: n.n_scored for key, n in touched.items() if n.n_scored != 2} == {("average", 0.2): 1}
    assert by_name["worst", 0.2].value == pytest.approx(2 / 3)
    ci = touched["worst", 0.2].ci
    assert (ci.low, ci.high) == wilson(1, 2)


def test_without_a_changed_text_or_an_unchanged_one_there_is_no_number_of_its_own(
    make_cell: Make, make_attack: Make, attacked: pa.Table, leave_alone: Make
) -> None:
    cell = make_cell(2, attack=make_attack((0, 0.1, 0.2), 2))
    whole = score_predictions(cell, attacked, seed=0)
    assert {s.coverage for s in whole if s.degree != 0} == {1}
    none = score_predictions(cell, leave_alone(attacked, lambda e, v, d: True), seed=0)
    assert {s.coverage for s in none if s.degree != 0} == {0}
    assert [s.touched for s in (*whole, *none) if s.touched is not None] == []


def test_of_touched_examples_none_of_which_was_right_there_is_no_success_rate(
    make_cell: Make, make_attack: Make, make_table: Make, leave_alone: Make
) -> None:
    table = make_table([(e, N, P if e == "a" else N, 0, d) for e in "ab" for d in (0.0, 0.1)])
    table = leave_alone(table, lambda e, v, d: e == "b")
    average, _, success, *_ = score_predictions(make_cell(2, attack=make_attack((0.1,), 1)), table, seed=0)
    assert average.touched is not None
    assert (average.coverage, average.touched.value) == (0.5, 0)
    assert (success.aggregate, success.coverage, success.touched) == ("attack_success_rate", 0, None)


def test_the_touched_examples_are_drawn_among_themselves_by_source(
    make_cell: Make, make_attack: Make, make_table: Make, leave_alone: Make
) -> None:
    """Eight examples of four sources; those of the last two sources alone could be changed."""
    names = "abcdefgh"
    rows = [(e, N, N, 0, 0.0) for e in names] + [(e, N, P if e in "eg" else N, 0, 0.1) for e in names]
    table = make_table(rows, sources={name: str(i // 2) for i, name in enumerate(names)})
    table = leave_alone(table, lambda e, v, d: e in "abcd")
    average = score_predictions(make_cell(8, attack=make_attack((0.1,), 1)), table, seed=0)[0]
    assert (average.value, average.coverage, average.ci.n_units) == (0.75, 0.5, 4)
    assert average.touched is not None
    assert (average.touched.value, average.touched.n_scored) == (0.5, 4)
    assert (average.touched.ci.unit, average.touched.ci.n_units) == ("source", 2)


def test_one_variant_is_a_proportion_of_distinct_examples(
    make_cell: Make, make_attack: Make, make_table: Make
) -> None:
    table = make_table([(e, N, N, 0, d) for e in "abc" for d in (0.0, 0.1)])
    scores = score_predictions(make_cell(3, attack=make_attack((0.1,), 1)), table, seed=0)
    assert {s.ci.method for s in scores if s.degree is not None} == {"wilson"}


def test_clean_token_f1_and_exact_match(make_cell: Make, make_table: Make) -> None:
    table = make_table(
        [("q1", '["old bridge"]', "the old bridge"), ("q2", '["owl"]', "an old owl"), ("q3", '["owl"]', "")],
        sources={"q1": "page", "q2": "page"},
    )
    scores = score_predictions(make_cell(3, task="qa", labels=()), table, seed=0)
    assert numbers(scores) == pytest.approx(
        {("token_f1", "clean", None): (1 + 2 / 3) / 3, ("exact_match", "clean", None): 1 / 3}
    )
    assert {(s.ci.method, s.ci.unit, s.ci.n_units) for s in scores} == {("bootstrap", "source", 2)}


def test_clean_and_attacked_entities(make_cell: Make, make_attack: Make, make_table: Make) -> None:
    gold, half, none = "B-person O B-location", "B-person O O", "O O O"
    clean = score_predictions(
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
    measurement = make_cell(1, task="ner", labels=("person", "location"), attack=make_attack((0, 0.2), 2))
    found = numbers(score_predictions(measurement, make_table(rows), seed=0))
    assert found["sentence_f1", "average", 0.2] == pytest.approx(1 / 3)
    assert found["sentence_f1", "worst", 0.2] == 0


def test_a_recall_only_cell_refuses_two_gold_classes(make_cell: Make, make_table: Make) -> None:
    measurement = make_cell(2, task="toxicity", labels=("benign", "toxic"), recall_only=True)
    one = score_predictions(
        measurement, make_table([("a", "toxic", "toxic"), ("b", "toxic", "benign")]), seed=0
    )
    assert numbers(one) == {("recall", "clean", None): 0.5}
    with pytest.raises(ResultError, match="found benign, toxic"):
        score_predictions(
            measurement, make_table([("a", "toxic", "toxic"), ("b", "benign", "benign")]), seed=0
        )


def test_row_order_changes_nothing(make_cell: Make, make_attack: Make, attacked: pa.Table) -> None:
    measurement = make_cell(2, attack=make_attack((0, 0.1, 0.2), 2))
    shuffled = attacked.take(np.random.default_rng(0).permutation(attacked.num_rows))
    assert score_predictions(measurement, shuffled, seed=4) == score_predictions(
        measurement, attacked, seed=4
    )


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
    measurement = make_cell(len(right), attack=make_attack((0, 0.1, 0.2, 0.3), 2))
    scores = score_predictions(measurement, make_table(rows), seed=0, n_resamples=10)
    average = [s.value for s in scores if s.aggregate == "average"]
    worst = [s.value for s in scores if s.aggregate == "worst"]
    assert all(w <= a for w, a in zip(worst, average, strict=True))
    assert worst == sorted(worst, reverse=True)


def test_the_majority_by_hand() -> None:
    assert majority_of([N, P, N, N]) == 0.75
    with pytest.raises(ResultError, match="no labels"):
        majority_of([])


def test_the_majority_line_belongs_to_accuracy_only(
    make_cell: Make, make_attack: Make, make_table: Make
) -> None:
    rows = [(e, N if e != "d" else P, N, 0, d) for e in "abcd" for d in (0.0, 0.1, 0.2)]
    measurement = make_cell(4, majority=0.75, attack=make_attack((0, 0.1, 0.2), 1))
    of = {
        s.aggregate: majority_value(measurement, s)
        for s in score_predictions(measurement, make_table(rows), seed=0)
    }
    assert (of["average"], of["area_worst"], of["weighted_total_worst"]) == (0.75, 0.75, 0.75)
    assert of["robtest_total_worst"] == 0.75 * 0.75
    assert of["attack_success_rate"] is None
    clean = make_cell(4, majority=0.75)
    headline, macro = score_predictions(clean, make_table([row[:3] for row in rows[::3]]), seed=0)
    assert (majority_value(clean, headline), majority_value(clean, macro)) == (0.75, None)


# Six examples in three classes of two, so chance is 1/3; degrees 0, 0.1, 0.2, 0.4; one variant.
# Right answers by degree: a, b always; c, d until 0.1; e at 0 only; f never.
RIGHT = {"a": 4, "b": 4, "c": 2, "d": 2, "e": 1, "f": 0}
GOLD = dict(zip("abcdef", ["x", "y", "x", "y", "z", "z"], strict=True))
SWEEP = (0.0, 0.1, 0.2, 0.4)


@pytest.fixture
def fading(make_table: Make) -> pa.Table:
    wrong = {"x": "y", "y": "z", "z": "x"}
    return make_table(
        [
            (e, gold, gold if i < RIGHT[e] else wrong[gold], 0, degree)
            for e, gold in GOLD.items()
            for i, degree in enumerate(SWEEP)
        ]
    )


def test_success_counts_only_what_was_right_before(
    make_cell: Make, make_attack: Make, fading: pa.Table
) -> None:
    measurement = make_cell(6, task="nli", labels=("x", "y", "z"), attack=make_attack(SWEEP, 1))
    rates = [
        s for s in score_predictions(measurement, fading, seed=0) if s.aggregate == "attack_success_rate"
    ]
    assert [s.value for s in rates] == pytest.approx([1 / 5, 3 / 5, 3 / 5])
    assert [s.n_scored for s in rates] == [5, 5, 5]
    assert [s.n_texts for s in rates] == [10, 15, 20]  # f's are not among them
    assert [(s.ci.low, s.ci.high) for s in rates] == [wilson(1, 5), wilson(3, 5), wilson(3, 5)]
    assert not any(s.higher_is_better for s in rates)


def test_d50_of_accuracy_counts_from_the_majority(
    make_cell: Make, make_attack: Make, fading: pa.Table
) -> None:
    measurement = make_cell(6, task="nli", labels=("x", "y", "z"), attack=make_attack(SWEEP, 1))
    found = {s.aggregate: s for s in score_predictions(measurement, fading, seed=0)}
    # From 5/6 half way down to 1/3 is 7/12, between 4/6 at 0.1 and 2/6 at 0.2.
    assert found["d50_average"].value == pytest.approx(0.1 + 0.1 * (4 / 6 - 7 / 12) / (2 / 6))
    ci = found["d50_average"].ci
    assert (ci.method, ci.unit, ci.n_units) == ("bootstrap", "source", 6)
    assert ci.n_undefined is not None and 0 < ci.n_undefined < 2000
    assert found["area_average"].value == pytest.approx((0.1 * 4.5 + 0.1 * 3 + 0.2 * 2) / 6 / 0.4)


def test_a_success_rate_without_right_examples_and_a_d50_that_is_never_reached_have_no_score(
    make_cell: Make, make_attack: Make, make_table: Make
) -> None:
    measurement = make_cell(2, attack=make_attack((0, 0.1), 1))
    lost = make_table([(e, g, N if g == P else P, 0, d) for e, g in (("a", N), ("b", P)) for d in (0.0, 0.1)])
    kept = make_table([(e, g, g, 0, d) for e, g in (("a", N), ("b", P)) for d in (0.0, 0.1)])
    assert "attack_success_rate" not in {s.aggregate for s in score_predictions(measurement, lost, seed=0)}
    assert not {s.aggregate for s in score_predictions(measurement, kept, seed=0)} & {
        "d50_average",
        "d50_worst",
    }


def test_success_in_entities_is_a_sentence_no_longer_exact_and_in_answers_an_inexact_match(
    make_cell: Make, make_attack: Make, make_table: Make
) -> None:
    gold, half = "B-person O B-location", "B-person O O"
    rows = [("s", gold, gold, 0, 0.0), ("s", gold, half, 0, 0.2), ("t", gold, half, 0, 0.0)]
    table = make_table([*rows, ("t", gold, half, 0, 0.2)])
    measurement = make_cell(2, task="ner", labels=("person", "location"), attack=make_attack((0, 0.2), 1))
    ner = {s.aggregate: s for s in score_predictions(measurement, table, seed=0)}["attack_success_rate"]
    assert (ner.metric, ner.value, ner.n_scored) == ("sentence_f1", 1, 1)

    gold = '["old bridge"]'
    table = make_table([("q", gold, "old bridge", 0, 0.0), ("q", gold, "bridge", 0, 0.2)])
    qa = score_predictions(make_cell(1, task="qa", labels=(), attack=make_attack((0, 0.2), 1)), table, seed=0)
    assert [(s.metric, s.value) for s in qa if s.aggregate == "attack_success_rate"] == [("exact_match", 1)]


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32 - 1))
def test_every_number_agrees_with_robtests_plain_functions(
    make_cell: Make, make_attack: Make, make_table: Make, seed: int
) -> None:
    right = np.random.default_rng(seed).random((5, 2, 4)) < 0.7
    right[:, 1, 0] = right[:, 0, 0]  # both variants begin at the clean answer
    rows = [
        (f"e{i}", gold := (N, P)[i % 2], gold if right[i, v, d] else (P, N)[i % 2], v, SWEEP[d])
        for i, v, d in np.ndindex(right.shape)
        if (v, d) != (1, 0)
    ]
    found = numbers(score_predictions(make_cell(5, attack=make_attack(SWEEP, 2)), make_table(rows), seed=0))
    rates = reference.attack_success_rate(right).rates
    for name, curve in (
        ("average", reference.average(right).mean(axis=0)),
        ("worst", reference.worst(right).mean(axis=0)),
    ):
        half = float(reference.d50(SWEEP, curve, 3 / 5))
        expected = {
            **{(name, degree): curve[i] for i, degree in enumerate(SWEEP)},
            (f"area_{name}", None): reference.area(SWEEP, curve),
            (f"d50_{name}", None): half if half < np.inf else None,  # NaN where nothing is to be lost
            (f"weighted_total_{name}", None): reference.weighted_total(SWEEP, curve),
            (f"robtest_total_{name}", None): reference.weighted_total(SWEEP, curve, compatible=True),
            ("attack_success_rate", 0.4): None if rates is None else rates[-1],
        }
        for (aggregate, degree), value in expected.items():
            assert found.get(("accuracy", aggregate, degree)) == (value and pytest.approx(value))
