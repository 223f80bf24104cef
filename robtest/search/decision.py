"""Decision access: all that is seen of the victim is whether its answer is right."""

from dataclasses import dataclass
from typing import ClassVar

from robtest.search.attempt import Attempt
from robtest.search.guided import Guided
from robtest.search.questions import Steps
from robtest.search.rule import Rule
from robtest.types import Outcome


@dataclass(frozen=True, kw_only=True)
class Decision(Guided):
    """Fool the victim first, with few edits if they do and with many if not; then take edits back.

    1. Up to ``n_candidates`` single edits, of the lowest degree that has any, are judged. Of a whole text
       they are drawn once, and those that a degree lets are judged degree by degree.
    2. If neither they nor the variant of rule access fools at any degree, more variants are drawn to the
       highest degree until one does: 1, 2, 4, ... and ``n_candidates`` at most in a batch.
    3. Edits of the text that fools at the lowest degree are taken back while the victim stays fooled
       (`robtest.search.attempt.Attempt.shrink`). So degrees far below the highest are reached.

    A new start judges ``n_candidates`` new single edits and as many new variants to the highest degree, at
    once. At a degree where the variant of rule access fools, it is the result, as of two wrong answers it
    is not seen which is worth less; so it is where nothing fools.

    The first step is this suite's; fooling first and shrinking then is how hard-label attacks on text
    start (Maheshwary et al. 2021, arXiv:2012.14956).
    """

    version: ClassVar[str] = f"3+rule{Rule.version}"

    def better(self, new: Outcome, old: Outcome) -> bool:
        """Whether only the new text fools, see `robtest.search.guided.Guided.better`."""
        return old.correct and not new.correct

    def start(self, attempt: Attempt) -> Steps[None]:
        """See `robtest.search.guided.Guided.start`."""
        space, n_open = attempt.space, attempt.frontier.n_open
        limits = attempt.frontier.limits[:n_open]
        for batch in space.neighbours(space.original, limits, self.n_candidates, attempt.rng):
            yield from attempt.judge(batch)
            if attempt.frontier.n_open < n_open:
                return
        n = 1
        while attempt.active and n <= self.n_candidates:
            yield from attempt.judge(space.fills(space.original, limits[-1], n, attempt.rng))
            n *= 2

    def restart(self, attempt: Attempt) -> Steps[None]:
        """See `robtest.search.guided.Guided.restart`."""
        space, top, rng, n = attempt.space, attempt.frontier.limits[-1], attempt.rng, self.n_candidates
        singles = [each for batch in space.neighbours(space.original, [top], n, rng) for each in batch]
        yield from attempt.judge([*singles, *space.fills(space.original, top, n, rng)])
