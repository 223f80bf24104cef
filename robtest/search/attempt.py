"""One variant under a search that looks at the victim: its questions, and the best text of each degree."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from robtest.search.order import by_score, score_of
from robtest.search.questions import Questions, Steps
from robtest.search.space import Space
from robtest.textwalk import Candidate
from robtest.types import Edit, Outcome, Snapshot

Better = Callable[[Outcome, Outcome], bool]
"""Whether the first outcome is better for the attacker than the second, as far as the access sees."""


class Frontier:
    """The best text of one variant at each degree; to begin with, that of rule access.

    A text that is best at a degree stays so at the higher ones until a better one takes its place, so
    every degree is kept and what fools goes on fooling.

    Attributes:
        limits: the largest distance at each degree.
    """

    def __init__(
        self,
        space: Space,
        degrees: Sequence[float],
        rule: Sequence[Candidate],
        outcomes: Mapping[str, Outcome],
        better: Better,
    ) -> None:
        """Take the variant of rule access; of equals at a degree its own text there.

        Args:
            rule: its text at each degree.
            outcomes: of the original and of those of its texts that were asked about.
        """
        self.limits = [space.limit(degree) for degree in degrees]
        self._space = space
        self._degrees = degrees
        self._better = better
        self._editable = [bool(candidate.edits) for candidate in rule]
        self._nearest: int | None = None
        best = space.original, outcomes[space.original.text]
        self._best: list[tuple[Candidate, Outcome]] = []
        for candidate in rule:
            outcome = outcomes.get(candidate.text)
            if outcome is not None and not better(best[1], outcome):
                best = candidate, outcome
            self._best.append(best)

    @property
    def n_open(self) -> int:
        """How many degrees, the lowest ones, have no text that fools the victim."""
        return next((i for i, (_, best) in enumerate(self._best) if not best.correct), len(self._best))

    @property
    def improvable(self) -> bool:
        """Whether a degree without a text that fools has room for an edit."""
        return any(self.limits[: self.n_open])

    @property
    def first(self) -> Candidate | None:
        """The text that fools at the lowest degree."""
        return next((candidate for candidate, best in self._best if not best.correct), None)

    def offer(self, candidate: Candidate, outcome: Outcome) -> None:
        """Take a judged text at every degree that it keeps and where it is better than the one there."""
        (distance,) = self._space.distances([candidate])
        for i, limit in enumerate(self.limits):
            if distance <= limit and self._better(outcome, self._best[i][1]):
                self._best[i] = candidate, outcome

    def note(self, candidates: Sequence[Candidate]) -> None:
        """Remember how near judged texts are that have an edit, for `snapshots`."""
        distances = self._space.distances([candidate for candidate in candidates if candidate.parts])
        before = () if self._nearest is None else (self._nearest,)
        self._nearest = min((*distances, *before), default=None)

    def snapshots(self) -> tuple[Snapshot, ...]:
        """Return the best texts, measured.

        A text left alone is unperturbable where that of rule access is and no judged text would fit.
        """
        shots = map(self._space.snapshot, (best for best, _ in self._best), self._degrees)
        fits = [self._nearest is not None and self._nearest <= limit for limit in self.limits]
        return tuple(
            replace(shot, unperturbable=shot.unperturbable and not (editable or fit))
            for shot, editable, fit in zip(shots, self._editable, fits, strict=True)
        )


@dataclass(frozen=True)
class Attempt:
    """One variant under way.

    Attributes:
        rng: draws that are independent of those of rule access.
    """

    space: Space
    degrees: Sequence[float]
    questions: Questions
    frontier: Frontier
    rng: np.random.Generator

    @property
    def active(self) -> bool:
        """Whether no text fools at any degree, one has room for an edit, and more may be asked."""
        return self.active_at(len(self.degrees) - 1) and self.frontier.improvable

    def active_at(self, i: int) -> bool:
        """Whether no text fools at the i-th degree or a lower one, and more may be asked."""
        return self.frontier.n_open > i and self.questions.left > 0

    def judge(self, candidates: Sequence[Candidate]) -> Steps[list[Outcome]]:
        """Ask about texts, as far as the budget goes, and offer the frontier those that fool."""
        outcomes = yield from self.questions.ask([candidate.text for candidate in candidates])
        self.frontier.note(candidates[: len(outcomes)])
        for candidate, outcome in zip(candidates, outcomes, strict=False):
            if not outcome.correct:
                self.frontier.offer(candidate, outcome)
        return outcomes

    def offer(self, candidate: Candidate) -> None:
        """Offer the frontier a text that was judged."""
        self.frontier.offer(candidate, self.questions.outcomes[candidate.text])

    def score(self, candidate: Candidate) -> float:
        """Return the score of a text that was judged."""
        return score_of(self.questions.outcomes[candidate.text])

    def lowest(self, base: Candidate, candidates: Sequence[Candidate]) -> Steps[Candidate | None]:
        """Judge texts; return the one of the lowest score, None if that is not below that of ``base``."""
        outcomes = yield from self.judge(candidates)
        first = by_score([self.score(base), *map(score_of, outcomes)])[0]
        return candidates[first - 1] if first else None

    def along(self, base: Candidate, edits: Sequence[Edit]) -> Steps[Candidate | None]:
        """Make edits one after another; of the texts after 1, 2, 4, ... and all of them return `lowest`."""
        counts = sorted({min(2**i, len(edits)) for i in range(len(edits).bit_length() + 1)})
        path = [self.space.compose((*base.parts, *edits[:n])) for n in counts if n]
        return (yield from self.lowest(base, [candidate for candidate in path if candidate is not None]))

    def shrink(self) -> Steps[None]:
        """Take edits back from the text that fools at the lowest degree, to reach lower ones, see `reduced`.

        It ends where no single edit can be taken back, no lower degree has room for one, or the budget ends.
        """
        frontier = self.frontier
        if frontier.first is not None:
            yield from self.reduced(frontier.first, lambda o: not o.correct, lambda: frontier.improvable)

    def reduced(
        self, candidate: Candidate, keeps: Callable[[Outcome], bool], active: Callable[[], bool]
    ) -> Steps[Candidate]:
        """Return a text with fewer edits whose outcome keeps a property.

        Halves, quarters, ... single edits are taken back, in random order, and single ones again until
        none can be (in the manner of Zeller and Hildebrandt 2002, Simplifying and isolating
        failure-inducing input).

        Args:
            active: whether to go on; it ends with the budget, too.
        """
        kept = [int(i) for i in self.rng.permutation(len(candidate.parts))]
        best, size = candidate, len(kept) // 2
        while size:
            before, i = len(kept), 0
            while i < len(kept) and self.questions.left and active():
                fewer = kept[:i] + kept[i + size :]
                # In the order they were made: insertions at one place follow one another.
                less = self.space.compose([candidate.parts[j] for j in sorted(fewer)]) if fewer else None
                if less is not None and (yield from self._keeps(less, keeps)):
                    best, kept = less, fewer
                else:
                    i += size
            size = size // 2 if size > 1 else int(len(kept) < before)
        return best

    def _keeps(self, candidate: Candidate, keeps: Callable[[Outcome], bool]) -> Steps[bool]:
        """Judge a text; of a whole text, fewer edits may lead further away, beyond the highest degree."""
        if self.space.distances([candidate])[0] > self.frontier.limits[-1]:
            return False
        return any(keeps(outcome) for outcome in (yield from self.judge([candidate])))
