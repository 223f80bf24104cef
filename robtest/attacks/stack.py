"""Stack: several attacks on one text under one limit."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from robtest.search import Searching
from robtest.types import Attack, Edit, Level, Tag, Unit

_LEVELS: tuple[Level, ...] = ("char", "word", "sentence")
_VERSION = 1

JOINT = "+"
"""Between the parts of a stack's name."""


@dataclass(frozen=True)
class Stack(Attack):
    """Draw every edit from one of several attacks, under one degree limit.

    At a place one of the attacks that have an edit there is drawn with equal chances, then a kind of it,
    then an edit. Attacks stand together where one measure fits all:

    * of characters, or of words: the tags are those they share;
    * of characters and words: a word is edited by either, one edit of a word, and so the general tag;
    * of whole texts: the cosine is the measure of each, whatever its tags.

    Its name is those of the parts, ``typo+synonym``, its level the highest of theirs.

    Attributes:
        parts: two attacks or more, each with its options; a name stands for a dimension or family with
            its default options.
    """

    parts: Sequence[Attack | str]
    name: str = field(init=False, default="")
    level: Level = field(init=False, default="char")
    unit: Unit = field(init=False, default="char")
    tags: tuple[Tag, ...] = field(init=False, default=())
    version: str = field(init=False, default="")
    adds_words: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        """Make the parts that are names, and refuse parts that do not go together.

        Raises:
            ValueError: naming the parts, the rule and the cure.
        """
        from robtest.attacks import get_attack  # which lists this class's parts

        parts = tuple(get_attack(part) if isinstance(part, str) else part for part in self.parts)
        names = [part.name for part in parts]
        if len(set(names)) < max(2, len(names)):
            raise ValueError(f"a stack has two or more attacks, got {names}; name each of them once")
        for part in parts:
            if isinstance(part, Stack | Searching):
                raise ValueError(
                    f"{part.name} is a stack or has a search of its own; stack attacks that list edits"
                )
        unit = _common_unit(parts)
        made = {
            "parts": parts,
            "name": JOINT.join(names),
            "level": max((part.level for part in parts), key=_LEVELS.index),
            "unit": unit,
            "tags": _common_tags(parts, unit),
            "version": f"{_VERSION}+" + JOINT.join(f"{part.name}({part.version})" for part in parts),
            "adds_words": all(getattr(part, "adds_words", False) for part in parts),
        }
        for key, value in made.items():
            object.__setattr__(self, key, value)

    @property
    def _attacks(self) -> Sequence[Attack]:
        return [part for part in self.parts if not isinstance(part, str)]

    def edits(self, text: str, start: int, end: int) -> list[Edit]:
        """Return the edits of every part, each kind named ``part:kind``; of a word also its characters'."""
        return [
            edit._replace(kind=f"{part.name}:{edit.kind}")
            for part in self._attacks
            for unit in self._units(part, start, end)
            for edit in part.edits(text, *unit)
        ]

    def prepare(self, texts: Sequence[str]) -> None:
        """Let every part prepare."""
        for part in self._attacks:
            part.prepare(texts)

    def _units(self, part: Attack, start: int, end: int) -> Sequence[tuple[int, int]]:
        if part.unit == self.unit:
            return [(start, end)]
        return [(i, i + 1) for i in range(start, end)]


def _common_unit(parts: Sequence[Attack]) -> Unit:
    units = {part.unit for part in parts}
    if len(units) == 1:
        return parts[0].unit
    if "text" in units:
        given = ", ".join(f"{part.name} ({part.unit})" for part in parts)
        raise ValueError(
            f"a stack is of characters and words, or of whole texts, whose measures differ; got {given}; "
            "stack those of one kind"
        )
    return "word"


def _common_tags(parts: Sequence[Attack], unit: Unit) -> tuple[Tag, ...]:
    every: tuple[Tag, ...] = ("general", "malicious")
    if unit == "text":
        return tuple(tag for tag in every if any(tag in part.tags for part in parts))
    mixed = len({part.unit for part in parts}) > 1
    tags = tuple(
        tag for tag in every if all(tag in part.tags for part in parts) and not (mixed and tag == "malicious")
    )
    if not tags:
        given = ", ".join(f"{part.name} ({' and '.join(part.tags)})" for part in parts)
        rule = "the general tag, as it mixes characters and words" if mixed else "a tag in common"
        raise ValueError(f"a stack needs {rule}; got {given}; leave out the one without it")
    return tags
