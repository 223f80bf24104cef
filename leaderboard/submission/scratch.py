"""Folders for what is unpacked: gone with the process that made them, even one that was killed."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

_PREFIX = f"boss-submission-{os.getuid() if hasattr(os, 'getuid') else 'user'}-"
_LOCK = ".in-use"
_GRACE_SECONDS = 60.0
"""A folder younger than this may not have its lock yet."""


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a new, empty folder for as long as it is open, and remove those that killed processes left.

    A folder in use is locked by the system, which opens the lock of a process that died.
    """
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        with FileLock(folder / _LOCK):
            inner = folder / "files"
            inner.mkdir()
            yield inner
    finally:
        shutil.rmtree(folder)


def sweep() -> None:
    """Remove the folders that killed processes of this user left; one that is in use stays."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            if folder.is_symlink() or time.time() - folder.stat().st_mtime < _GRACE_SECONDS:
                continue
            with FileLock(folder / _LOCK, timeout=0):
                shutil.rmtree(folder)
        except (OSError, Timeout):
            continue  # in use, or another process removes it
