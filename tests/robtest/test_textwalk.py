"""Trajectories at sentence level, under encoders whose cosines are known by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from robtest.attacks import DIMENSIONS, get_attack
from robtest.attacks.distraction import Distraction
from robtest.attacks.syntax import Syntax
from robtest.degree import DEGREES
from robtest.random import generator
from robtest.text import apply, spaces
from robtest.textwalk import joined, text_trajectories
from robtest.types import Attack, Edit, Snapshot, Text, Trajectory

Distance = Callable[[str], float]

UNPARSED = Syntax(("contraction", "expansion", "adverb"))


class Known:
    """An encoder whose ``1 - cosine`` from a text of distance 0 is a function of the text."""

    def __init__(self, distance: Distance) -> None:
        self.distance = distance
        self.batches: list[int] = []

    def __call__(self, texts: Sequence[str], /) -> NDArray[np.float64]:
        self.batches.append(len(texts))
        cosines = 1 - np.array([self.distance(text) for text in texts])
        return np.stack([cosines, np.sqrt(1 - cosines**2)], axis=1)


def letters(texts: Sequence[str], /) -> NDArray[np.float64]:
    """An encoder that counts letters."""
    counts = [[1 + text.lower().count(letter) for letter in "aeinorst"] for text in texts]
    vectors = np.array(counts, dtype=np.float64)
    unit: NDArray[np.float64] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


@dataclass(frozen=True)
class Fixed(Attack):
    """Offers the same edits whatever the text."""

    offers: tuple[Edit, ...]

    name = "fixed"
    level = "sentence"
    unit = "text"
    tags = ("malicious",)
    version = "1"

    def edits(self, text: str, start: int, end: int) -> Sequence[Edit]:
        return self.offers


def append(at: int, *words: str) -> Fixed:
    return Fixed(tuple(Edit(at, at, f" {word}", "append") for word in words))


def shots(
    text: Text, attack: Attack, degrees: Sequence[float], encoder: Known, **options: int
) -> tuple[Snapshot, ...]:
    """One variant."""
    rng_for = partial(generator, 0, "an example", attack.name)
    (trajectory,) = text_trajectories(text, attack, degrees, 1, rng_for, encoder, **options)
    return trajectory.snapshots


def test_additions_follow_one_another_until_the_next_would_exceed_the_degree() -> None:
    encoder = Known(lambda text: 0.02 * text.count("x"))
    found = shots(Text("a"), append(1, *(f"x{i}" for i in range(30))), [0, 0.01, 0.1, 0.15], encoder)
    # The fifth word reaches 0.1 exactly, and rounding up would lift it above.
    assert [shot.text.count("x") for shot in found] == [0, 0, 4, 7]
    assert [shot.realised for shot in found] == pytest.approx([0, 0, 0.08, 0.14], abs=2e-6)
    assert [shot.unperturbable for shot in found] == [False, True, False, False]
    assert [len(shot.edits) for shot in found] == [0, 0, 1, 1]


def test_what_does_not_fit_waits_for_a_degree_that_lets_it() -> None:
    encoder = Known(lambda text: 0.5 * ("far" in text) + 0.05 * ("near" in text))
    for variant in range(20):
        rng_for = partial(generator, variant, "an example", "fixed")
        (found,) = text_trajectories(Text("a"), append(1, "far", "near"), [0.1, 0.6], 1, rng_for, encoder)
        assert [shot.text for shot in found.snapshots] == ["a near", "a near far"]


def test_no_more_than_max_steps_edits_are_made() -> None:
    encoder = Known(lambda text: 0.001 * text.count("x"))
    attack = append(1, *(f"x{i}" for i in range(30)))
    # The first of two degrees has half of the steps, rounded up.
    assert [s.text.count("x") for s in shots(Text("a"), attack, [0.5, 0.9], encoder, max_steps=3)] == [2, 3]
    assert [s.text.count("x") for s in shots(Text("a"), attack, [0, 0.5, 0.9], encoder)] == [0, 5, 10]


def test_an_edit_is_encoded_once_however_many_degrees_it_waits() -> None:
    attack = append(1, *(f"x{i}" for i in range(30)))
    alone = Known(lambda text: 0.08 * text.count("x"))
    shots(Text("a"), attack, [0.6], alone, max_steps=4)
    assert sum(alone.batches) == 1 + 4  # the original, and one text for each word that is accepted
    sweep = Known(lambda text: 0.08 * text.count("x"))
    found = shots(Text("a"), attack, [0, 0.05, 0.07, 0.1, 0.6], sweep, max_steps=4)
    assert [shot.text.count("x") for shot in found] == [0, 0, 0, 1, 4]
    # Three words fail at 0.05 and wait; at 0.1 one of them is taken, and no other is expected to fit.
    assert sum(sweep.batches) == 1 + 3 + 3


def test_at_degree_0_nothing_is_encoded() -> None:
    encoder = Known(lambda text: 0.0)
    (shot,) = shots(Text("a"), append(1, "x"), [0], encoder)
    assert (shot.text, shot.unperturbable, encoder.batches) == ("a", False, [])


def test_where_words_must_stay_additions_do_not_apply() -> None:
    encoder = Known(lambda text: 0.0)
    (shot,) = shots(Text("a b", keep_words=True), append(3, "x"), [0.5], encoder)
    assert (shot.text, shot.unperturbable, encoder.batches) == ("a b", True, [])


def test_where_words_must_stay_they_do_not_change_places_either() -> None:
    attack = Fixed((Edit(0, 3, "b a", "swap"), Edit(4, 5, "z", "swap")))
    (shot,) = shots(Text("a b c", keep_words=True), attack, [0.5], Known(lambda text: 0.01))
    assert shot.text == "a b z"


def test_edits_of_a_protected_span_are_not_drawn_and_others_are() -> None:
    attack = Fixed((Edit(2, 3, "x", "swap"), Edit(4, 5, "y", "swap")))
    (shot,) = shots(Text("a b c", protected=((2, 3),)), attack, [0.5], Known(lambda text: 0.01))
    assert shot.text == "a b y"


def test_of_two_edits_in_each_others_way_one_is_made() -> None:
    attack = Fixed((Edit(0, 3, "x", "swap"), Edit(2, 5, "y", "swap")))
    (shot,) = shots(Text("a b c"), attack, [0.5], Known(lambda text: 0.01))
    assert shot.text in ("x c", "a y")


def test_insertions_at_one_place_are_joined_in_their_order_and_others_must_not_overlap() -> None:
    first, second = Edit(1, 1, " b", "x"), Edit(1, 1, " c", "y")
    assert joined([first], second) == [Edit(1, 1, " b c", "x+y")]
    assert joined([Edit(1, 1, " b c", "x+y")], first) == [Edit(1, 1, " b c b", "x+y")]
    assert joined([Edit(0, 1, "z", "w"), first], second) == [Edit(0, 1, "z", "w"), Edit(1, 1, " b c", "x+y")]
    assert joined([Edit(0, 2, "z", "w")], first) is None


def test_rewrites_at_several_places_are_nested_over_degrees() -> None:
    text = Text(
        "However, it rained. The door is not open. I cannot see it, and they'll not say why. I'm late."
    )
    encoder = Known(lambda text: 0.1 * ("isn't" in text) + 0.1 * ("can't" in text) + 0.1 * ("I am" in text))
    for variant in range(10):
        rng_for = partial(generator, variant, "an example", "syntax")
        (found,) = text_trajectories(text, UNPARSED, [0, 0.15, 0.25, 0.35], 1, rng_for, encoder, width=5)
        edits = [frozenset(shot.edits) for shot in found.snapshots]
        assert all(low < high for low, high in pairwise(edits))
        assert "they will not say why" in found.snapshots[1].text  # it costs next to nothing
        assert "I can't see it" in found.snapshots[-1].text


@pytest.mark.parametrize("options", [{"max_steps": 0}, {"width": 0}])
def test_numbers_below_1_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(options))} must be 1 or more, got 0"):
        shots(Text("a"), append(1, "x"), [0.5], Known(lambda text: 0.0), **options)


TEXT_ATTACKS: list[Attack] = [Distraction(), UNPARSED, Syntax()]
every_attack = pytest.mark.parametrize(
    "attack",
    [*TEXT_ATTACKS[:-1], pytest.param(TEXT_ATTACKS[-1], marks=pytest.mark.data)],
    ids=["distraction", "syntax without a parse", "syntax"],
)

HOSTILE = [
    "half \ud800 a pair",
    "\0",
    "\N{HEBREW LETTER ALEF} I'm",
    "İ cannot",
    "e\N{COMBINING ACUTE ACCENT} do not",
]
phrases = st.lists(
    st.sampled_from(
        ["However, it ", "is not", " I'm", "late. ", "DON'T", "\n", "they", " ", ",", "She ate tea and pie. "]
    )
)
any_text = st.text(max_size=30) | phrases.map("".join) | st.sampled_from(HOSTILE)


def goes_on(before: Edit, after: Edit) -> bool:
    """Whether an edit is another, or an insertion with more behind it."""
    same_place = (before.start, before.end) == (after.start, after.end)
    insertion = before.start == before.end
    return before == after or (same_place and insertion and after.new.startswith(before.new))


def test_every_attack_of_whole_texts_is_in_the_table() -> None:
    found = {name for name in DIMENSIONS if get_attack(name).unit == "text"}
    assert found <= {attack.name for attack in TEXT_ATTACKS}


@every_attack
@given(value=any_text)
def test_what_holds_for_every_text(attack: Attack, value: str) -> None:
    def draw(n_variants: int) -> tuple[Trajectory, ...]:
        rng_for = partial(generator, 0, "an example", attack.name)
        return text_trajectories(Text(value), attack, (*DEGREES, 1.0), n_variants, rng_for, letters)

    found = draw(3)
    assert found[:1] == draw(1)  # a variant does not depend on the others
    assert found == draw(3)
    for trajectory in found:
        assert trajectory.snapshots[0].text == value  # degree 0 is the identity
        before: Sequence[Edit] = ()
        for shot in trajectory.snapshots:
            original, perturbed = letters([value, shot.text])
            assert 1 - original @ perturbed <= shot.realised + 1e-12 <= shot.degree + 2e-12
            assert apply(value, shot.edits) == shot.text
            assert (shot.text == value) == (not shot.edits)
            assert shot.unperturbable == (shot.degree > 0 and not shot.edits)
            assert all(any(goes_on(old, new) for new in shot.edits) for old in before)  # nested
            if attack.name == "distraction":
                assert shot.text.startswith(value.rstrip())
            before = shot.edits
        if not value.strip():
            assert trajectory.snapshots[-1].text == value


@every_attack
@given(value=any_text)
def test_where_words_must_stay_a_word_may_change_and_none_may_move(attack: Attack, value: str) -> None:
    rng_for = partial(generator, 0, "an example", attack.name)
    (found,) = text_trajectories(Text(value, keep_words=True), attack, [0.5], 1, rng_for, letters)
    made = found.snapshots[0].text
    pairs = zip(value.split(), made.split(), strict=True)
    assert {new.upper() for old, new in pairs if new != old} <= {"CAN'T", "CANNOT"}
    assert spaces(made) == spaces(value)


def test_a_sweep_of_eight_degrees_encodes_little_more_than_the_largest() -> None:
    texts = [
        "The soup was cold and the waiter did not care.",
        "A kettle that boils fast and looks good on the shelf. It was not cheap.",
        "Nobody asked him to leave, and he should not have slammed the door. He came back at nine.",
        "The hotel is near the station. The rooms are small. The breakfast was good, and so was the coffee.",
    ]

    def cost(degrees: Sequence[float]) -> int:
        encoded: list[str] = []

        def counting(given: Sequence[str], /) -> NDArray[np.float64]:
            encoded.extend(given)
            return letters(given)

        for value in texts:
            rng_for = partial(generator, 0, value, "distraction")
            text_trajectories(Text(value), Distraction(), degrees, 5, rng_for, counting)
        return len(encoded)

    assert cost(DEGREES) <= 1.3 * cost(DEGREES[-1:])
