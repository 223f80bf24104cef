"""The way from a recipe's options to a fitted model: the same for every type of model.

A new type of model is one file in ``boss/models`` and one in ``conf/model``. In the first, a frozen dataclass
extends `BaseRecipe`; its fields are the options, and `BaseRecipe.start` gives what fits and what predicts::

    @dataclass(frozen=True, kw_only=True)
    class Nearest(BaseRecipe):
        adapter: ClassVar[str] = "nearest"
        libraries: ClassVar[tuple[str, ...]] = ("numpy", "scikit-learn")

        n_neighbours: int = 5

        def start(self, task: Task, method: str | Method, cache: Path) -> Start:
            return Start(NearestHead(task, self.n_neighbours), Particulars(id="nearest", licence="MIT"))

``NearestHead`` is a `Learner`: its ``fit`` writes files, its ``load`` reads them and returns the function
that predicts. The second file, ``conf/model/nearest.yaml``, holds ``_target_`` and every option with its
default. When a fitted model is taken from the cache, and when it is fitted anew, is decided here alone.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from boss.data.types import Split
from boss.errors import ConfigError, ModelError
from boss.models.base import Model, ModelCard
from boss.models.cache import Identity, code_sha256, fitted, library_versions, split_identity, task_identity
from boss.models.fitted import Answer, FittedModel, FittedNetwork, NetworkAnswer
from boss.models.method import Method
from boss.models.options import options_of
from boss.tasks import Task

CHOOSERS = "model=tfidf, model=minilm, model=mpnet, model=smollm2, model=endpoint or model=callable"


class Head(Protocol):
    """What answers the examples of a task."""

    def load(self, folder: Path) -> Answer:
        """Return the function that predicts, from the files in ``folder`` if it was fitted."""
        ...


@runtime_checkable
class Learner(Head, Protocol):
    """A head that is fitted first."""

    def fit(self, train: Split, validation: Split | None, folder: Path, seed: int) -> None:
        """Write what is learnt into ``folder``, which is empty."""
        ...


@dataclass(frozen=True, kw_only=True)
class Particulars:
    """What of a model's card its recipe alone can tell; `boss.models.base.ModelCard` explains the fields."""

    id: str
    licence: str
    revision: str = "1"
    weights_sha256: str = "none"
    training_datasets: tuple[str, ...] = ()
    n_parameters: int | None = None
    max_length: int | None = None
    dtype: str = "float64"


@dataclass(frozen=True)
class Start:
    """A model of a task before it is fitted.

    Attributes:
        origin: digest of all that fitting starts from besides code and options: weights, vocabulary.
    """

    head: Head
    particulars: Particulars
    origin: str = "none"


class BaseRecipe(ABC):
    """Base of the recipes (implements `boss.models.base.Recipe`); a subclass is a frozen dataclass.

    Attributes:
        adapter: kind of model, as on the card.
        methods: names of the training methods it has, its default first; ``finetune`` stands for every
            `Method`.
        ready: those of them by which nothing is fitted, so that no train split is taken.
        finetuned_on: what the card says then; ``none`` where it is known that nothing was.
        libraries: distributions that compute its outputs.
        choosing: those of its methods by which it answers a choice (`boss.tasks.Task.is_choice`).
    """

    adapter: ClassVar[str]
    methods: ClassVar[tuple[str, ...]] = ("none",)
    ready: ClassVar[tuple[str, ...]] = ()
    finetuned_on: ClassVar[str] = "unknown"
    libraries: ClassVar[tuple[str, ...]] = ("numpy",)
    choosing: ClassVar[tuple[str, ...]] = ()

    @property
    def name(self) -> str:
        """Name on the board."""
        return self.adapter

    def options(self) -> dict[str, Any]:
        """Return the options that decide a model's outputs, plain enough for JSON."""
        return options_of(self)

    @abstractmethod
    def start(self, task: Task, method: str | Method, cache: Path) -> Start:
        """Return the model of a task before it is fitted.

        Args:
            method: a way of fine-tuning, or the name of another method.
            cache: folder for what must be fetched.

        Raises:
            BossError: if it cannot be had, or is not for the task.
        """

    def for_task(self, task: Task) -> "BaseRecipe":
        """Return the recipe with what is left open decided for a task, so that it is recorded."""
        return self

    def taken(self, task: Task, method: str, train: Split, seed: int) -> Split:
        """Return what of the train split a method is fitted on."""
        return train

    def n_tunable(self, folder: Path) -> int | None:
        """Return how many parameters were fitted into ``folder``; None where that is not counted."""
        return None

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
        """Return the fitted model; see `boss.models.base.Recipe.fit`."""
        way = self._way(method)
        name = way if isinstance(way, str) else way.name
        if task.is_choice and name not in self.choosing:
            cure = f"take method={self.choosing[0]}" if self.choosing else f"take {CHOOSERS}"
            raise ConfigError(
                f"model {self.name} by method {name} takes a class for the same in every text, and in task "
                f"{task.name} each example says what its places stand for; {cure}"
            )
        used = self.for_task(task)
        options, libraries = used.options(), self.libraries
        sources: tuple[str, ...] = ()
        if isinstance(way, Method):
            way.check(task)
            options = {**options, "method": way.options()}
            libraries, sources = (*libraries, *way.libraries), way.sources
        if name in self.ready:
            train = validation = None
        else:
            train = used.taken(task, name, self._train_split(task, train), seed)
        start = used.start(task, way, cache)
        identity = Identity(
            kind=self.adapter,
            code=code_sha256(type(self), type(way), type(start.head), sources=sources),
            options=options,
            task=task_identity(task),
            train=split_identity(train),
            validation=split_identity(validation),
            method=name,
            seed=seed,
            weights=start.origin,
            libraries=library_versions(*libraries),
        )
        about = start.particulars
        if train is not None and train.card.role == "ood":
            about = replace(about, id=f"{about.id} (fitted on {train.dataset})")
        card = ModelCard(
            **vars(about),
            adapter=self.adapter,
            method=name,
            finetuned_on=self.finetuned_on if train is None else _provenance(train),
            options=options,
        )

        def make(folder: Path) -> None:
            if train is not None:
                assert isinstance(start.head, Learner), f"{self.name} has nothing to fit with"
                start.head.fit(train, validation, folder, seed)

        def load(folder: Path) -> FittedModel:
            answer = start.head.load(folder)
            full = replace(card, n_tunable=self.n_tunable(folder))
            if isinstance(answer, NetworkAnswer):
                return FittedNetwork(full, identity.key, answer)
            return FittedModel(full, identity.key, answer)

        return fitted(cache, identity, make, load)

    def _way(self, method: str | Method) -> str | Method:
        """Return the method to use: a `Method` for every way of fine-tuning, a name for the others.

        Raises:
            ConfigError: listing the methods of the model.
        """
        name = method if isinstance(method, str) else method.name
        if name == "default":
            name = self.methods[0]
        elif name not in self.methods and (isinstance(method, str) or "finetune" not in self.methods):
            names = ", ".join(("default", *self.methods))
            raise ConfigError(f"model {self.name} has no training method {name!r}; its methods: {names}")
        if isinstance(method, str):
            return Method() if name == "finetune" else name
        return method

    def _train_split(self, task: Task, train: Split | None) -> Split:
        """Return the train split.

        Raises:
            ModelError: if there is none, or it is empty.
        """
        if train is None or not train.examples:
            raise ModelError(
                f"model {self.name} is fitted on the ID train split of task {task.name}, which is missing or "
                "empty; the failure of its dataset says how to get it; or use a model that is already fitted "
                "(model=hf method=none, model=callable)"
            )
        return train


def _provenance(split: Split) -> str:
    """Return ``suite/dataset/split@manifest-hash (n)``."""
    return f"{split.card.suite}/{split.dataset}/{split.split}@{split.sha256} ({len(split.examples)})"
