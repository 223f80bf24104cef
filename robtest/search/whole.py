"""Attacks of whole texts by a search that sees scores: of the edits that keep the limit, the best is made."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from robtest.degree import MILLION, budget
from robtest.search.asking import Asking, Steps
from robtest.search.order import by_score, score_of
from robtest.textwalk import MAX_STEPS, Composed, Deck, Whole, shares
from robtest.types import Snapshot


def left_alone(whole: Whole, made: Composed, degree: float, *, fits: bool) -> Snapshot:
    """Return the snapshot of a text that a search may have left as it was.

    Args:
        fits: an edit is known to keep the degree, so that the text is not unperturbable.
    """
    shot = whole.snapshot(made, degree)
    return replace(shot, unperturbable=False) if fits else shot


def drawn(whole: Whole, deck: Deck, made: Composed, n: int) -> list[Composed]:
    """Return up to ``n`` texts of one edit more, a kind drawn first and then one edit of it."""
    found: dict[str, Composed] = {}
    while len(found) < n and (kinds := deck.kinds):
        composed = deck.draw(made, kinds)
        if composed is not None:
            found.setdefault(composed.text, composed)
    whole.distances(list(found.values()))
    return list(found.values())


class TextClimb:
    """One variant of a whole text: the score is lowered step by step.

    At each step up to ``n_candidates`` edits are drawn; those that keep the degree are judged in one batch,
    and the one that lowers the score most is made, if one does. Where none does, the others wait for a
    degree that lets them. It ends where the victim is fooled. Steps are shared among the degrees as
    under rule access (`robtest.textwalk.text_trajectories`).
    """

    def __init__(
        self, n_candidates: int, asking: Asking, whole: Whole, rng: np.random.Generator, clean: float
    ) -> None:
        """Start with the original and its score."""
        self._n = n_candidates
        self._asking = asking
        self._whole = whole
        self._deck = Deck(whole, rng)
        self._made = whole.original
        self._score = clean
        self._candidates: list[Composed] | None = None
        self._judged: list[Composed] = []
        self._fooled = False
        self._fits = False

    def shots(self, degrees: Sequence[float]) -> Steps[tuple[Snapshot, ...]]:
        """Return a snapshot for each degree."""
        found = []
        for degree, steps in zip(degrees, shares(degrees, MAX_STEPS), strict=True):
            limit = budget(degree, MILLION)
            while len(self._made.parts) < steps and self._asking.left > 0 and not self._fooled:
                if not (yield from self._step(limit)):
                    break
            found.append(left_alone(self._whole, self._made, degree, fits=self._fits))
        return tuple(found)

    def _step(self, limit: int) -> Steps[bool]:
        """Make the edit that lowers the score most; whether one does."""
        if self._candidates is None:
            self._candidates = drawn(self._whole, self._deck, self._made, self._n)
        distances = self._whole.distances(self._candidates)
        near = [c for c, distance in zip(self._candidates, distances, strict=True) if distance <= limit]
        self._fits = self._fits or bool(near)
        outcomes = yield from self._asking.ask([candidate.text for candidate in near])
        judged = [(c, score_of(o), o.correct) for c, o in zip(near, outcomes, strict=False)]
        fooling = [each for each in judged if not each[2]]
        # The text there is comes first, so that an edit must lower the score to be made.
        pool = fooling or [(self._made, self._score, True), *judged]
        best, score, correct = pool[by_score([score for _, score, _ in pool])[0]]
        self._judged += near
        self._candidates = [candidate for candidate in self._candidates if candidate not in near]
        if best is self._made:
            return False
        # The others may be made behind it.
        self._deck.put_back(each for each in [*self._judged, *self._candidates] if each is not best)
        self._made, self._score, self._fooled = best, score, not correct
        self._candidates, self._judged = None, []
        return True
