"""The rows that count, task by task: merged once per state of a task's runs, kept as Parquet, asked by SQL.

A file is named by the digest of what it is made of (`leaderboard.store.roots.State.key`), so another run of
the task makes another file, and a run of another task does not. A file that is there is whole: it took its
name when it was. Nothing holds all rows; a question reads the columns and rows it needs.
"""

import logging
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from boss.errors import ResultError
from boss.results.files import write_atomic
from leaderboard.board.kept import tidy
from leaderboard.board.merge import newest
from leaderboard.stats.comparable import MODEL
from leaderboard.store.folder import cache_folder
from leaderboard.store.index import frame_of, no_rows
from leaderboard.store.records import COLUMNS
from leaderboard.store.roots import State

_LOG = logging.getLogger(__name__)
_FLAGGED = [*MODEL, "flags"]
_PLACED = ["scope", "dataset", "role", "recall_only"]
_GROUP = 20_000
_MOST_FILES = 100
"""Of earlier states; the oldest go first."""


class Tasks:
    """The rows of a state of the site."""

    def __init__(self, state: State, folder: Path | None = None) -> None:
        """Take the runs, and where the files are kept; by default in the user's cache folder."""
        self._state, self._folder = state, folder or cache_folder() / "tasks"
        self._locks = {task: threading.Lock() for task in state.tasks()}
        self._tables: dict[tuple[str, str], pa.Table] = {}
        self._keys: dict[tuple[str, str], str] = {}

    @property
    def names(self) -> list[tuple[str, str]]:
        """The suites and tasks that there are."""
        return sorted(self._locks)

    def of(
        self,
        suite: str,
        task: str,
        where: str = "true",
        parameters: Mapping[str, object] | None = None,
        *,
        columns: Sequence[str] = COLUMNS,
        every: bool = False,
    ) -> pd.DataFrame:
        """Return rows of a suite and task in the order of the runs.

        Args:
            where: a condition of SQL over the columns, with ``$name`` for what ``parameters`` hold; beside
                `leaderboard.store.records.COLUMNS` there is ``sample``, which names rows that together have
                every model with its flags, and every data set.
            every: with the rows of older runs.
        """
        if (suite, task) not in self._locks:
            return no_rows()[list(columns)]
        condition = f"({where})" if every else f"kept AND ({where})"
        names = ", ".join(columns)
        return self._ask(
            [(suite, task)], f"SELECT {names} FROM rows WHERE {condition} ORDER BY place", parameters
        )

    def ask(self, query: str, parameters: Mapping[str, object] | None = None) -> pd.DataFrame:
        """Return the answer to a question over all tasks, whose rows are those of the table ``rows``.

        ``kept`` says which rows count; the others are of older runs.
        """
        return self._ask(self.names, query, parameters)

    def _ask(
        self, tasks: Sequence[tuple[str, str]], query: str, parameters: Mapping[str, object] | None
    ) -> pd.DataFrame:
        try:
            return self._answer(tasks, query, parameters)
        except duckdb.Error as error:
            _LOG.warning("merged rows cannot be read (%s); they are made again", error)
        for task in tasks:
            self._file(*task).unlink(missing_ok=True)
        return self._answer(tasks, query, parameters)

    def _answer(
        self, tasks: Sequence[tuple[str, str]], query: str, parameters: Mapping[str, object] | None
    ) -> pd.DataFrame:
        sources = [self._made(*task) for task in tasks] or [_merged(no_rows())]
        # A cursor per question: readers do not wait for one another.
        with _memory().cursor() as cursor:
            for i, source in enumerate(sources):
                if isinstance(source, Path):
                    # A path of ours, but for the name of the cache folder, in which a quote may be.
                    name = str(source).replace("'", "''")
                    cursor.execute(f"CREATE TEMP VIEW rows_{i} AS SELECT * FROM read_parquet('{name}')")
                else:
                    cursor.register(f"rows_{i}", source)
            union = " UNION ALL BY NAME ".join(f"SELECT * FROM rows_{i}" for i in range(len(sources)))
            cursor.execute(f"CREATE TEMP VIEW rows AS {union}")
            return frame_of(cursor.sql(query, params=dict(parameters or {})).to_arrow_table())

    def _made(self, suite: str, task: str) -> Path | pa.Table:
        """Return the file of a task, made if it is not there; the rows where no file can be written."""
        file = self._file(suite, task)
        # One reader does the work; who wants the same waits for it, and nobody else does.
        with self._locks[suite, task]:
            if (suite, task) in self._tables:
                return self._tables[suite, task]
            if file.exists():
                return file
            table = _merged(self._state.of(suite, task))
            sink = pa.BufferOutputStream()
            pq.write_table(table, sink, compression="zstd", row_group_size=_GROUP)
            pa.default_memory_pool().release_unused()
            try:
                write_atomic(file, sink.getvalue().to_pybytes())
                tidy(self._folder, _MOST_FILES)
            except (OSError, ResultError) as error:
                _LOG.warning("merged rows are not kept, the next start makes them again: %s", error)
                self._tables[suite, task] = table
                return table
        return file

    def _file(self, suite: str, task: str) -> Path:
        if (suite, task) not in self._keys:
            self._keys[suite, task] = self._state.key(suite, task)
        return self._folder / f"{self._keys[suite, task]}.parquet"


def _merged(rows: pd.DataFrame) -> pa.Table:
    """Return the rows of a task with ``kept``, ``sample`` (`Tasks.of`) and their ``place``."""
    kept = newest(rows)
    sample = pd.Index(kept.drop_duplicates(_FLAGGED).index).union(kept.drop_duplicates(_PLACED).index)
    marked = rows.assign(
        kept=rows.index.isin(kept.index), sample=rows.index.isin(sample), place=range(len(rows))
    )
    return pa.Table.from_pandas(marked, preserve_index=False)


@lru_cache(maxsize=1)
def _memory() -> duckdb.DuckDBPyConnection:
    """Return the process's one engine; it holds no rows of its own, and fetches nothing."""
    settings: dict[str, Any] = {"threads": 2, "memory_limit": "128MB", "autoinstall_known_extensions": False}
    return duckdb.connect(config=settings)
