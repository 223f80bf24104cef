"""What the site shows, without a page: the runs of all folders, judged and merged. Pages and API share it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

import pandas as pd

from boss.errors import ResultError
from leaderboard.board import table
from leaderboard.board.columns import DROP, STANDARD, Measure
from leaderboard.board.datasets import PREFIX, of_datasets, with_datasets
from leaderboard.board.filters import facts
from leaderboard.board.kept import kept
from leaderboard.board.ranking import Samples, entered, ordered, ranks
from leaderboard.board.rows import Tasks
from leaderboard.board.standard import KEYS as STANDARD_KEYS
from leaderboard.board.standard import AttackSet, Standard, with_standard
from leaderboard.board.table import Choice
from leaderboard.stats.comparable import MODEL
from leaderboard.stats.values import Parts, Values, lacks, parts_of, read_samples
from leaderboard.store import history, roots, snapshots
from leaderboard.store.folder import Folders, cache_folder
from leaderboard.store.once import Once
from leaderboard.store.records import COLUMNS, TOUCHED, Problem
from leaderboard.store.snapshots import Snapshot

_OF_MODELS = ("revision", "adapter", "licence", "finetuned_on", "training", "fingerprint", "dimension")
_OF_TASK = tuple(name for name in COLUMNS if name not in (*_OF_MODELS, *TOUCHED, "n_failed", "n_truncated"))
"""What the boards and charts of a task ask for; the rest is of a model's page."""
_MENU = """
    SELECT suite, task, own_task, stand_in, scope, access, attack, tag, degree, rounding, model, method,
        count(*) AS n_records
    FROM rows WHERE kept GROUP BY ALL ORDER BY suite, task, attack NULLS FIRST, tag, degree, model, method
"""
_FACTS = (
    *("suite", "task", "model", "method", "run", "run_id", "created_at"),
    *("verification", "n_parameters", "level"),
)
_DECIDING = ("", "_low", "_high", "_mark")
_BOARDS = 100
_TASKS = 2


@dataclass(frozen=True, eq=False)
class Site:
    """What the pages show.

    Attributes:
        stamp: changes with the runs and the decisions about them.
        tasks: its records, task by task.
        snapshot: what it is a state of; its id names the state.
        earlier: whether it is not the state of today.
        missing: what of an earlier state can no longer be had, as sentences.
        paths: where the runs of an earlier state are.
    """

    folders: Folders
    stamp: str
    tasks: Tasks
    problems: tuple[Problem, ...]
    n_runs: int
    snapshot: Snapshot
    earlier: bool = False
    missing: tuple[str, ...] = ()
    paths: Mapping[str, Path] = field(default_factory=dict)
    _boards: Once[Choice, pd.DataFrame] = field(default_factory=lambda: Once(_BOARDS), init=False, repr=False)
    _fronts: Once[tuple[Choice, AttackSet | None], pd.DataFrame] = field(
        default_factory=lambda: Once(_BOARDS), init=False, repr=False
    )
    _ranks: Once[tuple[Choice, str, AttackSet | None, bool], pd.DataFrame] = field(
        default_factory=lambda: Once(_BOARDS), init=False, repr=False
    )
    _known_parts: Once[tuple[Choice, str, AttackSet | None], Parts] = field(
        default_factory=lambda: Once(_TASKS * 10), init=False, repr=False
    )
    _rows: Once[tuple[str, str], pd.DataFrame] = field(
        default_factory=lambda: Once(_TASKS), init=False, repr=False
    )

    @property
    def rows(self) -> pd.DataFrame:
        """The records that count, as `leaderboard.board.merge.newest` keeps them.

        They are read each time, and of many runs they take a gigabyte: a page asks for less.
        """
        return self._all("kept")

    @property
    def every(self) -> pd.DataFrame:
        """All records, older ones too; see `rows`."""
        return self._all("true")

    @property
    def is_empty(self) -> bool:
        """Whether there is no record."""
        return not self.tasks.names

    @cached_property
    def menu(self) -> pd.DataFrame:
        """What there is to choose among: suite, task, own_task, stand_in, scope and the attack, per model.

        ``n_records`` counts them. It must not be changed.
        """
        return self.tasks.ask(_MENU)

    @cached_property
    def runs(self) -> tuple[str, ...]:
        """The names of the runs that have a record."""
        return tuple(self.tasks.ask("SELECT DISTINCT run FROM rows ORDER BY run")["run"])

    def of_suite(self, suite: str) -> pd.DataFrame:
        """Return what is known of the models of a suite: `_FACTS`, each once."""
        names = ", ".join(_FACTS)
        return self.tasks.ask(
            f"SELECT DISTINCT {names} FROM rows WHERE kept AND suite = $suite ORDER BY ALL", {"suite": suite}
        )

    def of_model(self, model: str, method: str, *, every: bool = False) -> pd.DataFrame:
        """Return the records of one model; with ``every`` those of its older runs, too."""
        condition = "true" if every else "kept"
        query = (
            f"SELECT {', '.join(COLUMNS)} FROM rows WHERE {condition} AND model = $model AND method = $method"
        )
        return self.tasks.ask(f"{query} ORDER BY suite, task, place", {"model": model, "method": method})

    def _all(self, condition: str) -> pd.DataFrame:
        names = ", ".join(COLUMNS)
        return self.tasks.ask(f"SELECT {names} FROM rows WHERE {condition} ORDER BY run, suite, task, place")

    def path(self, run: str) -> Path:
        """Return the directory of a run by its name in the records."""
        return self.paths.get(run) or roots.path_of(self.folders, run)

    @property
    def is_kept(self) -> bool:
        """Whether a link with the name of this state shows it again."""
        return self.earlier or snapshots.is_kept(self.folders.own, self.snapshot)

    def keep(self) -> str:
        """Write down what this state is of, so that a link can show it again; return why it cannot be.

        It is done when somebody asks for a link: looking at a board writes nothing.
        """
        if self.earlier:
            return ""
        try:
            snapshots.keep(self.folders.own, self.snapshot)
        except ResultError as error:
            why = getattr(error.__cause__, "strerror", None) or type(error.__cause__).__name__
            return f"the folder of runs cannot be written ({why})"
        return ""

    @property
    def name(self) -> str:
        """The id of the state, as exports give it: with a remark where part of it is missing."""
        return f"{self.snapshot.id} (not in full)" if self.missing else self.snapshot.id

    def board(self, choice: Choice) -> pd.DataFrame:
        """Return the board with a column ``label`` and those of `facts`, worked out once per choice.

        It must not be changed: the next reader gets the same one.
        """
        return self._boards.get(choice, partial(self._board, choice))

    def _board(self, choice: Choice) -> pd.DataFrame:
        rows = self.of_task(choice)
        board = table.board(rows, choice)
        board.insert(0, "label", table.labels(board))
        return board.merge(facts(rows), on=MODEL, how="left")

    def of_task(self, choice: Choice) -> pd.DataFrame:
        """Return the records of one suite and task, without what only a model's page shows (`_OF_TASK`).

        They must not be changed: the next reader gets the same ones.
        """
        place = choice.suite, choice.task
        return self._rows.get(place, lambda: self.tasks.of(*place, columns=_OF_TASK))

    def front(
        self,
        choice: Choice,
        attacks: AttackSet | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> pd.DataFrame:
        """Return the board with a column per dataset and, over a set of attacks, those of `Standard.numbers`.

        It must not be changed.
        """
        return self._fronts.get((choice, attacks), partial(self._front, choice, attacks, progress))

    def _front(
        self, choice: Choice, attacks: AttackSet | None, progress: Callable[[int, int], None] | None
    ) -> pd.DataFrame:
        rows = self.of_task(choice)
        board = with_datasets(self.board(choice), of_datasets(rows, choice))
        if attacks is None:
            return board
        read = partial(read_samples, self._values, progress=progress)
        return with_standard(board, Standard(rows, choice, attacks).numbers(read))

    def ranked(
        self,
        choice: Choice,
        measure: Measure,
        *,
        best_first: bool = True,
        attacks: AttackSet | None = None,
        together: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> pd.DataFrame:
        """Return the board sorted by one number, with the columns of `leaderboard.board.ranking.RANKS`.

        Args:
            attacks: with the numbers under these attacks.
            together: models that nobody verified are ranked with the others.
            progress: as for `leaderboard.stats.values.read_samples`; the answers of a run are read once.
        """
        board = self.front(choice, attacks, progress)
        key = (choice, measure.key, attacks, together)

        def work() -> pd.DataFrame:
            # A copy is in one piece: a board is put together of many columns.
            of = board.copy().assign(ranked=entered(board, together=together))
            known = of[[*MODEL, "ranked", "comparable", *(measure.key + part for part in _DECIDING)]]
            parts = self._parts(choice, measure, attacks)
            lacking = lacks(self._values, parts, progress)
            what = f"{measure} {known.to_csv()} {parts} {lacking}"

            def made() -> pd.DataFrame:
                return ranks(of, measure, self.samples(choice, measure, progress, attacks))

            return kept(cache_folder() / "ranks", what, made).set_axis(of.index)

        return ordered(board.join(self._ranks.get(key, work)), measure, best_first=best_first)

    def samples(
        self,
        choice: Choice,
        measure: Measure,
        progress: Callable[[int, int], None] | None = None,
        attacks: AttackSet | None = None,
    ) -> Samples:
        """Return what each model's number becomes on other examples, by model and method."""
        read = partial(read_samples, self._values, progress=progress)
        if attacks is not None and measure.key in STANDARD_KEYS:
            return Standard(self.of_task(choice), choice, attacks).samples(measure.key, read)
        return read(self._parts(choice, measure, attacks))

    def _parts(self, choice: Choice, measure: Measure, attacks: AttackSet | None) -> Parts:
        """Return what each model's number is made of."""
        return self._known_parts.get(
            (choice, measure.key, attacks), partial(self._find_parts, choice, measure, attacks)
        )

    def _find_parts(self, choice: Choice, measure: Measure, attacks: AttackSet | None) -> Parts:
        rows = self.of_task(choice)
        if attacks is not None and measure.key in STANDARD_KEYS:
            # The drop is of the same copies, and of the texts as they were.
            return Standard(rows, choice, attacks).parts[STANDARD if measure.key == DROP else measure.key]
        of_set = measure.key.startswith(PREFIX)
        behind = of_datasets(rows, choice) if of_set else table.behind(rows, choice)
        return parts_of(behind[behind["key"] == measure.key])

    @cached_property
    def _values(self) -> Values:
        """One for all questions: it remembers which answers are not there."""
        return Values(cache_folder() / "values", self.path)


def stamp_of(folders: Folders) -> str:
    """Return what changes when the runs of ``folders``, or the decisions about them, change."""
    return roots.stamp(folders)


def load(folders: Folders, at: str) -> Site:
    """Return the runs of ``folders``; new and changed ones are read, the others come from the index.

    Args:
        at: its `stamp_of`, taken before.
    """
    runs = roots.read(folders)
    return Site(folders, at, Tasks(runs), runs.problems, runs.n_runs, history.taken(folders))


def read(folders: Folders, snapshot: str | None = None) -> Site:
    """Return the state of today or an earlier one, read once while nothing changes; nothing is written.

    Args:
        snapshot: id of a state that was shown before.

    Raises:
        ResultError: if there is no such snapshot.
    """
    at = stamp_of(folders)
    today = _TODAY.get((folders, at), lambda: load(folders, at))
    if snapshot is None or snapshot == today.snapshot.id:
        return today
    return _EARLIER.get((folders, at, snapshot), lambda: _restored(folders, at, snapshot))


_TODAY = Once[tuple[Folders, str], Site](2)
_EARLIER = Once[tuple[Folders, str, str], Site](4)


def _restored(folders: Folders, at: str, id: str) -> Site:
    snapshot = snapshots.read(folders.own, id)
    then = history.restored(folders, snapshot)
    return Site(
        folders,
        f"{at} {id}",
        Tasks(then.runs),
        then.runs.problems,
        then.runs.n_runs,
        snapshot,
        earlier=True,
        missing=then.missing.sentences(),
        paths=then.paths,
    )
