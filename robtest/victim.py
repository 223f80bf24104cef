"""A victim as users have it, a function of texts, turned into the judge the engine asks."""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from robtest.errors import VictimError
from robtest.slope import Differentiate, Slope
from robtest.types import Judge, Outcome, Query

Victim = Callable[[Sequence[str]], NDArray[np.float64]]
"""Texts in, probabilities out: shape ``(n_texts, n_classes)``, rows sum to 1. Or logits, where so said."""


@runtime_checkable
class Differentiable(Protocol):
    """A victim that gives gradients too, and so can be attacked with access=gradient."""

    def __call__(self, texts: Sequence[str], /) -> NDArray[np.float64]:
        """Return probabilities or logits, as every victim does."""
        ...

    def slopes(self, texts: Sequence[str], labels: Sequence[int], /) -> Sequence[Slope]:
        """Return of each text the slope of its score: of the margin of its label, see `judge_by`.

        Taken without dropout, and the same whatever texts are asked about together.
        """
        ...


def judge_by(victim: Victim, labels: Sequence[int], *, logits: bool = False) -> Judge:
    """Return the judge of a classifier under attack.

    An example's text is correct where its best class (the first of equals) is the label of the example;
    ``detail`` is that class. The score is the margin between the label and the best other class, of
    log-probabilities or of logits; the two are equal as long as no probability is too small for float64.

    Args:
        labels: class index of every example.
        logits: the victim gives logits, which any factor above 0 leaves the same to an attack, and not
            probabilities, which become 0 and 1 where the factor is large.
    """

    def judge(queries: Sequence[Query]) -> list[Outcome]:
        rows = _checked(victim([query.text for query in queries]), len(queries))
        scores, probs = (rows, softmax(rows, axis=1)) if logits else (_logs(rows), rows)
        golds = [labels[query.example] for query in queries]
        return [_outcome(*row) for row in zip(scores, probs, golds, strict=True)]

    return judge


def slopes_by(victim: Victim, labels: Sequence[int]) -> Differentiate:
    """Return what gives the engine slopes of a victim.

    Raises:
        VictimError: if the victim has none.
    """
    if not isinstance(victim, Differentiable):
        raise VictimError(
            "access=gradient needs a victim with a method slopes(texts, labels) "
            f"(robtest.victim.Differentiable), and {type(victim).__name__} has none; "
            "attack it with access=score or access=decision"
        )

    def differentiate(queries: Sequence[Query]) -> Sequence[Slope]:
        return victim.slopes([q.text for q in queries], [labels[q.example] for q in queries])

    return differentiate


def margin(scores: NDArray[np.float64], label: int) -> float:
    """Return the score of one class minus that of the best other one; shape ``(n_classes,)``."""
    return float(scores[label] - np.delete(scores, label).max())


def _outcome(scores: NDArray[np.float64], probs: NDArray[np.float64], label: int) -> Outcome:
    if not 0 <= label < len(scores):
        raise VictimError(f"label {label} is not a class of a victim with {len(scores)} classes")
    predicted = int(scores.argmax())
    correct = predicted == label
    return Outcome(correct, float(correct), margin(scores, label), predicted, float(probs[label]))


def _logs(probs: NDArray[np.float64]) -> NDArray[np.float64]:
    if not ((probs >= 0).all() and np.allclose(probs.sum(1), 1, atol=1e-3)):
        raise VictimError(
            "a victim must give probabilities: finite, not negative, rows summing to 1; "
            "if it gives logits, say so with logits=True"
        )
    return log_probs(probs)


def log_probs(probs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return logarithms; the smallest normal number stands for zero, so that they stay finite."""
    logs: NDArray[np.float64] = np.log(np.maximum(probs, np.finfo(np.float64).tiny))
    return logs


def _checked(rows: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    rows = np.asarray(rows, dtype=np.float64)
    if rows.ndim != 2 or len(rows) != n or rows.shape[1] < 2:
        raise VictimError(
            f"a victim must give shape ({n}, n_classes) with 2 classes or more, got {rows.shape}"
        )
    if not np.isfinite(rows).all():
        raise VictimError("a victim must give finite numbers, got NaN or infinity")
    return rows
