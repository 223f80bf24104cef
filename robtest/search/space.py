"""The texts that can be made of one, as the searches see them: by characters and words, or all at once."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile

import numpy as np

from robtest.degree import MILLION, budget, check_degrees, distance
from robtest.minilm import embedded
from robtest.search.draft import Draft, Drawer, Walk
from robtest.sites import Sites
from robtest.snapshot import snapshot
from robtest.textwalk import MAX_STEPS, Candidate, Deck, Whole, walk_candidates
from robtest.types import Attack, Edit, Snapshot, Tag, Text, Trajectory

RngFor = Callable[[int], np.random.Generator]
"""Variant -> its generator, see `robtest.random.generator`."""

_SAMPLE = 16  # edits of a whole text that the texts of one call of `TextSpace.fills` are made of


class Space(ABC):
    """The texts that edits make of one, how far they are from it, and how they are drawn.

    Distances and limits are whole numbers: of characters, of words, or millionths of a cosine.

    Attributes:
        original: the text without edits.
    """

    original: Candidate

    def trajectories(
        self, degrees: Sequence[float], n_variants: int, rng_for: RngFor
    ) -> tuple[Trajectory, ...]:
        """Draw the variants of rule access, see `robtest.search.trajectories`."""
        degrees = check_degrees(degrees)
        rows = self.rule(degrees, n_variants, rng_for)
        return tuple(
            Trajectory(variant, tuple(map(self.snapshot, row, degrees))) for variant, row in enumerate(rows)
        )

    def rule(self, degrees: Sequence[float], n_variants: int, rng_for: RngFor) -> list[list[Candidate]]:
        """Return the texts of `trajectories`: of each variant a list with a text for every degree.

        Raises:
            ValueError: for ``n_variants`` below 1.
        """
        if n_variants < 1:
            raise ValueError(f"n_variants must be 1 or more, got {n_variants}")
        return self._rule(degrees, n_variants, rng_for)

    @abstractmethod
    def _rule(self, degrees: Sequence[float], n_variants: int, rng_for: RngFor) -> list[list[Candidate]]:
        """See `rule`."""

    @abstractmethod
    def limit(self, degree: float) -> int:
        """Return the largest distance that keeps a degree."""

    @abstractmethod
    def distances(self, candidates: Sequence[Candidate]) -> list[int]:
        """Return the distances of texts from the original."""

    @abstractmethod
    def snapshot(self, candidate: Candidate, degree: float) -> Snapshot:
        """Return a text, measured; raises `AttackError` if it breaks a rule."""

    @abstractmethod
    def compose(self, parts: Sequence[Edit]) -> Candidate | None:
        """Return the text of edits; None if they are in each other's way, or cancel out."""

    @abstractmethod
    def admissible(self, base: Candidate, edits: Iterable[Edit], limit: int) -> list[Edit]:
        """Return those edits that can be made one after another behind those of a text, within a limit."""

    @abstractmethod
    def fills(self, base: Candidate, limit: int, n: int, rng: np.random.Generator) -> list[Candidate]:
        """Go on from a text by edits at random, ``n`` times anew, about as far as a limit lets."""

    @abstractmethod
    def neighbours(
        self, base: Candidate, limits: Sequence[int], n: int, rng: np.random.Generator
    ) -> list[list[Candidate]]:
        """Draw up to ``n`` distinct texts of one edit more, in batches: the sooner the lower the limit.

        Args:
            limits: rising; what exceeds the last one is not returned.

        Returns:
            No empty batch.
        """


class WordSpace(Space):
    """Edits of characters or words; limits are those of `robtest.degree.budget`."""

    def __init__(self, sites: Sites) -> None:
        """Nothing is drawn yet."""
        self.sites = sites
        self.original = Candidate((), (), sites.text.value)

    def _rule(self, degrees: Sequence[float], n_variants: int, rng_for: RngFor) -> list[list[Candidate]]:
        walks = (Walk(Drawer(self.sites, rng_for(variant))) for variant in range(n_variants))
        return [[walk.up_to(self.limit(degree)) for degree in degrees] for walk in walks]

    def limit(self, degree: float) -> int:
        """See the base class."""
        return self.sites.budget(degree)

    def distances(self, candidates: Sequence[Candidate]) -> list[int]:
        """See the base class."""
        original, tag, compatible = self.original.text, self.sites.tag, self.sites.compatible
        return [distance(original, each.text, tag, compatible=compatible) for each in candidates]

    def snapshot(self, candidate: Candidate, degree: float) -> Snapshot:
        """See the base class."""
        text, tag, attack = self.sites.text, self.sites.tag, self.sites.attack.name
        return snapshot(text, candidate.edits, degree, tag, attack, compatible=self.sites.compatible)

    def compose(self, parts: Sequence[Edit]) -> Candidate | None:
        """See the base class; the edits are known to fit together, as those of a text and fewer do."""
        candidate = Draft(self.sites, parts).candidate()
        return None if parts and candidate.text == self.original.text else candidate

    def admissible(self, base: Candidate, edits: Iterable[Edit], limit: int) -> list[Edit]:
        """See the base class; where words are counted, a word has one edit."""
        draft = Draft(self.sites, base.parts)
        for edit in edits:
            spoilt = self.sites.tag == "general" and draft.edited(*self.sites.word_at(edit.start))
            if not spoilt and draft.fits(edit, limit - draft.spent):
                draft.add(edit)
        return draft.edits[len(base.parts) :]

    def fills(self, base: Candidate, limit: int, n: int, rng: np.random.Generator) -> list[Candidate]:
        """See the base class; as under rule access."""
        walks = (Walk(Drawer(self.sites, rng), Draft(self.sites, base.parts)) for _ in range(n))
        return [walk.up_to(limit) for walk in walks]

    def neighbours(
        self, base: Candidate, limits: Sequence[int], n: int, rng: np.random.Generator
    ) -> list[list[Candidate]]:
        """See the base class: one batch, within the lowest limit that has any."""
        batches = (self._around(base, limit, n, Drawer(self.sites, rng)) for limit in limits)
        return [batch for batch in batches if batch][:1]

    def _around(self, base: Candidate, limit: int, n: int, drawer: Drawer) -> list[Candidate]:
        """Draw distinct texts within a limit, of an edit at each place and then of another, until enough."""
        draft = Draft(self.sites, base.parts)
        room = limit - draft.spent
        groups = [group for group in self.sites.groups if not draft.edited(group[0][0], group[-1][1])]
        texts: dict[str, Candidate] = {}
        before = -1
        while room > 0 and before < len(texts) < n:
            before = len(texts)
            for i in drawer.order(len(groups)):
                edit = drawer.one(draft, groups[i], room)
                if edit is not None:
                    candidate = draft.candidate(edit)
                    texts[candidate.text] = candidate
                if len(texts) == n:
                    break
        texts.pop(self.original.text, None)
        return list(texts.values())


class TextSpace(Space):
    """Edits of a whole text, `robtest.textwalk.MAX_STEPS` of them at most, limited by cosine similarity."""

    def __init__(self, whole: Whole) -> None:
        """Nothing is drawn yet."""
        self.whole = whole
        self.original = whole.original

    def _rule(self, degrees: Sequence[float], n_variants: int, rng_for: RngFor) -> list[list[Candidate]]:
        return walk_candidates(self.whole, degrees, n_variants, rng_for)

    def limit(self, degree: float) -> int:
        """See the base class."""
        return budget(degree, MILLION)

    def distances(self, candidates: Sequence[Candidate]) -> list[int]:
        """See the base class; every distinct text is encoded once."""
        return self.whole.distances(candidates)

    def snapshot(self, candidate: Candidate, degree: float) -> Snapshot:
        """See the base class."""
        return self.whole.snapshot(candidate, degree)

    def compose(self, parts: Sequence[Edit]) -> Candidate | None:
        """See the base class."""
        return self.whole.compose(parts)

    def admissible(self, base: Candidate, edits: Iterable[Edit], limit: int) -> list[Edit]:
        """See the base class; it ends at the first that exceeds the limit."""
        path = self._path(base, edits)
        n = len(list(takewhile(lambda at: at <= limit, self.distances(path[1:]))))
        return list(path[n].parts[len(base.parts) :])

    def fills(self, base: Candidate, limit: int, n: int, rng: np.random.Generator) -> list[Candidate]:
        """See the base class; of some edits that fit singly, in random orders.

        How many of an order fit together is found by bisection: rule access would encode a text for
        every edit.
        """
        near = [each.parts[-1] for batch in self.neighbours(base, [limit], _SAMPLE, rng) for each in batch]
        paths = [self._path(base, [near[i] for i in rng.permutation(len(near))]) for _ in range(n)]
        lows, highs = [0] * n, [len(path) - 1 for path in paths]
        while lows != highs:
            middles = [-(-(low + high) // 2) for low, high in zip(lows, highs, strict=True)]
            distances = self.distances([path[i] for path, i in zip(paths, middles, strict=True)])
            for k, (i, at) in enumerate(zip(middles, distances, strict=True)):
                if at <= limit:
                    lows[k] = i
                else:
                    highs[k] = i - 1
        return [path[low] for path, low in zip(paths, lows, strict=True)]

    def neighbours(
        self, base: Candidate, limits: Sequence[int], n: int, rng: np.random.Generator
    ) -> list[list[Candidate]]:
        """See the base class: of ``n`` texts drawn, those that each limit is the first to let."""
        if len(base.parts) == MAX_STEPS:
            return []
        drawn = Deck(self.whole, rng, without=base.parts).several(base, n)
        far = list(zip(drawn, self.distances(drawn), strict=True))
        batches = []
        for limit in limits:
            batches.append([each for each, at in far if at <= limit])
            far = [(each, at) for each, at in far if at > limit]
        return [batch for batch in batches if batch]

    def _path(self, base: Candidate, edits: Iterable[Edit]) -> list[Candidate]:
        """Return a text and those of ever more edits behind it, without those in each other's way."""
        path = [base]
        for edit in edits:
            longer = self.whole.compose((*path[-1].parts, edit))
            if longer is not None and len(longer.parts) <= MAX_STEPS:
                path.append(longer)
        return path


def space_of(text: Text, attack: Attack, tag: Tag, *, compatible: bool = False) -> Space:
    """Return what an attack can make of a text.

    Args:
        compatible: limits are rounded up and case is free, as in RobTest (`robtest.degree.budget`,
            `robtest.degree.distance`); at sentence level RobTest's limit is no number of changes, and
            nothing is another.

    Raises:
        ValueError: for a protected span outside the text, or a tag the attack does not have.
    """
    if attack.unit == "text":
        return TextSpace(Whole(text, attack, embedded()))
    return WordSpace(Sites(text, attack, tag, compatible=compatible))
