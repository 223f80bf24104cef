"""What a training method may change: the data, the loss of a batch, the weights trained, the weights kept.

A method is a `Method` with its options as fields. What it does during training, batch by batch, is a
`Trainer` of its own where plain fine-tuning's is not enough. The loop is `boss.models.finetune`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Split
from boss.errors import ConfigError
from boss.models.forward import collate, segment_kinds
from boss.models.options import options_of
from boss.models.pieces import Window
from boss.models.training import Training
from boss.tasks import Kind, Task

if TYPE_CHECKING:
    import torch

Floats = NDArray[np.float64]
KINDS: tuple[Kind, ...] = ("classification", "tagging", "span")


@dataclass(frozen=True, slots=True)
class LabelledWindow:
    """A window with what the loss compares its output with: a class id, tag ids, or two positions.

    Attributes:
        bias: a weaker model's log-probabilities of the classes, where the method asked for them.
    """

    window: Window
    target: NDArray[np.int64]
    bias: Floats | None = None


Decisions = Callable[[Any, Sequence[LabelledWindow]], "tuple[torch.Tensor, torch.Tensor]"]
"""The decisions of a batch, from the network's output and the examples: scores ``(m, k)`` and targets
``(m,)``. One per class or tag, two (start and end) per answer; -inf is no choice."""


@dataclass(frozen=True)
class Course:
    """A network in training, and how a batch runs through it.

    Attributes:
        types: the tokenizer numbers segments.
    """

    network: Any
    decisions: Decisions
    pad_id: int
    types: bool
    bfloat16: bool

    def run(self, batch: Sequence[LabelledWindow], **options: Any) -> Any:
        """Return the network's output for a batch; ``options`` go to its forward."""
        import torch

        device = self.network.device
        kinds = segment_kinds(self.network) if self.types else 0
        inputs = collate([item.window for item in batch], self.pad_id, types=kinds, device=device)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=self.bfloat16):
            return self.network(**inputs, **options)

    def cross_entropy(self, output: Any, batch: Sequence[LabelledWindow]) -> "torch.Tensor":
        """Return the mean cross-entropy over the decisions of a batch."""
        import torch

        return torch.nn.functional.cross_entropy(*self.decisions(output, batch))


class Trainer:
    """What a method does in the course of one training; as it is, plain fine-tuning."""

    def __init__(self, course: Course) -> None:
        """Take the network as it is before the first step."""
        self.course = course

    def parameters(self) -> "list[torch.nn.Parameter]":
        """Return what is trained besides the network, and not kept with it."""
        return []

    def loss(self, output: Any, batch: Sequence[LabelledWindow]) -> "torch.Tensor":
        """Return the loss of a batch."""
        return self.course.cross_entropy(output, batch)

    def backward(self, batch: Sequence[LabelledWindow]) -> "torch.Tensor":
        """Add the gradient of a batch to the weights' gradients, and return its loss."""
        loss = self.loss(self.course.run(batch), batch)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def after_step(self, share: float) -> None:
        """Look at the network after a step of the optimiser; ``share`` of all steps, in (0, 1]."""

    def finish(self) -> None:
        """Change the weights after the last step."""


@dataclass(frozen=True)
class Stage:
    """One training after another: its hyper-parameters and what it trains.

    Attributes:
        trains: by a weight's name, whether it is trained; None takes the network as it is.
    """

    training: Training
    trains: Callable[[str], bool] | None = None


@dataclass(frozen=True, kw_only=True)
class Method:
    """Fine-tuning, or the base of a method that departs from it in some of these five ways.

    Attributes:
        kinds: of tasks it applies to.
        libraries: distributions it needs besides those of every model; their versions are recorded.
        sources: files and folders that decide what it does, besides `boss.models.cache.SOURCES`.
        keeps_best: the epoch with the lowest validation loss is kept, as the model's ``patience`` says;
            otherwise the weights that the trainer leaves.
    """

    name: ClassVar[str] = "finetune"
    kinds: ClassVar[tuple[Kind, ...]] = KINDS
    libraries: ClassVar[tuple[str, ...]] = ()
    sources: ClassVar[tuple[str, ...]] = ()
    keeps_best: ClassVar[bool] = True

    def options(self) -> dict[str, Any]:
        """Return what decides its outputs besides the model's options: its own, and versions."""
        return options_of(self)

    def check(self, task: Task) -> None:
        """Refuse a task the method makes no sense for.

        Raises:
            ConfigError: naming the method, the task and the tasks it is for.
        """
        if task.kind not in self.kinds:
            raise ConfigError(
                f"method {self.name} is for tasks of kind {', '.join(self.kinds)}; {task.name} is of kind "
                f"{task.kind}: use method=finetune, or one of the methods for every task: freelb, focal, "
                "label_smoothing, lp_ft, average, lora, adversarial"
            )

    def augment(self, task: Task, train: Split, seed: int) -> Split:
        """Return the examples to train on."""
        return train

    def annotate(
        self, task: Task, train: Split, windows: Sequence[LabelledWindow], seed: int
    ) -> Sequence[LabelledWindow]:
        """Return ``windows`` with what the loss needs besides the labels."""
        return windows

    def wrap(self, network: Any, fresh: Sequence[str]) -> Any:
        """Return the network to train, made around ``network``.

        Args:
            fresh: names of the weights that were not in the pretrained model: the head's.
        """
        return network

    def unwrap(self, wrapped: Any) -> None:
        """Put what was learnt into the network that `wrap` was given."""

    def stages(self, training: Training, network: Any, fresh: Sequence[str]) -> Sequence[Stage]:
        """Return the trainings to go through, in order."""
        return [Stage(training)]

    def trainer(self, course: Course) -> Trainer:
        """Return what handles the batches."""
        return Trainer(course)
