"""What a score attack lowers, on numbers small enough to do by hand."""

import math

import numpy as np
import pytest

from boss.margin import attack_score
from boss.models.base import Prediction
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


def test_an_answer_has_its_token_f1() -> None:
    assert attack_score(QA, (), ("in 1871",), Prediction("1871"), 2 / 3) == 2 / 3


def test_labels_only_have_no_score() -> None:
    assert math.isnan(attack_score(SENTIMENT, SENTIMENT.labels, "positive", Prediction("positive"), 1))
