"""Runs many searches side by side over one batched judge.

Each search is sequential code for one text; the engine keeps several of them under way, pools what they
ask, and has every distinct text judged once. Sequential code per example, full batches per model.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from robtest.errors import AttackError, VictimError
from robtest.types import Judge, Outcome, Query, Search, Trajectory


@dataclass(frozen=True)
class Result:
    """What one search came to.

    Attributes:
        outcomes: every text the search asked about, those of its snapshots included -> its outcome.
        n_queries: texts the search asked about, repetitions counted.
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
        n_queries: texts asked for so far, over all runs.
        n_forward: texts the judge was given so far. Where the searches of one example follow one
            another, each distinct text of an example is judged once, whatever the width.
    """

    judge: Judge
    width: int = 64
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
        asked = [Query(running.example, text) for running in asking for text in running.asked]
        new = [query for query in dict.fromkeys(asked) if query.text not in known[query.example]]
        for query, outcome in zip(new, self._judge(new), strict=True):
            known[query.example][query.text] = outcome
        self.n_queries += len(asked)
        for running in asking:
            running.advance(known[running.example])

    def _judge(self, queries: Sequence[Query]) -> Sequence[Outcome]:
        outcomes = self.judge(queries) if queries else ()
        if len(outcomes) != len(queries):
            raise VictimError(f"the judge gave {len(outcomes)} outcomes for {len(queries)} queries")
        self.n_forward += len(queries)
        return outcomes


class _Running:
    """A search under way: what it asks now, or what it returned."""

    def __init__(self, example: int, search: Search) -> None:
        self.example = example
        self.asked: Sequence[str] = ()
        self.done: tuple[Trajectory, ...] | None = None
        self._search = search
        self._seen: dict[str, Outcome] = {}
        self._n_queries = 0
        self._step(None)

    def advance(self, known: Mapping[str, Outcome]) -> None:
        """Send the search the outcomes of what it asked."""
        outcomes = [known[text] for text in self.asked]
        self._seen.update(zip(self.asked, outcomes, strict=True))
        self._n_queries += len(outcomes)
        self._step(outcomes)

    def _step(self, outcomes: Sequence[Outcome] | None) -> None:
        try:
            # A generator takes None first; the type of what is sent does not say so.
            self.asked = next(self._search) if outcomes is None else self._search.send(outcomes)
        except StopIteration as stop:
            self.done = stop.value
        except Exception as error:
            raise AttackError(f"the search on example {self.example} failed: {error}") from error

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
