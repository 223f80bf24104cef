"""What the searches under one access share: the form of a search, and questions within a budget."""

import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from itertools import takewhile
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

import numpy as np

from robtest.slope import Slope
from robtest.types import Access, Attack, Outcome, Search, Slopes, Tag, Text

T = TypeVar("T")
Steps = Generator[Sequence[str] | Slopes, Sequence[Any], T]
"""A part of a search: it yields texts, is sent their outcomes or slopes, and returns something."""


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


@runtime_checkable
class Searching(Protocol):
    """An attack that brings its own search, whatever the access asked for.

    Attributes:
        access: what its search needs to see of the victim.
    """

    access: Access

    def search(self, query_budget: int | None) -> Strategy:
        """Return the search, with a limit to the distinct texts asked about one example."""
        ...


class Questions:
    """The questions of the search on one example: none twice, and none beyond the budget.

    Attributes:
        n: texts and slopes asked for so far.
    """

    def __init__(self, query_budget: int | None) -> None:
        """Start with all of the budget, None for no end of it."""
        self.n = 0
        self._outcomes: dict[str, Outcome] = {}
        self._first: tuple[str, Slope] | None = None
        self._budget = self._stop = sys.maxsize if query_budget is None else query_budget

    @property
    def left(self) -> int:
        """Texts that may still be asked about in this share, never below 0."""
        return max(self._stop - self.n, 0)

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """Every text asked about so far -> its outcome."""
        return self._outcomes

    def share(self, n: int) -> None:
        """Set aside the n-th part of what is left of the budget; what it leaves goes to the next."""
        self._stop = self.n + (self._budget - self.n) // n

    def ask(self, texts: Sequence[str]) -> Steps[list[Outcome]]:
        """Ask about texts and return their outcomes: fewer, the first ones, where the budget ends."""
        new = [text for text in dict.fromkeys(texts) if text not in self._outcomes][: self.left]
        if new:
            outcomes: Sequence[Outcome] = yield new
            self._outcomes.update(zip(new, outcomes, strict=True))
            self.n += len(new)
        return [self._outcomes[text] for text in takewhile(self._outcomes.__contains__, texts)]

    def slope(self, text: str) -> Steps[Slope | None]:
        """Ask for the slope of a text, which counts as one question; None where the budget has ended.

        The first one is kept: it is that of the original, where every variant begins.
        """
        if self._first is not None and self._first[0] == text:
            return self._first[1]
        if not self.left:
            return None
        slopes: Sequence[Slope] = yield Slopes((text,))
        self.n += 1
        if self._first is None:
            self._first = text, slopes[0]
        return slopes[0]
