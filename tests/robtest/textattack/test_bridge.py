"""Synchronous code as a generator: hand-over, randomness, ends."""

import gc
import random
import threading
from collections.abc import Sequence

import numpy as np
import pytest
import torch

from robtest.search.questions import Steps
from robtest.textattack.bridge import Ask, RandomState, as_steps
from robtest.types import Outcome, Slopes


def right(text: str) -> Outcome:
    return Outcome(correct=True, value=1.0, score=float(len(text)))


def yielded(texts: Sequence[str]) -> Steps[Sequence[Outcome]]:
    """Answer by asking whoever resumes the generator."""
    return (yield texts)


def draws() -> tuple[float, float, float]:
    return random.random(), float(np.random.random()), float(torch.rand(()))  # noqa: NPY002


def drawing(ask: Ask) -> list[tuple[float, float, float]]:
    """Draw, ask, draw again, twice."""
    drawn = []
    for i in range(3):
        drawn.append(draws())
        ask([str(i)])
    return drawn


def searches() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "textattack-search"]


def answered(steps: Steps[object], asked: Sequence[str] | Slopes) -> object:
    """Answer the questions of a generator that has asked its first, and return its result."""
    try:
        while True:
            assert not isinstance(asked, Slopes)
            asked = steps.send([right(text) for text in asked])
    except StopIteration as stop:
        return stop.value


def finished(steps: Steps[object]) -> object:
    """Answer all questions of a generator and return its result."""
    return answered(steps, next(steps))


def test_questions_are_yielded_and_answers_given_to_the_code_that_waits() -> None:
    def work(ask: Ask) -> float:
        return sum(outcome.score for outcome in ask(["a", "bcd"])) + ask(["ef"])[0].score

    steps = as_steps(work, yielded, 0)
    assert next(steps) == ["a", "bcd"]
    assert steps.send([right("a"), right("bcd")]) == ["ef"]
    with pytest.raises(StopIteration) as stop:
        steps.send([right("ef")])
    assert stop.value.value == 6
    assert searches() == []


def test_what_is_drawn_depends_on_the_seed_alone_whoever_runs_beside_it() -> None:
    alone = [finished(as_steps(drawing, yielded, seed)) for seed in range(3)]
    beside = [as_steps(drawing, yielded, seed) for seed in range(3)]
    asked = {}
    for steps in reversed(beside):
        asked[steps] = next(steps)
        draws()
    assert [answered(steps, asked[steps]) for steps in beside] == alone
    assert alone[0] != alone[1]


def test_the_caller_finds_its_random_generators_as_it_left_them() -> None:
    RandomState.seeded(7).install()
    expected = [draws() for _ in range(3)]
    RandomState.seeded(7).install()
    steps = as_steps(drawing, yielded, 1)
    next(steps)
    found = [draws()]
    steps.send([right("0")])
    found.append(draws())
    steps.close()
    found.append(draws())
    assert found == expected


def test_seeds_are_those_of_the_libraries_themselves() -> None:
    RandomState.seeded(123).install()
    found = draws()
    random.seed(123)
    np.random.seed(123)  # noqa: NPY002
    torch.manual_seed(123)
    assert found == draws()


def test_an_error_of_the_code_is_raised_where_its_result_would_be() -> None:
    def work(ask: Ask) -> None:
        ask(["a"])
        raise LookupError("no such word")

    steps = as_steps(work, yielded, 0)
    next(steps)
    with pytest.raises(LookupError, match="no such word"):
        steps.send([right("a")])
    assert searches() == []


@pytest.mark.parametrize("end", ["close", "throw", "forget"])
def test_no_thread_is_left_of_a_search_that_is_dropped(end: str) -> None:
    steps = as_steps(drawing, yielded, 0)
    next(steps)
    assert len(searches()) == 1
    if end == "close":
        steps.close()
    elif end == "throw":
        with pytest.raises(KeyboardInterrupt):
            steps.throw(KeyboardInterrupt())
    else:
        del steps
        gc.collect()
    assert searches() == []


def test_code_that_catches_all_errors_ends_too() -> None:
    caught = []

    def stubborn(ask: Ask) -> None:
        while len(caught) < 3:
            try:
                ask(["again"])
            except Exception as error:
                caught.append(error)

    steps = as_steps(stubborn, yielded, 0)
    next(steps)
    steps.close()
    assert (searches(), caught) == ([], [])


def test_a_search_that_was_never_started_has_no_thread() -> None:
    as_steps(drawing, yielded, 0).close()
    assert searches() == []
