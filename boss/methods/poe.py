"""Product of experts with a weak model: what surface features explain is not learnt (Clark et al. 2019)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from boss.data.types import Split
from boss.methods.out_of_fold import out_of_fold
from boss.models.method import Course, LabelledWindow, Method, Trainer
from boss.models.options import require
from boss.tasks import Kind, Task

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class Poe(Method):
    """The loss is that of the product of the model and a weak one, which is left out when it is asked.

    Source: Clark et al. 2019 (arXiv:1909.03683), section 3.2, Bias Product. The weak model is logistic
    regression on word n-grams (for pairs, on how the hypothesis overlaps the premise as well), and its
    log-probabilities are out of fold. For classes only: there is no weak model of tags or answers whose
    choices are those of the network.

    Attributes:
        n_folds: of the train split; each is judged by a weak model fitted on the others.
    """

    name: ClassVar[str] = "poe"
    kinds: ClassVar[tuple[Kind, ...]] = ("classification",)

    n_folds: int = 5

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        require("n_folds", self.n_folds, low=2, high=100, group="method")

    def annotate(
        self, task: Task, train: Split, windows: Sequence[LabelledWindow], seed: int
    ) -> Sequence[LabelledWindow]:
        """Return ``windows``, one per example, with the weak model's log-probabilities."""
        rows = out_of_fold(task, train, n_folds=self.n_folds, seed=seed)
        return [replace(item, bias=row) for item, row in zip(windows, rows, strict=True)]

    def trainer(self, course: Course) -> Trainer:
        """Return what handles the batches."""
        return PoeTrainer(course)


class PoeTrainer(Trainer):
    """Fine-tuning of a product."""

    def loss(self, output: Any, batch: Sequence[LabelledWindow]) -> "torch.Tensor":
        """Return the cross-entropy of the product."""
        import torch

        scores, targets = self.course.decisions(output, batch)
        return torch.nn.functional.cross_entropy(product(scores, bias_of(batch, scores)), targets)


def product(scores: "torch.Tensor", bias: "torch.Tensor") -> "torch.Tensor":
    """Return the log-probabilities of a product, but for a constant per row; both of shape ``(n, k)``."""
    import torch

    return torch.log_softmax(scores, dim=-1) + bias


def bias_of(batch: Sequence[LabelledWindow], scores: "torch.Tensor") -> "torch.Tensor":
    """Return the weak model's log-probabilities of a batch, of the shape of ``scores``."""
    import torch

    rows = np.stack([item.bias for item in batch if item.bias is not None])
    return torch.from_numpy(rows).to(scores.device, scores.dtype)
