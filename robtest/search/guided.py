"""What the searches share that see the victim's answers: rule access first, a budget, new starts."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import count

import numpy as np

from robtest.degree import check_degrees
from robtest.search.attempt import Attempt, Frontier
from robtest.search.questions import Questions, Steps
from robtest.search.space import RngFor, Space, TextSpace, space_of
from robtest.similarity import Encoder
from robtest.textwalk import Whole
from robtest.types import Attack, Outcome, Search, Snapshot, Tag, Text, Trajectory

RESTARTS = 8
"""How often a variant is begun anew where no budget ends it.

Of 720 made-up victims (steps at two to four words, stairs, sums over neighbouring words and over trigrams of
characters) eight new starts fooled 66 to 84 % of those that 32 did, by access, at two fifths of the queries.
"""

IDLE = 3
"""Starts in a row that ask nothing new before a variant is given up."""


@dataclass(frozen=True, kw_only=True)
class Guided(ABC):
    """A search that is told whether, or by how much, a text is answered rightly.

    It is never weaker than rule access, whose variants, drawn by the same generators, are its first
    candidates. At each degree the least value (`robtest.types.Outcome.value`) over the clean text and all
    variants up to there is at most that of rule access, whatever the victim; under decision access, where
    values are not seen, as long as no wrong answer is worth more than a right one. A ``query_budget`` is
    spent on the original first, then on the texts of rule access from the lowest degree up, together at
    most 1 + ``n_variants`` x positive degrees: the guarantee holds at the degrees that it reaches in full.

    Then each variant is searched in turn, by draws independent of those of rule access, at the degrees
    below the first at which its text fools. A text that fools loses the edits it does not need, to reach
    lower degrees (`robtest.search.attempt.Attempt.shrink`). A variant that fools at no degree is begun
    anew from the original, to the highest degree, until it fools, its share of the budget is spent, or
    `IDLE` starts in a row have asked nothing new; without a budget, `RESTARTS` times at most.

    A text that is wrong before the attack is left alone where its value is 0; where it is more, the
    variants of rule access, which may lower it, are the result.

    Attributes:
        n_candidates: edits judged at a time.
        query_budget: distinct texts asked about one example, all variants and the original together,
            each variant getting an equal share of what rule access leaves; None for no limit. It is never
            exceeded; where it ends, the result is what was reached.
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
        rng_for: RngFor,
    ) -> Search:
        """Return the search on one text, see `robtest.search.questions.Strategy`."""
        space = space_of(text, attack, tag, compatible=self.compatible)
        return (yield from self.variants(space, degrees, n_variants, rng_for))

    def whole(
        self,
        text: Text,
        attack: Attack,
        degrees: Sequence[float],
        n_variants: int,
        rng_for: RngFor,
        encoder: Encoder,
    ) -> Search:
        """Return the search on one whole text, measured by an encoder."""
        space = TextSpace(Whole(text, attack, encoder))
        return (yield from self.variants(space, degrees, n_variants, rng_for))

    def variants(self, space: Space, degrees: Sequence[float], n_variants: int, rng_for: RngFor) -> Search:
        """Return the search in a space: variant after variant within the budget."""
        degrees = check_degrees(degrees)
        rule = space.rule(degrees, n_variants, rng_for)
        questions = Questions(self.query_budget)
        (clean,) = yield from questions.ask([space.original.text])
        if clean.correct or clean.value > 0:
            # From the lowest degree up, so that a small budget holds for all variants up to some degree.
            yield from questions.ask([each.text for row in zip(*rule, strict=True) for each in row])
        trajectories = []
        for variant, row in enumerate(rule):
            questions.share(n_variants - variant)
            frontier = Frontier(space, degrees, row, questions.outcomes, self.better)
            rng = independent(rng_for(variant))
            attempt = Attempt(space, degrees, questions, frontier, rng)
            trajectories.append(Trajectory(variant, (yield from self._snapshots(attempt))))
        return tuple(trajectories)

    def _snapshots(self, attempt: Attempt) -> Steps[tuple[Snapshot, ...]]:
        """Search one variant."""
        if attempt.frontier.improvable:
            yield from self.start(attempt)
            yield from attempt.shrink()
        idle = 0
        for n in count():
            if not attempt.active or idle == IDLE or (self.query_budget is None and n == RESTARTS):
                break
            before = attempt.questions.n
            yield from self.restart(attempt)
            yield from attempt.shrink()
            idle = 0 if attempt.questions.n > before else idle + 1
        return attempt.frontier.snapshots()

    @abstractmethod
    def better(self, new: Outcome, old: Outcome) -> bool:
        """Whether an outcome is better for the attacker than another, as far as the access sees."""

    @abstractmethod
    def start(self, attempt: Attempt) -> Steps[None]:
        """Look for texts that fool at the degrees where the variant of rule access does not."""

    @abstractmethod
    def restart(self, attempt: Attempt) -> Steps[None]:
        """Look for a text that fools at the highest degree, led more by chance."""


def independent(rng: np.random.Generator) -> np.random.Generator:
    """Return a generator whose draws have nothing to do with those of another, which chooses its key."""
    return np.random.Generator(np.random.Philox(key=rng.bit_generator.random_raw(2)))
