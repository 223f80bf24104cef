"""The engine: what it asks, in which order it answers, and what it refuses."""

from collections.abc import Iterator, Sequence

import pytest

from robtest.engine import Engine, Result
from robtest.errors import AttackError, VictimError
from robtest.types import Outcome, Query, Search, Snapshot, Trajectory


class Counting:
    """A judge that finds texts with an even number of characters correct, and remembers its calls."""

    def __init__(self) -> None:
        self.calls: list[list[Query]] = []

    def __call__(self, queries: Sequence[Query]) -> list[Outcome]:
        self.calls.append(list(queries))
        return [Outcome(len(q.text) % 2 == 0, 1.0, float(len(q.text))) for q in queries]

    @property
    def queries(self) -> list[Query]:
        return [query for call in self.calls for query in call]


def found(*texts: str) -> tuple[Trajectory, ...]:
    return tuple(Trajectory(i, (Snapshot(0.5, text, 0.0, False, ()),)) for i, text in enumerate(texts))


def growing(text: str, rounds: int) -> Search:
    """A search that asks about a text, twice in one question, and lengthens it by what it is told."""
    for _ in range(rounds):
        first, second = yield [text, text]
        assert first == second
        text += "x" * (1 + int(first.score) % 3)
    yield [text]
    return found(text)


def jobs(n: int) -> Iterator[tuple[int, Search]]:
    for i in range(n):
        yield i, growing("a" * (i % 4 + 1), rounds=i % 5)


@pytest.mark.parametrize("width", [1, 2, 3, 100])
def test_results_and_forward_passes_do_not_depend_on_width(width: int) -> None:
    def measured(width: int) -> tuple[list[Result], int, int]:
        engine = Engine(Counting(), width)
        return list(engine.run(jobs(20))), engine.n_queries, engine.n_forward

    assert measured(width) == measured(7)


def test_results_come_in_the_order_of_the_searches() -> None:
    assert [result.example for result in Engine(Counting(), width=6).run(jobs(20))] == list(range(20))


def test_what_many_searches_ask_is_judged_in_one_call() -> None:
    judge = Counting()
    list(Engine(judge, width=10).run((i, growing("abc", rounds=0)) for i in range(10)))
    assert [len(call) for call in judge.calls] == [10]


def test_a_text_is_judged_once_per_example_however_often_it_is_asked() -> None:
    for width in (1, 2, 5):
        judge = Counting()
        engine = Engine(judge, width)
        # Two searches of one example (two dimensions, say) share what they know; examples do not.
        results = list(engine.run((i // 2, growing("ab", rounds=2)) for i in range(4)))
        assert sorted(judge.queries) == sorted(set(judge.queries))
        assert engine.n_forward == len(judge.queries) == 6
        assert engine.n_queries == 20
        assert [(result.n_queries, result.n_distinct) for result in results] == [(5, 3)] * 4


def test_a_result_knows_the_outcome_of_every_text_asked() -> None:
    (result,) = Engine(Counting()).run([(0, growing("a", rounds=1))])
    assert {text: outcome.correct for text, outcome in result.outcomes.items()} == {"a": False, "axx": False}


def test_searches_are_taken_as_they_are_needed() -> None:
    taken = []

    def lazily() -> Iterator[tuple[int, Search]]:
        for i in range(1000):
            taken.append(i)
            yield i, growing("a", rounds=0)

    assert next(Engine(Counting(), width=8).run(lazily())).example == 0
    assert len(taken) == 8


def test_no_more_than_the_width_is_kept_alive_while_one_search_is_slow() -> None:
    taken = []

    def lazily() -> Iterator[tuple[int, Search]]:
        for i in range(100):
            taken.append(i)
            yield i, growing("a", rounds=50 if i == 0 else 0)

    next(Engine(Counting(), width=8).run(lazily()))
    assert len(taken) == 8


def test_a_search_that_asks_nothing_costs_nothing() -> None:
    def silent() -> Search:
        return ()
        yield

    judge = Counting()
    (result,) = Engine(judge).run([(3, silent())])
    assert (result.example, result.trajectories, result.n_queries) == (3, (), 0)
    assert judge.calls == []


@pytest.mark.parametrize("surplus", [-1, 1])
def test_a_judge_that_answers_too_few_or_too_many_is_refused(surplus: int) -> None:
    def wrong(queries: Sequence[Query]) -> list[Outcome]:
        return [Outcome(True, 1.0, 0.0)] * (len(queries) + surplus)

    with pytest.raises(VictimError, match=f"gave {1 + surplus} outcomes for 1 query"):
        list(Engine(wrong).run([(0, growing("a", rounds=0))]))


def test_an_exception_in_a_search_names_its_example_and_its_cause() -> None:
    def broken() -> Search:
        yield ["fine"]
        raise KeyError("nowhere")

    searches = [(0, growing("a", rounds=0)), (17, broken())]
    with pytest.raises(AttackError, match=r"search on example 17 failed: .*nowhere") as raised:
        list(Engine(Counting()).run(searches))
    assert isinstance(raised.value.__cause__, KeyError)


def test_a_search_must_not_return_what_was_never_judged() -> None:
    def unjudged() -> Search:
        yield ["a"]
        return found("b")

    with pytest.raises(AttackError, match="example 5 returned a text it never asked about: variant 0"):
        list(Engine(Counting()).run([(5, unjudged())]))


def test_a_width_below_1_is_refused() -> None:
    with pytest.raises(ValueError, match="width must be 1 or more, got 0"):
        Engine(Counting(), 0)
