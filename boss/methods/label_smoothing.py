"""Label smoothing: a small share of the target goes to every choice (Szegedy et al. 2016)."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from boss.methods.losses import LossTrainer
from boss.models.method import Course, Method
from boss.models.options import require

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class LabelSmoothing(Method):
    """The target is ``1 - smoothing`` on the right choice and ``smoothing`` spread evenly over all.

    Source: Szegedy et al. 2016 (arXiv:1512.00567), section 7. Of an answer's start and end, all are
    the pieces of context: what is no choice gets no share.

    Attributes:
        smoothing: 0.1 in the paper and in BOSS.
    """

    name: ClassVar[str] = "label_smoothing"

    smoothing: float = 0.1

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        require("smoothing", self.smoothing, low=0, high=1, group="method")

    def trainer(self, course: Course) -> LossTrainer:
        """Return what handles the batches."""
        return LossTrainer(course, partial(smoothed_loss, smoothing=self.smoothing))


def smoothed_loss(scores: "torch.Tensor", targets: "torch.Tensor", *, smoothing: float) -> "torch.Tensor":
    """Return the mean cross-entropy with smoothed targets, scores of shape ``(m, k)``."""
    import torch

    logs = torch.log_softmax(scores, dim=-1)
    choices = torch.isfinite(scores)
    even = -logs.masked_fill(~choices, 0.0).sum(-1) / choices.sum(-1)
    right = -logs.gather(-1, targets[:, None])[:, 0]
    return ((1 - smoothing) * right + smoothing * even).mean()
