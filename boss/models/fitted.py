"""A fitted model as a card, a fingerprint and the function that answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from boss.data.types import Example
from boss.models.base import ModelCard, Prediction

Answer = Callable[[Sequence[Example]], list[Prediction]]


@dataclass(frozen=True)
class Fitted:
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
