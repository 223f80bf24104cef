"""What holds of every access that looks at the victim, and the answers of each that are known by hand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from robtest import attack as attack_victim
from robtest.api import AttackResult
from robtest.attacks import get_attack
from robtest.degree import DEGREES, budget, measure, size
from robtest.engine import Engine, Result
from robtest.errors import AttackError
from robtest.random import generator
from robtest.search import Decision, Score, Strategy, get_search
from robtest.search.guided import Guided
from robtest.search.order import by_score
from robtest.search.score import STAND_IN
from robtest.search.space import WordSpace
from robtest.sites import Sites
from robtest.slope import Slope
from robtest.text import apply, words
from robtest.types import Attack, Edit, Outcome, Query, Search, Tag, Text, Trajectory

Alone = Callable[..., Result]

SEARCHES: list[tuple[str, dict[str, object]]] = [
    ("decision", {}),
    ("decision", {"query_budget": 20}),
    ("score", {}),
    ("score", {"beam": 3, "n_candidates": 4}),
    ("score", {"rerank": True}),
    ("score", {"query_budget": 40}),
    ("gradient", {}),
    ("gradient", {"beam": 2, "rerank": True}),
    ("gradient", {"query_budget": 40}),
]
every_search = pytest.mark.parametrize(("access", "options"), SEARCHES)
every_attack = pytest.mark.parametrize(
    ("name", "tag"), [(name, tag) for name in ("typo", "glyph") for tag in ("malicious", "general")]
)

HOSTILE = [
    "",
    "a",
    "lighthouse",
    "Nobody, she said, had told HER about the 3 other boats!",
    "  two  spaces ",
    " \t\n\N{NO-BREAK SPACE} ",
    "?! ... -- ;;",
    "a\0b \0 c",
    "so \N{GRINNING FACE}\N{THUMBS UP SIGN} good",
    "half \ud800 a pair",
    "aaaa aaaa aa a",
]

WORDS = {"warm": 1.0, "clear": 2.0, "dull": -1.5, "late": -0.5, "kind": 0.75, "loud": -1.0, "old": 0.25}


def weighted(texts: Sequence[str]) -> NDArray[np.float64]:
    """A linear classifier: logits 0 and the sum of the weights of the words it knows."""
    sums = np.array([sum(WORDS.get(word, 0.0) for word in text.split()) for text in texts])
    return np.stack([np.zeros_like(sums), sums], axis=1)


def linear_slope(text: str, weights: Mapping[str, float]) -> Slope:
    """The slope of a sum of the weights of words, each word one piece, its vector its weight."""
    spans = np.array(words(text), dtype=np.int64).reshape(-1, 2)

    def embed(part: str) -> NDArray[np.float64]:
        return np.array([[weights.get(word, 0.0)] for word in part.split()]).reshape(-1, 1)

    return Slope(text, spans, embed(text), np.ones((len(spans), 1)), embed)


@dataclass(frozen=True)
class Linear:
    """`weighted` as a victim that gives its slopes, all of them times a factor."""

    factor: float = 1.0

    def __call__(self, texts: Sequence[str], /) -> NDArray[np.float64]:
        return self.factor * weighted(texts)

    def slopes(self, texts: Sequence[str], labels: Sequence[int], /) -> list[Slope]:
        signs = [self.factor * (1 if label else -1) for label in labels]
        return [
            linear_slope(text, {word: sign * weight for word, weight in WORDS.items()})
            for text, sign in zip(texts, signs, strict=True)
        ]


def reviews(n: int = 24) -> tuple[list[str], list[int]]:
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(list(WORDS), size=12)) for _ in range(n)]
    return texts, [int(weighted([text])[0, 1] > 0) for text in texts]


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


@dataclass
class Scores:
    """A judge by a score of the words, right while it is above 0; remembers what it was asked."""

    score: Callable[[tuple[str, ...]], float]
    asked: list[str] = field(default_factory=list)

    def __call__(self, queries: Sequence[Query]) -> list[Outcome]:
        self.asked += [query.text for query in queries]
        scores = [self.score(tuple(query.text.split())) for query in queries]
        return [Outcome(score > 0, float(score > 0), score) for score in scores]

    def slopes(self, queries: Sequence[Query]) -> list[Slope]:
        """Slopes of a kind: the numbers of code points, which tell little of the score."""
        self.asked += [query.text for query in queries]
        return [
            linear_slope(q.text, {word: float(sum(map(ord, word))) for word in q.text.split()})
            for q in queries
        ]


class Blind:
    """An outcome of which nothing but ``correct`` may be read, and of a wrong one its value."""

    def __init__(self, correct: bool) -> None:
        self.correct = correct

    def __getattr__(self, name: str) -> object:
        if name == "value" and not self.correct:
            return 0.0  # of the original: whether there is anything left to take
        raise AssertionError(f"decision access has read {name!r}")


def run(
    search: Strategy,
    attack: Attack,
    judge: Callable[[Sequence[Query]], Sequence[Outcome]],
    text: str | Text,
    degrees: Sequence[float],
    tag: Tag = "general",
    n_variants: int = 1,
) -> Result:
    whole = Text(text) if isinstance(text, str) else text
    rng_for = partial(generator, 0, "an example", attack.name)
    slopes = judge.slopes if isinstance(judge, Scores) else None
    (result,) = Engine(judge, slopes=slopes).run(
        [(0, search(whole, attack, tag, degrees, n_variants, rng_for))]
    )
    return result


@pytest.fixture
def alone(walk_alone: Callable[..., Search]) -> Callable[..., Result]:
    """`run` of one variant without the texts of rule access before it and new starts behind it."""

    def run_alone(
        search: Guided,
        attack: Attack,
        judge: Scores,
        text: str | Text,
        degrees: Sequence[float],
        tag: Tag = "general",
    ) -> Result:
        space = WordSpace(Sites(Text(text) if isinstance(text, str) else text, attack, tag))
        (result,) = Engine(judge, slopes=judge.slopes).run([(0, walk_alone(search, space, degrees))])
        return result

    return run_alone


def texts_of(result: Result) -> list[str]:
    return [shot.text for shot in result.trajectories[0].snapshots]


# Score access


def test_greedy_makes_the_best_edit_of_the_most_telling_word_and_stops_when_the_victim_is_fooled(
    alone: Alone,
) -> None:
    weights = {"a": 1, "b": 4, "c": 2, "B1": 3, "B2": 1, "C1": 5}
    judge = Scores(lambda words: sum(weights.get(word, 0) for word in words) - 3.5)
    table = Table({"a": ["A1"], "b": ["B1", "B2"], "c": ["C1"]})
    result = alone(Score(), table, judge, "a b c d", [0, 0.25, 0.5, 1])
    # b tells most, and B2 is worth less than B1; c is next, but C1 would help the victim; A1 fools it.
    assert texts_of(result) == ["a b c d", "a B2 c d", "A1 B2 c d", "A1 B2 c d"]
    # The text, three words left out (nothing can be done to d), then the edits at their turns.
    assert judge.asked[0] == "a b c d"
    assert sorted(judge.asked[1:4]) == ["a b d", "a c d", "b c d"]
    assert sorted(judge.asked[4:6]) == ["a B1 c d", "a B2 c d"]
    assert judge.asked[6:] == ["a B2 C1 d", "A1 B2 c d"]
    assert result.n_queries == 8


def test_no_more_candidates_are_judged_at_a_turn_than_asked_for(alone: Alone) -> None:
    judge = Scores(lambda words: 1.0)
    alone(Score(n_candidates=3), Table({"x": ["A", "B", "C", "D", "E"]}), judge, "x y", [0.5])
    assert len(judge.asked) == 1 + 3


def test_a_beam_finds_the_pair_of_edits_whose_first_is_not_the_best(alone: Alone) -> None:
    scores = {"xy": 5, "y": 1, "x": 4, "Ay": 3, "By": 4, "xC": 5, "AC": 3, "BC": -1}
    table = Table({"x": ["A", "B"], "y": ["C"]})

    def found(beam: int) -> str:
        judge = Scores(lambda words: scores["".join(words)])
        return texts_of(alone(Score(beam=beam), table, judge, "x y", [1]))[0]

    assert (found(1), found(2)) == ("A y", "B C")


def test_ranking_anew_follows_what_an_edit_has_changed(alone: Alone) -> None:
    scores = {"xyz": 10, "yz": 1, "xz": 5, "xy": 9, "Xyz": 8, "Xz": 7, "Xy": 2, "XYz": 6, "XyZ": -1}
    table = Table({"x": ["X"], "y": ["Y"], "z": ["Z"]})

    def found(rerank: bool) -> str:
        judge = Scores(lambda words: scores["".join(words)])
        return texts_of(alone(Score(rerank=rerank), table, judge, "x y z", [0.7]))[0]

    assert (found(False), found(True)) == ("X Y z", "X y Z")


def test_a_left_out_word_leaves_a_stand_in_where_the_number_of_words_must_stay(alone: Alone) -> None:
    judge = Scores(lambda words: float(len(words)))
    table = Table({"x": ["X"], "y": ["Y"]})
    alone(Score(), table, judge, Text("x y z", keep_words=True), [1])
    assert {f"{STAND_IN} y z", f"x {STAND_IN} z"} < set(judge.asked)
    assert {len(text.split()) for text in judge.asked} == {3}


def test_characters_of_a_word_are_edited_again_while_it_lowers_the_score(alone: Alone) -> None:
    # Every accent in the one word costs the victim 1; the fourth one fools it.
    judge = Scores(lambda words: sum(char.isascii() for char in "".join(words)) - 4.5)
    accents = get_attack("glyph")
    result = alone(Score(), accents, judge, "abcdefgh", [0.125, 0.25, 1], "malicious")
    assert [len(shot.edits) for shot in result.trajectories[0].snapshots] == [1, 2, 4]


def test_a_victim_without_scores_is_refused_with_the_cure() -> None:
    def judge(queries: Sequence[Query]) -> list[Outcome]:
        return [Outcome(True, 1.0, float("nan")) for _ in queries]

    with pytest.raises(AttackError, match=r"needs a finite score .* access=decision"):
        run(Score(), Table({"x": ["X"]}), judge, "x y", [1])


def test_scores_that_agree_to_a_hundred_thousandth_are_equal_in_any_unit() -> None:
    scores = [2.0, 1.0 + 1e-7, 1.0, -3.0]
    assert by_score(scores) == by_score([1000 * score for score in scores]) == [3, 1, 2, 0]
    assert by_score([1.0001, 1.0]) == [1, 0]
    assert by_score([0.0, 0.0]) == [0, 1]


# Decision access


def test_a_single_edit_that_fools_is_the_result_at_every_degree_it_keeps(alone: Alone) -> None:
    judge = Scores(lambda words: float("good" in words))
    table = Table({word: [word.upper()] for word in ("a", "good", "long", "day")})
    result = alone(Decision(), table, judge, "a good long day", [0, 0.2, 0.25, 1])
    same = "a GOOD long day"
    assert texts_of(result) == ["a good long day", "a good long day", same, same]
    assert result.n_queries == 5  # the text and one edit in each word


def test_where_two_words_must_change_nothing_else_stays_changed() -> None:
    judge = Scores(lambda words: float("p" in words or "q" in words))
    table = Table({word: [word.upper()] for word in "pqrstuvw"})
    result = run(Decision(), table, judge, "p q r s t u v w", [0.125, 0.25, 1], n_variants=5)
    for trajectory in result.trajectories:
        single, both, variant = (shot.text for shot in trajectory.snapshots)
        assert sum(map(str.isupper, single)) == 1
        assert both == "P Q r s t u v w"
        assert variant == "P Q R S T U V W"  # of rule access, which fools at this degree


def test_decision_access_reads_nothing_but_whether_the_answer_is_right() -> None:
    def judge(queries: Sequence[Query]) -> list[Outcome]:
        return [Blind("good" in query.text.split()) for query in queries]  # type: ignore[misc]

    for text in ("a good day", "not one word of it", "good"):
        result = run(Decision(), get_attack("typo"), judge, text, DEGREES, "malicious", 3)
        assert len(result.trajectories) == 3


def test_a_victim_that_cannot_be_fooled_gets_the_variants_of_rule_access() -> None:
    judge = Scores(lambda words: 1.0)
    result = run(Decision(), get_attack("typo"), judge, "a good long day", [0, 0.2, 0.5], "malicious", 3)
    for trajectory in result.trajectories:
        assert [len(shot.edits) > 0 for shot in trajectory.snapshots] == [False, True, True]


# All of them


@every_search
def test_what_is_wrong_before_the_attack_is_left_alone_and_not_called_unperturbable(
    access: str, options: dict[str, object]
) -> None:
    judge = Scores(lambda words: -1.0)
    search = get_search(access, options)
    result = run(search, Table({"x": ["X"]}), judge, "x y", [0, 0.25, 1], n_variants=2)
    assert result.n_queries == 1
    for trajectory in result.trajectories:
        assert {shot.text for shot in trajectory.snapshots} == {"x y"}
        # A quarter of two words is none.
        assert [shot.unperturbable for shot in trajectory.snapshots] == [False, True, False]


@pytest.mark.parametrize("access", ["decision", "score", "gradient"])
@pytest.mark.parametrize("n_variants", [1, 2, 3])
@pytest.mark.parametrize("budget", [1, 2, 7, 8, 25])
def test_a_query_budget_is_used_up_and_never_exceeded(access: str, n_variants: int, budget: int) -> None:
    judge = Scores(lambda words: 1.0)
    text = "nobody had told her about the other boats"
    search = get_search(access, {"query_budget": budget})
    result = run(search, get_attack("glyph"), judge, text, DEGREES, "malicious", n_variants)
    assert len(judge.asked) == result.n_queries == budget


@pytest.mark.parametrize("access", ["rule", "decision", "score", "gradient"])
@every_attack
def test_a_thousandfold_of_the_logits_changes_nothing(access: str, name: str, tag: Tag) -> None:
    texts, labels = reviews(10)

    def result(factor: float) -> tuple[object, list[object], int]:
        found = attack_victim(
            texts, labels, Linear(factor), dimension=name, tag=tag, access=access, n_variants=2, logits=True
        )
        return found.trajectories, found.correct.tolist(), found.n_queries

    assert result(1) == result(1000)


@pytest.mark.parametrize(("access", "options"), [s for s in SEARCHES if "query_budget" not in s[1]])
@every_attack
def test_a_sweep_of_eight_degrees_costs_about_what_the_largest_does_alone(
    access: str, options: dict[str, object], name: str, tag: Tag
) -> None:
    texts, labels = reviews(40)

    def result(degrees: Sequence[float], kept: Sequence[int], access: str = access) -> AttackResult:
        return attack_victim(
            [texts[i] for i in kept],
            [labels[i] for i in kept],
            Linear(),
            dimension=name,
            tag=tag,
            degrees=degrees,
            access=access,
            options=options if access != "rule" else None,
            n_variants=1,
            logits=True,
        )

    everything, largest = range(len(texts)), DEGREES[-1:]
    costs = [result([degree], everything).n_queries for degree in DEGREES if degree > 0]
    assert result(DEGREES, everything).n_queries <= max(costs)
    # Where rule access fools at the largest degree, nothing is left to be done for it alone.
    sweep, alone = (
        result(degrees, everything, "rule").correct[:, 0].all(axis=1) for degrees in (DEGREES, largest)
    )
    kept = np.flatnonzero(sweep & alone).tolist()
    sweep_cost, cost = (result(degrees, kept).n_queries for degrees in (DEGREES, largest))
    more = len(kept) * (len(DEGREES) - 2)  # the texts of rule access at the other degrees
    # Decision access goes down to lower degrees by taking edits back, where there are lower degrees.
    assert sweep_cost - more <= (1.6 if access == "decision" else 1.3) * cost


@every_attack
def test_the_more_is_seen_the_more_is_fooled(name: str, tag: Tag) -> None:
    texts, labels = reviews()
    rule, decision, score = (
        attack_victim(
            texts, labels, weighted, dimension=name, tag=tag, access=access, n_variants=1, logits=True
        )
        for access in ("rule", "decision", "score")
    )
    assert score.worst.mean() < decision.worst.mean() < rule.worst.mean()


def check(text: Text, trajectories: Sequence[Trajectory], tag: Tag) -> None:
    for trajectory in trajectories:
        for shot in trajectory.snapshots:
            assert measure(text.value, shot.text, tag) == shot.realised <= shot.degree
            assert apply(text.value, shot.edits) == shot.text
            assert (shot.text == text.value) == (not shot.edits)
            assert not (shot.unperturbable and shot.edits)
            assert len(shot.text.split()) == len(text.value.split())
        assert trajectory.snapshots[0].text == text.value


@every_search
@every_attack
@given(value=st.text(max_size=20) | st.text("ab \n", max_size=12), start=st.integers(0, 12))
def test_limits_hold_and_what_fools_goes_on_fooling_on_random_texts(
    access: str, options: dict[str, object], name: str, tag: Tag, value: str, start: int
) -> None:
    text = Text(value, ((min(start, len(value)), min(start + 2, len(value))),), keep_words=True)
    # Wrong as soon as the code points of a text weigh less than those of the original.
    weight = sum(map(ord, value))
    judge = Scores(lambda words: sum(map(ord, "".join(words))) - 0.99 * weight + 1)
    degrees = (0, 0.1, 0.3, 1)
    result = run(get_search(access, options), get_attack(name), judge, text, degrees, tag, n_variants=2)
    check(text, result.trajectories, tag)
    for trajectory in result.trajectories:
        correct = [result.outcomes[shot.text].correct for shot in trajectory.snapshots]
        assert correct == sorted(correct, reverse=True)  # what fools goes on fooling


@every_search
@every_attack
def test_scores_are_ordered_and_independent_of_order_and_width(
    access: str, options: dict[str, object], name: str, tag: Tag
) -> None:
    texts = [*HOSTILE, *reviews(4)[0]]
    labels = [*(i % 2 for i in range(len(HOSTILE))), *reviews(4)[1]]

    def measured(order: list[int], width: int) -> tuple[object, object, int]:
        result = attack_victim(
            [texts[i] for i in order],
            [labels[i] for i in order],
            Linear(),
            dimension=name,
            tag=tag,
            n_variants=2,
            width=width,
            access=access,
            options=options,
            logits=True,
        )
        assert (result.worst <= result.average).all()
        assert (np.diff(result.worst) <= 0).all()
        back = np.argsort(order)
        for i, text in enumerate(texts):
            check(Text(text), result.trajectories[back[i]], tag)
        return result.correct[back].tolist(), [result.trajectories[i] for i in back], result.n_queries

    forward = list(range(len(texts)))
    assert measured(forward, width=64) == measured(forward[::-1], width=2)


def test_unknown_accesses_and_options_list_the_known() -> None:
    with pytest.raises(ValueError, match=r"unknown access 'psychic'; known: rule, decision, score, gradient"):
        get_search("psychic")
    with pytest.raises(ValueError, match=r"decision access has no option 'beam'; .* n_candidates, query_bud"):
        get_search("decision", {"beam": 2})
    with pytest.raises(ValueError, match="rule access has no option 'query_budget'; its options: compatible"):
        get_search("rule", {"query_budget": 2})
    for name in ("n_candidates", "beam", "query_budget"):
        with pytest.raises(ValueError, match=f"{name} must be 1 or more, got 0"):
            get_search("score", {name: 0})


@pytest.mark.parametrize("access", ["rule", "decision", "score"])
@every_attack
def test_compatible_limits_are_exceeded_by_less_than_one_change(access: str, name: str, tag: Tag) -> None:
    search = get_search(access, {"compatible": True})
    text = "Nobody, she said, had told HER about it"
    result = run(search, get_attack(name), Scores(lambda words: 1.0 + len(words)), text, DEGREES, tag, 3)
    n = size(text, tag)
    for trajectory in result.trajectories:
        for shot in trajectory.snapshots:
            assert measure(text, shot.text, tag, compatible=True) == shot.realised
            assert round(shot.realised * n) <= budget(shot.degree, n, compatible=True)
    # One of eight words, two of 39 characters: 0.05 of both is no whole number.
    assert any(shot.realised > shot.degree for t in result.trajectories for shot in t.snapshots)
