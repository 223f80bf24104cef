"""The runs of all folders of the site: the user's own and the shipped ones, each with its own log.

A run's name on the site says where it is: the path below the user's folder, or ``shipped:`` and the path
below that of the shipped results. A model of the user's that has a shipped one's name is shown as
``NAME (own)``: both keep their row, whatever the run says of its version and its date.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from boss.errors import BossError
from leaderboard.store import index
from leaderboard.store.code import CODE
from leaderboard.store.folder import Folders
from leaderboard.store.records import COLUMNS, Problem, Runs
from leaderboard.store.shipped import INDEX, location, unpacked
from leaderboard.store.standing import LOG, with_standings
from leaderboard.submission.decisions import Standing, read_decisions, standings
from leaderboard.text import pathless

SHIPPED = "shipped:"
OWN = " (own)"

_OF_SUBJECT = ("model", "verification", "created_at")
_OF_ROWS = ("flags", "contaminated")
"""What decisions say: of all rows of a run and model alike, and of single rows."""
_NAMED = ["suite", "task", "model", "method"]


@dataclass(frozen=True)
class Source:
    """Rows of one folder; ``names`` are the runs that count, None for all."""

    rows: index.Rows
    names: frozenset[str] | None = None

    def counting(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of the runs that count."""
        return frame if self.names is None else frame[frame["run"].isin(self.names)]


@dataclass(frozen=True, eq=False)
class Part:
    """The runs of one place with what was decided about them.

    Attributes:
        prefix: how their names on the site begin.
        decided: submission -> its standing; what it says of a run holds for all its rows.
    """

    prefix: str
    sources: tuple[Source, ...]
    decided: Mapping[str, Standing]

    @cached_property
    def firsts(self) -> pd.DataFrame:
        """The first row of every run, suite, task, model and method; ``model`` is the name that is shown.

        Who had a name first is asked over all tasks.
        """
        rows = self._joined([source.counting(source.rows.firsts()) for source in self.sources])
        judged = with_standings(rows, self.decided)
        return judged.assign(named=rows["model"])

    def of(self, suite: str, task: str) -> pd.DataFrame:
        """Return the rows of a suite and task as they are shown."""
        return self._shown([source.counting(source.rows.of(suite, task)) for source in self.sources])

    def every(self) -> pd.DataFrame:
        """Return all rows as they are shown."""
        return self._shown([source.counting(source.rows.every()) for source in self.sources])

    def state(self, suite: str, task: str) -> Iterator[str]:
        """Yield what the rows of a suite and task depend on."""
        stamps = {name: stamp for source in self.sources for name, stamp in source.rows.stamps.items()}
        here = self.firsts[(self.firsts["suite"] == suite) & (self.firsts["task"] == task)]
        columns = zip(here["run"], here["model"], strict=True)
        for run, model in columns:
            yield repr((self.prefix, run, model, stamps[run], self.decided.get(run.split("/")[0])))

    def _shown(self, frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
        rows = self._joined(frames)
        subjects = self.firsts.drop_duplicates(["run", "named", "method"])
        by = subjects[["run", "named", "method", *_OF_SUBJECT]].rename(
            columns={"model": "shown", "named": "model"}
        )
        told = rows[["run", "model", "method"]].merge(by, on=["run", "model", "method"], how="left")
        told = told.set_axis(rows.index)
        shown = {name: told["shown" if name == "model" else name] for name in _OF_SUBJECT}
        marked = {name for name, each in self.decided.items() if each.flags or each.contaminated}
        spoilt = subjects.loc[subjects["run"].str.split("/").str[0].isin(marked), "run"]
        some = rows[rows["run"].isin(spoilt)]
        if len(some):
            judged = with_standings(some, self.decided)
            shown |= {name: rows[name].mask(rows.index.isin(some.index), judged[name]) for name in _OF_ROWS}
        return rows.assign(**shown, run=self.prefix + rows["run"])

    def _joined(self, frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
        """Return the rows of several folders in the order of the runs."""
        some = [frame for frame in frames if len(frame)]
        if len(some) < 2:
            return some[0].reset_index(drop=True) if some else index.no_rows()
        return pd.concat(some).sort_values("run", kind="stable", ignore_index=True)


@dataclass(frozen=True, eq=False)
class State:
    """The runs of all folders at one time: the user's first. Rows are read when they are asked for."""

    parts: tuple[Part, ...]
    problems: tuple[Problem, ...]
    n_runs: int

    def tasks(self) -> list[tuple[str, str]]:
        """Return the suites and tasks that there are rows of, sorted."""
        found = [part.firsts[["suite", "task"]].drop_duplicates() for part in self.parts]
        return sorted({(str(suite), str(task)) for frame in found for suite, task in frame.to_numpy()})

    def of(self, suite: str, task: str) -> pd.DataFrame:
        """Return the rows of a suite and task, see `together`."""
        return together([part.of(suite, task) for part in self.parts])

    def runs(self) -> Runs:
        """Return all rows; of many runs they take a gigabyte."""
        return Runs(together([part.every() for part in self.parts]), self.problems, self.n_runs)

    def key(self, suite: str, task: str) -> str:
        """Return a digest of what the rows of a suite and task depend on, the code among it."""
        digest = hashlib.sha256(f"{CODE} {COLUMNS} {suite} {task}\n".encode())
        for part in self.parts:
            for line in part.state(suite, task):
                digest.update(f"{line}\n".encode())
        return digest.hexdigest()[:32]


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


def read(folders: Folders) -> State:
    """Return the runs of all folders, with what was decided about them; an unreadable one is a `Problem`."""
    parts, problems, n_runs = [], list[Problem](), 0
    places = [("", folders.own)]
    if folders.shipped is not None:
        try:
            places.append((SHIPPED, unpacked(folders.shipped)))
        except (BossError, OSError) as error:
            problems.append(Problem("shipped results", pathless(str(error))))
    found = list[Problem]()
    for prefix, root in places:
        rows = index.opened(root)
        decided, wrong = decided_in(root.parent / LOG, LOG)
        parts.append(Part(prefix, (Source(rows),), decided))
        found += [*wrong, *(Problem(prefix + each.run, each.reason) for each in rows.problems)]
        n_runs += len(rows.stamps)
    return State(tuple(parts), (*found, *problems), n_runs)


def decided_in(
    log: Path, name: str, n_bytes: int | None = None
) -> tuple[dict[str, Standing], tuple[Problem, ...]]:
    """Return the standings that a log says, none where it cannot be read, and what is wrong with it.

    Args:
        name: of the log, for the reader.
        n_bytes: how much of it counts; None for all.
    """
    try:
        return standings(read_decisions(log, n_bytes)), ()
    except BossError as error:
        return {}, (Problem(name, pathless(str(error), log.parent)),)


def together(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the records of all folders, the user's first; its models of shipped names are named so."""
    own, *others = tables
    frames = [own if not others else _with_own_names(own, pd.concat(others)), *others]
    return pd.concat([table for table in frames if len(table)] or [own], ignore_index=True)


def _with_own_names(own: pd.DataFrame, shipped: pd.DataFrame) -> pd.DataFrame:
    """Return ``own`` with the models renamed that `leaderboard.board.merge` would take for shipped ones."""
    theirs, ours = (pd.MultiIndex.from_frame(table[_NAMED]) for table in (shipped, own))
    return own.assign(model=own["model"].where(~ours.isin(theirs), own["model"] + OWN))
