"""Synchronous code that asks questions, run as a generator: coroutines made of threads."""

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from robtest.search.questions import Steps
from robtest.types import Outcome

T = TypeVar("T")
Ask = Callable[[Sequence[str]], Sequence[Outcome]]
"""Asks about texts and waits; fewer outcomes, the first ones, where a budget ends."""


@dataclass(frozen=True)
class RandomState:
    """The states of the three random generators that a process has only one of."""

    python: tuple[Any, ...]
    numpy: Any
    torch: Any

    @classmethod
    def seeded(cls, seed: int) -> "RandomState":
        """Return the states that ``random.seed`` and its like would set; ``seed`` is below 2**32."""
        import torch

        return cls(
            random.Random(seed).getstate(),
            np.random.RandomState(seed).get_state(),
            torch.Generator().manual_seed(seed).get_state(),
        )

    @classmethod
    def current(cls) -> "RandomState":
        """Return the states as they are."""
        import torch

        return cls(random.getstate(), np.random.get_state(), torch.get_rng_state())  # noqa: NPY002

    def install(self) -> None:
        """Let the process go on from these states."""
        import torch

        random.setstate(self.python)
        np.random.set_state(self.numpy)  # noqa: NPY002
        torch.set_rng_state(self.torch)


def as_steps(
    work: Callable[[Ask], T], answer: Callable[[Sequence[str]], Steps[Sequence[Outcome]]], seed: int
) -> Steps[T]:
    """Run code that asks and waits for answers, and yield its questions instead.

    The code has a thread of its own, which runs only while the generator is being resumed: control is
    handed over and back, and never are both at work. The process's random generators are handed over
    with it, so that what the code draws depends on its seed alone, and the caller finds its own as it
    left them. The thread has ended when the generator has: by returning, by an error, by being closed.

    Args:
        work: is given the function that asks.
        answer: what answers its questions, by yielding texts.
        seed: of the process's random generators, below 2**32.
    """
    worker = _Worker(work, RandomState.seeded(seed))
    try:
        question = worker.resume(())
        while question is not None:
            question = worker.resume((yield from answer(question)))
    finally:
        worker.stop()
    return worker.result()


class _Dropped(BaseException):
    """Ends the code of a search nobody waits for; no `except Exception` on its way catches it."""


class _Worker(Generic[T]):
    """Code in a thread that waits whenever it does not run."""

    def __init__(self, work: Callable[[Ask], T], state: RandomState) -> None:
        self._work = work
        self._state = state
        self._go, self._stopped = threading.Semaphore(0), threading.Semaphore(0)
        self._question: Sequence[str] | None = None
        self._answers: Sequence[Outcome] = ()
        self._results: list[T] = []
        self._error: BaseException | None = None
        self._dropped = False
        self._thread = threading.Thread(target=self._run, name="textattack-search", daemon=True)
        self._thread.start()

    def resume(self, answers: Sequence[Outcome]) -> Sequence[str] | None:
        """Let the code run until it asks; return what it asks, or None when it is done."""
        self._answers, self._question = answers, None
        caller = RandomState.current()
        self._state.install()
        try:
            self._go.release()
            self._stopped.acquire()
        except BaseException:  # the wait was interrupted, and the code may be at work
            self.stop()
            raise
        finally:
            self._state = RandomState.current()
            caller.install()
        return self._question

    def stop(self) -> None:
        """End the thread, where it waits or at its next question."""
        self._dropped = True
        self._go.release()
        self._thread.join()

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._results[0]

    def _ask(self, texts: Sequence[str]) -> Sequence[Outcome]:
        self._question = texts
        self._pause()
        return self._answers

    def _pause(self) -> None:
        if not self._dropped:
            self._stopped.release()
            self._go.acquire()
        if self._dropped:
            raise _Dropped

    def _run(self) -> None:
        self._go.acquire()
        try:
            if not self._dropped:
                self._results.append(self._work(self._ask))
        except _Dropped:
            pass
        except BaseException as error:  # raised again in the thread that waits
            self._error = error
        finally:
            self._question = None
            self._stopped.release()
