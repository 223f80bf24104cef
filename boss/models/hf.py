"""Any Hugging Face model: fine-tuned on the task, frozen under a linear head, or taken as fine-tuned."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from boss.errors import ConfigError, ModelError
from boss.models.backbone import Backbone
from boss.models.heads import NetworkHead, network_head
from boss.models.hub import locate_model
from boss.models.label_map import check_threshold
from boss.models.label_match import Given, map_labels
from boss.models.method import Method
from boss.models.network import NetworkPredictor, load_network
from boss.models.options import HIDDEN
from boss.models.pretrained import Checkpoint, Pretrained
from boss.models.recipe import Head
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

    def locate(self, cache: Path) -> Checkpoint:
        """Return where the model stands; see `boss.models.hub.locate_model`."""
        folder, revision, licence = locate_model(self.path, self.revision)
        return Checkpoint(folder, self.name, revision, licence)


@dataclass(frozen=True, kw_only=True)
class HuggingFace(Hosted):
    """A hub id or a local folder, with transformers' own head for the task.

    Methods: ``finetune`` (the default), ``linear_probe``, and ``none``: the folder is already
    fine-tuned for this task, and its label names are matched with the task's (`boss.models.label_match`).

    Attributes:
        label_map: the model's label name -> the task's, or the task's label of each output in order.
        neutral_threshold: of a model of two classes on a task with neutral: the top probability below which
            its answer is neutral.
        iob1: the tags are IOB1, where ``B-`` stands only between two entities of one type.
    """

    adapter: ClassVar[str] = "hf"
    methods: ClassVar[tuple[str, ...]] = ("finetune", "linear_probe", "none")
    ready: ClassVar[tuple[str, ...]] = ("none",)

    label_map: Given = None
    neutral_threshold: float | None = None
    iob1: bool = False

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        super().__post_init__()
        check_threshold(self.neutral_threshold)

    def head(self, task: Task, backbone: Backbone, method: str | Method) -> Head:
        """Return the head of ``task`` by ``method``."""
        if method == "none":
            return OwnHead(task, backbone, network_head(task, backbone.pieces, self.stride), self)
        for option in ("label_map", "neutral_threshold", "iob1"):
            if getattr(self, option):
                raise ConfigError(
                    f"model.{option} is for a model that is taken as it is; add method=none, or leave it out"
                )
        return super().head(task, backbone, method)


@dataclass(frozen=True)
class OwnHead:
    """The head that somebody else has trained for the task (implements `boss.models.recipe.Head`)."""

    task: Task
    backbone: Backbone
    kind: NetworkHead
    recipe: HuggingFace

    def load(self, folder: Path) -> NetworkPredictor:
        """Return what predicts with the network as it is; nothing is read from ``folder``.

        Raises:
            ModelError: if the checkpoint has no trained head, or its labels do not match the task's.
        """
        recipe, task = self.recipe, self.task
        network, missing = load_network(self.backbone.folder, self.kind.auto_class, None)
        if missing:
            raise ModelError(
                f"model {recipe.name} has no trained head for task {task.name} (missing: "
                f"{', '.join(missing)}); train one with method=finetune or method=linear_probe"
            )
        predictor = NetworkPredictor(
            self.kind, network, self.backbone.pieces, recipe.token_budget, recipe.autocast
        )
        if task.kind == "span":  # start and end scores have no names to match
            return predictor
        config = network.config
        names = [str(name) for _, name in sorted(config.id2label.items())]
        kind = getattr(config, "problem_type", None)
        convert = map_labels(
            recipe.name,
            task,
            names,
            recipe.label_map,
            neutral_threshold=recipe.neutral_threshold,
            iob1=recipe.iob1,
            independent=kind == "multi_label_classification" or (len(names) == 1 and kind != "regression"),
        )
        return replace(predictor, convert=convert)
