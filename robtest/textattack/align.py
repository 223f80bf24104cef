"""Edits found again: which ones turn an original into the text another program made of it."""

import re
from collections.abc import Iterator

from rapidfuzz.distance import Levenshtein, Postfix, Prefix

from robtest.types import Edit

_TOKEN = re.compile(r"\s+|\S+")


def edits_between(original: str, perturbed: str, kind: str) -> tuple[Edit, ...]:
    """Return edits of the original that make the perturbed text, in order, each as short as it can be.

    Words, and the white space between them, are aligned with the fewest changes; neighbouring changes
    are one edit, without the characters that its two sides have in common at either end.
    """
    old, new = _TOKEN.findall(original), _TOKEN.findall(perturbed)
    starts = [0]
    for token in old:
        starts.append(starts[-1] + len(token))
    return tuple(
        _trimmed(original, starts[i], starts[j], "".join(new[k:m]), kind) for i, j, k, m in _changed(old, new)
    )


def _changed(old: list[str], new: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield what is replaced, as tokens [i, j) of the old by tokens [k, m) of the new, largest runs."""
    end = (0, 0)
    for block in Levenshtein.opcodes(old, new):
        if block.tag != "equal":
            continue
        if (block.src_start, block.dest_start) != end:
            yield end[0], block.src_start, end[1], block.dest_start
        end = (block.src_end, block.dest_end)
    if end != (len(old), len(new)):
        yield end[0], len(old), end[1], len(new)


def _trimmed(original: str, start: int, end: int, new: str, kind: str) -> Edit:
    old = original[start:end]
    head = Prefix.similarity(old, new)
    tail = Postfix.similarity(old[head:], new[head:])
    return Edit(start + head, end - tail, new[head : len(new) - tail], kind)
