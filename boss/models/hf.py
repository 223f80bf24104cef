"""Any Hugging Face model: fine-tuned on the task, frozen under a linear head, or taken as fine-tuned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from boss.data.types import Split
from boss.errors import ConfigError, ModelError
from boss.methods.base import Method
from boss.models.backbone import Backbone
from boss.models.heads import NetworkHead, network_head
from boss.models.hub import locate_model
from boss.models.label_map import map_labels
from boss.models.network import Asked, load_network
from boss.models.options import HIDDEN
from boss.models.pretrained import DifferentiableHead, Located, Pretrained
from boss.tasks import Task


@dataclass(frozen=True, kw_only=True)
class Hosted(Pretrained):
    """A model under a hub id or in a local folder.

    Attributes:
        path: hub id or local folder. Not part of the model's identity: its files are.
        revision: branch, tag or commit on the hub.
    """

    path: str = field(metadata=HIDDEN)
    revision: str = field(default="main", metadata=HIDDEN)
    max_length: int = 512

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        super().__post_init__()
        if not self.path.strip():
            raise ConfigError("model.path is empty; name a hub id or a local folder: model.path=DIR")

    @property
    def name(self) -> str:
        """Name on the board: the hub id, or the folder's own name."""
        folder = Path(self.path).expanduser()
        return folder.resolve().name if folder.is_dir() else self.path

    def locate(self, cache: Path) -> Located:
        """Return where the model stands; see `boss.models.hub.locate_model`."""
        folder, revision, licence = locate_model(self.path, self.revision)
        return Located(folder, self.name, revision, licence)


@dataclass(frozen=True, kw_only=True)
class HuggingFace(Hosted):
    """A hub id or a local folder, with transformers' own head for the task.

    Methods: ``finetune`` (the default), ``linear_probe``, and ``none``: the folder is already
    fine-tuned for this task, and its label names are matched with the task's.

    Attributes:
        label_map: the model's label name -> the task's, for ``method=none``.
    """

    adapter: ClassVar[str] = "hf"
    methods: ClassVar[tuple[str, ...]] = ("finetune", "linear_probe", "none")

    label_map: Mapping[str, str] = field(default_factory=dict)

    def head(self, task: Task, backbone: Backbone, method: str | Method) -> DifferentiableHead:
        """Return the way to fit ``task`` by ``method``."""
        if method == "none":
            return Ready(task, backbone, network_head(task, backbone.pieces, self.stride), self)
        return super().head(task, backbone, method)


@dataclass(frozen=True)
class Ready:
    """A model that somebody else has fine-tuned for the task (implements `boss.models.pretrained.Head`)."""

    task: Task
    backbone: Backbone
    head: NetworkHead
    recipe: HuggingFace

    def fit(self, train: Split, validation: Split | None, folder: Path, seed: int) -> None:
        """Refuse: there is nothing to learn.

        Raises:
            ConfigError: always.
        """
        raise ConfigError(f"model {self.recipe.name} with method=none is not fitted")

    def load(self, folder: Path) -> Asked:
        """Return what answers with the network as it is.

        Raises:
            ModelError: if the checkpoint has no trained head, or its labels do not match the task's.
        """
        network, missing = self.network
        if missing:
            raise ModelError(
                f"model {self.recipe.name} has no trained head for task {self.task.name} (missing: "
                f"{', '.join(missing)}); train one with method=finetune or method=linear_probe"
            )
        names = [name for _, name in sorted(network.config.id2label.items())]
        return Asked(
            self.head,
            network,
            self.backbone.pieces,
            self.recipe.token_budget,
            self.recipe.bfloat16,
            # Start and end scores have no names to match.
            convert=None
            if self.task.kind == "span"
            else map_labels(self.recipe.name, self.task, names, self.recipe.label_map),
        )

    @cached_property
    def network(self) -> tuple[Any, list[str]]:
        """The network, and the names of the weights it lacks."""
        return load_network(self.backbone.folder, self.head.auto_class, None)
