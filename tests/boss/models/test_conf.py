from dataclasses import MISSING, fields
from pathlib import Path

import pytest
from hydra.utils import get_class, instantiate
from omegaconf import OmegaConf

CONF = Path(__file__).parents[3] / "conf"
MODELS = sorted(path.stem for path in (CONF / "model").glob("*.yaml"))
METHODS = sorted(path.stem for path in (CONF / "method").glob("*.yaml"))
REQUIRED = {"hf": {"path": "some-name"}, "callable": {"function": "package.module:predict"}}


@pytest.mark.parametrize("name", MODELS)
def test_a_file_names_every_option_with_its_default(name: str) -> None:
    config = OmegaConf.load(CONF / "model" / f"{name}.yaml")
    kind = get_class(config["_target_"])
    options = {item.name: item for item in fields(kind)}
    assert set(config) - {"_target_"} == set(options)
    for option, item in options.items():
        if not OmegaConf.is_missing(config, option) and item.default is not MISSING:
            assert config[option] == item.default, option


@pytest.mark.parametrize("name", MODELS)
def test_a_file_makes_its_recipe(name: str) -> None:
    config = OmegaConf.merge(OmegaConf.load(CONF / "model" / f"{name}.yaml"), REQUIRED.get(name, {}))
    recipe = instantiate(config)
    assert recipe.name == {"hf": "some-name", "roberta": "roberta-base"}.get(name, name)


@pytest.mark.parametrize("group", ["model", "method"])
def test_a_file_begins_with_the_command_that_uses_it(group: str) -> None:
    for path in (CONF / group).glob("*.yaml"):
        assert path.read_text().startswith("# python -m boss.eval "), path


def test_a_method_file_says_its_own_name() -> None:
    assert METHODS == ["default", "finetune", "linear_probe", "none"]
    assert [OmegaConf.load(CONF / "method" / f"{name}.yaml")["name"] for name in METHODS] == METHODS
