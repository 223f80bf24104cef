"""What a score attack lowers: how far the right answer is ahead of the best wrong one."""

import numpy as np
from numpy.typing import NDArray

from boss.models.base import Prediction
from boss.tasks import Task

Floats = NDArray[np.float64]


def attack_score(
    task: Task, labels: tuple[str, ...], gold: str | tuple[str, ...], prediction: Prediction, value: float
) -> float:
    """Return the score of a prediction: above 0 while it is right, and the lower the nearer to wrong.

    * Classes: the gold label's logit minus the best other label's, among the labels of the dataset. The
      logit of a merged label is that of its members' summed probability.
    * Tags: the same between the gold tagging of the sentence and the best other one, where the logit
      of a tagging is the sum over its tokens; so it is the smallest margin of a token.
    * Answers of questions: ``value``, token F1; models of the suite give no scores of spans.

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
        return value
    scores = _scores(prediction)
    if scores is None:
        return float("nan")
    if task.kind == "tagging":
        known = [i for i, tag in enumerate(task.labels) if tag == "O" or tag[2:] in labels]
        names = [task.labels[i] for i in known]
        columns = scores[:, known]
        return float(_margins(columns, [names.index(tag) for tag in gold]).min(initial=np.inf))
    assert isinstance(gold, str)
    return float(_margins(task.project_logits(scores, labels)[None], [labels.index(gold)])[0])


def _margins(scores: Floats, gold: list[int]) -> Floats:
    """Return per row the score of its gold column minus the best other one; shape ``(n, n_labels)``."""
    rows = np.arange(len(scores))
    others = scores.copy()
    others[rows, gold] = -np.inf
    margins: Floats = scores[rows, gold] - others.max(axis=1)
    return margins


def _scores(prediction: Prediction) -> Floats | None:
    if prediction.logits is not None:
        return np.asarray(prediction.logits, dtype=np.float64)
    if prediction.probs is None:
        return None
    # The smallest normal number stands for zero, so that margins stay finite and keep their order.
    return np.log(np.maximum(np.asarray(prediction.probs, np.float64), np.finfo(np.float64).tiny))
