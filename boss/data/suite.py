"""A suite: its datasets by task, and the splits of a task ready for a model."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from boss.data import store
from boss.data.build import build, choose
from boss.data.config import Dataset, find_datasets, find_suite
from boss.data.given import given_dataset
from boss.data.origins import Fetcher, Ready
from boss.data.specs import SuiteSpec
from boss.data.types import Card, Split
from boss.errors import ConfigError, DataError, suggestion
from boss.tasks import Task
from robtest.files import file_sha256

Failures = tuple[tuple[str, DataError], ...]
"""(dataset, error) of each dataset that could not be had."""


@dataclass(frozen=True)
class TaskData:
    """The splits of one task.

    Attributes:
        train, validation: of the ID dataset, or of `Suite.train_on`; None where it failed or was not asked
            for.
        tests: ID first, then the OOD datasets in the suite's order.
        failures: datasets that could not be had; the others are complete.
    """

    task: Task
    train: Split | None
    validation: Split | None
    tests: tuple[Split, ...]
    failures: Failures


@dataclass(frozen=True)
class Suite:
    """A named set of datasets, described without fetching anything.

    Attributes:
        cache: folder for fetched files and built splits.
        train_on: the OOD dataset whose train split is the task's; None for the ID dataset's.
    """

    spec: SuiteSpec
    datasets: tuple[Dataset, ...]
    cache: Path
    train_on: str | None = None

    @property
    def name(self) -> str:
        """Name of the suite."""
        return self.spec.name

    def name_for(self, *tasks: str) -> str:
        """Return the suite's name, extended by added datasets of these tasks: ``mini+reviews``.

        A suite is its list of datasets: a number over another list is of another suite.
        """
        added = sorted(d.card.name for d in self.datasets if d.card.task in tasks and not d.own)
        return "+".join([self.name, *added])

    @property
    def version(self) -> str:
        """Version of the suite; a dataset added, removed or read otherwise makes a new one."""
        return self.spec.version

    @property
    def description(self) -> str:
        """One line for people."""
        return self.spec.description

    @property
    def stand_in(self) -> bool:
        """Whether the suite stands in for BOSS, to be shown wherever its numbers are."""
        return self.spec.stand_in

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks that have datasets, in their order."""
        return tuple({dataset.task.name: dataset.task for dataset in self.datasets}.values())

    def task(self, name: str) -> Task:
        """Return the task of this name.

        Raises:
            ConfigError: if the suite has no such task, naming those it has.
        """
        tasks = {task.name: task for task in self.tasks}
        if name not in tasks:
            raise ConfigError(
                f"suite {self.name} has no task {name!r}{suggestion(name, tasks)}; its tasks: "
                f"{', '.join(tasks)}"
            )
        return tasks[name]

    @property
    def cards(self) -> tuple[Card, ...]:
        """The cards of all datasets, by task, ID first."""
        return tuple(dataset.card for dataset in self.datasets)

    def card(self, name: str) -> Card:
        """Return the card of a dataset.

        Raises:
            ConfigError: if the suite has no such dataset, naming those it has.
        """
        cards = {card.name: card for card in self.cards}
        if name not in cards:
            names = ", ".join(cards)
            raise ConfigError(
                f"unknown dataset {name!r}{suggestion(name, cards)}; suite {self.name} has: {names}"
            )
        return cards[name]

    def with_dataset(self, dataset: Dataset) -> "Suite":
        """Return the suite with a dataset added, the last of its task.

        Raises:
            ConfigError: if it has one of this name.
        """
        if dataset.card.name in {card.name for card in self.cards}:
            raise ConfigError(
                f"suite {self.name} has a dataset {dataset.card.name}; give yours another name: "
                f"dataset.called={dataset.card.name}_2"
            )
        last = max(i for i, other in enumerate(self.datasets) if other.task == dataset.task)
        datasets = (
            *self.datasets[: last + 1],
            replace(dataset, own=False, is_given=True),
            *self.datasets[last + 1 :],
        )
        return replace(self, datasets=datasets)

    def trained_on(self, name: str | None, tasks: Sequence[str]) -> "Suite":
        """Return the suite with the train split of another dataset: what is fitted on it knows the shift.

        Args:
            name: of the dataset, of one of ``tasks``; None, or an ID dataset, leaves everything as it is.

        Raises:
            ConfigError: if there is none, or it has no train split, naming those that have one.
        """
        here = {d.card.name: d for d in self.datasets if d.card.task in tasks}
        if name is None or (name in here and here[name].card.role == "id"):
            return self
        known = [each for each, dataset in here.items() if dataset.trainable]
        if name not in here:
            raise ConfigError(
                f"train_on={name}: no dataset of {', '.join(tasks)} in suite {self.name}"
                f"{suggestion(name, here)}; with a train split: {', '.join(known) or 'none'}"
            )
        if not here[name].trainable:
            raise ConfigError(
                f"train_on={name}: it has no train split in suite {self.name}; datasets that have one: "
                f"{', '.join(known)}. Of your own dataset, name the file: files: {{train: FILE, test: FILE}}"
            )
        return replace(self, train_on=name)

    def load(
        self, task: str, *, n_examples: int | None = None, seed: int = 0, with_train: bool = True
    ) -> TaskData:
        """Return the splits of ``task``, fetched and built where they are not in the cache.

        Args:
            n_examples: size of a seeded subset of every test split; None takes all. The subset of 100
                is the beginning of the subset of 1,000. Which examples repeat others, and are out,
                does not depend on it.
            seed: chooses the subset; train and validation do not depend on it.

        Raises:
            ConfigError: if the task is unknown or not in the suite, or ``n_examples`` is not positive.
        """
        if n_examples is not None and n_examples < 1:
            raise ConfigError(f"n_examples must be at least 1 (or null for all), got {n_examples}")
        chosen = self.task(task)
        splits, failures = self.splits(task)
        [fitted_on] = {d.card.name for d in self._datasets(task) if d.card.role == "id"}
        if self.train_on in self._cards(task):
            fitted_on = self.train_on
        by_name = {split.split: split for split in splits if split.dataset == fitted_on}
        return TaskData(
            task=chosen,
            train=by_name.get("train") if with_train else None,
            validation=by_name.get("validation") if with_train else None,
            tests=tuple(subset(split, n_examples, seed) for split in splits if split.split == "test"),
            failures=failures,
        )

    def splits(self, task: str) -> tuple[tuple[Split, ...], Failures]:
        """Return all splits of ``task``, whole but for the caps, and the datasets that failed."""
        ready, missing = Fetcher(self.cache).get_all(self._datasets(task))
        failures = tuple(missing)
        path = self._path(task, ready)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{path}.lock"):  # a second process waits instead of building the same
                built = store.load(path, self._cards(task), self.task(task).kind)
                if built is None:
                    built, failed = build(self.task(task), ready, self.spec)
                    failures += failed
                    if ready and not failed:
                        store.save(path, built)
        except OSError as error:
            raise DataError(
                f"cannot use {path}: {error}. Free some space, or choose another cache."
            ) from error
        return built, failures

    def built(self, task: str) -> tuple[Split, ...]:
        """Return the splits that `splits` left on disk last, none if it has not run; fetches nothing."""
        pattern = f"{task}-{self._spec_key(task)}-*.jsonl"
        for path in sorted(self._folder.glob(pattern), key=lambda path: -path.stat().st_mtime_ns):
            splits = store.load(path, self._cards(task), self.task(task).kind)
            if splits is not None:
                return splits
        return ()

    def _datasets(self, task: str) -> list[Dataset]:
        return [d.read_for(self.train_on) for d in self.datasets if d.card.task == task]

    def _cards(self, task: str) -> dict[str, Card]:
        return {dataset.card.name: dataset.card for dataset in self._datasets(task)}

    @property
    def _folder(self) -> Path:
        return self.cache / "splits" / self.name

    def _spec_key(self, task: str) -> str:
        specs = [dataset.spec.model_dump(mode="json") for dataset in self._datasets(task)]
        return store.key([self.spec.model_dump(mode="json"), specs, asdict(self.task(task))])

    def _path(self, task: str, ready: Sequence[Ready]) -> Path:
        """Return the file of splits made by these settings, from these bytes."""
        parts = [
            [r.dataset.card.name, str(r.origin.source), r.fetched.revision, _foreign_code(r.origin.reader)]
            + (["train"] if r.dataset.card.name == self.train_on else [])
            for r in ready
        ]
        return self._folder / f"{task}-{self._spec_key(task)}-{store.key(parts)}.jsonl"


def _foreign_code(reader: object) -> str:
    """Return the digest of the file a reader's class stands in; nothing for the project's own."""
    kind = type(reader)
    if kind.__module__.partition(".")[0] == "boss":
        return ""
    return file_sha256(Path(inspect.getfile(kind)))


def load_suite(
    name: str,
    conf_dirs: Sequence[Path],
    cache: Path,
    options: Mapping[str, Any] | None = None,
    given: Mapping[str, Any] | None = None,
    chosen: Sequence[str] = (),
) -> Suite:
    """Return the suite called ``name`` without fetching its data.

    Args:
        conf_dirs: folders with ``suite/NAME.yaml`` and ``dataset/NAME/*.yaml``; a user's folder beside
            the project's adds suites, and datasets to a suite.
        cache: folder for fetched files and built splits.
        options: the suite's settings as the command line left them (``suite.train_cap.qa=500``); as its
            file says where None.
        given: the options of a dataset that is added to it (`boss.data.given`).
        chosen: the tasks one of which that dataset is of; none for all.

    Raises:
        ConfigError: listing the known suites, or naming the file and key that is wrong.
    """
    spec = find_suite(name, conf_dirs, options)
    suite = Suite(spec, find_datasets(spec, conf_dirs), cache)
    for task in set(chosen) - {known.name for known in suite.tasks}:
        if others := _suites_with(task, conf_dirs):
            raise ConfigError(
                f"suite {spec.name} has no task {task!r}; take suite={others[0]}, which has it, and "
                f"task={task} alone"
            )
    tasks = {task: suite.task(task) for task in chosen or [task.name for task in suite.tasks]}
    added = given_dataset(given or {}, spec, tasks)
    return suite if added is None else suite.with_dataset(added)


def _suites_with(task: str, conf_dirs: Sequence[Path]) -> list[str]:
    """Return the suites that list datasets of a task."""
    names = sorted({path.stem for folder in conf_dirs for path in folder.glob("suite/*.yaml")})
    return [name for name in names if task in find_suite(name, conf_dirs).datasets]


def subset(split: Split, n: int | None, seed: int) -> Split:
    """Return a seeded subset in random order, or the split itself where ``n`` is None or not smaller."""
    if n is None or n >= len(split.examples):
        return split
    return replace(split, examples=choose(split.examples, n, str(seed)), subset=f"seeded:{seed}")
