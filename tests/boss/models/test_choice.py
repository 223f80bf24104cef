"""Choosing among functions: likeness by hand, order of no account, the fitted temperature, who can choose."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from boss.answers import answered
from boss.data.types import Card, Example, Split
from boss.errors import ConfigError, ModelError
from boss.margin import attack_score
from boss.models.base import Model, Prediction
from boss.models.bilstm import BiLSTM
from boss.models.choice import (
    TEMPERATURES,
    best_temperature,
    functions_of,
    spelled,
)
from boss.models.encoder import MiniLM
from boss.models.majority import Majority
from boss.models.method import Method
from boss.models.t5 import T5
from boss.models.tfidf import Tfidf
from boss.tasks import find_tasks

TASK = find_tasks([])["tool_choice"]
FUNCTIONS = (
    ("play_song", "Plays a song by its title."),
    ("weather.forecast", "Tells the weather of the next days."),
    ("bookTable", "Books a table in a restaurant."),
    ("convert_units", "Turns miles into kilometres and back."),
)
QUERIES = (
    ("Put on that song about the river, please.", 0),
    ("Will the weather be fine in Oslo tomorrow?", 1),
    ("We would like a table for four in a restaurant.", 2),
    ("How many kilometres are nine miles?", 3),
)


def choice(query: str, gold: int, functions: tuple[tuple[str, str], ...] = FUNCTIONS) -> Example:
    """A query and its functions; ``gold`` is a place from 0 on."""
    names, descriptions = zip(*functions, strict=True)
    inputs = {"query": query, "names": "\n".join(names), "descriptions": "\n".join(descriptions)}
    return Example(query, inputs, str(gold + 1), query)


def split(examples: list[Example], name: str = "train") -> Split:
    card = Card("own", "toy", TASK.name, "id", "own", "none", "here", "", "MIT", TASK.labels, "as written")
    return Split(card, name, tuple(examples), "1", len(examples))  # type: ignore[arg-type]


def examples() -> list[Example]:
    return [choice(query, gold) for query, gold in QUERIES]


@pytest.fixture(scope="module")
def tfidf(tmp_path_factory: pytest.TempPathFactory) -> Model:
    cache = tmp_path_factory.mktemp("cache")
    return Tfidf().fit(TASK, split(examples()), None, method="default", seed=0, cache=cache)


def test_a_choice_is_told_by_its_fields() -> None:
    assert TASK.is_choice and TASK.kind == "classification" and TASK.labels[0] == "1"
    assert not any(task.is_choice for name, task in find_tasks([]).items() if name != "tool_choice")


def test_functions_are_written_as_name_and_description() -> None:
    assert functions_of(TASK, examples()[0])[:2] == [
        "play song: Plays a song by its title.",
        "weather forecast: Tells the weather of the next days.",
    ]
    assert [spelled(name) for name in ("bookTable", "a.b_c", "HTTPGet2Go", "_x_", "")] == [
        *("book Table", "a b c", "HTTPGet2 Go", "x", "")
    ]
    for names in ("one\ntwo", "one\ntwo\nthree\nfour\nfive", "\n".join("abcdefghijk")):
        with pytest.raises(ModelError, match="as many lines of both, 10 at most: put each on a line"):
            functions_of(TASK, examples()[0].with_input("names", names))


def test_tfidf_takes_the_function_that_shares_its_words(tfidf: Model) -> None:
    assert [p.answer for p in tfidf.predict(examples())] == ["1", "2", "3", "4"]
    # A query that is a function's text has a cosine of 1 with it, and so the inverse of the temperature.
    [prediction] = tfidf.predict([choice("play song: Plays a song by its title.", 0)])
    assert prediction.logits is not None and prediction.logits[4:].tolist() == [-1000.0] * 6
    assert np.isclose(TEMPERATURES, 1 / prediction.logits[0], rtol=1e-6).sum() == 1


def test_probabilities_are_over_the_functions_there_are(tfidf: Model) -> None:
    for prediction in tfidf.predict(examples()):
        assert prediction.probs is not None
        assert prediction.probs[:4].sum() == pytest.approx(1) and prediction.probs[4:].tolist() == [0.0] * 6
    # Restricted to the places that a dataset has, they stay; the margin is one of functions.
    example = examples()[0]
    [prediction] = tfidf.predict([example])
    given = answered(TASK, ("1", "2", "3", "4"), example, prediction)
    assert prediction.probs is not None and prediction.logits is not None
    assert given.probs == pytest.approx(prediction.probs[:4]) and given.answer == "1"
    margin = attack_score(TASK, TASK.labels, "1", prediction, 1.0)
    assert margin == pytest.approx(prediction.logits[0] - max(prediction.logits[1:4]))
    assert margin > 0


def permuted(example: Example, order: tuple[int, ...]) -> Example:
    """The example with its functions in another order: place i holds what was at ``order[i]``."""
    names, descriptions = (example.text(field).split("\n") for field in ("names", "descriptions"))
    gold = order.index(int(str(example.gold)) - 1)
    return choice(example.text("query"), gold, tuple((names[i], descriptions[i]) for i in order))


def unordered(prediction: Prediction, order: tuple[int, ...]) -> list[float]:
    """The logits in the order of the functions before they were permuted."""
    assert prediction.logits is not None
    return [float(prediction.logits[order.index(i)]) for i in range(len(order))]


ALIKE = (("tap", "Opens it."), ("pot", "Opens it."), ("ewe", "Opens it."), ("oak", "Opens it."))
"""None of them shares anything with a query of digits: all are equally near."""


def check_order_is_of_no_account(model: Model, tolerance: float) -> None:
    orders = list(permutations(range(4)))
    for example in (*examples(), choice("12345 67890", 2, ALIKE)):
        [before] = model.predict([example])
        all_after = model.predict([permuted(example, order) for order in orders])
        for order, after in zip(orders, all_after, strict=True):
            assert before.logits is not None and isinstance(after.answer, str)
            assert unordered(after, order) == pytest.approx(before.logits[:4].tolist(), abs=tolerance)
            assert order[int(after.answer) - 1] == int(str(before.answer)) - 1


def test_functions_in_another_order_get_the_same_answers(tfidf: Model) -> None:
    check_order_is_of_no_account(tfidf, 1e-9)


@pytest.mark.data
def test_minilm_knows_what_is_meant_and_no_order(tmp_path_factory: pytest.TempPathFactory) -> None:
    from boss.data.sources import default_cache

    model = MiniLM().fit(TASK, split(examples()), None, method="default", seed=0, cache=default_cache())
    # No word is shared with the right function's text.
    meant = [("Any tunes by the Beatles?", "1"), ("Do I need an umbrella on Friday?", "2")]
    assert [p.answer for p in model.predict([choice(query, 0) for query, _ in meant])] == [
        a for _, a in meant
    ]
    check_order_is_of_no_account(model, 1e-3)
    assert (model.card.n_tunable, model.card.method) == (1, "linear_probe")


def test_the_temperature_is_the_likeliest() -> None:
    # Two functions 0.4 apart, right three times in four: odds of 3 are those of 0.4 / t = ln 3.
    right, wrong = np.array([0.7, 0.3]), np.array([0.3, 0.7])
    found = best_temperature([right, right, right, wrong], [0, 0, 0, 0])
    assert abs(np.log(found / (0.4 / np.log(3)))) <= np.log(TEMPERATURES[1] / TEMPERATURES[0])
    # Always right: the sharper the better; never: the flatter.
    assert best_temperature([right], [0]) == pytest.approx(0.01)
    assert best_temperature([wrong], [0]) == pytest.approx(1.0)


def test_a_model_is_judged_on_validation_where_there_is_one(tmp_path: Path) -> None:
    wrong = [choice(query, (gold + 1) % 4) for query, gold in QUERIES]
    sure, unsure = (
        Tfidf().fit(TASK, split(examples()), held, method="default", seed=0, cache=tmp_path)
        for held in (None, split(wrong, "validation"))
    )
    [one], [other] = sure.predict(examples()[:1]), unsure.predict(examples()[:1])
    assert one.answer == other.answer == "1" and one.probs is not None and other.probs is not None
    assert one.probs[0] > other.probs[0]


def test_the_majority_is_a_place(tmp_path: Path) -> None:
    train = split([*examples(), choice("Another song!", 0)])
    model = Majority().fit(TASK, train, None, method="default", seed=0, cache=tmp_path)
    assert {p.answer for p in model.predict(examples())} == {"1"}


def test_what_learns_classes_is_refused_before_anything_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"method finetune .* its places stand for; take method=linear_probe"
    ):
        MiniLM().fit(TASK, split(examples()), None, method=Method(), seed=0, cache=tmp_path)
    for recipe, method in ((T5(path="nowhere"), "none"), (BiLSTM(), "none")):
        with pytest.raises(
            ConfigError,
            match=r"take model=tfidf, model=minilm, .* model=endpoint or model=callable",
        ):
            recipe.fit(TASK, split(examples()), None, method=method, seed=0, cache=tmp_path)
    assert not list(tmp_path.iterdir())
