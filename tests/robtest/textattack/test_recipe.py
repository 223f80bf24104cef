"""Recipes of TextAttack as attacks of the suite, held against TextAttack itself."""

import threading
from collections.abc import Callable, Sequence
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from robtest.api import AttackResult, attack
from robtest.degree import measure, within
from robtest.engine import Engine, Result
from robtest.errors import AttackError, VictimError
from robtest.random import generator
from robtest.text import apply
from robtest.textattack import Recipe
from robtest.textattack.bridge import RandomState
from robtest.textattack.network import offline
from robtest.types import Outcome, Query, Text
from robtest.victim import judge_by

Rows = Callable[[Sequence[str]], NDArray[np.float64]]
Sentences = list[tuple[str, int]]

DEGREES = (0.0, 0.03, 0.06, 0.1, 0.2, 1.0)


@pytest.fixture
def deepwordbug(ta: ModuleType) -> Recipe:
    return Recipe("deepwordbug")


def attacked(recipe: Recipe, told: Sentences, victim: Rows, **options: object) -> AttackResult:
    settings: dict[str, object] = {"degrees": (0.0, 1.0), "n_variants": 1, "tag": recipe.tags[0], **options}
    texts, labels = zip(*told, strict=True)
    return attack(texts, labels, victim, dimension=recipe, **settings)  # type: ignore[arg-type]


def run_with(recipe: Recipe, text: Text, judge: Callable[[Sequence[Query]], list[Outcome]]) -> Result:
    """Attack one text under any judge."""
    search = recipe.search(None)
    tag = recipe.tags[0]
    steps = search(text, recipe, tag, DEGREES, 1, lambda variant: generator(0, "x", recipe.name, variant))
    (result,) = Engine(judge).run([(0, steps)])
    return result


@pytest.mark.parametrize("name", ["deepwordbug", "pruthi"])
def test_with_an_open_limit_a_recipe_does_what_it_does_in_textattack(
    name: str, ta: ModuleType, sentences: Sentences, victim: Rows
) -> None:
    recipe = Recipe(name)
    ours = attacked(recipe, sentences, victim)

    class Wrapper(ta.models.wrappers.ModelWrapper):  # type: ignore[misc, name-defined]
        model = None

        def __call__(self, texts: list[str]) -> NDArray[np.float64]:
            return victim(texts)

    classes = {"deepwordbug": ta.attack_recipes.DeepWordBugGao2018, "pruthi": ta.attack_recipes.Pruthi2019}
    with pytest.warns(DeprecationWarning):  # TextAttack remarks on a model it does not know
        built = classes[name].build(Wrapper())
    before, n_queries, found = RandomState.current(), 0, []
    for text, label in sentences:
        RandomState.seeded(int(generator(0, text, recipe.name, 0).integers(2**32))).install()
        result = built.attack(text, label)
        found.append(result)
        n_queries += result.num_queries
    before.install()
    kinds = [type(result).__name__ for result in found]
    assert {"SuccessfulAttackResult", "FailedAttackResult"} <= set(kinds)  # or it would prove little
    expected = [kind == "SuccessfulAttackResult" for kind in kinds]
    assert (~ours.correct[:, 0, 1] & ours.correct[:, 0, 0]).tolist() == expected
    texts = [trajectories[0].snapshots[1].text for trajectories in ours.trajectories]
    assert texts == [result.perturbed_result.attacked_text.text for result in found]
    assert ours.n_queries == n_queries
    assert ours.access == "score"


def test_results_do_not_depend_on_how_many_searches_run_side_by_side(
    deepwordbug: Recipe, sentences: Sentences, victim: Rows
) -> None:
    few = sentences[::5]
    alone, beside, turned = (
        attacked(deepwordbug, told, victim, width=width, n_variants=2, degrees=DEGREES)
        for told, width in ((few, 1), (few, 64), (few[::-1], 3))
    )
    assert alone.trajectories == beside.trajectories == turned.trajectories[::-1]
    assert alone.n_forward == beside.n_forward
    # It draws letters, so variants differ where randomness is passed in.
    assert any(first.snapshots != second.snapshots for first, second in alone.trajectories)


def test_the_degree_is_kept_and_a_success_stays(
    deepwordbug: Recipe, sentences: Sentences, victim: Rows
) -> None:
    found = attacked(deepwordbug, sentences, victim, degrees=DEGREES)
    fell_at = []
    for (text, _), (trajectory,), (correct,) in zip(
        sentences, found.trajectories, found.correct.tolist(), strict=True
    ):
        for shot in trajectory.snapshots:
            assert measure(text, shot.text, "malicious") == shot.realised <= shot.degree
            assert apply(text, shot.edits) == shot.text
        assert correct == sorted(correct, reverse=True)
        if not all(correct):
            first = correct.index(False)
            fell_at.append(first)
            assert len({shot.text for shot in trajectory.snapshots[first:]}) == 1
    assert len(set(fell_at)) > 1  # limits made a difference


def test_the_search_is_shown_no_text_beyond_the_limit(
    deepwordbug: Recipe, sentences: Sentences, victim: Rows
) -> None:
    for value, label in sentences[::9]:
        start = value.index(" ") + 1
        text = Text(value, protected=((start, start + 3),), keep_words=True)
        search = deepwordbug.search(None)(text, deepwordbug, "malicious", [0.05], 1, np.random.default_rng)
        (result,) = Engine(judge_by(victim, [label])).run([(0, search)])
        # It ranks words by what happens without them; those texts are no candidates.
        candidates = [asked for asked in result.outcomes if "[UNK]" not in asked]
        assert len(candidates) > 1
        for asked in candidates:
            assert within(value, asked, "malicious", 0.05)
            assert value[start : start + 3] in asked


def test_a_limit_below_one_character_leaves_the_text_alone_and_asks_once(
    deepwordbug: Recipe, victim: Rows
) -> None:
    found = attacked(deepwordbug, [("The soup was lovely.", 1)], victim, degrees=[0, 0.04])
    shots = found.trajectories[0][0].snapshots
    assert [(shot.text, shot.unperturbable) for shot in shots] == [
        ("The soup was lovely.", False),
        ("The soup was lovely.", True),
    ]
    assert found.n_queries == found.n_forward == 1


def test_what_was_wrong_before_is_left_alone(deepwordbug: Recipe, victim: Rows) -> None:
    found = attacked(deepwordbug, [("The soup was lovely.", 0)], victim, degrees=DEGREES, n_variants=3)
    assert not found.correct.any()
    assert {shot.text for t in found.trajectories[0] for shot in t.snapshots} == {"The soup was lovely."}
    assert found.n_forward == 1
    # Below one character of twenty nothing fits; from there on something would have.
    flags = [shot.unperturbable for shot in found.trajectories[0][0].snapshots]
    assert flags == [False, True, False, False, False, False]


@pytest.mark.parametrize("budget", [1, 2, 7, 30])
def test_no_more_texts_are_asked_about_than_the_budget_has(
    budget: int, deepwordbug: Recipe, sentences: Sentences, victim: Rows
) -> None:
    for told in sentences[:8]:
        found = attacked(
            deepwordbug, [told], victim, degrees=DEGREES, n_variants=2, options={"query_budget": budget}
        )
        assert found.n_forward <= budget
    assert found.n_forward >= min(budget, 7)


def test_protected_spans_and_the_number_of_words_stay(
    deepwordbug: Recipe, sentences: Sentences, victim: Rows
) -> None:
    for value, label in sentences[::7]:
        start = value.index(" ") + 1
        text = Text(value, protected=((start, start + 4),), keep_words=True)
        found = attack(
            [text], [label], victim, dimension=deepwordbug, degrees=[0, 0.2, 1], n_variants=2, tag="malicious"
        )
        for trajectory in found.trajectories[0]:
            for shot in trajectory.snapshots:
                assert len(shot.text.split()) == len(value.split())
                assert not any(
                    edit.start < start + 4 and edit.end > start for edit in shot.edits
                )  # the snapshot would have refused it too


def test_without_probabilities_the_score_is_lowered(deepwordbug: Recipe) -> None:
    def vowels(queries: Sequence[Query]) -> list[Outcome]:
        counts = [sum(letter in "aeiou" for letter in query.text) - 6 for query in queries]
        return [Outcome(count > 0, float(count > 0), 1000.0 * count) for count in counts]

    found = run_with(deepwordbug, Text("One lovely morning indeed."), vowels)
    scores = [found.outcomes[shot.text].score for shot in found.trajectories[0].snapshots]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]
    assert not found.outcomes[found.trajectories[0].snapshots[-1].text].correct


def test_a_victim_that_gives_labels_only_is_told_so(deepwordbug: Recipe) -> None:
    def labels(queries: Sequence[Query]) -> list[Outcome]:
        return [Outcome(True, 1.0, float("nan")) for _ in queries]

    with pytest.raises(AttackError, match="needs probabilities or a score") as error:
        run_with(deepwordbug, Text("One lovely morning."), labels)
    assert isinstance(error.value.__cause__, VictimError)


def test_no_thread_is_left_when_a_victim_fails(deepwordbug: Recipe, sentences: Sentences) -> None:
    asked = 0

    def failing(texts: Sequence[str]) -> NDArray[np.float64]:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise RuntimeError("out of memory")
        return np.full((len(texts), 2), 0.5)

    with pytest.raises(RuntimeError, match="out of memory"):
        attacked(deepwordbug, [(text, 0) for text, _ in sentences[:6]], failing)
    assert [thread.name for thread in threading.enumerate() if thread.name == "textattack-search"] == []


@pytest.mark.parametrize(
    "value",
    [
        "",
        "!",
        "\0",
        "half \ud800 a pair",
        "İstanbul İ",
        "e\N{COMBINING ACUTE ACCENT}te\u0301",
        "<SPLIT> it",
        "a\n\nb",
    ],
)
def test_hostile_texts_come_through(value: str, deepwordbug: Recipe) -> None:
    def judge(queries: Sequence[Query]) -> list[Outcome]:
        return [Outcome(True, 1.0, float(len(query.text))) for query in queries]

    found = run_with(deepwordbug, Text(value), judge)
    assert found.trajectories[0].snapshots[0].text == value


def test_a_recipe_lists_no_edits(deepwordbug: Recipe) -> None:
    with pytest.raises(AttackError, match="searches by itself"):
        deepwordbug.edits("a text", 0, 1)


def test_a_recipe_tells_what_it_is(deepwordbug: Recipe, ta: ModuleType) -> None:
    assert (deepwordbug.name, deepwordbug.level, deepwordbug.tags) == (
        "textattack-deepwordbug",
        "char",
        ("malicious",),
    )
    assert deepwordbug.version.endswith(ta.__version__ if hasattr(ta, "__version__") else "")


@pytest.mark.data
@pytest.mark.parametrize("name", ["pwws", "leap", "iga"])
def test_recipes_out_of_published_packages_run_without_the_network(
    name: str, ta: ModuleType, sentences: Sentences, victim: Rows
) -> None:
    recipe = Recipe(name)
    with offline("the test"):
        found = attacked(recipe, sentences[::28], victim, degrees=[0, 0.4], options={"query_budget": 300})
    for (text, _), (trajectory,) in zip(sentences[::28], found.trajectories, strict=True):
        assert trajectory.snapshots[1].text != text
        assert measure(text, trajectory.snapshots[1].text, "general") <= 0.4
