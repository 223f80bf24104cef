"""Commands of the suite in a process of their own: the site itself may not read datasets or make copies."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path


def apart(module: str, *words: str, seconds: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command; it sees the packages this process runs with, and no network.

    Args:
        seconds: that it may take; None for no limit.

    Raises:
        subprocess.TimeoutExpired: if it takes longer.
    """
    return subprocess.run(
        _line(module, words),
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
    )


def lines_apart(module: str, *words: str) -> Iterator[str]:
    """Run a command as `apart` does, and yield what it prints line by line; what it says besides is shown."""
    with subprocess.Popen(
        _line(module, words),
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield from process.stdout or ()


def _line(module: str, words: Sequence[str]) -> list[str]:
    # -P: nothing is imported out of the folder this process was started in.
    return [sys.executable, "-P", "-m", module, *words]


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1", "PIP_NO_INDEX": "1"}
