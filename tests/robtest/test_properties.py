"""What holds for every attack, tag and degree on every text. A new attack is one line of ATTACKS."""

import sys
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robtest import attack as attack_victim
from robtest.attacks import DIMENSIONS, get_attack
from robtest.degree import DEGREES, budget, cost, measure, size
from robtest.random import generator
from robtest.search import trajectories
from robtest.text import apply, words
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
]

FROM_ASSETS = {"phonetic", "synonym", "contextual", "inflection"}

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
            assert len(shot.text.split()) == len(text.value.split())
            assert [c for c in shot.text if c.isspace()] == [c for c in text.value if c.isspace()]
            before = frozenset(shot.edits)
        assert trajectory.snapshots[0].text == text.value  # degree 0 is the identity


def test_every_dimension_is_in_the_table_with_each_of_its_tags() -> None:
    # Attacks of whole texts are measured in another way and have their own table (test_textwalk.py).
    edited = [name for name in DIMENSIONS if get_attack(name).unit != "text"]
    assert set(ATTACKS) == {(name, tag) for name in edited for tag in get_attack(name).tags}
    assert all(get_attack(name).name == name for name in DIMENSIONS)


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
    text = Text("the fire " * 5_000)
    chosen = get_attack(name)
    rng_for = partial(generator, 0, "an example", name)
    (trajectory,) = trajectories(text, chosen, tag, DEGREES, 1, rng_for)
    n_words = sum(chosen.unit == "word" and chosen.edits(text.value, *at) != [] for at in words(text.value))
    # There is room for every budget, up to the last edit, or to the last word that has one.
    for shot in trajectory.snapshots:
        limit = budget(shot.degree, size(text.value, tag))
        spent = sum(cost(text.value, edit, tag) for edit in shot.edits)
        assert spent == limit or len(shot.edits) == n_words > 0


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


def test_the_empty_text_has_nothing_to_edit() -> None:
    for name, tag in ATTACKS:
        for trajectory in draw(Text(""), get_attack(name), tag):
            assert all(shot.unperturbable for shot in trajectory.snapshots[1:])


def test_recursion_and_memory_are_no_limit_to_a_single_long_word() -> None:
    text = Text("x" * (sys.getrecursionlimit() * 10))
    (trajectory,) = draw(text, get_attack("typo"), "malicious", n_variants=1)
    assert trajectory.snapshots[-1].edits
