"""Gradient access: the search of score access, led by what the victim tells to first order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from robtest.search.attempt import Attempt
from robtest.search.draft import Draft
from robtest.search.order import by_score
from robtest.search.questions import Steps
from robtest.search.rule import Rule
from robtest.search.score import Climb, Place, Score
from robtest.search.space import WordSpace
from robtest.sites import Sites
from robtest.slope import Slope
from robtest.types import Edit


@dataclass(frozen=True, kw_only=True)
class Gradient(Score):
    """Greedy search in which a gradient says where to look, and the victim's answers decide.

    As `robtest.search.score.Score`, but for two things. Words come in the order of the norm of the
    score's gradient with respect to them (`robtest.slope.Slope.importance`), and not by leaving each
    out: one slope instead of a text per word. And of all edits of a word that fit the degree, not some
    drawn at random, those are judged that would lower the score most to first order
    (`robtest.slope.Slope.change`, after HotFlip: Ebrahimi et al. 2018, arXiv:1712.06751).

    RobTest's gradient mode is meant to order words by integrated gradients in 51 steps, and cannot be
    reached in its code; here it is one gradient, and candidates are ordered too.

    A slope counts as one query. Where the budget has no room for one, the last one is gone by; without
    any, words and edits come in random order.

    Attacks of whole texts are searched as under score access: what a clause moved or a sentence added does
    is nothing a gradient at the words that are there could tell.

    Attributes:
        n_candidates: edits judged at a time, after all that fit were ranked; fewer do than under score
            access.
        rerank: take a fresh slope of the best text after every edit made, and order words and edits by it.
    """

    n_candidates: int = 4

    version: ClassVar[str] = f"2+rule{Rule.version}"

    def word_climb(self, attempt: Attempt, space: WordSpace) -> Climb:
        """See `robtest.search.score.Score.word_climb`."""
        return _Descent(self, attempt, space.sites)


class _Descent(Climb):
    """One variant while its degree rises, its slopes at hand."""

    def __init__(self, options: Score, attempt: Attempt, sites: Sites) -> None:
        super().__init__(options, attempt, sites)
        # The edits a text was made by, in their order -> its slope. What edits of a text would change is
        # read off the slope of the nearest text it was made from.
        self._slopes: dict[tuple[Edit, ...], Slope] = {}

    def ranked(self, places: list[Place]) -> Steps[list[Place]]:
        """Put the places first on which the score of the best text hangs most."""
        if not places:
            return places
        best = self.beam[0]
        slope = yield from self.questions.slope(best.text_with())
        if slope is not None:
            self._keep(tuple(best.edits), slope)
        made, nearest = self._nearest(best)
        if nearest is None:
            return places
        spans = [(_moved(place.span[0], made), _moved(place.span[1], made)) for place in places]
        return [places[i] for i in by_score([-nearest.importance(*span) for span in spans])]

    def promising(self, draft: Draft, place: Place, edits: Iterator[Edit]) -> Sequence[Edit]:
        """Return the edits that would lower the score most."""
        made, slope = self._nearest(draft)
        if slope is None:
            return list(super().promising(draft, place, edits))
        drawn, (start, end) = list(edits), place.span
        # Edits made elsewhere since then add the same to every estimate.
        later = [_shifted(one, made) for one in draft.edits[len(made) :] if start <= one.start < end]
        changes = [slope.change([*later, _shifted(edit, made)]) for edit in drawn]
        return [drawn[i] for i in by_score(changes)[: self.options.n_candidates]]

    def _keep(self, made: tuple[Edit, ...], slope: Slope) -> None:
        """Remember a slope, and forget those that no text of the beam needs any more."""
        needed = {self._nearest(draft)[0] for draft in self.beam}
        self._slopes = {key: old for key, old in self._slopes.items() if key in needed}
        self._slopes[made] = slope

    def _nearest(self, draft: Draft) -> tuple[tuple[Edit, ...], Slope | None]:
        """Return the slope of the nearest text a draft was made from, and the edits of that text."""
        for n in range(len(draft.edits), -1, -1):
            made = tuple(draft.edits[:n])
            if made in self._slopes:
                return made, self._slopes[made]
        return (), None


def _moved(position: int, made: Sequence[Edit]) -> int:
    """Return where a character of the original stands once edits are made; none of them takes it."""
    return position + sum(len(edit.new) - (edit.end - edit.start) for edit in made if edit.end <= position)


def _shifted(edit: Edit, made: Sequence[Edit]) -> Edit:
    """Return an edit of the original as one of the text that other edits have made."""
    return edit._replace(start=_moved(edit.start, made), end=_moved(edit.end, made))
