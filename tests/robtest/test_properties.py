"""What holds for every attack, tag and degree on every text. A new attack is one line of ATTACKS."""

import sys
from collections.abc import Sequence
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robtest import attack as attack_victim
from robtest.attacks import DIMENSIONS, FAMILIES, get_attack
from robtest.degree import DEGREES, budget, cost, measure, size
from robtest.random import generator
from robtest.search import trajectories
from robtest.search.draft import Draft
from robtest.sites import Sites
from robtest.text import Span, apply
from robtest.toy import Keyword
from robtest.types import Attack, Tag, Text, Trajectory

ATTACKS: list[tuple[str, Tag]] = [
    ("typo", "malicious"),
    ("typo", "general"),
    ("glyph", "malicious"),
    ("glyph", "general"),
    ("phonetic", "malicious"),
    ("phonetic", "general"),
    ("synonym", "general"),
    ("contextual", "general"),
    ("inflection", "general"),
    ("invisible", "malicious"),
    ("invisible", "general"),
    ("case", "malicious"),
    ("case", "general"),
    ("spacing", "malicious"),
    ("ocr", "malicious"),
    ("ocr", "general"),
    ("speech", "malicious"),
    ("speech", "general"),
    ("slang", "malicious"),
    ("slang", "general"),
    ("emoji", "malicious"),
    ("emoji", "general"),
    ("filler", "general"),
    ("typo+case", "general"),
    ("glyph+spacing", "malicious"),
]

FROM_ASSETS = {"phonetic", "synonym", "contextual", "inflection", "ocr", "speech"}

MOVES_SPACES = {"spacing", "emoji", "filler", "glyph+spacing"}
"""They add or remove white space where that need not stay."""

HOSTILE = {
    "empty": "",
    "one letter": "a",
    "one word": "lighthouse",
    "a sentence": "Nobody, she said, had told HER about the 3 other boats!",
    "spaces": "  two  spaces ",
    "only white space": " \t\n\N{NO-BREAK SPACE} ",
    "only punctuation": "?! ... -- ;;",
    "newlines and tabs": "a line\n\tanother line\r\nthe last",
    "NUL": "a\0b \0 c",
    "emoji": "so \N{GRINNING FACE}\N{THUMBS UP SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-5} good \N{FAMILY}",
    "combining": "e\N{COMBINING ACUTE ACCENT}te\N{COMBINING ACUTE ACCENT} \N{COMBINING TILDE} nu",
    "right to left": "\N{HEBREW LETTER SHIN}\N{HEBREW LETTER VAV} left \N{ARABIC LETTER ALEF}",
    "odd case": "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE} stra\N{LATIN SMALL LETTER SHARP S}e",
    "lone surrogate": "half \ud800 a pair",
    "one letter many times": "aaaa aaaa aa a",
}

every_attack = pytest.mark.parametrize(
    ("name", "tag"),
    [pytest.param(name, tag, marks=[pytest.mark.data] * (name in FROM_ASSETS)) for name, tag in ATTACKS],
)
every_text = pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())


def draw(text: Text, attack: Attack, tag: Tag, n_variants: int = 3) -> tuple[Trajectory, ...]:
    rng_for = partial(generator, 0, "an example", attack.name)
    return trajectories(text, attack, tag, (*DEGREES, 1.0), n_variants, rng_for)


def check(text: Text, name: str, tag: Tag) -> None:
    """All that must hold of the variants of one text, measured here and not taken on trust."""
    found = draw(text, get_attack(name), tag)
    assert found == draw(text, get_attack(name), tag)
    for trajectory in found:
        before: frozenset[object] = frozenset()
        for shot in trajectory.snapshots:
            assert measure(text.value, shot.text, tag) == shot.realised <= shot.degree
            assert apply(text.value, shot.edits) == shot.text
            assert before <= frozenset(shot.edits)  # nested
            assert (shot.text == text.value) == (not shot.edits)  # edits never cancel out
            assert shot.unperturbable == (shot.degree > 0 and not shot.edits)
            if text.keep_words or name not in MOVES_SPACES:
                assert len(shot.text.split()) == len(text.value.split())
                assert [c for c in shot.text if c.isspace()] == [c for c in text.value if c.isspace()]
            before = frozenset(shot.edits)
        assert trajectory.snapshots[0].text == text.value  # degree 0 is the identity


def test_every_dimension_is_in_the_table_with_each_of_its_tags() -> None:
    # Attacks of whole texts are measured in another way and have their own table (test_textwalk.py).
    names = [*DIMENSIONS, *FAMILIES]
    edited = [name for name in names if get_attack(name).unit != "text"]
    tabled = {(name, tag) for name, tag in ATTACKS if "+" not in name}
    assert tabled == {(name, tag) for name in edited for tag in get_attack(name).tags}
    assert all(get_attack(name).name == name for name in names)


@every_attack
@every_text
def test_a_hostile_text_keeps_every_rule(name: str, tag: Tag, value: str) -> None:
    check(Text(value), name, tag)


@every_attack
@given(value=st.text(max_size=40) | st.text("ab \n", max_size=20))
def test_a_random_text_keeps_every_rule(name: str, tag: Tag, value: str) -> None:
    check(Text(value, keep_words=True), name, tag)


@every_attack
@given(
    value=st.text("abc d", min_size=1, max_size=30), cuts=st.sets(st.integers(0, 30), min_size=2, max_size=2)
)
def test_a_protected_span_stays_as_it_is(name: str, tag: Tag, value: str, cuts: set[int]) -> None:
    start, end = (min(cut, len(value)) for cut in sorted(cuts))
    for trajectory in draw(Text(value, protected=((start, end),)), get_attack(name), tag):
        for shot in trajectory.snapshots:
            shift = sum(len(e.new) - (e.end - e.start) for e in shot.edits if e.end <= start)
            assert shot.text[start + shift : end + shift] == value[start:end]
            assert all(edit.end <= start or edit.start >= end for edit in shot.edits) or start == end


@every_attack
def test_ten_thousand_words_take_seconds(name: str, tag: Tag) -> None:
    text = Text("the fire is out, but two dogs see you. " * 1_111)
    chosen = get_attack(name)
    rng_for = partial(generator, 0, "an example", name)
    (trajectory,) = trajectories(text, chosen, tag, DEGREES, 1, rng_for)
    sites = Sites(text, chosen, tag)
    # A budget is spent, but for what no edit of any place left costs so little as to fit.
    for shot in trajectory.snapshots:
        limit = budget(shot.degree, size(text.value, tag))
        spent = sum(cost(text.value, edit, tag) for edit in shot.edits)
        draft, left = Draft(sites, shot.edits), limit - spent
        taken = {edit.start for edit in shot.edits}
        untouched = (group for group in sites.groups if left and taken.isdisjoint(range(*_extent(group))))
        edits = (edit for group in untouched for unit in group for same in sites.kinds(unit) for edit in same)
        assert left >= 0
        assert bool(shot.edits) == (shot.degree > 0)
        assert not any(draft.fits(edit, left) for edit in edits)


def _extent(group: Sequence[Span]) -> Span:
    return group[0][0], group[-1][1]


@every_attack
def test_scores_are_ordered_and_independent_of_order_and_width(name: str, tag: Tag) -> None:
    texts = [*HOSTILE.values(), "a good day", "good grief", "nothing to see"]
    labels = [i % 2 for i in range(len(texts))]

    def measured(order: list[int], width: int) -> tuple[np.ndarray, object, int]:
        result = attack_victim(
            [texts[i] for i in order],
            [labels[i] for i in order],
            Keyword("good"),
            dimension=name,
            tag=tag,
            n_variants=3,
            width=width,
        )
        assert (result.worst <= result.average).all()
        assert (result.average <= 1).all()
        assert (np.diff(result.worst) <= 0).all()
        back = np.argsort(order)
        return result.correct[back], [result.trajectories[i] for i in back], result.n_forward

    forward = measured(list(range(len(texts))), width=64)
    backward = measured(list(range(len(texts)))[::-1], width=2)
    assert (forward[0] == backward[0]).all()
    assert forward[1:] == backward[1:]


ORDINARY = (
    "The dog can't wait for you, and the old car is the right one to buy. I'm thinking about the new film!",
    "We see the sea at night because the sun has been hiding before eight.",
)


@every_attack
def test_another_seed_makes_other_copies(name: str, tag: Tag) -> None:
    def texts(seed: int) -> list[str]:
        attack, rng_for = get_attack(name), partial(generator, seed, "an example", name)
        variants = [trajectories(Text(value), attack, tag, (0.2, 0.5), 3, rng_for) for value in ORDINARY]
        return [shot.text for drawn in variants for trajectory in drawn for shot in trajectory.snapshots]

    assert texts(0) == texts(0)
    assert texts(0) != texts(1)
    assert not set(ORDINARY) & set(texts(0)[1::2])  # at the higher degree each text has an edit


def test_the_empty_text_has_nothing_to_edit() -> None:
    for name, tag in ATTACKS:
        for trajectory in draw(Text(""), get_attack(name), tag):
            assert all(shot.unperturbable for shot in trajectory.snapshots[1:])


def test_recursion_and_memory_are_no_limit_to_a_single_long_word() -> None:
    text = Text("x" * (sys.getrecursionlimit() * 10))
    (trajectory,) = draw(text, get_attack("typo"), "malicious", n_variants=1)
    assert trajectory.snapshots[-1].edits
