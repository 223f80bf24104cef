"""A board's folder: the queue, the accepted runs, the manifests, and the log that decides where all stands.

queue/ID.zip        as it was sent
runs/ID/run         accepted; what the site is started on: python -m leaderboard --runs BOARD/runs
retired/ID/run      superseded or withdrawn
manifests/          of the data, see `leaderboard.submission.manifest`
decisions.jsonl     the truth; the folders follow it, and a killed command is completed by the next
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from boss.results.store import StoredRun, read_run
from leaderboard.submission.check import Opened, References, check, check_opened
from leaderboard.submission.decisions import (
    Action,
    Decision,
    Standing,
    append_decision,
    follow,
    read_decisions,
    standings,
)
from leaderboard.submission.declaration import Declaration, read_declaration
from leaderboard.submission.findings import Refused, Report, SubmissionError
from leaderboard.submission.layout import DECLARATION, RUN_FOLDER, answers_id
from leaderboard.submission.limits import LIMITS, Limits
from leaderboard.submission.training import contaminated
from leaderboard.submission.unpack import unpack

MOST_QUEUED = 500
_WAIT_SECONDS = 60


class Board:
    """The submissions of one leaderboard, in one folder."""

    def __init__(self, root: Path, limits: Limits = LIMITS) -> None:
        """Take the folder ``root``, which appears with the first submission."""
        self.root, self.limits = root, limits
        self.log = root / "decisions.jsonl"
        self.queue, self.runs, self.retired = root / "queue", root / "runs", root / "retired"
        self.manifests = root / "manifests"

    def standings(self) -> dict[str, Standing]:
        """Return the standing of every submission, in the order of their arrival."""
        return standings(read_decisions(self.log))

    def standing(self, submission: str) -> Standing:
        """Return one standing.

        Raises:
            SubmissionError: if there is no such submission.
        """
        by_submission = self.standings()
        if submission not in by_submission:
            newest = ", ".join(list(by_submission)[-3:]) or "none"
            raise SubmissionError(f"there is no submission {submission!r:.80}; the newest are {newest}")
        return by_submission[submission]

    def references(self, but: str | None = None) -> References:
        """Return the references of a check: the manifests, and all accepted runs but one."""
        accepted = (s.submission for s in self.standings().values() if s.state == "accepted")
        folders = tuple(self.run(name) for name in accepted if name != but)
        return References(self.manifests, tuple(folder for folder in folders if folder.is_dir()))

    def run(self, submission: str) -> Path:
        """Return the run directory of an accepted submission."""
        return self.runs / submission / RUN_FOLDER

    def history(self, submission: str) -> list[Decision]:
        """Return all decisions about a submission, oldest first.

        Raises:
            SubmissionError: if there is no such submission.
        """
        self.standing(submission)
        return [decision for decision in read_decisions(self.log) if decision.submission == submission]

    def declaration(self, submission: str) -> Declaration:
        """Return the declaration of the submission's sender.

        Raises:
            SubmissionError: if there is no such submission, or its files are gone.
        """
        with self._opened(submission) as folder:
            return read_declaration(folder / DECLARATION)

    def recheck(self, submission: str) -> Report:
        """Check a submission again, against what the board holds now; nothing is decided by it.

        Raises:
            SubmissionError: if there is no such submission, or its files are gone.
        """
        with self._opened(submission) as folder:
            parts = Opened(folder / RUN_FOLDER, folder / DECLARATION)
            return check_opened(folder, parts, self.references(but=submission), self.limits)

    def receive(self, archive: Path, by: str) -> Report:
        """Check a packed submission and, if there is no error, put it into the queue.

        Of one that is refused nothing stays.

        Raises:
            SubmissionError: if it was received before, or the queue is full.
        """
        report = check(archive, self.references(), self.limits)
        if report.ok and report.submission is not None:
            details, _ = self._peek(archive)  # ``by`` is who the door says it is
            self.queue.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.queue, prefix=".", delete=False) as copy:
                try:
                    with archive.open("rb") as source:
                        shutil.copyfileobj(source, copy)
                    copy.flush()
                    os.fsync(copy.fileno())
                    self._enqueue(Path(copy.name), report, by, details)
                finally:
                    Path(copy.name).unlink(missing_ok=True)
        return report

    def collect(self, by: str) -> list[Report]:
        """Receive what lies in the queue without a line in the log: merged pull requests.

        Returns the report of each; those with errors stay where they are.
        """
        reports = []
        for archive in sorted(self.queue.glob("*.zip")):
            if archive.stem in self.standings():
                continue
            report = check(archive, self.references(), self.limits)
            if report.ok and report.submission is not None:
                if report.submission != archive.stem:
                    raise SubmissionError(f"{archive} holds submission {report.submission}; rename it so")
                details, sender = self._peek(archive)
                try:
                    with self._lock():
                        self._check_answers(details["answers"], self.standings())
                        self._append(report.submission, "received", sender, f"collected by {by}", **details)
                except Refused as error:  # the others are collected all the same
                    report = replace(report, findings=(error.finding, *report.findings))
            reports.append(report)
        return reports

    def accept(self, submission: str, by: str, reason: str = "") -> Report:
        """Check a queued submission again, on this machine, and put its run on the board.

        Raises:
            SubmissionError: if it is not queued, or the check found an error; then it stays queued.
        """
        with self._lock():
            archive = self._queued(submission)
            with tempfile.TemporaryDirectory(dir=self.root, prefix=".checking-") as scratch:
                folder = Path(scratch) / submission
                unpack(archive, folder, self.limits)
                parts = Opened(folder / RUN_FOLDER, folder / DECLARATION)
                report = check_opened(archive, parts, self.references(), self.limits)
                if not report.ok:
                    raise SubmissionError(f"{submission} is not accepted: {report.findings[0]}")
                if report.submission != submission:
                    raise SubmissionError(f"{archive} holds another submission, {report.submission}")
                datasets = contaminated(read_run(parts.run), read_declaration(folder / DECLARATION))
            self._append(submission, "accepted", by, reason, flags=report.flags, contaminated=datasets)
        return report

    def decide(self, submission: str, action: Action, by: str, reason: str, **details: Any) -> Standing:
        """Add any other decision than an acceptance, and let the folders follow.

        Args:
            details: further fields of `Decision`.

        Raises:
            SubmissionError: if there can be no such decision now, or the reason is missing.
        """
        if not reason.strip():
            raise SubmissionError(f"{submission} cannot be {action} without a reason; say reason='...'")
        with self._lock():
            return self._append(submission, action, by, reason, **details)

    def supersede(self, submission: str, by_submission: str, by: str, reason: str) -> Standing:
        """Take an accepted run off the board because another accepted one stands for it.

        Raises:
            SubmissionError: if they are one, or the other is not accepted.
        """
        newer = self.standing(by_submission)
        if newer.state != "accepted" or by_submission == submission:
            raise SubmissionError(
                f"{by_submission} is {newer.state}; it must be another, accepted submission"
            )
        return self.decide(submission, "superseded", by, reason, replaced_by=by_submission)

    def settle(self) -> None:
        """Bring the folders in line with the log, after a command that was killed in between."""
        with self._lock():
            for standing in self.standings().values():
                self._place(standing)
            for leftover in [*self.root.glob(".checking-*"), *self.root.glob(".incoming-*")]:
                shutil.rmtree(leftover)

    def stored(self, submission: str) -> StoredRun:
        """Read the run of an accepted submission.

        Raises:
            SubmissionError: if it is not accepted.
        """
        standing = self.standing(submission)
        if standing.state != "accepted":
            raise SubmissionError(f"submission {submission} is {standing.state}; accept it first")
        return read_run(self.run(submission))

    @contextmanager
    def _opened(self, submission: str) -> Iterator[Path]:
        """Give the folder of a submission's files; of one in the queue a copy, for as long as it is open."""
        standing = self.standing(submission)
        folders = [folder for folder in (self.runs, self.retired) if (folder / submission).is_dir()]
        if folders:
            yield folders[0] / submission
        elif standing.state == "queued":
            with tempfile.TemporaryDirectory() as scratch:
                unpack(self._queued(submission), Path(scratch) / submission, self.limits)
                yield Path(scratch) / submission
        else:
            raise SubmissionError(f"{submission} is {standing.state}; its files were not kept")

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.root.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.root / ".lock", timeout=_WAIT_SECONDS):
                yield
        except Timeout as error:
            raise SubmissionError(f"{self.root} is locked by another command; try again") from error

    def _append(self, submission: str, action: Action, by: str, reason: str, **details: Any) -> Standing:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        decision = Decision(at=at, submission=submission, action=action, by=by, reason=reason, **details)
        after = follow(self.standings().get(submission), decision)
        append_decision(self.log, decision)
        self._place(after)
        return after

    def _enqueue(self, copy: Path, report: Report, by: str, details: dict[str, str]) -> None:
        with self._lock():
            by_submission = self.standings()
            before = by_submission.get(report.submission or "")
            if before is not None:
                raise SubmissionError(
                    f"this run was submitted before, as {before.submission}; it is {before.state}"
                    + (f" ({before.reason})" if before.reason else "")
                )
            self._check_answers(details["answers"], by_submission)
            if sum(standing.state == "queued" for standing in by_submission.values()) >= MOST_QUEUED:
                raise SubmissionError(f"the queue is full, {MOST_QUEUED} wait for review; try again later")
            copy.replace(self.queue / f"{report.submission}.zip")
            self._append(report.submission or "", "received", by, "", **details)

    def _check_answers(self, answers: str, by_submission: Mapping[str, Standing]) -> None:
        """Refuse answers that wait or stand on the board already, under whatever words."""
        for standing in by_submission.values():
            if standing.answers == answers and standing.state in ("queued", "accepted"):
                message = (
                    f"the same answers were submitted before, as {standing.submission}, which is "
                    f"{standing.state}"
                )
                cure = "Ask the keepers to withdraw that one where its words are wrong."
                raise Refused("repeated", "archive", message, cure)

    def _peek(self, archive: Path) -> tuple[dict[str, str], str]:
        """Return what the log says of the run in an archive that was checked, and who declares to send it."""
        with tempfile.TemporaryDirectory() as scratch:
            unpack(archive, Path(scratch) / "submission", self.limits)
            stored = read_run(Path(scratch) / "submission" / RUN_FOLDER)
            run, answers = stored.run, answers_id(stored)
            sender = read_declaration(Path(scratch) / "submission" / DECLARATION).submitter
        details = {"run_id": run.run_id, "model": run.model, "suite": run.suite, "answers": answers}
        return details, sender

    def _queued(self, submission: str) -> Path:
        standing = self.standing(submission)
        if standing.state != "queued":
            raise SubmissionError(f"submission {submission} is {standing.state}, not queued")
        return self.queue / f"{submission}.zip"

    def _place(self, standing: Standing) -> None:
        """Put a submission's files where its standing says; do nothing where they are there."""
        archive, folder = self.queue / f"{standing.submission}.zip", self.runs / standing.submission
        if standing.state == "queued":
            return
        if standing.state == "accepted":
            if not folder.exists():
                incoming = self.root / f".incoming-{standing.submission}"
                shutil.rmtree(incoming, ignore_errors=True)
                unpack(archive, incoming, self.limits)
                self.runs.mkdir(exist_ok=True)
                incoming.rename(folder)
        elif folder.exists():
            self.retired.mkdir(exist_ok=True)
            folder.rename(self.retired / standing.submission)
        archive.unlink(missing_ok=True)
