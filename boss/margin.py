"""What a score attack lowers: how far the right answer is ahead of the best wrong one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from boss.models.base import Prediction, Weights
from boss.models.linear import softmax
from boss.models.rivals import Place, rivals
from boss.models.spans import SpanScores
from boss.tasks import Task

Floats = NDArray[np.float64]
Gold = str | tuple[str, ...]


def attack_score(
    task: Task, labels: tuple[str, ...], gold: Gold, prediction: Prediction, value: float
) -> float:
    """Return the score of a prediction: above 0 while it is right, and the lower the nearer to wrong.

    * Classes: the gold label's logit minus the best other label's, among the labels of the dataset. The
      logit of a merged label is that of its members' summed probability.
    * Tags: the same between the gold tagging of the sentence and the best other one, where the logit
      of a tagging is the sum over its tokens; so it is the smallest margin of a token.
    * Answers of questions: start + end of the best span that is an exact match of a gold answer, minus
      that of the best other span. Where no span is one, or every span is, the worst of all spans stands
      for the one that is missing. Models that give no scores of spans have ``value``, token F1.

    Log-probabilities stand for logits where a model gives probabilities only. In float64, and apart from
    merged labels a factor of all logits is a factor of the score.

    Args:
        labels: of the dataset; the model is restricted to them.
        gold: as `boss.data.types.Example.gold_texts` gives it.
        value: of the example, see `boss.metrics.scores.example_value`.

    Returns:
        nan where the model gives labels only.
    """
    if task.kind == "span":
        return value if prediction.spans is None else _span_margin(prediction.spans, _answers(gold))
    scores = _scores(prediction)
    if scores is None:
        return float("nan")
    if task.kind == "tagging":
        columns, right = _tag_columns(task, labels, gold)
        return float(_margins(scores[:, columns], right).min(initial=np.inf))
    return float(_margins(task.project_logits(scores, labels)[None], [labels.index(str(gold))])[0])


def score_weights(task: Task, labels: tuple[str, ...], gold: Gold, prediction: Prediction) -> Weights:
    """Return the gradient of `attack_score` with respect to the logits of a prediction that has them.

    The score is a difference of maxima: of the logits it hangs on now (of equals the first), the right
    one has weight 1 and the best wrong one -1, a merged label's shared out among its members.

    Returns:
        The shape of ``prediction.logits``; for spans one array of shape ``(len, 2)`` per window.
    """
    if task.kind == "span":
        assert prediction.spans is not None
        return _span_weights(prediction.spans, _answers(gold))
    assert prediction.logits is not None
    weights = np.zeros_like(prediction.logits)
    if task.kind == "tagging":
        columns, right = _tag_columns(task, labels, gold)
        table = prediction.logits[:, columns]
        if len(table):
            row = int(_margins(table, right).argmin())
            weights[row, columns[right[row]]] = 1
            weights[row, columns[_best_other(table[row], right[row])]] = -1
        return weights
    own = labels.index(str(gold))
    other = _best_other(task.project_logits(prediction.logits, labels), own)
    for label, sign in ((labels[own], 1), (labels[other], -1)):
        members = [task.labels.index(name) for name in task.members(label)]
        weights[members] += sign * softmax(prediction.logits[members])
    return weights


def _tag_columns(task: Task, labels: tuple[str, ...], gold: Gold) -> tuple[list[int], list[int]]:
    """Return the columns of the tags a dataset has, and per token which of these columns is gold."""
    columns = [i for i, tag in enumerate(task.labels) if tag == "O" or tag[2:] in labels]
    names = [task.labels[i] for i in columns]
    return columns, [names.index(tag) for tag in gold]


def _margins(scores: Floats, gold: list[int]) -> Floats:
    """Return per row the score of its gold column minus the best other one; shape ``(n, n_labels)``."""
    rows = np.arange(len(scores))
    others = scores.copy()
    others[rows, gold] = -np.inf
    margins: Floats = scores[rows, gold] - others.max(axis=1)
    return margins


def _best_other(scores: Floats, gold: int) -> int:
    others = scores.copy()
    others[gold] = -np.inf
    return int(others.argmax())


def _span_margin(spans: SpanScores, golds: Sequence[str]) -> float:
    pair = _span_pair(spans, golds)
    return 0.0 if pair is None else pair[0].score - pair[1].score


def _span_weights(spans: SpanScores, golds: Sequence[str]) -> list[Floats]:
    weights = [np.zeros((len(item.window), 2)) for item in spans.windows]
    for place, sign in zip(_span_pair(spans, golds) or (), (1, -1), strict=False):
        weights[place.window][place.first, 0] += sign
        weights[place.window][place.last, 1] += sign
    return weights


def _span_pair(spans: SpanScores, golds: Sequence[str]) -> tuple[Place, Place] | None:
    """Return the gold span and its rival; None where the context has no span at all."""
    pair = rivals(spans, golds)
    return None if pair is None else (pair.gold or pair.lowest, pair.other or pair.lowest)


def _answers(gold: Gold) -> tuple[str, ...]:
    return (gold,) if isinstance(gold, str) else gold


def _scores(prediction: Prediction) -> Floats | None:
    if prediction.logits is not None:
        return np.asarray(prediction.logits, dtype=np.float64)
    if prediction.probs is None:
        return None
    # The smallest normal number stands for zero, so that margins stay finite and keep their order.
    return np.log(np.maximum(np.asarray(prediction.probs, np.float64), np.finfo(np.float64).tiny))
