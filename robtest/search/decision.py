"""Decision access: all that is seen of the victim is whether its answer is right."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from robtest.degree import budget, size, within
from robtest.search.asking import Asking, Steps
from robtest.search.draft import Draft, Drawer, chosen
from robtest.search.guided import Guided
from robtest.search.rule import Walk
from robtest.text import apply
from robtest.types import Edit, Snapshot


@dataclass(frozen=True, kw_only=True)
class Decision(Guided):
    """Fool the victim first, with few edits if they do and with many if not; then take edits back.

    1. Up to ``n_candidates`` single edits, of the lowest degree that has any, are judged; if one fools
       the victim, it is the result at every degree it keeps.
    2. Otherwise variants are drawn as under rule access, to the highest degree, until one fools: at
       most ``n_candidates`` of them.
    3. Edits of that one are taken back while the victim stays fooled: halves, quarters, ... single
       edits (in the manner of Zeller and Hildebrandt 2002, Simplifying and isolating failure-inducing
       input), in random order. So degrees far below the highest are reached.

    The first step is this suite's; fooling first and shrinking then is how hard-label attacks on text
    start (Maheshwary et al. 2021, arXiv:2012.14956). Degrees too low for the result leave the text
    alone. Where nothing fools, the result is the first variant drawn, as under rule access.
    """

    version: ClassVar[str] = "1"

    def shots(self, asking: Asking, drawer: Drawer, degrees: Sequence[float]) -> Steps[tuple[Snapshot, ...]]:
        """Return one variant, see `robtest.search.guided.Guided.shots`."""
        return (yield from _Hunt(self.n_candidates, asking, drawer, degrees).shots())


class _Hunt:
    """One variant."""

    def __init__(self, n_candidates: int, asking: Asking, drawer: Drawer, degrees: Sequence[float]) -> None:
        self.n_candidates = n_candidates
        self.asking = asking
        self.drawer = drawer
        self.sites = drawer.sites
        self.degrees = degrees

    def shots(self) -> Steps[tuple[Snapshot, ...]]:
        """Return a snapshot for each degree."""
        singles = self._singles()
        if not singles:
            return self.result(())
        fooling = yield from self._fooling([[edit] for edit in singles])
        if fooling is not None:
            return self.result(fooling)
        first = shots = self._draw()
        for _ in range(self.n_candidates):
            fooling = yield from self._fooling([shots[-1].edits])
            if fooling is not None:
                return self.result((yield from self._shrunk(fooling)))
            if self.asking.left <= 0:
                break
            shots = self._draw()
        return (yield from self._asked(first))

    def result(self, edits: Sequence[Edit]) -> tuple[Snapshot, ...]:
        """Return the edits at the degrees they keep, and the original at those below."""
        original = self.sites.text.value
        text = apply(original, edits)
        kept = (edits if within(original, text, self.sites.tag, degree) else () for degree in self.degrees)
        return tuple(chosen(self.sites, e, degree) for e, degree in zip(kept, self.degrees, strict=True))

    def _fooling(self, tries: Sequence[Sequence[Edit]]) -> Steps[Sequence[Edit] | None]:
        """Judge sets of edits in one batch; return the first that fools the victim, None if none does."""
        outcomes = yield from self.asking.ask([apply(self.sites.text.value, edits) for edits in tries])
        judged = zip(tries, outcomes, strict=False)  # the budget may end before the tries
        return next((edits for edits, outcome in judged if not outcome.correct), None)

    def _singles(self) -> list[Edit]:
        """Draw distinct edits of the lowest degree that has any; none if not even the highest has."""
        n = size(self.sites.text.value, self.sites.tag)
        drawn = (self._fitting(limit) for degree in self.degrees if (limit := budget(degree, n)))
        return next((edits for edits in drawn if edits), [])

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

    def _draw(self) -> tuple[Snapshot, ...]:
        walk = Walk(self.drawer)
        return tuple(walk.snapshot(degree) for degree in self.degrees)

    def _shrunk(self, edits: Sequence[Edit]) -> Steps[Sequence[Edit]]:
        """Take back edits while the victim stays fooled; in the end no single one can be taken back."""
        kept = [edits[i] for i in self.drawer.order(len(edits))]
        part = len(kept) // 2
        while part and self.asking.left > 0:
            i = 0
            while i < len(kept):
                fewer = kept[:i] + kept[i + part :]
                if fewer and (yield from self._fooling([fewer])) is not None:
                    kept = fewer
                else:
                    i += part
            part //= 2
        return kept

    def _asked(self, shots: tuple[Snapshot, ...]) -> Steps[tuple[Snapshot, ...]]:
        """Have snapshots judged; where the budget ends, the last one judged stands for the rest."""
        n = len((yield from self.asking.ask([shot.text for shot in shots])))
        last = shots[n - 1].edits if n else ()
        rest = (chosen(self.sites, last, degree) for degree in self.degrees[n:])
        return (*shots[:n], *rest)
