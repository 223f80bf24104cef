"""A text while it is being edited: which edits were made, what they cost, and which still fit."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from robtest.degree import cost
from robtest.sites import Sites
from robtest.snapshot import snapshot
from robtest.text import Span, apply, cells
from robtest.types import Edit, Snapshot


class Draft:
    """Edits of one text that do not overlap.

    Attributes:
        edits: in the order they were made.
        spent: sum of their costs, never below the distance they make.
    """

    def __init__(self, sites: Sites) -> None:
        """Start without edits."""
        self.sites = sites
        self.edits: list[Edit] = []
        self.spent = 0
        self._taken = bytearray(sites.blocked)
        self._deleted = bytearray(len(sites.text.value))

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

    def text_with(self, *more: Edit) -> str:
        """Return the text of the edits, and of some more."""
        return apply(self.sites.text.value, [*self.edits, *more])

    def snapshot(self, degree: float) -> Snapshot:
        """Return the text as it stands, measured."""
        return shot_of(self.sites, self.edits, degree)


class Drawer:
    """Draws edits: first a place, then a kind, then one of its edits, each with equal chances."""

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
            kinds = list(self.sites.kinds(unit))
            while kinds:
                drawn = self._choose(draft, kinds.pop(self._below(len(kinds))), room)
                if drawn is not None:
                    self.sites.check(drawn, unit)
                    return drawn
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


def shot_of(sites: Sites, edits: Iterable[Edit], degree: float) -> Snapshot:
    """Return the snapshot that edits make of a text."""
    return snapshot(sites.text, edits, degree, sites.tag, sites.attack.name, compatible=sites.compatible)


def chosen(sites: Sites, edits: Sequence[Edit], degree: float) -> Snapshot:
    """Return the snapshot of edits that a search chose, which may have chosen none.

    A text that was left alone is unperturbable only if no edit fits it at this degree.
    """
    shot = shot_of(sites, edits, degree)
    if not shot.unperturbable:
        return shot
    draft, limit = Draft(sites), sites.budget(degree)
    units = (unit for group in sites.groups for unit in group)
    all_edits = (edit for unit in units for kind in sites.kinds(unit) for edit in kind)
    return replace(shot, unperturbable=not any(draft.fits(edit, limit) for edit in all_edits))
