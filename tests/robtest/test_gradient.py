"""Gradient access: slopes done by hand, and what the search makes of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from robtest import attack as attack_victim
from robtest.engine import Engine, Result
from robtest.errors import AttackError, VictimError
from robtest.random import generator
from robtest.search import Gradient, Score
from robtest.search.space import WordSpace
from robtest.sites import Sites
from robtest.slope import Slope
from robtest.text import words
from robtest.types import Attack, Edit, Outcome, Query, Search, Slopes, Text
from robtest.victim import slopes_by

VECTORS = {"a": [1.0, 0.0], "b": [0.0, 2.0], "c": [3.0, 1.0]}


def embed(text: str) -> NDArray[np.float64]:
    """Every letter is a piece; letters without a vector are dropped."""
    return np.array([VECTORS[char] for char in text if char in VECTORS]).reshape(-1, 2)


def slope(text: str, gradient: Sequence[Sequence[float]]) -> Slope:
    spans = [(i, i + 1) for i, char in enumerate(text) if char in VECTORS]
    return Slope(text, np.array(spans, np.int64).reshape(-1, 2), embed(text), np.array(gradient), embed)


def test_a_word_is_as_important_as_the_gradient_of_its_pieces_is_long() -> None:
    one = slope("ab c", [[1, 2], [2, 2], [0, -1]])
    assert one.importance(0, 2) == 5  # (1, 2) + (2, 2) = (3, 4)
    assert one.importance(3, 4) == 1
    assert one.importance(2, 3) == 0  # white space


def test_a_piece_in_place_of_a_piece_changes_the_score_by_hotflips_estimate() -> None:
    one = slope("a b", [[1, 10], [5, 7]])
    # b - a = (-1, 2), along (1, 10)
    assert one.change([Edit(0, 1, "b", "")]) == 19
    # c - b = (3, -1), along (5, 7); what two words change adds up
    assert one.change([Edit(2, 3, "c", "")]) == 8
    assert one.change([Edit(2, 3, "c", ""), Edit(0, 1, "b", "")]) == 27


def test_pieces_are_replaced_by_the_mean_of_the_new_ones_whatever_their_numbers() -> None:
    one = slope("ab", [[1, 0], [0, 1]])
    # The word "ab" becomes "cab": mean of c, a, b = (4/3, 1), against a at (1, 0) and b at (0, 1).
    assert one.change([Edit(0, 0, "c", "")]) == pytest.approx((4 / 3 - 1) + (1 - 2))
    # To the victim nothing is left of it: both pieces go.
    assert one.change([Edit(0, 2, "?", "")]) == -3


def test_several_edits_of_a_word_are_one_change() -> None:
    one = slope("ab", [[1, 0], [0, 1]])
    both = [Edit(0, 1, "b", ""), Edit(1, 2, "a", "")]
    assert one.change(both) == pytest.approx((0.5 - 1) + (1 - 2))  # mean of b, a = (0.5, 1)


def test_a_deleted_space_joins_the_words_beside_it() -> None:
    seen = []

    def listening(text: str) -> NDArray[np.float64]:
        seen.append(text)
        return embed(text)

    one = slope("c a b c", [[0, 0]] * 4)
    Slope(one.text, one.spans, one.vectors, one.gradient, listening).change([Edit(3, 4, "", "")])
    assert seen == [" ab"]  # with the space before it, which is a piece's own in many vocabularies


def test_a_word_without_pieces_changes_nothing() -> None:
    assert slope("? a", [[1, 1]]).change([Edit(0, 1, "c", "")]) == 0


def test_shapes_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(VictimError, match=r"gradient of the shape of its vectors, \(1, 2\), got \(1, 1\)"):
        slope("a", [[1]])
    with pytest.raises(VictimError, match="finite"):
        slope("a", [[1, np.nan]])
    with pytest.raises(VictimError, match=r"spans of shape \(n, 2\) .* got \(1, 2\) and \(2, 2\)"):
        Slope("a", np.array([[0, 1]]), np.zeros((2, 2)), np.zeros((2, 2)), embed)


# The search


@dataclass(frozen=True)
class Table(Attack):
    """Replace words as a table says."""

    table: Mapping[str, Sequence[str]]
    name = "table"
    level = "word"
    unit = "word"
    tags = ("general",)
    version = "1"

    def edits(self, text: str, start: int, end: int) -> list[Edit]:
        return [Edit(start, end, new, "table") for new in self.table.get(text[start:end], ())]


Alone = Callable[..., Result]


@dataclass
class Weighted:
    """A judge by the weights of words, less a threshold; its slopes are scaled by ``pull`` per word."""

    weights: Mapping[str, float]
    threshold: float
    pull: Callable[[str, str], float] = lambda text, word: 1.0
    asked: list[str] = field(default_factory=list)
    calls: list[list[str]] = field(default_factory=list)

    def __call__(self, queries: Sequence[Query]) -> list[Outcome]:
        self.asked += [query.text for query in queries]
        sums = [sum(self.weights.get(word, 0.0) for word in query.text.split()) for query in queries]
        return [Outcome(s > self.threshold, float(s > self.threshold), s - self.threshold) for s in sums]

    def slopes(self, queries: Sequence[Query]) -> list[Slope]:
        self.calls.append([query.text for query in queries])
        return [self._slope(query.text) for query in queries]

    def _slope(self, text: str) -> Slope:
        found = words(text)
        gradient = np.array([[self.pull(text, text[start:end])] for start, end in found])
        return Slope(text, np.array(found), self._embed(text), gradient, self._embed)

    def _embed(self, text: str) -> NDArray[np.float64]:
        return np.array([[self.weights.get(word, 0.0)] for word in text.split()]).reshape(-1, 1)


def run(search: Score, attack: Attack, judge: Weighted, text: str) -> Result:
    rng_for = partial(generator, 0, "an example", attack.name)
    return engine_run(search(Text(text), attack, "general", (1,), 1, rng_for), judge)


def engine_run(search: Search, judge: Weighted) -> Result:
    engine = Engine(judge, slopes=judge.slopes)
    (result,) = engine.run([(0, search)])
    assert engine.n_queries == result.n_queries == engine.n_forward
    return result


@pytest.fixture
def alone(walk_alone: Callable[..., Search]) -> Alone:
    """`run` without the texts of rule access before the walk and new starts behind it."""

    def run_alone(search: Score, attack: Attack, judge: Weighted, text: str) -> Result:
        return engine_run(walk_alone(search, WordSpace(Sites(Text(text), attack, "general")), (1,)), judge)

    return run_alone


def text_of(result: Result) -> str:
    return result.trajectories[0].snapshots[-1].text


def test_the_best_edit_of_the_steepest_word_is_judged_first_and_nothing_else(alone: Alone) -> None:
    weights = {"x": 1, "y": 1, "z": 1, "Y0": 0.9, "Y1": -5, "Y2": 0.5, "X1": -4, "Z1": -4}
    judge = Weighted(weights, threshold=0, pull=lambda text, word: {"x": 1, "y": 3, "z": 2}.get(word, 0))
    table = Table({"x": ["X1"], "y": ["Y0", "Y1", "Y2"], "z": ["Z1"]})
    result = alone(Gradient(n_candidates=1), table, judge, "x y z")
    assert judge.asked == ["x y z", "x Y1 z"]
    assert judge.calls == [["x y z"]]
    assert (text_of(result), result.n_queries) == ("x Y1 z", 3)  # two texts and a slope


def test_what_the_slope_promises_is_judged_before_it_is_done(alone: Alone) -> None:
    # The slope has the wrong sign: what it takes for the best edit raises the score, and is not made.
    judge = Weighted({"x": 1, "X1": 0, "X2": 5}, threshold=-10, pull=lambda text, word: -1)
    assert text_of(alone(Gradient(n_candidates=1), Table({"x": ["X1", "X2"]}), judge, "x w")) == "x w"
    judge.asked.clear()
    assert text_of(alone(Gradient(n_candidates=2), Table({"x": ["X1", "X2"]}), judge, "x w")) == "X1 w"


@pytest.mark.parametrize(("rerank", "order"), [(False, ["X", "Y", "Z"]), (True, ["X", "Z", "Y"])])
def test_a_fresh_slope_after_an_edit_changes_whose_turn_it_is(
    rerank: bool, order: list[str], alone: Alone
) -> None:
    def pull(text: str, word: str) -> float:
        # Longer by now: once x has become X1, z is steeper than y.
        return {"x": 9, "y": 2, "z": 3 if "X1" in text else 1}.get(word, 0)

    weights = {"x": 1, "y": 1, "z": 1, "X1": 0.5, "Y1": 0.5, "Z1": 0.5}
    judge = Weighted(weights, threshold=-10, pull=pull)
    alone(Gradient(rerank=rerank), Table({"x": ["X1"], "y": ["Y1"], "z": ["Z1"]}), judge, "x y z")
    made = ["".join(new for new in "XYZ" if new in text) for text in judge.asked[1:]]
    assert made == ["".join(sorted(order[: i + 1])) for i in range(3)]
    assert len(judge.calls) == (3 if rerank else 1)


def test_edits_of_an_edited_text_are_estimated_at_the_place_they_have_moved_to(alone: Alone) -> None:
    weights = {"x": 1, "y": 1, "much-longer": 0.5, "Y1": 0.9, "Y2": 0.1}
    judge = Weighted(weights, threshold=-10, pull=lambda text, word: 2 if word == "x" else 1)
    table = Table({"x": ["much-longer"], "y": ["Y1", "Y2"]})
    alone(Gradient(n_candidates=1, rerank=True), table, judge, "x y end")
    assert judge.asked == ["x y end", "much-longer y end", "much-longer Y2 end"]


def test_with_many_candidates_far_fewer_queries_find_what_score_access_finds(alone: Alone) -> None:
    names = "abcdefgh"
    weights = {name: 1.0 for name in names} | {
        f"{n}{i}": 0.95 - 0.1 * (i == 29) for n in names for i in range(30)
    }
    table = Table({name: [f"{name}{i}" for i in range(30)] for name in names})
    text, threshold = " ".join(names), 8 - 8 * 0.15 + 0.01

    def found(search: Score) -> Result:
        return alone(search, table, Weighted(weights, threshold), text)

    score, gradient = found(Score(n_candidates=30)), found(Gradient(n_candidates=1))
    assert text_of(score) == text_of(gradient) == " ".join(f"{name}29" for name in names)
    assert (score.n_queries, gradient.n_queries) == (1 + 8 + 8 * 30, 1 + 1 + 8)


def test_slopes_of_many_examples_are_taken_in_one_call() -> None:
    judge = Weighted({"x": 1}, threshold=-10)
    rng_for = partial(generator, 0, "an example", "table")

    def search(i: int) -> Search:
        return Gradient()(Text(f"x {i}"), Table({"x": ["X"]}), "general", (1,), 1, rng_for)

    list(Engine(judge, slopes=judge.slopes).run((i, search(i)) for i in range(5)))
    assert judge.calls == [[f"x {i}" for i in range(5)]]


def test_all_variants_begin_with_one_slope_of_the_original() -> None:
    judge = Weighted({"x": 1}, threshold=-10)
    rng_for = partial(generator, 0, "an example", "table")
    search = Gradient()(Text("x y"), Table({"x": ["X"]}), "general", (1,), 4, rng_for)
    list(Engine(judge, slopes=judge.slopes).run([(0, search)]))
    assert judge.calls == [["x y"]]


def test_without_room_for_a_slope_in_the_budget_the_search_goes_on_without() -> None:
    judge = Weighted({"x": 1}, threshold=-10)
    result = run(Gradient(query_budget=1), Table({"x": ["X"]}), judge, "x y")
    assert (judge.calls, result.n_queries, text_of(result)) == ([], 1, "x y")


# What is refused


def test_a_victim_without_gradients_is_refused_with_the_cure() -> None:
    def victim(texts: Sequence[str]) -> NDArray[np.float64]:
        return np.full((len(texts), 2), 0.5)

    with pytest.raises(VictimError, match=r"needs a victim with a method slopes.*access=score or access=dec"):
        attack_victim(["a b"], [0], victim, access="gradient")
    with pytest.raises(VictimError, match="function has none"):
        slopes_by(victim, [0])

    def asking() -> Search:
        yield Slopes(("a",))
        return ()

    with pytest.raises(VictimError, match="this one gives none; attack it with access=score"):
        list(Engine(Weighted({}, 0)).run([(0, asking())]))


def test_too_few_slopes_are_refused() -> None:
    def asking() -> Search:
        yield Slopes(("a", "b"))
        return ()

    judge = Weighted({}, 0)
    engine = Engine(judge, slopes=lambda queries: judge.slopes(queries)[1:])
    with pytest.raises(VictimError, match="gave 1 slopes for 2 queries"):
        list(engine.run([(0, asking())]))


def test_a_slope_asked_for_is_no_outcome_of_the_text() -> None:
    def careless() -> Search:
        yield Slopes(("a",))
        return run(Gradient(), Table({}), Weighted({}, -1), "a").trajectories

    judge = Weighted({}, 0)
    with pytest.raises(AttackError, match="returned a text it never asked about"):
        list(Engine(judge, slopes=judge.slopes).run([(0, careless())]))
