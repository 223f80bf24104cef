"""Where BOSS's own arithmetic gives another number than the corrected one, and where it must not."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest
from seqeval import metrics as seqeval

from boss.errors import ResultError
from boss.measurement import Measurement
from boss.metrics.scoring import score_predictions, tally
from boss.metrics.summaries import Summaries
from boss.metrics.upstream import MAX_PIECES, encode_piece_tags, piece_counts
from boss.results.compare import check_comparable
from boss.results.schema import PREDICTIONS, Cost, Record, Subject

MakeCell = Callable[..., Measurement]
MakeTable = Callable[..., pa.Table]
TYPES = ("person", "location")


def values(measurement: Measurement, table: pa.Table) -> Mapping[str, float]:
    return {
        score.metric: score.value for score in score_predictions(measurement, table, seed=0, n_resamples=50)
    }


def golds(*answers: str) -> str:
    return json.dumps(list(answers))


@pytest.fixture
def subject() -> Subject:
    return Subject(
        id="made up",
        revision="1",
        adapter="callable",
        method="none",
        weights_sha256="unknown",
        finetuned_on="none",
        training_datasets=(),
        n_parameters=None,
        licence="MIT",
        dtype="float32",
        max_length=None,
        fingerprint="f",
    )


@pytest.fixture
def tagged(make_table: MakeTable) -> Callable[[Sequence[tuple[Any, ...]]], pa.Table]:
    """Rows are (gold tags, predicted tags, tags of the pieces)."""

    def make(rows: Sequence[tuple[Any, ...]]) -> pa.Table:
        table = make_table([(f"e{i}", gold, given) for i, (gold, given, _) in enumerate(rows)])
        column = PREDICTIONS.get_field_index("piece_tags")
        return table.set_column(column, PREDICTIONS.field("piece_tags"), [[row[2] for row in rows]])

    return make


def test_an_answer_that_cannot_be_read_leaves_the_denominator(
    make_cell: MakeCell, make_table: MakeTable
) -> None:
    rows = [
        ("a", "positive", "positive"),
        ("b", "negative", "positive"),
        ("c", "negative", None),
        ("d", "positive", None),
    ]
    scores = score_predictions(make_cell(4, scoring="boss"), make_table(rows), seed=0, n_resamples=50)
    by_name = {score.metric: score for score in scores}
    assert list(by_name) == ["accuracy", "macro_f1", "accuracy_boss"]
    corrected, upstream = by_name["accuracy"], by_name["accuracy_boss"]
    assert (corrected.value, corrected.n_scored, corrected.ci.n_units) == (1 / 4, 4, 4)
    assert (upstream.value, upstream.n_scored, upstream.ci.n_units) == (1 / 2, 2, 2)
    assert corrected.n_failed == upstream.n_failed == 2


def test_where_every_answer_can_be_read_both_accuracies_are_the_same(
    make_cell: MakeCell, make_table: MakeTable
) -> None:
    rows = [("a", "positive", "positive"), ("b", "negative", "positive"), ("c", "negative", "negative")]
    corrected, upstream = (
        next(
            s
            for s in score_predictions(make_cell(3, scoring="boss"), make_table(rows), seed=0)
            if s.metric == n
        )
        for n in ("accuracy", "accuracy_boss")
    )
    assert corrected.model_copy(update={"metric": "accuracy_boss"}) == upstream


def test_there_is_no_accuracy_where_no_answer_can_be_read(make_cell: MakeCell, make_table: MakeTable) -> None:
    table = make_table([("a", "positive", None)])
    assert list(values(make_cell(1, scoring="boss"), table)) == ["accuracy", "macro_f1"]


def test_recall_is_never_called_accuracy(make_cell: MakeCell, make_table: MakeTable) -> None:
    measurement = make_cell(2, recall_only=True, scoring="boss")
    table = make_table([("a", "negative", "negative"), ("b", "negative", None)])
    assert values(measurement, table) == {"recall": 0.5, "recall_boss": 1.0}


@pytest.mark.parametrize(("dataset", "expected"), [("advqa", 0.0), ("squad", 1.0)])
def test_only_the_first_answer_of_adversarial_qa_counts(
    dataset: str, expected: float, make_cell: MakeCell, make_table: MakeTable
) -> None:
    measurement = make_cell(1, "qa", (), dataset=dataset, scoring="boss")
    table = make_table([("a", golds("green kite", "red boat"), "The red boat")])
    assert values(measurement, table) == {
        "token_f1": 1.0,
        "exact_match": 1.0,
        "token_f1_boss": expected,
        "exact_match_boss": expected,
    }


def test_two_empty_answers_share_no_token_but_match_exactly(
    make_cell: MakeCell, make_table: MakeTable
) -> None:
    measurement = make_cell(1, "qa", (), scoring="boss")
    table = make_table([("a", golds("A!"), "the")])
    assert values(measurement, table) == {
        "token_f1": 1.0,
        "exact_match": 1.0,
        "token_f1_boss": 0.0,
        "exact_match_boss": 1.0,
    }


def test_a_missing_answer_to_a_question_is_wrong_in_both(make_cell: MakeCell, make_table: MakeTable) -> None:
    measurement = make_cell(2, "qa", (), scoring="boss")
    table = make_table([("a", golds("red boat"), None), ("b", golds("red boat"), "boat")])
    found = values(measurement, table)
    assert found["token_f1"] == found["token_f1_boss"] == pytest.approx((0 + 2 / 3) / 2)


def test_a_word_of_three_pieces_is_three_entities(
    make_cell: MakeCell, tagged: Callable[..., pa.Table]
) -> None:
    # Two right words and one that is missed: of words 2·2 / (3 + 2) = 4/5. The right ones are of three
    # pieces and of one, the missed one is of four: 2·4 / (8 + 4) = 2/3.
    gold, given = "B-person O B-location B-person", "B-person O B-location O"
    table = tagged([(gold, given, "B-person,B-person,B-person O B-location O,O,O,O")])
    found = values(make_cell(1, "ner", TYPES, scoring="boss"), table)
    assert found["span_f1"] == pytest.approx(4 / 5)
    assert found["span_f1_boss"] == pytest.approx(2 / 3)
    assert (found["span_precision_boss"], found["span_recall_boss"]) == (1.0, 0.5)
    assert len(found) == 7


def test_words_of_one_piece_score_the_same_in_both(
    make_cell: MakeCell, tagged: Callable[..., pa.Table]
) -> None:
    rows = [("B-person I-person O", "B-person O O"), ("O B-location", "O B-location"), ("O", "B-person")]
    found = values(
        make_cell(3, "ner", TYPES, scoring="boss"), tagged([(gold, given, given) for gold, given in rows])
    )
    for name in ("span_f1", "span_precision", "span_recall"):
        assert found[f"{name}_boss"] == found[name]


def test_tags_that_are_not_legal_are_counted_as_they_are() -> None:
    # The corrected tags would begin with B-person; both are one entity of one piece, of another type here.
    assert piece_counts("B-person O", "I-person O") == (1, 1, 1)
    assert piece_counts("B-person I-person", "B-person I-location") == (0, 1, 2)


def test_what_is_beyond_256_sub_tokens_is_neither_gold_nor_predicted() -> None:
    n = MAX_PIECES - 1
    gold = " ".join([*["O"] * n, "B-person", "B-person"])
    given = encode_piece_tags([*["O"] * n, "B-person", "B-location"], [1] * (n + 2))
    assert piece_counts(gold, given) == (1, 1, 1)
    # The limit may fall inside a word: of its three pieces one is left.
    assert piece_counts(gold, encode_piece_tags(gold.split(), [1] * n + [3, 3])) == (1, 1, 1)


def test_a_word_without_pieces_is_no_entity() -> None:
    assert encode_piece_tags(["B-person", "O"], [0, 2]) == "- O,O"
    assert piece_counts("B-person B-person", "- O,O") == (0, 2, 0)


def test_sub_token_scores_are_those_of_seqeval(make_cell: MakeCell, tagged: Callable[..., pa.Table]) -> None:
    rows = [
        ("B-person I-person O", "B-person,I-person I-person O"),
        ("O B-location I-location", "O,O B-location I-location,B-person"),
        ("B-person", "I-person,I-person"),
    ]
    pieces = [[word.split(",") for word in given.split()] for _, given in rows]
    gold = [
        [tag for tag, word in zip(label.split(), words, strict=True) for _ in word]
        for (label, _), words in zip(rows, pieces, strict=True)
    ]
    predicted = [[tag for word in words for tag in word] for words in pieces]
    table = tagged([(label, label, given) for label, given in rows])
    found = values(make_cell(3, "ner", TYPES, scoring="boss"), table)
    assert found["span_f1_boss"] == pytest.approx(seqeval.f1_score(gold, predicted))
    assert found["span_precision_boss"] == pytest.approx(seqeval.precision_score(gold, predicted))
    assert found["span_recall_boss"] == pytest.approx(seqeval.recall_score(gold, predicted))
    assert found["span_f1"] == 1.0


def test_a_failed_sentence_is_left_out_by_boss_and_missed_by_us(
    make_cell: MakeCell, tagged: Callable[..., pa.Table]
) -> None:
    table = tagged([("B-person", "B-person", "B-person"), ("B-person", None, None)])
    scores = score_predictions(make_cell(2, "ner", TYPES, scoring="boss"), table, seed=0, n_resamples=50)
    found = {score.metric: (score.value, score.n_scored) for score in scores}
    assert found["span_recall"] == (0.5, 2)
    assert found["span_recall_boss"] == (1.0, 1)


def test_answers_without_the_tags_of_their_pieces_are_named(
    make_cell: MakeCell, make_table: MakeTable
) -> None:
    table = make_table([("quiet", "B-person", "B-person")])
    with pytest.raises(ResultError, match="answers without piece_tags: example quiet"):
        score_predictions(make_cell(1, "ner", TYPES, scoring="boss"), table, seed=0)
    assert "span_f1" in values(make_cell(1, "ner", TYPES), table)


def test_pieces_of_another_number_of_words_are_refused() -> None:
    with pytest.raises(ResultError, match="a sentence of 2 words needs the sub-tokens of as many, got 1"):
        piece_counts("O O", "O,O")


def test_corrected_scoring_has_none_of_it_and_is_not_changed_by_it(
    make_cell: MakeCell, make_table: MakeTable
) -> None:
    table = make_table([("a", "positive", "positive"), ("b", "negative", None)])
    corrected = score_predictions(make_cell(2), table, seed=0)
    both = score_predictions(make_cell(2, scoring="boss"), table, seed=0)
    assert both[: len(corrected)] == corrected
    assert [score.metric for score in both[len(corrected) :]] == ["accuracy_boss"]


def test_a_corrected_number_is_of_the_same_measurement_whatever_stands_beside_it(
    make_cell: MakeCell, make_table: MakeTable, subject: Subject
) -> None:
    table = make_table([("a", "positive", "positive"), ("b", "negative", None)])

    def records(measurement: Measurement) -> dict[str, Record]:
        scores = score_predictions(measurement, table, seed=0, n_resamples=10)
        return {
            score.metric: Record(
                run_id="r",
                created_at="2026-01-01T00:00:00Z",
                model=subject,
                measurement=measurement,
                score=score,
                cost=Cost(n_queries=2, n_forward=2),
                seed=0,
                predictions="p",
                predictions_sha256="a" * 64,
                evaluator_relationship="first_party",
            )
            for score in scores
        }

    corrected, both = records(make_cell(2)), records(make_cell(2, scoring="boss"))
    assert both.keys() - corrected.keys() == {"accuracy_boss"}
    for name, record in corrected.items():
        check_comparable(record, both[name])
        assert record.score == both[name].score
        # The rows it was made with may be more, so it is a record of its own.
        assert record.record_id != both[name].record_id
    assert len({record.record_id for record in both.values()}) == len(both)


def test_no_mean_over_datasets_mixes_the_two(
    make_cell: MakeCell, make_table: MakeTable, subject: Subject
) -> None:
    sums = Summaries(seed=0, n_resamples=50)
    for name, missing in (("one", None), ("two", "negative")):
        measurement = make_cell(2, dataset=name, role="ood", scoring="boss")
        table = make_table([("a", "positive", "positive"), ("b", "positive", missing)])
        sums.add(
            tally(measurement, table), score_predictions(measurement, table, seed=0, n_resamples=50), subject
        )
    means = {s.metric: s.value for s in sums.summaries() if s.over == "mean"}
    assert means["accuracy"] == pytest.approx((1 / 2 + 1 / 2) / 2)
    assert means["accuracy_boss"] == pytest.approx((1 + 1 / 2) / 2)
