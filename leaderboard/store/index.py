"""The index of a folder of runs: every record in one Parquet file, so that the site starts at once.

A run is read and checked in full once, when its files are new or changed; after that its rows come from the
index. The index is a cache: without it, or with one that cannot be read, the runs are read again.
"""

import hashlib
import json
import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import boss
from boss.errors import BossError, ResultError
from boss.results.files import write_atomic
from boss.results.schema import SCHEMA_VERSION
from boss.results.store import RECORDS, RUN, SUMMARIES, find_runs
from leaderboard.store.folder import cache_folder
from leaderboard.store.records import COLUMNS, TYPES, Problem, Runs, rows_of

_LOG = logging.getLogger(__name__)
_KEY = b"boss.leaderboard"
_FILES = (RUN, RECORDS, SUMMARIES)


@dataclass(frozen=True)
class _Entry:
    """What the index knows of a run; ``reasons`` say what of it is not shown."""

    stamp: list[list[int]]
    reasons: list[str] = field(default_factory=list)


def stamp(root: Path, *others: Path) -> str:
    """Return what changes when a run under ``root`` is added, removed or changed: the key of caches.

    Args:
        others: further files it depends on.
    """
    return _digest(repr((_stamps(root), [_stamp(file) for file in others])))


def read_runs(root: Path, index: Path | None = None) -> Runs:
    """Return every run under ``root``; one that cannot be read becomes a `Problem` and stops nothing.

    Args:
        index: the index file; by default in the user's cache folder (``BOSS_CACHE`` names another).
    """
    file = index_file(root) if index is None else index
    now = _stamps(root)
    rows, entries = _load(file)
    kept = {name: entry for name, entry in entries.items() if now.get(name) == entry.stamp}
    rows = rows[rows["run"].isin(kept)]
    new: list[dict[str, Any]] = []
    for name in now.keys() - kept.keys():
        records, reasons = _read(root / name, name)
        new += records
        kept[name] = _Entry(now[name], reasons)
    if kept != entries:
        fresh = pd.DataFrame(new, columns=list(COLUMNS)).astype(TYPES)
        rows = pd.concat([part for part in (rows, fresh) if len(part)] or [fresh])
        rows = rows.sort_values("run", kind="stable", ignore_index=True)
        _save(file, rows, kept)
    problems = [Problem(name, reason) for name in sorted(kept) for reason in kept[name].reasons]
    return Runs(rows, tuple(problems), len(now))


def index_file(root: Path) -> Path:
    """Return where the index of ``root`` is kept."""
    return cache_folder() / f"{_digest(str(root.resolve()))}.parquet"


def no_rows() -> pd.DataFrame:
    """Return a frame without rows, with columns of the right types."""
    return pd.DataFrame(columns=list(COLUMNS)).astype(TYPES)


def _read(path: Path, name: str) -> tuple[list[dict[str, Any]], list[str]]:
    try:
        return rows_of(path, name)
    except (BossError, OSError, ValueError) as error:
        return [], [str(error)]


def _load(file: Path) -> tuple[pd.DataFrame, dict[str, _Entry]]:
    """Return the rows and runs of an index; none where there is none or another version wrote it."""
    nothing = no_rows(), dict[str, _Entry]()
    if not file.exists():
        return nothing
    try:
        # One thread: the pool costs more than it saves on a file of this size.
        table = pq.read_table(file, use_threads=False)
        header = json.loads(table.schema.metadata[_KEY])
        if header["version"] != _version():
            return nothing
        entries = {name: _Entry(**entry) for name, entry in header["runs"].items()}
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError) as error:
        _LOG.warning("%s cannot be read (%s); the runs are read again", file, error)
        return nothing
    return table.to_pandas(), entries


def _save(file: Path, rows: pd.DataFrame, entries: dict[str, _Entry]) -> None:
    runs = {name: asdict(entry) for name, entry in sorted(entries.items())}
    header = json.dumps({"version": _version(), "runs": runs}).encode()
    table = pa.Table.from_pandas(rows, preserve_index=False)
    metadata = {**(table.schema.metadata or {}), _KEY: header}
    buffer = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(metadata), buffer, compression="zstd")
    try:
        write_atomic(file, buffer.getvalue().to_pybytes())
    except ResultError as error:
        _LOG.warning("the index was not kept, the next start reads the runs again: %s", error)


def _version() -> str:
    """Name what rows depend on apart from the runs: an index of another code or schema is not used."""
    return _digest(f"{boss.__version__} {SCHEMA_VERSION} {COLUMNS}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _stamps(root: Path) -> dict[str, list[list[int]]]:
    """Return, per run, size and time of change in ns of each file that is read."""
    return {
        path.relative_to(root).as_posix(): [_stamp(path / name) for name in _FILES]
        for path in find_runs(root)
    }


def _stamp(file: Path) -> list[int]:
    try:
        status = file.stat()
    except OSError:
        return [-1, -1]
    return [status.st_size, status.st_mtime_ns]
