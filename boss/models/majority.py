"""The floor every model must beat: the commonest class, no entity, the commonest answer."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from boss.data.types import Example, Split
from boss.models.base import Prediction
from boss.models.cache import load_json, save_json
from boss.models.fitted import Answer
from boss.models.method import Method
from boss.models.options import gold_ids
from boss.models.recipe import BaseRecipe, Particulars, Start
from boss.tasks import Task

COUNTS = "commonest.json"
OUTSIDE = "O"


@dataclass(frozen=True)
class Majority(BaseRecipe):
    """Recipe: answers what is commonest in the train split, whatever it is shown."""

    adapter: ClassVar[str] = "majority"
    choosing: ClassVar[tuple[str, ...]] = ("none",)

    def start(self, task: Task, method: str | Method, cache: Path) -> Start:
        """Return the counts of a task before anything is counted."""
        return Start(Counts(task), Particulars(id=self.name, licence="MIT", n_parameters=0))


@dataclass(frozen=True)
class Counts:
    """How often each label occurs (implements `boss.models.recipe.Learner`)."""

    task: Task

    def fit(self, train: Split, validation: Split | None, folder: Path, seed: int) -> None:
        """Count the train split into ``folder``."""
        save_json(folder / COUNTS, count(self.task, train))

    def load(self, folder: Path) -> Answer:
        """Return the function that predicts by the counts in ``folder``."""
        return partial(self._predictions, load_json(folder / COUNTS))

    def _predictions(self, counts: Mapping[str, Any], examples: Sequence[Example]) -> list[Prediction]:
        """Give every example the same answer; for tagging, ``O`` for every token."""
        if self.task.kind == "span":
            return [Prediction(counts["answer"]) for _ in examples]
        # One is added to every count, so that a label never seen keeps a finite log-probability.
        smoothed = np.array(counts["labels"], dtype=np.float64) + 1
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
