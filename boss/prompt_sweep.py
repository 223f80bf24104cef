"""``prompts=``: a command becomes the sweep that it means, over prompts and the orders of their labels."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from boss.commands import command, with_quotes
from boss.config import hydra_words, resolved, settings_from
from boss.errors import ConfigError
from boss.models.llm.prompt import find_prompt, prompt_names
from boss.paths import conf_dir
from boss.tasks import Task

if TYPE_CHECKING:
    from omegaconf import DictConfig

KEY, PROMPT, ORDER = "prompts", "model.prompt", "model.label_order"
ORDERS = "given,reversed"
_HAVE_PROMPTS = "model=endpoint, model=lm or model=smollm2"


def with_prompts(arguments: Sequence[str], options: Sequence[str]) -> list[str]:
    """Replace ``prompts=all``, or ``prompts=NAME,FILE.yaml``, by the sweep it stands for.

    Over the prompts that every task of the command has, or those that are named; and over the labels as given
    and reversed where a task is a classification and a prompt lists them, unless ``model.label_order`` is
    given. Whether the model has prompts, and which tasks there are, the composed configuration says.

    Args:
        arguments: as they were typed.
        options: first keys that a word may have.

    Raises:
        ConfigError: if the model has no prompts, a prompt does not fit a task, something else is swept or
            chosen that prompts= chooses, or one variant alone is left.
    """
    given = [word for word in arguments if _key(word) == KEY]
    if not given:
        return list(arguments)
    rest = [word for word in arguments if _key(word) != KEY]
    if len(given) > 1:
        raise ConfigError(
            f"prompts= stands there {len(given)} times; once is enough: {_again(rest, given[-1])}"
        )
    _check_alone(rest, given[0])
    orders = [word for word in rest if _key(word) == ORDER]
    others = [word for word in rest if word not in orders]
    folders, config = _composed(others, given[0], options)
    if not {"prompt", "label_order"} <= set(config.model):
        kept = [w for w in rest if _key(w).split(".")[0] not in ("model", "method")]
        raise ConfigError(
            f"{given[0]} sweeps {PROMPT} and {ORDER}, which {_HAVE_PROMPTS} have, and the model of this "
            f"command has not; take one that has: {_again(kept, 'model=smollm2', given[0])}"
        )
    tasks = _tasks(config, folders)
    names = _names(given[0].partition("=")[2], tasks)
    prompts = [find_prompt(name, task) for name in names for task in tasks]
    listing = [prompt.task for prompt in prompts if prompt.lists_labels]
    swept = orders
    if not orders and any(task.kind == "classification" for task in listing):
        swept = [f"{ORDER}={ORDERS}"]
    several_orders = any("," in word for word in swept)
    if len(names) == 1 and not (several_orders and listing):
        kept = others if several_orders else rest
        raise ConfigError(
            f"{given[0]}: that is one prompt, and a spread needs two; name more, or ask by this one alone: "
            f"{_again(kept, f'{PROMPT}={names[0]}')}"
        )
    quoted = [with_quotes([f"{PROMPT}={name}"])[0].partition("=")[2] for name in names]
    return [*others, f"{PROMPT}={','.join(quoted)}", *swept, "--multirun"]


def _check_alone(rest: Sequence[str], given: str) -> None:
    """Refuse what prompts= chooses itself, and several seeds beside it."""
    for key, why in (
        ("seeds", "sweeps seeds, and a spread is of prompts or of seeds"),
        (PROMPT, "names one prompt, and prompts= names them all"),
    ):
        if any(_key(word) == key for word in rest):
            kept = [word for word in rest if _key(word) != key]
            raise ConfigError(f"{key}= {why}; leave {key}= out: {_again(kept, given)}")


def _composed(words: Sequence[str], given: str, options: Sequence[str]) -> "tuple[list[Path], DictConfig]":
    """Return the folders that a command takes its configuration from, and the configuration.

    Raises:
        ConfigError: if it cannot be composed, or sweeps something itself.
    """
    from hydra import compose, initialize_config_dir
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--config-dir", "-cd", type=Path)
    parser.add_argument("--multirun", "-m", action="store_true")
    parser.add_argument("overrides", nargs="*")
    parsed, _ = parser.parse_known_args(hydra_words(with_quotes(words), options))
    folders = [conf_dir()]
    search = []
    if parsed.config_dir is not None:
        folders.append(parsed.config_dir.expanduser().absolute())
        search = with_quotes([f"hydra.searchpath=[{_quoted(f'file://{folders[-1]}')}]"])
    overrides = [word for word in parsed.overrides if "=" in word or word.startswith("~")]
    try:
        for override in OverridesParser.create().parse_overrides(overrides):
            if override.is_sweep_override():
                _refuse_sweep(
                    words, given, str(override.key_or_group), next(override.sweep_string_iterator())
                )
        with initialize_config_dir(str(folders[0]), version_base="1.3"):
            return folders, compose("config", [*search, *overrides])
    except HydraException as error:
        raise ConfigError(" ".join(str(error).split())) from error


def _refuse_sweep(words: Sequence[str], given: str, key: str, first: str) -> NoReturn:
    key = "task" if key == "tasks" else key
    kept = [word for word in words if _key(word) != key and word not in ("-m", "--multirun")]
    raise ConfigError(
        f"{given} is a sweep of its own, and {key}= names several values; run it with one after the other, "
        f"the first: {_again(kept, f'{key}={first}', given)}"
    )


def _tasks(config: "DictConfig", folders: Sequence[Path]) -> list[Task]:
    """Return the tasks that a run measures."""
    from omegaconf import OmegaConf

    from boss.data.sources import default_cache
    from boss.data.suite import load_suite

    settings = settings_from(resolved(config))
    options: Any = OmegaConf.to_container(config.suite, resolve=True)
    suite = load_suite(
        config.suite.name, folders, settings.cache or default_cache(), options, None, settings.task
    )
    return [task for task in suite.tasks if not settings.task or task.name in settings.task]


def _names(text: str, tasks: Sequence[Task]) -> list[str]:
    """Return the prompts that are meant.

    Raises:
        ConfigError: if there is none, or two would have one name.
    """
    if text == "all":
        common = set.intersection(*(set(prompt_names(task)) for task in tasks))
        if not common:
            raise ConfigError(
                f"prompts=all: {', '.join(task.name for task in tasks)} have no prompt in common; measure "
                f"one task at a time: task={tasks[0].name}"
            )
        return sorted(common)
    names = list(dict.fromkeys(name.strip() for name in text.strip("[]").split(",") if name.strip()))
    if not names:
        raise ConfigError("prompts= names none; prompts=all takes every prompt of the task")
    stems = [Path(name).stem for name in names]
    if twice := [name for name, stem in zip(names, stems, strict=True) if stems.count(stem) > 1]:
        raise ConfigError(
            f"prompts: {' and '.join(twice)} would have one name on the board, {Path(twice[0]).stem}; rename "
            "one of the files"
        )
    return names


def _key(word: str) -> str:
    return word.partition("=")[0]


def _quoted(text: str) -> str:
    escaped = text.replace("'", "\\'")
    return f"'{escaped}'"


def _again(words: Sequence[str], *more: str) -> str:
    return command("boss.eval", *words, *more)
