"""Whole texts under decision and score access, with encoders and victims whose answers are known by hand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from robtest.attacks.distraction import Distraction
from robtest.attacks.syntax import Syntax
from robtest.degree import DEGREES
from robtest.engine import Engine, Result
from robtest.random import generator
from robtest.search import Decision, Gradient, Score
from robtest.search.guided import Guided
from robtest.search.space import TextSpace
from robtest.text import apply
from robtest.textwalk import Whole
from robtest.types import Attack, Edit, Outcome, Query, Search, Snapshot, Text

SEARCHES: list[Guided] = [
    Decision(),
    Decision(n_candidates=3, query_budget=7),
    Score(),
    Score(n_candidates=3, query_budget=7),
    Gradient(),
]
every_search = pytest.mark.parametrize("search", SEARCHES, ids=repr)

ATTACKS: list[Attack] = [
    Distraction(statements=("A week has seven days.", "Wood floats on water.")),
    Syntax(kinds=("contraction", "expansion", "adverb")),
]
every_attack = pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)

TEXTS = [
    "",
    "a",
    "However, it rained. The door is not open. I cannot see it, and they'll not say why. I'm late.",
    "Nobody, she said, had told HER about the 3 other boats!",
    "half \ud800 a pair, I'm told",
]


Alone = Callable[..., Result]


@dataclass
class ByWord:
    """An encoder whose ``1 - cosine`` is a sum over the words of a text; counts what it encodes."""

    distance: Mapping[str, float]
    encoded: list[str] = field(default_factory=list)

    def __call__(self, texts: Sequence[str], /) -> NDArray[np.float64]:
        self.encoded += texts
        sums = [sum(self.distance.get(word, 0) for word in text.split()) for text in texts]
        cosines = 1 - np.maximum(0, sums)
        return np.stack([cosines, np.sqrt(1 - cosines**2)], axis=1)


def letters(texts: Sequence[str], /) -> NDArray[np.float64]:
    """An encoder that counts letters."""
    counts = [[1 + text.lower().count(letter) for letter in "aeinorst"] for text in texts]
    vectors = np.array(counts, dtype=np.float64)
    unit: NDArray[np.float64] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


@dataclass
class Judge:
    """Right while a sum over the words of a text is above 0; remembers what it was asked."""

    weights: Mapping[str, float]
    asked: list[str] = field(default_factory=list)

    def __call__(self, queries: Sequence[Query]) -> list[Outcome]:
        self.asked += [query.text for query in queries]
        scores = [1 + sum(self.weights.get(word, 0) for word in query.text.split()) for query in queries]
        return [Outcome(score > 0, float(score > 0), score) for score in scores]


def by_length(queries: Sequence[Query]) -> list[Outcome]:
    """A victim that errs on texts of many letters from the second half of the alphabet."""
    scores = [6.5 - sum(char > "m" for char in query.text) % 13 for query in queries]
    return [Outcome(score > 0, float(score > 0), score) for score in scores]


@dataclass(frozen=True)
class Words(Attack):
    """Appends words, each of its own kind."""

    words: tuple[str, ...]

    name = "words"
    level = "sentence"
    unit = "text"
    tags = ("malicious",)
    version = "1"

    def edits(self, text: str, start: int, end: int) -> list[Edit]:
        return [Edit(end, end, f" {word}", word) for word in self.words]


def run(
    search: Guided,
    attack: Attack,
    judge: Callable[[Sequence[Query]], Sequence[Outcome]],
    encoder: Callable[[Sequence[str]], NDArray[np.float64]],
    text: str,
    degrees: Sequence[float],
    n_variants: int = 1,
) -> Result:
    rng_for = partial(generator, 0, "an example", attack.name)
    (result,) = Engine(judge).run(
        [(0, search.whole(Text(text), attack, degrees, n_variants, rng_for, encoder))]
    )
    return result


@pytest.fixture
def alone(walk_alone: Callable[..., Search]) -> Alone:
    """`run` of one variant without the texts of rule access before it and new starts behind it."""

    def run_alone(
        search: Guided, attack: Attack, judge: Judge, encoder: ByWord, text: str, degrees: Sequence[float]
    ) -> Result:
        space = TextSpace(Whole(Text(text), attack, encoder))
        (result,) = Engine(judge).run([(0, walk_alone(search, space, degrees))])
        return result

    return run_alone


def shots(result: Result) -> Sequence[Snapshot]:
    return result.trajectories[0].snapshots


# Score access


@pytest.mark.parametrize("search", [Score(), Gradient()])
def test_the_edit_that_lowers_the_score_most_is_made_until_the_victim_is_fooled(
    search: Guided, alone: Alone
) -> None:
    judge = Judge({"b": -0.2, "c": -0.6, "d": 0.5, "e": -0.7})
    encoder = ByWord({"b": 0.01, "c": 0.02, "d": 0.01, "e": 0.3})
    result = alone(search, Words(tuple("bcde")), judge, encoder, "a", [0, 0.1, 0.2, 0.4])
    # e is too far for 0.1 and 0.2; c lowers most, then b; d would raise it. Then e fools.
    assert [shot.text for shot in shots(result)] == ["a", "a c b", "a c b", "a c b e"]
    assert judge.asked[0] == "a"
    assert sorted(judge.asked[1:4]) == ["a b", "a c", "a d"]
    assert sorted(judge.asked[4:6]) == ["a c b", "a c d"]
    assert judge.asked[6:] == ["a c b d", "a c b e"]  # nothing is asked about twice at 0.2


def test_no_more_candidates_are_drawn_at_a_step_than_asked_for(alone: Alone) -> None:
    judge, encoder = Judge(dict.fromkeys("bcdefg", 1.0)), ByWord({})
    alone(Score(n_candidates=3), Words(tuple("bcdefg")), judge, encoder, "a", [0.5])
    assert len(judge.asked) == 1 + 3
    assert len(encoder.encoded) == 1 + 3


def test_where_nothing_keeps_the_degree_the_text_is_unperturbable_and_where_nothing_helps_it_is_not() -> None:
    encoder = ByWord({"b": 0.2})
    for search in (Score(), Decision()):
        result = run(search, Words(("b",)), Judge({"b": 1}), encoder, "a", [0, 0.1, 0.3])
        assert [shot.unperturbable for shot in shots(result)] == [False, True, False]
    assert [
        shot.text for shot in shots(run(Score(), Words(("b",)), Judge({"b": 1}), encoder, "a", [0.3]))
    ] == ["a"]


# Decision access


def test_the_first_single_edit_that_fools_is_the_result_from_the_degree_it_keeps(alone: Alone) -> None:
    judge = Judge({"c": -2, "e": -2})
    encoder = ByWord({"b": 0.01, "c": 0.15, "e": 0.3})
    result = alone(Decision(), Words(tuple("bce")), judge, encoder, "a", [0, 0.1, 0.2, 0.4])
    assert [shot.text for shot in shots(result)] == ["a", "a", "a c", "a c"]
    assert judge.asked == ["a", "a b", "a c"]


def test_where_two_edits_must_be_made_the_others_are_taken_back() -> None:
    judge = Judge({"c": -0.6, "e": -0.6})
    encoder = ByWord(dict.fromkeys("bcdefgh", 0.05))
    result = run(Decision(), Words(tuple("bcdefgh")), judge, encoder, "a", [0, 0.06, 0.11, 0.5], n_variants=5)
    for trajectory in result.trajectories:
        clean, single, both, variant = (shot.text.split() for shot in trajectory.snapshots)
        assert (clean, len(single)) == (["a"], 2)
        assert sorted(both) == ["a", "c", "e"]
        assert {"a", "c", "e"} < set(variant)  # of rule access, which fools at this degree


def test_an_edit_is_not_taken_back_where_the_rest_would_be_too_far() -> None:
    # b brings the meaning back that c and e have taken away.
    judge = Judge({"c": -0.6, "e": -0.6})
    encoder = ByWord({"c": 0.3, "e": 0.3, "b": -0.2})
    result = run(Decision(), Words(tuple("bce")), judge, encoder, "a", [0.5], n_variants=5)
    for trajectory in result.trajectories:
        assert sorted(trajectory.snapshots[0].text.split()) == ["a", "b", "c", "e"]


def test_a_victim_that_cannot_be_fooled_gets_the_variant_of_rule_access() -> None:
    encoder = ByWord(dict.fromkeys("bcdefgh", 0.1))
    result = run(Decision(), Words(tuple("bcdefgh")), Judge({}), encoder, "a", [0, 0.2, 0.5])
    assert [shot.realised > 0 for shot in shots(result)] == [False, True, True]


# Both


@every_search
def test_what_is_wrong_before_the_attack_is_left_alone(search: Guided) -> None:
    judge = Judge({"a": -2})
    result = run(search, Words(("b",)), judge, letters, "a", DEGREES, n_variants=2)
    assert judge.asked == ["a"]
    for trajectory in result.trajectories:
        assert {shot.text for shot in trajectory.snapshots} == {"a"}
        assert not any(shot.unperturbable for shot in trajectory.snapshots)


@pytest.mark.parametrize("search", [Decision, Score, Gradient])
@pytest.mark.parametrize("budget", [1, 2, 7, 25])
@pytest.mark.parametrize("n_variants", [1, 3])
def test_a_query_budget_is_used_up_and_never_exceeded(
    search: type[Decision] | type[Score], budget: int, n_variants: int
) -> None:
    judge = Judge(dict.fromkeys("bcdefghij", -0.01))
    run(search(query_budget=budget), Words(tuple("bcdefghij")), judge, letters, "a", DEGREES, n_variants)
    assert len(judge.asked) == len(set(judge.asked)) == budget


@every_search
@every_attack
@settings(max_examples=30)
@given(value=st.sampled_from(TEXTS) | st.text("aeI'm not.,", max_size=30))
def test_limits_hold_what_fools_goes_on_fooling_and_results_repeat(
    search: Guided, attack: Attack, value: str
) -> None:
    result = run(search, attack, by_length, letters, value, (*DEGREES, 1.0), n_variants=2)
    assert result == run(search, attack, by_length, letters, value, (*DEGREES, 1.0), n_variants=2)
    for trajectory in result.trajectories:
        assert trajectory.snapshots[0].text == value  # degree 0 is the identity
        for shot in trajectory.snapshots:
            original, perturbed = letters([value, shot.text])
            assert 1 - original @ perturbed <= shot.realised + 1e-12 <= shot.degree + 2e-12
            assert apply(value, shot.edits) == shot.text
            assert (shot.text == value) == (not shot.edits)
            assert not (shot.unperturbable and shot.edits)
        correct = [result.outcomes[shot.text].correct for shot in trajectory.snapshots]
        assert correct == sorted(correct, reverse=True)  # what fools goes on fooling


@every_search
@every_attack
def test_results_do_not_depend_on_order_or_width(search: Guided, attack: Attack) -> None:
    def found(order: Sequence[int], width: int) -> list[Result]:
        searches = [
            (i, search.whole(Text(TEXTS[i]), attack, DEGREES, 2, partial(generator, 0, str(i), "x"), letters))
            for i in order
        ]
        results = list(Engine(by_length, width=width).run(searches))
        return sorted(results, key=lambda result: result.example)

    forward = list(range(len(TEXTS)))
    assert found(forward, 64) == found(forward[::-1], 2)


@every_search
def test_a_sweep_of_eight_degrees_costs_what_the_largest_does(search: Guided) -> None:
    def cost(degrees: Sequence[float]) -> NDArray[np.int64]:
        queries, encodings = 0, 0
        for text in TEXTS:
            judge, encoder = (
                Judge(dict.fromkeys(text.split(), 1.0)),
                ByWord(dict.fromkeys(text.split(), -0.01)),
            )
            result = run(search, ATTACKS[0], judge, encoder, text, degrees, n_variants=2)
            queries, encodings = queries + result.n_queries, encodings + len(encoder.encoded)
        return np.array([queries, encodings])

    assert (cost(DEGREES) <= 1.3 * cost([0, DEGREES[-1]])).all()
