"""Fine-tuning: every weight trained by AdamW with a linear warm-up; the best epoch is kept."""

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from boss.errors import ModelError
from boss.methods.seeding import seeded
from boss.methods.training import Training
from boss.models.forward import collate
from boss.models.pieces import Window
from robtest.progress import track

if TYPE_CHECKING:
    import torch

POOL_BATCHES = 32
"""Batches shuffled together and then sorted by length, so that little of a batch is padding."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A window with what the loss compares its output with: a class id, tag ids, or two positions."""

    window: Window
    target: NDArray[np.int64]


Loss = Callable[[Any, Sequence[Labelled]], "torch.Tensor"]
"""Mean loss of a batch, from the network's output and the examples."""


def finetune(
    network: Any,
    learnt: Sequence[Labelled],
    checked: Sequence[Labelled],
    loss: Loss,
    training: Training,
    *,
    seed: int,
    pad_id: int,
    types: bool,
) -> None:
    """Train ``network`` in place and leave it with the weights of its best epoch, in evaluation mode.

    Best is the lowest mean loss on ``checked``; without it the last epoch is kept.

    Raises:
        ModelError: if the loss stops being a number.
    """
    import torch

    n_steps = training.epochs * math.ceil(len(learnt) / training.batch_size)
    optimiser = torch.optim.AdamW(_groups(network, training.weight_decay), lr=training.lr)
    rate = torch.optim.lr_scheduler.LambdaLR(optimiser, linear_warmup(n_steps, training.warmup_ratio))
    shuffle = np.random.Generator(np.random.PCG64(seed))

    def batch_loss(batch: Sequence[Labelled]) -> "torch.Tensor":
        inputs = collate([item.window for item in batch], pad_id, types=types, device=network.device)
        with torch.autocast(network.device.type, dtype=torch.bfloat16, enabled=training.bfloat16):
            output = network(**inputs)
        return loss(output, batch)

    lowest, best, since = math.inf, None, 0
    with seeded(seed), track("Fine-tune", total=n_steps, unit="steps") as bar:
        for _ in range(training.epochs):
            network.train()
            for batch in epoch_batches(learnt, training.batch_size, shuffle):
                _step(network, optimiser, batch_loss(batch), training)
                rate.step()
                bar.advance()
            network.eval()
            if not checked:
                continue
            value = _mean_loss(batch_loss, checked, training.batch_size)
            if value < lowest:
                lowest, best, since = value, copy.deepcopy(network.state_dict()), 0
            else:
                since += 1
            if since >= training.patience:
                break
    if best is not None:
        network.load_state_dict(best)


def epoch_batches(items: Sequence[Labelled], size: int, shuffle: np.random.Generator) -> list[list[Labelled]]:
    """Return the batches of one epoch: in random order, each of similar lengths."""
    order = shuffle.permutation(len(items)).tolist()
    pool = size * POOL_BATCHES
    batches = []
    for at in range(0, len(order), pool):
        alike = sorted(order[at : at + pool], key=lambda i: len(items[i].window))
        batches += [[items[i] for i in alike[j : j + size]] for j in range(0, len(alike), size)]
    return [batches[i] for i in shuffle.permutation(len(batches)).tolist()]


def linear_warmup(n_steps: int, ratio: float) -> Callable[[int], float]:
    """Return the factor of the learning rate at a step: up to 1 over the warm-up, then down to 0.

    >>> factor = linear_warmup(n_steps=10, ratio=0.2)
    >>> [factor(step) for step in (0, 1, 2, 6, 10)]
    [0.5, 1.0, 1.0, 0.5, 0.0]
    """
    warm = math.ceil(n_steps * ratio)

    def factor(step: int) -> float:
        if step < warm:
            return (step + 1) / warm
        return max(0.0, (n_steps - step) / max(1, n_steps - warm))

    return factor


def _step(network: Any, optimiser: Any, loss: Any, training: Training) -> None:
    import torch

    if not torch.isfinite(loss):
        raise ModelError(
            f"fine-tuning diverged: the loss is {float(loss)}; lower model.lr (now {training.lr:g}), or set "
            "model.bfloat16=false"
        )
    optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), training.max_grad_norm)
    optimiser.step()


def _mean_loss(
    batch_loss: Callable[[Sequence[Labelled]], Any], items: Sequence[Labelled], size: int
) -> float:
    import torch

    alike = sorted(items, key=lambda item: len(item.window))
    total = 0.0
    with torch.no_grad():
        for at in range(0, len(alike), size):
            batch = alike[at : at + size]
            total += float(batch_loss(batch)) * len(batch)
    return total / len(alike)


def _groups(network: Any, weight_decay: float) -> list[dict[str, Any]]:
    """Return AdamW's parameter groups: matrices decay, vectors (biases, normalisation) do not."""
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    return [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
