"""No access that looks at the victim is weaker than rule access, whatever the victim.

``python tests/robtest/test_never_weaker.py [n]`` prints how often each access is stronger, on n victims.
"""

import sys
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from robtest.attacks import get_attack
from robtest.attacks.distraction import Distraction
from robtest.attacks.syntax import Syntax
from robtest.engine import Engine, Result
from robtest.random import generator
from robtest.score import worst
from robtest.search import Decision, Gradient, Score, rule
from robtest.search.attempt import Attempt, Frontier
from robtest.search.guided import IDLE, RESTARTS, Guided, independent
from robtest.search.questions import Questions, Steps
from robtest.search.space import Space, TextSpace, WordSpace
from robtest.similarity import Encoder
from robtest.sites import Sites
from robtest.slope import Slope
from robtest.text import words
from robtest.textwalk import Candidate, Whole, text_trajectories
from robtest.types import Attack, Edit, Outcome, Query, Search, Tag, Text, Unit

DEGREES = (0, 0.1, 0.3, 0.6)
N_VARIANTS = 2
BUDGETS = (1 + N_VARIANTS * 3, 40, 120)
"""The first has room for the texts of rule access and none besides."""

Victim = Callable[[str], Outcome]

# Attacks: the eight dimensions, in toy form where the real one reads files.


@dataclass(frozen=True)
class Toy(Attack):
    """Replaces units by what a function makes of them, one kind for each function."""

    name: str
    unit: Unit
    tags: tuple[Tag, ...]
    make: tuple[Callable[[str], str], ...]
    level = "word"
    version = "1"

    def edits(self, text: str, start: int, end: int) -> list[Edit]:
        old = text[start:end]
        made = ((make(old), str(i)) for i, make in enumerate(self.make))
        return [Edit(start, end, new, kind) for new, kind in made if new != old]


PHONETIC = Toy(
    "phonetic",
    "word",
    ("malicious", "general"),
    (lambda word: word.replace("e", "ee"), lambda word: word.replace("c", "k").replace("i", "y")),
)
SYNONYM = Toy("synonym", "word", ("general",), (lambda word: word[::-1], lambda word: f"un{word}"))
CONTEXTUAL = Toy(
    "contextual", "word", ("general",), tuple(lambda word, i=i: f"other{i}{word[:1]}" for i in range(7))
)
INFLECTION = Toy("inflection", "word", ("general",), (lambda word: word[:-1] if word[-1] in "sd" else word,))

ATTACKS: list[Attack] = [
    get_attack("typo"),
    get_attack("glyph"),
    PHONETIC,
    SYNONYM,
    CONTEXTUAL,
    INFLECTION,
    Syntax(kinds=("contraction", "expansion", "adverb")),
    Distraction(statements=("A week has seven days.", "Wood floats on water.", "The key is in a drawer.")),
]

VOCABULARY = (
    "boats cannot clear cold However, I'm is late not old quiet rains red seas stars they'll turned warm"
).split()


def letters(texts: Sequence[str], /) -> NDArray[np.float64]:
    """An encoder that counts letters."""
    counts = [[1 + text.lower().count(letter) for letter in "aeinorst"] for text in texts]
    vectors = np.array(counts, dtype=np.float64)
    unit: NDArray[np.float64] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


# Victims, each made for one text out of a number


def fraction(*parts: object) -> float:
    """A number in [0, 1) that looks random and is the same on every machine."""
    return zlib.crc32(repr(parts).encode()) / 2**32


def by_margin(score: float) -> Outcome:
    return Outcome(score > 0, float(score > 0), score)


def linear(text: str, i: int) -> Victim:
    """A sum of random weights of words, right by a random margin before the attack."""

    def total(value: str) -> float:
        return sum(2 * fraction(i, word) - 1 for word in value.split())

    lead = 0.05 + 2 * fraction(i, "lead")
    return lambda value: by_margin(total(value) - total(text) + lead)


def trigrams(text: str, i: int) -> Victim:
    """The same of all sequences of three characters, so that every edit changes the score."""

    def total(value: str) -> float:
        return sum(2 * fraction(i, value[k : k + 3]) - 1 for k in range(len(value) - 2))

    lead = 0.1 + 6 * fraction(i, "lead")
    return lambda value: by_margin(total(value) - total(text) + lead)


def step(text: str, i: int) -> Victim:
    """Wrong, at one stroke, when one to five words are gone: any, or all of certain ones."""
    all_words = sorted(set(text.split()), key=lambda word: fraction(i, word))
    n, certain = 1 + i % 5, set(all_words[: 1 + i % 5])
    if fraction(i, "any") < 0.5:
        return lambda value: by_margin(1 if len(set(all_words) - set(value.split())) < n else -1)
    return lambda value: by_margin(1 if certain & set(value.split()) else -1)


def longer(text: str, i: int) -> Victim:
    """Wrong, at one stroke, when a text has one to nine words more or less."""
    n = 1 + i % 9
    return lambda value: by_margin(1 if abs(len(value.split()) - len(text.split())) < n else -1)


def constant(text: str, i: int) -> Victim:
    return lambda value: Outcome(True, 1.0, 1.0)


def overlap(text: str, i: int) -> Victim:
    """A value such as token F1, which is the score too, and between 0 and 1 where the answer is wrong.

    Of every seventh the answer is wrong, and not worth nothing, before the attack.
    """
    gold = sorted(set(text.split()), key=lambda word: fraction(i, word))[: 1 + i % 4]

    def judge(value: str) -> Outcome:
        share = sum(word in value.split() for word in gold) / len(gold)
        if value != text and fraction(i, value) < 0.2:
            share *= fraction(value, i)
        share *= 0.8 if i % 7 == 0 else 1
        return Outcome(share == 1, share, share)

    return judge


def arbitrary(text: str, i: int) -> Victim:
    """No relation between score, value, answer and text, but that a right answer is worth 1."""

    def judge(value: str) -> Outcome:
        correct = value == text or fraction(i, value, "answer") < 0.8
        worth = 1.0 if correct else round(fraction(i, value, "value"), 1)
        return Outcome(correct, worth, fraction(i, value, "score") - 0.5)

    return judge


def perverse(text: str, i: int) -> Victim:
    """As `arbitrary`, and wrong answers may be worth more than right ones."""

    def judge(value: str) -> Outcome:
        outcome = arbitrary(text, i)(value)
        return Outcome(outcome.correct, fraction(i, value, "worth"), outcome.score)

    return judge


def labels_only(text: str, i: int) -> Victim:
    """As `step`, without a score."""
    inner = step(text, i)
    return lambda value: Outcome(inner(value).correct, inner(value).value, float("nan"))


VICTIMS = (linear, step, trigrams, overlap, longer, arbitrary, constant, perverse, step, labels_only)
SEARCHES: Mapping[str, type[Guided]] = {"decision": Decision, "score": Score, "gradient": Gradient}


def applies(access: str, victim: Callable[[str, int], Victim]) -> bool:
    """Decision access sees no values, so it cannot know that a wrong answer is worth more."""
    return victim is not (perverse if access == "decision" else labels_only)


@dataclass
class Judge:
    """A victim as a judge, and a slope of a kind; counts what it is asked."""

    victim: Victim
    n: int = 0

    def __call__(self, queries: Sequence[Query]) -> list[Outcome]:
        self.n += len(queries)
        return [self.victim(query.text) for query in queries]

    def slopes(self, queries: Sequence[Query]) -> list[Slope]:
        self.n += len(queries)
        return [self._slope(query.text) for query in queries]

    def _slope(self, text: str) -> Slope:
        spans = np.array(words(text), dtype=np.int64).reshape(-1, 2)

        def embed(part: str) -> NDArray[np.float64]:
            return np.array([[fraction(word) - 0.5] for word in part.split()]).reshape(-1, 1)

        return Slope(text, spans, embed(text), np.ones((len(spans), 1)), embed)


def space_for(attack: Attack, text: str, tag: Tag) -> Space:
    if attack.unit == "text":
        return TextSpace(Whole(Text(text), attack, letters))
    return WordSpace(Sites(Text(text), attack, tag))


def ruled(
    attack: Attack, text: str, tag: Tag, degrees: Sequence[float], encoder: Encoder = letters
) -> Search:
    """Rule access, whole texts under an encoder of ours."""
    rng_for = partial(generator, 0, "an example", attack.name)
    if attack.unit != "text":
        return (yield from rule(Text(text), attack, tag, degrees, N_VARIANTS, rng_for))
    trajectories = text_trajectories(Text(text), attack, degrees, N_VARIANTS, rng_for, encoder)
    yield list(dict.fromkeys([text, *(shot.text for t in trajectories for shot in t.snapshots)]))
    return trajectories


def guided(
    search: Guided,
    attack: Attack,
    text: str,
    tag: Tag,
    degrees: Sequence[float],
    encoder: Encoder = letters,
    n_variants: int = N_VARIANTS,
) -> Search:
    rng_for = partial(generator, 0, "an example", attack.name)
    if attack.unit == "text":
        return search.whole(Text(text), attack, degrees, n_variants, rng_for, encoder)
    return search(Text(text), attack, tag, degrees, n_variants, rng_for)


def run(judge: Judge, search: Search) -> Result:
    (result,) = Engine(judge, slopes=judge.slopes).run([(0, search)])
    return result


def corrects(result: Result) -> NDArray[np.bool_]:
    """Whether each text is answered rightly, shape ``(n_variants, n_degrees)``."""
    return np.array([[result.outcomes[s.text].correct for s in t.snapshots] for t in result.trajectories])


def values(result: Result) -> NDArray[np.float64]:
    """What the answer to each text is worth, shape ``(n_variants, n_degrees)``."""
    return np.array([[result.outcomes[s.text].value for s in t.snapshots] for t in result.trajectories])


def worst_of(result: Result, clean: str) -> NDArray[np.float64]:
    """The least value over the clean text and all variants up to each degree."""
    table = values(result)
    first = np.full((len(table), 1), result.outcomes[clean].value)
    return worst(np.concatenate([first, table], axis=1)[None])[0, 1:]


def compared(i: int) -> Counter[tuple[str, str]]:
    """Attack the i-th victim in every way; return how often each access is stronger than rule access."""
    rng = np.random.default_rng(i)
    text = " ".join(rng.choice(VOCABULARY, size=int(rng.integers(3, 12))))
    make, budget = VICTIMS[i % len(VICTIMS)], BUDGETS[i % len(BUDGETS)]
    counts = Counter[tuple[str, str]]()
    for attack in ATTACKS:
        tag = attack.tags[(i // len(VICTIMS)) % len(attack.tags)]
        high = worst_of(run(Judge(make(text, i)), ruled(attack, text, tag, DEGREES)), text)
        for access, search in SEARCHES.items():
            if not applies(access, make):
                continue
            judge = Judge(make(text, i))
            result = run(judge, guided(search(query_budget=budget), attack, text, tag, DEGREES))
            low = worst_of(result, text)
            where = (i, make.__name__, attack.name, tag, access)
            assert (low <= high).all(), (where, low, high)
            assert judge.n == result.n_queries <= budget, where
            if access != "decision":
                assert (np.diff(values(result)) <= 0).all(), where
            if make is not perverse:
                assert (np.diff(corrects(result).astype(int)) <= 0).all(), where  # what fools stays
            counts[access, "stronger" if (low < high).any() else "equal"] += 1
    return counts


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_no_access_is_weaker_than_rule_access_on_any_victim(first: int) -> None:
    counts = sum((compared(i) for i in range(first, first + 50)), Counter[tuple[str, str]]())
    print(dict(counts))
    for access in SEARCHES:
        assert counts[access, "stronger"] > 20
        assert counts[access, "equal"] > 20


every_search = pytest.mark.parametrize(
    "search", [Decision(), Score(), Gradient()], ids=lambda s: type(s).__name__
)

# Answers known by hand

STATEMENTS = Distraction(kinds=("statement",), statements=("A week has seven days.", "Wood floats on water."))
TEN = "boats clear cold late old quiet rains seas stars warm"


def by_statements(texts: Sequence[str], /) -> NDArray[np.float64]:
    """An encoder under which every full stop takes a text 0.05 further away."""
    cosines = 1 - 0.05 * np.array([text.count(".") for text in texts])
    return np.stack([cosines, np.sqrt(1 - cosines**2)], axis=1)


WalkAlone = Callable[[Guided, Space, Sequence[float]], Search]


@every_search
def test_a_step_of_three_words_is_fallen_down_as_soon_as_three_may_change(
    search: Guided, walk_alone: WalkAlone
) -> None:
    def victim(value: str) -> Outcome:
        return by_margin(1 if len(set(TEN.split()) - set(value.split())) < 3 else -1)

    degrees = (0, 0.1, 0.2, 0.3, 1)
    for tries in (
        ruled(CONTEXTUAL, TEN, "general", degrees),
        guided(search, CONTEXTUAL, TEN, "general", degrees),
    ):
        assert worst_of(run(Judge(victim), tries), TEN).tolist() == [1, 1, 1, 0, 0]
    if not isinstance(search, Decision):  # whose walk draws variants to the highest degree
        space = WordSpace(Sites(Text(TEN), CONTEXTUAL, "general"))
        alone = run(Judge(victim), walk_alone(search, space, degrees))
        assert [len(shot.edits) for shot in alone.trajectories[0].snapshots] == [0, 0, 0, 3, 3]


@every_search
def test_two_sentences_behind_a_text_are_found_where_one_changes_nothing(
    search: Guided, walk_alone: WalkAlone
) -> None:
    attack, degrees = STATEMENTS, (0, 0.06, 0.12)

    def victim(value: str) -> Outcome:
        return by_margin(1 if value.count(".") < 2 else -1)

    for tries in (
        ruled(attack, "a", "malicious", degrees, by_statements),
        guided(search, attack, "a", "malicious", degrees, by_statements),
    ):
        assert worst_of(run(Judge(victim), tries), "a").tolist() == [1, 1, 0]
    space = TextSpace(Whole(Text("a"), attack, by_statements))
    alone = run(Judge(victim), walk_alone(search, space, degrees))
    assert [shot.text.count(".") for shot in alone.trajectories[0].snapshots] == [0, 0, 2]


@every_search
def test_of_a_wrong_answer_that_is_worth_something_rule_access_may_take_the_rest(search: Guided) -> None:
    def victim(value: str) -> Outcome:
        return Outcome(False, 0.5 if "boats" in value else 0.0, 0.5)

    judge = Judge(victim)
    result = run(judge, guided(search, CONTEXTUAL, TEN, "general", (0, 1)))
    assert result.trajectories == run(Judge(victim), ruled(CONTEXTUAL, TEN, "general", (0, 1))).trajectories
    assert worst_of(result, TEN).tolist() == [0.5, 0]
    assert judge.n == 1 + N_VARIANTS


@every_search
def test_a_small_budget_goes_to_all_variants_from_the_lowest_degree_up(search: Guided) -> None:
    degrees = (0, 0.1, 0.2)
    rule = run(Judge(constant("", 0)), ruled(CONTEXTUAL, TEN, "general", degrees))
    first, second = ([t.snapshots[i].text for t in rule.trajectories] for i in (1, 2))
    small = type(search)(query_budget=4)
    result = run(Judge(constant("", 0)), guided(small, CONTEXTUAL, TEN, "general", degrees))
    assert list(result.outcomes) == [TEN, *first, second[0]]
    assert [s.text for s in result.trajectories[1].snapshots] == [TEN, first[1], first[1]]


# Ends


@dataclass
class Counted:
    """Counts how often a search begins anew."""

    n: int = 0

    def of(self, search: Guided, monkeypatch: pytest.MonkeyPatch) -> Guided:
        restart = type(search).restart

        def counting(self_: Guided, attempt: Attempt) -> Steps[None]:
            self.n += 1
            return (yield from restart(self_, attempt))

        monkeypatch.setattr(type(search), "restart", counting)
        return search


@every_search
def test_a_victim_that_never_errs_is_begun_anew_eight_times_without_a_budget(
    search: Guided, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted()
    run(
        Judge(constant("", 0)),
        guided(counted.of(search, monkeypatch), get_attack("typo"), TEN, "malicious", DEGREES, n_variants=1),
    )
    assert counted.n == RESTARTS == 8


@every_search
def test_where_all_texts_are_asked_about_the_search_ends_whatever_is_left_of_the_budget(
    search: Guided, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted, attack = Counted(), Toy("toy", "word", ("general",), (str.upper,))
    rich = type(search)(query_budget=1_000_000)
    judge = Judge(constant("", 0))
    tries = guided(counted.of(rich, monkeypatch), attack, "a b", "general", (0, 1), n_variants=1)
    assert set(run(judge, tries).outcomes) >= {"a b", "A b", "a B", "A B"}
    assert judge.n < 10
    assert IDLE <= counted.n <= 2 * IDLE


@every_search
def test_what_fools_is_not_begun_anew(search: Guided, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted()
    tries = guided(counted.of(search, monkeypatch), CONTEXTUAL, TEN, "general", (0, 0.1))
    result = run(Judge(lambda value: by_margin(1 if "boats" in value else -1)), tries)
    assert worst_of(result, TEN).tolist() == [1, 0]
    assert counted.n == 0


@every_search
def test_a_variant_is_the_same_whatever_other_variants_there_are(search: Guided) -> None:
    for attack in ATTACKS:
        one, three = (
            run(Judge(trigrams(TEN, 3)), guided(search, attack, TEN, attack.tags[0], DEGREES, n_variants=n))
            for n in (1, 3)
        )
        assert one.trajectories == three.trajectories[:1]


def test_the_draws_of_rule_access_are_not_repeated_and_those_behind_them_repeat() -> None:
    drawn = [generator(0, "an example", "typo", variant).random(8).tolist() for variant in (0, 1)]
    others = [
        independent(generator(0, "an example", "typo", variant)).random(8).tolist() for variant in (0, 1, 1)
    ]
    assert others[1] == others[2]
    assert len({*drawn[0], *drawn[1], *others[0], *others[1]}) == 32


# Taking edits back


def reduced(space: Space, victim: Victim, i: int) -> Candidate | None:
    """Fill a text with edits to the highest degree and, if that fools, take back what can be."""
    rng, degrees = np.random.default_rng(i), (1.0,)
    (full,) = space.fills(space.original, space.limit(1.0), 1, rng)

    def search() -> Search:
        questions = Questions(None)
        yield from questions.ask([space.original.text, full.text])
        frontier = Frontier(space, degrees, [space.original], questions.outcomes, Decision().better)
        attempt = Attempt(space, degrees, questions, frontier, rng)
        less.append((yield from attempt.reduced(full, lambda outcome: not outcome.correct, lambda: True)))
        return ()

    less: list[Candidate] = []
    run(Judge(victim), search())
    return None if victim(full.text).correct else less[0]


def test_of_the_edits_left_none_can_be_taken_back() -> None:
    fooled = 0
    for i in range(300):
        make = (trigrams, arbitrary, step)[i % 3]
        text = " ".join(np.random.default_rng(i).choice(VOCABULARY, size=9))
        attack = (CONTEXTUAL, get_attack("typo"), ATTACKS[-1])[i // 3 % 3]
        victim = longer(text, i) if attack.unit == "text" else make(text, i)
        space = space_for(attack, text, attack.tags[0])
        less = reduced(space, victim, i)
        if less is None:
            continue
        fooled += 1
        assert not victim(less.text).correct
        for k in range(len(less.parts)):
            fewer = space.compose([*less.parts[:k], *less.parts[k + 1 :]])
            far = fewer is not None and space.distances([fewer])[0] > space.limit(1.0)
            assert fewer is None or far or victim(fewer.text).correct or not fewer.parts, i
    assert fooled > 100


def test_a_text_left_alone_is_unperturbable_where_nothing_fits_and_that_is_measured() -> None:
    for search in SEARCHES.values():
        result = run(
            Judge(lambda value: by_margin(-1)),  # wrong before, so nothing is asked about
            guided(search(), STATEMENTS, "a", "malicious", (0, 0.04, 0.06), by_statements),
        )
        for trajectory in result.trajectories:
            assert [shot.unperturbable for shot in trajectory.snapshots] == [False, True, False]


if __name__ == "__main__":
    total = sum((compared(i) for i in range(int((sys.argv[1:] or ["300"])[0]))), Counter[tuple[str, str]]())
    for (access, outcome), n in sorted(total.items()):
        print(f"{access:9} {outcome:9} {n:6,}")
