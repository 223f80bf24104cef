"""What families share: perturbations outside RobTest's eight dimensions, each of several kinds of edits."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from robtest.types import Attack, Edit


class Change(NamedTuple):
    """Characters ``[start, end)`` of a text become ``new``."""

    start: int
    end: int
    new: str


@dataclass(frozen=True)
class Family(Attack):
    """Proposes the changes of its kinds, each text once.

    Attributes:
        kinds: which kinds of edits are used, some of `known_kinds`.
    """

    kinds: Sequence[str]

    known_kinds: ClassVar[tuple[str, ...]]

    def __post_init__(self) -> None:
        """Refuse unknown kinds.

        Raises:
            ValueError: naming the known ones.
        """
        if set(self.kinds) - set(self.known_kinds) or not self.kinds:
            raise ValueError(f"kinds must be some of {', '.join(self.known_kinds)}, got {list(self.kinds)}")

    def edits(self, text: str, start: int, end: int) -> list[Edit]:
        """Return every change of the unit ``text[start:end]``; what two kinds make is of the first."""
        edits: dict[Change, Edit] = {}
        for kind in self.kinds:
            for change in self.changes(kind, text, start, end):
                if text[change.start : change.end] != change.new:
                    edits.setdefault(change, Edit(*change, kind))
        return list(edits.values())

    @abstractmethod
    def changes(self, kind: str, text: str, start: int, end: int) -> Iterable[Change]:
        """Yield the changes of one kind; those that change nothing are left out."""
