"""Score access: the margin of the gold label is lowered, word by word, the telling words first."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import ClassVar

from robtest.search.asking import Asking, Steps
from robtest.search.draft import Draft, Drawer, chosen
from robtest.search.guided import Guided
from robtest.search.order import by_score, score_of
from robtest.text import Span, apply
from robtest.types import Edit, Snapshot

STAND_IN = "_"
"""What a left-out word becomes where the number of words must stay."""


@dataclass(frozen=True, kw_only=True)
class Score(Guided):
    """Greedy search, after TextFooler (Jin et al. 2020, arXiv:1907.11932) and TextBugger (Li et al. 2019).

    Every word that can be edited is left out once; the lower the score without it, the earlier its turn.
    At its turn up to ``n_candidates`` edits of the word that fit the degree are judged in one batch, and
    the one that lowers the score most is made, if one does. Where several edits may be made in a word
    (characters, malicious) the words get another turn, until a whole round lowers nothing. The search
    stops where the victim is fooled, and what it found stays for all higher degrees.

    One walk serves all degrees: it pauses where a degree's budget is full. Only comparisons of scores
    decide, relative to the largest of them (`robtest.search.order.by_score`), so that multiplying all of
    them changes nothing. Ties fall to the order of the variant's draws.

    Words are not ranked, and come in random order, where that would take more than half of what is left of
    the query budget.

    Attributes:
        beam: texts followed side by side. At each degree only the best goes on, so that degrees nest.
        rerank: leave words out of the text anew after every edit made.
    """

    beam: int = 1
    rerank: bool = False

    version: ClassVar[str] = "2"

    def shots(self, asking: Asking, drawer: Drawer, degrees: Sequence[float]) -> Steps[tuple[Snapshot, ...]]:
        """Return one variant, see `robtest.search.guided.Guided.shots`."""
        sites = drawer.sites
        (clean,) = yield from asking.ask([sites.text.value])
        climb = self.climb(asking, drawer, score_of(clean))
        found = []
        for degree in degrees:
            yield from climb.up_to(sites.budget(degree))
            found.append(climb.snapshot(degree))
        return tuple(found)

    def climb(self, asking: Asking, drawer: Drawer, clean: float) -> "Climb":
        """Return what walks through one variant, from the original text and its score."""
        return Climb(self, asking, drawer, clean)


@dataclass(frozen=True)
class Place:
    """A word and the units in it."""

    span: Span
    units: Sequence[Span]


@dataclass(frozen=True)
class _State:
    """A judged text."""

    draft: Draft
    score: float


class Climb:
    """One variant while its degree rises."""

    def __init__(self, options: Score, asking: Asking, drawer: Drawer, clean: float) -> None:
        self.options = options
        self.asking = asking
        self.drawer = drawer
        self.sites = drawer.sites
        # One edit in a word is all there is to make, unless characters are what is counted.
        self.once = self.sites.tag == "general" or self.sites.attack.unit != "char"
        self.fooled = False
        self.beam = [_State(Draft(self.sites), clean)]
        self._ahead: deque[Place] | None = None
        self._waiting: list[Place] = []
        self._again: list[Place] = []
        self._moved = False

    def snapshot(self, degree: float) -> Snapshot:
        """Return the best text so far, which the next degrees go on from."""
        del self.beam[1:]
        return chosen(self.sites, self.beam[0].draft.edits, degree)

    def up_to(self, limit: int) -> Steps[None]:
        """Lower the score at a cost of ``limit`` or less, not below the last one."""
        if self.fooled or not limit:
            return
        if self._ahead is None:
            self._ahead = deque((yield from self.ranked(self._places())))
        self._ahead.extendleft(reversed(self._waiting))
        self._waiting = []
        while not self.fooled and self.asking.left > 0 and self._room(limit):
            if not self._ahead and self._moved:
                self._ahead.extend(self._again)
                self._again, self._moved = [], False
            if not self._ahead:
                break
            yield from self._visit(self._ahead.popleft(), limit)

    def _visit(self, place: Place, limit: int) -> Steps[None]:
        """Judge edits of a place, and go on with the best texts."""
        drafts = [new for state in self.beam for new in self._children(state.draft, place, limit)]
        if not drafts:
            if any(self._open(state.draft, place) for state in self.beam):
                self._waiting.append(place)  # for a degree that has room
            return
        outcomes = yield from self.asking.ask([draft.text_with() for draft in drafts])
        judged = [_State(*pair) for pair in zip(drafts, map(score_of, outcomes), strict=False)]
        lost = [state for state, outcome in zip(judged, outcomes, strict=True) if not outcome.correct]
        before, pool = self.beam, lost or [*self.beam, *judged]
        self.fooled = bool(lost)
        # The texts there were come first, so that an edit must lower the score to be made.
        order = by_score([state.score for state in pool])
        self.beam = [pool[i] for i in order[: self.options.beam]]
        self._again.append(place)
        if any(state not in before for state in self.beam):
            self._moved = True
            if self.options.rerank and not self.fooled and self._ahead:
                self._ahead = deque((yield from self.ranked(list(self._ahead))))

    def _children(self, draft: Draft, place: Place, limit: int) -> list[Draft]:
        """Return the drafts of one edit more that are worth judging, each of another text."""
        if self.once and _edited(draft, place):
            return []
        return [
            draft.plus(edit) for edit in self.promising(draft, place, self._candidates(draft, place, limit))
        ]

    def promising(self, draft: Draft, place: Place, edits: Iterator[Edit]) -> Iterable[Edit]:
        """Return the edits of a place to be judged, out of all that fit, which come in random order."""
        return islice(edits, self.options.n_candidates)

    def _candidates(self, draft: Draft, place: Place, limit: int) -> Iterator[Edit]:
        seen = {self.sites.text.value, draft.text_with()}
        for edit in self.drawer.many(draft, place.units, limit - draft.spent):
            text = draft.text_with(edit)
            if text not in seen:
                seen.add(text)
                yield edit

    def _open(self, draft: Draft, place: Place) -> bool:
        """Whether a place has edits left, whatever they cost."""
        if self.once and _edited(draft, place):
            return False
        return any(draft.free(edit) for edit in self._edits(place))

    def _edits(self, place: Place) -> Iterator[Edit]:
        return (edit for unit in place.units for same in self.sites.kinds(unit) for edit in same)

    def _room(self, limit: int) -> bool:
        return any(state.draft.spent < limit for state in self.beam)

    def _places(self) -> list[Place]:
        """Return the words that can be edited, in random order."""
        units = (unit for group in self.sites.groups for unit in group)
        by_word = groupby(units, key=lambda unit: self.sites.word_at(unit[0]))
        places = [Place(word, list(group)) for word, group in by_word]
        usable = [place for place in places if self._open(self.beam[0].draft, place)]
        return [usable[i] for i in self.drawer.order(len(usable))]

    def ranked(self, places: list[Place]) -> Steps[list[Place]]:
        """Put the places first without which the score of the best text is lowest."""
        if len(places) < 2 or 2 * len(places) > self.asking.left:
            return places
        edits = self.beam[0].draft.edits
        outcomes = yield from self.asking.ask([self._without(place.span, edits) for place in places])
        return [places[i] for i in by_score([score_of(outcome) for outcome in outcomes])]

    def _without(self, word: Span, edits: Sequence[Edit]) -> str:
        """Return the text of the edits without a word and the white space behind it."""
        text = self.sites.text
        start, end = word
        if not text.keep_words:
            end = len(text.value) - len(text.value[end:].lstrip())
        elsewhere = [edit for edit in edits if not start <= edit.start < word[1]]
        return apply(text.value, [*elsewhere, Edit(start, end, STAND_IN if text.keep_words else "", "")])


def _edited(draft: Draft, place: Place) -> bool:
    start, end = place.span
    return any(start <= edit.start < end for edit in draft.edits)
