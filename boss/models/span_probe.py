"""A linear start/end head on frozen states of question and context read together."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Example, Split
from boss.errors import ModelError
from boss.models.backbone import Backbone
from boss.models.base import InputGradient, Prediction, Weights
from boss.models.cache import load_arrays, save_arrays
from boss.models.gradients import gathered
from boss.models.linear import Linear
from boss.models.pieces import Window
from boss.models.probes import ProbePredictor
from boss.models.seeding import seeded
from boss.models.spans import Scored, SpanScores, best_span, first_answer, gold_positions
from boss.tasks import Task
from robtest.progress import track

if TYPE_CHECKING:
    import torch

HEAD = "head.npz"
EPOCHS = 20
LEARNING_RATE = 3e-3
BATCH_WINDOWS = 32


@dataclass(frozen=True)
class SpanProbe:
    """Start and end scores linear in ``[h, h * q]``.

    ``h`` is the state of a piece of context and ``q`` the mean state of the question's pieces in the
    same window; the product lets a linear head see likeness to the question. The loss is the mean
    cross-entropy of start and end over the pieces of context (Devlin et al. 2019, arXiv:1810.04805,
    section 4.2), without the option of no answer, which the task does not have. The best epoch on
    the validation split is kept.

    Attributes:
        layers: last layers whose states are averaged; the very last one of a sentence encoder is made
            for its mean and tells tokens apart poorly.
    """

    task: Task
    backbone: Backbone
    overlap: int
    layers: int = 4

    def fit(self, train: Split, validation: Split | None, folder: Path, seed: int) -> None:
        """Write the head into ``folder``; ``seed`` decides the order of the batches.

        Raises:
            ModelError: if no window holds its gold answer.
        """
        windows = self._gold_windows(train.examples)
        validation_windows = self._gold_windows(validation.examples) if validation is not None else []
        if not windows:
            raise ModelError(
                f"no gold answer of {train.dataset}/{train.split} stands in its context at its offset; "
                "check the `answers` of the dataset"
            )
        save_arrays(folder / HEAD, train_head(windows, validation_windows, seed).arrays())

    def load(self, folder: Path) -> ProbePredictor:
        """Return what answers with the head in ``folder``."""
        return ProbePredictor(self, Linear(**load_arrays(folder / HEAD)))

    def answers(self, head: Linear, examples: Sequence[Example]) -> list[Prediction]:
        """Answer with the best legal span."""
        parts = [self._windows(example) for example in examples]
        flat = [window for windows, _ in parts for window in windows]
        states = iter(self.backbone.token_states(flat, self.layers))
        out = []
        for example, (windows, cut) in zip(examples, parts, strict=True):
            scored = []
            for window in windows:
                scores = np.full((len(window), 2), -np.inf)
                inside = window.offsets[:, 0] >= 0
                scores[inside] = head.logits(span_features(next(states), window).astype(np.float64))
                scored.append(Scored(window, scores[:, 0], scores[:, 1]))
            spans = SpanScores(example.text("context"), tuple(scored))
            out.append(Prediction(best_span(scored, spans.context), truncated=cut, spans=spans))
        return out

    def gradients(
        self, head: Linear, examples: Sequence[Example], field: str, weights: Sequence[Weights]
    ) -> list[InputGradient]:
        """Return the gradients of examples, see `boss.models.base.Differentiable`."""
        parts = [self._windows(example)[0] for example in examples]
        states = iter(self.backbone.token_states([w for windows in parts for w in windows], self.layers))
        weighted = []
        for windows, own in zip(parts, weights, strict=True):
            slopes = [
                through_features(next(states), window, weight[window.offsets[:, 0] >= 0] @ head.weight)
                for window, weight in zip(windows, own, strict=True)
            ]
            weighted.append(list(zip(windows, slopes, strict=True)))
        pull = partial(self.backbone.backward, layers=self.layers)
        return gathered(weighted, pull, beside=field == "question")

    def _windows(self, example: Example) -> tuple[list[Window], bool]:
        return self.backbone.pieces.question(example.text("question"), example.text("context"), self.overlap)

    def _gold_windows(self, examples: Sequence[Example]) -> list[tuple[NDArray[np.float32], tuple[int, int]]]:
        """Return features and gold positions of the windows that wholly hold their first gold answer."""
        windows, gold = [], []
        for example in examples:
            answer = first_answer(example)
            for window in self._windows(example)[0]:
                positions = gold_positions(window, answer) if answer is not None else None
                if positions is not None:
                    first = int(np.flatnonzero(window.offsets[:, 0] >= 0)[0])
                    windows.append(window)
                    gold.append((positions[0] - first, positions[1] - first))
        states = self.backbone.token_states(windows, self.layers)
        return [(span_features(s, w), g) for s, w, g in zip(states, windows, gold, strict=True)]


def span_features(states: NDArray[np.float32], window: Window) -> NDArray[np.float32]:
    """Return ``[h, h * q]`` of the pieces of context, shape ``(n_context, 2 * hidden)``."""
    inside = np.flatnonzero(window.offsets[:, 0] >= 0)
    first = int(inside[0]) if len(inside) else len(window)
    question = states[:first].mean(axis=0)  # special tokens included, so an empty question has a mean too
    context = states[inside]
    return np.concatenate([context, context * question], axis=1)


def through_features(
    states: NDArray[np.float32], window: Window, slopes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return slopes with respect to a window's states, from those of its `span_features`."""
    inside = np.flatnonzero(window.offsets[:, 0] >= 0)
    first = int(inside[0]) if len(inside) else len(window)
    out = np.zeros(states.shape)
    plain, product = np.split(slopes, 2, axis=1)
    out[inside] = plain + product * states[:first].mean(axis=0)
    out[:first] += (product * states[inside]).sum(axis=0) / first
    return out


Windows = Sequence[tuple[NDArray[np.float32], tuple[int, int]]]


def train_head(windows: Windows, validation_windows: Windows, seed: int) -> Linear:
    """Train start and end weights by AdamW in float32; keep the epoch with the lowest validation loss."""
    import torch

    with seeded(seed):
        head = torch.nn.Linear(windows[0][0].shape[1], 2)
        optimiser = torch.optim.AdamW(head.parameters(), lr=LEARNING_RATE, weight_decay=0.01)
        lowest, best = np.inf, _as_linear(head)
        with track("Train the span head", total=EPOCHS, unit="epoch") as bar:
            for _ in range(EPOCHS):
                order = torch.randperm(len(windows)).tolist()
                for at in range(0, len(order), BATCH_WINDOWS):
                    loss = _span_loss(head, [windows[i] for i in order[at : at + BATCH_WINDOWS]])
                    optimiser.zero_grad()
                    loss.backward()  # type: ignore[no-untyped-call]
                    optimiser.step()
                with torch.no_grad():
                    value = float(_span_loss(head, validation_windows)) if validation_windows else -np.inf
                if value < lowest or not validation_windows:
                    lowest, best = value, _as_linear(head)
                bar.advance()
    return best


def _span_loss(head: "torch.nn.Linear", windows: Windows) -> "torch.Tensor":
    import torch

    sizes = [len(features) for features, _ in windows]
    scores = head(torch.from_numpy(np.concatenate([features for features, _ in windows])))
    losses = [
        torch.nn.functional.cross_entropy(part.T, torch.tensor(gold))
        for part, (_, gold) in zip(scores.split(sizes), windows, strict=True)
    ]
    return torch.stack(losses).mean()


def _as_linear(head: "torch.nn.Linear") -> Linear:
    return Linear(
        head.weight.detach().numpy().astype(np.float64), head.bias.detach().numpy().astype(np.float64)
    )
