"""The search of a recipe: TextAttack's own, at each degree of a sweep."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from robtest.degree import budget, check_degrees, size
from robtest.search.questions import Steps
from robtest.snapshot import snapshot
from robtest.textattack.align import edits_between
from robtest.textattack.bridge import Ask, as_steps
from robtest.textattack.library import library
from robtest.types import Attack, Outcome, Search, Snapshot, Tag, Text, Trajectory

if TYPE_CHECKING:
    from robtest.textattack.inside.run import Ended, Runner


@dataclass(frozen=True)
class RecipeSearch:
    """Run the recipe at each degree, from the lowest up, until it fools the victim.

    What fools at a degree stays for all higher ones. Otherwise the recipe runs anew at the next degree,
    from the original and with the same randomness, so that what it finds under a limit does not depend on
    the degrees below; where no text was refused because of the limit, a higher one would change nothing
    and the result stands. So, other than in the searches of the suite, the edits of two degrees without
    success need not be nested. A text that is wrong before is left alone, and so is one
    with TextAttack's own mark in it (``<SPLIT>``), which it cannot take for text.

    Queries are counted as TextAttack counts them, repetitions included; the engine counts the texts the
    victim is given.

    Attributes:
        query_budget: distinct texts asked about one example, all variants and degrees and the original
            together, each variant getting an equal share; None for no limit.
    """

    recipe: str
    query_budget: int | None = None

    version: ClassVar[str] = "1"

    def __post_init__(self) -> None:
        """Refuse a budget below 1."""
        if self.query_budget is not None and self.query_budget < 1:
            raise ValueError(f"query_budget must be 1 or more, got {self.query_budget}")

    def __call__(
        self,
        text: Text,
        attack: Attack,
        tag: Tag,
        degrees: Sequence[float],
        n_variants: int,
        rng_for: Callable[[int], np.random.Generator],
    ) -> Search:
        """Return the search on one text, see `robtest.search.questions.Strategy`."""
        library()
        from robtest.textattack.inside.run import Runner

        degrees = check_degrees(degrees)
        if tag not in attack.tags:
            raise ValueError(f"{attack.name} is for the tag {' and '.join(attack.tags)}, got {tag!r}")
        if n_variants < 1:
            raise ValueError(f"n_variants must be 1 or more, got {n_variants}")
        questions = _Questions(self.query_budget)
        runner = Runner(self.recipe, text, tag)
        trajectories = []
        for variant in range(n_variants):
            questions.share(n_variants - variant)
            seed = int(rng_for(variant).integers(2**32))
            shots = yield from _Sweep(runner, attack.name, questions, seed).shots(degrees)
            trajectories.append(Trajectory(variant, shots))
        if text.value not in questions.outcomes:
            yield from questions.ask([text.value])
        return tuple(trajectories)


class _Questions:
    """Questions about one example within a budget of distinct texts.

    Unlike those of `robtest.search.questions.Questions` they are asked again where they are repeated, so that
    queries are counted as TextAttack counts them; the budget does not count repetitions.

    Attributes:
        known: the outcomes so far.
    """

    def __init__(self, query_budget: int | None) -> None:
        """Start with all of the budget, None for no end of it."""
        self.outcomes: dict[str, Outcome] = {}
        self._budget = self._stop = sys.maxsize if query_budget is None else query_budget

    @property
    def left(self) -> int:
        """New texts that may still be asked about in this share."""
        return max(self._stop - len(self.outcomes), 0)

    def share(self, n: int) -> None:
        """Set aside the n-th part of what is left of the budget; what it leaves goes to the next."""
        self._stop = len(self.outcomes) + (self._budget - len(self.outcomes)) // n

    def ask(self, texts: Sequence[str]) -> Steps[Sequence[Outcome]]:
        """Ask about texts and return their outcomes: fewer, the first ones, where the budget ends."""
        new = [text for text in dict.fromkeys(texts) if text not in self.outcomes]
        beyond = set(new[self.left :])
        queries = list(takewhile(lambda text: text not in beyond, texts))
        if not queries:
            return ()
        outcomes: Sequence[Outcome] = yield queries
        self.outcomes.update(zip(queries, outcomes, strict=True))
        return outcomes


class _Sweep:
    """One variant while its degree rises."""

    def __init__(self, runner: "Runner", name: str, questions: _Questions, seed: int) -> None:
        self._runner = runner
        self._name = name
        self._questions = questions
        self._seed = seed
        self._text = runner.text.value
        self._settled = False
        self._limit = 0
        self._offers = False

    def shots(self, degrees: Sequence[float]) -> Steps[tuple[Snapshot, ...]]:
        """Return a snapshot for each degree."""
        snapshots = []
        n = size(self._runner.text.value, self._runner.tag)
        for degree in degrees:
            if budget(degree, n) > self._limit:
                self._limit = budget(degree, n)
                yield from self._rise(degree)
            snapshots.append(self._shot(degree))
        return tuple(snapshots)

    def _rise(self, degree: float) -> Steps[None]:
        """Go on to a degree whose limit is higher than the last one's."""
        if not self._settled and self._questions.left > 0:
            ended = yield from self._run(degree)
            self._text = ended.text
            # Leaving one word out can fool too; only a text of the recipe's counts.
            fooled = (
                ended.text != self._runner.text.value and not self._questions.outcomes[ended.text].correct
            )
            self._settled = fooled or ended.skipped or not ended.limited
        if self._text == self._runner.text.value and not self._offers:
            self._offers = yield from as_steps(
                lambda _: self._runner.offers(degree), self._questions.ask, self._seed
            )

    def _run(self, degree: float) -> Steps["Ended"]:
        work: Callable[[Ask], Ended] = partial(self._runner.run, degree, lambda: self._questions.left)
        return (yield from as_steps(work, self._questions.ask, self._seed))

    def _shot(self, degree: float) -> Snapshot:
        text = self._runner.text
        edits = edits_between(text.value, self._text, self._name)
        shot = snapshot(text, edits, degree, self._runner.tag, self._name)
        # A text that was left alone is unperturbable only if the recipe has no change that fits.
        return replace(shot, unperturbable=shot.unperturbable and not self._offers)
