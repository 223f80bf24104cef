"""The nouns of an attack: text, edit, snapshot, trajectory, outcome.

An attack proposes `Edit`s of the *original* text. Everything dangerous is the core's: which edits are
drawn, whether the limit holds, whether the victim was fooled.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

Level = Literal["char", "word", "sentence"]
Unit = Literal["char", "word", "text"]
Tag = Literal["general", "malicious"]
Access = Literal["rule", "decision", "score", "gradient"]


@dataclass(frozen=True, slots=True)
class Text:
    """A text to be attacked, and what of it must stay.

    Attributes:
        protected: half-open character spans no edit may touch (an answer inside its passage).
        keep_words: edits must neither add nor remove white space (token-level labels).
        id: of the example it is of; empty where there is none. Only what finds a text's copies looks at it.
    """

    value: str
    protected: tuple[tuple[int, int], ...] = ()
    keep_words: bool = False
    id: str = ""


class Edit(NamedTuple):
    """Replace characters ``[start, end)`` of the original text by ``new``.

    A tuple, for attacks on long texts make half a million of them.

    Attributes:
        kind: the operation's name; the core draws a kind first, then one edit of it.
    """

    start: int
    end: int
    new: str
    kind: str


class Attack(Protocol):
    """One capability dimension: which edits exist at a place. Deterministic; no randomness here.

    Attributes:
        name: the dimension's name.
        level: char, word or sentence (RobTest, Table 1).
        unit: what one call of `edits` looks at: a character, a word, or the whole text.
        tags: general, malicious or both (RobTest, Table 1).
        version: raised whenever the set of edits changes; part of every record.
        adds_words: every edit changes the number of words, so that none is left where they must stay.
    """

    name: str
    level: Level
    unit: Unit
    tags: tuple[Tag, ...]
    version: str
    adds_words: bool = False

    def edits(self, text: str, start: int, end: int) -> Sequence[Edit]:
        """Return every edit of the unit ``text[start:end]``; empty if there is none."""
        ...

    def prepare(self, texts: Sequence[str]) -> None:
        """Get ready for `edits` of these texts: a model behind an attack sees all of them in one batch.

        Changes the time, never an edit; what it keeps is bounded. Nothing by default.
        """
        return


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a trajectory at one degree.

    Attributes:
        degree: the requested degree in [0, 1].
        realised: the measured degree, never above ``degree``.
        unperturbable: not one edit fitted, so the text is the original (never set at degree 0).
        edits: edits of the original text that make ``text``, sorted by position.
    """

    degree: float
    text: str
    realised: float
    unperturbable: bool
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One variant of one example: a snapshot at each of its rising degrees; nested under rule access."""

    variant: int
    snapshots: tuple[Snapshot, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the victim did with one text.

    Attributes:
        correct: the answer counts as right.
        value: the example's value in [0, 1] (1 or 0 for classes, F1 for spans and tags).
        score: what a score attack lowers; ``nan`` where the victim gives labels only.
        detail: whatever the caller wants back with it (the prediction).
        probability: of the right class, in [0, 1]; ``nan`` where there is none, as of tags and spans.
    """

    correct: bool
    value: float
    score: float
    detail: object = None
    probability: float = float("nan")


class Query(NamedTuple):
    """A text to be judged, and which example it belongs to."""

    example: int
    text: str


Judge = Callable[[Sequence[Query]], Sequence[Outcome]]
"""Answers a pooled batch of distinct queries, in order."""


@dataclass(frozen=True, slots=True)
class Slopes:
    """What a search yields that wants slopes (`robtest.slope.Slope`) of texts and not their outcomes."""

    texts: tuple[str, ...]


Search = Generator[Sequence[str] | Slopes, Sequence[Any], tuple[Trajectory, ...]]
"""Yields texts of one example, is sent their outcomes or slopes, returns its trajectories."""
