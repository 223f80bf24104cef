"""Which files a submission consists of: a declaration beside a run directory, and nothing else."""

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from boss.results.store import CURVE, JOURNAL, LOCK, RECORDS, REPORT, RUN, SUMMARIES, StoredRun
from leaderboard.submission.findings import Refused
from leaderboard.submission.limits import LIMITS, Limits
from robtest.files import file_sha256

DECLARATION, RUN_FOLDER = "submission.json", "run"
ID = re.compile(r"[0-9a-f]{24}")

_LEFT_BEHIND = (JOURNAL, LOCK, REPORT, CURVE)
_TEXTS = (RUN, RECORDS, SUMMARIES)
_SEGMENT = r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,199}"
_PART = re.compile(rf"predictions/{_SEGMENT}/{_SEGMENT}/{_SEGMENT}/part-[0-9]{{5}}\.parquet")
_CURE = "Pack the run with `python -m leaderboard.submit RUN_DIR`, which takes what belongs to it only."


def belongs(name: str) -> bool:
    """Whether ``name``, relative to the run directory, is a file a run consists of."""
    return name in _TEXTS or _PART.fullmatch(name) is not None


def check_name(name: str) -> None:
    """Refuse a name inside a submission that is not on the list, wherever it might lead.

    Raises:
        Refused: absolute, ``..``, a drive, a backslash, code, a pickle: all are merely not on the list.
    """
    inner = name.removeprefix(f"{RUN_FOLDER}/")
    if name != DECLARATION and (inner == name or not belongs(inner)):
        raise Refused("unknown_file", "archive", f"{name[:200]!r} is no file of a submission", _CURE)


def run_files(run: Path, limits: Limits = LIMITS) -> dict[str, Path]:
    """Return the files of a run directory that are submitted, by name; journal, lock and report stay.

    Raises:
        Refused: if there is a link, a file that does not belong, too many files, or one that is too large.
    """
    files: dict[str, Path] = {}
    total = 0
    for path in _walk(run):
        name = path.relative_to(run).as_posix()
        if path.is_symlink():
            cure = "Put the file itself in its place."
            raise Refused("link", f"{RUN_FOLDER}/{name}", "is a link; links are not followed", cure)
        if name in _LEFT_BEHIND:
            continue
        if not path.is_file() or not belongs(name):
            cure = "Take it out of the folder."
            raise Refused("unknown_file", f"{RUN_FOLDER}/{name[:200]}", "is no file of a run", cure)
        files[name] = path
        total += path.stat().st_size
    check_sizes(len(files), total, limits)
    return dict(sorted(files.items()))


def check_sizes(n_files: int, n_bytes: int, limits: Limits) -> None:
    """Refuse too many files, or too many bytes in all of them."""
    cure = "Submit fewer measurements or fewer variants at once, or ask the board's keepers."
    if n_files > limits.files:
        raise Refused("too_large", "archive", f"{n_files:,} files; the limit is {limits.files:,}", cure)
    if n_bytes > limits.unpacked_bytes:
        message = f"{n_bytes:,} bytes unpacked; the limit is {limits.unpacked_bytes:,}"
        raise Refused("too_large", "archive", message, cure)


def content_id(declaration: bytes | None, files: dict[str, Path]) -> str:
    """Return 24 hex digits of the sha256 over names and contents: a submission's name in the queue.

    It does not depend on how the files were packed, so that sending a run twice is noticed.
    """
    digest = hashlib.sha256()
    if declaration is not None:
        digest.update(f"{DECLARATION} {hashlib.sha256(declaration).hexdigest()}\n".encode())
    for name, path in sorted(files.items()):
        digest.update(f"{name} {file_sha256(path)}\n".encode())
    return digest.hexdigest()[:24]


def answers_id(stored: StoredRun) -> str:
    """Return 24 hex digits of the sha256 over the answers of a run: what was asked and what was said.

    It does not depend on names, notes, dates, settings or how the files were written.
    """
    digest = hashlib.sha256()
    for measurement in sorted(stored.measurements(), key=lambda measurement: measurement.name):
        table = stored.predictions(measurement.name)
        columns = (table[name].to_pylist() for name in ("example_id", "variant", "degree", "prediction"))
        rows = sorted(repr(row) for row in zip(*columns, strict=True))
        digest.update(f"{measurement.task}/{measurement.dataset} {len(rows)}\n".encode())
        digest.update("\n".join(rows).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:24]


def _walk(folder: Path) -> Iterator[Path]:
    """Yield every file and every link under ``folder``; links to folders are not entered."""
    for here, folders, files in os.walk(folder, followlinks=False):
        yield from (Path(here) / name for name in files)
        yield from (path for path in (Path(here) / name for name in folders) if path.is_symlink())
