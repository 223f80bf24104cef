import sys
from pathlib import Path
from typing import Any

import pytest

from boss.data.types import Example
from boss.errors import ConfigError, ModelError
from boss.models.base import Model
from boss.models.callable import PythonFunction
from boss.tasks import get_task

TEXT = Example("a", {"text": "fine"}, "positive", "a")
WORDS = Example("b", {"tokens": ("Mira", "left")}, ("B-person", "O"), "b")
ASKED = Example("c", {"question": "Who?", "context": "Mira left."}, (), "c")


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(body: str, task: str) -> Model:
        sys.modules.pop("own_model", None)
        (tmp_path / "own_model.py").write_text(f"def predict(inputs):\n    return {body}\n")
        sys.path_importer_cache.clear()
        recipe = PythonFunction(function="own_model:predict")
        return recipe.fit(get_task(task), None, None, method="default", seed=0, cache=tmp_path)

    yield make
    sys.modules.pop("own_model", None)


def test_probabilities_become_the_likeliest_class(model: Any) -> None:
    [one] = model("[[0.2, 0.7, 0.1] for _ in inputs]", "sentiment").predict([TEXT])
    assert one.answer == "positive" and one.probs.tolist() == pytest.approx([0.2, 0.7, 0.1])


def test_answers_need_no_probabilities(model: Any) -> None:
    assert model("['neutral']", "sentiment").predict([TEXT])[0].answer == "neutral"
    assert model("[['B-person', 'O']]", "ner").predict([WORDS])[0].answer == ("B-person", "O")
    assert model("[inputs[0]['context'][:4]]", "qa").predict([ASKED])[0].answer == "Mira"


def test_probabilities_of_tags_are_one_row_per_token(model: Any) -> None:
    [one] = model("[[[1] + [0] * 16 for _ in row['tokens']] for row in inputs]", "ner").predict([WORDS])
    assert one.answer == ("O", "O") and one.probs.shape == (2, 17)


@pytest.mark.parametrize(
    ("body", "task", "example", "rule"),
    [
        ("[]", "sentiment", TEXT, "given 1 inputs and returned 0 rows"),
        ("'positive'", "sentiment", TEXT, "must return a list"),
        ("None", "sentiment", TEXT, "must return a list"),
        ("['great']", "sentiment", TEXT, "row 0 .*'great' is not a label of task sentiment: negative"),
        ("[[0.5, 0.2, 0.2]]", "sentiment", TEXT, "row 0 .*must sum to 1, got 0.9"),
        ("[[0.5, 0.5]]", "sentiment", TEXT, r"must have shape \(3,\), got \(2,\)"),
        ("[[1.5, -0.5, 0]]", "sentiment", TEXT, "finite and not negative"),
        ("[[float('nan'), 0, 1]]", "sentiment", TEXT, "finite and not negative"),
        ("[None]", "sentiment", TEXT, "row 0"),
        ("[['O']]", "ner", WORDS, "each of the 2 tokens, got 1"),
        ("[['O', 'X']]", "ner", WORDS, "'X' is not a label"),
        ("['O O']", "ner", WORDS, "got a text"),
        ("[7]", "qa", ASKED, "must be a text, got int"),
    ],
)
def test_a_broken_rule_names_function_row_and_rule(
    model: Any, body: str, task: str, example: Example, rule: str
) -> None:
    with pytest.raises(ModelError, match=rule) as caught:
        model(body, task).predict([example])
    assert "own_model:predict" in str(caught.value)


def test_the_fingerprint_follows_the_source(model: Any) -> None:
    one, same, other = (model(body, "sentiment") for body in ("['neutral']", "['neutral']", "['positive']"))
    assert one.fingerprint == same.fingerprint != other.fingerprint


@pytest.mark.parametrize("path", ["", "module", "module:", ":predict", "module:not a name"])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(ConfigError, match=r"package\.module:function"):
        PythonFunction(function=path)


def test_a_missing_module_or_function_is_named(model: Any, tmp_path: Path) -> None:
    model("[]", "sentiment")
    task = get_task("sentiment")
    with pytest.raises(ModelError, match="cannot import no_such_module"):
        PythonFunction(function="no_such_module:f").fit(
            task, None, None, method="none", seed=0, cache=tmp_path
        )
    with pytest.raises(ModelError, match="no function guess; it has: predict"):
        PythonFunction(function="own_model:guess").fit(
            task, None, None, method="none", seed=0, cache=tmp_path
        )
