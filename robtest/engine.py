"""Runs many searches side by side over one batched judge.

Each search is sequential code for one text; the engine keeps several of them under way, pools what they
ask, and has every distinct text judged once. Sequential code per example, full batches per model.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from robtest.errors import AttackError, RobTestError, VictimError
from robtest.plural import counted
from robtest.slope import Differentiate, Slope
from robtest.types import Judge, Outcome, Query, Search, Slopes, Trajectory

T = TypeVar("T")


@dataclass(frozen=True)
class Result:
    """What one search came to.

    Attributes:
        outcomes: every text the search asked about, those of its snapshots included -> its outcome.
        n_queries: texts the search asked about, repetitions and slopes counted.
        n_distinct: distinct texts among them.
    """

    example: int
    trajectories: tuple[Trajectory, ...]
    outcomes: Mapping[str, Outcome]
    n_queries: int

    @property
    def n_distinct(self) -> int:
        """Distinct texts the search asked about: what it would cost on its own."""
        return len(self.outcomes)


@dataclass
class Engine:
    """Runs searches over a judge; results do not depend on ``width``.

    Attributes:
        width: searches under way at a time; memory grows with it and not with their number.
        slopes: gives slopes, for searches under gradient access; None where the victim has none.
        n_queries: texts asked for so far, over all runs; a slope counts as one.
        n_forward: texts the judge was given so far, and those differentiated. Where the searches of one
            example follow one another, each distinct text of an example is judged once, whatever the
            width; slopes are not kept, being large.
    """

    judge: Judge
    width: int = 64
    slopes: Differentiate | None = None
    n_queries: int = field(default=0, init=False)
    n_forward: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Refuse a width below 1."""
        if self.width < 1:
            raise ValueError(f"width must be 1 or more, got {self.width}")

    def run(self, searches: Iterable[tuple[int, Search]]) -> Iterator[Result]:
        """Run searches, taken as they are needed, and yield their results in the same order.

        Args:
            searches: the example each search is about, and the search. The example stands for all
                that a judge must know besides the text; answers are shared within it.

        Raises:
            AttackError: naming the example, if a search fails or returns a text it never asked about.
            VictimError: if the judge's answers are not one per query.
        """
        source = iter(searches)
        window: deque[_Running] = deque()
        known: dict[int, dict[str, Outcome]] = {}
        while True:
            while len(window) < self.width and (item := next(source, None)) is not None:
                window.append(_Running(*item))
            if not window:
                return
            known = {running.example: known.get(running.example, {}) for running in window}
            self._round(window, known)
            while window and window[0].done is not None:
                yield window.popleft().result()

    def _round(self, window: Iterable["_Running"], known: dict[int, dict[str, Outcome]]) -> None:
        """Have judged what the searches ask and is not known, and let each go one step further."""
        asking = [running for running in window if running.done is None]
        texts = [query for running in asking if not running.steep for query in running.queries]
        new = [query for query in dict.fromkeys(texts) if query.text not in known[query.example]]
        for query, outcome in self._answers("outcomes", self.judge, new):
            known[query.example][query.text] = outcome
        steep = [query for running in asking if running.steep for query in running.queries]
        slopes = dict(self._answers("slopes", self._differentiate, list(dict.fromkeys(steep))))
        self.n_queries += len(texts) + len(steep)
        for running in asking:
            if running.steep:
                running.advance_by_slopes([slopes[query] for query in running.queries])
            else:
                running.advance(known[running.example])

    def _answers(
        self, what: str, ask: Callable[[Sequence[Query]], Sequence[T]], queries: Sequence[Query]
    ) -> Iterable[tuple[Query, T]]:
        answers = ask(queries) if queries else ()
        if len(answers) != len(queries):
            raise VictimError(
                f"the judge gave {len(answers)} {what} for {counted(len(queries), 'query', 'queries')}"
            )
        self.n_forward += len(queries)
        return zip(queries, answers, strict=True)

    def _differentiate(self, queries: Sequence[Query]) -> Sequence[Slope]:
        if self.slopes is None:
            raise VictimError(
                "gradient access needs a victim with gradients, and this one gives none; "
                "attack it with access=score or access=decision"
            )
        return self.slopes(queries)


class _Running:
    """A search under way: what it asks now, outcomes or slopes (``steep``), or what it returned."""

    def __init__(self, example: int, search: Search) -> None:
        self.example = example
        self.queries: Sequence[Query] = ()
        self.steep = False
        self.done: tuple[Trajectory, ...] | None = None
        self._search = search
        self._seen: dict[str, Outcome] = {}
        self._n_queries = 0
        self._step(None)

    def advance(self, known: Mapping[str, Outcome]) -> None:
        """Send the search the outcomes of what it asked."""
        outcomes = [known[query.text] for query in self.queries]
        self._seen.update((query.text, known[query.text]) for query in self.queries)
        self._n_queries += len(outcomes)
        self._step(outcomes)

    def advance_by_slopes(self, slopes: Sequence[Slope]) -> None:
        """Send the search the slopes it asked for."""
        self._n_queries += len(slopes)
        self._step(slopes)

    def _step(self, answers: Sequence[Outcome] | Sequence[Slope] | None) -> None:
        try:
            # A generator takes None first; the type of what is sent does not say so.
            asked = next(self._search) if answers is None else self._search.send(answers)
        except StopIteration as stop:
            self.done = stop.value
        except Exception as error:
            kind = "" if isinstance(error, RobTestError | ValueError) else f"{type(error).__name__}: "
            raise AttackError(f"the search on example {self.example} failed: {kind}{error}") from error
        else:
            self.steep = isinstance(asked, Slopes)
            texts = asked.texts if isinstance(asked, Slopes) else asked
            self.queries = [Query(self.example, text) for text in texts]

    def result(self) -> Result:
        assert self.done is not None
        for trajectory in self.done:
            for shot in trajectory.snapshots:
                if shot.text not in self._seen:
                    raise AttackError(
                        f"the search on example {self.example} returned a text it never asked about: "
                        f"variant {trajectory.variant} at degree {shot.degree}"
                    )
        return Result(self.example, self.done, self._seen, self._n_queries)
