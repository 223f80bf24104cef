"""Progress of long work on stderr: a live bar with time left on a terminal, plain lines elsewhere.

Nothing is shown for work that ends within two seconds, nor for work inside work that is shown.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from robtest.plural import counted

QUIET_SECONDS = 2.0
LINE_SECONDS = 10.0

_under_way = 0


class Bar:
    """One piece of work: call `advance` as it goes on."""

    def __init__(
        self, description: str, total: float | None, unit: str, stream: TextIO, silent: bool = False
    ) -> None:
        """Start the clock; ``total`` None means the amount is not known."""
        self._silent = silent
        self.description, self.total, self.unit = description, total, unit
        self.done = 0.0
        self._stream = stream
        self._live = stream.isatty()
        self._started = time.monotonic()
        self._shown = self._started + QUIET_SECONDS - (0.2 if self._live else LINE_SECONDS)
        self._width = 0

    def advance(self, amount: float = 1) -> None:
        """Say that ``amount`` more is done."""
        self.done += amount
        now = time.monotonic()
        pause = 0.2 if self._live else LINE_SECONDS
        if not self._silent and now - self._started >= QUIET_SECONDS and now - self._shown >= pause:
            self._shown = now
            self._show(now)

    def line(self, now: float) -> str:
        """Return the line to show at monotonic time ``now``."""
        spent = now - self._started
        text = f"{self.description}: "
        if not self.total:
            text += _amount(self.done, self.unit)
        else:
            share = min(self.done / self.total, 1.0)
            done = _amount(self.done, "B" if self.unit == "B" else "")
            text += f"{done} of {_amount(self.total, self.unit)} ({share:.0%})"
            if share > 0:
                text += f", {_clock(spent * (1 - share) / share)} left"
        return text

    def close(self) -> None:
        """End the work; leave a last line where one was shown before."""
        if not self._width:
            return
        spent = _clock(time.monotonic() - self._started)
        text = f"{self.description}: {_amount(self.done, self.unit)} in {spent}"
        self._write(text, end="\n")

    def _show(self, now: float) -> None:
        self._write(self.line(now), end="" if self._live else "\n")

    def _write(self, text: str, end: str) -> None:
        start = "\r" if self._live else ""
        padding = " " * max(0, self._width - len(text)) if self._live else ""
        self._width = len(text)
        print(f"{start}{text}{padding}", end=end, file=self._stream, flush=True)


@contextmanager
def track(
    description: str, total: float | None = None, unit: str = "", stream: TextIO | None = None
) -> Iterator[Bar]:
    """Show progress of the block; ``unit`` is a noun in the singular, ``B`` prints bytes as MB.

    >>> with track("Encode texts", total=2) as bar:
    ...     bar.advance(2)
    """
    global _under_way
    bar = Bar(description, total, unit, stream if stream is not None else sys.stderr, _under_way > 0)
    _under_way += 1
    try:
        yield bar
    finally:
        _under_way -= 1
        bar.close()


def _amount(value: float, unit: str) -> str:
    if unit == "B":
        return f"{value / 1e6:.1f} MB"
    return counted(round(value), unit) if unit else f"{value:,.0f}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
