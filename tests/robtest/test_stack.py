"""Stacks: several attacks under one limit."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from robtest.attacks import get_attack
from robtest.attacks.case import Case
from robtest.attacks.distraction import Distraction
from robtest.attacks.glyph import Glyph
from robtest.attacks.stack import Stack
from robtest.attacks.typo import Typo
from robtest.degree import measure
from robtest.random import generator
from robtest.search import trajectories
from robtest.settings import settings_of
from robtest.textattack import Recipe
from robtest.textwalk import text_trajectories
from robtest.types import Attack, Edit, Tag, Text, Trajectory


class Letters(Attack):
    """Replaces a word or a character by letters, one kind of edit each."""

    level = "word"
    version = "1"

    def __init__(
        self, name: str, letters: str, unit: str = "word", tags: tuple[Tag, ...] = ("general",)
    ) -> None:
        self.name, self.letters, self.unit, self.tags = name, letters, unit, tags  # type: ignore[assignment]

    def edits(self, text: str, start: int, end: int) -> list[Edit]:
        return [Edit(start, end, letter, letter) for letter in self.letters]


def draw(attack: Attack, text: str, tag: Tag, degree: float, n: int, seed: int = 0) -> tuple[Trajectory, ...]:
    rng_for = partial(generator, seed, "an example", attack.name)
    return trajectories(Text(text), attack, tag, [degree], n, rng_for)


def test_parts_are_drawn_with_equal_chances_however_many_kinds_they_have() -> None:
    stack = Stack((Letters("many", "bcdefghij"), Letters("few", "z")))
    texts = [each.snapshots[0].text for each in draw(stack, "a", "general", 1, 2_000)]
    # 1,000 expected, standard deviation 22; by kinds alone it would be 200.
    assert 900 < Counter(texts)["z"] < 1_100


def test_the_parts_share_one_limit() -> None:
    stack = Stack((Typo(), Glyph()))
    text = "the harbour of the old town was closed for a week"
    drawn = draw(stack, text, "malicious", 0.2, 20)
    for trajectory in drawn:
        shot = trajectory.snapshots[0]
        assert measure(text, shot.text, "malicious") == shot.realised <= 0.2
        assert shot.realised > 0.15
    parts = {edit.kind.partition(":")[0] for each in drawn for edit in each.snapshots[0].edits}
    assert parts == {"typo", "glyph"}


def test_of_characters_and_words_a_word_has_one_edit_of_either() -> None:
    stack = Stack((Letters("word", "x"), Letters("char", "y", "char", ("general", "malicious"))))
    assert (stack.unit, stack.tags) == ("word", ("general",))
    drawn = draw(stack, "ab cd", "general", 1, 300)
    texts = {each.snapshots[0].text for each in drawn}
    assert texts <= {f"{first} {last}" for first in ("x", "yb", "ay") for last in ("x", "yd", "cy")}
    assert len(texts) == 9


def test_what_a_stack_is_comes_from_its_parts() -> None:
    stack = Stack((Typo(), Case()))
    assert (stack.name, stack.level, stack.unit) == ("typo+case", "char", "word")
    assert stack.version == f"1+typo({Typo().version})+case({Case().version})"
    assert get_attack("typo+case") == stack == Stack(("typo", "case"))
    assert Stack(("glyph", "spacing")).tags == ("malicious",)
    assert Stack(("glyph", "invisible")).tags == ("general", "malicious")
    assert Stack(("glyph", Letters("mine", "x", "char"))).tags == ("general",)
    assert Stack(("speech", "typo")).level == "word"
    assert Stack(("syntax", "distraction")).tags == ("general", "malicious")
    assert Stack(("filler", "emoji")).adds_words is False


def test_the_options_of_every_part_are_part_of_what_it_is() -> None:
    plain, swapped = (
        settings_of(Stack((Typo(operators), Case()))) for operators in (Typo().operators, ("swap",))
    )
    assert plain.keys() == swapped.keys() == {"parts"}
    assert plain != swapped
    assert plain == settings_of(Stack(("typo", "case")))
    assert plain != settings_of(Stack(("case", "typo")))


def test_of_whole_texts_too_a_part_is_drawn_before_a_kind() -> None:
    class Front(Attack):
        name = "front"
        level = "sentence"
        unit = "text"
        tags = ("general",)
        version = "1"

        def edits(self, text: str, start: int, end: int) -> list[Edit]:
            return [Edit(0, 0, f"{i} ", f"kind{i}") for i in range(9)]

    def alike(texts: Sequence[str]) -> NDArray[np.float64]:
        return np.ones((len(texts), 1), dtype=np.float64)

    stack = Stack((Front(), Distraction(kinds=("url",))))
    assert (stack.level, stack.unit) == ("sentence", "text")
    rng_for = partial(generator, 0, "an example", stack.name)
    drawn = text_trajectories(Text("It rained."), stack, [0.5], 1_000, rng_for, alike, max_steps=1)
    counts = Counter(edit.kind.partition(":")[0] for each in drawn for edit in each.snapshots[0].edits)
    # 500 expected, standard deviation 16; by kinds alone it would be 100.
    assert 430 < counts["distraction"] < 570


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (("typo",), r"two or more attacks, got \['typo'\]"),
        (("typo", "typo"), "name each of them once"),
        (("typo", "nothing"), "unknown dimension 'nothing'; known dimensions: typo, "),
        (("typo", "distraction"), r"got typo \(char\), distraction \(text\); stack those of one kind"),
        (
            ("inflection", "spacing"),
            r"needs the general tag, as it mixes .* spacing \(malicious\); leave out",
        ),
        (("spacing", Letters("mine", "x", "char")), "needs a tag in common; got spacing"),
        ((Stack(("typo", "glyph")), "ocr"), r"typo\+glyph is a stack or has a search of its own"),
        (("typo", Recipe("deepwordbug")), "has a search of its own; stack attacks that list edits"),
    ],
)
def test_parts_that_do_not_go_together_are_refused(parts: tuple[Attack | str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Stack(parts)
