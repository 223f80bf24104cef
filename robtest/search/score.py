"""Score access: the margin of the gold label is lowered, word by word, the telling words first."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import ClassVar

from robtest.search.attempt import Attempt
from robtest.search.draft import Draft, Drawer
from robtest.search.guided import Guided
from robtest.search.order import by_score, levels, score_of
from robtest.search.questions import Steps
from robtest.search.rule import Rule
from robtest.search.space import TextSpace, WordSpace
from robtest.search.whole import TextClimb
from robtest.sites import Sites
from robtest.text import Span, apply
from robtest.textwalk import Candidate
from robtest.types import Edit, Outcome

STAND_IN = "_"
"""What a left-out word becomes where the number of words must stay."""


@dataclass(frozen=True, kw_only=True)
class Score(Guided):
    """Greedy search, after TextFooler (Jin et al. 2020, arXiv:1907.11932) and TextBugger (Li et al. 2019).

    Every word that can be edited is left out once; the lower the score without it, the earlier its turn.
    At its turn up to ``n_candidates`` edits of the word that fit the degree are judged in one batch, and
    the one that lowers the score most is made, if one does. Where several edits may be made in a word
    (characters, malicious) the words get another turn, until a whole round lowers nothing. On a plateau,
    where no edit lowers the score and some leave it as it is, such edits of different words are made one
    after another, in random order, up to the degree; if that lowers the score, the walk goes on from
    there (`robtest.search.attempt.Attempt.along`). It stops where the victim is fooled.

    One walk serves all degrees: it pauses where a degree's budget is full. Only comparisons of scores
    decide, relative to the largest of them (`robtest.search.order.by_score`), so that multiplying all of
    them changes nothing. Ties fall to the order of the variant's draws.

    Words are not ranked, and come in random order, where that would take more than half of what is left of
    the query budget. Whole texts are searched by `robtest.search.whole.TextClimb`.

    A new start goes by samples: of ``n_candidates`` edits anywhere in the text the best is made, while one
    lowers the score. Where none does, the text is filled with edits to the highest degree ``n_candidates``
    times anew; if the best of these lowers the score, the edits it does not need are taken back, and on.

    Attributes:
        beam: texts followed side by side. At each degree only the best goes on.
        rerank: leave words out of the text anew after every edit made.
    """

    beam: int = 1
    rerank: bool = False

    version: ClassVar[str] = f"3+rule{Rule.version}"

    def better(self, new: Outcome, old: Outcome) -> bool:
        """Whether the value is lower or, if equal, the score; see `robtest.search.guided.Guided.better`."""
        scores = [score_of(old), score_of(new)]
        values = [(outcome.value, outcome.correct) for outcome in (old, new)]
        return values[1] < values[0] or (values[1] == values[0] and by_score(scores)[0] == 1)

    def start(self, attempt: Attempt) -> Steps[None]:
        """See `robtest.search.guided.Guided.start`."""
        climb = self.climb(attempt)
        for i in range(len(attempt.degrees)):
            if attempt.active_at(i):
                attempt.offer((yield from climb.up_to(i)))

    def climb(self, attempt: Attempt) -> "Climb | TextClimb":
        """Return what walks through one variant, from the original."""
        space = attempt.space
        if isinstance(space, TextSpace):
            return TextClimb(attempt, space, self.n_candidates)
        assert isinstance(space, WordSpace)  # there are two kinds of them
        return self.word_climb(attempt, space)

    def word_climb(self, attempt: Attempt, space: WordSpace) -> "Climb":
        """Return what walks through one variant of characters or words."""
        return Climb(self, attempt, space.sites)

    def restart(self, attempt: Attempt) -> Steps[None]:
        """See `robtest.search.guided.Guided.restart`."""
        space, top, n, rng = attempt.space, attempt.frontier.limits[-1], self.n_candidates, attempt.rng
        best, before = space.original, -1
        while attempt.active and attempt.questions.n > before:
            before = attempt.questions.n
            near = [each for batch in space.neighbours(best, [top], n, rng) for each in batch]
            lower = yield from attempt.lowest(best, near)
            if lower is None:
                filled = yield from attempt.lowest(best, space.fills(best, top, n, rng))
                if filled is None:
                    return
                lower = yield from self._stripped(attempt, filled)
            best = lower

    def _stripped(self, attempt: Attempt, candidate: Candidate) -> Steps[Candidate]:
        """Take back the edits of a text without which its score is no higher."""
        score = attempt.score(candidate)

        def keeps(outcome: Outcome) -> bool:
            before, after = levels([score, score_of(outcome)])
            return bool(after <= before)

        return (yield from attempt.reduced(candidate, keeps, lambda: attempt.active))


@dataclass(frozen=True)
class Place:
    """A word and the units in it."""

    span: Span
    units: Sequence[Span]


class Climb:
    """One variant while its degree rises.

    Attributes:
        beam: the drafts followed, judged, the best first.
    """

    def __init__(self, options: Score, attempt: Attempt, sites: Sites) -> None:
        self.options = options
        self.attempt = attempt
        self.questions = attempt.questions
        self.drawer = Drawer(sites, attempt.rng)
        self.sites = sites
        # One edit in a word is all there is to make, unless characters are what is counted.
        self.once = sites.tag == "general" or sites.attack.unit != "char"
        self.beam = [Draft(sites)]
        self._ahead: deque[Place] = deque()
        self._ranked = False
        self._deferred: list[Place] = []
        self._revisits: list[Place] = []
        self._moved = False
        self._ties: list[Edit] = []

    def up_to(self, i: int) -> Steps[Candidate]:
        """Lower the score within the i-th degree, not below the last one; return the best text so far."""
        limit = self.attempt.frontier.limits[i]
        if limit and not self._ranked:
            self._ranked = True
            self._ahead.extend((yield from self.ranked(self._places())))
        self._ahead.extendleft(reversed(self._deferred))
        self._deferred = []
        while self.attempt.active_at(i) and any(draft.spent < limit for draft in self.beam):
            if self._ahead:
                moved = yield from self._visit(self._ahead.popleft(), limit)
                self._moved = self._moved or moved
                if moved and self.options.rerank and self.attempt.active_at(i):
                    self._ahead = deque((yield from self.ranked(list(self._ahead))))
            elif self._moved or (yield from self._cross(limit)):
                self._ahead.extend(self._revisits)
                self._revisits, self._moved = [], False
            else:
                break
        del self.beam[1:]
        return self.beam[0].candidate()

    def _cross(self, limit: int) -> Steps[bool]:
        """Make edits that change nothing, one after another; whether that lowers the score in the end."""
        best = self.beam[0].candidate()
        edits = self.attempt.space.admissible(best, self._ties, limit)
        lower = yield from self.attempt.along(best, edits)
        if lower is not None:
            self.beam = [Draft(self.sites, lower.parts)]
        return lower is not None

    def _visit(self, place: Place, limit: int) -> Steps[bool]:
        """Judge edits of a place, and go on with the best texts; whether one of them is new."""
        drafts = [new for draft in self.beam for new in self._children(draft, place, limit)]
        if not drafts:
            if any(self._open(draft, place) for draft in self.beam):
                self._deferred.append(place)  # for a degree that has room
            return False
        outcomes = yield from self.attempt.judge([draft.candidate() for draft in drafts])
        before = self.beam
        # The texts there were come first, so that an edit must lower the score to be made.
        pool = [*before, *drafts[: len(outcomes)]]
        scores = [self._score(draft) for draft in pool]
        self.beam = [pool[i] for i in by_score(scores)[: self.options.beam]]
        self._revisits.append(place)
        if any(draft not in before for draft in self.beam):
            return True
        self._note_tie(pool, scores, len(before))
        return False

    def _note_tie(self, pool: Sequence[Draft], scores: Sequence[float], n_before: int) -> None:
        """Remember an edit that left the score as it was, at a random place among the others."""
        parts = levels(scores)
        tie = next((i for i in range(n_before, len(pool)) if parts[i] == parts[0]), None)
        if tie is not None:
            at = int(self.attempt.rng.integers(len(self._ties) + 1))
            self._ties.insert(at, pool[tie].edits[-1])

    def _score(self, draft: Draft) -> float:
        return score_of(self.questions.outcomes[draft.text_with()])

    def _children(self, draft: Draft, place: Place, limit: int) -> list[Draft]:
        """Return the drafts of one edit more that are worth judging, each of another text."""
        if self.once and draft.edited(*place.span):
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
        if self.once and draft.edited(*place.span):
            return False
        return any(draft.free(edit) for edit in self._edits(place))

    def _edits(self, place: Place) -> Iterator[Edit]:
        return (edit for unit in place.units for same in self.sites.kinds(unit) for edit in same)

    def _places(self) -> list[Place]:
        """Return the words that can be edited, in random order."""
        units = (unit for group in self.sites.groups for unit in group)
        by_word = groupby(units, key=lambda unit: self.sites.word_at(unit[0]))
        places = [Place(word, list(group)) for word, group in by_word]
        usable = [place for place in places if self._open(self.beam[0], place)]
        return [usable[i] for i in self.drawer.order(len(usable))]

    def ranked(self, places: list[Place]) -> Steps[list[Place]]:
        """Put the places first without which the score of the best text is lowest."""
        if len(places) < 2 or 2 * len(places) > self.questions.left:
            return places
        edits = self.beam[0].edits
        outcomes = yield from self.questions.ask([self._without(place.span, edits) for place in places])
        return [places[i] for i in by_score([score_of(outcome) for outcome in outcomes])]

    def _without(self, word: Span, edits: Sequence[Edit]) -> str:
        """Return the text of the edits without a word and the white space behind it."""
        text = self.sites.text
        start, end = word
        if not text.keep_words:
            end = len(text.value) - len(text.value[end:].lstrip())
        elsewhere = [edit for edit in edits if not start <= edit.start < word[1]]
        return apply(text.value, [*elsewhere, Edit(start, end, STAND_IN if text.keep_words else "", "")])
