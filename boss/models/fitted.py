"""A fitted model as a card, a fingerprint and the function that answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Example
from boss.models.base import InputGradient, ModelCard, Prediction, Weights

Answer = Callable[[Sequence[Example]], list[Prediction]]


class Charge(NamedTuple):
    """Tokens that a model is paid for; prices are of a million of them, None where they are not known."""

    tokens_read: int = 0
    tokens_written: int = 0
    input_price: float | None = None
    output_price: float | None = None

    def since(self, before: "Charge") -> dict[str, int | float | None]:
        """Return what was charged since ``before``, as the fields of `boss.results.schema.Cost`."""
        n_read, n_written = self.tokens_read - before.tokens_read, self.tokens_written - before.tokens_written
        money = None
        if self.input_price is not None and self.output_price is not None:
            money = (n_read * self.input_price + n_written * self.output_price) / 1_000_000
        return {"tokens_read": n_read, "tokens_written": n_written, "money": money}


def again_of(model: object) -> Answer | None:
    """Return what asks a model the same a second time; None where its answer to a text is always the same.

    A model whose answer is another when it is asked again says so by a method ``again`` of what answers
    (`FittedModel.answer`). It asks the same questions as another sample.
    """
    return getattr(getattr(model, "answer", None), "again", None)


def charged_by(model: object) -> Charge | None:
    """Return what a model's answers so far cost, those out of a store too; None where nothing is paid for.

    A model that is paid by the token says so by a method ``charged`` of what answers.
    """
    charged: Callable[[], Charge] | None = getattr(getattr(model, "answer", None), "charged", None)
    return None if charged is None else charged()


@dataclass(frozen=True)
class FittedModel:
    """Implements `boss.models.base.Model`.

    Attributes:
        fingerprint: key of the cache entry it was read from (`boss.models.cache.Identity.key`).
        answer: answers examples in order, each without regard to the others; see also `again_of` and
            `charged_by`.
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
