"""Calls of foreign code that may hang, be limited by a service, or try to end the program."""

import itertools
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from boss.errors import ModelError

HEARTBEAT_SECONDS = 30.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds before the first retry, doubled each time up to the longest."""
LONGEST_ASKED = 300.0
"""Seconds a service may ask to wait for; for longer the measurement is given up."""
LIMITED = frozenset({"RateLimitError", "RateLimitExceeded", "TooManyRequests", "ResourceExhausted"})
"""Names of exceptions by which clients of services say that too much was asked at once."""
TOO_MANY = 429


@dataclass(frozen=True)
class Calls:
    """How a function is called.

    Attributes:
        name: of the function, for what is said.
        timeout: seconds one call may take; None for no limit. With one, calls are made in a thread, which
            goes on behind the scenes where the time is over, as no thread can be stopped.
        retries: of a call that a service refuses for its rate; whatever else goes wrong is not tried again.
    """

    name: str
    timeout: float | None = None
    retries: int = 5

    def __call__(self, function: Callable[[Any], Any], argument: Any) -> Any:
        """Return ``function(argument)``.

        Raises:
            ModelError: if it takes too long, is refused too often, or calls ``sys.exit``.
            Exception: whatever else it raises.
        """
        for attempt in itertools.count():
            try:
                with _heartbeat(self.name):
                    return self._once(function, argument)
            except SystemExit as error:
                raise ModelError(
                    f"{self.name} called sys.exit({error.code!r}); raise an exception that says what is wrong"
                ) from error
            except Exception as error:
                if not limited(error):
                    raise
                time.sleep(self._pause(error, attempt))
        raise AssertionError  # the count has no end

    def _once(self, function: Callable[[Any], Any], argument: Any) -> Any:
        if self.timeout is None:
            return function(argument)
        answers: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()

        def work() -> None:
            try:
                answers.put((function(argument), None))
            except BaseException as error:  # raised again where it was called from
                answers.put((None, error))

        threading.Thread(target=work, name=self.name, daemon=True).start()
        try:
            answer, error = answers.get(timeout=self.timeout)
        except queue.Empty:
            raise ModelError(
                f"{self.name} gave no answer within {self.timeout:g} seconds; give it longer with "
                "model.timeout=SECONDS, or less at a time"
            ) from None
        if error is not None:
            raise error
        return answer

    def _pause(self, error: Exception, attempt: int) -> float:
        """Return the seconds to wait before the next try.

        Raises:
            ModelError: if there is to be none.
        """
        asked, said = asked_to_wait(error), f"{type(error).__name__}: {error}"
        if attempt >= self.retries:
            raise ModelError(
                f"{self.name} was refused for its rate {attempt + 1} times ({said}); the same command goes "
                "on where this stopped, and model.retries=N tries more often"
            ) from error
        if asked is not None and asked > LONGEST_ASKED:
            raise ModelError(
                f"{self.name} was asked to wait for {asked:.0f} seconds ({said}), and longer than "
                f"{LONGEST_ASKED:.0f} is not waited for; start the same command again then"
            ) from error
        pause = min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE) if asked is None else asked
        _say(f"{self.name} was refused for its rate; trying again in {pause:.0f} s")
        return pause


def limited(error: Exception) -> bool:
    """Whether an exception says that a service was asked too much at once: HTTP 429, or by its name."""
    response = getattr(error, "response", None)
    codes = [
        getattr(thing, name, None)
        for thing in (error, response)
        for name in ("status_code", "status", "code")
    ]
    return TOO_MANY in codes or any(kind.__name__ in LIMITED for kind in type(error).__mro__)


def asked_to_wait(error: Exception) -> float | None:
    """Return the seconds that an exception asks to wait for, or None: ``retry_after``, or the HTTP header."""
    said = getattr(error, "retry_after", None)
    for thing in (error, getattr(error, "response", None)):
        headers: Any = getattr(thing, "headers", None)
        if said is None and hasattr(headers, "items"):
            said = {str(name).lower(): value for name, value in dict(headers).items()}.get("retry-after")
    if said is None:
        return None
    try:
        return max(0.0, float(said))
    except (TypeError, ValueError):
        pass
    try:
        return max(0.0, (parsedate_to_datetime(str(said)) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


@contextmanager
def _heartbeat(name: str) -> Iterator[None]:
    """Say now and then that a call is still under way."""
    over = threading.Event()

    def beat() -> None:
        for beats in itertools.count(1):
            if over.wait(HEARTBEAT_SECONDS):
                return
            _say(f"still waiting for {name}: {beats * HEARTBEAT_SECONDS:.0f} s")

    thread = threading.Thread(target=beat, name=f"heartbeat of {name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _say(text: str) -> None:
    start = "\r" if sys.stderr.isatty() else ""  # over a bar
    sys.stderr.write(f"{start}{text}\n")
    sys.stderr.flush()
