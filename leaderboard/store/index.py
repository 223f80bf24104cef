"""The store: every record of a folder of runs in one DuckDB file, so that a question reads only its rows.

A run is read and checked in full once, when its files are new or changed; then its rows come from the file.
A changed folder gets a new file: the old one is copied, the rows of changed runs are replaced in the copy,
and the copy takes its name, a digest of the runs and of the code that read them. So no file is ever written
to that somebody reads, several sites may share a cache, and a file that is there is a whole one. The files
are a cache: without them, or where one cannot be read, the runs are read again.
"""

import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
from filelock import FileLock, Timeout

from boss.errors import BossError
from boss.results.store import RECORDS, RUN, SUMMARIES, find_runs
from leaderboard.store.code import READER
from leaderboard.store.folder import cache_folder
from leaderboard.store.records import COLUMNS, TYPES, Problem, Runs, rows_of
from leaderboard.text import pathless

_LOG = logging.getLogger(__name__)
_FILES = (RUN, RECORDS, SUMMARIES)
_TABLES = ("rows", "firsts")
_BY = ["run", "suite", "task", "model", "method"]
_SETTINGS: dict[str, Any] = {"threads": 2, "memory_limit": "128MB"}
_BATCH = 50
"""Runs whose rows are in memory at once while they are read."""
_WAIT_SECONDS = 600
"""For another process that reads the same runs; then they are read beside it."""


@dataclass(frozen=True)
class _Entry:
    """What the store knows of a run; ``reasons`` say what of it is not shown."""

    stamp: list[list[int]]
    reasons: list[str] = field(default_factory=list)


class Rows:
    """The rows of a folder of runs as they were at one time: an open file that nobody changes."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, entries: dict[str, _Entry], root: Path) -> None:
        """Take an open store, and what it knows of the runs under ``root``."""
        self._connection, self._entries, self._root = connection, entries, root

    @property
    def stamps(self) -> dict[str, str]:
        """By run, what changes with its files."""
        return {name: repr(entry.stamp) for name, entry in self._entries.items()}

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The runs that cannot be shown, or not in full, sorted."""
        return tuple(
            Problem(name, pathless(reason, self._root))
            for name in sorted(self._entries)
            for reason in self._entries[name].reasons
        )

    def firsts(self) -> pd.DataFrame:
        """Return the first row of every run, suite, task, model and method, in the order of the runs."""
        return self._frame("firsts", {})

    def of(self, suite: str, task: str) -> pd.DataFrame:
        """Return the rows of a suite and task, in the order of the runs."""
        return self._frame("rows", {"suite": suite, "task": task})

    def every(self) -> pd.DataFrame:
        """Return all rows; of many runs they take a gigabyte."""
        return self._frame("rows", {})

    def _frame(self, table: str, equal: dict[str, str]) -> pd.DataFrame:
        where = " AND ".join(f"{name} = ${name}" for name in equal) or "true"
        query = f"SELECT {', '.join(COLUMNS)} FROM {table} WHERE {where} ORDER BY run, place"
        # A cursor per question: readers do not wait for one another.
        return frame_of(self._connection.cursor().sql(query, params=equal).to_arrow_table())


def stamp(root: Path, *others: Path) -> str:
    """Return what changes when a run under ``root`` is added, removed or changed: the key of caches.

    Args:
        others: further files it depends on.
    """
    return _digest(repr((_stamps(root), [_stamp(file) for file in others])))


def opened(root: Path, folder: Path | None = None) -> Rows:
    """Return the rows of the runs under ``root``; new and changed runs are read.

    Args:
        folder: of the store's files; by default in the user's cache folder (``BOSS_CACHE`` names another).
    """
    folder = store_folder(root) if folder is None else folder
    now = _stamps(root)
    file = folder / _name(now)
    if (found := _open(file, root)) is not None:
        return found
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=_WAIT_SECONDS):
            # Another process may have read the runs meanwhile.
            return _open(file, root) or _made(root, folder, file, now)
    except (OSError, Timeout) as error:
        _LOG.warning("the store was not kept, the next start reads the runs again: %s", error)
    with tempfile.TemporaryDirectory() as scratch:
        return _made(root, Path(scratch), Path(scratch) / file.name, now)


def read_runs(root: Path, folder: Path | None = None) -> Runs:
    """Return every run under ``root``; one that cannot be read becomes a `Problem` and stops nothing.

    Args:
        folder: as for `opened`.
    """
    rows = opened(root, folder)
    return Runs(rows.every(), rows.problems, len(rows.stamps))


def store_folder(root: Path) -> Path:
    """Return where the store of ``root`` is kept."""
    return cache_folder() / "store" / _digest(str(root.resolve()))


def store_file(root: Path) -> Path:
    """Return the file of the store of ``root`` as its runs are now."""
    return store_folder(root) / _name(_stamps(root))


def no_rows() -> pd.DataFrame:
    """Return a frame without rows, with columns of the right types."""
    return pd.DataFrame(columns=list(COLUMNS)).astype(TYPES)


def frame_of(table: pa.Table) -> pd.DataFrame:
    """Return the rows of an answer of DuckDB with the types of `leaderboard.store.records`."""
    frame: pd.DataFrame = table.to_pandas()
    return frame.astype({name: kind for name, kind in TYPES.items() if name in frame.columns})


def _made(root: Path, folder: Path, file: Path, now: dict[str, list[list[int]]]) -> Rows:
    """Write ``file`` from the newest file beside it and the runs that it lacks, and open it."""
    scratch = file.with_name(f".{file.name}.{os.getpid()}.new")
    older = sorted(folder.glob("*.duckdb"), key=lambda path: path.stat().st_mtime, reverse=True)
    for base in [*older[:1], None]:
        try:
            _write(root, scratch, base, now)
            break
        except duckdb.Error as error:
            if base is None:
                raise
            _LOG.warning("%s cannot be read (%s); the runs are read again", base, error)
        finally:
            for left in folder.glob(f"{scratch.name}.*"):  # a log of what was being written
                left.unlink(missing_ok=True)
    scratch.replace(file)
    for path in older:
        # Who has it open keeps it; the site asks for the new one.
        if path != file:
            path.unlink(missing_ok=True)
    made = _open(file, root)
    if made is None:
        raise OSError(f"{file} was written and cannot be read")
    return made


def _write(root: Path, file: Path, base: Path | None, now: dict[str, list[list[int]]]) -> None:
    file.unlink(missing_ok=True)
    if base is not None:
        shutil.copyfile(base, file)
    with duckdb.connect(str(file), config=_SETTINGS) as store:
        kept = {} if base is None else _entries(store)
        if not kept:
            _create(store)
        gone = [name for name, entry in kept.items() if now.get(name) != entry.stamp]
        for table in (*_TABLES, "runs"):
            column = "name" if table == "runs" else "run"
            store.execute(f"DELETE FROM {table} WHERE {column} IN (SELECT unnest(?))", [gone])
        new = sorted(now.keys() - (kept.keys() - set(gone)))
        for start in range(0, len(new), _BATCH):
            _add(store, root, new[start : start + _BATCH], now)
        store.execute("CHECKPOINT")


def _create(store: duckdb.DuckDBPyConnection) -> None:
    kinds = {"str": "VARCHAR", float: "DOUBLE", int: "BIGINT", bool: "BOOLEAN"}
    columns = ", ".join(f"{name} {kinds[TYPES[name]]}" for name in COLUMNS)
    for table in _TABLES:
        store.execute(f"CREATE OR REPLACE TABLE {table} ({columns}, place BIGINT)")
    store.execute("CREATE OR REPLACE TABLE runs (name VARCHAR, entry VARCHAR)")
    store.execute("CREATE OR REPLACE TABLE code AS SELECT ? AS name", [READER])


def _add(
    store: duckdb.DuckDBPyConnection, root: Path, names: Sequence[str], now: dict[str, list[list[int]]]
) -> None:
    """Read runs, and add their rows."""
    found: list[dict[str, Any]] = []
    entries = []
    for name in names:
        records, reasons = _read(root / name, name)
        found += [{**record, "place": place} for place, record in enumerate(records)]
        entries.append((name, json.dumps(asdict(_Entry(now[name], reasons)))))
    frame = pd.DataFrame(found, columns=[*COLUMNS, "place"]).astype({**TYPES, "place": int})
    for table, rows in zip(_TABLES, (frame, frame.drop_duplicates(_BY)), strict=True):
        store.register("added", pa.Table.from_pandas(rows, preserve_index=False))
        store.execute(f"INSERT INTO {table} SELECT * FROM added")
        store.unregister("added")
    store.executemany("INSERT INTO runs VALUES (?, ?)", entries)


def _read(path: Path, name: str) -> tuple[list[dict[str, Any]], list[str]]:
    try:
        return rows_of(path, name)
    except (BossError, OSError, ValueError) as error:
        return [], [str(error)]


def _open(file: Path, root: Path) -> Rows | None:
    """Open a store; None where there is none, or one that is damaged."""
    if not file.exists():
        return None
    store = None
    try:
        store = duckdb.connect(str(file), read_only=True, config=_SETTINGS)
        entries = _entries(store)
        _check_blocks(store)
        return Rows(store, entries, root)
    except (duckdb.Error, TypeError, ValueError) as error:
        _LOG.warning("%s cannot be read (%s); the runs are read again", file, error)
        file.unlink(missing_ok=True)
        if store is not None:
            store.close()  # an open one would be given to who opens the next file of this name
    return None


def _check_blocks(store: duckdb.DuckDBPyConnection) -> None:
    """Read every block once: each has a checksum, so that a damaged file is known before it answers."""
    columns = ", ".join(f"max({name})" for name in COLUMNS)
    for table in _TABLES:
        store.execute(f"SELECT {columns} FROM {table}").fetchall()


def _entries(store: duckdb.DuckDBPyConnection) -> dict[str, _Entry]:
    """Return what a store knows of its runs; nothing where other code wrote it."""
    if store.execute("SELECT name FROM code").fetchall() != [(READER,)]:
        return {}
    found = store.execute("SELECT name, entry FROM runs ORDER BY name").fetchall()
    return {name: _Entry(**json.loads(entry)) for name, entry in found}


def _name(stamps: Iterable[tuple[str, list[list[int]]]] | dict[str, list[list[int]]]) -> str:
    """Return the name of the file that holds these runs, as this code reads them."""
    return f"{_digest(f'{READER} {COLUMNS} {stamps}')}.duckdb"


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
