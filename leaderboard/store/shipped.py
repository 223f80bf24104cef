"""The results that come with the project: packed runs, listed in an index, unpacked into the cache.

leaderboard/results/
  *.zip             trimmed runs, packed as any submission is
  index.json        what each holds, with its size and sha256: `Entry`
  decisions.jsonl   how far each was verified: a board's log
  README.md         the index for readers
`leaderboard.ship` writes them.
"""

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from boss.errors import ResultError
from boss.measurement import Strict
from boss.results.store import RUN
from leaderboard.store.folder import cache_folder
from leaderboard.store.standing import LOG
from leaderboard.submission.layout import ID, RUN_FOLDER
from leaderboard.submission.unpack import unpack
from robtest.files import file_sha256

INDEX = "index.json"


class Entry(Strict):
    """One shipped run.

    Attributes:
        submission: digest of its content, its name on the site and in the log.
        attacks: their dimensions, none where the run is clean only.
        n_examples: examples answered clean, over all datasets; ``n_attacked`` under each attack.
        n_variants: copies of each attacked example.
        command: that measured it, as run.json has it.
    """

    file: str
    sha256: str
    n_bytes: int
    submission: Annotated[str, Field(pattern=f"^{ID.pattern}$")]
    run_id: str
    suite: str
    model: str
    method: str
    tasks: tuple[str, ...]
    attacks: tuple[str, ...]
    n_examples: int
    n_attacked: int
    n_variants: int
    n_records: int
    command: str


ENTRIES = TypeAdapter(tuple[Entry, ...])


def read_index(folder: Path) -> tuple[Entry, ...]:
    """Return what ``folder`` holds, sorted by file.

    Raises:
        ResultError: if there is no index, or it is none.
    """
    try:
        return ENTRIES.validate_json((folder / INDEX).read_bytes())
    except (OSError, ValidationError) as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error.strerror
        raise ResultError(
            f"{folder / INDEX} cannot be read: {reason}; install the package again, or start the site with "
            "--no-shipped"
        ) from error


def location(folder: Path) -> Path:
    """Return where the runs of ``folder`` are unpacked; another index or log is another place."""
    digest = hashlib.sha256()
    for name in (INDEX, LOG):
        digest.update((folder / name).read_bytes() if (folder / name).exists() else b"")
        digest.update(b"\0")
    return cache_folder() / "shipped" / digest.hexdigest()[:16] / "runs"


def unpacked(folder: Path) -> Path:
    """Return the folder of the runs, unpacked if they were not, with the log beside it as on a board.

    The whole appears at once or not at all; of several processes the first one's stays.

    Raises:
        ResultError: if an archive is not the one the index lists, or the cache cannot be written.
        Refused: if an archive is no submission.
    """
    entries, runs = read_index(folder), location(folder)
    if _is_whole(runs, entries):
        return runs
    try:
        runs.parents[1].mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=runs.parents[1], prefix=".unpacking-") as scratch:
            fresh = Path(scratch) / "board"
            _fill(fresh, folder, entries)
            _put(fresh, runs.parent, Path(scratch) / "damaged", entries)
    except OSError as error:
        if not _is_whole(runs, entries):
            raise ResultError(
                f"the shipped results cannot be unpacked into {runs}: {error}; make room, or name another "
                "cache with BOSS_CACHE"
            ) from error
    return runs


def _is_whole(runs: Path, entries: tuple[Entry, ...]) -> bool:
    return runs.is_dir() and all((runs / e.submission / RUN_FOLDER / RUN).is_file() for e in entries)


def _fill(board: Path, folder: Path, entries: tuple[Entry, ...]) -> None:
    (board / "runs").mkdir(parents=True)
    if (folder / LOG).exists():
        shutil.copyfile(folder / LOG, board / LOG)
    for entry in entries:
        archive = folder / Path(entry.file).name
        digest = file_sha256(archive) if archive.exists() else "no file"
        if digest != entry.sha256:
            raise ResultError(
                f"{archive}: sha256 is {digest}, {INDEX} lists {entry.sha256}; install the package again"
            )
        unpack(archive, board / "runs" / entry.submission)


def _put(fresh: Path, board: Path, damaged: Path, entries: tuple[Entry, ...]) -> None:
    """Move the new folder into place, unless another process was faster."""
    if board.exists():
        if _is_whole(board / "runs", entries):
            return
        board.rename(damaged)  # it lacks files, as after a cache was cleaned by age
    fresh.rename(board)
