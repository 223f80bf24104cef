"""A text as TextAttack sees it, and texts made of it with the attributes its constraints read."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein
from textattack.shared import AttackedText
from textattack.shared.utils import words_from_text

from robtest.text import Span, words
from robtest.types import Attack, Edit


class Words:
    """TextAttack's words of a text: where they are, and which of them an edit belongs to.

    TextAttack's words are runs of letters, digits and a few signs; what surrounds them, and symbols, is
    none of its business. Here every character belongs to a word, so that no edit is lost: the last one of
    its white-space token that has begun, else the token's first, else the last one before. Positions are
    found in the text itself, not in its lower case, which may be longer.
    """

    def __init__(self, text: Any) -> None:
        """Find the words of an ``AttackedText``."""
        self.attacked = text
        self.text: str = text.text
        self._starts: list[int] = []
        self._ends: list[int] = []
        position = 0
        for word in text.words:
            # Every word is a piece of the text, in order, however it was cut.
            position = self.text.index(word, position)
            self._starts.append(position)
            position += len(word)
            self._ends.append(position)

    def edits(self, attack: Attack, indices: set[int]) -> Iterator[Edit]:
        """Yield the edits of an attack that belong to the wanted words, by index."""
        if not self._starts:
            return
        if attack.unit == "text":
            for edit in attack.edits(self.text, 0, len(self.text)):
                if self._owner(edit.start, self._token(edit.start)) in indices:
                    yield edit
            return
        for token in words(self.text):
            units = [token] if attack.unit == "word" else [(i, i + 1) for i in range(*token)]
            for unit in units:
                if self._owner(unit[0], token) in indices:
                    yield from attack.edits(self.text, *unit)

    def attacked_text(self, text: str, transformation: Any) -> Any | None:
        """Return a changed text with the attributes that TextAttack keeps; None if its inputs are mixed up.

        Words are aligned before they are compared. A word that is new, or in the place of another, is
        modified; one that is gone has no index any more, so a change by which TextAttack loses sight of
        a word (all of it symbols) counts as its deletion.
        """
        inputs = self._inputs(text)
        if inputs is None:
            return None
        old = self.attacked.attack_attrs
        new_index, modified = _aligned(self.attacked.words, words_from_text(text))
        kept = {int(new_index[i]) for i in old["modified_indices"] if new_index[i] >= 0}
        index_map = np.array(old["original_index_map"])
        present = index_map >= 0
        index_map[present] = new_index[index_map[present]]
        attributes = {
            "previous_attacked_text": self.attacked,
            "newly_modified_indices": modified,
            "modified_indices": kept | modified,
            "original_index_map": index_map,
            "last_transformation": transformation,
        }
        if "label_names" in old:
            attributes["label_names"] = old["label_names"]
        return AttackedText(inputs, attack_attrs=attributes)

    def _inputs(self, text: str) -> "OrderedDict[str, str] | None":
        """Cut a text into its input fields, between which TextAttack puts a line break."""
        fields = self.attacked.column_labels
        before = self.attacked.tokenizer_input
        before = (before,) if isinstance(before, str) else before
        lines = text.split("\n")
        counts = [value.count("\n") + 1 for value in before]
        if len(lines) != sum(counts):
            return None if len(fields) > 1 else OrderedDict({fields[0]: text})
        ends = np.cumsum(counts)
        return OrderedDict(
            (name, "\n".join(lines[end - n : end])) for name, n, end in zip(fields, counts, ends, strict=True)
        )

    def _token(self, position: int) -> Span:
        return next((token for token in words(self.text) if token[0] <= position < token[1]), (position,) * 2)

    def _owner(self, position: int, token: Span) -> int:
        index = bisect_right(self._starts, position) - 1
        outside = index < 0 or self._ends[index] <= token[0]
        if outside and index + 1 < len(self._starts) and self._starts[index + 1] < token[1]:
            return index + 1
        return max(index, 0)


def _aligned(old: list[str], new: list[str]) -> tuple[NDArray[np.int64], set[int]]:
    """Return the new index of every old word, -1 if it is gone, and the indices of modified new words."""
    index = np.full(len(old), -1, dtype=np.int64)
    modified: set[int] = set()
    for block in Levenshtein.opcodes(old, new):
        if block.tag != "equal":
            modified.update(range(block.dest_start, block.dest_end))
        if block.tag in ("equal", "replace"):
            index[block.src_start : block.src_end] = np.arange(block.dest_start, block.dest_end)
    return index, modified
