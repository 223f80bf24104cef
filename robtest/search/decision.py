"""Decision access: all that is seen of the victim is whether its answer is right."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from robtest.degree import MILLION, budget, within
from robtest.search.asking import Asking, Steps
from robtest.search.draft import Draft, Drawer, chosen
from robtest.search.guided import Guided
from robtest.search.rule import Walk
from robtest.search.whole import drawn, left_alone
from robtest.text import apply
from robtest.textwalk import MAX_STEPS, Composed, Deck, TextWalk, Whole, grow, shares
from robtest.types import Edit, Snapshot


@dataclass(frozen=True, kw_only=True)
class Decision(Guided):
    """Fool the victim first, with few edits if they do and with many if not; then take edits back.

    1. Up to ``n_candidates`` single edits, of the lowest degree that has any, are judged; if one fools
       the victim, it is the result at every degree it keeps. Of a whole text they are drawn once, and
       those that a degree lets are judged degree by degree.
    2. Otherwise variants are drawn as under rule access, to the highest degree, until one fools: at
       most ``n_candidates`` of them.
    3. Edits of that one are taken back while the victim stays fooled: halves, quarters, ... single
       edits (in the manner of Zeller and Hildebrandt 2002, Simplifying and isolating failure-inducing
       input), in random order. So degrees far below the highest are reached.

    The first step is this suite's; fooling first and shrinking then is how hard-label attacks on text
    start (Maheshwary et al. 2021, arXiv:2012.14956). Degrees too low for the result leave the text
    alone. Where nothing fools, the result is the first variant drawn, as under rule access.
    """

    version: ClassVar[str] = "2"

    def shots(self, asking: Asking, drawer: Drawer, degrees: Sequence[float]) -> Steps[tuple[Snapshot, ...]]:
        """Return one variant, see `robtest.search.guided.Guided.shots`."""
        return (yield from _EditHunt(self.n_candidates, asking, drawer, degrees).shots())

    def whole_shots(
        self, asking: Asking, whole: Whole, rng: np.random.Generator, degrees: Sequence[float]
    ) -> Steps[tuple[Snapshot, ...]]:
        """Return one variant of a whole text, see `robtest.search.guided.Guided.whole_shots`."""
        return (yield from _TextHunt(self.n_candidates, asking, whole, rng, degrees).shots())


class _Hunt(ABC):
    """One variant."""

    def __init__(
        self, n_candidates: int, asking: Asking, rng: np.random.Generator, degrees: Sequence[float]
    ) -> None:
        self.n_candidates = n_candidates
        self.asking = asking
        self.rng = rng
        self.degrees = degrees

    def shots(self) -> Steps[tuple[Snapshot, ...]]:
        """Return a snapshot for each degree."""
        batches = self.singles()
        if not batches:
            return self.result(())
        for batch in batches:
            fooling = yield from self._fooling([[edit] for edit in batch])
            if fooling is not None:
                return self.result(fooling)
        first, edits = self.draw(self.degrees)
        for _ in range(self.n_candidates):
            fooling = yield from self._fooling([edits])
            if fooling is not None:
                return self.result((yield from self._shrunk(fooling)))
            if self.asking.left <= 0:
                break
            _, edits = self.draw(self.degrees[-1:])
        return (yield from self._asked(first))

    @abstractmethod
    def singles(self) -> list[list[Edit]]:
        """Return batches of single edits, those of the lowest degrees first; none if none fits any degree."""

    @abstractmethod
    def draw(self, degrees: Sequence[float]) -> tuple[list[Snapshot], Sequence[Edit]]:
        """Draw a variant as under rule access; return it and the edits of its highest degree."""

    @abstractmethod
    def text_of(self, edits: Sequence[Edit]) -> str | None:
        """Return the text of some of the edits of a variant; None if it exceeds the highest degree."""

    @abstractmethod
    def result(self, edits: Sequence[Edit]) -> tuple[Snapshot, ...]:
        """Return the edits at the degrees they keep, and the original at those below."""

    @abstractmethod
    def repeated(self, shot: Snapshot | None, degree: float) -> Snapshot:
        """Return the text of a snapshot, or the original, at a higher degree."""

    def _fooling(self, tries: Sequence[Sequence[Edit]]) -> Steps[Sequence[Edit] | None]:
        """Judge sets of edits in one batch; return the first that fools the victim, None if none does."""
        made = [(edits, text) for edits in tries if (text := self.text_of(edits)) is not None]
        outcomes = yield from self.asking.ask([text for _, text in made])
        judged = zip(made, outcomes, strict=False)  # the budget may end before the tries
        return next((edits for (edits, _), outcome in judged if not outcome.correct), None)

    def _shrunk(self, edits: Sequence[Edit]) -> Steps[Sequence[Edit]]:
        """Take back edits while the victim stays fooled; in the end no single one can be taken back."""
        kept = [int(i) for i in self.rng.permutation(len(edits))]
        part = len(kept) // 2
        while part and self.asking.left > 0:
            i = 0
            while i < len(kept):
                fewer = kept[:i] + kept[i + part :]
                # In the order they were made: insertions at one place follow one another.
                tried = [edits[j] for j in sorted(fewer)]
                if tried and (yield from self._fooling([tried])) is not None:
                    kept = fewer
                else:
                    i += part
            part //= 2
        return [edits[i] for i in sorted(kept)]

    def _asked(self, shots: list[Snapshot]) -> Steps[tuple[Snapshot, ...]]:
        """Have snapshots judged; where the budget ends, the last one judged stands for the rest."""
        n = len((yield from self.asking.ask([shot.text for shot in shots])))
        last = shots[n - 1] if n else None
        return (*shots[:n], *(self.repeated(last, degree) for degree in self.degrees[n:]))


class _EditHunt(_Hunt):
    """With edits of characters or words."""

    def __init__(self, n_candidates: int, asking: Asking, drawer: Drawer, degrees: Sequence[float]) -> None:
        super().__init__(n_candidates, asking, drawer.rng, degrees)
        self.drawer = drawer
        self.sites = drawer.sites

    def singles(self) -> list[list[Edit]]:
        """Draw distinct edits of the lowest degree that has any."""
        found = (self._fitting(limit) for degree in self.degrees if (limit := self.sites.budget(degree)))
        return [edits for edits in found if edits][:1]

    def _fitting(self, limit: int) -> list[Edit]:
        """Draw distinct edits within a limit, one at each place and then one more, until enough."""
        draft, groups = Draft(self.sites), self.sites.groups
        found: dict[Edit, None] = {}
        before = -1
        while before < len(found) < self.n_candidates:
            before = len(found)
            for i in self.drawer.order(len(groups)):
                edit = self.drawer.one(draft, groups[i], limit)
                if edit is not None:
                    found[edit] = None
                if len(found) == self.n_candidates:
                    break
        return list(found)

    def draw(self, degrees: Sequence[float]) -> tuple[list[Snapshot], Sequence[Edit]]:
        """See the base class."""
        walk = Walk(self.drawer)
        shots = [walk.snapshot(degree) for degree in degrees]
        return shots, shots[-1].edits

    def text_of(self, edits: Sequence[Edit]) -> str:
        """Return the text of edits, of which fewer never cost more."""
        return apply(self.sites.text.value, edits)

    def result(self, edits: Sequence[Edit]) -> tuple[Snapshot, ...]:
        """See the base class."""
        original, sites = self.sites.text.value, self.sites
        text = self.text_of(edits)

        def keeps(degree: float) -> bool:
            return within(original, text, sites.tag, degree, compatible=sites.compatible)

        return tuple(chosen(sites, edits if keeps(degree) else (), degree) for degree in self.degrees)

    def repeated(self, shot: Snapshot | None, degree: float) -> Snapshot:
        """See the base class."""
        return chosen(self.sites, shot.edits if shot else (), degree)


class _TextHunt(_Hunt):
    """With edits of a whole text; the edits handed about are its parts, see `robtest.textwalk.Composed`."""

    def __init__(
        self,
        n_candidates: int,
        asking: Asking,
        whole: Whole,
        rng: np.random.Generator,
        degrees: Sequence[float],
    ) -> None:
        super().__init__(n_candidates, asking, rng, degrees)
        self.whole = whole
        self._least: int | None = None  # the smallest distance of a single edit that was drawn

    def singles(self) -> list[list[Edit]]:
        """Draw single edits once; a degree's batch is those that it lets and no lower one does."""
        made = drawn(self.whole, Deck(self.whole, self.rng), self.whole.original, self.n_candidates)
        distances = self.whole.distances(made)
        self._least = min(distances, default=None)
        batches, below = [], 0
        for limit in (budget(degree, MILLION) for degree in self.degrees):
            near = [m.parts[0] for m, at in zip(made, distances, strict=True) if below < at <= limit]
            batches += [near] if near else []
            below = limit
        return batches

    def draw(self, degrees: Sequence[float]) -> tuple[list[Snapshot], Sequence[Edit]]:
        """See the base class."""
        walk = TextWalk(self.whole, self.rng)
        shots = []
        for degree, steps in zip(degrees, shares(degrees, MAX_STEPS), strict=True):
            grow([walk], degree, steps)
            shots.append(self._shot(walk.made, degree))
        return shots, walk.made.parts

    def text_of(self, edits: Sequence[Edit]) -> str | None:
        """See the base class: taking an edit back may lead away from the original."""
        made = self.whole.composed(edits)
        limit = budget(self.degrees[-1], MILLION)
        return made.text if made is not None and self.whole.distances([made])[0] <= limit else None

    def result(self, edits: Sequence[Edit]) -> tuple[Snapshot, ...]:
        """See the base class."""
        made = self.whole.composed(edits)
        assert made is not None  # it was judged, or there are no edits
        (at,) = self.whole.distances([made])
        near = (at <= budget(degree, MILLION) for degree in self.degrees)
        return tuple(
            self._shot(made if kept else self.whole.original, degree)
            for kept, degree in zip(near, self.degrees, strict=True)
        )

    def repeated(self, shot: Snapshot | None, degree: float) -> Snapshot:
        """See the base class."""
        made = Composed((), shot.edits, shot.text) if shot else self.whole.original
        return self._shot(made, degree)

    def _shot(self, made: Composed, degree: float) -> Snapshot:
        fits = degree > 0 and self._least is not None and self._least <= budget(degree, MILLION)
        return left_alone(self.whole, made, degree, fits=fits)
