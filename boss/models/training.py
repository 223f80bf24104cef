"""The hyper-parameters of fine-tuning, and their ranges."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from boss.errors import ConfigError
from boss.models.options import require

Schedule = Literal["linear", "constant"]
SCHEDULES = ("linear", "constant")


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a pretrained model is fine-tuned.

    The defaults are those of Devlin et al. 2019 (arXiv:1810.04805, appendix A.3) with early stopping.
    BOSS itself (``experiment=paper``) trains 10 epochs (questions: 5) at 1e-5 (2e-5) without warm-up,
    decay of the rate, clipping or a validation split, and keeps the last epoch.

    Attributes:
        epochs: passes over the train split at most.
        max_steps: optimiser steps at most, whatever the epochs; None for no other limit.
        lr: peak learning rate, reached after the warm-up.
        schedule: after the warm-up the rate falls linearly to 0, or stays ``constant``.
        batch_size: examples per step.
        warmup_ratio: share of all steps.
        weight_decay: AdamW's; biases and normalisation layers are exempt.
        max_grad_norm: gradients are scaled down to this L2 norm; None leaves them.
        patience: epochs without a lower validation loss before it stops; the best epoch is kept. None
            trains to the end and keeps the last.
        bfloat16: train and predict under bfloat16 autocast (recorded as the dtype); ``force``: even where
            the processor is slower at it than at float32 (`boss.models.bfloat16`).
    """

    epochs: int = 3
    max_steps: int | None = None
    lr: float = 3e-5
    schedule: Schedule = "linear"
    batch_size: int = 16
    warmup_ratio: float = 0.1
    weight_decay: float = 0.01
    max_grad_norm: float | None = 1.0
    patience: int | None = 2
    bfloat16: bool | Literal["force"] = False

    def __post_init__(self) -> None:
        """Refuse options out of range.

        Raises:
            ConfigError: naming the option, the value and the range.
        """
        require("epochs", self.epochs, low=1, high=1000)
        if self.max_steps is not None:
            require("max_steps", self.max_steps, low=1, high=10**9)
        require("lr", self.lr, low=1e-9, high=1.0)
        if self.schedule not in SCHEDULES:
            raise ConfigError(
                f"model option schedule must be one of {', '.join(SCHEDULES)}, got {self.schedule!r}"
            )
        require("batch_size", self.batch_size, low=1, high=65536)
        require("warmup_ratio", self.warmup_ratio, low=0, high=1)
        require("weight_decay", self.weight_decay, low=0, high=10)
        if self.max_grad_norm is not None:
            require("max_grad_norm", self.max_grad_norm, above=0)
        if self.patience is not None:
            require("patience", self.patience, low=1, high=1000)
        if not isinstance(self.bfloat16, bool) and self.bfloat16 != "force":
            raise ConfigError(f"model option bfloat16 must be true, false or force, got {self.bfloat16!r}")

    @property
    def autocast(self) -> bool:
        """Whether the network runs under bfloat16 autocast."""
        return bool(self.bfloat16)

    def n_steps(self, n_examples: int) -> int:
        """Return the steps of a training that is not stopped early."""
        steps = self.epochs * math.ceil(n_examples / self.batch_size)
        return steps if self.max_steps is None else min(steps, self.max_steps)

    def rate(self, n_steps: int) -> Callable[[int], float]:
        """Return the factor of the learning rate at each of ``n_steps`` steps."""
        return warmup(n_steps, self.warmup_ratio, falling=self.schedule == "linear")


def warmup(n_steps: int, ratio: float, *, falling: bool = True) -> Callable[[int], float]:
    """Return the factor of the learning rate at a step: up to 1 over the warm-up, then down to 0 or level.

    >>> factor = warmup(n_steps=10, ratio=0.2)
    >>> [factor(step) for step in (0, 1, 2, 6, 10)]
    [0.5, 1.0, 1.0, 0.5, 0.0]
    """
    warm = math.ceil(n_steps * ratio)

    def factor(step: int) -> float:
        if step < warm:
            return (step + 1) / warm
        return max(0.0, (n_steps - step) / max(1, n_steps - warm)) if falling else 1.0

    return factor
