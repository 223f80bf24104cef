"""What reviewers decided about the runs that are shown: their verification, and which sets do not count."""

from pathlib import Path

import pandas as pd

from boss.errors import BossError
from leaderboard.filters import VERIFICATION
from leaderboard.records import Problem
from leaderboard.submission.decisions import Standing, read_decisions, standings

LOG = "decisions.jsonl"
"""Beside the folder of runs, as `leaderboard.submission.board` keeps it."""


def judged(records: pd.DataFrame, runs: Path) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """Return the records with ``verification`` and ``flags`` of the decisions, and what is wrong with these.

    What a run says of its own verification does not count: without a decision it is self-reported. A set the
    model may have learnt from is flagged with its reason, which the row's notes repeat; its numbers stay.

    Args:
        runs: the folder whose runs the records name; a submission's run lies in a folder of its id.
    """
    log = runs.parent / LOG
    try:
        found = standings(read_decisions(log)) if log.exists() else {}
    except BossError as error:
        return records.assign(verification=VERIFICATION[0]), (Problem(LOG, str(error)),)
    submission = records["run"].str.split("/").str[0]
    levels = {name: standing.verification for name, standing in found.items()}
    decided = [levels.get(name, VERIFICATION[0]) for name in submission]
    table = records.assign(verification=pd.Series(decided, index=records.index, dtype="str"))
    for name, standing in found.items():
        _flag(table, submission == name, standing)
    return table, ()


def _flag(table: pd.DataFrame, of_run: pd.Series, standing: Standing) -> None:
    """Write the flags of one submission into its rows."""
    if standing.flags:
        table.loc[of_run, "flags"] = "; ".join(standing.flags)
    for contaminated in standing.contaminated:
        reason = f"contaminated: {contaminated.dataset} ({contaminated.reason})"
        table.loc[of_run & (table["dataset"] == contaminated.dataset), "flags"] = reason
