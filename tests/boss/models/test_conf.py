from dataclasses import MISSING, fields
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import get_class, instantiate
from omegaconf import DictConfig, OmegaConf

from boss.models.training import Training

CONF = Path(__file__).parents[3] / "conf"
MODELS = sorted(path.stem for path in (CONF / "model").glob("*.yaml"))
METHODS = sorted(path.stem for path in (CONF / "method").glob("*.yaml"))
HUB_IDS = {
    "bert": "google-bert/bert-base-uncased",
    "deberta": "microsoft/deberta-v3-base",
    "dect": "minilm (dect-h)",
    "endpoint": "some-model",
    "hf": "some-name",
    "lm": "some-name",
    "roberta": "roberta-base",
    "sklearn": "own.skops",
    "t5": "google-t5/t5-base",
}
REQUIRED = {
    "hf": {"path": "some-name"},
    "lm": {"path": "some-name"},
    "callable": {"function": "package.module:predict"},
    "predictions": {"export": "folder", "answers": "folder/predictions.jsonl"},
    "endpoint": {"base_url": "http://127.0.0.1:8000/v1", "name": "some-model"},
    "sklearn": {"path": "folder/own.skops"},
}


def composed(name: str) -> DictConfig:
    """Return the model's options as a command would have them."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        options: DictConfig = compose("config", [f"model={name}"]).model
    return options


@pytest.mark.parametrize("name", MODELS)
def test_a_file_names_every_option_with_its_default(name: str) -> None:
    config = composed(name)
    kind = get_class(config["_target_"])
    options = {item.name: item for item in fields(kind)}
    assert set(config) - {"_target_"} == set(options)
    for option, item in options.items():
        if not OmegaConf.is_missing(config, option) and item.default is not MISSING:
            assert config[option] == item.default, option


@pytest.mark.parametrize("name", MODELS)
def test_a_file_makes_its_recipe(name: str) -> None:
    config = OmegaConf.merge(composed(name), REQUIRED.get(name, {}))
    recipe = instantiate(config)
    assert recipe.name == HUB_IDS.get(name, name)


def test_the_options_of_training_stand_in_one_file_alone() -> None:
    shared = set(OmegaConf.load(CONF / "pretrained.yaml"))
    assert {item.name for item in fields(Training)} <= shared
    own = {name: set(OmegaConf.load(CONF / "model" / f"{name}.yaml")) & shared for name in MODELS}
    assert {name: options for name, options in own.items() if options} == {
        "dect": {"max_length"},
        "lm": {"bfloat16", "max_length", "token_budget"},
        "minilm": {"max_length"},
        "mpnet": {"max_length"},
        "smollm2": {"bfloat16", "max_length", "token_budget"},
        "t5": {"lr"},
    }


@pytest.mark.parametrize("group", ["model", "method"])
def test_a_file_begins_with_the_command_that_uses_it(group: str) -> None:
    for path in (CONF / group).glob("*.yaml"):
        assert path.read_text().startswith("# python -m boss.eval "), path


def test_a_method_file_says_its_name_or_its_class() -> None:
    files = {name: OmegaConf.load(CONF / "method" / f"{name}.yaml") for name in METHODS}
    assert {name: file["name"] for name, file in files.items() if "name" in file} == {
        "default": "default",
        "finetune": "finetune",
        "in_context": "in_context",
        "linear_probe": "linear_probe",
        "none": "none",
        "vanilla": "finetune",
    }
    assert all("name" in file or "_target_" in file for file in files.values())
