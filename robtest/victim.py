"""A victim as users have it, a function of texts, turned into the judge the engine asks."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from robtest.errors import VictimError
from robtest.types import Judge, Outcome, Query

Victim = Callable[[Sequence[str]], NDArray[np.float64]]
"""Texts in, probabilities out: shape ``(n_texts, n_classes)``, rows sum to 1."""


def judge_by(victim: Victim, labels: Sequence[int]) -> Judge:
    """Return the judge of a classifier under attack.

    An example's text is correct where its most probable class (the first of equals) is the label of the
    example; ``detail`` is that class. The score is the margin in log-probability between the label and
    the best other class, which softmax leaves equal to the margin of logits.

    Args:
        labels: class index of every example.
    """

    def judge(queries: Sequence[Query]) -> list[Outcome]:
        probs = _checked(victim([query.text for query in queries]), len(queries))
        return [_outcome(row, labels[query.example]) for query, row in zip(queries, probs, strict=True)]

    return judge


def _outcome(probs: NDArray[np.float64], label: int) -> Outcome:
    if not 0 <= label < len(probs):
        raise VictimError(f"label {label} is not a class of a victim with {len(probs)} classes")
    predicted = int(probs.argmax())
    # The smallest normal number stands for zero: the margin stays finite and keeps its order.
    logs = np.log(np.maximum(probs, np.finfo(np.float64).tiny))
    margin = logs[label] - np.delete(logs, label).max()
    return Outcome(predicted == label, float(predicted == label), float(margin), predicted)


def _checked(probs: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    probs = np.asarray(probs, dtype=np.float64)
    if probs.ndim != 2 or len(probs) != n or probs.shape[1] < 2:
        raise VictimError(
            f"a victim must give shape ({n}, n_classes) with 2 classes or more, got {probs.shape}"
        )
    if not (np.isfinite(probs).all() and (probs >= 0).all() and np.allclose(probs.sum(1), 1, atol=1e-3)):
        raise VictimError("a victim must give probabilities: finite, not negative, rows summing to 1")
    return probs
