"""Writing a run directory, cell by cell, so that a killed run continues where it stopped.

Nothing but the journal depends on interruptions: a run that was killed and continued ends with the same
bytes as one that was not, apart from `boss.results.schema.TIME_AND_HOST_FIELDS`.
"""

import json
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import pyarrow as pa
from filelock import FileLock, Timeout

from boss.errors import ResultError
from boss.metrics.cells import majority_value, score_tally, tally
from boss.metrics.summaries import Summaries
from boss.results.files import TEMPORARY, json_bytes, slug, write_atomic
from boss.results.manifest import DatasetEntry, Failure, Run
from boss.results.parts import (
    digest_of_parts,
    made_by,
    part_path,
    part_paths,
    read_part,
    read_parts,
    write_part,
)
from boss.results.schema import Cell, Cost, Record, Subject
from boss.results.store import (
    JOURNAL,
    LOCK,
    RECORDS,
    RUN,
    SUMMARIES,
    describe_file,
    list_files,
    read_manifest,
)
from boss.results.summary import Summary

Relationship = Literal["first_party", "third_party", "collaborative", "other"]


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
        if found := _continues(path, run):
            kept = run.model_copy(update={"run_id": found.run_id, "created_at": found.created_at})
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
        summaries: of the finished cells; empty until `close`.
    """

    def __init__(self, path: Path, run: Run, lock: FileLock, *, resumed: bool) -> None:
        """Take over a locked folder; use `open_run`."""
        self.path, self.run, self.resumed = path, run, resumed
        self.summaries: tuple[Summary, ...] = ()
        self._lock = lock
        self._sums = Summaries(run.benchmark_version, seed=run.seed)
        self._order: tuple[str, ...] = ()
        self._makers: dict[str, str] = {}
        self._records: dict[str, list[Record]] = {}
        for leftover in path.rglob(f".*{TEMPORARY}"):
            leftover.unlink()
        (path / SUMMARIES).unlink(missing_ok=True)  # of an earlier attempt, over fewer cells
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

    def plan(self, keys: Sequence[str]) -> None:
        """Say which cells will be measured; records stand in this order, whatever finishes first."""
        self._order = tuple(keys)

    def set_data(self, entries: Iterable[DatasetEntry]) -> None:
        """Record the splits the run reads."""
        self.run = self.run.model_copy(update={"data": tuple(entries)})
        self._save_run()

    def parts(self, cell: Cell, subject: Subject) -> set[int]:
        """Begin a cell and return the parts that an earlier attempt left complete.

        A part that is torn, or that was made of other data or by another model, is removed.
        """
        maker = self._makers[cell.key] = made_by(cell, subject)
        done = set()
        for path in part_paths(self.path, cell.key):
            try:
                reason = None if read_part(path)[2] == maker else "made of other data or by another model"
            except ResultError as error:
                reason = str(error)
            if reason is None:
                done.add(int(path.stem.removeprefix("part-")))
            else:
                self._remove(cell.key, path, reason)
        self._journal("cell started", cell=cell.key, parts_done=len(done))
        return done

    def write_part(self, key: str, index: int, table: pa.Table, cost: Cost) -> None:
        """Write part ``index`` of the cell ``key``, whole or not at all; call `parts` first.

        Raises:
            ResultError: if it cannot be written.
        """
        write_part(part_path(self.path, key, index), table, cost, self._makers[key])

    def finish_cell(
        self, cell: Cell, subject: Subject, *, n_parts: int, seed: int, evaluator_relationship: Relationship
    ) -> list[Record]:
        """Score a cell from its parts and save its records.

        Args:
            n_parts: parts the cell has; further ones are removed.
            seed: of the run, and of the bootstrap.

        Raises:
            ResultError: if a part is missing, the predictions are not those the cell needs, or the cell
                was finished before.
        """
        expected = {part_path(self.path, cell.key, i) for i in range(n_parts)}
        for path in part_paths(self.path, cell.key):
            if path not in expected:
                self._remove(cell.key, path, f"beyond the {n_parts} parts of the cell")
        missing = sorted(path.name for path in expected if not path.exists())
        if missing:
            raise ResultError(f"{cell.key}: cannot be finished, parts are missing: {', '.join(missing)}")
        table, cost = read_parts(self.path, cell.key)
        counted = tally(cell, table)
        scores = score_tally(counted, seed=seed)
        digest = digest_of_parts(self.path, cell.key)
        records = [
            Record(
                benchmark_version=self.run.benchmark_version,
                run_id=self.run.run_id,
                created_at=self.run.created_at,
                model=subject,
                cell=cell,
                score=score,
                cost=cost,
                seed=seed,
                majority_value=majority_value(cell, score),
                predictions=f"predictions/{cell.key}",
                predictions_sha256=digest,
                evaluator_relationship=evaluator_relationship,
            )
            for score in scores
        ]
        self._sums.add(counted, scores, subject)
        self._records[cell.key] = records
        self._save_records()
        self._journal("cell finished", cell=cell.key, n_parts=n_parts, n_records=len(records))
        return records

    def fail(self, key: str, error: BaseException) -> None:
        """Record that a cell or dataset could not be measured; the run goes on."""
        # A path in the message may hold bytes that are not UTF-8.
        message = str(error).encode("utf-8", "backslashreplace").decode()
        failure = Failure(cell=key, error=type(error).__name__, message=message)
        self.run = self.run.model_copy(update={"failures": (*self.run.failures, failure)})
        self._save_run()
        self._journal("failed", cell=key, error=failure.error, message=failure.message)

    def skip(self, key: str, reason: str) -> None:
        """Say in the journal why a planned cell has no records: it does not apply."""
        self._journal("not applicable", cell=key, reason=reason)

    def close(self, status: Literal["complete", "failed"]) -> None:
        """Save the summaries and the list of files with their digests, end the run and unlock it."""
        self.summaries = tuple(self._sums.summaries())
        write_atomic(self.path / SUMMARIES, b"".join(json_bytes(summary) for summary in self.summaries))
        files = {name: describe_file(path) for name, path in list_files(self.path).items()}
        update = {"status": status, "finished_at": _now(), "files": files}
        self.run = self.run.model_copy(update=update)
        self._journal(status)
        self._save_run()
        self._lock.release()

    def _save_run(self) -> None:
        write_atomic(self.path / RUN, json_bytes(self.run, indent=2))

    def _save_records(self) -> None:
        order = {key: i for i, key in enumerate(self._order)}
        keys = sorted(self._records, key=lambda key: (order.get(key, len(order)), key))
        lines = b"".join(json_bytes(record) for key in keys for record in self._records[key])
        write_atomic(self.path / RECORDS, lines)

    def _remove(self, key: str, path: Path, reason: str) -> None:
        path.unlink()
        self._journal("part removed", cell=key, part=path.name, reason=reason)

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
        found = read_manifest(path)
    except ResultError:  # not a run, or one this code cannot read: left alone
        return None
    same = ("benchmark_version", "suite", "model", "seed", "config_sha256", "code", "environment")
    if found.status == "complete" or any(getattr(found, name) != getattr(run, name) for name in same):
        return None
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
