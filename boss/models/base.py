"""What the suite asks of a model, and the two records it answers with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Example, Split
from boss.models.method import Method
from boss.models.spans import SpanScores
from boss.tasks import Task

Weights = NDArray[np.float64] | Sequence[NDArray[np.float64]]
"""Weights of a prediction's logits, in their shape; for spans per window of shape ``(len, 2)``."""


@dataclass(frozen=True)
class ModelCard:
    """What identifies a fitted model; unknown is the word ``unknown``, never empty.

    Attributes:
        id: name on the board; a hub id, a folder's name or the name of the kind.
        revision: hub commit, package version, or ``unknown``.
        adapter: kind of model: majority, tfidf, encoder, hf, t5, callable, vader, textblob, spacy,
            bilstm, predictions.
        method: training method that made it (linear_probe, finetune, none ...).
        weights_sha256: digest of the weights before fitting, or ``unknown``.
        finetuned_on: ``suite/dataset/split@manifest-hash (n)`` or ``none`` or ``unknown``.
        training_datasets: further data the model is known to have seen; ``("unknown",)`` if so.
        dtype: numeric type of the forward pass: float32, bfloat16-autocast, float64.
        n_parameters: of the whole model; ``n_tunable`` of them were trained on the task, None where that
            is not known, as of a model that came fine-tuned.
        max_length: tokens kept of an input, None where there is no limit.
    """

    id: str
    revision: str
    adapter: str
    method: str
    weights_sha256: str
    finetuned_on: str
    training_datasets: tuple[str, ...] = ("unknown",)
    n_parameters: int | None = None
    n_tunable: int | None = None
    licence: str = "unknown"
    dtype: str = "float32"
    max_length: int | None = None
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's answer to one example.

    Attributes:
        answer: class name, one tag per token, or the answer text ("" for no answer).
        probs: shape ``(n_labels,)``, or ``(n_tokens, n_tags)`` for tagging, over ``task.labels``, rows
            sum to 1; None where the model has none (spans; labels only; scores that are no probabilities).
        logits: the same shape, float64, where the model has them; otherwise None. They may stand without
            probabilities: margins and the choice among fewer labels go by them, calibration does not.
        spans: what a model that scores starts and ends decided by; otherwise None.
        truncated: the model did not see the whole input.
        classes: the groups of the task's labels that the model tells apart, where it does not tell all of
            them apart: ``(("negative",), ("positive",))`` of a model without neutral. Sets that ask for
            more are refused (`boss.answers`).
        error: why there is no answer, which then counts as wrong; None where there is one.
    """

    answer: str | tuple[str, ...]
    probs: NDArray[np.float64] | None = None
    logits: NDArray[np.float64] | None = None
    truncated: bool = False
    spans: SpanScores | None = None
    classes: tuple[tuple[str, ...], ...] | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class InputGradient:
    """The gradient of a weighted sum of logits with respect to what stands for the pieces of one field.

    Attributes:
        spans: shape ``(n, 2)``: half-open character span of each piece in the field's text; a piece
            that two windows show is there twice.
        vectors: shape ``(n, d)``: input embeddings of the pieces.
        gradient: shape ``(n, d)``.
    """

    spans: NDArray[np.int64]
    vectors: NDArray[np.floating[Any]]
    gradient: NDArray[np.floating[Any]]


class Model(Protocol):
    """A fitted model of one task."""

    @property
    def card(self) -> ModelCard:
        """What identifies it."""
        ...

    @property
    def fingerprint(self) -> str:
        """Hex digest of everything that decides its outputs; two models never share one."""
        ...

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answer every example, in order; the gold label is not looked at.

        Results do not depend on how examples are grouped into calls.
        """
        ...


@runtime_checkable
class Differentiable(Model, Protocol):
    """A model that is differentiable in its input embeddings."""

    def gradients(
        self, examples: Sequence[Example], field: str, weights: Sequence[Weights]
    ) -> list[InputGradient]:
        """Return for each example the gradient of the sum of weights x logits, in evaluation mode.

        Pieces that change nothing may be left out.

        Args:
            field: the input field whose pieces are meant.
            weights: of each example's `Prediction.logits`, or of `Prediction.spans`.
        """
        ...

    def embed(self, text: str) -> NDArray[np.floating[Any]]:
        """Return the input embeddings of the pieces of a text by itself, shape ``(k, d)``."""
        ...


class Recipe(Protocol):
    """What ``conf/model/*.yaml`` names: knows how to make a `Model` for a task."""

    @property
    def name(self) -> str:
        """Name of the model on the board."""
        ...

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
        """Return the fitted model, from the cache where everything that made it is the same.

        Args:
            train: the ID train split; None where the model takes none.
            method: training method: ``default`` (the model's own), ``finetune``, ``linear_probe`` and
                ``none`` by name, the others with their options.
            cache: folder for fitted models, keyed by everything that made them.

        Raises:
            ModelError: with what is missing and the ways out.
        """
        ...
