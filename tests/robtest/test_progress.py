import io

import pytest

import robtest.progress
from robtest.progress import Bar, track


class Clock:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(robtest.progress.time, "monotonic", clock)
    return clock


def test_short_work_shows_nothing(clock: Clock) -> None:
    stream = io.StringIO()
    with track("Read", total=2, stream=stream) as bar:
        clock.now += 1.9
        bar.advance(2)
    assert stream.getvalue() == ""


def test_long_work_shows_plain_lines_with_the_time_left(clock: Clock) -> None:
    stream = io.StringIO()
    with track("Encode", total=200, unit="text", stream=stream) as bar:
        clock.now += 20
        bar.advance(50)
        clock.now += 1  # too soon for another line
        bar.advance(50)
    assert stream.getvalue().splitlines() == [
        "Encode: 50 of 200 texts (25%), 1 min 00 s left",
        "Encode: 100 texts in 21 s",
    ]


def test_bytes_are_shown_as_megabytes_and_an_unknown_total_without_a_share(clock: Clock) -> None:
    bar = Bar("Download", None, "B", io.StringIO())
    bar.done = 2_500_000
    assert bar.line(clock.now + 5) == "Download: 2.5 MB"


def test_a_terminal_gets_one_line_that_is_rewritten(clock: Clock) -> None:
    stream = io.StringIO()
    stream.isatty = lambda: True  # type: ignore[method-assign]
    with track("Encode", total=4, stream=stream) as bar:
        for _ in range(4):
            clock.now += 3
            bar.advance()
    shown = stream.getvalue()
    assert shown.count("\n") == 1 and shown.count("\r") == 5


def test_work_inside_work_is_silent(clock: Clock) -> None:
    stream = io.StringIO()
    with track("Cell", total=1, stream=stream), track("Batches", total=9, stream=stream) as inner:
        clock.now += 60
        inner.advance()
    assert stream.getvalue() == ""
