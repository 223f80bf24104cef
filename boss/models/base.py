"""What the suite asks of a model, and the two records it answers with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Example, Split
from boss.tasks import Task


@dataclass(frozen=True)
class ModelCard:
    """What identifies a fitted model; unknown is the word ``unknown``, never empty.

    Attributes:
        id: name on the board; a hub id, a folder's name or the name of the kind.
        revision: hub commit, package version, or ``unknown``.
        adapter: kind of model: majority, tfidf, encoder, hf, callable.
        method: training method that made it (linear_probe, finetune, none ...).
        weights_sha256: digest of the weights before fitting, or ``unknown``.
        finetuned_on: ``suite/dataset/split@manifest-hash (n)`` or ``none`` or ``unknown``.
        training_datasets: further data the model is known to have seen; ``("unknown",)`` if so.
        dtype: numeric type of the forward pass: float32, bfloat16-autocast, float64.
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
            sum to 1; None where the model has none (spans; label-only callables).
        logits: the same shape, float64, where the model has them; otherwise None.
        truncated: the model did not see the whole input.
    """

    answer: str | tuple[str, ...]
    probs: NDArray[np.float64] | None = None
    logits: NDArray[np.float64] | None = None
    truncated: bool = False


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
        method: str,
        seed: int,
        cache: Path,
    ) -> Model:
        """Return the fitted model, from the cache where everything that made it is the same.

        Args:
            train: the ID train split; None where the model takes none.
            method: training method by name; ``default`` means the model's own.
            cache: folder for fitted models, keyed by everything that made them.

        Raises:
            ModelError: with what is missing and the ways out.
        """
        ...
