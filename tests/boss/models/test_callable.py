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

    def make(body: str, task: str, **options: Any) -> Model:
        sys.modules.pop("own_model", None)
        (tmp_path / "own_model.py").write_text(f"def predict(inputs):\n    return {body}\n")
        sys.path_importer_cache.clear()
        recipe = PythonFunction(function="own_model:predict", **options)
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
        ("[]", "sentiment", TEXT, "given 1 input and returned 0 rows"),
        ("'positive'", "sentiment", TEXT, "must return a list"),
        ("None", "sentiment", TEXT, "must return a list"),
        ("['great']", "sentiment", TEXT, "row 0 .*'great' is not a label of task sentiment: negative"),
        ("[[0.5, 0.2, 0.2]]", "sentiment", TEXT, "row 0 .*must sum to 1, got 0.9"),
        ("[[0.5, 0.5]]", "sentiment", TEXT, r"must have shape \(3,\), got \(2,\)"),
        ("[[1.5, -0.5, 0]]", "sentiment", TEXT, "finite and not negative"),
        ("[[float('nan'), 0, 1]]", "sentiment", TEXT, "finite and not negative"),
        ("[None]", "sentiment", TEXT, "row 0"),
        ("[['O']]", "ner", WORDS, "one entry for each token, 2 in all, got 1"),
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


def test_an_error_about_probabilities_names_the_order_of_the_classes(model: Any) -> None:
    with pytest.raises(
        ModelError, match="one for each of negative, positive, neutral, in this order; or give them by"
    ):
        model("[[0.5, 0.5]]", "sentiment").predict([TEXT])


@pytest.mark.parametrize(
    ("body", "probs"),
    [
        ("[{'POSITIVE': 0.7, 'NEUTRAL': 0.1, 'NEGATIVE': 0.2}]", [0.2, 0.7, 0.1]),
        ("[{'neg': 0.2, 'pos': 0.7, 'neu': 0.1}]", [0.2, 0.7, 0.1]),
        ("[{f'{i} star': 0.6 if i == 5 else 0.1 for i in range(1, 6)}]", [0.2, 0.7, 0.1]),
        (
            "[[{'label': k, 'score': v} for k, v in {'POS': 0.7, 'NEU': 0.1, 'NEG': 0.2}.items()]]",
            [0.2, 0.7, 0.1],
        ),
    ],
)
def test_probabilities_by_name_need_no_order(model: Any, body: str, probs: list[float]) -> None:
    [one] = model(body, "sentiment").predict([TEXT])
    assert one.answer == "positive" and one.probs.tolist() == pytest.approx(probs)
    assert one.classes is None


def test_two_classes_by_name_are_known_to_be_two(model: Any) -> None:
    body = "[{'POSITIVE': 0.55, 'NEGATIVE': 0.45}]"
    [one] = model(body, "sentiment").predict([TEXT])
    assert one.classes == (("negative",), ("positive",)) and one.probs.tolist() == [0.45, 0.55, 0]
    [one] = model(body, "sentiment", neutral_threshold=0.6).predict([TEXT])
    assert one.answer == "neutral" and one.classes is None


def test_names_of_answers_are_read_as_those_of_models(model: Any) -> None:
    assert model("['POS']", "sentiment").predict([TEXT])[0].answer == "positive"
    assert model("[{'label': 'NEG', 'score': 0.9}]", "sentiment").predict([TEXT])[0].answer == "negative"
    assert model("[['S-PER', 'O']]", "ner").predict([WORDS])[0].answer == ("B-person", "O")
    assert model("['ok']", "toxicity", label_map={"OK": "benign"}).predict([TEXT])[0].answer == "benign"
    tags = "{'O': %s, 'B-PER': %s, 'I-PER': 0.0}"
    [one] = model(f"[[{tags % (0.1, 0.9)}, {tags % (0.8, 0.2)}]]", "ner").predict([WORDS])
    assert one.answer == ("B-person", "O") and one.probs.shape == (2, 17)
    [one] = model("[[{'O': 0.1, 'PER': 0.9}, {'PER': 0.8, 'O': 0.2}]]", "ner").predict([WORDS])
    assert one.answer == ("B-person", "I-person")


@pytest.mark.parametrize(
    ("body", "task", "example", "rule"),
    [
        ("[{'POS': 0.7, 'NEG': 0.2}]", "sentiment", TEXT, "row 0 .*must sum to 1, got 0.9"),
        ("[{'a': 0.7, 'b': 0.3}]", "sentiment", TEXT, r"'model\.label_map=\{a: \?\?\?, b: \?\?\?\}'"),
        ("[[{'O': 1.0}, {'O': 0.5, 'B-PER': 0.5}]]", "ner", WORDS, "a probability for the same tags"),
    ],
)
def test_probabilities_by_name_are_checked(
    model: Any, body: str, task: str, example: Example, rule: str
) -> None:
    with pytest.raises(ModelError, match=rule):
        model(body, task).predict([example])


PIPELINE = """
class Fitted:
    classes_ = ["neutral", "positive", "negative"]

    def predict_proba(self, texts):
        return [[0.1, 0.2, 0.7] if "fine" in text else [1.0, 0.0, 0.0] for text in texts]

FITTED = Fitted()

def make():
    return FITTED

def chooses():
    return lambda inputs: ["neutral" for _ in inputs]

def nothing():
    return 7
"""


@pytest.mark.parametrize(
    ("name", "answer"),
    [("FITTED", "negative"), ("make", "negative"), ("Fitted", "negative"), ("chooses", "neutral")],
)
def test_an_object_with_its_own_classes_is_a_model_and_what_a_function_makes_is_too(
    model: Any, tmp_path: Path, name: str, answer: str
) -> None:
    model("[]", "sentiment")
    (tmp_path / "own_model.py").write_text(PIPELINE)
    sys.modules.pop("own_model", None)
    recipe = PythonFunction(function=f"own_model:{name}")
    made = recipe.fit(get_task("sentiment"), None, None, method="none", seed=0, cache=tmp_path)
    assert made.predict([TEXT])[0].answer == answer
    with pytest.raises(ModelError, match=r"has to return a model.*it returned int"):
        PythonFunction(function="own_model:nothing").fit(
            get_task("sentiment"), None, None, method="none", seed=0, cache=tmp_path
        )


def test_files_that_a_function_reads_are_part_of_its_identity(model: Any, tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "a.bin").write_bytes(b"1")
    (tmp_path / "words.txt").write_text("good")
    files = [str(tmp_path / "weights"), str(tmp_path / "words.txt")]
    one, same = (model("['neutral']", "sentiment", files=files) for _ in range(2))
    (tmp_path / "weights" / "a.bin").write_bytes(b"2")
    other = model("['neutral']", "sentiment", files=files)
    none = model("['neutral']", "sentiment")
    assert one.fingerprint == same.fingerprint
    assert (
        len({m.fingerprint for m in (one, other, none)})
        == len({m.card.revision for m in (one, other, none)})
        == 3
    )
    assert [name for name, _ in one.card.options["files"]] == ["weights", "words.txt"]
    with pytest.raises(ModelError, match=r"model\.files names .*gone, and there is no such file"):
        model("['neutral']", "sentiment", files=[str(tmp_path / "gone")])
    with pytest.raises(ConfigError, match=r"must be a list, got 'a'"):
        model("[]", "sentiment", files="a")


def test_time_and_retries_do_not_change_who_it_is(model: Any) -> None:
    one, other = model("['neutral']", "sentiment"), model("['neutral']", "sentiment", timeout=9, retries=1)
    assert one.fingerprint == other.fingerprint
    for wrong in ({"timeout": 0}, {"retries": -1}):
        with pytest.raises(ConfigError, match="model option"):
            model("[]", "sentiment", **wrong)


def test_a_limit_of_time_holds_for_each_call(model: Any) -> None:
    with pytest.raises(ModelError, match=r"own_model:predict gave no answer within 0\.1 seconds"):
        model("__import__('time').sleep(2)", "sentiment", timeout=0.1).predict([TEXT])


def test_a_module_that_cannot_be_run_is_an_error_of_the_model(model: Any, tmp_path: Path) -> None:
    model("[]", "sentiment")
    for body in ("1 / 0", "import sys; sys.exit(1)", "def f(: pass"):
        sys.modules.pop("own_model", None)
        (tmp_path / "own_model.py").write_text(body + "  # " + "x" * len(body))
        with pytest.raises(ModelError, match=r"cannot import own_model \((ZeroDivision|SystemExit|Syntax)"):
            PythonFunction(function="own_model:f").fit(
                get_task("sentiment"), None, None, method="none", seed=0, cache=tmp_path
            )
