"""Rule access: edits at random, and no look at the victim."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from robtest.degree import check_degrees
from robtest.minilm import embedded
from robtest.search.draft import Draft, Drawer
from robtest.sites import Sites
from robtest.text import Span
from robtest.textwalk import text_trajectories
from robtest.types import Attack, Edit, Search, Snapshot, Tag, Text, Trajectory


def rule(
    text: Text,
    attack: Attack,
    tag: Tag,
    degrees: Sequence[float],
    n_variants: int,
    rng_for: Callable[[int], np.random.Generator],
    *,
    compatible: bool = False,
) -> Search:
    """Draw edits at random; yield the original and every distinct perturbed text once to be judged.

    Args:
        rng_for: variant -> its generator, see `robtest.random.generator`.
        compatible: see `trajectories`.
    """
    found = trajectories(text, attack, tag, degrees, n_variants, rng_for, compatible=compatible)
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
    *,
    compatible: bool = False,
) -> tuple[Trajectory, ...]:
    """Draw variants, each one nested trajectory: a higher degree has the edits of a lower one and more.

    Places are drawn without repetition: characters (malicious) or words (general, one edit in one
    character of each). At a place the kind of edit is drawn uniformly, then one edit of that kind.
    What does not fit the degree's budget waits for the next degree while other places are tried;
    when none is left, the waiting places are asked for anything that fits. So a budget is filled as far
    as any edit fits. It is spent by the sum of the edits' costs, which is never below the distance.
    The variants at one degree depend on the degrees before it: the list is part of what they are.

    Args:
        compatible: limits are rounded up and case is free, as in RobTest (`robtest.degree.budget`,
            `robtest.degree.distance`); at sentence level RobTest's limit is no number of changes, and
            nothing is another.

    Raises:
        ValueError: for impossible degrees, a tag the attack does not have, ``n_variants`` below 1.
        AttackError: if the attack breaks its contract.
    """
    degrees = check_degrees(degrees)
    if n_variants < 1:
        raise ValueError(f"n_variants must be 1 or more, got {n_variants}")
    if attack.unit == "text":
        return text_trajectories(text, attack, degrees, n_variants, rng_for, embedded())
    sites = Sites(text, attack, tag, compatible=compatible)
    walks = (Walk(Drawer(sites, rng_for(variant))) for variant in range(n_variants))
    return tuple(
        Trajectory(variant, tuple(walk.snapshot(degree) for degree in degrees))
        for variant, walk in enumerate(walks)
    )


@dataclass(frozen=True)
class Rule:
    """The search of `rule`: it asks nothing that it does not return.

    Attributes:
        compatible: see `trajectories`.
    """

    compatible: bool = False

    version: ClassVar[str] = "1"

    def __call__(
        self,
        text: Text,
        attack: Attack,
        tag: Tag,
        degrees: Sequence[float],
        n_variants: int,
        rng_for: Callable[[int], np.random.Generator],
    ) -> Search:
        """Return the search on one text."""
        return rule(text, attack, tag, degrees, n_variants, rng_for, compatible=self.compatible)


class Walk:
    """One variant while its degree rises."""

    def __init__(self, drawer: Drawer) -> None:
        """Put the places in random order."""
        self.drawer = drawer
        self.sites = drawer.sites
        self.draft = Draft(self.sites)
        self._ahead = drawer.order(len(self.sites.groups))
        self._waiting: list[tuple[Sequence[Span], Edit]] = []

    def snapshot(self, degree: float) -> Snapshot:
        """Make edits up to a degree, not below the last one, and return what that gives."""
        before = len(self.draft.edits)
        self._fill(self.sites.budget(degree))
        shot = self.draft.snapshot(degree)
        if len(self.draft.edits) > before and shot.text == self.sites.text.value:
            # Edits may cancel out (one of "aa" deleted, the other repeated). The last one is then taken
            # back for good: without it the text differs, for one edit always changes something.
            self.draft.give_up_last()
            shot = self.draft.snapshot(degree)
        return shot

    def _fill(self, limit: int) -> None:
        waiting, self._waiting = self._waiting, []
        for group, edit in waiting:
            free = self.draft.free(edit)
            self._place(group, edit if free else self.drawer.one(self.draft, group), limit)
        while self.draft.spent < limit and self._ahead:
            group = self.sites.groups[self._ahead.pop()]
            self._place(group, self.drawer.one(self.draft, group), limit)
        if self.draft.spent < limit:
            self._top_up(limit)

    def _top_up(self, limit: int) -> None:
        """Ask the places that wait for any edit that still fits."""
        waiting, self._waiting = self._waiting, []
        for group, edit in waiting:
            room = limit - self.draft.spent
            cheaper = self.drawer.one(self.draft, group, room) if room > 0 else None
            if cheaper is None:
                self._waiting.append((group, edit))
            else:
                self._place(group, cheaper, limit)

    def _place(self, group: Sequence[Span], edit: Edit | None, limit: int) -> None:
        """Make an edit if it fits, keep it for a later degree if it does not."""
        if edit is None:
            return
        if self.draft.spent + self.draft.cost(edit) > limit:
            self._waiting.append((group, edit))
        else:
            self.draft.add(edit)
