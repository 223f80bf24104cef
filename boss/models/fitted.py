"""A fitted model as a card, a fingerprint and the function that answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Example
from boss.models.base import InputGradient, ModelCard, Prediction, Weights

Answer = Callable[[Sequence[Example]], list[Prediction]]


@dataclass(frozen=True)
class FittedModel:
    """Implements `boss.models.base.Model`.

    Attributes:
        fingerprint: key of the cache entry it was read from (`boss.models.cache.Identity.key`).
        answer: answers examples in order, each without regard to the others.
    """

    card: ModelCard
    fingerprint: str
    answer: Answer

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answer every example, in order."""
        return self.answer(examples) if examples else []


@runtime_checkable
class NetworkAnswer(Protocol):
    """What answers examples with a network, and can be differentiated; see `FittedNetwork`."""

    def __call__(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answer examples in order, each without regard to the others."""
        ...

    def gradients(
        self, examples: Sequence[Example], field: str, weights: Sequence[Weights]
    ) -> list[InputGradient]:
        """See `boss.models.base.Differentiable`."""
        ...

    def embed(self, text: str) -> NDArray[np.floating[Any]]:
        """See `boss.models.base.Differentiable`."""
        ...


@dataclass(frozen=True)
class FittedNetwork(FittedModel):
    """Implements `boss.models.base.Differentiable`."""

    answer: NetworkAnswer

    def gradients(
        self, examples: Sequence[Example], field: str, weights: Sequence[Weights]
    ) -> list[InputGradient]:
        """Return for each example the gradient of the sum of weights x logits."""
        return self.answer.gradients(examples, field, weights)

    def embed(self, text: str) -> NDArray[np.floating[Any]]:
        """Return the input embeddings of the pieces of a text by itself."""
        return self.answer.embed(text)
