"""The YAML files that name suites and datasets: found, checked, and turned into objects."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from boss.data.readers.base import Reader
from boss.data.sources import Source
from boss.data.types import Card, Role
from boss.errors import ConfigError, DataError
from boss.tasks import ENTITY_TYPES, TASKS, get_task

FileRole = Literal["train", "validation", "test", "all"]
Fraction = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(gt=0)]
Model = TypeVar("Model", bound=BaseModel)


class Fractions(BaseModel):
    """Shares of a dataset without upstream splits; they sum to 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    train: Fraction
    validation: Fraction
    test: Fraction


class SuiteSpec(BaseModel):
    """``conf/suite/NAME.yaml``.

    Attributes:
        stand_in: the suite stands in for BOSS and must be shown as such.
        train_cap: task -> most training examples that are kept.
        validation_cap: most validation examples that are kept, of any task.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    description: str
    stand_in: bool
    fractions: Fractions
    train_cap: dict[str, Positive] = {}
    validation_cap: Positive | None = None


class DatasetSpec(BaseModel):
    """``conf/dataset/SUITE/NAME.yaml``; the fields without a line here are those of `Card`.

    Attributes:
        source: ``_target_`` of a `boss.data.sources.Source` and its options; a relative ``path`` is
            relative to the YAML file.
        reader: ``_target_`` of a `boss.data.readers.base.Reader` and its options.
        files: upstream split -> path inside the source (`robtest.assets.Member`); ``all`` is carved
            into splits. Left out where the source is one file: ``all`` for ID, ``test`` for OOD.
        order: place among the OOD datasets of the task; equal ones go by name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: str
    role: Role
    title: str
    shift: str
    url: str
    licence: str
    labels: tuple[str, ...] = ()
    label_mapping: str
    overlap: str = "none known"
    recall_only: bool = False
    store_text: bool = False
    source: dict[str, Any]
    reader: dict[str, Any]
    files: dict[FileRole, str] = {}
    order: int = 0


@dataclass(frozen=True)
class Dataset:
    """A dataset ready to be read."""

    card: Card
    source: Source
    reader: Reader
    files: Mapping[FileRole, str]
    spec: DatasetSpec


def find_suite(name: str, conf_dirs: Sequence[Path], options: Mapping[str, Any] | None = None) -> SuiteSpec:
    """Read the suite called ``name``.

    Args:
        options: its settings as the command line left them; as its file says where None.

    Raises:
        ConfigError: listing the known suites, or naming the file and key that is wrong.
    """
    known = {path.stem: path for folder in reversed(conf_dirs) for path in folder.glob("suite/*.yaml")}
    if name not in known:
        raise ConfigError(f"unknown suite {name!r}{suggestion(name, known)}; known suites: {_listed(known)}")
    return _parse(SuiteSpec, known[name], options)


def find_datasets(suite: SuiteSpec, conf_dirs: Sequence[Path]) -> tuple[Dataset, ...]:
    """Read all datasets of a suite, tasks in the order of `boss.tasks.TASKS`, ID first.

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
    datasets = [_dataset(path, suite) for path in paths.values()]
    for task in {dataset.card.task for dataset in datasets}:
        found = [d.card.name for d in datasets if d.card.task == task and d.card.role == "id"]
        if len(found) != 1:
            raise ConfigError(
                f"task {task} of suite {suite.name} needs one dataset with role id; found {found}."
            )
    order = list(TASKS)
    return tuple(
        sorted(datasets, key=lambda d: (order.index(d.card.task), d.card.role, d.spec.order, d.card.name))
    )


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return `` (did you mean ...?)``, or nothing where no known name is near."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _dataset(path: Path, suite: SuiteSpec) -> Dataset:
    spec = _parse(DatasetSpec, path)
    _check_labels(spec, path)
    options = dict(spec.source)
    if "path" in options:
        options["path"] = (path.parent / options["path"]).resolve()
    source: Source = _instantiate(options, path)
    reader: Reader = _instantiate(spec.reader, path)
    whole: FileRole = "all" if spec.role == "id" else "test"
    files = spec.files or {whole: ""}
    if spec.role == "ood" and set(files) != {"test"}:
        raise ConfigError(f"{path}: an OOD dataset has a test file only, got files: {sorted(files)}.")
    card = Card(
        name=path.stem,
        suite=suite.name,
        source=str(source),
        stand_in=suite.stand_in,
        **spec.model_dump(exclude={"source", "reader", "files", "order"}),
    )
    return Dataset(card, source, reader, files, spec)


def _check_labels(spec: DatasetSpec, path: Path) -> None:
    task = get_task(spec.task)
    try:
        if task.kind == "classification":
            if len(spec.labels) < 2:
                raise DataError(f"labels: needs at least two of {', '.join((*task.labels, *task.merged))}")
            for label in spec.labels:
                task.members(label)
        elif unknown := set(spec.labels) - set(ENTITY_TYPES if task.kind == "tagging" else ()):
            raise DataError(f"labels {sorted(unknown)} are no labels of task {task.name}")
    except DataError as error:
        raise ConfigError(f"{path}: {error}") from error


def _instantiate(options: Mapping[str, Any], path: Path) -> Any:
    """Make the object a ``_target_`` names; only classes defined in ``boss`` are made, never called into."""
    from hydra.utils import get_class

    options = dict(options)
    target = str(options.pop("_target_", ""))
    if not target.startswith("boss."):
        raise ConfigError(
            f"{path}: _target_ {target!r} must be a class of this project, as in boss.data.sources."
        )
    try:
        cls = get_class(target)
    except Exception as error:  # Hydra raises plain Exception where a name cannot be found
        raise ConfigError(f"{path}: _target_ {target!r} does not exist ({error})") from error
    if f"{cls.__module__}.{cls.__qualname__}" != target:
        raise ConfigError(f"{path}: _target_ {target!r} is not where {cls.__qualname__} is defined.")
    try:
        return cls(**options)
    except TypeError as error:
        raise ConfigError(f"{path}: {target}: {error}") from error


def _parse(model: type[Model], path: Path, options: Mapping[str, Any] | None = None) -> Model:
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    try:
        if options is None:
            options = OmegaConf.to_container(OmegaConf.load(path), resolve=True)  # type: ignore[assignment]
        return model.model_validate(options)
    except (YAMLError, OmegaConfBaseException) as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error
    except ValidationError as error:
        lines = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"{path}: {'; '.join(lines)}") from error


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
