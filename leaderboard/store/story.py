"""What was declared and decided about runs: declarations, and the decisions that a state rests on."""

from pathlib import Path
from typing import NamedTuple

from boss.errors import BossError
from leaderboard.store.folder import Folders
from leaderboard.store.roots import SHIPPED
from leaderboard.store.shipped import location
from leaderboard.store.snapshots import Snapshot
from leaderboard.store.standing import LOG
from leaderboard.submission.decisions import Decision, read_decisions
from leaderboard.submission.declaration import Declaration, read_declaration
from leaderboard.submission.layout import DECLARATION, ID


class Event(NamedTuple):
    """A decision; ``submission`` is how its runs' names on the site begin."""

    submission: str
    decision: Decision


def events(folders: Folders, snapshot: Snapshot) -> tuple[Event, ...]:
    """Return the decisions that a state of the site rests on, in the order of time.

    A log that cannot be read has none here; the site says so where it lists its problems.
    """
    logs = {"": folders.own.parent / LOG}
    if folders.shipped is not None:
        logs[SHIPPED] = location(folders.shipped).parent / LOG
    found = []
    for prefix, log in logs.items():
        known = snapshot.logs.get(prefix + LOG)
        try:
            decisions = read_decisions(log, None if known is None else known.n_bytes)
        except BossError:
            continue
        found += [Event(prefix + decision.submission, decision) for decision in decisions]
    return tuple(sorted(found, key=lambda event: event.decision.at))


def submission_of(run: str) -> str:
    """Return the submission that a run came with, by its name on the site; empty for a run of one's own.

    >>> submission_of("shipped:0123456789abcdef01234567/run")
    'shipped:0123456789abcdef01234567'
    >>> submission_of("mini/tfidf/20250101T000000Z")
    ''
    """
    first = run.split("/")[0]
    return first if ID.fullmatch(first.removeprefix(SHIPPED)) else ""


def declaration_of(run: Path) -> Declaration | None:
    """Return what a run's sender declared; None where there is no declaration beside it.

    Args:
        run: its directory.

    Raises:
        Refused: if the declaration cannot be read.
    """
    file = run.parent / DECLARATION
    return read_declaration(file) if file.is_file() else None
