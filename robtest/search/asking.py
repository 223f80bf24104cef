"""What the searches under one access share: the form of a search, and questions within a budget."""

import sys
from collections.abc import Callable, Generator, Sequence
from itertools import takewhile
from typing import ClassVar, Protocol, TypeVar

import numpy as np

from robtest.types import Attack, Outcome, Search, Tag, Text

T = TypeVar("T")
Steps = Generator[Sequence[str], Sequence[Outcome], T]
"""A part of a search: it yields texts, is sent their outcomes, and returns something."""


class Strategy(Protocol):
    """How edits are chosen under one access.

    Attributes:
        version: raised whenever the texts it finds change; part of every record.
    """

    version: ClassVar[str]

    def __call__(
        self,
        text: Text,
        attack: Attack,
        tag: Tag,
        degrees: Sequence[float],
        n_variants: int,
        rng_for: Callable[[int], np.random.Generator],
    ) -> Search:
        """Return the search on one text; the arguments are those of `robtest.search.rule`."""
        ...


class Asking:
    """The questions of the search on one example: none twice, and none beyond the budget."""

    def __init__(self, query_budget: int | None) -> None:
        """Start with all of the budget, None for no end of it."""
        self._known: dict[str, Outcome] = {}
        self._budget = self._stop = sys.maxsize if query_budget is None else query_budget

    @property
    def left(self) -> int:
        """Texts that may still be asked about in this share."""
        return self._stop - len(self._known)

    def share(self, n: int) -> None:
        """Set aside the n-th part of what is left of the budget; what it leaves goes to the next."""
        self._stop = len(self._known) + (self._budget - len(self._known)) // n

    def ask(self, texts: Sequence[str]) -> Steps[list[Outcome]]:
        """Ask about texts and return their outcomes: fewer, the first ones, where the budget ends."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known][: max(self.left, 0)]
        if new:
            outcomes = yield new
            self._known.update(zip(new, outcomes, strict=True))
        return [self._known[text] for text in takewhile(self._known.__contains__, texts)]
