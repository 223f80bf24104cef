"""What changed when: the story of a model's runs, the days of a board, and who led it on each of them."""

from collections.abc import Sequence

import pandas as pd

from leaderboard.board import table
from leaderboard.board.filters import facts
from leaderboard.board.merge import newest
from leaderboard.board.ranking import entered, rankable
from leaderboard.board.table import Choice
from leaderboard.stats.comparable import MODEL
from leaderboard.store.story import Event, submission_of
from leaderboard.text import interval, listed, percent, shown

MEASURED = "measured"
"""What happened to a run of one's own, about which nobody decides."""
MOST_DAYS = 30
_MOST_NAMES = 8
_NOTES = 500


def of_runs(rows: pd.DataFrame, decided: Sequence[Event]) -> pd.DataFrame:
    """Return what happened to the runs of ``rows`` as text, the newest first: When, What, Run, By, Reason.

    Args:
        rows: records of runs, with ``run`` and ``created_at``.
        decided: all decisions, in the order of time.
    """
    runs = rows[["run", "created_at"]].drop_duplicates("run")
    mine = {name: str(run) for run in runs["run"] if (name := submission_of(run))}
    lines: list[tuple[str, str, str, str, str]] = [
        (decision.at, decision.action, mine[name], decision.by, decision.reason)
        for name, decision in decided
        if name in mine
    ]
    told = {run for _, _, run, _, _ in lines}
    lines += [
        (str(at), MEASURED, str(run), "", "") for run, at in runs.itertuples(index=False) if run not in told
    ]
    newest_first = sorted(lines, key=lambda line: line[0], reverse=True)
    return pd.DataFrame(
        [
            {
                "When": f"{at[:10]} {at[11:16]}".strip(),
                "What": action.replace("_", " "),
                "Run": shown(run),
                "By": shown(by),
                "Reason": shown(reason, _NOTES),
            }
            for at, action, run, by, reason in newest_first
        ],
        columns=["When", "What", "Run", "By", "Reason"],
    )


def days(rows: pd.DataFrame, decided: Sequence[Event]) -> pd.DataFrame:
    """Return what was decided about the runs of ``rows`` day by day as text, the newest first: Day, What.

    Args:
        rows, decided: as for `of_runs`; ``rows`` with `MODEL`.
    """
    names = rows.drop_duplicates(["run", *MODEL])
    by_run = {run: sorted(set(part)) for run, part in names.groupby("run")["model"]}
    told = of_runs(rows, decided)
    told = told[told["What"] != "received"]
    told = told.assign(Day=told["When"].str[:10])
    lines = []
    for day, part in told.groupby("Day", sort=False):
        said = []
        for action, of_action in part.groupby("What", sort=False):
            models = [shown(name) for run in of_action["Run"] for name in by_run.get(run, [])]
            n = of_action["Run"].nunique()
            said.append(f"{n} run{'s' * (n != 1)} {action}: {_some(list(dict.fromkeys(models)))}")
        lines.append({"Day": str(day), "What": "; ".join(said)})
    return pd.DataFrame(lines, columns=["Day", "What"])


def first_places(rows: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Return who had the highest number on each day on which that changed, the newest first.

    Columns: Day, Models (on the board then), First, and its OOD mean with the interval, or its ID number
    where no model has an OOD mean. Models that keepers did not verify are first only where none is verified.
    It is worked out from the runs that stand in ``rows``: what was withdrawn since is not there.

    Args:
        rows: all records of the suite and task, older runs' too.
    """
    lines: list[dict[str, str]] = []
    for day in sorted(set(rows["created_at"].str[:10]))[-MOST_DAYS:]:
        board = _board(newest(rows[rows["created_at"].str[:10] <= day]), choice)
        key = next((key for key in ("ood_mean", "id") if rankable(board, key).any()), None)
        if key is None:
            continue
        top = board[rankable(board, key)].sort_values(key, ascending=False, kind="stable").iloc[0]
        value = f"{percent(top[key])} [{interval(top[f'{key}_low'], top[f'{key}_high'])}]"
        first = {"First": str(top["label"]), _HEADS[key]: value}
        if not lines or not first.items() <= lines[-1].items():
            lines.append({"Day": day, "Models": str(len(board)), **first})
    return pd.DataFrame(lines[::-1]).fillna("–")


_HEADS = {"ood_mean": "OOD mean", "id": "ID"}


def _board(kept: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Return the board of rows that count, with labels and what is ranked at all."""
    board = table.board(kept, choice)
    board = board.merge(facts(kept), on=MODEL, how="left")
    return board.assign(label=table.labels(board), ranked=entered(board, together=False))


def _some(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    return listed([*names[:_MOST_NAMES], f"{more} more"] if more > 0 else names)
