"""The site as it was: the runs and decisions of a snapshot, and no others."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from boss.results.store import find_runs
from leaderboard.store import index, snapshots
from leaderboard.store.folder import Folders
from leaderboard.store.records import Problem
from leaderboard.store.roots import SHIPPED, Part, Source, State, decided_in
from leaderboard.store.shipped import location
from leaderboard.store.snapshots import Missing, Snapshot
from leaderboard.store.standing import LOG
from leaderboard.submission.decisions import Standing

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

    runs: State
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
    found = [_read(place, {name: paths[name] for name in names}, snapshot, missing) for place in places]
    problems = tuple(problem for _, of_place in found for problem in of_place)
    return Restored(State(tuple(part for part, _ in found), problems, len(names)), missing, paths)


def _places(folders: Folders) -> tuple[_Place, ...]:
    own = _Place("", folders.own)
    return (own,) if folders.shipped is None else (own, _Place(SHIPPED, location(folders.shipped)))


def _logs(places: tuple[_Place, ...]) -> dict[str, Path]:
    return {place.prefix + LOG: place.log for place in places}


def _read(
    place: _Place, paths: Mapping[str, Path], snapshot: Snapshot, missing: Missing
) -> tuple[Part, tuple[Problem, ...]]:
    """Return the wanted runs of one place, with the decisions of then."""
    sources, problems = [], list[Problem]()
    for folder in (place.root, place.retired):
        names = frozenset(
            name.removeprefix(place.prefix) for name, path in paths.items() if path.is_relative_to(folder)
        )
        if not names:
            continue
        rows = index.opened(folder)
        sources.append(Source(rows, names))
        problems += [
            Problem(place.prefix + problem.run, problem.reason)
            for problem in rows.problems
            if problem.run in names
        ]
    decided, wrong = _decided(place, snapshot, missing)
    return Part(place.prefix, tuple(sources), decided), (*wrong, *problems)


def _decided(
    place: _Place, snapshot: Snapshot, missing: Missing
) -> tuple[dict[str, Standing], tuple[Problem, ...]]:
    """Return the decisions of then; those of today where the log no longer begins with them."""
    name = place.prefix + LOG
    log = None if name in missing.logs else snapshot.logs.get(name)
    return decided_in(place.log, name if log else LOG, None if log is None else log.n_bytes)
