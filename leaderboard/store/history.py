"""The site as it was: the runs and decisions of a snapshot, and no others."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from boss.errors import BossError
from boss.results.store import find_runs
from leaderboard.store import index, snapshots
from leaderboard.store.folder import Folders
from leaderboard.store.records import Problem, Runs
from leaderboard.store.roots import SHIPPED, together
from leaderboard.store.shipped import location
from leaderboard.store.snapshots import Missing, Snapshot
from leaderboard.store.standing import LOG, judged, with_standings
from leaderboard.submission.decisions import read_decisions, standings

RETIRED = "retired"
"""Beside a board's runs: those superseded or withdrawn, as `leaderboard.submission.board` has it."""


@dataclass(frozen=True)
class _Place:
    """A folder of runs; ``prefix`` is how their names on the site begin."""

    prefix: str
    root: Path

    @property
    def log(self) -> Path:
        return self.root.parent / LOG

    @property
    def retired(self) -> Path:
        return self.root.parent / RETIRED

    def runs(self, folder: Path) -> dict[str, Path]:
        return {self.prefix + path.relative_to(folder).as_posix(): path for path in find_runs(folder)}


@dataclass(frozen=True)
class Restored:
    """The runs of a snapshot; ``paths`` says where each of them is now."""

    runs: Runs
    missing: Missing
    paths: Mapping[str, Path]


def taken(folders: Folders) -> Snapshot:
    """Return the snapshot of what there is now."""
    places = _places(folders)
    runs = {name: path for place in places for name, path in place.runs(place.root).items()}
    return snapshots.take(runs, _logs(places))


def restored(folders: Folders, snapshot: Snapshot) -> Restored:
    """Return the runs of a snapshot with the decisions of then, and what of it can no longer be had.

    A run that was superseded or withdrawn since is read where the board put it.
    """
    places = _places(folders)
    paths: dict[str, Path] = {}
    for place in places:
        # A run that came back, from the retired to the others, is read there.
        paths |= place.runs(place.retired) | place.runs(place.root)
    missing = snapshots.missing(snapshot, paths, _logs(places))
    names = snapshot.runs.keys() - missing.runs.keys()
    parts = [_read(place, {name: paths[name] for name in names}, snapshot, missing) for place in places]
    records = together([part.records for part in parts])
    problems = tuple(problem for part in parts for problem in part.problems)
    return Restored(Runs(records, problems, len(names)), missing, paths)


def _places(folders: Folders) -> tuple[_Place, ...]:
    own = _Place("", folders.own)
    return (own,) if folders.shipped is None else (own, _Place(SHIPPED, location(folders.shipped)))


def _logs(places: tuple[_Place, ...]) -> dict[str, Path]:
    return {place.prefix + LOG: place.log for place in places}


def _read(place: _Place, paths: Mapping[str, Path], snapshot: Snapshot, missing: Missing) -> Runs:
    """Return the wanted runs of one place, judged."""
    rows, problems = [], []
    for folder in (place.root, place.retired):
        names = {
            name.removeprefix(place.prefix) for name, path in paths.items() if path.is_relative_to(folder)
        }
        if not names:
            continue
        runs = index.read_runs(folder)
        rows.append(runs.records[runs.records["run"].isin(names)])
        problems += [
            Problem(place.prefix + problem.run, problem.reason)
            for problem in runs.problems
            if problem.run in names
        ]
    records = pd.concat(rows) if rows else index.no_rows()
    records = records.sort_values("run", kind="stable", ignore_index=True)  # as the index has them
    records, wrong = _judged(place, records, snapshot, missing)
    return Runs(records.assign(run=place.prefix + records["run"]), (*wrong, *problems), len(paths))


def _judged(
    place: _Place, records: pd.DataFrame, snapshot: Snapshot, missing: Missing
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """Apply the decisions of then; those of today where the log no longer begins with them."""
    name = place.prefix + LOG
    if name in missing.logs or name not in snapshot.logs:
        return judged(records, place.root)
    try:
        decided = standings(read_decisions(place.log, snapshot.logs[name].n_bytes))
    except BossError as error:
        return with_standings(records, {}), (Problem(name, str(error)),)
    return with_standings(records, decided), ()
