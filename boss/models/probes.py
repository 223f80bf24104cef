"""Linear heads on frozen states: one probe per kind of task, each fitted, stored and applied here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Example, Split
from boss.models.backbone import Backbone
from boss.models.base import Prediction
from boss.models.bio import best_legal_tags
from boss.models.cache import load_arrays, save_arrays
from boss.models.fitted import Answer
from boss.models.linear import ABSENT_LOGIT, Linear, fit_linear, softmax
from boss.models.options import gold_ids
from boss.models.words import first_pieces, joined
from boss.tasks import Task

Floats = NDArray[np.float64]
HEAD = "head.npz"
STRENGTHS = (0.001, 0.01, 0.1, 1.0)
"""Inverse regularisation tried on the validation split, on standardised features."""


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
        gold = np.concatenate(gold_ids(self.task, train))
        checked = None
        if validation is not None and validation.examples:
            checked = (self._features(validation.examples), np.concatenate(gold_ids(self.task, validation)))
        head = fit_linear(
            self._features(train.examples),
            gold,
            len(self.task.labels),
            checked,
            strengths=STRENGTHS,
            standardise=True,
        )
        save_arrays(folder / HEAD, head.arrays())

    def load(self, folder: Path) -> Answer:
        """Return what answers with the head in ``folder``."""
        head = Linear(**load_arrays(folder / HEAD))
        return lambda examples: class_predictions(self.task, head.logits(self._features(examples)))

    def _features(self, examples: Sequence[Example]) -> Floats:
        names = self.task.fields
        texts = [example.text(name) for name in names for example in examples]
        parts = self.backbone.sentences(texts).reshape(len(names), len(examples), -1)
        if len(names) == 1:
            return np.asarray(parts[0])
        u, v = parts
        return np.concatenate([u, v, np.abs(u - v), u * v], axis=1)


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
        features, gold = self._table(train)
        checked = self._table(validation) if validation is not None and validation.examples else None
        head = fit_linear(
            features, gold, len(self.task.labels), checked, strengths=STRENGTHS[1:], standardise=True
        )
        save_arrays(folder / HEAD, head.arrays())

    def load(self, folder: Path) -> Answer:
        """Return what answers with the head in ``folder``."""
        head = Linear(**load_arrays(folder / HEAD))
        return lambda examples: [self._answer(head, *words) for words in self._words(examples)]

    def _answer(self, head: Linear, states: NDArray[np.float32], known: NDArray[np.bool_]) -> Prediction:
        logits = outside_logits(len(known), self.task.labels)
        if known.any():
            logits[known] = head.logits(states.astype(np.float64))
        return Prediction(best_legal_tags(logits, self.task.labels), softmax(logits), logits)

    def _table(self, split: Split) -> tuple[Floats, NDArray[np.intp]]:
        words = self._words(split.examples)
        gold = [ids[known] for ids, (_, known) in zip(gold_ids(self.task, split), words, strict=True)]
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
