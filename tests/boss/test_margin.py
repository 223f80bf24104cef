"""What a score attack lowers, on numbers small enough to do by hand."""

import math

import numpy as np
import pytest

from boss.margin import attack_score, score_weights
from boss.models.base import Prediction
from boss.models.pieces import Window
from boss.models.spans import Scored, SpanScores
from boss.tasks import TASKS

SENTIMENT, NLI, NER, QA = (TASKS[name] for name in ("sentiment", "nli", "ner", "qa"))


def logits(*values: float) -> Prediction:
    return Prediction("whatever", logits=np.array(values))


def test_the_margin_of_a_class_is_that_of_its_logits() -> None:
    prediction = logits(1, 4, 2.5)
    assert attack_score(SENTIMENT, SENTIMENT.labels, "positive", prediction, 1) == 1.5
    assert attack_score(SENTIMENT, SENTIMENT.labels, "neutral", prediction, 0) == -1.5


def test_labels_a_dataset_does_not_have_do_not_count() -> None:
    assert attack_score(SENTIMENT, ("negative", "positive"), "positive", logits(1, 4, 9), 1) == 3


def test_a_merged_label_has_the_logit_of_its_summed_probability() -> None:
    probs = np.array([0.4, 0.35, 0.25])
    labels = ("entailment", "not_entailment")
    for prediction in (Prediction("x", probs), Prediction("x", logits=np.log(probs) + 7)):
        assert attack_score(NLI, labels, "entailment", prediction, 0) == pytest.approx(math.log(0.4 / 0.6))


def test_probabilities_stand_in_for_logits_even_where_they_are_zero() -> None:
    prediction = Prediction("x", np.array([0.2, 0.8, 0.0]))
    assert attack_score(SENTIMENT, SENTIMENT.labels, "positive", prediction, 1) == pytest.approx(math.log(4))
    assert math.isfinite(attack_score(SENTIMENT, SENTIMENT.labels, "neutral", prediction, 0))


def test_a_thousandfold_of_the_logits_is_a_thousandfold_of_the_margin() -> None:
    small, large = logits(0.25, 3, 1), logits(250, 3000, 1000)
    for gold in SENTIMENT.labels:
        margins = [attack_score(SENTIMENT, SENTIMENT.labels, gold, p, 1) for p in (small, large)]
        assert margins[1] == 1000 * margins[0]


def test_the_margin_of_a_tagging_is_that_of_its_weakest_token() -> None:
    table = np.full((3, len(NER.labels)), -9.0)
    outside, first = NER.labels.index("O"), NER.labels.index("B-person")
    other = NER.labels.index("B-location")
    table[0, [first, outside]] = 5, 2  # 3 ahead
    table[1, [outside, first]] = 4, 3  # 1 ahead
    table[2, [outside, other]] = 4, 8  # 4 behind, but only if the dataset has locations
    prediction = Prediction(("O", "O", "O"), logits=table)
    gold = ("B-person", "O", "O")
    assert attack_score(NER, ("person",), gold, prediction, 1) == 1
    assert attack_score(NER, ("person", "location"), gold, prediction, 0) == -4


def test_an_answer_without_scores_of_spans_has_its_token_f1() -> None:
    assert attack_score(QA, (), ("in 1871",), Prediction("1871"), 2 / 3) == 2 / 3


def test_labels_only_have_no_score() -> None:
    assert math.isnan(attack_score(SENTIMENT, SENTIMENT.labels, "positive", Prediction("positive"), 1))


CONTEXT = "red green blue"


def answered(start: list[float], end: list[float]) -> Prediction:
    """The prediction of a span model that reads each word of the context as a piece."""
    window = Window(np.zeros(3, np.int64), np.zeros(3, np.int64), np.array([(0, 3), (4, 9), (10, 14)]))
    return Prediction("", spans=SpanScores(CONTEXT, (Scored(window, np.array(start), np.array(end)),)))


def test_the_margin_of_an_answer_is_that_of_its_span() -> None:
    prediction = answered([0, 5, 1], [0, 1, 4])
    # "green blue" 5 + 4 against "green" 5 + 1, and the other way round.
    assert attack_score(QA, (), ("Green blue.", "teal"), prediction, 1) == 3
    assert attack_score(QA, (), ("green",), prediction, 2 / 3) == -3
    # Nothing reads like it: the worst span, "red" 0 + 0, against the best.
    assert attack_score(QA, (), ("teal",), prediction, 0) == -9


def test_an_empty_context_has_no_margin() -> None:
    prediction = Prediction("", spans=SpanScores("", ()))
    assert attack_score(QA, (), ("green",), prediction, 0) == 0
    assert score_weights(QA, (), ("green",), prediction) == []


def test_the_weights_of_an_answer_are_those_of_two_spans() -> None:
    (weights,) = score_weights(QA, (), ("green blue",), answered([0, 5, 1], [0, 1, 4]))
    assert weights.tolist() == [[0, 0], [0, -1], [0, 1]]  # both start at green


def test_the_weights_of_a_class_are_one_for_it_and_minus_one_for_its_rival() -> None:
    weights = score_weights(SENTIMENT, SENTIMENT.labels, "positive", logits(1, 4, 2.5))
    assert np.asarray(weights).tolist() == [0, 1, -1]
    weights = score_weights(SENTIMENT, ("negative", "positive"), "positive", logits(1, 4, 2.5))
    assert np.asarray(weights).tolist() == [-1, 1, 0]


def test_the_weights_of_a_tagging_are_those_of_its_weakest_token() -> None:
    table = np.zeros((2, len(NER.labels)))
    outside, first = NER.labels.index("O"), NER.labels.index("B-person")
    table[0, [first, outside]] = 5, 2
    table[1, [outside, first]] = 4, 3
    weights = np.asarray(score_weights(NER, ("person",), ("B-person", "O"), Prediction((), logits=table)))
    assert weights[1, [outside, first]].tolist() == [1, -1]
    assert np.abs(weights).sum() == 2


@pytest.mark.parametrize("gold", ["entailment", "not_entailment"])
def test_the_weights_are_the_gradient_of_the_score_even_of_merged_labels(gold: str) -> None:
    labels, at = ("entailment", "not_entailment"), np.array([0.3, -0.4, 1.1])
    weights = np.asarray(score_weights(NLI, labels, gold, logits(*at)))
    for i, step in enumerate(np.eye(3) * 1e-6):
        up, down = (attack_score(NLI, labels, gold, logits(*(at + s)), 1) for s in (step, -step))
        assert weights[i] == pytest.approx((up - down) / 2e-6, abs=1e-6)
