"""Every metric of the suite as statistics of one answer that add up over examples.

Because statistics add up, one bootstrap of examples or sources serves all metrics alike: it resamples
rows of statistics, sums them, and finishes the sums into values (`boss.metrics.intervals`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from boss.errors import ResultError
from boss.metrics import spans, squad
from boss.tasks import Task, encode_answer

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes:
        statistics: (label, prediction) as the predictions file holds them -> k numbers; a prediction of
            None failed and counts as wrong, unless ``leaves_out_failed``.
        finish: sums of shape ``(..., k)`` -> values of shape ``(...)``, in [0, 1]. Where the metric is a
            mean over examples, finishing one row gives that example's value.
        zero_one: an example's value is 0 or 1 and the metric is their mean; its statistics are that
            value and 1.
        decides: an answer is correct where its value is 1, and wrong below.
        scores: the column of the predictions that ``statistics`` takes as the prediction.
    """

    name: str
    statistics: Callable[[str, str | None], tuple[float, ...]]
    finish: Callable[[Floats], Floats]
    zero_one: bool = False
    decides: bool = False
    higher_is_better: bool = True
    minimum: float = 0.0
    maximum: float = 1.0
    scores: Literal["prediction", "piece_tags"] = "prediction"
    leaves_out_failed: bool = False


@dataclass(frozen=True, slots=True)
class ExampleValue:
    """What one answer is worth.

    Attributes:
        correct: the right class, exactly the right spans, or an exact match.
        value: of the task's attacked metric, in [0, 1].
    """

    correct: bool
    value: float


def example_value(
    task: Task, gold: str | tuple[str, ...], answer: str | tuple[str, ...] | None
) -> ExampleValue:
    """Return what an answer is worth to an attack: the same numbers `boss.metrics.scoring` averages.

    Args:
        gold: as `boss.data.types.Example.gold_texts` gives it.
        answer: of the model; None if it failed.
    """
    label = encode_answer(task, gold)
    given = None if answer is None else encode_answer(task, answer)
    if task.kind == "tagging":
        value = spans.sentence_f1(label, given)
        return ExampleValue(value == 1, value)
    if task.kind == "span":
        return ExampleValue(squad.exact_match(label, given) == 1, squad.token_f1(label, given))
    return ExampleValue(label == given, float(label == given))


def clean_metrics(task: Task, labels: Sequence[str], recall_only: bool) -> tuple[Metric, ...]:
    """Return the metrics of a clean measurement, the headline first."""
    metrics = _clean_metrics(task, labels, recall_only)
    return tuple(sorted(metrics, key=lambda metric: metric.name != task.metric))


def _clean_metrics(task: Task, labels: Sequence[str], recall_only: bool) -> tuple[Metric, ...]:
    if task.kind == "tagging":
        return (
            Metric("span_f1", spans.span_counts, lambda s: _ratio(2 * s[..., 0], s[..., 1] + s[..., 2])),
            Metric("span_precision", spans.span_counts, lambda s: _ratio(s[..., 0], s[..., 2])),
            Metric("span_recall", spans.span_counts, lambda s: _ratio(s[..., 0], s[..., 1])),
            _mean("sentence_f1", spans.sentence_f1, decides=True),
        )
    if task.kind == "span" or recall_only or task.is_choice:
        return attacked_metrics(task, labels, recall_only)
    return (*attacked_metrics(task, labels, recall_only), _macro_f1(labels))


def attacked_metrics(task: Task, labels: Sequence[str], recall_only: bool) -> tuple[Metric, ...]:
    """Return the metrics under attack: means over examples, the task's attacked metric first."""
    if task.kind == "tagging":
        return (_mean("sentence_f1", spans.sentence_f1, decides=True),)
    if task.kind == "span":
        return (
            _mean("token_f1", squad.token_f1),
            _mean("exact_match", squad.exact_match, zero_one=True, decides=True),
        )
    golds = frozenset(labels)
    # A model without probabilities may answer a label of the task that this dataset lacks: it is wrong.
    answers = golds.union(task.labels)

    def correct(label: str, prediction: str | None) -> float:
        _check_class(label, golds)
        if prediction is not None:
            _check_class(prediction, answers)
        return float(label == prediction)

    return (_mean("recall" if recall_only else "accuracy", correct, zero_one=True, decides=True),)


def _mean(
    name: str,
    value: Callable[[str, str | None], float],
    *,
    zero_one: bool = False,
    decides: bool = False,
) -> Metric:
    return Metric(
        name,
        lambda label, prediction: (value(label, prediction), 1.0),
        lambda sums: _ratio(sums[..., 0], sums[..., 1]),
        zero_one,
        decides,
    )


def _macro_f1(labels: Sequence[str]) -> Metric:
    """Mean over the classes that occur in gold of 2·right / (gold + predicted).

    A class that no example has is left out of the mean: it has no recall, and a class absent from a
    dataset says nothing of the model. Equal to scikit-learn's
    ``f1_score(gold, predicted, labels=classes in gold, average="macro", zero_division=0)``.
    """
    index = {label: i for i, label in enumerate(labels)}

    def statistics(label: str, prediction: str | None) -> tuple[float, ...]:
        counts = np.zeros((3, len(labels)))  # right, gold, predicted
        counts[0, index[label]] = label == prediction
        counts[1, index[label]] = 1
        if prediction in index:
            counts[2, index[prediction]] = 1
        return tuple(counts.ravel())

    def finish(sums: Floats) -> Floats:
        right, gold, predicted = np.split(sums, 3, axis=-1)
        f1 = _ratio(2 * right, gold + predicted)
        return _ratio((f1 * (gold > 0)).sum(-1), (gold > 0).sum(-1))

    return Metric("macro_f1", statistics, finish)


def mean_of_counted(sums: Floats) -> Floats:
    """Return the mean of those that count, from sums of shape ``(..., 2)``; NaN where none does."""
    part, whole = sums[..., 0], sums[..., 1]
    ratio: Floats = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)
    return ratio


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Return part / whole, and 0 where both are 0 (seqeval's and scikit-learn's ``zero_division=0``)."""
    return np.divide(part, whole, out=np.zeros(np.shape(part)), where=whole > 0)


def _check_class(value: str, known: frozenset[str]) -> None:
    if value not in known:
        raise ResultError(
            f"class {value!r} is not a label; known: {', '.join(sorted(known))}. "
            "Map labels and predictions before they are stored."
        )
