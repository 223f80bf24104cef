"""A victim as users have it, a function of texts, turned into the judge the engine asks."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from robtest.errors import VictimError
from robtest.plural import counted
from robtest.slope import Differentiate, Slope
from robtest.types import Judge, Outcome, Query

Victim = Callable[[Sequence[str]], NDArray[Any] | Sequence[Any]]
"""Texts in, probabilities out: shape ``(n_texts, n_classes)``, rows sum to 1. Or logits, where so said. Or,
under rule and decision access, one label for each text: the number of a class, or its name."""

Label = int | str
"""A class by its number, or by its name."""


SCORED = ("score", "gradient")
"""Accesses whose searches compare scores."""


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


def judge_by(
    victim: Victim,
    labels: Sequence[Label],
    *,
    logits: bool = False,
    classes: Sequence[str] | None = None,
    access: str = "rule",
) -> Judge:
    """Return the judge of a classifier under attack.

    An example's text is correct where its best class (the first of equals) is the label of the example;
    ``detail`` is that class. The score is the margin between the label and the best other class, of
    log-probabilities or of logits; the two are equal as long as no probability is too small for float64. It
    is ``nan`` where the victim gives labels only.

    Args:
        labels: class of every example, by number or by name.
        classes: names of the victim's classes in the order of its columns, needed where one side names
            classes and the other numbers them.
        access: score and gradient access need probabilities or logits.
        logits: the victim gives logits, which any factor above 0 leaves the same to an attack, and not
            probabilities, which become 0 and 1 where the factor is large.
    """
    named = [_numbered(label, classes) for label in labels]

    def judge(queries: Sequence[Query]) -> list[Outcome]:
        answer = victim([query.text for query in queries])
        golds = [named[query.example] for query in queries]
        hard = _hard(answer, len(queries))
        if hard is not None:
            if access in SCORED:
                raise VictimError(
                    f"the victim gives labels only, and access={access} needs probabilities or logits; "
                    "attack it with access=decision or access=rule"
                )
            return [_of_label(said, gold, classes) for said, gold in zip(hard, golds, strict=True)]
        rows = _checked(answer, len(queries))
        scores, probs = (rows, softmax(rows, axis=1)) if logits else (_logs(rows), rows)
        return [_outcome(*row) for row in zip(scores, probs, golds, strict=True)]

    return judge


def slopes_by(
    victim: Victim, labels: Sequence[Label], *, classes: Sequence[str] | None = None
) -> Differentiate:
    """Return what gives the engine slopes of a victim.

    Raises:
        VictimError: if the victim has none, or labels are names whose numbers are not known.
    """
    if not isinstance(victim, Differentiable):
        raise VictimError(
            "access=gradient needs a victim with a method slopes(texts, labels) "
            f"(robtest.victim.Differentiable), and {type(victim).__name__} has none; "
            "attack it with access=score or access=decision"
        )

    numbers = [_number(_numbered(label, classes)) for label in labels]

    def differentiate(queries: Sequence[Query]) -> Sequence[Slope]:
        return victim.slopes([q.text for q in queries], [numbers[q.example] for q in queries])

    return differentiate


def margin(scores: NDArray[np.float64], label: int) -> float:
    """Return the score of one class minus that of the best other one; shape ``(n_classes,)``."""
    return float(scores[label] - np.delete(scores, label).max())


def _hard(answer: Any, n: int) -> list[Label] | None:
    """Return labels by number or by name; None where the answer is a table, or none of numbers and names."""
    rows = np.asarray(answer)
    if rows.ndim != 1 or len(rows) != n:
        return None
    if rows.dtype.kind in "biu":
        return [int(row) for row in rows]
    if all(isinstance(row, str) for row in rows):
        return [str(row) for row in rows]
    return None


def _of_label(said: Label, gold: Label, classes: Sequence[str] | None) -> Outcome:
    said = _numbered(said, classes)
    if isinstance(said, str) != isinstance(gold, str):
        raise VictimError(
            f"the victim answers {said!r} where the label is {gold!r}; name its classes in the order of "
            "their numbers: classes=[NAME, ...]"
        )
    return Outcome(said == gold, float(said == gold), float("nan"), said)


def _numbered(label: Label, classes: Sequence[str] | None) -> Label:
    """Return the number of a class that is named, where names are known."""
    if not isinstance(label, str):
        return int(label)
    if classes is None:
        return label
    if label not in classes:
        raise VictimError(f"label {label!r} is none of classes={list(classes)}")
    return list(classes).index(label)


def _number(label: Label) -> int:
    if isinstance(label, str):
        raise VictimError(
            f"the label {label!r} is a name, and the victim's classes are numbered; name them in the order "
            "of its columns: classes=[NAME, ...]"
        )
    return label


def _outcome(scores: NDArray[np.float64], probs: NDArray[np.float64], gold: Label) -> Outcome:
    label = _number(gold)
    if not 0 <= label < len(scores):
        raise VictimError(
            f"label {label} is not a class of a victim with {counted(len(scores), 'class', 'classes')}"
        )
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


def _checked(answer: Any, n: int) -> NDArray[np.float64]:
    rows = np.asarray(answer, dtype=np.float64)
    if rows.ndim != 2 or len(rows) != n or rows.shape[1] < 2:
        raise VictimError(
            f"a victim must give shape ({n}, n_classes) with 2 classes or more, or {n} labels (numbers or "
            f"names of classes), got shape {rows.shape}"
        )
    if not np.isfinite(rows).all():
        raise VictimError("a victim must give finite numbers, got NaN or infinity")
    return rows
