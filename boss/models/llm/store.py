"""Answers and spending on disk, at once and for good: a run that is killed never asks twice.

One SQLite file in the cache. An answer is added and never changed; what is spent is reserved before a request
is sent, at the most it may cost, and settled when the answer is there, so that a killed run has spent too
much in the books, never too little. Several processes may use it at a time.
"""

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from boss.errors import ModelError, OutOfBudget
from boss.models.llm.budget import Budget, Spent
from boss.models.llm.reply import Reply

_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, at TEXT NOT NULL, reply TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spent (
    account TEXT PRIMARY KEY, requests INTEGER NOT NULL, n_input INTEGER NOT NULL, n_output INTEGER NOT NULL
) WITHOUT ROWID;
"""
_AT_ONCE = 500


def key_of(parts: Mapping[str, Any]) -> str:
    """Return the digest of everything that decides an answer."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


class Store:
    """The file; one connection, for the thread that opened it."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Raises:
            ModelError: if it cannot be used.
        """
        self.path = path
        with self._told():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(path, timeout=60, isolation_level=None)
            self._base.execute("PRAGMA journal_mode=WAL")
            self._base.execute("PRAGMA synchronous=FULL")
            self._base.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def get(self, keys: Iterable[str]) -> dict[str, Reply]:
        """Return the answers there are, by key."""
        wanted, out = list(keys), {}
        with self._told():
            for start in range(0, len(wanted), _AT_ONCE):
                some = wanted[start : start + _AT_ONCE]
                marks = ",".join("?" * len(some))
                query = f"SELECT key, reply FROM answers WHERE key IN ({marks})"
                out.update({key: Reply.from_json(text) for key, text in self._base.execute(query, some)})
        return out

    def spent(self, account: str) -> Spent:
        """Return what an account has spent and reserved."""
        with self._told():
            query = "SELECT requests, n_input, n_output FROM spent WHERE account = ?"
            row = self._base.execute(query, (account,)).fetchone()
        return Spent(*row) if row else Spent()

    def reserve(self, account: str, budget: Budget, most: Spent) -> OutOfBudget | None:
        """Reserve what a request may cost; return why not, where the budget does not allow it."""
        with self._transaction():
            refusal = budget.refusal(self.spent(account), most)
            if refusal is None:
                self._add(account, most)
        return refusal

    def settle(
        self, account: str, most: Spent, actual: Spent, answer: tuple[str, Reply] | None = None
    ) -> None:
        """Put what a request did cost in the place of what was reserved, and keep its answer."""
        change = Spent(*(real - reserved for real, reserved in zip(actual, most, strict=True)))
        with self._transaction():
            self._add(account, change)
            if answer is not None:
                key, reply = answer
                now = datetime.now(UTC).isoformat(timespec="milliseconds")
                row = (key, now, reply.to_json())
                self._base.execute("INSERT OR IGNORE INTO answers VALUES (?, ?, ?)", row)

    def _add(self, account: str, more: Spent) -> None:
        self._base.execute(
            "INSERT INTO spent VALUES (?, ?, ?, ?) ON CONFLICT (account) DO UPDATE SET "
            "requests = requests + excluded.requests, n_input = n_input + excluded.n_input, "
            "n_output = n_output + excluded.n_output",
            (account, *more),
        )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._told():
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._base.execute("ROLLBACK")
                raise
            self._base.execute("COMMIT")

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise ModelError(
                f"answers cannot be kept in {self.path}: {error}; make room, move the file away if it is "
                "damaged, or name another folder with cache=DIR"
            ) from error
