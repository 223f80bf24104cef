"""Rule access: edits at random, and no look at the victim."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from robtest.search.space import RngFor, space_of
from robtest.types import Attack, Search, Tag, Text, Trajectory


def rule(
    text: Text,
    attack: Attack,
    tag: Tag,
    degrees: Sequence[float],
    n_variants: int,
    rng_for: RngFor,
    *,
    compatible: bool = False,
) -> Search:
    """Draw edits at random; yield the original and every distinct perturbed text once to be judged.

    Args:
        rng_for: variant -> its generator, see `robtest.random.generator`.
        compatible: see `trajectories`.
    """
    variants = trajectories(text, attack, tag, degrees, n_variants, rng_for, compatible=compatible)
    texts = [shot.text for trajectory in variants for shot in trajectory.snapshots]
    yield list(dict.fromkeys([text.value, *texts]))
    return variants


def trajectories(
    text: Text,
    attack: Attack,
    tag: Tag,
    degrees: Sequence[float],
    n_variants: int,
    rng_for: RngFor,
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
        compatible: see `robtest.search.space.space_of`.

    Raises:
        ValueError: for impossible degrees, a tag the attack does not have, ``n_variants`` below 1.
        AttackError: if the attack breaks its contract.
    """
    return space_of(text, attack, tag, compatible=compatible).trajectories(degrees, n_variants, rng_for)


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
        rng_for: RngFor,
    ) -> Search:
        """Return the search on one text."""
        return rule(text, attack, tag, degrees, n_variants, rng_for, compatible=self.compatible)
