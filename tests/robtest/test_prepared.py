from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from robtest import attack
from robtest.attacks.typo import Typo
from robtest.prepared import prepared
from robtest.toy import Keyword
from robtest.types import Text


@dataclass(frozen=True)
class Told(Typo):
    """A typo attack that notes what it is told to prepare for."""

    groups: list[list[str]] = field(default_factory=list)

    def prepare(self, texts: Sequence[str]) -> None:
        self.groups.append(list(texts))


def test_texts_come_in_order_and_in_groups_taken_as_they_are_needed() -> None:
    told, taken = Told(), list[str]()

    def source() -> Iterator[Text]:
        for value in "abcde":
            taken.append(value)
            yield Text(value)

    out = prepared(told, source(), 2)
    assert next(out).value == "a"
    assert (told.groups, taken) == ([["a", "b"]], ["a", "b"])
    assert [text.value for text in out] == ["b", "c", "d", "e"]
    assert told.groups == [["a", "b"], ["c", "d"], ["e"]]


def test_an_attack_prepares_for_every_text_before_it_is_asked_about_it() -> None:
    told = Told()
    texts = ["a good harbour", "a bad harbour", "a good boat"]
    with_it = attack(texts, [1, 0, 1], Keyword("good"), dimension=told, width=2, n_variants=2)
    assert told.groups == [texts[:2], texts[2:]]
    without = attack(texts, [1, 0, 1], Keyword("good"), dimension=Typo(), width=2, n_variants=2)
    assert with_it.trajectories == without.trajectories
