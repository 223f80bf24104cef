"""The YAML files that name suites and datasets: found, checked, and turned into objects."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from boss.data.processed import TASK_FOLDERS, Mirror, Processed, processed_file, processed_reader
from boss.data.readers.base import Reader
from boss.data.sources import Source
from boss.data.specs import DatasetSpec, FileRole, OriginSpec, SuiteSpec
from boss.data.types import Card
from boss.errors import ConfigError, DataError, suggestion
from boss.tasks import Task, check_name, find_tasks, get_task

Model = TypeVar("Model", bound=BaseModel)

NOT_CARD = set(OriginSpec.model_fields) | {
    "sources",
    "processed",
    "mirror",
    "sizes",
    "train_per_class",
    "order",
}
"""Keys of a dataset's file that say how it is had and built, not what it is."""


@dataclass(frozen=True)
class Origin:
    """One way a dataset can be had, ready to be read."""

    source: Source
    reader: Reader
    files: Mapping[FileRole, tuple[str, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """All files inside the source."""
        return tuple(name for names in self.files.values() for name in names if name)

    @property
    def tested(self) -> "Origin":
        """The same without what a model could be fitted on."""
        return replace(self, files={"test": self.files["test"]})


@dataclass(frozen=True)
class Dataset:
    """A dataset and the ways it can be had, in the order they are tried.

    Attributes:
        own: whether it is on the suite's list; one that is not was added to the suite.
        is_given: whether it was given on a command line, and no file says what it is.
    """

    card: Card
    task: Task
    origins: tuple[Origin, ...]
    spec: DatasetSpec
    own: bool = True
    is_given: bool = False

    @property
    def trainable(self) -> bool:
        """Whether one of its sources has a train split."""
        return any(origin.files.keys() & {"train", "all"} for origin in self.origins)

    def read_for(self, train_on: str | None) -> "Dataset":
        """Return the dataset with the files that are read for a run: an OOD dataset's test alone.

        Args:
            train_on: the OOD dataset whose train split is read besides, from a source that has it.
        """
        if self.card.role == "id":
            return self
        if self.card.name == train_on:
            return replace(self, origins=tuple(o for o in self.origins if "train" in o.files))
        return replace(self, origins=tuple(origin.tested for origin in self.origins))


def suite_options(name: str, conf_dirs: Sequence[Path], options: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the settings of a suite's file with ``suite.KEY=VALUE`` of a command line put over them.

    Raises:
        ConfigError: if there is no such suite, or its file cannot be read.
    """
    overrides = [f"{key.removeprefix('suite.')}={value}" for key, value in options.items()]
    return _read_yaml(_suite_path(name, conf_dirs), overrides)


def find_suite(name: str, conf_dirs: Sequence[Path], options: Mapping[str, Any] | None = None) -> SuiteSpec:
    """Read the suite called ``name``.

    Args:
        options: its settings as the command line left them; as its file says where None.

    Raises:
        ConfigError: listing the known suites, or naming the file and key that is wrong.
    """
    return _parse(SuiteSpec, _suite_path(name, conf_dirs), options)


def find_datasets(suite: SuiteSpec, conf_dirs: Sequence[Path]) -> tuple[Dataset, ...]:
    """Read all datasets of a suite, tasks in their order, ID first, those added to it last.

    Raises:
        ConfigError: naming the file and what is wrong with it, two datasets of one name, or a task
            without exactly one ID dataset.
    """
    paths: dict[str, Path] = {}
    for folder in conf_dirs:
        for path in sorted(folder.glob(f"dataset/{suite.name}/*.yaml")):
            if path.stem in paths:
                raise ConfigError(
                    f"dataset {path.stem!r} is defined by {paths[path.stem]} and {path}; rename one."
                )
            paths[path.stem] = path
    home = _suite_path(suite.name, conf_dirs).parents[1]
    tasks = find_tasks(conf_dirs)
    datasets = [
        replace(dataset, own=_is_own(dataset, suite, home, path))
        for path in paths.values()
        for dataset in (_dataset(path, suite, tasks),)
    ]
    listed = {(task, name) for task, names in suite.datasets.items() for name in names}
    absent = sorted(listed - {(dataset.card.task, dataset.card.name) for dataset in datasets})
    if absent:
        task, name = absent[0]
        raise ConfigError(
            f"suite {suite.name} lists dataset {name!r} of task {task}, and no file "
            f"dataset/{suite.name}/{name}.yaml is of this task; add the file, or take it off the list"
        )
    for task in dict.fromkeys(dataset.card.task for dataset in datasets):
        id_datasets = [d.card.name for d in datasets if d.card.task == task and d.card.role == "id"]
        if len(id_datasets) != 1:
            raise ConfigError(
                f"task {task} of suite {suite.name} needs one dataset with role id; found {id_datasets}."
            )
    order = list(tasks)
    return tuple(
        sorted(
            datasets,
            key=lambda d: (order.index(d.card.task), d.card.role, not d.own, d.spec.order, d.card.name),
        )
    )


def _is_own(dataset: Dataset, suite: SuiteSpec, home: Path, path: Path) -> bool:
    if suite.datasets:
        return dataset.card.name in suite.datasets.get(dataset.card.task, ())
    return home in path.parents


def _suite_path(name: str, conf_dirs: Sequence[Path]) -> Path:
    suites = {path.stem: path for folder in reversed(conf_dirs) for path in folder.glob("suite/*.yaml")}
    if name not in suites:
        raise ConfigError(
            f"unknown suite {name!r}{suggestion(name, suites)}; known suites: {_listed(suites)}"
        )
    return suites[name]


def _dataset(path: Path, suite: SuiteSpec, tasks: Mapping[str, Task]) -> Dataset:
    content = _read_yaml(path)
    try:
        task = get_task(str(content.get("task")), tasks)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    check_name(path, "dataset")
    return dataset_from(content, path.stem, suite, task, path)


def dataset_from(
    content: Mapping[str, Any], name: str, suite: SuiteSpec, task: Task, where: Path | str
) -> Dataset:
    """Return the dataset that the keys of a file describe.

    Args:
        where: what an error names; a file's relative ``path`` of a source is relative to it.

    Raises:
        ConfigError: naming the key that is wrong.
    """
    spec = _parse(DatasetSpec, where, content)
    _check_labels(task, spec, where)
    origins = [_origin(origin, spec, where) for origin in spec.origins]
    if spec.processed:
        own, *mirrored = _processed(name, task, spec, suite)
        origins = [own, *mirrored, *origins] if spec.mirror == "first" else [own, *origins, *mirrored]
    card = Card(
        name=name,
        suite=suite.name,
        source="; or ".join(str(origin.source) for origin in origins),
        stand_in=suite.stand_in,
        **spec.model_dump(exclude=NOT_CARD),
    )
    return Dataset(card, task, tuple(origins), spec)


def _origin(origin: OriginSpec, spec: DatasetSpec, path: Path | str) -> Origin:
    options = dict(origin.source)
    if "path" in options:
        folder = path.parent if isinstance(path, Path) else Path()
        options["path"] = (folder / str(options["path"])).resolve()
    source: Source = _instantiate(options, path, "get")
    reader: Reader = _instantiate(origin.reader, path, "read")
    whole: FileRole = "all" if spec.role == "id" else "test"
    files = origin.files or {whole: ""}
    if spec.role == "ood" and not {"test"} <= set(files) <= {"test", "train", "validation"}:
        raise ConfigError(
            f"{path}: an OOD dataset has a test file, and train where train_on= may name it; "
            f"got files: {sorted(files)}."
        )
    return Origin(source, reader, {k: (v,) if isinstance(v, str) else v for k, v in files.items()})


def _processed(name: str, task: Task, spec: DatasetSpec, suite: SuiteSpec) -> list[Origin]:
    """Return the user's processed files and, where it may be used, the hub's copy of them."""
    if task.name not in TASK_FOLDERS:
        raise ConfigError(f"{name}: processed files are BOSS's, and it has none of task {task.name}")
    roles: tuple[FileRole, ...] = ("train", "test") if spec.role == "id" else ("test",)
    files = {role: (processed_file(task, role),) for role in roles}
    folder = f"{TASK_FOLDERS[task.name]}/{name}"
    sources: list[Source] = [Processed(suite.processed, folder)]
    if suite.mirror is not None and spec.mirror != "never":
        sources.append(Mirror(folder=folder, **suite.mirror.model_dump()))
    return [Origin(source, processed_reader(task), files) for source in sources]


def _check_labels(task: Task, spec: DatasetSpec, path: Path | str) -> None:
    try:
        if task.kind == "classification":
            if len(spec.labels) < 2:
                raise DataError(f"labels: needs at least two of {', '.join((*task.labels, *task.merged))}")
            for label in spec.labels:
                task.members(label)
        elif unknown := set(spec.labels) - set(task.types):
            known = ", ".join(task.types) or "none"
            raise DataError(f"labels {sorted(unknown)} are none of task {task.name}, which has: {known}")
    except DataError as error:
        raise ConfigError(f"{path}: {error}") from error


def _instantiate(options: Mapping[str, Any], path: Path | str, method: str) -> Any:
    """Make the object of a class that can be imported and has ``method``; nothing else is ever called."""
    options = dict(options)
    target = str(options.pop("_target_", ""))
    module, _, name = target.rpartition(".")
    try:
        cls = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f"{path}: _target_ {target!r} does not exist ({error})") from error
    kind = {"get": "boss.data.sources.Source", "read": "boss.data.readers.base.Reader"}[method]
    if not isinstance(cls, type) or cls.__module__ != module:
        raise ConfigError(f"{path}: _target_ {target!r} must be a class, where it is defined; see {kind}")
    try:
        inspect.signature(getattr(cls, method)).bind(None, None, None)
    except (AttributeError, TypeError) as error:
        takes = {"get": "cache, names", "read": "file, removed"}[method]
        raise ConfigError(f"{path}: {target} is no {kind}: it has no {method}({takes})") from error
    try:
        return cls(**options)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{path}: {target}: {error}") from error


def _parse(model: type[Model], path: Path | str, options: Mapping[str, Any] | None = None) -> Model:
    try:
        content = _read_yaml(path) if options is None and isinstance(path, Path) else options
        return model.model_validate(content)
    except ValidationError as error:
        lines = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"{path}: {'; '.join(lines)}") from error


def _read_yaml(path: Path, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """Return the content of a file, with ``KEY=VALUE`` lines put over it and variables filled in."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    try:
        merged = OmegaConf.merge(OmegaConf.load(path), OmegaConf.from_dotlist(list(overrides)))
        content = OmegaConf.to_container(merged, resolve=True)
    except (YAMLError, OmegaConfBaseException) as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: expected keys with values, got a {type(content).__name__}")
    return {str(key): value for key, value in content.items()}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
