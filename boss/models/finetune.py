"""Fine-tuning: AdamW with a linear warm-up; the best epoch is kept. The one loop of every method."""

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from boss.errors import ModelError
from boss.models.method import Course, Decisions, LabelledWindow, Method, Stage, Trainer
from boss.models.seeding import seeded
from boss.models.training import Training
from robtest.progress import track

POOL_BATCHES = 32
"""Batches shuffled together and then sorted by length, so that little of a batch is padding."""


def finetune(
    network: Any,
    windows: Sequence[LabelledWindow],
    validation: Sequence[LabelledWindow],
    *,
    decisions: Decisions,
    training: Training,
    method: Method,
    fresh: Sequence[str],
    seed: int,
    pad_id: int,
    types: bool,
) -> int:
    """Train ``network`` in place and leave it in evaluation mode; return how many parameters were trained.

    Best is the epoch with the lowest mean cross-entropy on ``validation``, whatever loss the method trains
    on; without ``validation`` the last epoch is kept.

    Args:
        fresh: names of the weights that are not pretrained.

    Raises:
        ModelError: if the loss stops being a number.
    """
    shuffle = np.random.Generator(np.random.PCG64(seed))
    n_trained = 0
    with seeded(seed):
        wrapped = method.wrap(network, fresh)
        course = Course(wrapped, decisions, pad_id, types, training.autocast)
        for stage in method.stages(training, wrapped, fresh):
            _freeze(wrapped, stage)
            n_trained = max(n_trained, sum(p.numel() for p in wrapped.parameters() if p.requires_grad))
            _train(course, method, stage.training, windows, validation, shuffle)
        method.unwrap(wrapped)
    network.eval()
    return n_trained


@dataclass
class _Best:
    """The weights of the epoch with the lowest loss so far, and the epochs since."""

    loss: float = math.inf
    weights: dict[str, Any] = field(default_factory=dict)
    since: int = 0

    def look(self, network: Any, loss: float) -> None:
        if loss < self.loss:
            self.loss, self.weights, self.since = loss, copy.deepcopy(network.state_dict()), 0
        else:
            self.since += 1


def _train(
    course: Course,
    method: Method,
    training: Training,
    windows: Sequence[LabelledWindow],
    validation: Sequence[LabelledWindow],
    shuffle: np.random.Generator,
) -> None:
    network, trainer, best = course.network, method.trainer(course), _Best()
    patience = training.patience if validation and method.keeps_best else None
    n_steps = training.n_steps(len(windows))
    step = _stepper(trainer, training, n_steps)
    n_done = 0
    with track("Fine-tune", total=n_steps, unit="step") as bar:
        while n_done < n_steps:
            network.train()
            for batch in epoch_batches(windows, training.batch_size, shuffle)[: n_steps - n_done]:
                step(batch)
                n_done += 1
                trainer.after_step(n_done / n_steps)
                bar.advance()
            network.eval()
            if patience is not None:
                best.look(network, _mean_loss(course, validation, training.batch_size))
                if best.since >= patience:
                    break
    if best.weights:
        network.load_state_dict(best.weights)
    trainer.finish()


def _stepper(
    trainer: Trainer, training: Training, n_steps: int
) -> Callable[[Sequence[LabelledWindow]], None]:
    """Return what takes one step of the optimiser on a batch."""
    import torch

    network = trainer.course.network
    trained = [*(p for p in network.parameters() if p.requires_grad), *trainer.parameters()]
    optimiser = torch.optim.AdamW(_groups(trained, training.weight_decay), lr=training.lr)
    rate = torch.optim.lr_scheduler.LambdaLR(optimiser, training.rate(n_steps))

    def step(batch: Sequence[LabelledWindow]) -> None:
        optimiser.zero_grad()
        loss = trainer.backward(batch)
        if not torch.isfinite(loss):
            raise ModelError(
                f"fine-tuning diverged: the loss is {float(loss)}; lower model.lr (now {training.lr:g}), or "
                "set model.bfloat16=false"
            )
        if training.max_grad_norm is not None:
            torch.nn.utils.clip_grad_norm_(trained, training.max_grad_norm)
        optimiser.step()
        rate.step()

    return step


def epoch_batches(
    items: Sequence[LabelledWindow], size: int, shuffle: np.random.Generator
) -> list[list[LabelledWindow]]:
    """Return the batches of one epoch: in random order, each of similar lengths."""
    order = shuffle.permutation(len(items)).tolist()
    pool = size * POOL_BATCHES
    batches = []
    for at in range(0, len(order), pool):
        alike = sorted(order[at : at + pool], key=lambda i: len(items[i].window))
        batches += [[items[i] for i in alike[j : j + size]] for j in range(0, len(alike), size)]
    return [batches[i] for i in shuffle.permutation(len(batches)).tolist()]


def _mean_loss(course: Course, items: Sequence[LabelledWindow], size: int) -> float:
    import torch

    alike = sorted(items, key=lambda item: len(item.window))
    total = 0.0
    with torch.no_grad():
        for at in range(0, len(alike), size):
            batch = alike[at : at + size]
            total += float(course.cross_entropy(course.run(batch), batch)) * len(batch)
    return total / len(alike)


def _freeze(network: Any, stage: Stage) -> None:
    if stage.trains is not None:
        for name, parameter in network.named_parameters():
            parameter.requires_grad_(stage.trains(name))


def _groups(trained: Sequence[Any], weight_decay: float) -> list[dict[str, Any]]:
    """Return AdamW's parameter groups: matrices decay, vectors (biases, normalisation) do not."""
    return [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
