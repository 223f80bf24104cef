"""What a foreign function answers, row by row, checked and turned into predictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boss.models.base import Prediction
from boss.models.bio import opened
from boss.models.label_map import LabelMap
from boss.models.label_match import label_of, map_labels
from boss.models.linear import softmax
from boss.tasks import Task

SUM_TOLERANCE = 1e-3
ELSE = "or name them in its answers as the task does"


@dataclass(frozen=True)
class Rows:
    """Reads the rows of a function.

    A row is an answer (class name; one tag per token; answer text); or probabilities over the task's labels,
    in their order (of tags one such list per token); or ``{label: probability}``, by any name of a label that
    `boss.models.label_names` or ``label_map`` knows. What a pipeline of transformers gives, ``{"label": ...,
    "score": ...}`` or a list of such, is read as well.

    Attributes:
        name: of the function.
        label_map: its labels -> the task's.
        neutral_threshold: see `boss.models.hf.HuggingFace`.
    """

    name: str
    task: Task
    label_map: Mapping[str, str] = field(default_factory=dict)
    neutral_threshold: float | None = None
    maps: dict[tuple[str, ...], LabelMap] = field(default_factory=dict, init=False, repr=False, compare=False)

    def prediction(self, row: Any, n_tokens: int) -> Prediction:
        """Return the prediction of one row.

        Args:
            n_tokens: of a sentence that is tagged.

        Raises:
            TypeError, ValueError: saying which rule the row breaks.
            BossError: if its labels do not match the task's.
        """
        if self.task.kind == "span":
            if not isinstance(row, str):
                raise ValueError(f"an answer must be a text, got {type(row).__name__}")
            return Prediction(row)
        if self.task.kind == "classification":
            return self._class(_plain(row))
        if isinstance(row, str) or len(row) != n_tokens:
            raise ValueError(f"must hold one entry for each token, {n_tokens} in all, got {_size(row)}")
        if all(isinstance(tag, str) for tag in row):
            return Prediction(tuple(self._label(tag) for tag in row))
        if any(isinstance(entry, Mapping) for entry in row):
            return self._tags(row)
        probs = self._probabilities(row, (n_tokens, len(self.task.labels)))
        return Prediction(tuple(self.task.labels[i] for i in probs.argmax(-1).tolist()), probs)

    def _class(self, row: Any) -> Prediction:
        if isinstance(row, str):
            label, labels = self._label(row), self.task.labels
            if label not in labels:
                rest = tuple((other,) for other in labels if other not in self.task.members(label))
                return Prediction(self.task.members(label)[0], classes=(self.task.members(label), *rest))
            return Prediction(label)
        labels = self.task.labels
        if not isinstance(row, Mapping):
            probs = self._probabilities(row, (len(labels),))
            return Prediction(labels[int(probs.argmax())], probs)
        names, values = _named(row)
        convert = self._map(names)
        probs = convert.probabilities(_checked(values))
        return Prediction(labels[int(probs.argmax())], probs, classes=convert.classes)

    def _tags(self, row: Sequence[Mapping[str, float]]) -> Prediction:
        names, _ = _named(row[0])
        if any(not isinstance(entry, Mapping) or set(_named(entry)[0]) != set(names) for entry in row):
            raise ValueError("every token must have a probability for the same tags")
        convert = self._map(names)
        table = np.array([[float(entry[name]) for name in row[0]] for entry in row])
        probs = convert.probabilities(_checked(table))
        if convert.opens:
            probs = softmax(opened(np.log(np.maximum(probs, np.finfo(np.float64).tiny)), convert.opens))
        return Prediction(tuple(self.task.labels[i] for i in probs.argmax(-1).tolist()), probs)

    def _map(self, names: tuple[str, ...]) -> LabelMap:
        """Return `map_labels`, kept: the labels of one function are the same row by row."""
        if names not in self.maps:
            self.maps[names] = map_labels(
                self.name,
                self.task,
                names,
                self.label_map,
                neutral_threshold=self.neutral_threshold,
                partial=True,
                otherwise=ELSE,
            )
        return self.maps[names]

    def _label(self, name: str) -> str:
        label = label_of(name, self.task, self.label_map)
        if label is None:
            labels = ", ".join((*self.task.labels, *self.task.merged))
            raise ValueError(
                f"{name!r} is not a label of task {self.task.name}: {labels}; say which it means with "
                f"model.label_map={{NAME: LABEL}}"
            )
        return label

    def _probabilities(self, row: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
        probs = np.asarray(row, dtype=np.float64)
        if probs.shape != shape:
            raise ValueError(
                f"probabilities must have shape {shape}, got {probs.shape}: one for each of "
                f"{', '.join(self.task.labels)}, in this order; or give them by name, {{label: probability}}"
            )
        return _checked(probs)


def _plain(row: Any) -> Any:
    """Return what a pipeline of transformers gives as an answer or as probabilities by name."""
    if isinstance(row, Mapping) and set(row) == {"label", "score"}:
        return row["label"]
    if (
        isinstance(row, list)
        and row
        and all(isinstance(i, Mapping) and set(i) == {"label", "score"} for i in row)
    ):
        return {item["label"]: item["score"] for item in row}
    return row


def _named(row: Mapping[Any, Any]) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    return tuple(map(str, row)), np.array([float(value) for value in row.values()])


def _checked(probs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities that sum to 1 over the last axis exactly.

    Raises:
        ValueError: if they do not nearly.
    """
    if not (np.isfinite(probs).all() and (probs >= 0).all()):
        raise ValueError("probabilities must be finite and not negative")
    sums = probs.sum(-1, keepdims=True)
    if (np.abs(sums - 1) > SUM_TOLERANCE).any():
        worst = float(sums.flat[int(np.abs(sums - 1).argmax())])
        raise ValueError(f"probabilities must sum to 1, got {worst:.6g}")
    return np.asarray(probs / sums)


def _size(row: Any) -> str:
    return "a text" if isinstance(row, str) else str(len(row))
