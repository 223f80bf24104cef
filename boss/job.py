"""What a composed config asks for, checked and ready: a suite, a model, attacks, and what to measure."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from boss.config import Settings
from boss.data.sources import default_cache
from boss.data.suite import Suite, TaskData, load_suite, subset
from boss.data.types import Split
from boss.errors import BossError, ConfigError
from boss.measurement import AttackSettings, Measurement, attack_of, name_of
from boss.metrics.scoring import majority_of
from boss.models.base import Recipe
from boss.models.method import Method
from boss.seam import attack_settings, why_not
from boss.tasks import TASKS, Task
from boss.transfer import Transfer, transfer_from
from boss.validate import NEEDS
from robtest.attacks.file import FileCopies
from robtest.attacks.stack import Stack
from robtest.types import Attack

AT_THE_DOOR = (BossError, ValueError, TypeError, ImportError, InstantiationException)
"""What an option that is wrong raises; anything else is a failure of the one attack."""


class Planned(NamedTuple):
    """A measurement to make, its examples, and the attack on them if there is one."""

    measurement: Measurement
    split: Split
    attack: Attack | None


@dataclass(frozen=True)
class Job:
    """What one run measures.

    Attributes:
        method: training method, by name where it has no options.
        attacks: by their names in the configuration.
        unmade: attacks that could not be made here, and why; the others go on.
        transfer: the run whose copies are taken, in the place of attacks; None where there is none.
    """

    settings: Settings
    suite: Suite
    recipe: Recipe
    method: str | Method
    attacks: Mapping[str, Attack]
    unmade: Mapping[str, Exception]
    cache: Path
    transfer: Transfer | None = None

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks to measure, in order."""
        chosen = self.settings.task
        return tuple(task for task in self.suite.tasks if not chosen or task.name in chosen)

    def field(self, task: Task) -> str:
        """Return the input field attacks edit: the configured one, else the task's first.

        Raises:
            ConfigError: if the task has no such field.
        """
        field = self.settings.field
        if field == "default":
            return task.attacked[0]
        if field not in task.attacked:
            others = [other.name for other in self.tasks if field in other.attacked]
            cure = f"measure only task={others[0]}, or leave" if others else "leave"
            raise ConfigError(
                f"task {task.name} has no field {field!r} that an attack may edit, only "
                f"{' and '.join(task.attacked)}; {cure} field= out"
            )
        return field

    def attack_settings(self, task: Task) -> dict[str, AttackSettings]:
        """Return the settings of each attack that applies to a task, by name.

        Raises:
            ConfigError: if two attacks are one and the same.
        """
        if self.transfer is not None:
            return self.transfer.attack_settings(task)
        options = self.settings
        by_name: dict[str, AttackSettings] = {}
        first: dict[str, str] = {}
        for name, attack in self.attacks.items():
            if why_not(task, attack, self.field(task)) is not None:
                continue
            settings = attack_settings(
                name,
                attack,
                tag=options.tag,
                access=options.access,
                field=self.field(task),
                search=options.search_options,
                query_budget=options.query_budget,
                n_variants=options.n_variants,
                seed=options.seed,
                degrees=options.degrees,
            )
            same = first.setdefault(attack_of(settings), name)
            if same != name:
                raise ConfigError(f"attacks {same} and {name} are one and the same; leave one of them out")
            by_name[name] = settings
        return by_name

    def names(self, task: Task) -> Iterator[str]:
        """Yield the names of a task's measurements in the order of the records: clean ones first."""
        datasets = [card.name for card in self.suite.cards if card.task == task.name]
        for settings in (None, *self.attack_settings(task).values()):
            yield from (name_of(task.name, dataset, settings) for dataset in datasets)

    def plan(self, task: Task, data: TaskData) -> Iterator[Planned]:
        """Yield the measurements to make on the data of a task, in the same order."""
        for split in data.tests:
            yield Planned(self._measurement(task, split, None), split, None)
        if self.transfer is not None:
            yield from self._transferred(task, self.transfer)
            return
        for name, settings in self.attack_settings(task).items():
            for split in data.tests:
                chosen = subset(split, self.settings.n_attacked, self.settings.seed)
                yield Planned(self._measurement(task, chosen, settings), chosen, self.attacks[name])

    def _transferred(self, task: Task, transfer: Transfer) -> Iterator[Planned]:
        """Yield the measurements on copies out of a run: of the examples that it chose."""
        whole = [split for split in self.suite.splits(task.name)[0] if split.split == "test"]
        for name in transfer.attack_settings(task):
            for split in whole:
                chosen, settings, copies = transfer.copies(task, name, split)
                yield Planned(self._measurement(task, chosen, settings), chosen, copies)

    def _measurement(self, task: Task, split: Split, attack: AttackSettings | None) -> Measurement:
        golds = [example.gold for example in split.examples]
        labels = [gold for gold in golds if isinstance(gold, str)]
        return Measurement(
            suite=self.suite.name_for(task.name),
            suite_version=self.suite.version,
            task=task.name,
            dataset=split.dataset,
            split=split.split,
            role=split.card.role,
            own_task=None if task == TASKS.get(task.name) else task,
            recall_only=split.card.recall_only,
            stand_in=split.card.stand_in,
            labels=split.card.labels,
            dataset_revision=split.revision,
            dataset_sha256=split.sha256,
            n_total=split.n_total,
            n_evaluated=len(split.examples),
            subset=split.subset,
            majority=majority_of(labels) if labels else None,
            scoring=self.settings.scoring if attack is None else "corrected",  # BOSS attacks nothing
            attack=attack,
        )


def job_of(config: DictConfig, settings: Settings, folders: Sequence[Path]) -> Job:
    """Return the job a composed config describes.

    Raises:
        BossError: if the suite, a dataset's card, the model or an option of an attack is at fault.
    """
    if settings.cache is not None:
        # Attacks look for their files where everybody does; one folder given here is for them too.
        os.environ["BOSS_CACHE"] = str(settings.cache)
    cache = default_cache()
    options = OmegaConf.to_container(config.suite, resolve=True)
    given = OmegaConf.to_container(config.dataset, resolve=True)
    suite = load_suite(config.suite.name, folders, cache, options, given, settings.task)  # type: ignore[arg-type]
    suite = suite.trained_on(settings.train_on, settings.task or [task.name for task in suite.tasks])
    source = config.attack.get("from")
    tasks = [task for task in suite.tasks if not settings.task or task.name in settings.task]
    attacks, unmade = _attacks(config) if source is None else ({}, {})
    transfer = None if source is None else transfer_from(str(source), _named(config), tasks, folders, cache)
    recipe: Recipe = _instance("model", config.model)
    method = _instance("method", config.method) if "_target_" in config.method else config.method.name
    job = Job(settings, suite, recipe, method, attacks, unmade, cache, transfer)
    for task in job.tasks:
        job.field(task)
        job.attack_settings(task)
    return job


def _attacks(config: DictConfig) -> tuple[dict[str, Attack], dict[str, Exception]]:
    """Return the attacks of a config by their names in a run, and why others could not be made here."""
    attacks: dict[str, Attack] = {}
    unmade: dict[str, Exception] = {}
    for name, node in config.attack.items():
        if not isinstance(node, DictConfig):  # beside them are options of theirs, such as attack.recipe
            continue
        try:
            attack = _instance(f"attack {name}", node)
        except ConfigError as error:
            cause = error.__cause__
            if not isinstance(cause, Exception) or isinstance(cause, AT_THE_DOOR):
                raise
            unmade[str(name)] = cause  # what foreign code raises; a file or a model that cannot be had
            continue
        absent = [member for member in NEEDS["attack"] if not hasattr(attack, member)]
        if absent:
            raise ConfigError(f"attack {name}: {type(attack).__name__} has no {', '.join(absent)}")
        label = attack.name if isinstance(attack, Stack | FileCopies) else str(name)
        if label in attacks:
            raise ConfigError(f"two attacks are called {label}; leave one out, or measure it by itself")
        attacks[label] = attack
    return attacks, unmade


def _named(config: DictConfig) -> list[str]:
    """Return what the attacks of a config are called in a run; only those that name themselves are made."""
    names = []
    for name, node in config.attack.items():
        if isinstance(node, DictConfig):
            own = node.get("_target_") in (
                f"{kind.__module__}.{kind.__name__}" for kind in (Stack, FileCopies)
            )
            names.append(_instance(f"attack {name}", node).name if own else str(name))
    return names


def _instance(what: str, options: DictConfig) -> Any:
    """Make the object that options name.

    Raises:
        ConfigError: from what went wrong.
    """
    try:
        return instantiate(options)
    except InstantiationException as error:
        # Hydra wraps what went wrong, and writes it as a repr.
        cause = error.__cause__ or error
        raise ConfigError(f"{what}: {cause}") from cause
