"""Rule access: known answers, golden strings, and rogue attacks that must not get through."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import pytest

from robtest.attacks.glyph import Glyph
from robtest.attacks.typo import OPERATORS, Typo
from robtest.degree import cost
from robtest.errors import AttackError
from robtest.random import generator
from robtest.search import rule, trajectories
from robtest.types import Attack, Edit, Outcome, Tag, Text, Trajectory

SENTENCE = "We watched a rather quiet film about two lighthouse keepers."


def draw(
    text: str | Text,
    attack: Attack,
    tag: Tag = "malicious",
    degrees: Sequence[float] = (0.5,),
    n: int = 1,
    seed: int = 0,
) -> tuple[Trajectory, ...]:
    whole = Text(text) if isinstance(text, str) else text
    return trajectories(whole, attack, tag, degrees, n, partial(generator, seed, "an example", attack.name))


def texts(found: tuple[Trajectory, ...]) -> list[str]:
    return [trajectory.snapshots[-1].text for trajectory in found]


@dataclass(frozen=True)
class Rogue(Attack):
    """An attack that proposes whatever it likes."""

    propose: Callable[[str, int, int], Sequence[Edit]]
    name = "rogue"
    level = "char"
    unit = "char"
    tags = ("general", "malicious")
    version = "1"

    def edits(self, text: str, start: int, end: int) -> Sequence[Edit]:
        return self.propose(text, start, end)


def test_the_only_text_there_is_is_found() -> None:
    assert texts(draw("ab", Typo(("swap",)), degrees=[1])) == ["ba"]
    assert set(texts(draw("ab", Typo(("delete",)), n=20))) == {"a", "b"}
    assert set(texts(draw("a b", Glyph(("accented",)), degrees=[0.4], n=20))) == {"â b", "a ḃ"}


def test_an_edit_that_does_not_fit_waits_for_the_degree_where_it_does() -> None:
    low, high = draw("ab", Typo(("swap",)), degrees=[0.5, 1])[0].snapshots
    assert (low.text, low.unperturbable, low.realised) == ("ab", True, 0)
    assert (high.text, high.unperturbable, high.realised) == ("ba", False, 1)


def test_a_budget_is_filled_by_what_still_fits() -> None:
    # A swap costs 2 of 3: whichever operator is drawn first, a repetition fills the budget.
    for variant in draw("abcd", Typo(("swap", "repeat")), degrees=[0.75], n=30):
        assert sum(cost("abcd", edit, "malicious") for edit in variant.snapshots[0].edits) == 3
    # Budget 1, and the dear edit is drawn at both places in a quarter of the variants.
    both = Rogue(lambda text, start, end: [Edit(start, end, "xyz", "dear"), Edit(start, end, "x", "cheap")])
    assert set(texts(draw("ab", both, n=40))) == {"xb", "ax"}
    # Budget 1: a swap that was drawn gives way to the other place.
    for variant in draw("ab", Typo(("swap", "repeat")), degrees=[0.5], n=30):
        assert variant.snapshots[0].text in ("aab", "abb")


def test_general_edits_one_character_in_each_of_the_words_allowed() -> None:
    for variant in draw("abc def ghi jkl", Typo(), "general", degrees=[0.25, 0.5, 1], n=20):
        assert [shot.realised for shot in variant.snapshots] == [0.25, 0.5, 1]
        assert [len(shot.edits) for shot in variant.snapshots] == [1, 2, 4]


def test_general_tries_the_other_characters_of_a_word() -> None:
    assert set(texts(draw("--a-- !!", Glyph(("accented",)), "general", n=10))) == {"--â-- !!"}


def test_edits_that_cancel_out_are_not_passed_off_as_a_change() -> None:
    # Deleting one a and repeating the other gives "aa" again, though two edits were made.
    for variant in draw("aa", Typo(("delete", "repeat")), degrees=[0.5, 1], n=40):
        for shot in variant.snapshots:
            assert shot.text != "aa"
            assert shot.realised > 0


def test_no_word_ever_vanishes() -> None:
    assert set(texts(draw("ab", Typo(("delete",)), degrees=[1], n=20))) == {"a", "b"}


def test_kinds_are_drawn_equally_often_though_some_have_many_edits() -> None:
    # One edit in one of four letters. Each letter has 5 kinds, the last has no swap and so 4; of one kind
    # there are up to 6 neighbours, of another one way only.
    found = draw("ghjk", Typo(), "general", degrees=[1], n=4000)
    kinds = Counter(trajectory.snapshots[0].edits[0].kind for trajectory in found)
    expected = dict.fromkeys(OPERATORS, 3 / 4 / 5 + 1 / 4 / 4) | {"swap": 3 / 4 / 5}
    for kind, share in expected.items():
        assert abs(kinds[kind] / 4000 - share) < 0.033, kinds  # five standard deviations


def test_the_number_of_places_drawn_from_is_all_of_them() -> None:
    starts = Counter(
        t.snapshots[0].edits[0].start for t in draw("abcde", Typo(("repeat",)), degrees=[0.2], n=2000)
    )
    assert set(starts) == set(range(5))
    assert all(abs(count / 2000 - 1 / 5) < 0.045 for count in starts.values()), starts


@pytest.mark.parametrize(
    ("attack", "tag", "expected"),
    [
        (Typo(), "malicious", "We qwzacthed sa rathre quuiet film abouu two lgiy5hosue kkeeperw."),
        (Typo(), "general", "We watched q rather quiwt film about two ligjthouse keepers."),
        (Glyph(("accented",)), "malicious", "Ŵê ŵatchêḋ a ŕâṫher quiet film aḃôuṫ two ĺighthôusê ḱeêpêrŝ."),
    ],
)
def test_golden_strings(attack: Attack, tag: Tag, expected: str) -> None:
    assert texts(draw(SENTENCE, attack, tag, degrees=[0.1, 0.3])) == [expected]


def test_rule_access_asks_for_the_original_and_each_distinct_text_once() -> None:
    rng_for = partial(generator, 0, "an example", "typo")
    search = rule(Text("ab"), Typo(("delete",)), "malicious", [0, 0.5], 20, rng_for)
    asked = next(search)
    assert (asked[0], sorted(asked)) == ("ab", ["a", "ab", "b"])
    with pytest.raises(StopIteration) as stop:
        search.send([Outcome(True, 1.0, 0.0)] * 3)
    assert len(stop.value.value) == 20


def test_protected_spans_are_not_offered() -> None:
    text = Text("keep this word", protected=((5, 9),))
    for tag in ("malicious", "general"):
        for variant in draw(text, Typo(), tag, degrees=[0.4, 1], n=20):
            for shot in variant.snapshots:
                assert " this " in shot.text
                assert shot.edits


def test_a_text_protected_all_over_is_unperturbable() -> None:
    shot = draw(Text("all of it", protected=((0, 9),)), Typo(), degrees=[1])[0].snapshots[0]
    assert (shot.unperturbable, shot.text) == (True, "all of it")


@pytest.mark.parametrize(
    ("edit", "rule_broken"),
    [
        (Edit(0, 7, "x", "k"), "leaves its unit"),  # beyond its word
        (Edit(-1, 1, "x", "k"), "leaves its unit"),
        (Edit(4, 5, "x", "k"), "leaves its unit"),
        (Edit(0, 1, "a", "k"), "changes nothing"),
    ],
)
def test_a_rogue_edit_is_an_error_naming_attack_and_rule(edit: Edit, rule_broken: str) -> None:
    rogue = Rogue(lambda text, start, end: [edit] if start == 0 else [])
    with pytest.raises(AttackError, match=rf"attack 'rogue' proposed .*{rule_broken}"):
        draw("abc def", rogue, degrees=[1])


def test_an_edit_that_changes_white_space_is_not_drawn_where_that_must_stay() -> None:
    attack = Rogue(lambda text, start, end: [Edit(start, end, "a b", "k"), Edit(start, end, "x", "k")])
    for variant in draw(Text("abc def", keep_words=True), attack, degrees=[1], n=20):
        assert variant.snapshots[0].text == "xxx xxx"
    assert any("a b" in variant.snapshots[0].text for variant in draw("abc def", attack, degrees=[1], n=20))


def test_an_edit_reaches_over_the_white_space_behind_its_word_and_no_farther() -> None:
    attack = Rogue(lambda text, start, end: [Edit(start, end + 1, "b", "k")] if start == 1 else [])
    assert draw("ab c", attack, degrees=[1])[0].snapshots[0].text == "abc"
    attack = Rogue(lambda text, start, end: [Edit(start, end + 2, "b", "k")] if start == 1 else [])
    with pytest.raises(AttackError, match="leaves its unit"):
        draw("ab c", attack, degrees=[1])


def test_a_rogue_that_goes_beyond_the_limit_is_never_drawn() -> None:
    rogue = Rogue(lambda text, start, end: [Edit(start, end, "x" * 5, "k")])
    assert draw("abcd", rogue, degrees=[1])[0].snapshots[0].unperturbable


def test_a_rogue_whose_edits_overlap_gets_only_those_that_do_not() -> None:
    rogue = Rogue(lambda text, start, end: [Edit(start, min(start + 2, len(text)), "xx", "k")])
    for variant in draw("abcdefgh", rogue, degrees=[1], n=20):
        edits = variant.snapshots[0].edits
        assert all(left.end <= right.start for left, right in pairwise(edits))
        assert len(edits) >= 3


def test_a_rogue_that_deletes_whole_words_is_not_drawn() -> None:
    rogue = Rogue(lambda text, start, end: [Edit(start, end, "", "k")])
    for variant in draw(Text("a bc", keep_words=True), rogue, degrees=[1], n=20):
        assert variant.snapshots[0].text in ("a b", "a c")


def test_impossible_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="n_variants must be 1 or more, got 0"):
        draw("ab", Typo(), n=0)
    with pytest.raises(ValueError, match=r"degree must be in \[0, 1\], got 2"):
        draw("ab", Typo(), degrees=[2])
    with pytest.raises(ValueError, match="protected span"):
        draw(Text("ab", protected=((1, 9),)), Typo())
