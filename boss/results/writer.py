"""Writing a run directory, measurement by measurement, so that a killed run continues where it stopped.

Nothing is computed here: records and summaries come from the loop (`boss.run`).

Nothing but the journal depends on interruptions: a run that was killed and continued ends with the same
bytes as one that was not, apart from `boss.results.schema.TIME_AND_HOST_FIELDS`.
"""

import json
import os
import traceback
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import pyarrow as pa
from filelock import FileLock, Timeout

from boss.errors import ResultError
from boss.measurement import Measurement
from boss.results.files import TEMPORARY, json_bytes, slug, write_atomic
from boss.results.manifest import DatasetEntry, Failure, Run
from boss.results.parts import (
    digest_of_parts,
    part_path,
    part_paths,
    provenance,
    read_part,
    read_parts,
    write_part,
)
from boss.results.schema import Cost, Record, Subject
from boss.results.store import (
    CURVE,
    JOURNAL,
    LOCK,
    RECORDS,
    REPORT,
    RUN,
    SUMMARIES,
    describe_file,
    list_files,
    read_manifest,
)
from boss.results.summary import Summary
from robtest.plural import counted


def open_run(output: Path, run: Run) -> "RunWriter":
    """Continue the unfinished run that ``run`` repeats, or start it; the folder is locked until closed.

    A run is continued if it was not completed, no process holds it, and suite, model, seed, config, code,
    environment and benchmark version are the same; it keeps its id and its date.

    Args:
        output: the folder of all runs; the run's is ``output/<suite>/<model>/<run_id>``.

    Raises:
        ResultError: if the folder cannot be written.
    """
    parent = output / slug(run.suite) / slug(run.model)
    candidates = sorted(parent.iterdir()) if parent.is_dir() else []
    for path in candidates:
        if not _continues(path, run):
            continue
        lock = _lock(path)
        if lock is None:
            continue
        # Read again under the lock: its last holder may just have completed it.
        if previous := _continues(path, run):
            kept = run.model_copy(update={"run_id": previous.run_id, "created_at": previous.created_at})
            return RunWriter(path, kept, lock, resumed=True)
        lock.release()
    return _start(parent, run)


class RunWriter:
    """An open run directory, for a ``with`` block.

    Leaving the block by an error unlocks the run; it stays ``running`` and the same command continues it.

    Attributes:
        path: the run directory.
        run: what run.json says; its ``run_id`` may differ from the one asked for.
        resumed: whether an earlier attempt is being continued.
    """

    def __init__(self, path: Path, run: Run, lock: FileLock, *, resumed: bool) -> None:
        """Take over a locked folder; use `open_run`."""
        self.path, self.run, self.resumed = path, run, resumed
        self._lock = lock
        self._order: tuple[str, ...] = ()
        self._provenance: dict[str, str] = {}
        self._records: dict[str, list[Record]] = {}
        for leftover in path.rglob(f".*{TEMPORARY}"):
            leftover.unlink()
        for earlier in (SUMMARIES, REPORT, CURVE):  # of an earlier attempt, over fewer measurements
            (path / earlier).unlink(missing_ok=True)
        self._save_run()
        self._journal("resumed" if resumed else "started")

    def __enter__(self) -> Self:
        """Return self."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Unlock the run; one that was not closed stays ``running``."""
        self._lock.release()

    def plan(self, names: Sequence[str]) -> None:
        """Set the order of the measurements, which their records keep whatever finishes first."""
        self._order = tuple(names)

    def set_data(self, entries: Iterable[DatasetEntry]) -> None:
        """Record the splits the run reads."""
        self.run = self.run.model_copy(update={"data": tuple(entries)})
        self._save_run()

    def parts(self, measurement: Measurement, subject: Subject) -> set[int]:
        """Begin a measurement and return the parts that an earlier attempt left complete.

        A part that is torn, or that is of another measurement or another model, is removed.
        """
        origin = self._provenance[measurement.name] = provenance(measurement, subject)
        done = set()
        for path in part_paths(self.path, measurement.name):
            try:
                reason = None if read_part(path)[2] == origin else "of another measurement or another model"
            except ResultError as error:
                reason = str(error)
            if reason is None:
                done.add(int(path.stem.removeprefix("part-")))
            else:
                self._remove(measurement.name, path, reason)
        self._journal("measurement started", measurement=measurement.name, parts_done=len(done))
        return done

    def write_part(self, name: str, index: int, table: pa.Table, cost: Cost) -> None:
        """Write part ``index`` of a measurement, whole or not at all; call `parts` first.

        Raises:
            ResultError: if it cannot be written.
        """
        write_part(part_path(self.path, name, index), table, cost, self._provenance[name])

    def predictions(self, name: str, n_parts: int) -> tuple[pa.Table, Cost, str]:
        """Return all rows of a measurement, what they cost and their digest.

        Args:
            n_parts: parts it has; further ones are removed.

        Raises:
            ResultError: if a part is missing or cannot be read.
        """
        expected = {part_path(self.path, name, i) for i in range(n_parts)}
        for path in part_paths(self.path, name):
            if path not in expected:
                self._remove(name, path, f"beyond the {counted(n_parts, 'part')} of the measurement")
        missing = sorted(path.name for path in expected if not path.exists())
        if missing:
            raise ResultError(f"{name}: cannot be finished, parts are missing: {', '.join(missing)}")
        return (*read_parts(self.path, name), digest_of_parts(self.path, name))

    def save(self, name: str, records: Sequence[Record]) -> None:
        """Save the records of a finished measurement.

        Raises:
            ResultError: if they cannot be written.
        """
        self._records[name] = list(records)
        order = {planned: i for i, planned in enumerate(self._order)}
        names = sorted(self._records, key=lambda key: (order.get(key, len(order)), key))
        lines = b"".join(json_bytes(record) for key in names for record in self._records[key])
        write_atomic(self.path / RECORDS, lines)
        self._journal("measurement finished", measurement=name, n_records=len(records))

    def fail(self, name: str, error: BaseException, message: str) -> None:
        """Record that a measurement, a dataset, a task or an attack failed; the run goes on.

        Args:
            message: one line for a person, with the cure; the traceback goes to the journal.
        """
        # A path in the message may hold bytes that are not UTF-8.
        message = message.encode("utf-8", "backslashreplace").decode()
        failure = Failure(measurement=name, error=type(error).__name__, message=message)
        self.run = self.run.model_copy(update={"failures": (*self.run.failures, failure)})
        self._save_run()
        trace = "".join(traceback.format_exception(error)).encode("utf-8", "backslashreplace").decode()
        self._journal("failure", measurement=name, error=failure.error, message=message, traceback=trace)

    def skip(self, name: str, reason: str) -> None:
        """Note in the journal why a requested measurement has no records: it does not apply."""
        self._journal("not applicable", measurement=name, reason=reason)

    def asked(self, name: str, account: Mapping[str, str | int]) -> None:
        """Note in the journal what a model that is paid for was asked, and what became of the answers."""
        self._journal("asked", task=name, **account)

    def interrupt(self, reason: str) -> None:
        """Note that the run was stopped, and unlock it; the same command continues it."""
        self.run = self.run.model_copy(update={"status": "interrupted"})
        self._journal("interrupted", reason=reason)
        self._save_run()
        self._lock.release()

    def close(self, status: Literal["complete", "failed"], summaries: Iterable[Summary]) -> None:
        """Save the summaries and the list of files with their digests, end the run and unlock it."""
        write_atomic(self.path / SUMMARIES, b"".join(map(json_bytes, summaries)))
        files = {name: describe_file(path) for name, path in list_files(self.path).items()}
        update = {"status": status, "finished_at": _now(), "files": files}
        self.run = self.run.model_copy(update=update)
        self._journal(status)
        self._save_run()
        self._lock.release()

    def _save_run(self) -> None:
        write_atomic(self.path / RUN, json_bytes(self.run, indent=2))

    def _remove(self, name: str, path: Path, reason: str) -> None:
        path.unlink()
        self._journal("part removed", measurement=name, part=path.name, reason=reason)

    def _journal(self, event: str, **details: str | int) -> None:
        """Append a line; the only file whose content depends on interruptions."""
        line = json.dumps({"at": _now(), "event": event, **details}, ensure_ascii=False)
        path = self.path / JOURNAL
        torn = path.exists() and not path.read_bytes().endswith(b"\n")
        try:
            with path.open("a", encoding="utf-8", newline="\n") as file:
                file.write(("\n" if torn else "") + line + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise ResultError(f"{path} could not be written: {error}; make room, then run again") from error


def _start(parent: Path, run: Run) -> RunWriter:
    """Make and lock a new folder; a run id that another process took gets a number appended."""
    attempt, path = 1, parent / slug(run.run_id)
    while True:
        try:
            path.mkdir(parents=True)
            break
        except FileExistsError:
            attempt += 1
            path = parent / f"{slug(run.run_id)}-{attempt}"
        except OSError as error:
            raise ResultError(
                f"{path} cannot be made: {error.strerror}; choose another output=DIR"
            ) from error
    lock = _lock(path)
    if lock is None:
        raise ResultError(f"{path} was locked by another process as it was made; run the command again")
    return RunWriter(path, run.model_copy(update={"run_id": path.name}), lock, resumed=False)


def _lock(path: Path) -> FileLock | None:
    """Return the held lock of a run, or None if another process holds it."""
    lock = FileLock(path / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    return lock


def _continues(path: Path, run: Run) -> Run | None:
    """Return the run in ``path`` if it was not completed and ``run`` would measure the same.

    That is with the same software on the same kind of machine: a run is not made half here, half there.
    """
    try:
        previous = read_manifest(path)
    except ResultError:  # not a run, or one this code cannot read: left alone
        return None
    same = (
        *("benchmark_version", "suite", "suite_version", "model", "seed"),
        *("config_sha256", "code", "environment"),
    )
    if previous.status == "complete" or any(getattr(previous, name) != getattr(run, name) for name in same):
        return None
    return previous


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
