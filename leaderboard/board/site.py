"""What the site shows, without a page: the runs of all folders, judged and merged. Pages and API share it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from threading import RLock

import pandas as pd

from boss.errors import ResultError
from leaderboard.board import table
from leaderboard.board.columns import Measure
from leaderboard.board.filters import facts
from leaderboard.board.merge import newest
from leaderboard.board.ranking import Samples, ordered, ranks
from leaderboard.board.table import Choice
from leaderboard.stats.comparable import MODEL
from leaderboard.stats.values import Values, parts_of, read_samples
from leaderboard.store import history, roots, snapshots
from leaderboard.store.folder import Folders, cache_folder
from leaderboard.store.records import Problem
from leaderboard.store.snapshots import Snapshot

_ONE = RLock()
"""One reader at a time: a second one would do the same work again, and then finds it done."""


@dataclass(frozen=True, eq=False)
class Site:
    """What the pages show.

    Attributes:
        stamp: changes with the runs and the decisions about them.
        rows: the records that count, as `leaderboard.board.merge.newest` keeps them; never changed.
        every: all records, older ones too.
        snapshot: what it is a state of; its id names the state.
        no_link: why no link can show this state again; empty where one can.
        earlier: whether it is not the state of today.
        missing: what of an earlier state can no longer be had, as sentences.
        paths: where the runs of an earlier state are.
    """

    folders: Folders
    stamp: str
    rows: pd.DataFrame
    every: pd.DataFrame
    problems: tuple[Problem, ...]
    n_runs: int
    snapshot: Snapshot
    no_link: str = ""
    earlier: bool = False
    missing: tuple[str, ...] = ()
    paths: Mapping[str, Path] = field(default_factory=dict)
    _boards: dict[Choice, pd.DataFrame] = field(default_factory=dict, init=False, repr=False)
    _ranks: dict[tuple[Choice, str], pd.DataFrame] = field(default_factory=dict, init=False, repr=False)
    _facts: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict, init=False, repr=False)

    def path(self, run: str) -> Path:
        """Return the directory of a run by its name in the records."""
        return self.paths.get(run) or roots.path_of(self.folders, run)

    @property
    def name(self) -> str:
        """The id of the state, as exports give it: with a remark where part of it is missing."""
        return f"{self.snapshot.id} (not in full)" if self.missing else self.snapshot.id

    def board(self, choice: Choice) -> pd.DataFrame:
        """Return the board with a column ``label`` and those of `facts`, worked out once per choice.

        It must not be changed: the next reader gets the same one.
        """
        if choice not in self._boards:
            board = table.board(self.rows, choice)
            board.insert(0, "label", table.labels(board))
            model_facts = self._model_facts(choice.suite, choice.task)
            self._boards[choice] = board.merge(model_facts, on=MODEL, how="left")
        return self._boards[choice]

    def ranked(
        self,
        choice: Choice,
        measure: Measure,
        *,
        best_first: bool = True,
        progress: Callable[[int, int], None] | None = None,
    ) -> pd.DataFrame:
        """Return the board sorted by one number, with the columns of `leaderboard.board.ranking.RANKS`.

        Args:
            progress: as for `leaderboard.stats.values.read_samples`; the answers of a run are read once.
        """
        board = self.board(choice)
        if (choice, measure.key) not in self._ranks:
            samples = self.samples(choice, measure, progress)
            self._ranks[choice, measure.key] = ranks(board, measure, samples)
        return ordered(board.join(self._ranks[choice, measure.key]), measure, best_first=best_first)

    def samples(
        self, choice: Choice, measure: Measure, progress: Callable[[int, int], None] | None = None
    ) -> Samples:
        """Return what each model's number becomes on other examples, by model and method."""
        behind = table.behind(self.rows, choice)
        parts = parts_of(behind[behind["key"] == measure.key])
        return read_samples(Values(cache_folder() / "values", self.path), parts, progress)

    def _model_facts(self, suite: str, task: str) -> pd.DataFrame:
        if (suite, task) not in self._facts:
            here = self.rows[(self.rows["suite"] == suite) & (self.rows["task"] == task)]
            self._facts[suite, task] = facts(here)
        return self._facts[suite, task]


def stamp_of(folders: Folders) -> str:
    """Return what changes when the runs of ``folders``, or the decisions about them, change."""
    return roots.stamp(folders)


def load(folders: Folders, at: str) -> Site:
    """Return the runs of ``folders``; new and changed ones are read, the others come from the index.

    Args:
        at: its `stamp_of`, taken before.
    """
    runs = roots.read(folders)
    kept = newest(runs.records)
    return Site(folders, at, kept, runs.records, runs.problems, runs.n_runs, history.taken(folders))


def read(folders: Folders, snapshot: str | None = None) -> Site:
    """Return the state of today or an earlier one, read once while nothing changes; today's gets its link.

    Args:
        snapshot: id of a state that was shown before.

    Raises:
        ResultError: if there is no such snapshot.
    """
    with _ONE:
        at = stamp_of(folders)
        today = _today(folders, at)
        return today if snapshot in (None, today.snapshot.id) else _earlier(folders, at, snapshot)


@lru_cache(maxsize=2)
def _today(folders: Folders, at: str) -> Site:
    site = load(folders, at)
    try:
        # Nothing to show needs no link, and no file.
        if site.snapshot.runs:
            snapshots.keep(folders.own, site.snapshot)
    except ResultError as error:
        why = getattr(error.__cause__, "strerror", None) or type(error.__cause__).__name__
        return replace(site, no_link=f"the folder of runs cannot be written ({why})")
    return site


@lru_cache(maxsize=4)
def _earlier(folders: Folders, at: str, id: str) -> Site:
    snapshot = snapshots.read(folders.own, id)
    then = history.restored(folders, snapshot)
    runs = then.runs
    return Site(
        folders,
        f"{at} {id}",
        newest(runs.records),
        runs.records,
        runs.problems,
        runs.n_runs,
        snapshot,
        earlier=True,
        missing=then.missing.sentences(),
        paths=then.paths,
    )
