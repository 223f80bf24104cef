"""What the searches share that see the victim's answers: variants in turn, a budget, the original first."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from robtest.degree import check_degrees
from robtest.search.asking import Asking, Steps
from robtest.search.draft import Drawer, chosen
from robtest.sites import Sites
from robtest.types import Attack, Search, Snapshot, Tag, Text, Trajectory


@dataclass(frozen=True, kw_only=True)
class Guided(ABC):
    """A search that is told whether, or by how much, a text is answered rightly.

    A text that is wrong before the attack is left alone.

    Attributes:
        n_candidates: edits judged at a time.
        query_budget: distinct texts asked about one example, all variants and the original together,
            each variant getting an equal share; None for no limit. Where it ends, the result is what
            was reached.
    """

    n_candidates: int = 16
    query_budget: int | None = None

    def __post_init__(self) -> None:
        """Refuse numbers below 1."""
        for name in (option.name for option in fields(self)):
            value = getattr(self, name)
            if not isinstance(value, bool) and value is not None and value < 1:
                raise ValueError(f"{name} must be 1 or more, got {value}")

    def __call__(
        self,
        text: Text,
        attack: Attack,
        tag: Tag,
        degrees: Sequence[float],
        n_variants: int,
        rng_for: Callable[[int], np.random.Generator],
    ) -> Search:
        """Return the search on one text, see `robtest.search.asking.Strategy`."""
        degrees = check_degrees(degrees)
        if n_variants < 1:
            raise ValueError(f"n_variants must be 1 or more, got {n_variants}")
        if attack.unit == "text":
            raise ValueError(
                f"attack {attack.name!r} changes whole texts, which only access 'rule' can search; use that"
            )
        sites, asking = Sites(text, attack, tag), Asking(self.query_budget)
        (clean,) = yield from asking.ask([text.value])
        if not clean.correct:
            alone = tuple(chosen(sites, (), degree) for degree in degrees)
            return tuple(Trajectory(variant, alone) for variant in range(n_variants))
        found = []
        for variant in range(n_variants):
            asking.share(n_variants - variant)
            shots = yield from self.shots(asking, Drawer(sites, rng_for(variant)), degrees)
            found.append(Trajectory(variant, shots))
        return tuple(found)

    @abstractmethod
    def shots(self, asking: Asking, drawer: Drawer, degrees: Sequence[float]) -> Steps[tuple[Snapshot, ...]]:
        """Return one variant of a text that is right and was asked about: nested, one per degree."""
