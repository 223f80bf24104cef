"""From the label names of somebody else's fine-tuned model to the labels of a task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boss.errors import ModelError
from boss.models.linear import ABSENT_LOGIT, softmax
from boss.tasks import Task

Floats = NDArray[np.float64]

CONLL_TYPES = {"per": "person", "org": "organization", "loc": "location", "misc": "miscellaneous"}
"""CoNLL-2003's abbreviations, which most public taggers use."""


@dataclass(frozen=True)
class LabelMap:
    """Which of the network's outputs make each label of the task.

    Attributes:
        members: per label of the task, the ids of the outputs that mean it; empty where none does.
    """

    members: tuple[tuple[int, ...], ...]

    def __call__(self, logits: Floats) -> Floats:
        """Return log-probabilities over the task's labels, from logits over the network's.

        Outputs of one label are added as probabilities; a label without any lies ``ABSENT_LOGIT`` below the
        least likely output, so that it is never the best of the others, whatever the logits' unit.
        """
        logs = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
        absent = logs.min(axis=-1) + ABSENT_LOGIT
        columns = [
            np.logaddexp.reduce(logs[..., list(ids)], axis=-1) if ids else absent for ids in self.members
        ]
        return np.stack(columns, axis=-1)

    def pulled_back(self, logits: Floats, weights: NDArray[np.floating[Any]]) -> Floats:
        """Return the gradient of the sum of weights x log-probabilities with respect to the logits.

        Args:
            logits: of the network, shape ``(..., n_outputs)``.
            weights: over the task's labels, shape ``(..., n_labels)``.
        """
        out = np.zeros_like(logits)
        least = np.eye(logits.shape[-1])[logits.argmin(axis=-1)]
        for column, ids in enumerate(self.members):
            weight = weights[..., [column]]
            if ids:
                out[..., list(ids)] += weight * softmax(logits[..., list(ids)])
            else:
                out += weight * least
            out -= weight * softmax(logits)
        return out


def map_labels(model: str, task: Task, names: Sequence[str], label_map: Mapping[str, str]) -> LabelMap:
    """Return the map from a network's outputs, called ``names``, to the task's labels.

    A name is looked up in ``label_map`` first (for tags also its entity type alone), then taken as the
    task's own name, ignoring case. A tagger may lack entity types; a classifier must have every class.

    Raises:
        ModelError: listing the names of both where they do not match.
    """
    lowered = {name.lower(): target for name, target in label_map.items()}
    ids = {label.lower(): i for i, label in enumerate(task.labels)}
    members: list[list[int]] = [[] for _ in task.labels]
    stray = []
    for output, name in enumerate(names):
        target = ids.get(_translated(name.lower(), lowered, tagging=task.kind == "tagging"))
        if target is None:
            stray.append(name)
        else:
            members[target].append(output)
    missing = [label for label, ids in zip(task.labels, members, strict=True) if not ids]
    lacking = missing if task.kind == "classification" else [label for label in missing if label == "O"]
    if stray or lacking:
        raise ModelError(
            f"labels of model {model} do not match task {task.name}. The model's: {', '.join(names)}. "
            f"The task's: {', '.join(task.labels)}. Say which is which: "
            f"'model.label_map={{{(stray or list(names))[0]}: {(lacking or list(task.labels))[0]}, ...}}', "
            "or train the head with method=finetune"
        )
    return LabelMap(tuple(tuple(ids) for ids in members))


def _translated(name: str, label_map: Mapping[str, str], *, tagging: bool) -> str:
    if name in label_map:
        return label_map[name].lower()
    if not tagging or "-" not in name:
        return name
    prefix, kind = name.split("-", 1)
    return f"{prefix}-{label_map.get(kind, CONLL_TYPES.get(kind, kind))}".lower()
