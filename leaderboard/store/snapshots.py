"""Snapshots: the name of a set of runs and decisions, and the file from which a link shows it again.

A snapshot holds no number. It names each run with a digest of its files, and of each log of decisions how
much of it there was; the runs are append-only, so the same table can be worked out again from them.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from boss.errors import ResultError
from boss.measurement import Count, Sha256, Strict, canonical_json
from boss.results.files import write_atomic
from boss.results.store import RECORDS, RUN, SUMMARIES
from leaderboard.store.code import CODE
from robtest.files import file_sha256

FOLDER = "snapshots"
"""In the folder of runs."""
_ID = re.compile(r"[0-9a-f]{16}")


class Log(Strict):
    """How much of a log of decisions there was: its first ``n_bytes``, and their digest."""

    n_bytes: Count
    sha256: Sha256


class Snapshot(Strict):
    """What the site showed at one time.

    Attributes:
        code: what worked the numbers out.
        runs: name on the site -> `digest_of` the run.
        logs: name of a log of decisions -> how much of it counted.
    """

    version: Literal[1] = 1
    code: str
    runs: dict[str, Sha256]
    logs: dict[str, Log]

    @property
    def id(self) -> str:
        """The first 16 hexadecimal digits of the sha256 of its canonical JSON."""
        return hashlib.sha256(canonical_json(self.model_dump(mode="json")).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Missing:
    """The parts of a snapshot that are lost.

    Attributes:
        runs: name -> why it is not shown.
        logs: those that do not begin as they did.
        code: the version that made it, where it is another one.
    """

    runs: Mapping[str, str]
    logs: tuple[str, ...]
    code: str | None

    def sentences(self) -> tuple[str, ...]:
        """Return a sentence for each part, none if the snapshot is whole."""
        notes = [] if self.code is None else [f"It was made by {self.code}; {CODE} works it out now."]
        logs = [f"{name} was edited since; the decisions of today are shown." for name in self.logs]
        return (*notes, *logs, *(f"Run {name} is not shown: {why}." for name, why in self.runs.items()))


def take(runs: Mapping[str, Path], logs: Mapping[str, Path]) -> Snapshot:
    """Return the snapshot of these runs and logs as they are now.

    Args:
        runs: name on the site -> run directory.
        logs: name -> log of decisions; one that is not there yet is an empty one.
    """
    return Snapshot(
        code=CODE,
        runs={name: digest_of(path) for name, path in sorted(runs.items())},
        logs={name: _log(path) for name, path in sorted(logs.items())},
    )


def keep(folder: Path, snapshot: Snapshot) -> None:
    """Write the snapshot into the folder of runs, once; a link with its id works from then on.

    Raises:
        ResultError: if it cannot be written.
    """
    file = _file(folder, snapshot.id)
    if not file.exists():
        write_atomic(file, canonical_json(snapshot.model_dump(mode="json")).encode() + b"\n")


def is_kept(folder: Path, snapshot: Snapshot) -> bool:
    """Return whether the snapshot was written into the folder of runs."""
    return _file(folder, snapshot.id).exists()


def read(folder: Path, id: str) -> Snapshot:
    """Return a snapshot that was kept.

    Raises:
        ResultError: if the id is none, or there is none of this id, or its file was changed.
    """
    if not _ID.fullmatch(id):
        raise ResultError(f"{id!r:.40} is no snapshot; it is named by 16 of the digits 0-9 and a-f")
    file = _file(folder, id)
    if not file.exists():
        raise ResultError(
            f"there is no snapshot {id} here; open the link on the site that made it, or leave the snapshot "
            "out of the link to see what there is now"
        )
    try:
        snapshot = Snapshot.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise ResultError(f"snapshot {id} cannot be read; restore {file.name} from a copy") from error
    if snapshot.id != id:
        raise ResultError(
            f"snapshot {id} was changed, it is now {snapshot.id}; restore {file.name} from a copy"
        )
    return snapshot


def missing(snapshot: Snapshot, runs: Mapping[str, Path], logs: Mapping[str, Path]) -> Missing:
    """Return the parts of a snapshot that are lost.

    Args:
        runs: name -> run directory, of the runs that are still there.
        logs: name -> log of decisions.
    """
    gone = {}
    for name, digest in snapshot.runs.items():
        if name not in runs:
            gone[name] = "it was removed"
        elif digest_of(runs[name]) != digest:
            gone[name] = "it was changed"
    edited = tuple(name for name, log in snapshot.logs.items() if log != _log(logs.get(name), log.n_bytes))
    return Missing(gone, edited, None if snapshot.code == CODE else snapshot.code)


def digest_of(run: Path) -> str:
    """Return a digest of what the site reads of a run; a file that is not there has no part.

    A file whose own digest run.json lists is not read: `leaderboard.store.records.rows_of` refuses a run
    whose files are not the listed ones, so that it is never shown as something else.
    """
    digest = hashlib.sha256()
    listed = _listed(run / RUN)
    for name in (RUN, RECORDS, SUMMARIES):
        if name not in listed and (run / name).exists():
            digest.update(f"{name} {file_sha256(run / name)}\n".encode())
    return digest.hexdigest()


def _listed(file: Path) -> frozenset[str]:
    """Return the files that a run.json lists with their digests; none where it cannot be read."""
    try:
        return frozenset(json.loads(file.read_bytes())["files"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return frozenset()


def _log(path: Path | None, n_bytes: int | None = None) -> Log:
    """Describe the beginning of a log, or the whole lines of it; what follows them is still being written."""
    text = b"" if path is None or not path.exists() else path.read_bytes()[:n_bytes]
    text = text[: text.rfind(b"\n") + 1]
    return Log(n_bytes=len(text), sha256=hashlib.sha256(text).hexdigest())


def _file(folder: Path, id: str) -> Path:
    return folder / FOLDER / f"{id}.json"
