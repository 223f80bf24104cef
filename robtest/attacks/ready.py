"""Copies that are there already, in a file or in a run: a model is asked about them, and none are made."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np

from robtest.degree import check_degrees
from robtest.errors import AttackError
from robtest.types import Access, Attack, Edit, Search, Tag, Text, Trajectory


class ReadyCopies(Attack):
    """An attack that brings its texts along, found by the id of their example.

    Attributes:
        access: its search does not look at the model.
        degrees: those it has copies at, rising, without 0.
        n_variants: of the example that has most.
    """

    access: Access = "rule"
    degrees: tuple[float, ...]
    n_variants: int

    @property
    @abstractmethod
    def where(self) -> str:
        """Where the copies stand, for what is said."""

    @abstractmethod
    def __contains__(self, example_id: str) -> bool:
        """Whether an example has a copy."""

    @abstractmethod
    def without(self, dataset: str, n: int) -> str:
        """Say why none of ``n`` examples of a dataset has a copy, and the cure."""

    @abstractmethod
    def trajectories(
        self, text: Text, tag: Tag, degrees: Sequence[float], n_variants: int
    ) -> tuple[Trajectory, ...]:
        """Return the copies of a text, variant by variant, each with a snapshot at every degree.

        Args:
            text: with the id of its example.

        Raises:
            AttackError: if they break a rule.
        """

    def edits(self, text: str, start: int, end: int) -> Sequence[Edit]:
        """Raise `AttackError`: the texts are there."""
        raise AttackError(f"copies out of {self.where} are there already: they are measured, not made anew")

    def search(self, query_budget: int | None) -> "LookUp":
        """Return the search, which asks about these copies and no others, whatever the budget."""
        return LookUp(self)


class LookUp:
    """The search of `ReadyCopies`: it asks about the original and every distinct copy once."""

    version: ClassVar[str] = "1"

    def __init__(self, copies: ReadyCopies) -> None:
        """Take the attack whose copies they are."""
        self._attack = copies

    def __call__(
        self,
        text: Text,
        attack: Attack,
        tag: Tag,
        degrees: Sequence[float],
        n_variants: int,
        rng_for: Callable[[int], np.random.Generator],
    ) -> Search:
        """Return the search on one text, see `robtest.search.questions.Strategy`."""
        variants = self._attack.trajectories(text, tag, check_degrees(degrees), n_variants)
        shots = (shot.text for trajectory in variants for shot in trajectory.snapshots)
        yield list(dict.fromkeys([text.value, *shots]))
        return variants
