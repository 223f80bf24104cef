"""What a composed config asks for, checked and ready: a suite, a model and attacks."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from boss.config import Settings
from boss.data.sources import default_cache
from boss.data.suite import Suite, load_suite
from boss.errors import ConfigError
from boss.evaluate import Access, Attack, Tag, access_of, tag_of
from boss.methods.base import Method
from boss.models.base import Recipe
from boss.tasks import Task


@dataclass(frozen=True)
class Job:
    """What one run measures.

    Attributes:
        method: training method, by name where it has no options.
    """

    settings: Settings
    suite: Suite
    recipe: Recipe
    method: str | Method
    attacks: Mapping[str, Attack]
    cache: Path

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks to measure, in order."""
        return tuple(task for task in self.suite.tasks if task.name in self.settings.task)

    def field(self, task: Task) -> str:
        """Return the input field attacks edit; the task's own where the one asked for is another task's."""
        return self.settings.field if self.settings.field in task.attacked else task.attacked[0]

    def tag(self, attack: Attack) -> Tag:
        """Return the tag asked for, or the dimension's only one."""
        return tag_of(attack, self.settings.tag)

    def access(self, attack: Attack) -> Access:
        """Return the access asked for, or that of the search an attack brings along."""
        return access_of(attack, self.settings.access)

    def keys(self, task: Task) -> Iterator[str]:
        """Yield the keys of a task's cells in the order of the records: clean first, then by attack."""
        names = [card.name for card in self.suite.cards if card.task == task.name]
        yield from (f"{task.name}/{name}/clean" for name in names)
        for attack in self.attacks.values():
            tail = f"{self.access(attack)}-{self.field(task)}"
            yield from (f"{task.name}/{name}/{attack.name}-{self.tag(attack)}-{tail}" for name in names)


def job_of(config: DictConfig, settings: Settings, folders: Sequence[Path]) -> Job:
    """Return the job a composed config describes.

    Raises:
        BossError: if the suite, a dataset's card, the model or an attack is at fault.
    """
    if settings.cache is not None:
        # Attacks look for their files where everybody does; one folder given here is for them too.
        os.environ["BOSS_CACHE"] = str(settings.cache)
    cache = default_cache()
    options = OmegaConf.to_container(config.suite, resolve=True)
    suite = load_suite(config.suite.name, folders, cache, options)  # type: ignore[arg-type]
    missing = [name for name in settings.task if name not in {task.name for task in suite.tasks}]
    if missing:
        known = ", ".join(task.name for task in suite.tasks)
        raise ConfigError(f"suite {suite.name} has no task {', '.join(missing)}; its tasks: {known}")
    attacks: dict[str, Attack] = {
        str(name): _made(f"attack {name}", each)
        for name, each in config.attack.items()
        if isinstance(each, DictConfig)  # beside them are options of theirs, such as attack.recipe
    }
    recipe: Recipe = _made("model", config.model)
    method = _made("method", config.method) if "_target_" in config.method else config.method.name
    return Job(settings, suite, recipe, method, attacks, cache)


def _made(what: str, options: DictConfig) -> Any:
    try:
        return instantiate(options)
    except InstantiationException as error:
        # Hydra wraps what went wrong, and writes it as a repr.
        raise ConfigError(f"{what}: {error.__cause__ or error}") from error
