"""Words that mean the same in nearly every sentence, from the project's own list, `thesaurus.txt`."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args

from robtest.language.forms import Pos

Frame = Literal[
    "plain", "object", "preposition", "infinitive", "gerund", "adjective", "modifier", "listed", "fixed"
]
"""What follows a verb: nothing that decides, a noun phrase, a preposition or particle, ``to`` and a verb, a
gerund, an adjective without a noun. ``modifier``: a noun before a noun. ``listed``: a place for words of the
list only. ``fixed``: for those only that it has before the very word that follows."""

Class = Literal["n", "a", "r", "v", "o", "i", "p", "t", "g", "b", "m", "c"]

FILE = Path(__file__).with_name("thesaurus.txt")

_OF_FRAME: dict[Frame, tuple[Class, ...]] = {
    "plain": ("v", "i"),
    "object": ("v", "o"),
    "preposition": ("p",),
    "infinitive": ("t",),
    "gerund": ("g",),
    "adjective": ("v", "b"),
    "modifier": ("m",),
    "fixed": (),
}
_OF_VERBS: tuple[Class, ...] = ("v", "o", "i", "p", "t", "g", "b")

Table = Mapping[tuple[Class, str], tuple[str, ...]]


def synonyms(lemma: str, pos: Pos, frame: Frame, following: str = "") -> tuple[str, ...]:
    """Return the lemmas that may stand for one, the best first.

    Args:
        frame: what follows; *walk home* may be *stroll home*, and *walk the dog* may not.
        following: the next word, lower case, or "." where the clause ends. What the list has before this
            very word goes first: *search for* for *look for*.
    """
    decides = pos == "v" or frame in ("modifier", "fixed")
    classes: tuple[Class, ...] = _OF_FRAME[frame] if decides else (pos,)
    found = table().get((pos, f"{lemma}/{following}"), ())
    return tuple(dict.fromkeys([*found, *(w for each in classes for w in table().get((each, lemma), ()))]))


def of_closed_class(word: str, mark: str) -> tuple[str, ...]:
    """Return what may stand for a lower-case word of a closed class.

    Args:
        mark: its Penn Treebank tag; or the next word, lower case, or "." where the clause ends; or "*" for
            what it is anywhere.

    >>> of_closed_class("although", "IN"), of_closed_class("only", "JJ"), of_closed_class("too", ".")
    (('though',), (), ('also',))
    """
    return table().get(("c", f"{word}/{mark}"), ())


def has(lemma: str, pos: Pos) -> bool:
    """Whether the list has anything for a lemma, whatever follows."""
    classes: tuple[Class, ...] = _OF_VERBS if pos == "v" else (pos, "m") if pos == "n" else (pos,)
    return any((each, lemma) in table() for each in classes)


@cache
def version() -> str:
    """Return the beginning of the digest of the list."""
    return sha256(FILE.read_bytes()).hexdigest()[:8]


@cache
def table() -> Table:
    """Return the list: a class and a lemma -> the lemmas that may stand for it; the file says the classes.

    Raises:
        ValueError: naming the line, for a line of another form, an unknown class or a word given twice.
    """
    rows: dict[tuple[Class, str], tuple[str, ...]] = {}
    classes = {str(each): each for each in get_args(Class)}
    for number, line in enumerate(FILE.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        head, _, right = line.partition(" > ")
        kind, _, lemma = head.partition(" ")
        words = tuple(right.split())
        if kind not in classes or not lemma or not words or lemma in words:
            raise ValueError(f"{FILE.name}, line {number}: expected 'n film > movie', got {line!r}")
        if (classes[kind], lemma) in rows:
            raise ValueError(f"{FILE.name}, line {number}: {head!r} stands there twice")
        rows[classes[kind], lemma] = words
    return rows
