"""A linear classifier on fixed features: fitted by scikit-learn, applied by one matrix product."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Example, Split
from boss.errors import ModelError
from boss.models.options import gold_ids
from boss.tasks import Task

Floats = NDArray[np.float64]

ABSENT_LOGIT = -30.0
"""Logit of a label the train split never showed: a probability near 1e-13, and a finite logarithm."""


@dataclass(frozen=True)
class Linear:
    """Logits = features x weight.T + bias.

    Attributes:
        weight: shape ``(n_labels, n_features)``, float64.
        bias: shape ``(n_labels,)``, float64.
    """

    weight: Floats
    bias: Floats

    def logits(self, features: Any) -> Floats:
        """Return shape ``(n, n_labels)`` for a dense or sparse matrix of shape ``(n, n_features)``."""
        return np.asarray(features @ self.weight.T, dtype=np.float64) + self.bias

    def arrays(self) -> dict[str, Floats]:
        """Return what `boss.models.cache.save_arrays` stores."""
        return {"weight": self.weight, "bias": self.bias}


def softmax(logits: Floats) -> Floats:
    """Return probabilities over the last axis; rows sum to 1."""
    shifted = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(-1, keepdims=True), dtype=np.float64)


def fit_linear(
    features: Any,
    gold: NDArray[np.intp],
    n_labels: int,
    validation: tuple[Any, NDArray[np.intp]] | None,
    *,
    strengths: Sequence[float] = (1.0,),
    standardise: bool = False,
    tolerance: float = 1e-4,
) -> Linear:
    """Fit multinomial logistic regression; choose its strength by log-loss on the validation split.

    Args:
        features: dense or sparse, shape ``(n, n_features)``.
        strengths: scikit-learn's ``C``, smallest first; without a validation split the middle is used.
        standardise: scale dense features to mean 0 and deviation 1 (folded into the weights).

    Raises:
        ModelError: if fewer than two classes occur.
    """
    if len(np.unique(gold)) < 2:
        raise ModelError("a linear model needs at least two different labels in the train split, got one")
    mean, scale = _scaling(features) if standardise else (0.0, 1.0)
    scaled = (features - mean) / scale if standardise else features
    candidates = strengths if validation is not None else (strengths[len(strengths) // 2],)
    best, lowest = None, np.inf
    for strength in candidates:
        linear = _regression(scaled, gold, n_labels, strength, tolerance)
        if standardise:
            linear = Linear(linear.weight / scale, linear.bias - linear.weight @ (mean / scale))
        loss = 0.0 if validation is None else log_loss(linear.logits(validation[0]), validation[1])
        if loss < lowest:
            best, lowest = linear, loss
    if best is None:
        raise ModelError("the linear model did not converge to finite weights; check the features")
    return best


def fit_on(
    task: Task,
    features: Callable[[Sequence[Example]], Any],
    train: Split,
    validation: Split | None,
    **options: Any,
) -> Linear:
    """Fit a linear model of a task's labels on features of the examples, see `fit_linear`."""

    def table(split: Split) -> tuple[Any, NDArray[np.intp]]:
        gold = np.concatenate(gold_ids(task, split))  # first: features take long, a wrong label stops at once
        return features(split.examples), gold

    examples = table(train)
    check = table(validation) if validation is not None and validation.examples else None
    return fit_linear(*examples, len(task.labels), check, **options)


def log_loss(logits: Floats, gold: NDArray[np.intp]) -> float:
    """Return the mean negative log-probability of the gold labels, in nats."""
    chosen = softmax(logits)[np.arange(len(gold)), gold]
    return float(-np.log(np.maximum(chosen, 1e-300)).mean())


def _scaling(features: Floats) -> tuple[Floats | float, Floats | float]:
    scale = features.std(axis=0)
    return features.mean(axis=0), np.where(scale > 0, scale, 1.0)


def _regression(features: Any, gold: NDArray[np.intp], n_labels: int, strength: float, tol: float) -> Linear:
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    # One thread: sums then do not depend on the number of cores, and on a busy machine it is faster.
    with threadpool_limits(1):
        fitted = LogisticRegression(C=strength, max_iter=2000, tol=tol).fit(features, gold)
    weight, bias = np.asarray(fitted.coef_, np.float64), np.asarray(fitted.intercept_, np.float64)
    if len(weight) == 1:  # two classes: scikit-learn keeps only the difference of the two logits
        weight, bias = np.vstack([-weight / 2, weight / 2]), np.concatenate([-bias / 2, bias / 2])
    full = Linear(np.zeros((n_labels, weight.shape[1])), np.full(n_labels, ABSENT_LOGIT))
    full.weight[fitted.classes_] = weight
    full.bias[fitted.classes_] = bias
    return full
