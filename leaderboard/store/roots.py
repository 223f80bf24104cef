"""The runs of all folders of the site: the user's own and the shipped ones, each with its own log.

A run's name on the site says where it is: the path below the user's folder, or ``shipped:`` and the path
below that of the shipped results. A model of the user's that has a shipped one's name is shown as
``NAME (own)``: both keep their row, whatever the run says of its version and its date.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from boss.errors import BossError
from leaderboard.store import index
from leaderboard.store.folder import Folders
from leaderboard.store.records import Problem, Runs
from leaderboard.store.shipped import INDEX, location, unpacked
from leaderboard.store.standing import LOG, judged

SHIPPED = "shipped:"
OWN = " (own)"

_NAMED = ["suite", "task", "model", "method"]


def path_of(folders: Folders, run: str) -> Path:
    """Return the directory of a run by its name on the site: the one way from a name to a file."""
    if folders.shipped is not None and run.startswith(SHIPPED):
        return location(folders.shipped) / run.removeprefix(SHIPPED)
    return folders.own / run


def stamp(folders: Folders) -> str:
    """Return what changes when a run, or a decision about one, is added, removed or changed."""
    own = index.stamp(folders.own, folders.own.parent / LOG)
    if folders.shipped is None:
        return own
    return own + index.stamp(location(folders.shipped), folders.shipped / INDEX)


def read(folders: Folders) -> Runs:
    """Return the runs of all folders, with what was decided about them; an unreadable one is a `Problem`."""
    parts = [_judged(folders.own, "")]
    if folders.shipped is not None:
        try:
            parts.append(_judged(unpacked(folders.shipped), SHIPPED))
        except (BossError, OSError) as error:
            parts.append(Runs(index.no_rows(), (Problem("shipped results", str(error)),), 0))
    return Runs(
        together([part.records for part in parts]),
        tuple(problem for part in parts for problem in part.problems),
        sum(part.n_runs for part in parts),
    )


def together(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the records of all folders, the user's first; its models of shipped names are named so."""
    own, *others = tables
    frames = [own if not others else _with_own_names(own, pd.concat(others)), *others]
    return pd.concat([table for table in frames if len(table)] or [own], ignore_index=True)


def _with_own_names(own: pd.DataFrame, shipped: pd.DataFrame) -> pd.DataFrame:
    """Return ``own`` with the models renamed that `leaderboard.board.merge` would take for shipped ones."""
    theirs, ours = (pd.MultiIndex.from_frame(table[_NAMED]) for table in (shipped, own))
    return own.assign(model=own["model"].where(~ours.isin(theirs), own["model"] + OWN))


def _judged(root: Path, prefix: str) -> Runs:
    runs = index.read_runs(root)
    records, wrong = judged(runs.records, root)
    problems = (*wrong, *(Problem(prefix + problem.run, problem.reason) for problem in runs.problems))
    return Runs(records.assign(run=prefix + records["run"]), problems, runs.n_runs)
