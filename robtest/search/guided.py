"""What the searches share that see the victim's answers: variants in turn, a budget, the original first."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from robtest.degree import check_degrees
from robtest.minilm import embedded
from robtest.search.asking import Asking, Steps
from robtest.search.draft import Drawer, chosen
from robtest.search.order import score_of
from robtest.search.whole import TextClimb, left_alone
from robtest.similarity import Encoder
from robtest.sites import Sites
from robtest.textwalk import Whole
from robtest.types import Attack, Search, Snapshot, Tag, Text, Trajectory


@dataclass(frozen=True, kw_only=True)
class Guided(ABC):
    """A search that is told whether, or by how much, a text is answered rightly.

    A text that is wrong before the attack is left alone. Attacks of whole texts, which are limited by
    cosine similarity, have their own search under each access (`whole_shots`).

    Attributes:
        n_candidates: edits judged at a time.
        query_budget: distinct texts asked about one example, all variants and the original together,
            each variant getting an equal share; None for no limit. Where it ends, the result is what
            was reached.
        compatible: limits are rounded up and case is free, as in RobTest, see
            `robtest.search.trajectories`.
    """

    n_candidates: int = 16
    query_budget: int | None = None
    compatible: bool = False

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
        if attack.unit == "text":
            return (yield from self.whole(text, attack, degrees, n_variants, rng_for, embedded()))
        sites = Sites(text, attack, tag, compatible=self.compatible)
        found = yield from self._variants(
            text,
            degrees,
            n_variants,
            lambda degree: chosen(sites, (), degree),
            lambda asking, variant: self.shots(asking, Drawer(sites, rng_for(variant)), degrees),
        )
        return found

    def whole(
        self,
        text: Text,
        attack: Attack,
        degrees: Sequence[float],
        n_variants: int,
        rng_for: Callable[[int], np.random.Generator],
        encoder: Encoder,
    ) -> Search:
        """Return the search on one whole text, measured by an encoder."""
        whole = Whole(text, attack, encoder)
        found = yield from self._variants(
            text,
            degrees,
            n_variants,
            lambda degree: left_alone(whole, whole.original, degree, fits=degree > 0 and bool(whole.kinds)),
            lambda asking, variant: self.whole_shots(asking, whole, rng_for(variant), degrees),
        )
        return found

    def _variants(
        self,
        text: Text,
        degrees: Sequence[float],
        n_variants: int,
        alone: Callable[[float], Snapshot],
        shots: Callable[[Asking, int], Steps[tuple[Snapshot, ...]]],
    ) -> Search:
        """Search variant after variant within the budget, if the text is right at all."""
        degrees = check_degrees(degrees)
        if n_variants < 1:
            raise ValueError(f"n_variants must be 1 or more, got {n_variants}")
        asking = Asking(self.query_budget)
        (clean,) = yield from asking.ask([text.value])
        if not clean.correct:
            same = tuple(alone(degree) for degree in degrees)
            return tuple(Trajectory(variant, same) for variant in range(n_variants))
        found = []
        for variant in range(n_variants):
            asking.share(n_variants - variant)
            found.append(Trajectory(variant, (yield from shots(asking, variant))))
        return tuple(found)

    @abstractmethod
    def shots(self, asking: Asking, drawer: Drawer, degrees: Sequence[float]) -> Steps[tuple[Snapshot, ...]]:
        """Return one variant of a text that is right and was asked about: nested, one per degree."""

    def whole_shots(
        self, asking: Asking, whole: Whole, rng: np.random.Generator, degrees: Sequence[float]
    ) -> Steps[tuple[Snapshot, ...]]:
        """Return one variant of a whole text, as `shots`; by lowering its score, unless overridden."""
        (clean,) = yield from asking.ask([whole.text.value])
        return (yield from TextClimb(self.n_candidates, asking, whole, rng, score_of(clean)).shots(degrees))
