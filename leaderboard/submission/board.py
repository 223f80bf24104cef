"""A board: what was sent, what was decided about it, and what both must keep to."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from boss.results.store import StoredRun, read_run
from leaderboard.submission.check import Opened, References, check_opened, checked
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
from leaderboard.submission.files import Files
from leaderboard.submission.findings import Refused, Report, SubmissionError
from leaderboard.submission.layout import DECLARATION, RUN_FOLDER, answers_id
from leaderboard.submission.owners import check_owner
from leaderboard.submission.scratch import scratch, sweep
from leaderboard.submission.training import contaminated
from leaderboard.submission.unpack import unpack

MOST_QUEUED = 500
MOST_QUEUED_BY_ONE = 20


class Board(Files):
    """The submissions of one leaderboard, in one folder."""

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
        there = tuple(folder for folder in folders if folder.is_dir())
        return References(self.manifests, there, kept=self.summaries)

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

        Args:
            by: who sends it, as the door knows them (`leaderboard.submission.owners`).

        Raises:
            SubmissionError: if it was received before, under these or other words, the model's name is
                another sender's, or too many wait.
        """
        with checked(archive, self.references(), self.limits) as (report, parts):
            details = {} if parts is None or not report.ok else _details(parts)
        if report.ok and report.submission is not None:
            with self.lock():
                by_submission = self.standings()
                before = by_submission.get(report.submission)
                if before is not None:
                    raise SubmissionError(
                        f"this run was submitted before, as {before.submission}; it is {before.state}"
                        + (f" ({before.reason})" if before.reason else "")
                    )
                self._check_new(details, by, by_submission)
                self.keep(archive, report.submission)
                self._append(report.submission, "received", by, "", **details)
        return report

    def collect(self, by: str, account: str, only: Sequence[str] = ()) -> list[Report]:
        """Receive what lies in the queue without a line in the log: a merged pull request.

        Returns the report of each; those with errors stay where they are, and stop no other.

        Args:
            account: who opened the pull request, see `leaderboard.submission.owners.pull_request_account`.
            only: the files to take, by name; all where there are none.

        Raises:
            SubmissionError: if a file that was named is not there.
        """
        names = only or sorted(path.name for path in self.queue.glob("*.zip"))
        if missing := [name for name in names if not (self.queue / Path(name).name).is_file()]:
            raise SubmissionError(f"{self.queue} holds no {missing[0]!a:.80}; name files of it, as ID.zip")
        archives = [self.queue / Path(name).name for name in names]
        known = self.standings()
        return [self._collected(each, by, account) for each in archives if each.stem not in known]

    def _collected(self, archive: Path, by: str, account: str) -> Report:
        with checked(archive, self.references(), self.limits) as (report, parts):
            details = {} if parts is None or not report.ok else _details(parts)
        if not report.ok or report.submission is None:
            return report
        try:
            if report.submission != archive.stem:
                message = f"holds submission {report.submission}, and its name is of another"
                raise Refused("misnamed", archive.name, message, f"Rename it {report.submission}.zip.")
            with self.lock():
                self._check_new(details, account, self.standings())
                self._append(report.submission, "received", account, f"collected by {by}", **details)
        except Refused as error:  # the others are collected all the same
            return replace(report, findings=(error.finding, *report.findings))
        return report

    def accept(self, submission: str, by: str, reason: str = "") -> Report:
        """Check a queued submission again, on this machine, and put its run on the board.

        Raises:
            SubmissionError: if it is not queued, or the check found an error; then it stays queued.
        """
        with self.lock():
            archive = self._queued(submission)
            with scratch() as parent:
                folder = parent / submission
                unpack(archive, folder, self.limits)
                parts = Opened(folder / RUN_FOLDER, folder / DECLARATION)
                report = check_opened(archive, parts, self.references(), self.limits)
                if not report.ok:
                    raise SubmissionError(f"{submission} is not accepted: {report.findings[0]}")
                if report.submission != submission:
                    raise SubmissionError(f"{archive} holds another submission, {report.submission}")
                stored = read_run(parts.run)
                datasets = contaminated(stored, read_declaration(folder / DECLARATION))
                name = stored.records[0].model.id
            standings = self.standings()
            others = {key: each for key, each in standings.items() if each.state != "queued"}
            check_owner(name, standings[submission].sender, others)
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
        with self.lock():
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
        with self.lock():
            for standing in self.standings().values():
                self.place(standing)
        sweep()

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
            with scratch() as folder:
                unpack(self._queued(submission), folder / submission, self.limits)
                yield folder / submission
        else:
            raise SubmissionError(f"{submission} is {standing.state}; its files were not kept")

    def _append(self, submission: str, action: Action, by: str, reason: str, **details: Any) -> Standing:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        decision = Decision(at=at, submission=submission, action=action, by=by, reason=reason, **details)
        after = follow(self.standings().get(submission), decision)
        append_decision(self.log, decision)
        self.place(after)
        return after

    def _check_new(self, details: Mapping[str, str], by: str, by_submission: Mapping[str, Standing]) -> None:
        """Refuse another's name, too many of one sender, and answers that wait or stand already."""
        check_owner(details["name"], by, by_submission)
        waiting = [each.sender for each in by_submission.values() if each.state == "queued"]
        if waiting.count(by) >= MOST_QUEUED_BY_ONE:
            message = f"{MOST_QUEUED_BY_ONE} submissions of {by!r:.80} wait for review"
            raise Refused("queue", "archive", message, "Send it when some of them were decided.")
        if len(waiting) >= MOST_QUEUED:
            message = f"the queue is full, {MOST_QUEUED} wait for review"
            raise Refused("queue", "archive", message, "Try again later.")
        for standing in by_submission.values():
            if standing.answers == details["answers"] and standing.state in ("queued", "accepted"):
                message = (
                    f"the same answers were submitted before, as {standing.submission}, which is "
                    f"{standing.state}"
                )
                cure = "Ask the keepers to withdraw that one where its words are wrong."
                raise Refused("repeated", "archive", message, cure)

    def _queued(self, submission: str) -> Path:
        standing = self.standing(submission)
        if standing.state != "queued":
            raise SubmissionError(f"submission {submission} is {standing.state}, not queued")
        return self.queue / f"{submission}.zip"


def _details(parts: Opened) -> dict[str, str]:
    """Return what the log says of a run that was checked."""
    stored = read_run(parts.run)
    run = stored.run
    return {
        "run_id": run.run_id,
        "model": run.model,
        "suite": run.suite,
        "answers": answers_id(stored),
        "name": stored.records[0].model.id,
    }
