"""What a composed config asks for, checked and ready: a suite, a model and attacks."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from boss.config import Settings
from boss.data.sources import default_cache
from boss.data.suite import Suite, load_suite
from boss.errors import ConfigError
from boss.evaluate import Attack, Tag, tag_of
from boss.models.base import Recipe
from boss.tasks import Task


@dataclass(frozen=True)
class Job:
    """What one run measures.

    Attributes:
        method: training method by name.
    """

    settings: Settings
    suite: Suite
    recipe: Recipe
    method: str
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

    def keys(self, task: Task) -> Iterator[str]:
        """Yield the keys of a task's cells in the order of the records: clean first, then by attack."""
        names = [card.name for card in self.suite.cards if card.task == task.name]
        yield from (f"{task.name}/{name}/clean" for name in names)
        tail = f"{self.settings.access}-{self.field(task)}"
        for attack in self.attacks.values():
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
    attacks = {str(name): _attack(str(name), options, settings) for name, options in config.attack.items()}
    return Job(settings, suite, instantiate(config.model), config.method.name, attacks, cache)


def _attack(name: str, options: DictConfig, settings: Settings) -> Attack:
    attack: Attack = instantiate(options)
    if attack.unit == "text" and settings.access != "rule":
        raise ConfigError(
            f"attack {name} changes whole texts, which access={settings.access} cannot search yet; "
            f"set access=rule or leave {name} out of attack="
        )
    return attack
