"""Searches: how edits are chosen under each access. Here rule access, which asks no model."""

from collections.abc import Callable, Sequence

import numpy as np

from robtest.degree import budget, check_degrees, cost, size
from robtest.sites import Sites
from robtest.snapshot import snapshot
from robtest.text import Span, cells
from robtest.types import Attack, Edit, Search, Snapshot, Tag, Text, Trajectory


def rule(
    text: Text,
    attack: Attack,
    tag: Tag,
    degrees: Sequence[float],
    n_variants: int,
    rng_for: Callable[[int], np.random.Generator],
) -> Search:
    """Draw edits at random; yield the original and every distinct perturbed text once to be judged.

    Args:
        rng_for: variant -> its generator, see `robtest.random.generator`.
    """
    found = trajectories(text, attack, tag, degrees, n_variants, rng_for)
    texts = [shot.text for trajectory in found for shot in trajectory.snapshots]
    yield list(dict.fromkeys([text.value, *texts]))
    return found


def trajectories(
    text: Text,
    attack: Attack,
    tag: Tag,
    degrees: Sequence[float],
    n_variants: int,
    rng_for: Callable[[int], np.random.Generator],
) -> tuple[Trajectory, ...]:
    """Draw variants, each one nested trajectory: a higher degree has the edits of a lower one and more.

    Places are drawn without repetition: characters (malicious) or words (general, one edit in one
    character of each). At a place the kind of edit is drawn uniformly, then one edit of that kind.
    What does not fit the degree's budget waits for the next degree while other places are tried;
    when none is left, the waiting places are asked for anything that fits. So a budget is filled as far
    as any edit fits. It is spent by the sum of the edits' costs, which is never below the distance.
    The variants at one degree depend on the degrees before it: the list is part of what they are.

    Raises:
        ValueError: for impossible degrees, a tag the attack does not have, ``n_variants`` below 1.
        AttackError: if the attack breaks its contract.
    """
    degrees = check_degrees(degrees)
    if n_variants < 1:
        raise ValueError(f"n_variants must be 1 or more, got {n_variants}")
    sites = Sites(text, attack, tag)
    walks = (_Walk(sites, rng_for(variant)) for variant in range(n_variants))
    return tuple(
        Trajectory(variant, tuple(walk.snapshot(degree) for degree in degrees))
        for variant, walk in enumerate(walks)
    )


class _Walk:
    """One variant while its degree rises."""

    def __init__(self, sites: Sites, rng: np.random.Generator) -> None:
        self.sites = sites
        self.rng = rng
        self.edits: list[Edit] = []
        self._spent = 0
        self._size = size(sites.text.value, sites.tag)
        self._ahead: list[int] = rng.permutation(len(sites.groups)).tolist()
        self._waiting: list[tuple[Sequence[Span], Edit]] = []
        self._taken = bytearray(sites.blocked)
        self._deleted = bytearray(len(sites.text.value))

    def snapshot(self, degree: float) -> Snapshot:
        """Make edits up to a degree, not below the last one, and return what that gives."""
        before = len(self.edits)
        self._fill(budget(degree, self._size))
        shot = self._measured(degree)
        if len(self.edits) > before and shot.text == self.sites.text.value:
            # Edits may cancel out (one of "aa" deleted, the other repeated). The last one is then taken
            # back for good: without it the text differs, for one edit always changes something.
            self._spent -= self._cost(self.edits.pop())
            shot = self._measured(degree)
        return shot

    def _measured(self, degree: float) -> Snapshot:
        return snapshot(self.sites.text, self.edits, degree, self.sites.tag, self.sites.attack.name)

    def _fill(self, limit: int) -> None:
        waiting, self._waiting = self._waiting, []
        for group, edit in waiting:
            self._place(group, edit if self._free(edit) else self._draw(group), limit)
        while self._spent < limit and self._ahead:
            group = self.sites.groups[self._ahead.pop()]
            self._place(group, self._draw(group), limit)
        if self._spent < limit:
            self._top_up(limit)

    def _top_up(self, limit: int) -> None:
        """Ask the places that wait for any edit that still fits."""
        waiting, self._waiting = self._waiting, []
        for group, edit in waiting:
            cheaper = self._draw(group, limit - self._spent) if self._spent < limit else None
            if cheaper is None:
                self._waiting.append((group, edit))
            else:
                self._place(group, cheaper, limit)

    def _place(self, group: Sequence[Span], edit: Edit | None, limit: int) -> None:
        """Make an edit if it fits, keep it for a later degree if it does not."""
        if edit is None:
            return
        price = self._cost(edit)
        if self._spent + price > limit:
            self._waiting.append((group, edit))
            return
        self._spent += price
        self.edits.append(edit)
        start, end = cells(edit)
        self._taken[start:end] = b"\x01" * (end - start)
        if not edit.new.strip():
            self._deleted[edit.start : edit.end] = b"\x01" * (edit.end - edit.start)

    def _draw(self, group: Sequence[Span], room: int | None = None) -> Edit | None:
        """Draw an edit of a group, with ``room`` one that costs no more; None if there is none."""
        order = self.rng.permutation(len(group)).tolist() if len(group) > 1 else [0]
        for unit in (group[i] for i in order):
            kinds = list(self.sites.kinds(unit))
            while kinds:
                drawn = self._choose(kinds.pop(self._below(len(kinds))), room)
                if drawn is not None:
                    self.sites.check(drawn, unit)
                    return drawn
        return None

    def _choose(self, edits: Sequence[Edit], room: int | None) -> Edit | None:
        """Draw one of the edits that fit, uniformly; None if none does."""
        # Nearly always the first draw fits. Drawing again among those that do leaves them equally likely.
        drawn = edits[self._below(len(edits))]
        if self._fits(drawn, room):
            return drawn
        fitting = [edit for edit in edits if self._fits(edit, room)]
        return fitting[self._below(len(fitting))] if fitting else None

    def _below(self, n: int) -> int:
        """Draw an integer in [0, n), much faster than `Generator.integers` does one at a time."""
        return int(self.rng.random() * n)

    def _cost(self, edit: Edit) -> int:
        return cost(self.sites.text.value, edit, self.sites.tag)

    def _fits(self, edit: Edit, room: int | None) -> bool:
        return self._free(edit) and (room is None or self._cost(edit) <= room)

    def _free(self, edit: Edit) -> bool:
        """Whether no other edit or protected span is in the way, and the word does not vanish."""
        if self._taken.find(1, *cells(edit)) >= 0:
            return False
        if edit.new.strip():
            return True
        start, end = self.sites.word_at(edit.start)
        gone = self._deleted.count(1, start, end) + min(edit.end, end) - edit.start
        return gone < end - start
