"""The floor every model must beat: the commonest class, no entity, the commonest answer."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from boss.data.types import Example, Split
from boss.methods.base import Method
from boss.models.base import Model, ModelCard, Prediction
from boss.models.cache import Identity, fitted, load_json, save_json, split_identity, task_identity
from boss.models.options import gold_ids, provenance, require_train, resolve_method
from boss.tasks import Task

VERSION = 1
OUTSIDE = "O"


@dataclass(frozen=True)
class Majority:
    """Recipe: answers what is commonest in the train split, whatever it is shown."""

    name: ClassVar[str] = "majority"

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
        """Count the train split; see `boss.models.base.Recipe.fit`."""
        method = resolve_method(self.name, method, ("none",))
        split = require_train(self.name, task, train)
        identity = Identity(
            kind=self.name,
            version=VERSION,
            options={},
            task=task_identity(task),
            train=split_identity(split),
            validation="none",
            method=method,
            seed=seed,
        )
        card = ModelCard(
            id=self.name,
            revision=str(VERSION),
            adapter=self.name,
            method=method,
            weights_sha256="none",
            finetuned_on=provenance(split),
            training_datasets=(),
            n_parameters=0,
            licence="MIT",
            dtype="float64",
        )
        return fitted(
            cache,
            identity,
            lambda folder: save_json(folder / "commonest.json", count(task, split)),
            lambda folder: MajorityModel(task, card, identity.key, load_json(folder / "commonest.json")),
        )


@dataclass(frozen=True)
class MajorityModel:
    """The fitted model.

    Attributes:
        counts: what `count` returned.
    """

    task: Task
    card: ModelCard
    fingerprint: str
    counts: dict[str, Any]

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Give every example the same answer; for tagging, ``O`` for every token."""
        if self.task.kind == "span":
            return [Prediction(self.counts["answer"]) for _ in examples]
        # One is added to every count, so that a label never seen keeps a finite log-probability.
        smoothed = np.array(self.counts["labels"], dtype=np.float64) + 1
        probs = smoothed / smoothed.sum()
        if self.task.kind == "classification":
            answer = self.task.labels[int(probs.argmax())]
            return [Prediction(answer, probs) for _ in examples]
        sizes = [len(example.inputs["tokens"]) for example in examples]
        return [Prediction((OUTSIDE,) * size, np.tile(probs, (size, 1))) for size in sizes]


def count(task: Task, split: Split) -> dict[str, Any]:
    """Return how often each label occurs; for questions, the commonest first gold answer.

    Ties go to the label with the lower id, and to the answer that sorts first.
    """
    if task.kind == "span":
        answers = Counter(example.gold_texts[0] for example in split.examples if example.gold_texts)
        return {"answer": min(answers, key=lambda text: (-answers[text], text))}
    ids = np.concatenate(gold_ids(task, split))
    return {"labels": np.bincount(ids, minlength=len(task.labels)).tolist()}
