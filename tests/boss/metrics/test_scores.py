import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval import metrics as seqeval
from sklearn import metrics as sklearn

from boss.errors import ResultError
from boss.metrics.scores import attacked_metrics, clean_metrics, example_value
from boss.tasks import TASKS

THREE = ("negative", "positive", "neutral")


def values(task: str, labels: tuple[str, ...], pairs: list[tuple[str, str | None]]) -> dict[str, float]:
    found = {}
    for metric in clean_metrics(TASKS[task], labels, recall_only=False):
        statistics = np.array([metric.statistics(*pair) for pair in pairs])
        found[metric.name] = float(metric.finish(statistics.sum(axis=0)))
    return found


def test_macro_f1_by_hand() -> None:
    # negative: right 1, gold 2, predicted 1 -> 2/3; positive: right 1, gold 1, predicted 2 -> 2/3
    pairs = [("negative", "negative"), ("negative", "positive"), ("positive", "positive")]
    assert values("sentiment", THREE, pairs) == pytest.approx({"accuracy": 2 / 3, "macro_f1": 2 / 3})


def test_a_class_without_examples_is_left_out_of_macro_f1() -> None:
    pairs = [("negative", "negative"), ("positive", "neutral")]
    assert values("sentiment", THREE, pairs)["macro_f1"] == pytest.approx((1 + 0) / 2)


def test_a_failed_prediction_stays_in_the_denominator() -> None:
    pairs: list[tuple[str, str | None]] = [("negative", "negative"), ("positive", None)]
    assert values("sentiment", THREE, pairs) == pytest.approx({"accuracy": 0.5, "macro_f1": 0.5})


def test_an_answer_of_the_task_that_the_dataset_lacks_is_wrong() -> None:
    two = ("negative", "positive")
    pairs = [("negative", "neutral"), ("positive", "positive")]
    assert values("sentiment", two, pairs) == pytest.approx({"accuracy": 0.5, "macro_f1": 0.5})


@pytest.mark.parametrize("pair", [("happy", "negative"), ("negative", "happy"), ("neutral", "negative")])
def test_classes_nobody_knows_are_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(ResultError, match="is not a label"):
        values("sentiment", ("negative", "positive"), [pair])


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(THREE), st.sampled_from(THREE)), min_size=1, max_size=30))
def test_accuracy_and_macro_f1_equal_scikit_learns(pairs: list[tuple[str, str]]) -> None:
    gold, predicted = zip(*pairs, strict=True)
    found = values("sentiment", THREE, list(pairs))
    present = sorted(set(gold))
    macro = sklearn.f1_score(gold, predicted, labels=present, average="macro", zero_division=0)
    assert found["accuracy"] == pytest.approx(sklearn.accuracy_score(gold, predicted))
    assert found["macro_f1"] == pytest.approx(macro)


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(*2 * [st.sampled_from(["O", "B-person", "I-person", "I-location"])]), min_size=1),
        min_size=1,
        max_size=6,
    )
)
def test_span_scores_equal_seqevals(sentences: list[list[tuple[str, str]]]) -> None:
    gold = [[g for g, _ in sentence] for sentence in sentences]
    predicted = [[p for _, p in sentence] for sentence in sentences]
    pairs = [(" ".join(g), " ".join(p)) for g, p in zip(gold, predicted, strict=True)]
    found = values("ner", ("person", "location"), list(pairs))
    assert found["span_f1"] == pytest.approx(seqeval.f1_score(gold, predicted, zero_division=0))
    assert found["span_precision"] == pytest.approx(seqeval.precision_score(gold, predicted, zero_division=0))
    assert found["span_recall"] == pytest.approx(seqeval.recall_score(gold, predicted, zero_division=0))


def test_the_headline_metric_of_every_task_comes_first() -> None:
    for task in TASKS.values():
        assert clean_metrics(task, task.labels, recall_only=False)[0].name == task.metric
        assert attacked_metrics(task, task.labels, recall_only=False)[0].name == task.attacked_metric


def test_a_recall_only_dataset_has_recall_and_nothing_else() -> None:
    task = TASKS["toxicity"]
    assert [m.name for m in clean_metrics(task, task.labels, recall_only=True)] == ["recall"]
    assert [m.name for m in attacked_metrics(task, task.labels, recall_only=True)] == ["recall"]


def test_the_value_of_one_answer_is_what_the_attacked_metric_averages() -> None:
    cases = [
        ("sentiment", "negative", "positive", False, 0),
        ("sentiment", "negative", "negative", True, 1),
        ("ner", ("B-person", "O", "B-location"), ("B-person", "O", "O"), False, 2 / 3),
        ("ner", ("O",), ("O",), True, 1),
        ("qa", ("old bridge",), "the old bridge", True, 1),
        ("qa", ("old bridge", "bridge"), "new bridge", False, 2 / 3),
        ("qa", ("old bridge",), None, False, 0),
    ]
    for task, gold, answer, correct, value in cases:
        found = example_value(TASKS[task], gold, answer)
        assert (found.correct, found.value) == (correct, pytest.approx(value))
