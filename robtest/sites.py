"""Where a text can be edited: the units an attack is asked about, and the rules for its answers."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence

from robtest.degree import budget, size
from robtest.errors import AttackError
from robtest.text import Span, check_text, protect, spaces, words
from robtest.types import Attack, Edit, Tag, Text

_MEMO = 4096  # units whose edits are kept: all of a usual text, a small part of a very long one


class Sites:
    """What all variants of one text share.

    Attributes:
        groups: what is drawn at most once per trajectory, each a sequence of units in which one edit
            is made: one character, one word, a word's characters (general tag), or the whole text.
        blocked: cells (`robtest.text.cells`) that no edit may take.
        compatible: limits are rounded up and case is free, as in RobTest.
    """

    def __init__(self, text: Text, attack: Attack, tag: Tag, *, compatible: bool = False) -> None:
        """Find the groups.

        Args:
            compatible: see `robtest.degree.budget` and `robtest.degree.distance`.

        Raises:
            ValueError: for a protected span outside the text, or a tag the attack does not have.
        """
        check_text(text)
        if tag not in attack.tags:
            raise ValueError(f"{attack.name} is for the tag {' and '.join(attack.tags)}, got {tag!r}")
        self.text, self.attack, self.tag, self.compatible = text, attack, tag, compatible
        self.blocked = protect(text)
        self._words = words(text.value)
        self._word_starts = [start for start, _ in self._words]
        self._size = size(text.value, tag)
        self.groups = self._groups()
        self._memo: dict[Span, list[list[list[Edit]]]] = {}

    def _groups(self) -> list[Sequence[Span]]:
        if self.attack.unit == "text":
            return [[(0, len(self.text.value))]]
        if self.attack.unit == "word":
            return [[word] for word in self._words]
        characters = [[(i, i + 1) for i in range(*word)] for word in self._words]
        if self.tag == "general":
            return list(characters)
        return [[character] for group in characters for character in group]

    def budget(self, degree: float) -> int:
        """Return how much a degree lets change, see `robtest.degree.budget`."""
        return budget(degree, self._size, compatible=self.compatible)

    def kinds(self, unit: Span) -> Sequence[Sequence[Edit]]:
        """Return the edits of a unit, those of one kind together."""
        return [kind for part in self.parts(unit) for kind in part]

    def parts(self, unit: Span) -> Sequence[Sequence[Sequence[Edit]]]:
        """Return the `kinds` of a unit, those of one part of the attack together.

        Where white space must stay, edits that change it are left out, as those of a protected span are.
        """
        # Variants meet at the same units, and making an attack's edits is the costly part.
        if unit in self._memo:
            return self._memo[unit]
        kinds: defaultdict[str, list[Edit]] = defaultdict(list)
        for edit in self.attack.edits(self.text.value, *unit):
            if not self.text.keep_words or spaces(self.text.value[edit.start : edit.end]) == spaces(edit.new):
                kinds[edit.kind].append(edit)
        parts = [[kinds[kind] for kind in part] for part in by_part(kinds)]
        if len(self._memo) < _MEMO:
            self._memo[unit] = parts
        return parts

    def word_at(self, position: int) -> Span:
        """Return the word around a character, or an empty span where there is none."""
        index = bisect_right(self._word_starts, position) - 1
        if index >= 0 and position < self._words[index][1]:
            return self._words[index]
        return position, position

    def check(self, edit: Edit, unit: Span) -> None:
        """Check an edit that was drawn; an attack that breaks the rules has a bug.

        An edit starts in its unit. It ends in it too, but that of a character may reach to the end of
        the word (a swap takes the next character), and past that only over white space.

        Raises:
            AttackError: naming the attack, the edit and the rule.
        """
        start, end = unit
        reach = max(end, self.word_at(start)[1]) if self.attack.unit == "char" else end
        old = self.text.value[edit.start : edit.end]
        outside = self.text.value[reach : edit.end]
        if not start <= edit.start <= edit.end <= len(self.text.value) or outside.strip():
            rule = f"it leaves its unit {unit}"
        elif edit.new == old:
            rule = "it changes nothing"
        else:
            return
        raise AttackError(f"attack {self.attack.name!r} proposed {edit}: {rule}")


def by_part(kinds: Iterable[str]) -> list[list[str]]:
    """Return names of kinds, those of one part of a stack together: what is before a colon names the part.

    >>> by_part(["typo:swap", "typo:delete", "glyph:accented"]), by_part(["swap", "delete"])
    ([['typo:swap', 'typo:delete'], ['glyph:accented']], [['swap', 'delete']])
    """
    parts: defaultdict[str, list[str]] = defaultdict(list)
    for kind in kinds:
        parts[kind.rpartition(":")[0]].append(kind)
    return list(parts.values())
