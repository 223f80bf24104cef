"""What every pretrained model shares: where it stands, the ways of fitting it, what its card says."""

from abc import abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from boss.models.backbone import Backbone
from boss.models.bfloat16 import check_speed
from boss.models.cache import load_arrays, load_json
from boss.models.choice import EncoderChooser
from boss.models.heads import network_head
from boss.models.method import Method
from boss.models.network import TRAINED, FineTuning
from boss.models.options import HIDDEN, require
from boss.models.probes import HEAD, ClassProbe, TagProbe
from boss.models.recipe import BaseRecipe, Head, Particulars, Start
from boss.models.span_probe import SpanProbe
from boss.models.training import Training
from boss.models.weights import n_parameters, settings_sha256, weights_sha256
from boss.tasks import Task


@dataclass(frozen=True)
class Checkpoint:
    """A pretrained model in a local folder.

    Attributes:
        training_datasets: what its weights are known to have seen before; see `ModelCard`.
    """

    folder: Path
    id: str
    revision: str
    licence: str
    training_datasets: tuple[str, ...] = ("unknown",)


@dataclass(frozen=True, kw_only=True)
class Pretrained(Training, BaseRecipe):
    """Recipe shared by `boss.models.encoder.MiniLM`, `boss.models.hf.HuggingFace` and `boss.models.t5.T5`.

    Attributes:
        max_length: pieces of one window, special tokens included; lowered to what the model has.
        stride: pieces that neighbouring windows of a long context or sentence share.
        token_budget: pieces of one batch at inference, padding included; changes speed only.
    """

    adapter: ClassVar[str] = "encoder"
    methods: ClassVar[tuple[str, ...]] = ("linear_probe", "finetune")
    choosing: ClassVar[tuple[str, ...]] = ("linear_probe",)
    libraries: ClassVar[tuple[str, ...]] = (
        *("numpy", "scikit-learn", "scipy"),
        *("tokenizers", "torch", "transformers"),
    )

    max_length: int = 256
    stride: int = 64
    token_budget: int = field(default=4096, metadata=HIDDEN)

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        super().__post_init__()
        require("max_length", self.max_length, low=32, high=100_000)
        require("stride", self.stride, low=0, high=self.max_length // 2)
        require("token_budget", self.token_budget, low=1, high=10**9)

    @abstractmethod
    def locate(self, cache: Path) -> Checkpoint:
        """Return where the model stands, fetched where it is not there yet."""

    def options(self) -> dict[str, Any]:
        """Return the options that decide the outputs: forced bfloat16 is bfloat16."""
        return {**super().options(), "bfloat16": self.autocast}

    def start(self, task: Task, method: str | Method, cache: Path) -> Start:
        """Return the pretrained model under a head of the task."""
        autocast = self.autocast and method != "linear_probe"  # a probe's encoder runs in float32
        if autocast:
            check_speed(force=self.bfloat16 == "force")
        checkpoint = self.locate(cache)
        backbone = Backbone(checkpoint.folder, self.max_length, self.token_budget)
        weights = weights_sha256(checkpoint.folder, cache)
        particulars = Particulars(
            id=checkpoint.id,
            licence=checkpoint.licence,
            revision=checkpoint.revision,
            weights_sha256=weights,
            training_datasets=checkpoint.training_datasets,
            n_parameters=n_parameters(checkpoint.folder),
            max_length=backbone.pieces.max_length,
            dtype="bfloat16-autocast" if autocast else "float32",
        )
        origin = f"{weights}+{settings_sha256(checkpoint.folder)}"
        return Start(self.head(task, backbone, method), particulars, origin)

    def head(self, task: Task, backbone: Backbone, method: str | Method) -> Head:
        """Return the head of ``task`` by ``method``: a way of fine-tuning, or none of them by name."""
        if isinstance(method, Method):
            pieces = backbone.pieces
            head = network_head(task, pieces, self.stride)
            return FineTuning(task, pieces, self, method, backbone.folder, head, backbone.budget)
        if task.is_choice:
            return EncoderChooser(task, backbone)
        if task.kind == "classification":
            return ClassProbe(task, backbone)
        if task.kind == "tagging":
            return TagProbe(task, backbone, self.stride)
        return SpanProbe(task, backbone, self.stride)

    def n_tunable(self, folder: Path) -> int | None:
        """Return how many parameters were trained into a folder; None where nothing was."""
        if (folder / TRAINED).is_file():
            return int(load_json(folder / TRAINED)["n_tunable"])
        if (folder / HEAD).is_file():
            return sum(array.size for array in load_arrays(folder / HEAD).values())
        return None
