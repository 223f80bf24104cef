"""Files that appear whole or not at all, and their digests. Light: the standard library only."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

TEMPORARY = ".tmp"
"""How the name of a file ends that is not whole yet; it begins with a dot."""


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write, whose name holds what it held before until the block ends without an error.

    The folder is made where it is missing. File and name are synced to the disk.

    Raises:
        OSError: if it cannot be written; nothing is left behind then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        with temporary.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file as `whole` does."""
    with whole(path) as file:
        file.write(content)


def file_sha256(path: Path) -> str:
    """Return the hex digest of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def noted_sha256(path: Path, note: Path) -> str:
    """Return the digest of a file, without reading one again that was not touched since ``note`` was written.

    The note holds the digest, the file's size and the time of its last change; it is made where it does not
    fit the file.
    """
    status = path.stat()
    stamp = f"{status.st_size} {status.st_mtime_ns}"
    if note.is_file():
        digest, _, stamped = note.read_text("utf-8").partition(" ")
        if stamped == stamp:
            return digest
    digest = file_sha256(path)
    write_whole(note, f"{digest} {stamp}".encode())
    return digest


def _sync_folder(folder: Path) -> None:
    """Make the rename itself last; a no-op where folders cannot be opened (Windows)."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
