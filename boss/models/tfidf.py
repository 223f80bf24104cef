"""Linear models on surface features, for all five tasks: what can be done without pretraining."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from boss.data.types import Split
from boss.methods.base import Method
from boss.models.base import Model, ModelCard
from boss.models.cache import Identity, fitted, library_versions, split_identity, task_identity
from boss.models.fitted import Fitted
from boss.models.options import options_of, provenance, require, require_train, resolve_method
from boss.models.pretrained import Head
from boss.models.tfidf_ner import TaggerOfShapes
from boss.models.tfidf_qa import SpanFinder
from boss.models.tfidf_text import NgramClassifier
from boss.tasks import Task

VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Tfidf:
    """Recipe: n-grams for classes, word shapes for tags, word overlap for answers.

    Attributes:
        word_ngrams: longest word n-gram.
        char_ngrams: longest character n-gram, inside words; 0 leaves them out.
        min_count: texts an n-gram must occur in.
    """

    name: ClassVar[str] = "tfidf"

    word_ngrams: int = 2
    char_ngrams: int = 5
    min_count: int = 2

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        require("word_ngrams", self.word_ngrams, low=1, high=5)
        require("char_ngrams", self.char_ngrams, low=0, high=8)
        require("min_count", self.min_count, low=1, high=1000)

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
        """Fit the linear model of the task's kind; see `boss.models.base.Recipe.fit`."""
        # The one method is scikit-learn's own fit: no pretrained weights to probe or to tune.
        method = resolve_method(self.name, method, ("none",))
        split = require_train(self.name, task, train)
        identity = Identity(
            kind=self.name,
            version=VERSION,
            options=options_of(self),
            task=task_identity(task),
            train=split_identity(split),
            validation=split_identity(validation),
            method=method,
            seed=seed,
            libraries=library_versions("numpy", "scikit-learn", "scipy"),
        )
        card = ModelCard(
            id=self.name,
            revision=str(VERSION),
            adapter=self.name,
            method=method,
            weights_sha256="none",
            finetuned_on=provenance(split),
            training_datasets=(),
            licence="MIT",
            dtype="float64",
            options=options_of(self),
        )
        head = self.head(task)
        return fitted(
            cache,
            identity,
            lambda folder: head.fit(split, validation, folder, seed),
            lambda folder: Fitted(card, identity.key, head.load(folder)),
        )

    def head(self, task: Task) -> Head:
        """Return the model of the task's kind."""
        if task.kind == "classification":
            return NgramClassifier(task, self.word_ngrams, self.char_ngrams, self.min_count)
        if task.kind == "tagging":
            return TaggerOfShapes(task)
        return SpanFinder(task)
