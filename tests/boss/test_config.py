import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.utils import get_class
from omegaconf import OmegaConf

from boss.commands import as_typed, for_hydra, with_quotes
from boss.config import Settings, absent, check_overrides, identity_sha256, resolved, settings_from
from boss.errors import ConfigError
from boss.paths import conf_dir
from robtest.attacks import DIMENSIONS

GROUPS = ("suite", "model", "method", "attack")
OPTIONS = [(group, path.stem) for group in GROUPS for path in sorted((conf_dir() / group).glob("*.yaml"))]


@pytest.fixture(scope="module", autouse=True)
def _hydra() -> Iterator[None]:
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        yield


def composed(*overrides: str) -> dict[str, Any]:
    config = OmegaConf.to_container(compose("config", for_hydra(overrides)), resolve=False)
    assert isinstance(config, dict)
    return {str(key): value for key, value in config.items()}


@pytest.mark.parametrize(("group", "name"), OPTIONS, ids=lambda value: value)
def test_every_option_of_every_group_composes_and_names_what_exists(group: str, name: str) -> None:
    config = composed(f"{group}={name}")
    settings_from(config)
    nodes = config[group].values() if group == "attack" else [config[group]]
    for node in nodes:
        if "_target_" in node:
            parameters = get_class(node["_target_"]).__dataclass_fields__
            assert set(node) - {"_target_", "_convert_"} <= set(parameters)


def test_the_default_attacks_all_dimensions_at_a_few_degrees() -> None:
    config = composed()
    assert list(config["attack"]) == list(DIMENSIONS)
    assert settings_from(config).degrees == (0, 0.05, 0.1, 0.2, 0.3)
    assert composed("attack=none")["attack"] == {}
    assert set(composed("attack=all")["attack"]) == set(DIMENSIONS)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("task=[]", "task: must be a task"),
        ("degrees=[2]", r"degrees: a degree must be in \[0, 1\], got 2"),
        ("degrees=[-0.1]", r"degrees: a degree must be in \[0, 1\], got -0.1"),
        ("degrees=[nan]", "degrees: a degree must be in"),
        ("n_examples=-3", "n_examples: must be at least 1, or null for all, got -3"),
        ("n_attacked=0", "n_attacked: must be at least 1"),
        ("n_examples=many", "n_examples: .*got 'many'"),
        ("n_variants=0", "n_variants: must be at least 1, got 0"),
        ("seed=-1", "seed: must be a whole number"),
        ("tag=evil", "tag: .*'malicious' or 'general'.*got 'evil'"),
        ("access=magic", "access: .*'rule', 'decision', 'score' or 'gradient'"),
        ("query_budget=0", "query_budget: must be at least 1, got 0"),
        ("n_candidates=0", "n_candidates: must be at least 1, got 0"),
        ("beam=2", "^beam and rerank are options of access=score and access=gradient, got access=rule"),
    ],
)
def test_an_option_out_of_range_says_name_value_and_rule(override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        settings_from(composed(override))


def test_a_search_is_given_the_options_of_its_access() -> None:
    def options(*overrides: str) -> dict[str, Any]:
        return settings_from(composed(*overrides)).search_options

    assert options() == {"compatible": False}
    assert options("compatible=true") == {"compatible": True}
    assert options("access=decision", "n_candidates=5") == {
        "n_candidates": 5,
        "query_budget": 1000,
        "compatible": False,
    }
    several = {"beam": 2, "rerank": False, "compatible": False}
    for access in ("score", "gradient"):
        assert options(f"access={access}", "beam=2", "query_budget=null") == several


def test_a_budget_holds_the_text_itself_and_the_copies_every_search_tries_first() -> None:
    guided = ("access=score", "n_variants=2", "degrees=[0.1,0.2]")
    assert settings_from(composed(*guided, "query_budget=5")).query_budget == 5
    with pytest.raises(ConfigError, match=r"query_budget must be at least 5 with access=score: .* got 4"):
        settings_from(composed(*guided, "query_budget=4"))
    settings_from(composed(*guided[1:], "query_budget=1"))  # rule access asks about no others


def test_several_wrong_options_are_all_named() -> None:
    with pytest.raises(ConfigError) as error:
        settings_from(composed("n_variants=0", "seed=-1"))
    assert [line.split(":")[0] for line in str(error.value).splitlines()] == ["n_variants", "seed"]


def test_tasks_are_names_and_none_stands_for_all() -> None:
    assert settings_from(composed("task=[qa,topic]")).task == ("qa", "topic")
    assert settings_from(composed("task=all")).task == ()


def test_an_experiment_that_says_task_is_not_passed_over() -> None:
    with pytest.raises(ConfigError, match=r"a file of the configuration says tasks: qa, not task:"):
        settings_from(composed() | {"task": "qa"})


def test_degrees_are_sorted_and_start_at_the_clean_text() -> None:
    assert settings_from(composed("degrees=[0.3,0.1,0.3]")).degrees == (0, 0.1, 0.3)


@pytest.mark.parametrize(
    ("degrees", "shown"),
    [("[0,0.05,0.1,0.2,0.3]", 0.1), ("[0.3,0.2]", 0.2), ("[0.4]", 0.4), ("[0.1,0.2,0.3]", 0.2), ("[0]", 0)],
)
def test_the_degree_that_is_shown_is_the_middle_one_unless_named(degrees: str, shown: float) -> None:
    assert settings_from(composed(f"degrees={degrees}")).shown_degree == shown
    assert settings_from(composed(f"degrees={degrees}", "show_degree=0")).shown_degree == 0


def test_a_degree_that_is_not_measured_cannot_be_shown() -> None:
    with pytest.raises(
        ConfigError, match=r"show_degree must be one of the degrees .*, 0, 0.1, 0.3, or null .* got 0.2"
    ):
        settings_from(composed("degrees=[0.3,0.1]", "show_degree=0.2"))


@pytest.mark.parametrize("word", ["attack=[]", "attack=[ ]", "attack=typo,[]"])
def test_no_name_of_an_attack_is_refused_and_none_is_a_name(word: str) -> None:
    with pytest.raises(ConfigError, match="attack=none measures without any"):
        check_overrides([word], ("attack",))
    check_overrides(["attack=none", "attack=[typo]", "+attack.mine.options=[]"], ("attack",))


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("output=runs", "runs"),
        ("output=a b", "a b"),
        ("output=ä b", "ä b"),
        ("output=it's", "it's"),
        ("output=a (1)#=&;!", "a (1)#=&;!"),
        ("output=~/x", "~/x"),
        ("output=2026", "2026"),
        ("cache=1e3", "1e3"),
        ("cache=null", None),
        ("model.path=ö\\'s\\\\", "ö\\'s\\\\"),
        ("output='ä b'", "ä b"),
        ("seed=3", 3),
        ("attack=[typo,glyph]", ["typo", "glyph"]),
        ("require={id: 0.9}", {"id": 0.9}),
    ],
)
def test_a_value_is_what_was_typed_whatever_letters_it_has(word: str, value: object) -> None:
    (quoted,) = with_quotes([word])
    assert OverridesParser.create().parse_override(quoted).value() == value
    assert with_quotes([quoted]) == [quoted]
    assert with_quotes([as_typed(quoted)]) == [quoted]


def test_what_the_shell_or_the_grammar_cuts_says_how_it_is_quoted() -> None:
    with pytest.raises(ConfigError, match=r"'b' is no option=value; .* quote the whole: 'output=a b'$"):
        with_quotes(["model=tfidf", "output=a", "b"])
    with pytest.raises(ConfigError) as error:
        with_quotes(["output=ä,b"])
    (cured,) = shlex.split(str(error.value).partition("As one text: ")[2])
    assert OverridesParser.create().parse_override(*with_quotes([cured])).value() == "ä,b"
    words = ["--config-dir", "ä b", "-m", "model=a,b", "--cfg", "job", "~attack"]
    assert with_quotes(words) == words


def test_a_misspelt_option_names_the_nearest_before_anything_is_loaded() -> None:
    known = (*Settings.model_fields, *GROUPS)
    with pytest.raises(ConfigError, match=r"'modle' \(did you mean 'model'\?\); options: task, "):
        check_overrides(["--multirun", "modle=roberta"], known)
    check_overrides(["-m", "model=a,b", "model.path=x", "+attack=typo", "--cfg", "job"], known)


def test_where_things_go_is_not_part_of_what_is_measured(tmp_path: Path) -> None:
    base = composed()
    assert identity_sha256(base) == identity_sha256({**base, "output": str(tmp_path), "cache": "x"})
    assert identity_sha256(base) == identity_sha256({**base, "require": {"id": 0.9}, "junit": "report.xml"})
    assert identity_sha256(base) != identity_sha256({**base, "seed": 1})
    assert identity_sha256(base) != identity_sha256({**base, "n_attacked": 7})


def test_an_option_without_a_value_and_a_reference_to_nothing_are_refused_by_name() -> None:
    config = OmegaConf.create({"model": {"path": "???"}, "method": {"name": "${nowhere}"}})
    assert absent(config) == ["model.path"]
    with pytest.raises(ConfigError, match=r"model.path has no value of its own; give it one: model.path="):
        resolved(config)
    config.model.path = "here"
    with pytest.raises(ConfigError, match="nowhere"):
        resolved(config)
    config.method.name = "${model.path}"
    assert resolved(config) == {"model": {"path": "here"}, "method": {"name": "here"}}
