"""Turns what a model says into an answer in the dataset's own labels, and checks it on the way.

A model answers over its task's labels; a dataset may have fewer or merged ones (two-way NLI, four
entity types). BOSS restricts the model to the labels the dataset has before it decides; so do we.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from boss.data.types import Example
from boss.errors import ModelError
from boss.models.base import Prediction
from boss.tasks import Task, encode_answer
from robtest.plural import counted


@dataclass(frozen=True, slots=True)
class Answered:
    """A prediction as the predictions file holds it.

    Attributes:
        answer: class name, tags or text, in the dataset's labels; None where the model gave none.
        text: ``answer`` as one string (`boss.tasks.encode_answer`).
        probs: over the dataset's labels, for classification with probabilities; else None.
        piece_tags: tags of sub-tokens, where ``scoring=boss`` asks for them (`boss.subtokens`).
        error: why there is no answer.
    """

    answer: str | tuple[str, ...] | None
    text: str | None
    probs: tuple[float, ...] | None
    truncated: bool
    piece_tags: str | None = None
    error: str | None = None


def answered(task: Task, labels: Sequence[str], example: Example, prediction: Prediction) -> Answered:
    """Restrict a prediction to the dataset's ``labels``.

    Raises:
        ModelError: if the model does not tell the labels of the dataset apart, or the prediction is
            impossible: a label the task does not have, probabilities that are not finite or do not sum to
            1, a wrong number of tags.
    """
    if prediction.error is not None:
        return Answered(None, None, None, prediction.truncated, error=prediction.error)
    answer: str | tuple[str, ...]
    probs: tuple[float, ...] | None = None
    if task.kind == "classification":
        answer, probs = _class(task, labels, example, prediction)
    elif task.kind == "tagging":
        answer = _tags(task, labels, example, prediction)
    else:
        if not isinstance(prediction.answer, str):
            raise _impossible(example, f"an answer must be text, got {prediction.answer!r}")
        answer = prediction.answer
    return Answered(answer, encode_answer(task, answer), probs, prediction.truncated)


def _class(
    task: Task, labels: Sequence[str], example: Example, prediction: Prediction
) -> tuple[str, tuple[float, ...] | None]:
    if prediction.classes is not None:
        _check_told(task, labels, example, prediction.classes)
    if prediction.answer not in task.labels:
        raise _impossible(example, f"label {prediction.answer!r} is none of {', '.join(task.labels)}")
    if prediction.probs is None:
        for label in labels:
            if prediction.answer in task.members(label):
                return label, None
        if prediction.logits is not None:
            restricted = task.project_logits(np.asarray(prediction.logits, np.float64), labels)
            return labels[int(restricted.argmax())], None
        # The answer is a label this dataset does not have: wrong, and said as it was.
        return str(prediction.answer), None
    probs = np.asarray(prediction.probs, np.float64)
    if probs.shape != (len(task.labels),):
        raise _impossible(
            example, (f"probabilities of shape {probs.shape} for {counted(len(task.labels), 'label')}")
        )
    if not np.isfinite(probs).all() or (probs < 0).any() or abs(probs.sum() - 1) > 1e-3:
        raise _impossible(example, f"probabilities {probs.tolist()} are not finite and summing to 1")
    projected = task.project(probs, labels)
    decided = projected
    if prediction.logits is not None:
        decided = task.project_logits(np.asarray(prediction.logits, np.float64), labels)
    return labels[int(decided.argmax())], tuple(projected.tolist())


def _check_told(
    task: Task, labels: Sequence[str], example: Example, classes: tuple[tuple[str, ...], ...]
) -> None:
    """Refuse a dataset that has a label which the model does not tell from others."""
    groups = [set(group) for group in classes]
    lacking = []
    for label in labels:
        members = set(task.members(label))
        told = set().union(*(group for group in groups if group <= members))
        if told != members:
            lacking.append(label)
    if not lacking:
        return
    cure = "measure it on sets of its own labels, or take a model that has them"
    if lacking == ["neutral"] and len(classes) == 2:
        cure = (
            "measure it on sets without neutral, or say below which top probability its answer is neutral: "
            "model.neutral_threshold=0.6"
        )
    raise ModelError(
        f"the model tells only {' and '.join(' or '.join(group) for group in classes)} apart, and this "
        f"dataset (example {example.id}) has {', '.join(lacking)}; {cure}"
    )


def _tags(task: Task, labels: Sequence[str], example: Example, prediction: Prediction) -> tuple[str, ...]:
    tags = prediction.answer
    n_tokens = len(example.inputs["tokens"])
    if isinstance(tags, str) or len(tags) != n_tokens:
        raise _impossible(example, f"there must be a tag for each token, {n_tokens} in all, got {tags!r}")
    task_tags = set(task.labels)
    if not task_tags.issuperset(tags):
        unknown = sorted(set(tags) - task_tags)
        raise _impossible(example, f"tags {unknown} are none of {', '.join(task.labels)}")
    allowed = [i for i, tag in enumerate(task.labels) if tag == "O" or tag[2:] in labels]
    allowed_tags = {task.labels[i] for i in allowed}
    if allowed_tags.issuperset(tags):
        return tuple(tags)
    if prediction.probs is None:
        return tuple(tag if tag in allowed_tags else "O" for tag in tags)
    best = np.asarray(prediction.probs)[:, allowed].argmax(-1)
    restricted = (task.labels[allowed[i]] for i in best)
    return tuple(tag if tag in allowed_tags else other for tag, other in zip(tags, restricted, strict=True))


def _impossible(example: Example, what: str) -> ModelError:
    return ModelError(f"impossible output for example {example.id}: {what}")
