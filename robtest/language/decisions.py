"""What was decided about the words of a sentence, kept for all variants, degrees, models and runs."""

import json
import re
import sqlite3
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property, lru_cache
from hashlib import sha256
from pathlib import Path

import robtest
from robtest.errors import AssetError
from robtest.text import Span
from robtest.types import Edit

Decide = Callable[[Sequence[str]], Sequence[Sequence[Edit]]]
"""Sentences -> the edits of each, in positions of the sentence."""

LONGEST = 600
"""Characters of a sentence; a longer one is cut at white space."""

_BORDER = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+(?=[\"'“‘(]?[A-Z0-9])|\s*\n\s*")
_SPACE = re.compile(r"\s+")
_TEXTS = 256  # texts whose sentences are kept: an attack asks word by word
_AT_ONCE = 256  # sentences decided in one batch
_KEPT = 1 << 14  # sentences whose edits are kept in memory
_SECONDS = 60.0  # that one process waits for another to write


class Decisions:
    """Edits of sentences, each decided once: in memory, and in a file of the cache folder.

    A decision depends on the sentence alone, so it is the same in every text it stands in. The file is a
    SQLite database of the version of what decides; it may be removed at any time.
    """

    def __init__(self, version: str, decide: Decide, cache: Path) -> None:
        """Open nothing yet.

        Args:
            version: changes whenever a decision may.
            cache: a folder; the file is made below it.
        """
        self._decide = decide
        key = f"{version}\n{_code()}"
        self._path = cache / "decisions" / f"{sha256(key.encode()).hexdigest()[:16]}.sqlite"
        self._edits: dict[str, tuple[Edit, ...]] = {}

    def prepare(self, texts: Sequence[str]) -> None:
        """Decide all sentences of some texts, in batches."""
        sentences = dict.fromkeys(text[a:b] for text in texts for a, b in sentence_spans(text))
        pending = [sentence for sentence in sentences if sentence not in self._edits]
        for i in range(0, len(pending), _AT_ONCE):
            self._settle(pending[i : i + _AT_ONCE])

    def edits(self, text: str, start: int, end: int) -> list[Edit]:
        """Return the edits of a text that begin in ``[start, end)``."""
        spans = sentence_spans(text)
        low, high = spans[max(0, bisect_right(spans, (start, len(text))) - 1)] if spans else (0, 0)
        sentence = text[low:high]
        if sentence not in self._edits:
            self._settle([sentence])
        return [
            Edit(low + edit.start, low + edit.end, edit.new, edit.kind)
            for edit in self._edits[sentence]
            if start <= low + edit.start < end
        ]

    def _settle(self, sentences: Sequence[str]) -> None:
        settled = dict(self._read(sentences))
        pending = [sentence for sentence in sentences if sentence not in settled]
        if pending:
            fresh = dict(zip(pending, map(tuple, self._decide(pending)), strict=True))
            self._write(fresh)
            settled |= fresh
        for sentence in sentences:
            while len(self._edits) >= _KEPT:
                del self._edits[next(iter(self._edits))]
            self._edits[sentence] = settled[sentence]

    def _read(self, sentences: Sequence[str]) -> Iterator[tuple[str, tuple[Edit, ...]]]:
        keys = {_key(sentence): sentence for sentence in sentences}
        marks = ",".join("?" * len(keys))
        query = f"SELECT sentence, edits FROM decisions WHERE sentence IN ({marks})"
        for key, edits in self._run(query, [list(keys)]).fetchall():
            yield keys[key], tuple(Edit(*edit) for edit in json.loads(edits))

    def _write(self, edits: dict[str, tuple[Edit, ...]]) -> None:
        rows = [[_key(sentence), json.dumps(made)] for sentence, made in edits.items()]
        self._run("INSERT OR IGNORE INTO decisions VALUES (?, ?)", rows)

    def _run(self, statement: str, rows: Sequence[Sequence[str]]) -> sqlite3.Cursor:
        try:
            with self._database:
                if statement.startswith("SELECT"):
                    return self._database.execute(statement, rows[0])
                return self._database.executemany(statement, rows)
        except sqlite3.Error as error:
            raise AssetError(
                f"{self._path} cannot be read or written: {error}. Remove it, it is made again; or set "
                "BOSS_CACHE to another folder."
            ) from error

    @cached_property
    def _database(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(self._path, timeout=_SECONDS, check_same_thread=False)
            with database:
                database.execute(
                    "CREATE TABLE IF NOT EXISTS decisions (sentence TEXT PRIMARY KEY, edits TEXT NOT NULL)"
                )
        except (sqlite3.Error, OSError) as error:
            raise AssetError(
                f"{self._path} cannot be opened: {error}. Remove it, it is made again; or set BOSS_CACHE to "
                "another folder."
            ) from error
        return database


@cache
def _code() -> str:
    """Return a digest of the code that decides; what another version of it decided does not count."""
    home = Path(robtest.__file__).parent
    files = sorted([*home.glob("language/*.py"), *home.glob("language/*.txt"), *home.glob("attacks/*.py")])
    digest = sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


@lru_cache(maxsize=_TEXTS)
def sentence_spans(text: str) -> tuple[Span, ...]:
    """Return where the sentences of a text stand, without white space around them.

    >>> sentence_spans("It rained. We left")
    ((0, 10), (11, 18))
    """
    spans: list[Span] = []
    start = 0
    for match in [*_BORDER.finditer(text), None]:
        end = match.start() if match else len(text)
        if match and match[0].strip():  # a quotation mark that closes the sentence belongs to it
            end += len(match[0].rstrip())
        spans += _short(text, start, end)
        start = match.end() if match else end
    return tuple(spans)


def _short(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the parts of a sentence that are no longer than `LONGEST`."""
    while end - start > LONGEST:
        cuts = [match.end() for match in _SPACE.finditer(text, start, start + LONGEST)]
        cut = cuts[-1] if cuts else start + LONGEST
        yield start, len(text[:cut].rstrip()) if cuts else cut
        start = cut
    piece = text[start:end]
    if piece.strip():
        yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _key(sentence: str) -> str:
    return sha256(sentence.encode("utf-8", "surrogatepass")).hexdigest()
