"""The three heads of a transformers model: what they read, what they learn from, how they answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Example, Split
from boss.models.base import InputGradient, Prediction, Weights
from boss.models.bio import best_legal_tags
from boss.models.gradients import Pull, gathered
from boss.models.linear import softmax
from boss.models.method import LabelledWindow
from boss.models.options import gold_ids
from boss.models.pieces import Pieces, Window
from boss.models.probes import class_predictions, outside_logits
from boss.models.spans import Scored, SpanScores, best_span, first_answer, gold_positions
from boss.models.words import first_pieces, joined, placed
from boss.tasks import Task

if TYPE_CHECKING:
    import torch

IGNORED = -100
"""Target of a piece that is not a word's first, where no tag is read."""

Floats = NDArray[np.float64]
Run = Callable[[Sequence[Window]], list[Floats]]
"""Per window its logits: ``(n_labels,)``, ``(len, n_labels)``, or start and end as ``(len, 2)``."""


class NetworkHead(Protocol):
    """A kind of head.

    Attributes:
        auto_class: name of the transformers class that builds it.
    """

    auto_class: ClassVar[str]

    def training_windows(self, split: Split) -> list[LabelledWindow]:
        """Return what the network is trained on."""
        ...

    def logits(self, output: Any) -> "torch.Tensor":
        """Return the network's output as one tensor, the first axis its windows, in float32."""
        ...

    def decisions(self, output: Any, batch: Sequence[LabelledWindow]) -> "tuple[torch.Tensor, torch.Tensor]":
        """Return the scores and targets a loss is made of, see `boss.models.method.Decisions`."""
        ...

    def answer(self, examples: Sequence[Example], run: Run) -> list[Prediction]:
        """Answer examples."""
        ...

    def gradients(
        self, examples: Sequence[Example], field: str, weights: Sequence[Weights], pull: Pull
    ) -> list[InputGradient]:
        """Return the gradients of examples, see `boss.models.base.Differentiable`."""
        ...


@dataclass(frozen=True)
class ClassHead:
    """One class per text or pair; what does not fit is cut from the text, or from the premise."""

    auto_class: ClassVar[str] = "AutoModelForSequenceClassification"

    task: Task
    pieces: Pieces

    def training_windows(self, split: Split) -> list[LabelledWindow]:
        """Return one window per example."""
        gold = gold_ids(self.task, split)
        return [LabelledWindow(self._window(e)[0], ids) for e, ids in zip(split.examples, gold, strict=True)]

    def logits(self, output: Any) -> "torch.Tensor":
        """Return shape ``(n, n_labels)``."""
        return output.logits.float()  # type: ignore[no-any-return]

    def decisions(self, output: Any, batch: Sequence[LabelledWindow]) -> "tuple[torch.Tensor, torch.Tensor]":
        """Return one decision per example, in order."""
        import torch

        logits = self.logits(output)
        return logits, torch.from_numpy(np.concatenate([item.target for item in batch])).to(logits.device)

    def answer(self, examples: Sequence[Example], run: Run) -> list[Prediction]:
        """Answer with the likeliest class."""
        inputs = [self._window(example) for example in examples]
        predictions = class_predictions(self.task, np.stack(run([window for window, _ in inputs])))
        return [
            Prediction(prediction.answer, prediction.probs, prediction.logits, truncated=cut)
            for prediction, (_, cut) in zip(predictions, inputs, strict=True)
        ]

    def gradients(
        self, examples: Sequence[Example], field: str, weights: Sequence[Weights], pull: Pull
    ) -> list[InputGradient]:
        """Return the gradients of examples, see `boss.models.base.Differentiable`."""
        parts = [
            [(self._window(example)[0], np.asarray(weight))]
            for example, weight in zip(examples, weights, strict=True)
        ]
        return gathered(parts, pull, beside=field != self.task.fields[0])

    def _window(self, example: Example) -> tuple[Window, bool]:
        texts = [example.text(name) for name in self.task.fields]
        if len(texts) > 1:
            return self.pieces.pair(texts[0], texts[1])
        windows = self.pieces.single(texts[0])
        return windows[0], len(windows) > 1


@dataclass(frozen=True)
class TagHead:
    """One tag per word, read at its first piece; long sentences in overlapping windows."""

    auto_class: ClassVar[str] = "AutoModelForTokenClassification"

    task: Task
    pieces: Pieces
    overlap: int

    def training_windows(self, split: Split) -> list[LabelledWindow]:
        """Return every window; each word is a target once, where the answer would be read."""
        out = []
        for example, gold in zip(split.examples, gold_ids(self.task, split), strict=True):
            windows, places = self._windows_of(example)
            targets = [np.full(len(window), IGNORED, dtype=np.int64) for window in windows]
            for place, tag in zip(places, gold, strict=True):
                if place is not None:
                    targets[place[0]][place[1]] = tag
            # A window with no target would make the mean loss 0 / 0.
            pairs = [(w, t) for w, t in zip(windows, targets, strict=True) if (t != IGNORED).any()]
            out += [LabelledWindow(window, target) for window, target in pairs]
        return out

    def logits(self, output: Any) -> "torch.Tensor":
        """Return shape ``(n, width, n_tags)``."""
        return output.logits.float()  # type: ignore[no-any-return]

    def decisions(self, output: Any, batch: Sequence[LabelledWindow]) -> "tuple[torch.Tensor, torch.Tensor]":
        """Return one decision per word, read at its first piece."""
        import torch

        logits = self.logits(output)
        targets = np.full(logits.shape[:2], IGNORED, dtype=np.int64)
        for row, item in enumerate(batch):
            targets[row, : len(item.target)] = item.target
        flat = torch.from_numpy(targets).to(logits.device)
        places = flat != IGNORED
        return logits[places], flat[places]

    def answer(self, examples: Sequence[Example], run: Run) -> list[Prediction]:
        """Answer with the best legal tags."""
        inputs = [self._windows_of(example) for example in examples]
        rows = iter(run([window for windows, _ in inputs for window in windows]))
        out = []
        for windows, places in inputs:
            own = [next(rows) for _ in windows]
            logits = outside_logits(len(places), self.task.labels)
            for word, place in enumerate(places):
                if place is not None:
                    logits[word] = own[place[0]][place[1]]
            out.append(Prediction(best_legal_tags(logits, self.task.labels), softmax(logits), logits))
        return out

    def gradients(
        self, examples: Sequence[Example], field: str, weights: Sequence[Weights], pull: Pull
    ) -> list[InputGradient]:
        """Return the gradients of examples, see `boss.models.base.Differentiable`."""
        inputs = (self._windows_of(example) for example in examples)
        parts = [
            placed(windows, places, np.asarray(weight))
            for (windows, places), weight in zip(inputs, weights, strict=True)
        ]
        return gathered(parts, pull, beside=False)

    def _windows_of(self, example: Example) -> tuple[list[Window], list[tuple[int, int] | None]]:
        text, spans = joined(example.inputs["tokens"])
        windows = self.pieces.single(text, self.overlap)
        return windows, first_pieces(windows, spans)


@dataclass(frozen=True)
class SpanHead:
    """The best start and end in the context, which is read in overlapping windows after the question."""

    auto_class: ClassVar[str] = "AutoModelForQuestionAnswering"

    task: Task
    pieces: Pieces
    overlap: int

    def training_windows(self, split: Split) -> list[LabelledWindow]:
        """Return the windows that wholly hold the first gold answer."""
        out = []
        for example in split.examples:
            answer = first_answer(example)
            for window in self._windows_of(example)[0]:
                positions = gold_positions(window, answer) if answer is not None else None
                if positions is not None:
                    out.append(LabelledWindow(window, np.array(positions, dtype=np.int64)))
        return out

    def logits(self, output: Any) -> "torch.Tensor":
        """Return start and end, shape ``(n, width, 2)``."""
        import torch

        return torch.stack([output.start_logits, output.end_logits], dim=-1).float()

    def decisions(self, output: Any, batch: Sequence[LabelledWindow]) -> "tuple[torch.Tensor, torch.Tensor]":
        """Return two decisions per window, all starts before all ends, each over the pieces of context."""
        import torch

        logits = self.logits(output)
        outside = np.ones(logits.shape[:2], dtype=bool)
        for row, item in enumerate(batch):
            outside[row, : len(item.window)] = item.window.offsets[:, 0] < 0
        legal = logits.masked_fill(torch.from_numpy(outside).to(logits.device)[..., None], -torch.inf)
        targets = torch.from_numpy(np.stack([item.target for item in batch])).to(logits.device)
        return torch.cat([legal[..., 0], legal[..., 1]]), torch.cat([targets[:, 0], targets[:, 1]])

    def answer(self, examples: Sequence[Example], run: Run) -> list[Prediction]:
        """Answer with the best legal span."""
        inputs = [self._windows_of(example) for example in examples]
        rows = iter(run([window for windows, _ in inputs for window in windows]))
        out = []
        for example, (windows, cut) in zip(examples, inputs, strict=True):
            scored = tuple(Scored(window, *next(rows).T) for window in windows)
            spans = SpanScores(example.text("context"), scored)
            out.append(Prediction(best_span(scored, spans.context), truncated=cut, spans=spans))
        return out

    def gradients(
        self, examples: Sequence[Example], field: str, weights: Sequence[Weights], pull: Pull
    ) -> list[InputGradient]:
        """Return the gradients of examples, see `boss.models.base.Differentiable`."""
        inputs = (self._windows_of(example)[0] for example in examples)
        parts = [list(zip(windows, own, strict=True)) for windows, own in zip(inputs, weights, strict=True)]
        return gathered(parts, pull, beside=field == "question")

    def _windows_of(self, example: Example) -> tuple[list[Window], bool]:
        return self.pieces.question(example.text("question"), example.text("context"), self.overlap)


def network_head(task: Task, pieces: Pieces, overlap: int) -> NetworkHead:
    """Return the head of a task's kind."""
    if task.kind == "classification":
        return ClassHead(task, pieces)
    if task.kind == "tagging":
        return TagHead(task, pieces, overlap)
    return SpanHead(task, pieces, overlap)
