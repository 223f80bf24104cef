"""What reviewers decided about the runs that are shown: their verification, and which sets do not count."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from boss.errors import BossError
from leaderboard.store.records import Problem
from leaderboard.submission.decisions import LEVELS, Standing, read_decisions, standings
from leaderboard.text import pathless

LOG = "decisions.jsonl"
"""Beside the folder of runs, as `leaderboard.submission.board` keeps it."""


def judged(records: pd.DataFrame, runs: Path) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """Return the records as `with_standings` does by the log beside ``runs``, and what is wrong with it.

    Args:
        runs: the folder whose runs the records name; a submission's run lies in a folder of its id.
    """
    try:
        return with_standings(records, standings(read_decisions(runs.parent / LOG))), ()
    except BossError as error:
        return with_standings(records, {}), (Problem(LOG, pathless(str(error), runs.parent)),)


def with_standings(records: pd.DataFrame, by_submission: Mapping[str, Standing]) -> pd.DataFrame:
    """Return ``records`` (`leaderboard.store.records.COLUMNS`) with what was decided about their submissions.

    What a run says of its own verification does not count: one that was not accepted is ``uploaded``; nor
    does its date once it was accepted: ``created_at`` is the time of receipt. The
    flags of an acceptance are added to a run's own. A set that the model may have learnt from is named with
    the reason in ``contaminated``, and so is a number over all sets of which it is one; the values stay.
    A model's name is its first sender's, see `_by_owner`. Names of others are refused at the doors
    (`leaderboard.submission.owners`); older logs hold some.
    """
    accepted = {name: standing for name, standing in by_submission.items() if standing.state == "accepted"}
    submission = records["run"].str.split("/").str[0]
    levels = {name: standing.verification for name, standing in accepted.items()}
    decided = [levels.get(name, LEVELS[0]) for name in submission]
    times = {name: standing.received_at for name, standing in accepted.items()}
    received = [times.get(name, at) for name, at in zip(submission, records["created_at"], strict=True)]
    table = records.assign(
        verification=pd.Series(decided, index=records.index, dtype="str"),
        created_at=pd.Series(received, index=records.index, dtype="str"),
    )
    places = submission.groupby(submission).indices
    for name, standing in accepted.items():
        if name in places and (standing.flags or standing.contaminated):
            _mark(table, table.index[places[name]], standing)
    return table.assign(model=_by_owner(table, submission, accepted))


def is_own(records: pd.DataFrame) -> pd.Series:
    """Return which rows of `with_standings` are of the reader's own runs: no keeper accepted them in any log.

    A board's folder of runs holds accepted ones alone, and so do the shipped results; what else is shown
    stands there because whoever started the site put it there.
    """
    return records["verification"] == LEVELS[0]


def _by_owner(table: pd.DataFrame, submission: pd.Series, accepted: Mapping[str, Standing]) -> pd.Series:
    """Return the names of the models; one that another sender had first has its sender's name behind it.

    So a row is its sender's: nobody takes the place of another's by its name, and both are seen.
    """
    by_name = {name: standing.sender for name, standing in accepted.items()}
    senders = pd.Series([by_name.get(name) for name in submission], index=table.index, dtype="object")
    known = table.assign(sender=senders).dropna(subset="sender").sort_values("created_at", kind="stable")
    owners = known.drop_duplicates(["model", "method"]).set_index(["model", "method"])["sender"]
    names = pd.MultiIndex.from_frame(table[["model", "method"]])
    shown = [
        model if sender is None or sender == owner else f"{model} ({sender})"
        for model, sender, owner in zip(table["model"], senders, owners.reindex(names), strict=True)
    ]
    return pd.Series(shown, index=table.index, dtype="str")


def _mark(table: pd.DataFrame, rows: pd.Index, standing: Standing) -> None:
    """Write flags and contaminated sets of one submission into its rows."""
    decided = [flag for flag in standing.flags if flag != "contaminated"]
    own = table.loc[rows, "flags"]
    table.loc[rows, "flags"] = ["; ".join(dict.fromkeys([*filter(None, [text]), *decided])) for text in own]
    reasons = {entry.dataset: f"{entry.dataset} ({entry.reason})" for entry in standing.contaminated}
    submitted = table.loc[rows]
    bad = submitted[submitted["dataset"].isin(reasons)]
    of_role = {
        key: "; ".join(reasons[name] for name in sorted(set(part["dataset"])))
        for key, part in bad.groupby(["task", "role"])
    }
    wider = submitted[submitted["scope"] != "measurement"]
    pairs = zip(wider["task"], wider["role"], strict=True)
    table.loc[bad.index, "contaminated"] = bad["dataset"].map(reasons)
    before = wider["contaminated"]
    table.loc[wider.index, "contaminated"] = [of_role.get(*each) for each in zip(pairs, before, strict=True)]
