"""Trajectories at sentence level: edits of a whole text, accepted while its meaning stays near."""

from collections.abc import Callable, Sequence

import numpy as np

from robtest.degree import MILLION, budget, check_degrees
from robtest.similarity import Encoder, Similarity
from robtest.sites import Sites
from robtest.snapshot import sentence_snapshot
from robtest.text import apply, cells, spaces
from robtest.types import Attack, Edit, Text, Trajectory

MAX_STEPS = 10
"""Edits accepted per trajectory at most; RobTest's rounds of distraction."""

WIDTH = 4
"""Edits tried at each step at most."""


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

    Step by step up to ``width`` edits are drawn, a kind first and then one of that kind, until one keeps the
    degree; it is made. Where none does, they wait for the next degree. Insertions at one
    place follow one another; a higher degree has the edits of a lower one, and more behind them.
    Edits that cannot be made (in a protected span, of several words where words must stay) are not
    drawn.
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
    similarity = Similarity(encoder, text.value)
    sites = Sites(text, attack, attack.tags[0])
    kinds = _possible(sites)
    walks = [_Walk(sites, kinds, rng_for(variant), max_steps, width) for variant in range(n_variants)]
    rows = []
    for degree in degrees:
        _grow(walks, similarity, budget(degree, MILLION))
        rows.append([sentence_snapshot(text, walk.edits, degree, similarity, attack.name) for walk in walks])
    return tuple(Trajectory(variant, shots) for variant, shots in enumerate(zip(*rows, strict=True)))


def _possible(sites: Sites) -> list[list[Edit]]:
    """Return the edits that may be made, by kind; a kind without any is left out."""
    text = sites.text

    def may(edit: Edit) -> bool:
        # Words that change places keep their number and lose their labels, so none may be touched.
        kept = not text.keep_words or not spaces(text.value[edit.start : edit.end] + edit.new)
        return kept and sites.blocked.find(1, *cells(edit)) < 0

    found = [[edit for edit in edits if may(edit)] for edits in sites.kinds((0, len(text.value)))]
    return [edits for edits in found if edits]


def _grow(walks: Sequence["_Walk"], similarity: Similarity, limit: int) -> None:
    """Let each walk make steps until none it tries keeps the limit, in millionths."""
    growing = list(walks) if limit else []
    while growing:
        similarity.distances([made for walk in growing for made in walk.proposals()])
        growing = [walk for walk in growing if walk.step(similarity, limit)]


class _Walk:
    """One variant while its degree rises."""

    def __init__(
        self, sites: Sites, kinds: Sequence[Sequence[Edit]], rng: np.random.Generator, steps: int, width: int
    ) -> None:
        self.edits: list[Edit] = []
        self._sites = sites
        self._rng = rng
        self._steps = steps
        self._width = width
        self._ahead: dict[str, list[Edit]] = {
            edits[0].kind: [edits[i] for i in rng.permutation(len(edits)).tolist()] for edits in kinds
        }
        self._tried: list[tuple[Edit, list[Edit], str]] = []

    def proposals(self) -> list[str]:
        """Return the texts one more edit would make: those that wait, and a newly drawn one."""
        wanted = len(self._tried) + 1
        while len(self._tried) < wanted and self._more():
            edit = self._draw()
            edits = joined(self.edits, edit)
            if edits is not None:
                made = apply(self._sites.text.value, edits)
                if made != self._sites.text.value:  # edits may cancel out
                    self._tried.append((edit, edits, made))
        return [made for _, _, made in self._tried]

    def step(self, similarity: Similarity, limit: int) -> bool:
        """Make the first edit proposed that keeps the limit; whether there is anything left to try."""
        distances = [similarity.distance(made) for _, _, made in self._tried]
        first = next((i for i, distance in enumerate(distances) if distance <= limit), None)
        if first is None:
            return self._more()
        _, self.edits, _ = self._tried.pop(first)
        self._steps -= 1
        # The others may fit behind it: back they go, to be drawn again after all that were not yet.
        for edit, _, _ in self._tried:
            self._ahead[edit.kind].insert(0, edit)
        self._tried = []
        return self._more()

    def _more(self) -> bool:
        """Whether one more edit may be tried."""
        return self._steps > 0 and len(self._tried) < self._width and any(self._ahead.values())

    def _draw(self) -> Edit:
        kinds = [edits for edits in self._ahead.values() if edits]
        edit = kinds[int(self._rng.random() * len(kinds))].pop()
        self._sites.check(edit, (0, len(self._sites.text.value)))
        return edit


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
