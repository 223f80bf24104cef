"""A text while its characters or words are edited: which edits were made, what they cost, which still fit."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from robtest.degree import cost
from robtest.sites import Sites
from robtest.text import Span, apply, cells
from robtest.textwalk import Candidate
from robtest.types import Edit


class Draft:
    """Edits of one text that do not overlap.

    Attributes:
        edits: in the order they were made.
        spent: sum of their costs, never below the distance they make.
    """

    def __init__(self, sites: Sites, edits: Iterable[Edit] = ()) -> None:
        """Make edits that are known to fit."""
        self.sites = sites
        self.edits: list[Edit] = []
        self.spent = 0
        self._taken = bytearray(sites.blocked)
        self._deleted = bytearray(len(sites.text.value))
        for edit in edits:
            self.add(edit)

    def plus(self, edit: Edit) -> "Draft":
        """Return a copy with one edit more."""
        other = Draft.__new__(Draft)
        other.sites, other.edits, other.spent = self.sites, list(self.edits), self.spent
        other._taken, other._deleted = bytearray(self._taken), bytearray(self._deleted)
        other.add(edit)
        return other

    def add(self, edit: Edit) -> None:
        """Make an edit that fits."""
        self.edits.append(edit)
        self.spent += self.cost(edit)
        start, end = cells(edit)
        self._taken[start:end] = b"\x01" * (end - start)
        if not edit.new.strip():
            self._deleted[edit.start : edit.end] = b"\x01" * (edit.end - edit.start)

    def give_up_last(self) -> None:
        """Take the last edit back; its place is not edited again."""
        self.spent -= self.cost(self.edits.pop())

    def cost(self, edit: Edit) -> int:
        """Return what an edit costs, see `robtest.degree.cost`."""
        return cost(self.sites.text.value, edit, self.sites.tag)

    def fits(self, edit: Edit, room: int | None) -> bool:
        """Whether an edit can be made, with ``room`` at that cost or less."""
        return self.free(edit) and (room is None or self.cost(edit) <= room)

    def free(self, edit: Edit) -> bool:
        """Whether no other edit or protected span is in the way, and the word does not vanish."""
        if self._taken.find(1, *cells(edit)) >= 0:
            return False
        if edit.new.strip():
            return True
        start, end = self.sites.word_at(edit.start)
        gone = self._deleted.count(1, start, end) + min(edit.end, end) - edit.start
        return gone < end - start

    def edited(self, start: int, end: int) -> bool:
        """Whether an edit starts within the characters ``[start, end)``."""
        return any(start <= edit.start < end for edit in self.edits)

    def text_with(self, *more: Edit) -> str:
        """Return the text of the edits, and of some more."""
        return apply(self.sites.text.value, [*self.edits, *more])

    def candidate(self, *more: Edit) -> Candidate:
        """Return the text of the edits, and of some more, with the edits that make it."""
        edits = (*self.edits, *more)
        return Candidate(edits, edits, self.text_with(*more))


class Drawer:
    """Draws edits: first a place, then a kind, then one of its edits, each with equal chances.

    Of a stack (`robtest.attacks.stack`) one of its attacks is drawn before the kind.
    """

    def __init__(self, sites: Sites, rng: np.random.Generator) -> None:
        """Draw from one variant's generator."""
        self.sites = sites
        self.rng = rng

    def order(self, n: int) -> list[int]:
        """Return the numbers below ``n`` in random order."""
        return [int(i) for i in self.rng.permutation(n)]

    def one(self, draft: Draft, group: Sequence[Span], room: int | None = None) -> Edit | None:
        """Draw an edit of a group of units, with ``room`` one that costs no more; None if there is none."""
        order = self.rng.permutation(len(group)).tolist() if len(group) > 1 else [0]
        for unit in (group[i] for i in order):
            parts = [list(kinds) for kinds in self.sites.parts(unit)]
            while parts:
                kinds = parts[self._below(len(parts)) if len(parts) > 1 else 0]
                drawn = self._choose(draft, kinds.pop(self._below(len(kinds))), room)
                if drawn is not None:
                    self.sites.check(drawn, unit)
                    return drawn
                if not kinds:
                    parts.remove(kinds)
        return None

    def many(self, draft: Draft, group: Sequence[Span], room: int) -> Iterator[Edit]:
        """Draw all edits of a group that fit, without repetition, the kinds taking turns."""
        kinds: dict[str, list[tuple[Edit, Span]]] = {}
        for unit in group:
            for edit in (edit for same in self.sites.kinds(unit) for edit in same):
                if draft.fits(edit, room):
                    kinds.setdefault(edit.kind, []).append((edit, unit))
        piles = [iter([pile[i] for i in self.order(len(pile))]) for pile in kinds.values()]
        piles = [piles[i] for i in self.order(len(piles))]
        while piles:
            for pile in list(piles):
                drawn = next(pile, None)
                if drawn is None:
                    piles.remove(pile)
                else:
                    self.sites.check(*drawn)
                    yield drawn[0]

    def _choose(self, draft: Draft, edits: Sequence[Edit], room: int | None) -> Edit | None:
        """Draw one of the edits that fit, uniformly; None if none does."""
        # Nearly always the first draw fits. Drawing again among those that do leaves them equally likely.
        drawn = edits[self._below(len(edits))]
        if draft.fits(drawn, room):
            return drawn
        fitting = [edit for edit in edits if draft.fits(edit, room)]
        return fitting[self._below(len(fitting))] if fitting else None

    def _below(self, n: int) -> int:
        """Draw an integer in [0, n), much faster than `Generator.integers` does one at a time."""
        return int(self.rng.random() * n)


class Walk:
    """One variant while its degree rises, by chance alone."""

    def __init__(self, drawer: Drawer, draft: Draft | None = None) -> None:
        """Put the places that have no edit yet in random order."""
        self.drawer = drawer
        self.sites = drawer.sites
        self.draft = draft or Draft(self.sites)
        groups = self.sites.groups
        order = drawer.order(len(groups))
        self._ahead = [i for i in order if not self.draft.edited(groups[i][0][0], groups[i][-1][1])]
        self._deferred: list[tuple[Sequence[Span], Edit]] = []

    def up_to(self, limit: int) -> Candidate:
        """Make edits up to a limit, not below the last one, and return what that gives."""
        before = len(self.draft.edits)
        self._fill(limit)
        if len(self.draft.edits) > before and self.draft.text_with() == self.sites.text.value:
            # Edits may cancel out (one of "aa" deleted, the other repeated). The last one is then taken
            # back for good: without it the text differs, for one edit always changes something.
            self.draft.give_up_last()
        return self.draft.candidate()

    def _fill(self, limit: int) -> None:
        deferred, self._deferred = self._deferred, []
        for group, edit in deferred:
            free = self.draft.free(edit)
            self._place(group, edit if free else self.drawer.one(self.draft, group), limit)
        while self.draft.spent < limit and self._ahead:
            group = self.sites.groups[self._ahead.pop()]
            self._place(group, self.drawer.one(self.draft, group), limit)
        if self.draft.spent < limit:
            self._top_up(limit)

    def _top_up(self, limit: int) -> None:
        """Ask the places that were put off for any edit that still fits."""
        deferred, self._deferred = self._deferred, []
        for group, edit in deferred:
            room = limit - self.draft.spent
            cheaper = self.drawer.one(self.draft, group, room) if room > 0 else None
            if cheaper is None:
                self._deferred.append((group, edit))
            else:
                self._place(group, cheaper, limit)

    def _place(self, group: Sequence[Span], edit: Edit | None, limit: int) -> None:
        """Make an edit if it fits, keep it for a later degree if it does not."""
        if edit is None:
            return
        if self.draft.spent + self.draft.cost(edit) > limit:
            self._deferred.append((group, edit))
        else:
            self.draft.add(edit)
