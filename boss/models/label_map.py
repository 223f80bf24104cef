"""What of a model's outputs makes each label of a task: probabilities, logits and gradients through it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boss.errors import ConfigError
from boss.models.linear import ABSENT_LOGIT, softmax

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LabelMap:
    """Which of the network's outputs make each label of the task.

    Attributes:
        members: per label of the task, the ids of the outputs that mean it; empty where none does.
        classes: see `boss.models.base.Prediction.classes`.
        neutral: column of a label without outputs, and the top probability below which it is the answer.
        opens: the task's tags, if ``I-x`` begins an entity where none of its type goes on (IO, IOB1); see
            `boss.models.bio.opened`.
        independent: outputs are logits of sigmoids, each by itself; a label has the largest of its outputs',
            the label without any has 0.
    """

    members: tuple[tuple[int, ...], ...]
    classes: tuple[tuple[str, ...], ...] | None = None
    neutral: tuple[int, float] | None = None
    opens: tuple[str, ...] = ()
    independent: bool = False

    def __call__(self, logits: Floats) -> Floats:
        """Return log-probabilities over the task's labels, from logits over the network's.

        Outputs of one label are added as probabilities; a label without any lies ``ABSENT_LOGIT`` below the
        least likely output, so that it is never the best of the others, whatever the logits' unit. The
        neutral label weighs as much as its threshold, which makes it the best where none reaches that.
        """
        if self.independent:
            columns = self._largest(logits)
            return np.asarray(columns - np.logaddexp.reduce(columns, axis=-1, keepdims=True))
        logs = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
        absent = logs.min(axis=-1) + ABSENT_LOGIT
        columns = np.stack(
            [np.logaddexp.reduce(logs[..., list(ids)], axis=-1) if ids else absent for ids in self.members],
            axis=-1,
        )
        if self.neutral is not None:
            column, threshold = self.neutral
            columns[..., column] = np.log(threshold)
            columns -= np.log1p(threshold)
        return columns

    def probabilities(self, probs: Floats) -> Floats:
        """Return the same of probabilities over the model's outputs, as probabilities."""
        out = np.stack([probs[..., list(ids)].sum(-1) for ids in self.members], axis=-1)
        if self.neutral is not None:
            out[..., self.neutral[0]] = self.neutral[1]
        return np.asarray(out / out.sum(-1, keepdims=True), dtype=np.float64)

    def pulled_back(self, logits: Floats, weights: NDArray[np.floating[Any]]) -> Floats:
        """Return the gradient of the sum of weights x log-probabilities with respect to the logits.

        Args:
            logits: of the network, shape ``(..., n_outputs)``.
            weights: over the task's labels, shape ``(..., n_labels)``.
        """
        out = np.zeros_like(logits)
        if self.independent:
            slopes = weights - weights.sum(-1, keepdims=True) * softmax(self._largest(logits))
            for column, ids in enumerate(self.members):
                if ids:
                    best = np.eye(len(ids))[logits[..., list(ids)].argmax(axis=-1)]
                    out[..., list(ids)] += slopes[..., [column]] * best
            return out
        least = np.eye(logits.shape[-1])[logits.argmin(axis=-1)]
        for column, ids in enumerate(self.members):
            if self.neutral is not None and column == self.neutral[0]:
                continue  # a constant
            weight = weights[..., [column]]
            if ids:
                out[..., list(ids)] += weight * softmax(logits[..., list(ids)])
            else:
                out += weight * least
            out -= weight * softmax(logits)
        return out

    def _largest(self, logits: Floats) -> Floats:
        zero = np.zeros(logits.shape[:-1])
        return np.stack([logits[..., list(i)].max(-1) if i else zero for i in self.members], axis=-1)


def check_threshold(threshold: float | None) -> None:
    """Refuse a threshold of neutral answers that no top probability of two classes can miss or reach.

    Raises:
        ConfigError: naming the option, the value and the range.
    """
    if threshold is not None and not 0.5 < threshold < 1:
        raise ConfigError(
            f"model option neutral_threshold must be greater than 0.5 and less than 1, got {threshold!r}: "
            "the top probability of two classes, below which the answer is neutral"
        )
