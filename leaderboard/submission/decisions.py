"""Decisions about submissions: a log to which lines are only ever added, and what follows from it."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal, cast

from pydantic import BeforeValidator, Field, ValidationError

from boss.measurement import Strict
from boss.results.schema import COMPARED, Verification, renamed_level
from leaderboard.submission.declaration import Contaminated
from leaderboard.submission.findings import SubmissionError
from leaderboard.submission.layout import ID

State = Literal["queued", "accepted", "rejected", "superseded", "withdrawn"]
Action = Literal[
    "received",
    "accepted",
    "rejected",
    "superseded",
    "withdrawn",
    "regenerated",
    "replayed",
    "rerun",
    "check_failed",
]
LEVELS: tuple[Verification, ...] = cast(tuple[Verification, ...], tuple(COMPARED))
"""From the least to the most, see `boss.results.schema.COMPARED`."""

_ALLOWED: dict[Action, tuple[State | None, ...]] = {
    "received": (None,),
    "accepted": ("queued",),
    "rejected": ("queued",),
    "superseded": ("accepted",),
    "withdrawn": ("queued", "accepted"),
    "regenerated": ("accepted",),
    "replayed": ("accepted",),
    "rerun": ("accepted",),
    "check_failed": ("accepted",),
}
_STATE: dict[Action, State] = {
    "received": "queued",
    "accepted": "accepted",
    "rejected": "rejected",
    "superseded": "superseded",
    "withdrawn": "withdrawn",
}
_LEVEL: dict[Action, Verification] = {
    "received": "uploaded",
    "accepted": "recomputed",  # it is checked again on the board's own machine
    "regenerated": "regenerated",
    "replayed": "replayed",
    "rerun": "rerun",
}


class Decision(Strict):
    """One line of decisions.jsonl.

    Attributes:
        at: UTC, ISO 8601.
        by: who decided; of ``received`` who sent it, see `leaderboard.submission.owners`.
        run_id: with ``model`` and ``suite``, of the run; said once, by ``received``.
        name: of the model, as rows have it; said there too, and empty in logs from before it was kept.
        answers: digest of its answers, said there too; empty in logs from before it was kept.
        flags: codes of the warnings that stand beside the row.
        evidence: counts of a check: what was made again, of a replay or a rerun.
    """

    schema_version: Literal[1] = 1
    at: str
    submission: Annotated[str, Field(pattern=f"^{ID.pattern}$")]
    action: Annotated[Action, BeforeValidator(renamed_level)]
    by: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Annotated[str, Field(max_length=2000)] = ""
    run_id: str = ""
    model: str = ""
    suite: str = ""
    answers: str = ""
    name: str = ""
    flags: tuple[str, ...] = ()
    contaminated: tuple[Contaminated, ...] = ()
    replaced_by: str | None = None
    evidence: dict[str, int | str] = Field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """What follows from all decisions about a submission.

    Attributes:
        sender: who it was received from, as the door said.
        flags: of the acceptance, and ``check_failed`` where a later check failed.
        reason: of the last decision.
    """

    submission: str
    state: State
    verification: Verification
    run_id: str
    model: str
    suite: str
    received_at: str
    answers: str = ""
    sender: str = ""
    name: str = ""
    flags: tuple[str, ...] = ()
    contaminated: tuple[Contaminated, ...] = ()
    replaced_by: str | None = None
    reason: str = ""


def standings(decisions: Iterable[Decision]) -> dict[str, Standing]:
    """Return the standing of every submission, in the order of their arrival.

    Raises:
        SubmissionError: if a decision does not follow from the ones before it: the log was edited.
    """
    by_submission: dict[str, Standing] = {}
    for decision in decisions:
        by_submission[decision.submission] = follow(by_submission.get(decision.submission), decision)
    return by_submission


def possible(state: State | None) -> tuple[Action, ...]:
    """Return what can be decided of a submission in this state; None: it is not there yet."""
    return tuple(action for action, states in _ALLOWED.items() if state in states)


def follow(before: Standing | None, decision: Decision) -> Standing:
    """Return the standing after a decision.

    Raises:
        SubmissionError: if there can be no such decision now; it says which there can be.
    """
    state = None if before is None else before.state
    if state not in _ALLOWED[decision.action]:
        raise SubmissionError(
            f"submission {decision.submission} is {state or 'unknown'} and cannot be {decision.action}; "
            f"possible now: {', '.join(possible(state)) or 'nothing, its story is over'}"
        )
    if before is None:
        return Standing(
            decision.submission,
            "queued",
            LEVELS[0],
            decision.run_id,
            decision.model,
            decision.suite,
            decision.at,
            decision.answers,
            decision.by,
            decision.name,
            reason=decision.reason,
        )
    flags = {*before.flags, *decision.flags}
    if decision.action == "check_failed":
        flags.add("check_failed")
    elif decision.action in ("regenerated", "replayed", "rerun"):
        flags.discard("check_failed")
    level = _LEVEL.get(decision.action, before.verification)
    return replace(
        before,
        state=_STATE.get(decision.action, before.state),
        verification=max(level, before.verification, key=LEVELS.index),
        flags=tuple(sorted(flags)),
        contaminated=decision.contaminated or before.contaminated,
        replaced_by=decision.replaced_by,
        reason=decision.reason,
    )


def read_decisions(path: Path, n_bytes: int | None = None) -> list[Decision]:
    """Return all decisions. What follows the last line feed was being written by a process that died.

    Args:
        n_bytes: read only the beginning of the log: what was decided at an earlier time.

    Raises:
        SubmissionError: naming the line that is not a decision.
    """
    lines = path.read_bytes()[:n_bytes].split(b"\n")[:-1] if path.exists() else []
    decisions = []
    for n, line in enumerate(lines, 1):
        try:
            decisions.append(Decision.model_validate_json(line))
        except ValidationError as error:
            raise SubmissionError(
                f"{path}, line {n}: is no decision ({error.errors()[0]['msg']}); restore the file from a copy"
            ) from error
    return decisions


def append_decision(path: Path, decision: Decision) -> None:
    """Add a line, on disk when this returns. The caller holds the board's lock."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        whole = path.read_bytes().rfind(b"\n") + 1
        file.truncate(whole)  # of a process that died in the middle of a line
        file.write(decision.model_dump_json().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
