"""A board's folder: the queue, the accepted runs, the manifests, and the log that decides where all stands.

queue/ID.zip        as it was sent
runs/ID/run         accepted; what the site is started on: python -m leaderboard --runs BOARD/runs
retired/ID/run      superseded or withdrawn
manifests/          of the data, see `leaderboard.submission.manifest`
summaries/          of the accepted runs, for checks of others; made again where one is missing
tokens.jsonl        senders the keepers issued a token to, and its digest
decisions.jsonl     the truth; the folders follow it, and a killed command is completed by the next
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from leaderboard.submission.decisions import Standing
from leaderboard.submission.findings import SubmissionError
from leaderboard.submission.limits import LIMITS, Limits
from leaderboard.submission.unpack import unpack

_WAIT_SECONDS = 60
_INCOMING = ".incoming-"
_OLDER = re.compile(r"\.[a-z0-9_]{8}")
"""What older versions called a file that was on its way into the queue."""


class Files:
    """The folder of a board. Whoever changes it holds its lock."""

    def __init__(self, root: Path, limits: Limits = LIMITS) -> None:
        """Take the folder ``root``, which appears with the first submission."""
        self.root, self.limits = root, limits
        self.log = root / "decisions.jsonl"
        self.queue, self.runs, self.retired = root / "queue", root / "runs", root / "retired"
        self.manifests, self.tokens = root / "manifests", root / "tokens.jsonl"
        self.summaries = root / "summaries"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the board for as long as it is open; what a killed command left is removed first.

        Raises:
            SubmissionError: if another command has held it for a minute.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.root / ".lock", timeout=_WAIT_SECONDS):
                self._sweep()
                yield
        except Timeout as error:
            raise SubmissionError(f"{self.root} is locked by another command; try again") from error

    def _sweep(self) -> None:
        """Remove what a killed command left: who writes such a file holds the lock, as the caller does."""
        for file in self.queue.glob(".*"):
            if file.name.startswith(_INCOMING) or _OLDER.fullmatch(file.name):
                file.unlink()
        for folder in (*self.root.glob(".checking-*"), *self.root.glob(f"{_INCOMING}*")):
            shutil.rmtree(folder)

    def keep(self, archive: Path, submission: str) -> None:
        """Copy an archive into the queue, whole or not at all. The caller holds the lock."""
        self.queue.mkdir(parents=True, exist_ok=True)
        copy = self.queue / f"{_INCOMING}{submission}"
        try:
            with archive.open("rb") as source, copy.open("wb") as target:
                shutil.copyfileobj(source, target)
                target.flush()
                os.fsync(target.fileno())
            copy.replace(self.queue / f"{submission}.zip")
        finally:
            copy.unlink(missing_ok=True)

    def place(self, standing: Standing) -> None:
        """Put a submission's files where its standing says; do nothing where they are there."""
        archive, folder = self.queue / f"{standing.submission}.zip", self.runs / standing.submission
        if standing.state == "queued":
            return
        if standing.state == "accepted":
            if not folder.exists():
                incoming = self.root / f"{_INCOMING}{standing.submission}"
                shutil.rmtree(incoming, ignore_errors=True)
                unpack(archive, incoming, self.limits)
                self.runs.mkdir(exist_ok=True)
                incoming.rename(folder)
        elif folder.exists():
            self.retired.mkdir(exist_ok=True)
            folder.rename(self.retired / standing.submission)
        archive.unlink(missing_ok=True)
