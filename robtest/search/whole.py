"""Attacks of whole texts by a search that sees scores: of the edits that keep the limit, the best is made."""

from robtest.search.attempt import Attempt
from robtest.search.order import levels
from robtest.search.questions import Steps
from robtest.search.space import TextSpace
from robtest.textwalk import MAX_STEPS, Candidate, Deck, shares


class TextClimb:
    """One variant of a whole text: the score is lowered step by step.

    At each step up to ``n_candidates`` edits are drawn; those that keep the degree are judged in one batch,
    and the one that lowers the score most is made, if one does. Where none does, those that leave it as it
    is are made one after another, in random order, and the text of these that lowers the score is gone on
    from; where none does either, the others wait for a degree that lets them. It ends where the victim is
    fooled. Steps are shared among the degrees as under rule access (`robtest.textwalk.text_trajectories`).
    """

    def __init__(self, attempt: Attempt, space: TextSpace, n_candidates: int) -> None:
        """Start with the original."""
        self._attempt = attempt
        self._space = space
        self._n = n_candidates
        self._steps = shares(attempt.degrees, MAX_STEPS)
        self._deck = Deck(space.whole, attempt.rng)
        self._best = space.original
        self._candidates: list[Candidate] | None = None
        self._rejects: list[Candidate] = []

    def up_to(self, i: int) -> Steps[Candidate]:
        """Lower the score within the i-th degree, not below the last one; return the best text so far."""
        limit, steps = self._attempt.frontier.limits[i], self._steps[i]
        while len(self._best.parts) < steps and self._attempt.active_at(i):
            lower = (yield from self._step(limit)) or (yield from self._cross(limit, steps))
            if lower is None:
                break
            # The others may be made behind it.
            others = [*self._rejects, *(self._candidates or ())]
            self._deck.put_back(each for each in others if each.parts[-1] not in lower.parts)
            self._best, self._candidates, self._rejects = lower, None, []
        return self._best

    def _step(self, limit: int) -> Steps[Candidate | None]:
        """Judge edits; return the text of the one that lowers the score most, None if none does."""
        if self._candidates is None:
            self._candidates = self._deck.several(self._best, self._n)
        distances = self._space.distances(self._candidates)
        near = [each for each, at in zip(self._candidates, distances, strict=True) if at <= limit]
        near = near[: self._attempt.questions.left]
        self._rejects += near
        self._candidates = [each for each in self._candidates if each not in near]
        return (yield from self._attempt.lowest(self._best, near))

    def _cross(self, limit: int, steps: int) -> Steps[Candidate | None]:
        """Make edits that change nothing, one by one; return the text that lowers the score, if any."""
        scores = levels([self._attempt.score(each) for each in (self._best, *self._rejects)])
        pairs = zip(self._rejects, scores[1:], strict=True)
        ties = [candidate.parts[-1] for candidate, score in pairs if score == scores[0]]
        edits = self._space.admissible(self._best, ties, limit)[: steps - len(self._best.parts)]
        return (yield from self._attempt.along(self._best, edits))
