"""Trajectories at sentence level: edits of a whole text, accepted while its meaning stays near."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from robtest.degree import MILLION, budget, check_degrees
from robtest.similarity import Encoder, Similarity
from robtest.sites import Sites, by_part
from robtest.snapshot import sentence_snapshot
from robtest.text import apply, cells, spaces
from robtest.types import Attack, Edit, Snapshot, Text, Trajectory

VERSION = "2"
"""Raised whenever the texts of `text_trajectories` change; part of the version of an attack of texts."""

MAX_STEPS = 10
"""Edits accepted per trajectory at most; RobTest's rounds of distraction."""

WIDTH = 3
"""Edits of one text that may wait for a degree that lets them."""

_FADES = 0.7
# What an addition adds to the distance falls as the text grows: to 0.3-0.6 of what it adds to the original
# after one to four others (measured on texts of one to six sentences), so by about this much with each.


def text_trajectories(
    text: Text,
    attack: Attack,
    degrees: Sequence[float],
    n_variants: int,
    rng_for: Callable[[int], np.random.Generator],
    encoder: Encoder,
    *,
    max_steps: int = MAX_STEPS,
    width: int = WIDTH,
) -> tuple[Trajectory, ...]:
    """Draw variants of an attack of texts, each one nested trajectory limited by cosine similarity.

    Step by step one more edit is drawn, a kind first and then one of that kind; it is made if the text
    keeps the degree, and waits for the next degree if not. A kind is drawn only while what its last edit
    added to the distance still fits, so that few texts are encoded in vain; but up to ``width`` edits are
    tried of a text that has none yet, and where no more are left. Insertions at one place follow one
    another; a higher degree has the edits of a lower one, and more behind them. Of n positive degrees the
    i-th may have i/n of ``max_steps``, rounded up, for small edits at low degrees would leave none to the
    high ones.
    The variants take their steps side by side, so that their texts are encoded together.

    Args:
        rng_for: variant -> its generator, see `robtest.random.generator`.
        encoder: measures the degree, as `robtest.minilm.embedded` does.

    Raises:
        ValueError: for impossible degrees, or a number below 1.
        AttackError: if the attack or the encoder breaks its contract.
    """
    degrees = check_degrees(degrees)
    for name, number in (("n_variants", n_variants), ("max_steps", max_steps), ("width", width)):
        if number < 1:
            raise ValueError(f"{name} must be 1 or more, got {number}")
    whole = Whole(text, attack, encoder)
    rows = walk_candidates(whole, degrees, n_variants, rng_for, max_steps=max_steps, width=width)
    return tuple(
        Trajectory(variant, tuple(map(whole.snapshot, row, degrees))) for variant, row in enumerate(rows)
    )


def walk_candidates(
    whole: "Whole",
    degrees: Sequence[float],
    n_variants: int,
    rng_for: Callable[[int], np.random.Generator],
    *,
    max_steps: int = MAX_STEPS,
    width: int = WIDTH,
) -> list[list["Candidate"]]:
    """Return the texts of `text_trajectories`: a list of variants, each with a text for every degree."""
    walks = [TextWalk(whole, rng_for(variant), width) for variant in range(n_variants)]
    rows: list[list[Candidate]] = [[] for _ in walks]
    for degree, steps in zip(degrees, shares(degrees, max_steps), strict=True):
        grow(walks, budget(degree, MILLION), steps)
        for row, walk in zip(rows, walks, strict=True):
            row.append(walk.made)
    return rows


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that edits of a whole text make.

    Attributes:
        parts: the edits in the order they were made.
        edits: the same, insertions at one place being one.
    """

    parts: tuple[Edit, ...]
    edits: tuple[Edit, ...]
    text: str


class Whole:
    """A text attacked as a whole: what its variants share.

    Attributes:
        kinds: the edits that may be made, those of one kind together: none that touches a protected
            span, or several words where words must stay.
    """

    def __init__(self, text: Text, attack: Attack, encoder: Encoder) -> None:
        """List the edits; nothing is encoded yet."""
        self.text = text
        self._sites = Sites(text, attack, attack.tags[0])
        self._similarity = Similarity(encoder, text.value)
        self._span = (0, len(text.value))
        kinds = ([edit for edit in edits if self._may(edit)] for edits in self._sites.kinds(self._span))
        self.kinds = [edits for edits in kinds if edits]

    def _may(self, edit: Edit) -> bool:
        # Words that change places keep their number and lose their labels, so none may be touched.
        kept = not self.text.keep_words or not spaces(self.text.value[edit.start : edit.end] + edit.new)
        return kept and self._sites.blocked.find(1, *cells(edit)) < 0

    def check(self, edit: Edit) -> None:
        """Check an edit that was drawn, see `robtest.sites.Sites.check`."""
        self._sites.check(edit, self._span)

    def compose(self, parts: Iterable[Edit]) -> Candidate | None:
        """Return the text of some edits; None if they overlap or cancel out."""
        parts = tuple(parts)
        edits: list[Edit] = []
        for edit in parts:
            more = joined(edits, edit)
            if more is None:
                return None
            edits = more
        made = apply(self.text.value, edits)
        return None if parts and made == self.text.value else Candidate(parts, tuple(edits), made)

    @property
    def original(self) -> Candidate:
        """The text without edits."""
        return Candidate((), (), self.text.value)

    def distances(self, made: Sequence[Candidate]) -> list[int]:
        """Return the distances of texts in millionths, see `robtest.similarity.Similarity.distances`."""
        return self._similarity.distances([each.text for each in made])

    def snapshot(self, made: Candidate, degree: float) -> Snapshot:
        """Return a text, measured."""
        return sentence_snapshot(self.text, made.edits, degree, self._similarity, self._sites.attack.name)


class Deck:
    """The edits of a whole text in random order, each kind by itself."""

    def __init__(self, whole: Whole, rng: np.random.Generator, without: Collection[Edit] = ()) -> None:
        """Shuffle them, some left out."""
        self._whole = whole
        self._rng = rng
        self._piles = {
            edits[0].kind: deque(
                edits[i] for i in rng.permutation(len(edits)).tolist() if edits[i] not in without
            )
            for edits in whole.kinds
        }

    @property
    def kinds(self) -> list[str]:
        """The kinds that have edits left."""
        return [kind for kind, pile in self._piles.items() if pile]

    def __len__(self) -> int:
        """How many edits are left."""
        return sum(map(len, self._piles.values()))

    def draw(self, made: Candidate, kinds: Sequence[str]) -> Candidate | None:
        """Take an edit of one of the kinds and return the text with it; None if it cannot be made there."""
        parts = by_part(kinds)
        kinds = parts[int(self._rng.random() * len(parts))] if len(parts) > 1 else kinds
        edit = self._piles[kinds[int(self._rng.random() * len(kinds))]].pop()
        self._whole.check(edit)
        return self._whole.compose((*made.parts, edit))

    def several(self, made: Candidate, n: int) -> list[Candidate]:
        """Return up to ``n`` distinct texts of one edit more, a kind drawn first and then one edit of it."""
        texts: dict[str, Candidate] = {}
        while len(texts) < n and (kinds := self.kinds):
            more = self.draw(made, kinds)
            if more is not None:
                texts.setdefault(more.text, more)
        return list(texts.values())

    def put_back(self, made: Iterable[Candidate]) -> None:
        """Return the last edits of texts, to be drawn again after all that were not yet."""
        for each in made:
            self._piles[each.parts[-1].kind].appendleft(each.parts[-1])


class TextWalk:
    """One variant while its degree rises.

    Attributes:
        made: the text so far.
    """

    def __init__(self, whole: Whole, rng: np.random.Generator, width: int = WIDTH) -> None:
        """Start with the original."""
        self.whole = whole
        self.made = whole.original
        self._deck = Deck(whole, rng)
        self._width = width
        self._deferred: list[Candidate] = []
        self._here = 0
        self._added: dict[str, float] = {}  # kind -> what one more edit of it should add to the distance

    def proposals(self, limit: int, steps: int) -> list[Candidate]:
        """Return the texts put off and, if none of them is known to fit, one with an edit newly drawn."""
        if len(self.made.parts) >= steps:
            return []
        if min(self.whole.distances(self._deferred), default=limit + 1) > limit:
            while len(self._deferred) < self._width and (kinds := self._likely(limit)):
                made = self._deck.draw(self.made, kinds)
                if made is not None:
                    return [*self._deferred, made]
        return self._deferred

    def _likely(self, limit: int) -> list[str]:
        """Return the kinds of which one more edit is expected to fit, or all where that does not count."""
        kinds = self._deck.kinds
        likely = [kind for kind in kinds if self._here + self._added.get(kind, 0) <= limit]
        return likely if likely or (self.made.parts and len(self._deck) > self._width) else kinds

    def step(self, proposals: list[Candidate], limit: int) -> bool:
        """Make the first edit proposed that keeps the limit; whether there may be more to try."""
        if not proposals:
            return False
        distances = self.whole.distances(proposals)
        for made, distance in zip(proposals, distances, strict=True):
            self._added[made.parts[-1].kind] = distance - self._here
        first = next((i for i, distance in enumerate(distances) if distance <= limit), None)
        if first is None:
            new = len(proposals) > len(self._deferred)
            self._deferred = proposals
            return new
        self.made, self._here = proposals[first], distances[first]
        # The others may fit behind it.
        self._deck.put_back(proposals[:first] + proposals[first + 1 :])
        self._deferred = []
        self._added = {kind: _FADES * added for kind, added in self._added.items()}
        return True


def shares(degrees: Sequence[float], max_steps: int) -> list[int]:
    """Return how many steps a text may have made at each degree, see `text_trajectories`."""
    n_zero = sum(not degree for degree in degrees)
    n = len(degrees) - n_zero
    return [0] * n_zero + [-(-max_steps * i // n) for i in range(1, n + 1)]


def grow(walks: Sequence[TextWalk], limit: int, steps: int) -> None:
    """Let walks of one text go on to a number of steps, or until no more is expected to keep the limit."""
    growing = list(walks) if limit else []
    while growing:
        offers = [walk.proposals(limit, steps) for walk in growing]
        growing[0].whole.distances([made for proposals in offers for made in proposals])
        growing = [
            walk for walk, proposals in zip(growing, offers, strict=True) if walk.step(proposals, limit)
        ]


def joined(edits: Sequence[Edit], edit: Edit) -> list[Edit] | None:
    """Return edits with one more; None if it overlaps one of them.

    Insertions at one place become one, in their order, of a kind that names both: ``url+handle``.
    """
    start, end = cells(edit)
    for i, other in enumerate(edits):
        if edit.start == edit.end == other.start == other.end:
            kinds = dict.fromkeys([*other.kind.split("+"), edit.kind])
            both = Edit(edit.start, edit.end, other.new + edit.new, "+".join(kinds))
            return [*edits[:i], both, *edits[i + 1 :]]
        taken_start, taken_end = cells(other)
        if start < taken_end and taken_start < end:
            return None
    return [*edits, edit]
