"""``attack.stack=[typo,case]``: one attack of a run, from the command line to the record."""

from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from boss.config import resolved, settings_from, with_stack
from boss.errors import ConfigError
from boss.job import Job, job_of
from boss.paths import conf_dir
from boss.seam import why_not
from boss.tasks import TASKS
from robtest.attacks import FAMILIES, get_attack


def job(*overrides: str) -> Job:
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        config = compose("config", ["model=majority", *overrides])
    return job_of(config, settings_from(resolved(config)), [conf_dir()])


def test_a_stack_is_the_attack_of_a_run_that_names_no_other() -> None:
    words = ["attack.stack=[typo,case]", "model=majority"]
    assert with_stack(words) == [*words, "attack=stack"]
    assert with_stack(["model=majority"]) == ["model=majority"]
    assert with_stack([*words, "attack=[stack,glyph]"]) == [*words, "attack=[stack,glyph]"]


def test_its_name_and_its_parts_are_those_of_the_command_line() -> None:
    stacked = job("attack=stack", "attack.stack=[typo,case]", "tag=general")
    assert list(stacked.attacks) == ["typo+case"]
    assert stacked.attacks["typo+case"] == get_attack("typo+case")
    settings = stacked.attack_settings(TASKS["sentiment"])["typo+case"]
    assert (settings.dimension, settings.label, settings.tag) == ("typo+case", "typo+case", "general")
    assert "typo" in settings.version
    assert list(job("attack=[stack,glyph]").attacks) == ["typo+synonym", "glyph"]


def test_options_of_a_part_are_given_by_its_class(tmp_path: Path) -> None:
    part: dict[str, Any] = {"_target_": "robtest.attacks.typo.Typo", "operators": ["swap"]}
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        config = compose("config", ["model=majority", "attack=stack"])
    OmegaConf.update(config, "attack.stack", [part, "case"])
    made = job_of(config, settings_from(resolved(config)), [conf_dir()]).attacks["typo+case"]
    (first, last) = made.edits("ab", 0, 2)[:2]
    assert (first.kind, first.new) == ("typo:swap", "ba")
    assert last.kind == "case:upper"


@pytest.mark.parametrize(
    ("stack", "message"),
    [
        ("[typo]", "a stack has two or more attacks"),
        ("[typo,distraction]", "stack those of one kind"),
        ("[typo,tpyo]", "unknown dimension 'tpyo'; known dimensions: typo, "),
    ],
)
def test_parts_that_do_not_go_together_stop_the_run_at_the_door(stack: str, message: str) -> None:
    with pytest.raises(ConfigError, match=f"attack stacked: .*{message}"):
        job("attack=stack", f"attack.stack={stack}")


def test_families_are_a_group_of_attacks_and_not_among_all() -> None:
    assert list(job("attack=families").attacks) == list(FAMILIES)
    assert not set(job("attack=all").attacks) & set(FAMILIES)


def test_what_only_adds_words_does_not_apply_where_every_token_has_a_label() -> None:
    assert (
        why_not(TASKS["ner"], get_attack("filler"))
        == "no word can be added where every token keeps its label"
    )
    assert why_not(TASKS["sentiment"], get_attack("filler")) is None
    assert why_not(TASKS["ner"], get_attack("spacing")) is None
