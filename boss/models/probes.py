"""Linear heads on frozen states: one probe per kind of task, each fitted, stored and applied here."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Example, Split
from boss.models.backbone import Backbone
from boss.models.base import InputGradient, Prediction, Weights
from boss.models.bio import best_legal_tags
from boss.models.cache import load_arrays, save_arrays
from boss.models.forward import Floats as AnyFloats
from boss.models.gradients import gathered
from boss.models.linear import ABSENT_LOGIT, Linear, fit_linear, fit_on, softmax
from boss.models.options import gold_ids
from boss.models.words import first_pieces, joined, placed
from boss.tasks import Task

Floats = NDArray[np.float64]
HEAD = "head.npz"
STRENGTHS = (0.001, 0.01, 0.1, 1.0)
"""Inverse regularisation tried on the validation split, on standardised features."""


class Probe(Protocol):
    """A linear head's way of reading a frozen backbone."""

    @property
    def backbone(self) -> Backbone:
        """The frozen encoder."""
        ...

    def answers(self, head: Linear, examples: Sequence[Example]) -> list[Prediction]:
        """Answer examples in order."""
        ...

    def gradients(
        self, head: Linear, examples: Sequence[Example], field: str, weights: Sequence[Weights]
    ) -> list[InputGradient]:
        """Return the gradients of examples, see `boss.models.base.Differentiable`."""
        ...


@dataclass(frozen=True)
class ProbePredictor:
    """A probe with its head (implements `boss.models.fitted.NetworkAnswer`)."""

    probe: Probe
    head: Linear

    def __call__(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answer examples in order."""
        return self.probe.answers(self.head, examples)

    def gradients(
        self, examples: Sequence[Example], field: str, weights: Sequence[Weights]
    ) -> list[InputGradient]:
        """Return the gradients of examples, see `boss.models.base.Differentiable`."""
        return self.probe.gradients(self.head, examples, field, weights)

    def embed(self, text: str) -> AnyFloats:
        """Return the input embeddings of the pieces of a text by itself."""
        return self.probe.backbone.embed(text)


@dataclass(frozen=True)
class ClassProbe:
    """Multinomial logistic regression on sentence vectors.

    A pair (premise u, hypothesis v) becomes ``[u, v, |u - v|, u * v]``. Source: Conneau et al. 2017,
    InferSent (arXiv:1705.02364), section 3.2.
    """

    task: Task
    backbone: Backbone

    def fit(self, train: Split, validation: Split | None, folder: Path, seed: int) -> None:
        """Write the head into ``folder``; nothing here is random."""
        head = fit_on(self.task, self.features, train, validation, strengths=STRENGTHS, standardise=True)
        save_arrays(folder / HEAD, head.arrays())

    def load(self, folder: Path) -> ProbePredictor:
        """Return what answers with the head in ``folder``."""
        return ProbePredictor(self, Linear(**load_arrays(folder / HEAD)))

    def answers(self, head: Linear, examples: Sequence[Example]) -> list[Prediction]:
        """Answer with the likeliest class."""
        return class_predictions(self.task, head.logits(self.features(examples)))

    def gradients(
        self, head: Linear, examples: Sequence[Example], field: str, weights: Sequence[Weights]
    ) -> list[InputGradient]:
        """Return the gradients of examples, see `boss.models.base.Differentiable`."""
        texts = [example.text(field) for example in examples]
        means = self.backbone.means(texts)
        lengths = np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
        units = means / lengths
        slopes = self._through_features(np.stack(weights) @ head.weight, units, examples, field)
        slopes = (slopes - units * (units * slopes).sum(1, keepdims=True)) / lengths
        parts = []
        for text, slope in zip(texts, slopes, strict=True):
            windows = self.backbone.pieces.single(text)
            mean = slope / sum(map(len, windows))
            parts.append([(window, np.tile(mean, (len(window), 1))) for window in windows])
        return gathered(parts, self.backbone.backward, beside=False)

    def _through_features(
        self, slopes: Floats, units: Floats, examples: Sequence[Example], field: str
    ) -> Floats:
        """Return slopes with respect to one field's unit vectors, from those of the features."""
        if len(self.task.fields) == 1:
            return slopes
        first, second = self.task.fields
        first_part, second_part, apart, product = np.split(slopes, 4, axis=1)
        other = self.backbone.sentences([e.text(second if field == first else first) for e in examples])
        direct = first_part if field == first else second_part
        return np.asarray(direct + np.sign(units - other) * apart + other * product)

    def features(self, examples: Sequence[Example]) -> Floats:
        """Return what the head reads, shape ``(n, hidden)``, of a pair ``(n, 4 * hidden)``."""
        names = self.task.fields
        texts = [example.text(name) for name in names for example in examples]
        return as_one(self.backbone.sentences(texts).reshape(len(names), len(examples), -1))


@dataclass(frozen=True)
class TagProbe:
    """Multinomial logistic regression on the state of each word's first piece; the best legal BIO path.

    Scores are per word, not per piece (BOSS tags every piece and scores pieces, so that its F1 depends
    on the tokenizer), and long sentences are read in overlapping windows, so no word goes unanswered.

    Attributes:
        layers: last layers whose states are averaged.
    """

    task: Task
    backbone: Backbone
    overlap: int
    layers: int = 4

    def fit(self, train: Split, validation: Split | None, folder: Path, seed: int) -> None:
        """Write the head into ``folder``; nothing here is random."""
        check = self._table(validation) if validation is not None and validation.examples else None
        table, n_labels = self._table(train), len(self.task.labels)
        head = fit_linear(*table, n_labels, check, strengths=STRENGTHS[1:], standardise=True)
        save_arrays(folder / HEAD, head.arrays())

    def load(self, folder: Path) -> ProbePredictor:
        """Return what answers with the head in ``folder``."""
        return ProbePredictor(self, Linear(**load_arrays(folder / HEAD)))

    def answers(self, head: Linear, examples: Sequence[Example]) -> list[Prediction]:
        """Answer with the best legal tags."""
        return [self._answer(head, *words) for words in self._words(examples)]

    def gradients(
        self, head: Linear, examples: Sequence[Example], field: str, weights: Sequence[Weights]
    ) -> list[InputGradient]:
        """Return the gradients of examples, see `boss.models.base.Differentiable`."""
        parts = []
        for example, weight in zip(examples, weights, strict=True):
            text, spans = joined(example.inputs["tokens"])
            windows = self.backbone.pieces.single(text, self.overlap)
            parts.append(placed(windows, first_pieces(windows, spans), np.asarray(weight) @ head.weight))
        return gathered(parts, partial(self.backbone.backward, layers=self.layers), beside=False)

    def _answer(self, head: Linear, states: NDArray[np.float32], present: NDArray[np.bool_]) -> Prediction:
        logits = outside_logits(len(present), self.task.labels)
        if present.any():
            logits[present] = head.logits(states.astype(np.float64))
        return Prediction(best_legal_tags(logits, self.task.labels), softmax(logits), logits)

    def _table(self, split: Split) -> tuple[Floats, NDArray[np.intp]]:
        words = self._words(split.examples)
        gold = [ids[present] for ids, (_, present) in zip(gold_ids(self.task, split), words, strict=True)]
        states = np.concatenate([states for states, _ in words]).astype(np.float64)
        return states, np.concatenate(gold)

    def _words(self, examples: Sequence[Example]) -> list[tuple[NDArray[np.float32], NDArray[np.bool_]]]:
        """Return per sentence the states of its words, and which words have one."""
        sentences = [joined(example.inputs["tokens"]) for example in examples]
        parts = [self.backbone.pieces.single(text, self.overlap) for text, _ in sentences]
        states = iter(self.backbone.token_states([w for windows in parts for w in windows], self.layers))
        out = []
        for windows, (_, spans) in zip(parts, sentences, strict=True):
            own = [next(states) for _ in windows]
            places = first_pieces(windows, spans)
            rows = [own[place[0]][place[1]] for place in places if place is not None]
            table = np.stack(rows) if rows else np.empty((0, own[0].shape[1]), np.float32)
            out.append((table, np.array([place is not None for place in places], dtype=bool)))
        return out


def as_one(parts: Floats) -> Floats:
    """Return one row per example from the vectors of its texts, ``(n_fields, n, d)``; see `ClassProbe`."""
    if len(parts) == 1:
        return np.asarray(parts[0])
    u, v = parts
    return np.concatenate([u, v, np.abs(u - v), u * v], axis=1)


def class_predictions(task: Task, logits: Floats) -> list[Prediction]:
    """Return one prediction per row of logits, shape ``(n, n_labels)``; of equals, the lower label id."""
    probs = softmax(logits)
    best = logits.argmax(axis=1)
    return [
        Prediction(task.labels[label], row_probs, row)
        for label, row_probs, row in zip(best.tolist(), probs, logits, strict=True)
    ]


def outside_logits(n_words: int, tags: Sequence[str]) -> Floats:
    """Return logits that say ``O``, for words the tokenizer drops (control characters, empty tokens)."""
    logits = np.full((n_words, len(tags)), ABSENT_LOGIT)
    logits[:, list(tags).index("O")] = 0.0
    return logits
