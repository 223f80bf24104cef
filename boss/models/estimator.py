"""A fitted scikit-learn classifier, or what behaves like one, as something that answers examples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from boss.data.types import Example
from boss.errors import ConfigError, ModelError
from boss.models.base import Prediction
from boss.models.calls import Calls
from boss.models.label_map import LabelMap
from boss.models.label_match import Given, map_labels
from boss.models.rows import Rows
from boss.tasks import Task
from robtest.plural import counted

ELSE = "or fit it on labels called as the task's"


def is_estimator(thing: object) -> bool:
    """Whether an object is asked by ``predict`` or ``predict_proba``, as scikit-learn's classifiers are."""
    return not isinstance(thing, type) and (hasattr(thing, "predict") or hasattr(thing, "predict_proba"))


@dataclass(frozen=True)
class EstimatorAnswer:
    """Asks a classifier (implements `boss.models.fitted.Answer`).

    It is given a list of texts, or for a task of two fields a data frame with a column for each. The columns
    of ``predict_proba`` are read by ``classes_``, whatever their order; scikit-learn's is the alphabet's.

    Attributes:
        calls: how it is called.
    """

    name: str
    estimator: Any
    task: Task
    label_map: Given = None
    neutral_threshold: float | None = None
    calls: Calls = field(default_factory=lambda: Calls("predict"))

    def __call__(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answer examples in order.

        Raises:
            ModelError: if an answer is none of the task's.
        """
        convert = self._convert()
        if not hasattr(self.estimator, "predict_proba"):
            return self._labels(examples, convert)
        assert convert is not None
        probs = np.asarray(self._asked(self.estimator.predict_proba, examples), dtype=np.float64)
        shape = (len(examples), len(self.estimator.classes_))
        if probs.shape != shape:
            raise ModelError(f"{self.name}: predict_proba must give shape {shape}, got {probs.shape}")
        if not (np.isfinite(probs).all() and (probs >= 0).all() and np.allclose(probs.sum(1), 1, atol=1e-3)):
            raise ModelError(f"{self.name}: predict_proba must give rows that are not negative and sum to 1")
        labels = self.task.labels
        return [
            Prediction(labels[int(row.argmax())], row, classes=convert.classes)
            for row in convert.probabilities(probs)
        ]

    def check(self) -> None:
        """Refuse an object that cannot answer the task, before it is asked anything.

        Raises:
            ModelError: if it can answer no such task, or its classes do not match the task's.
            ConfigError: for a threshold without probabilities.
        """
        if self.task.kind != "classification":
            raise ModelError(
                f"{self.name} is a classifier, and task {self.task.name} asks for "
                f"{'tags' if self.task.kind == 'tagging' else 'an answer out of a text'}; measure it with "
                "task=sentiment, toxicity or nli"
            )
        if hasattr(self.estimator, "predict_proba"):
            if not hasattr(self.estimator, "classes_"):
                raise ModelError(
                    f"{self.name} has predict_proba but no classes_, so what its columns mean is not known; "
                    "fit it, or give it classes_: the labels in the order of its columns"
                )
        elif self.neutral_threshold is not None:
            raise ConfigError(
                f"model.neutral_threshold={self.neutral_threshold:g} needs probabilities, and {self.name} "
                "has no predict_proba; leave it out"
            )
        self._convert()

    def _convert(self) -> LabelMap | None:
        """Return the map of its classes to the task's labels; None where it does not say what they are."""
        if not hasattr(self.estimator, "classes_"):
            return None
        return map_labels(
            self.name,
            self.task,
            [str(name) for name in self.estimator.classes_],
            self.label_map,
            neutral_threshold=self.neutral_threshold,
            otherwise=ELSE,
        )

    def _labels(self, examples: Sequence[Example], convert: LabelMap | None) -> list[Prediction]:
        answers = self._asked(self.estimator.predict, examples)
        if not hasattr(answers, "__len__") or len(answers) != len(examples):
            raise ModelError(
                f"{self.name}: predict was given {counted(len(examples), 'input')} and returned "
                f"{answers!r:.80}"
            )
        if convert is not None:
            names = [str(name) for name in answers]
            known = [str(name) for name in self.estimator.classes_]
            by_id = {
                i: label for label, ids in zip(self.task.labels, convert.members, strict=True) for i in ids
            }
            return [Prediction(by_id[known.index(name)], classes=convert.classes) for name in names]
        rows = Rows(self.name, self.task, self.label_map if isinstance(self.label_map, Mapping) else {})
        try:
            # Pipelines of transformers give more than a name.
            return [rows.prediction(a if isinstance(a, Mapping | list) else str(a), 0) for a in answers]
        except ValueError as error:
            raise ModelError(f"{self.name}: {error}") from error

    def _asked(self, method: Any, examples: Sequence[Example]) -> Any:
        fields = self.task.fields
        if len(fields) == 1:
            return self.calls(method, [example.text(fields[0]) for example in examples])
        import pandas as pd

        return self.calls(
            method, pd.DataFrame({name: [example.text(name) for example in examples] for name in fields})
        )
