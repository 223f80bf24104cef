"""What every type of model gets from its base: the opening, the cache, and what it is keyed by."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import util
from pathlib import Path
from typing import Any, ClassVar

import pytest

from boss.data.types import Example, Split
from boss.errors import ConfigError, ModelError
from boss.methods.adversarial import Adversarial
from boss.methods.eda import Eda
from boss.models import cache as store
from boss.models.base import Prediction
from boss.models.cache import code_sha256, load_json, save_json
from boss.models.callable import PythonFunction
from boss.models.fitted import Answer
from boss.models.hf import HuggingFace
from boss.models.majority import Majority
from boss.models.method import Method
from boss.models.options import HIDDEN
from boss.models.recipe import BaseRecipe, Particulars, Start
from boss.models.tfidf import Tfidf
from boss.tasks import Task, get_task

MakeSplit = Callable[..., Split]
ROOT = Path(__file__).parents[3]
FITS: list[str] = []


@dataclass(frozen=True)
class WordHead:
    """Answers its word, which it has noted in a file."""

    word: str

    def fit(self, train: Split, validation: Split | None, folder: Path, seed: int) -> None:
        FITS.append(self.word)
        save_json(folder / "word.json", self.word)

    def load(self, folder: Path) -> Answer:
        return partial(self._answers, load_json(folder / "word.json"))

    def _answers(self, word: str, examples: Sequence[Example]) -> list[Prediction]:
        return [Prediction(word) for _ in examples]


@dataclass(frozen=True, kw_only=True)
class Word(BaseRecipe):
    """A new type of model, as the docstring of `boss.models.recipe` says to write one."""

    adapter: ClassVar[str] = "word"

    word: str = "positive"
    speed: int = field(default=1, metadata=HIDDEN)

    def start(self, task: Task, method: str | Method, cache: Path) -> Start:
        return Start(WordHead(self.word), Particulars(id="word", licence="MIT"))


def test_a_new_type_has_a_cache_and_a_card_without_a_word_about_them(
    tmp_path: Path, split: MakeSplit
) -> None:
    task, train = get_task("sentiment"), split("sentiment")
    FITS.clear()
    recipe = Word()
    one, two, quick, other = (
        each.fit(task, train, None, method="default", seed=0, cache=tmp_path)
        for each in (recipe, recipe, replace(recipe, speed=2), replace(recipe, word="neutral"))
    )
    assert FITS == ["positive", "neutral"]
    assert one.fingerprint == two.fingerprint == quick.fingerprint != other.fingerprint
    assert [model.predict(train.examples[:1])[0].answer for model in (one, other)] == ["positive", "neutral"]
    assert (one.card.id, one.card.adapter, one.card.method) == ("word", "word", "none")
    assert (one.card.options, other.card.options) == ({"word": "positive"}, {"word": "neutral"})
    assert one.card.finetuned_on == f"toy/toy_sentiment/train@{train.sha256} ({len(train.examples)})"
    with pytest.raises(ConfigError, match="has no training method 'finetune'; its methods: default, none"):
        recipe.fit(task, train, None, method="finetune", seed=0, cache=tmp_path)
    with pytest.raises(ModelError, match="model word is fitted on the ID train split of task sentiment"):
        recipe.fit(task, None, None, method="default", seed=0, cache=tmp_path)


def test_options_of_a_class_that_is_no_dataclass_cannot_be_forgotten(
    tmp_path: Path, split: MakeSplit
) -> None:
    class Plain(BaseRecipe):
        adapter = "plain"

        def start(self, task: Task, method: str | Method, cache: Path) -> Start:
            return Start(WordHead("positive"), Particulars(id="plain", licence="MIT"))

    with pytest.raises(TypeError, match="Plain has to be a dataclass"):
        Plain().fit(get_task("sentiment"), split("sentiment"), None, method="none", seed=0, cache=tmp_path)


FIT = """
import json, sys
from pathlib import Path
from boss.data.types import Card, Example, Split
from boss.models.tfidf import Tfidf
from boss.tasks import get_task

words = {"positive": "lovely great", "negative": "awful poor"}
examples = tuple(Example(w, {"text": w}, label, w) for label, ws in words.items() for w in ws.split())
task = get_task("sentiment")
card = Card("toy", "toy", task.name, "id", "", "", "", "", "MIT", task.labels, "")
train = Split(card, "train", examples, "1", len(examples))
model = Tfidf(char_ngrams=0, min_count=1).fit(
    task, train, None, method="default", seed=0, cache=Path(sys.argv[1])
)
print(json.dumps([model.fingerprint, model.predict(examples[:1])[0].probs.tolist()]))
"""


def test_a_changed_line_of_a_models_code_fits_it_anew_and_no_other_line_does(tmp_path: Path) -> None:
    tree, cache = tmp_path / "tree", tmp_path / "cache"
    for package in ("boss", "robtest", "conf"):
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))

    def fit() -> Any:
        done = subprocess.run(
            [sys.executable, "-c", FIT, str(cache)],
            env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=tree,
            capture_output=True,
            text=True,
            check=True,
        )
        return json.loads(done.stdout)

    def change(name: str, old: str, new: str) -> None:
        text = (tree / name).read_text()
        assert old in text, name
        (tree / name).write_text(text.replace(old, new, 1))

    first = fit()
    change("boss/report.py", "import", "import sys as _sys  # of no concern to a model\nimport")
    assert fit() == first
    change("boss/models/tfidf_text.py", "STRENGTHS = (0.3, 1.0, 3.0,", "STRENGTHS = (0.3, 1.0, 300.0,")
    second = fit()
    assert second[0] != first[0] and max(second[1]) > max(first[1]) + 0.1
    assert len([path for path in (cache / "models" / "tfidf").iterdir() if path.is_dir()]) == 2


FILES = ("boss/models/a.py", "boss/methods/b.py", "boss/tasks.py", "boss/data/types.py")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "boss/models/a.py",
        "boss/methods/b.py",
        "boss/tasks.py",
        "boss/data/types.py",
        "robtest/c.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"# {name}\n")
    return tmp_path


def digest(tree: Path, *kinds: type, sources: tuple[str, ...] = ()) -> str:
    store._digests.cache_clear()  # it is read once per process
    return code_sha256(*kinds, sources=sources, root=tree)


@pytest.mark.parametrize(
    "name",
    ["boss/models/a.py", "boss/methods/b.py", "boss/tasks.py", "boss/data/types.py", "boss/models/new.py"],
)
def test_every_line_of_what_fits_and_predicts_counts(name: str, tree: Path) -> None:
    before = digest(tree)
    (tree / "boss/report.py").write_text("# nothing to do with models\n")
    (tree / "robtest/c.py").write_text("# neither\n")
    assert digest(tree) == before
    (tree / name).write_text("# another\n")
    assert digest(tree) != before


def test_a_file_under_another_name_is_other_code(tree: Path) -> None:
    before = digest(tree)
    (tree / "boss/models/a.py").rename(tree / "boss/models/z.py")
    assert digest(tree) != before


def test_what_a_method_takes_from_elsewhere_counts_too(tree: Path) -> None:
    before = digest(tree, sources=("robtest",))
    assert before != digest(tree)
    (tree / "robtest/c.py").write_text("# another edit\n")
    assert digest(tree, sources=("robtest",)) != before
    assert "robtest" in Adversarial.sources and "robtest/language" in Eda.sources


def test_the_file_of_a_class_from_outside_counts(tree: Path) -> None:
    def own(line: str) -> type:
        path = tree / "own_model.py"
        path.write_text(f"class Own:\n    {line}\n")
        spec = util.spec_from_file_location("own_model", path)
        assert spec is not None and spec.loader is not None
        module = util.module_from_spec(spec)
        sys.modules["own_model"] = module
        spec.loader.exec_module(module)
        kind: type = module.Own
        return kind

    try:
        one, same, other = (digest(tree, own(line)) for line in ("a = 1", "a = 1", "a = 2"))
    finally:
        sys.modules.pop("own_model", None)
    assert one == same != other


def test_a_class_that_stands_in_no_file_is_refused(tree: Path) -> None:
    typed = type("Typed", (), {"__module__": "__main__x"})
    with pytest.raises(ModelError, match=r"__main__x\.Typed stands in no file"):
        digest(tree, typed)


LOADED = """
import sys
from pathlib import Path
from boss.data.types import Card, Example, Split
from boss.tasks import get_task
from {module} import {kind}

task = get_task("sentiment")
words = (("positive", "a"), ("negative", "b")) * 8
examples = tuple(Example(word, {{"text": word}}, label, word) for label, word in words)
card = Card("toy", "toy", task.name, "id", "", "", "", "", "MIT", task.labels, "")
train = Split(card, "train", examples, "1", len(examples))
model = {kind}(**{options}).fit(task, train, train, method={method!r}, seed=0, cache=Path(sys.argv[1]))
model.predict(examples[:2])
print(*sorted({{name.partition(".")[0] for name in sys.modules}}))
"""
COMPUTES = {
    "numpy": "numpy",
    "peft": "peft",
    "scikit-learn": "sklearn",
    "scipy": "scipy",
    "spacy": "spacy",
    "tokenizers": "tokenizers",
    "torch": "torch",
    "transformers": "transformers",
}
"""Distributions that compute, and their modules."""


@pytest.mark.parametrize(
    ("recipe", "options", "method"),
    [
        (Majority, {}, "none"),
        (Tfidf, {}, "none"),
        (PythonFunction, {"function": "own_answers:answers"}, "none"),
        (HuggingFace, {"max_length": 64, "stride": 8}, "linear_probe"),
    ],
)
def test_a_recipe_records_the_version_of_every_library_it_computes_with(
    recipe: type[BaseRecipe], options: dict[str, Any], method: str, tiny_roberta: Path, tmp_path: Path
) -> None:
    (tmp_path / "own_answers.py").write_text("def answers(inputs):\n    return ['neutral'] * len(inputs)\n")
    if recipe is HuggingFace:
        options = {**options, "path": str(tiny_roberta)}
    code = LOADED.format(module=recipe.__module__, kind=recipe.__name__, options=options, method=method)
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name for name, module in COMPUTES.items() if module in done.stdout.split()}
    assert loaded == set(recipe.libraries)
