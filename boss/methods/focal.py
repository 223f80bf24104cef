"""Focal loss: what is already decided rightly counts little (Lin et al. 2017)."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from boss.methods.losses import LossTrainer
from boss.models.method import Course, Method
from boss.models.options import require

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class Focal(Method):
    """The loss of a decision is ``-(1 - p)^gamma log p``, p the probability of the right choice.

    Source: Lin et al. 2017 (arXiv:1708.02002), equation 4, without class weights, as BOSS has it.

    Attributes:
        gamma: 0 is cross-entropy; 2 in the paper and in BOSS.
    """

    name: ClassVar[str] = "focal"

    gamma: float = 2.0

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        require("gamma", self.gamma, low=0, high=100, group="method")

    def trainer(self, course: Course) -> LossTrainer:
        """Return what handles the batches."""
        return LossTrainer(course, partial(focal_loss, gamma=self.gamma))


def focal_loss(scores: "torch.Tensor", targets: "torch.Tensor", *, gamma: float) -> "torch.Tensor":
    """Return the mean focal loss of decisions, scores of shape ``(m, k)``."""
    import torch

    right = -torch.nn.functional.cross_entropy(scores, targets, reduction="none")
    return -((1 - right.exp()) ** gamma * right).mean()
