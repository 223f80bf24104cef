"""The five tasks of BOSS: their inputs, labels, headline metric, and which field an attack edits."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from boss.errors import ConfigError, DataError

Kind = Literal["classification", "tagging", "span"]

ENTITY_TYPES = (
    "location",
    "person",
    "organization",
    "miscellaneous",
    "building",
    "art",
    "product",
    "event",
)


def bio_tags(types: Sequence[str]) -> tuple[str, ...]:
    """Return ``O`` and a ``B-``/``I-`` pair per entity type, in BOSS's id order."""
    return ("O", *(f"{prefix}-{kind}" for kind in types for prefix in "BI"))


@dataclass(frozen=True)
class Task:
    """One of the five tasks.

    Attributes:
        fields: input fields of an example, in the order a model reads them.
        labels: class names or tags, in BOSS's id order (reference: BOSS, section 1); empty for spans.
        metric: the headline metric of a clean split.
        attacked_metric: the metric averaged over examples and variants under attack.
        attacked: fields an attack may edit; the first is the default.
        merged: a two-way dataset's label -> the labels of this task whose probability it sums.
    """

    name: str
    kind: Kind
    fields: tuple[str, ...]
    labels: tuple[str, ...]
    metric: str
    attacked_metric: str
    attacked: tuple[str, ...]
    merged: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def members(self, label: str) -> tuple[str, ...]:
        """Return the labels of this task that a dataset's ``label`` stands for.

        Raises:
            DataError: if the label belongs neither to the task nor to its two-way forms.
        """
        if label in self.labels:
            return (label,)
        if label in self.merged:
            return self.merged[label]
        labels = ", ".join((*self.labels, *self.merged))
        raise DataError(
            f"label {label!r} is not a label of task {self.name}; known: {labels}. "
            "Map it in the dataset's `labels:`."
        )

    def project(self, probs: NDArray[np.float64], labels: Sequence[str]) -> NDArray[np.float64]:
        """Turn probabilities over this task's labels into ones over a dataset's labels.

        A merged label gets the sum of its members; labels the dataset does not have are dropped and
        the rest renormalised. Source: BOSS scores two-way NLI sets as P(entailment) against
        P(neutral) + P(contradiction), and two-way sentiment over the first two classes.

        Args:
            probs: shape ``(..., len(self.labels))``, rows sum to 1.

        Returns:
            Shape ``(..., len(labels))``, rows sum to 1 (uniform where nothing is left).
        """
        index = {label: i for i, label in enumerate(self.labels)}
        parts = [probs[..., [index[m] for m in self.members(label)]].sum(-1) for label in labels]
        kept = np.stack(parts, axis=-1)
        total = kept.sum(-1, keepdims=True)
        uniform = np.full_like(kept, 1 / len(labels))
        return np.where(total > 0, kept / np.where(total > 0, total, 1), uniform)

    def project_logits(self, logits: NDArray[np.float64], labels: Sequence[str]) -> NDArray[np.float64]:
        """Turn logits over this task's labels into ones over a dataset's labels, as `project` does.

        A merged label gets the logit of its members' summed probability. Deciding by logits, the
        answer stays the same where probabilities saturate.

        Args:
            logits: shape ``(len(self.labels),)``.

        Returns:
            Shape ``(len(labels),)``.
        """
        groups = ([self.labels.index(name) for name in self.members(label)] for label in labels)
        return np.array([np.logaddexp.reduce(logits[group]) for group in groups])


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task(
            name="sentiment",
            kind="classification",
            fields=("text",),
            labels=("negative", "positive", "neutral"),
            metric="accuracy",
            attacked_metric="accuracy",
            attacked=("text",),
        ),
        Task(
            name="toxicity",
            kind="classification",
            fields=("text",),
            labels=("benign", "toxic"),
            metric="accuracy",
            attacked_metric="accuracy",
            attacked=("text",),
        ),
        Task(
            name="nli",
            kind="classification",
            fields=("premise", "hypothesis"),
            labels=("entailment", "neutral", "contradiction"),
            metric="accuracy",
            attacked_metric="accuracy",
            attacked=("hypothesis", "premise"),
            merged={"not_entailment": ("neutral", "contradiction")},
        ),
        Task(
            name="ner",
            kind="tagging",
            fields=("tokens",),
            labels=bio_tags(ENTITY_TYPES),
            metric="span_f1",
            attacked_metric="sentence_f1",
            attacked=("tokens",),
        ),
        Task(
            name="qa",
            kind="span",
            fields=("question", "context"),
            labels=(),
            metric="token_f1",
            attacked_metric="token_f1",
            attacked=("question", "context"),
        ),
    )
}


def get_task(name: str) -> Task:
    """Return the task called ``name``.

    Raises:
        ConfigError: naming the known tasks.
    """
    if name not in TASKS:
        raise ConfigError(f"unknown task {name!r}; known tasks: {', '.join(TASKS)}")
    return TASKS[name]


def encode_answer(task: Task, answer: str | Sequence[str]) -> str:
    """Write a gold label or a prediction as the one string the predictions file holds.

    A class name stands as it is; tags are joined by spaces; gold answers of a question are a JSON
    list, a predicted answer is its text.
    """
    if isinstance(answer, str):
        return answer
    if task.kind == "tagging":
        return " ".join(answer)
    return json.dumps(list(answer), ensure_ascii=False)
