"""Trainers whose only difference is the loss of a decision."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from boss.models.method import Course, LabelledWindow, Trainer

if TYPE_CHECKING:
    import torch

OfDecisions = Callable[["torch.Tensor", "torch.Tensor"], "torch.Tensor"]
"""Mean loss from scores ``(m, k)``, -inf where there is no choice, and targets ``(m,)``."""


class LossTrainer(Trainer):
    """Fine-tuning with another loss of the decisions."""

    def __init__(self, course: Course, of_decisions: OfDecisions) -> None:
        """Take the loss as well."""
        super().__init__(course)
        self._of_decisions = of_decisions

    def loss(self, output: Any, batch: Sequence[LabelledWindow]) -> "torch.Tensor":
        """Return the mean loss over the decisions of a batch."""
        return self._of_decisions(*self.course.decisions(output, batch))
