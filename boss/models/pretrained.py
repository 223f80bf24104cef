"""What every pretrained model shares: from a folder and a method to a fitted model, through the cache."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Protocol

from boss.data.types import Split
from boss.methods.base import Method
from boss.methods.training import Training
from boss.models.backbone import Backbone
from boss.models.base import Model, ModelCard
from boss.models.cache import (
    Identity,
    fitted,
    library_versions,
    load_arrays,
    load_json,
    split_identity,
    task_identity,
)
from boss.models.fitted import Answer, FittedNetwork, NetworkAnswer
from boss.models.heads import network_head
from boss.models.network import TRAINED, Tuned
from boss.models.options import HIDDEN, options_of, provenance, require, require_train, resolve_method
from boss.models.probes import HEAD, ClassProbe, TagProbe
from boss.models.span_probe import SpanProbe
from boss.models.weights import n_parameters, settings_sha256, weights_sha256
from boss.tasks import Task

VERSION = 2
LIBRARIES: tuple[str, ...] = ("numpy", "scikit-learn", "tokenizers", "torch", "transformers")


@dataclass(frozen=True)
class Located:
    """A pretrained model in a local folder.

    Attributes:
        training_datasets: what its weights are known to have seen before; see `ModelCard`.
    """

    folder: Path
    id: str
    revision: str
    licence: str
    training_datasets: tuple[str, ...] = ("unknown",)


class Head(Protocol):
    """A way of fitting a pretrained model to a task."""

    def fit(self, train: Split, validation: Split | None, folder: Path, seed: int) -> None:
        """Write what was learnt into ``folder``."""
        ...

    def load(self, folder: Path) -> Answer:
        """Return what answers with the files in ``folder``."""
        ...


class DifferentiableHead(Head, Protocol):
    """A way of fitting whose result is differentiable."""

    def load(self, folder: Path) -> NetworkAnswer:
        """Return what answers with the files in ``folder``."""
        ...


@dataclass(frozen=True, kw_only=True)
class Pretrained(Training):
    """Recipe shared by `boss.models.encoder.MiniLM` and `boss.models.hf.HuggingFace`.

    Attributes:
        max_length: pieces of one window, special tokens included; lowered to what the model has.
        stride: pieces that neighbouring windows of a long context or sentence share.
        token_budget: pieces of one batch at inference, padding included; changes speed only.
    """

    methods: ClassVar[tuple[str, ...]] = ("linear_probe", "finetune")
    adapter: ClassVar[str] = "encoder"

    max_length: int = 256
    stride: int = 64
    token_budget: int = field(default=4096, metadata=HIDDEN)

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        super().__post_init__()
        require("max_length", self.max_length, low=32, high=100_000)
        require("stride", self.stride, low=0, high=self.max_length // 2)
        require("token_budget", self.token_budget, low=1, high=10**9)

    @property
    def name(self) -> str:
        """Name on the board."""
        raise NotImplementedError

    def locate(self, cache: Path) -> Located:
        """Return where the model stands, fetched where it is not there yet."""
        raise NotImplementedError

    def fit(
        self,
        task: Task,
        train: Split | None,
        validation: Split | None,
        *,
        method: str | Method,
        seed: int,
        cache: Path,
    ) -> Model:
        """Fit a head, or every weight, or nothing; see `boss.models.base.Recipe.fit`."""
        name = resolve_method(self.name, method, self.methods)
        how: str | Method = Method() if name == "finetune" else name if isinstance(method, str) else method
        options, libraries = options_of(self), LIBRARIES
        if isinstance(how, Method):
            how.check(task)
            options, libraries = {**options, "method": how.options()}, (*LIBRARIES, *how.libraries)
        if how == "none":
            train = validation = None
        else:
            train = require_train(self.name, task, train)
        located = self.locate(cache)
        backbone = Backbone(located.folder, self.max_length, self.token_budget)
        weights = weights_sha256(located.folder, cache)
        identity = Identity(
            kind=self.adapter,
            version=VERSION,
            options=options,
            task=task_identity(task),
            train=split_identity(train),
            validation=split_identity(validation),
            method=name,
            seed=seed,
            weights=f"{weights}+{settings_sha256(located.folder)}",
            libraries=library_versions(*libraries),
        )
        card = ModelCard(
            id=located.id,
            revision=located.revision,
            adapter=self.adapter,
            method=name,
            weights_sha256=weights,
            finetuned_on="unknown" if how == "none" else provenance(train),
            training_datasets=located.training_datasets,
            n_parameters=n_parameters(located.folder),
            licence=located.licence,
            dtype="bfloat16-autocast" if self.bfloat16 and how != "linear_probe" else "float32",
            max_length=backbone.pieces.max_length,
            options=options,
        )
        head = self.head(task, backbone, how)

        def make(folder: Path) -> None:
            if train is not None:
                head.fit(train, validation, folder, seed)

        def load(folder: Path) -> FittedNetwork:
            known = replace(card, n_tunable=_n_tunable(folder))
            return FittedNetwork(known, identity.key, head.load(folder))

        return fitted(cache, identity, make, load)

    def head(self, task: Task, backbone: Backbone, method: str | Method) -> DifferentiableHead:
        """Return the way to fit ``task`` by ``method``: a way of fine-tuning, or none of them by name."""
        if isinstance(method, Method):
            network = network_head(task, backbone.pieces, self.stride)
            return Tuned(task, backbone.folder, network, backbone.pieces, self, method, self.token_budget)
        if task.kind == "classification":
            return ClassProbe(task, backbone)
        if task.kind == "tagging":
            return TagProbe(task, backbone, self.stride)
        return SpanProbe(task, backbone, self.stride)


def _n_tunable(folder: Path) -> int | None:
    """Return how many parameters were trained into a folder; None where nothing was."""
    if (folder / TRAINED).is_file():
        return int(load_json(folder / TRAINED)["n_tunable"])
    if (folder / HEAD).is_file():
        return sum(array.size for array in load_arrays(folder / HEAD).values())
    return None
