"""Foreign code that hangs, is refused by a service, or tries to end the program."""

import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import pytest

from boss.errors import ModelError
from boss.models import calls
from boss.models.calls import Calls, asked_to_wait, limited


class RateLimitError(Exception):
    """As clients of services call it."""


class HttpError(Exception):
    def __init__(self, code: int, **details: Any) -> None:
        super().__init__(f"HTTP {code}")
        self.status_code = code
        self.__dict__.update(details)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    pauses: list[float] = []
    monkeypatch.setattr(calls.time, "sleep", pauses.append)
    return pauses


def failing(*errors: Exception) -> Callable[[str], str]:
    """Return a function that raises one error after the other, and then answers."""
    left = list(errors)

    def function(argument: str) -> str:
        if left:
            raise left.pop(0)
        return argument.upper()

    return function


def test_a_refused_call_is_tried_again_after_a_growing_pause(
    slept: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    errors = [RateLimitError("slow down"), HttpError(429), RateLimitError("slow down")]
    assert Calls("own:f")(failing(*errors), "a") == "A"
    assert slept == [1, 2, 4]
    assert "own:f was refused for its rate; trying again in 4 s" in capsys.readouterr().err


def test_the_pause_that_is_asked_for_is_kept(slept: list[float]) -> None:
    response = SimpleNamespace(status_code=429, headers={"Retry-After": "7"})
    errors = [HttpError(429, retry_after=3), HttpError(429, response=response), HttpError(429, headers={})]
    assert Calls("own:f")(failing(*errors), "a") == "A"
    assert slept == [3, 7, 4]


def test_a_pause_may_be_a_date() -> None:
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=50), usegmt=True)
    asked = asked_to_wait(HttpError(429, response=SimpleNamespace(headers={"retry-after": at})))
    assert asked is not None and 40 < asked <= 50
    assert asked_to_wait(HttpError(429, retry_after="soon")) is None


def test_retries_are_bounded_and_the_pause_is_too(slept: list[float]) -> None:
    with pytest.raises(
        ModelError, match=r"refused for its rate 3 times \(RateLimitError: no\).*model.retries"
    ):
        Calls("own:f", retries=2)(failing(*[RateLimitError("no")] * 9), "a")
    assert slept == [1, 2]
    slept.clear()
    with pytest.raises(ModelError, match=r"wait for 3600 seconds .* longer than 300 is not waited for"):
        Calls("own:f")(failing(HttpError(429, retry_after=3600)), "a")
    assert slept == []
    assert Calls("own:f", retries=9)(failing(*[RateLimitError("no")] * 9), "a") == "A"
    assert slept == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_what_else_goes_wrong_is_not_tried_again(slept: list[float]) -> None:
    for error in (ValueError("no"), HttpError(500)):
        with pytest.raises(type(error)):
            Calls("own:f")(failing(error), "a")
        with pytest.raises(type(error)):
            Calls("own:f", timeout=10)(failing(error), "a")
    assert slept == []
    assert not limited(HttpError(404)) and limited(HttpError(404, response=SimpleNamespace(status_code=429)))


def test_a_call_that_hangs_costs_its_time_and_says_so() -> None:
    release = threading.Event()
    started = time.monotonic()
    with pytest.raises(
        ModelError, match=r"own:f gave no answer within 0\.2 seconds; .*model\.timeout=SECONDS"
    ):
        Calls("own:f", timeout=0.2)(lambda _: release.wait(30), "a")
    assert time.monotonic() - started < 5
    release.set()
    assert Calls("own:f", timeout=30)(str.upper, "a") == "A"


def test_without_a_limit_a_call_is_made_where_it_was_asked_for() -> None:
    assert Calls("own:f")(lambda _: threading.current_thread(), "a") is threading.current_thread()


@pytest.mark.parametrize("timeout", [None, 30.0])
def test_a_call_that_takes_long_is_said_to_be_under_way(
    timeout: float | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(calls, "HEARTBEAT_SECONDS", 0.05)
    Calls("own:f", timeout)(lambda _: time.sleep(0.3), "a")
    said = capsys.readouterr().err.splitlines()
    assert 2 <= len(said) <= 6 and all(line.startswith("still waiting for own:f: ") for line in said)
    Calls("own:f", timeout)(str.upper, "a")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("timeout", [None, 30.0])
def test_a_function_does_not_end_the_program(timeout: float | None) -> None:
    with pytest.raises(ModelError, match=r"own:f called sys.exit\(3\)"):
        Calls("own:f", timeout)(lambda _: sys.exit(3), "a")
