"""Commands of the suite in a process of their own: the site itself may not read datasets or make copies."""

import os
import subprocess
import sys
from pathlib import Path


def apart(module: str, *words: str, seconds: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command; it sees the packages this process runs with, and no network.

    Args:
        seconds: that it may take; None for no limit.

    Raises:
        subprocess.TimeoutExpired: if it takes longer.
    """
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        # -P: nothing is imported out of the folder this process was started in.
        [sys.executable, "-P", "-m", module, *words],
        env={**os.environ, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1", "PIP_NO_INDEX": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
