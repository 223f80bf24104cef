"""Every method on every kind of task, from a recipe to answers, with a network of two layers."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf

from boss.data.types import Split
from boss.errors import ConfigError
from boss.methods import eda
from boss.methods.eda import Eda
from boss.models.base import Model
from boss.models.hf import HuggingFace
from boss.models.majority import Majority
from boss.models.method import Method
from boss.tasks import get_task

MakeSplit = Callable[..., Split]
CONF = Path(__file__).parents[3] / "conf" / "method"
FILES = {path.stem: OmegaConf.load(path) for path in sorted(CONF.glob("*.yaml"))}
METHODS = sorted(name for name, options in FILES.items() if "_target_" in options)
TASKS = ("sentiment", "nli", "ner", "qa")
NOT_FOR = {"eda": {"ner"}, "poe": {"ner", "qa"}, "learned_mixin": {"ner", "qa"}}


@pytest.fixture(autouse=True)
def small_wordnet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eda, "synonyms_of", lambda word: ("pretty",) if word == "lovely" else ())


def method_of(name: str) -> Method:
    method: Method = instantiate(FILES[name])
    return method


def fit(folder: Path, split: MakeSplit, task: str, method: str | Method, cache: Path) -> Model:
    recipe = HuggingFace(path=str(folder), max_length=64, stride=8, epochs=1, lr=1e-3, batch_size=4)
    checked = split(task, split(task).examples[::4], "validation")
    return recipe.fit(get_task(task), split(task), checked, method=method, seed=0, cache=cache)


def stored(cache: Path, model: Model) -> bytes:
    return (cache / "models" / "hf" / model.fingerprint / "model.safetensors").read_bytes()


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("task", TASKS)
def test_a_method_trains_and_is_applied_or_says_why_not(
    task: str, name: str, tiny_roberta: Path, tmp_path: Path, split: MakeSplit
) -> None:
    if task in NOT_FOR.get(name, ()):
        with pytest.raises(ConfigError, match=f"method {name} is for tasks of kind .*{task} is of kind"):
            fit(tiny_roberta, split, task, method_of(name), tmp_path)
        return
    plain = fit(tiny_roberta, split, task, "finetune", tmp_path)
    model = fit(tiny_roberta, split, task, method_of(name), tmp_path)
    assert model.fingerprint != plain.fingerprint
    assert stored(tmp_path, model) != stored(tmp_path, plain)
    assert model.card.method == name
    options = {key: value for key, value in FILES[name].items() if key != "_target_"}
    assert options.items() <= model.card.options["method"].items()  # type: ignore[attr-defined]
    asked = split(task).examples[:3]
    assert [type(p.answer) for p in model.predict(asked)] == [type(p.answer) for p in plain.predict(asked)]


@pytest.mark.parametrize("name", METHODS)
def test_the_same_seed_gives_the_same_bytes(
    name: str, tiny_roberta: Path, tmp_path: Path, split: MakeSplit
) -> None:
    one = fit(tiny_roberta, split, "sentiment", method_of(name), tmp_path / "one")
    two = fit(tiny_roberta, split, "sentiment", method_of(name), tmp_path / "two")
    assert stored(tmp_path / "one", one) == stored(tmp_path / "two", two)


def test_the_card_says_how_many_parameters_were_trained(
    tiny_roberta: Path, tmp_path: Path, split: MakeSplit
) -> None:
    chosen: dict[str, str | Method] = {
        "finetune": "finetune",
        "linear_probe": "linear_probe",
        "lora": method_of("lora"),
    }
    counts = {
        name: fit(tiny_roberta, split, "sentiment", method, tmp_path).card.n_tunable
        for name, method in chosen.items()
    }
    hidden, inner, layers, rank = 32, 64, 2, 8
    assert counts["linear_probe"] == 3 * (hidden + 1)
    head = hidden * hidden + hidden + 3 * hidden + 3
    updates = layers * rank * (4 * 2 * hidden + 2 * (hidden + inner))
    assert counts["lora"] == head + updates
    assert counts["finetune"] is not None and counts["finetune"] > counts["lora"]


def test_an_option_of_a_method_makes_another_model(
    tiny_roberta: Path, tmp_path: Path, split: MakeSplit
) -> None:
    one = fit(tiny_roberta, split, "sentiment", Eda(), tmp_path)
    two = fit(tiny_roberta, split, "sentiment", Eda(n_copies=2), tmp_path)
    assert one.fingerprint != two.fingerprint


def test_fine_tuning_by_name_and_by_class_is_one_model(
    tiny_roberta: Path, tmp_path: Path, split: MakeSplit
) -> None:
    one = fit(tiny_roberta, split, "sentiment", "finetune", tmp_path)
    assert one.fingerprint == fit(tiny_roberta, split, "sentiment", Method(), tmp_path).fingerprint


def test_a_model_that_is_not_fine_tuned_has_no_such_method(tmp_path: Path, split: MakeSplit) -> None:
    with pytest.raises(
        ConfigError, match="majority has no training method 'eda'; its methods: default, none"
    ):
        Majority().fit(get_task("sentiment"), split("sentiment"), None, method=Eda(), seed=0, cache=tmp_path)


@pytest.mark.parametrize("name", METHODS)
def test_a_file_names_every_option_with_its_default(name: str) -> None:
    given = {key: value for key, value in FILES[name].items() if key != "_target_"}
    made = method_of(name)
    assert made == type(made)()
    assert set(given) == {item.name for item in fields(made)}
    assert made.name == name
