"""Texts as spans: words, characters, and edits applied to the original or marked for a reader."""

import re
from collections.abc import Iterable, Sequence
from operator import attrgetter

from robtest.plural import counted
from robtest.types import Edit, Text

Span = tuple[int, int]
"""Half-open character positions ``[start, end)``."""

_WORD = re.compile(r"\S+")
_START = attrgetter("start")


def words(text: str) -> list[Span]:
    """Return the spans of the white-space tokens, the same tokens as ``text.split()``."""
    return [match.span() for match in _WORD.finditer(text)]


def spaces(text: str) -> list[str]:
    """Return the white-space characters of a text, in order."""
    return [char for char in text if char.isspace()]


def check_text(text: Text) -> None:
    """Check the protected spans.

    Raises:
        ValueError: if one lies outside the text or ends before it starts.
    """
    for start, end in text.protected:
        if not 0 <= start <= end <= len(text.value):
            raise ValueError(
                f"protected span {(start, end)} must lie in a text of {counted(len(text.value), 'character')}"
            )


def cells(edit: Edit) -> Span:
    """Return the cells an edit takes: cell 2i is the gap before character i, cell 2i + 1 that character.

    Two edits overlap where they share a cell. An edit takes the gap before it, so two of them never
    start at one place, and not the gap behind it, so the next may start right there.
    """
    return 2 * edit.start, max(2 * edit.end, 2 * edit.start + 1)


def protect(text: Text) -> bytearray:
    """Return the cells of a text, 1 where a protected span forbids edits: inside it, not beside it."""
    taken = bytearray(2 * len(text.value) + 1)
    for start, end in text.protected:
        for cell in range(2 * start + 1, 2 * end):
            taken[cell] = 1
    return taken


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Return the original text with the edits made; their order does not matter.

    Raises:
        ValueError: if two of them overlap or one lies outside the text.
    """
    return "".join([old if edit is None else edit.new for edit, old in pieces(text, edits)])


def mark(text: str, edits: Iterable[Edit]) -> str:
    """Return the original text with the edits marked as by ``git diff --word-diff``.

    >>> mark("a good one", [Edit(2, 3, "fg", "insert"), Edit(8, 9, "", "delete")])
    'a {+f+}good o[-n-]e'
    """
    shown = []
    for edit, old in pieces(text, edits):
        if edit is None:
            shown.append(old)
            continue
        head = _common(old, edit.new)
        tail = _common(old[head:][::-1], edit.new[head:][::-1])
        removed, added = old[head : len(old) - tail], edit.new[head : len(edit.new) - tail]
        shown += [old[:head], removed and f"[-{removed}-]", added and f"{{+{added}+}}"]
        shown.append(old[len(old) - tail :])
    return "".join(shown)


def pieces(text: str, edits: Iterable[Edit]) -> list[tuple[Edit | None, str]]:
    """Cut a text where it is edited: each piece of the original, and the edit of it or None.

    Raises:
        ValueError: if two edits overlap or one lies outside the text.
    """
    cut: list[tuple[Edit | None, str]] = []
    last_start, position = -1, 0
    for edit in in_order(edits):
        if not max(last_start + 1, position) <= edit.start <= edit.end <= len(text):
            raise ValueError(f"{edit} lies outside the text or overlaps another edit")
        cut += [(None, text[position : edit.start]), (edit, text[edit.start : edit.end])]
        last_start, position = edit.start, edit.end
    cut.append((None, text[position:]))
    return cut


def in_order(edits: Iterable[Edit]) -> list[Edit]:
    """Return edits by position. No two start at one place, so their other fields need no look."""
    return sorted(edits, key=_START)


def _common(first: Sequence[str], second: Sequence[str]) -> int:
    """Return the length of the common prefix."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(first), len(second)))
