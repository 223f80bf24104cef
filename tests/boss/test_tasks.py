import numpy as np
import pytest

from boss.errors import ConfigError, DataError
from boss.tasks import TASKS, bio_tags, encode_answer, get_task


def test_the_five_tasks_have_the_labels_of_boss_in_its_id_order() -> None:
    assert TASKS["sentiment"].labels == ("negative", "positive", "neutral")
    assert TASKS["toxicity"].labels == ("benign", "toxic")
    assert TASKS["nli"].labels == ("entailment", "neutral", "contradiction")
    assert len(TASKS["ner"].labels) == 17
    assert TASKS["ner"].labels[:3] == ("O", "B-location", "I-location")
    assert TASKS["qa"].labels == ()


def test_bio_tags_pair_every_type() -> None:
    assert bio_tags(["x"]) == ("O", "B-x", "I-x")


def test_projection_merges_and_renormalises_by_hand() -> None:
    nli, sentiment = TASKS["nli"], TASKS["sentiment"]
    merged = nli.project(np.array([[0.2, 0.5, 0.3]]), ("entailment", "not_entailment"))
    assert merged.tolist() == [[0.2, pytest.approx(0.8)]]
    # Two-way sentiment looks at the first two classes only: 0.1 against 0.3.
    two_way = sentiment.project(np.array([0.1, 0.3, 0.6]), ("negative", "positive"))
    assert two_way == pytest.approx([0.25, 0.75])


def test_projection_with_nothing_left_is_uniform() -> None:
    probs = TASKS["sentiment"].project(np.array([0.0, 0.0, 1.0]), ("negative", "positive"))
    assert probs.tolist() == [0.5, 0.5]


def test_an_unknown_label_or_task_names_the_known_ones() -> None:
    with pytest.raises(DataError, match=r"'great'.*negative, positive, neutral"):
        TASKS["sentiment"].members("great")
    with pytest.raises(ConfigError, match=r"'senti'.*sentiment, toxicity, nli, ner, qa"):
        get_task("senti")


def test_answers_are_encoded_as_one_string() -> None:
    assert encode_answer(TASKS["nli"], "neutral") == "neutral"
    assert encode_answer(TASKS["ner"], ("O", "B-person")) == "O B-person"
    assert encode_answer(TASKS["qa"], ("two", 'the "second"')) == '["two", "the \\"second\\""]'
