"""A dataset given on the command line, ``dataset.path=... dataset.label=...``, without a file of its own."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from boss.data.config import Dataset, dataset_from
from boss.data.library import FORMATS
from boss.data.readers.conll import CONLL_TYPES
from boss.data.specs import SuiteSpec
from boss.errors import ConfigError
from boss.tasks import NAME, Task

HELP = (
    "dataset.path=FILE-OR-HUB-ID dataset.label=COLUMN [dataset.text=COLUMN, or "
    "dataset.fields={FIELD: COLUMN}] [dataset.name=CONFIGURATION dataset.split=test "
    "dataset.revision=COMMIT dataset.task=TASK "
    "dataset.labels={THEIRS: OURS} dataset.id=COLUMN dataset.source=COLUMN dataset.encoding=latin-1 "
    "dataset.rows=N dataset.called=NAME dataset.store_text=true]"
)


class Given(BaseModel):
    """The options ``dataset.*``.

    Attributes:
        path: a file or folder of the user's, or the id of a dataset on the Hugging Face hub.
        name: configuration on the hub; ``split``: of it, or a file of the folder; ``revision``: commit or
            branch.
        text: column of the task's only field, or its attacked one; ``fields``: columns of all of them.
        label: column of the gold label; ``labels``: their labels -> the task's. Left out, names that are
            equal but for case count as the same.
        id, source: columns, see `boss.data.readers.columns.Columns`.
        task: the task it is of; the run's where it has one only.
        called: its name in the run; made of the path where left out.
        store_text: whether runs keep its texts, so that the page can show them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    label: str
    name: str | None = None
    split: str = "test"
    revision: str = "main"
    text: str | None = None
    fields: dict[str, str] | None = None
    labels: dict[str, str] | None = None
    id: str | None = None
    source: str | None = None
    encoding: str = "utf-8-sig"
    rows: int | None = None
    store_text: bool = False
    task: str | None = None
    called: str | None = None

    @field_validator("labels", mode="before")
    @classmethod
    def _texts(cls, value: object) -> object:
        return {str(k): v for k, v in value.items()} if isinstance(value, Mapping) else value


def given_options(options: Mapping[str, str]) -> dict[str, Any]:
    """Return the ``dataset.*`` among the options of a command that is not Hydra's: names, or YAML in braces.

    Raises:
        ConfigError: for braces that are no mapping.
    """
    found: dict[str, Any] = {}
    for key, text in options.items():
        if not key.startswith("dataset."):
            continue
        try:
            value = yaml.safe_load(text) if text.startswith("{") else text
        except yaml.YAMLError as error:
            raise ConfigError(f"{key}={text} is no mapping: {error}. Give {HELP}") from error
        found[key.removeprefix("dataset.")] = value
    return found


def given_dataset(options: Mapping[str, Any], suite: SuiteSpec, tasks: Mapping[str, Task]) -> Dataset | None:
    """Return the dataset that the options name, None where they name none.

    Args:
        options: the config's ``dataset``; a key that is None is left out.
        tasks: those it may be of, by name: the run's.

    Raises:
        ConfigError: naming the option that is wrong or missing, and how it is given.
    """
    present = {key: value for key, value in options.items() if value is not None}
    if not present:
        return None
    try:
        given = Given.model_validate(present)
    except ValidationError as error:
        lines = (f"dataset.{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"{'; '.join(lines)}. Give {HELP}") from error
    task = _task(given, tasks)
    local = Path(given.path).expanduser()
    name = given.called or _called(given.path)
    if not NAME.fullmatch(name):
        raise ConfigError(f"dataset.called={name!r} is no name; take letters, digits, _ . and -")
    content = {
        "task": task.name,
        "role": "ood",
        "title": given.path if not local.exists() else local.name,
        "shift": "not said: given on the command line",
        "url": "none" if local.exists() else f"https://huggingface.co/datasets/{given.path}",
        "licence": "not said",
        "labels": _labels(given, task),
        "store_text": given.store_text,
        "label_mapping": "as given" if given.labels else "names that are equal but for case",
        **_origin(given, task, local),
    }
    return dataset_from(content, name, suite, task, f"dataset.path={given.path}")


def _task(given: Given, tasks: Mapping[str, Task]) -> Task:
    if given.task is not None:
        if given.task not in tasks:
            raise ConfigError(f"dataset.task={given.task!r} is not measured here; tasks: {', '.join(tasks)}")
        return tasks[given.task]
    if len(tasks) != 1:
        raise ConfigError(f"dataset.task says which task it is of; this run has {', '.join(tasks)}")
    return next(iter(tasks.values()))


def _called(path: str) -> str:
    stem = Path(path).name.split(".")[0] or "given"
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", stem).strip("_.-") or "given"


def _labels(given: Given, task: Task) -> tuple[str, ...]:
    if task.kind == "span":
        return ()
    named = set((given.labels or {}).values()) - {"O"}
    known = (*task.types, *task.merged)
    return tuple(label for label in known if label in named) + tuple(sorted(named - set(known))) or task.types


def _origin(given: Given, task: Task, local: Path) -> dict[str, Any]:
    fields = given.fields
    if fields is None:
        if given.text is None and len(task.fields) > 1:
            raise ConfigError(
                f"task {task.name} has the fields {', '.join(task.fields)}; say which columns they are: "
                f"dataset.fields={{{', '.join(f'{name}: COLUMN' for name in task.fields)}}}"
            )
        fields = {task.fields[0]: given.text or task.fields[0]}
    if missing := [name for name in (*task.fields, *fields) if name not in fields or name not in task.fields]:
        raise ConfigError(
            f"dataset.fields: {missing[0]!r} is not given, or is no field of task {task.name}; its fields: "
            f"{', '.join(task.fields)}"
        )
    columns = {"fields": fields, "label": given.label, "id": given.id, "source": given.source}
    labels = given.labels if given.labels is not None else _by_name(task)
    reader: dict[str, Any]
    source: dict[str, Any]
    if task.kind == "tagging":
        reader = {"_target_": "boss.data.readers.parquet.ParquetTags", "types": labels}
        reader |= {"tokens": fields["tokens"], "tags": given.label}
    else:
        reader = {"_target_": "boss.data.readers.parquet.Parquet", "labels": labels, **columns}
    if local.exists():
        source = {"_target_": "boss.data.library.LocalDataset", "path": str(local.absolute())}
        source |= {"encoding": given.encoding}
        files = {} if local.is_file() else {"files": {"test": given.split}}
        return {"source": source, "reader": reader, **files}
    is_id = re.fullmatch(r"[A-Za-z0-9][\w.-]*/[\w.-]+", given.path) is not None
    if local.suffix.lower() in FORMATS or not is_id:
        raise ConfigError(f"dataset.path={given.path!r} is no file here, and no id OWNER/NAME of the hub")
    source = {"_target_": "boss.data.library.HubDataset", "id": given.path, "name": given.name}
    source |= {"hub_revision": given.revision, "rows": given.rows}
    return {"source": source, "reader": reader, "files": {"test": given.split}}


def _by_name(task: Task) -> dict[str, str]:
    """Return each label in the ways it is written, but for case: ``Positive``, ``POSITIVE``."""
    known = (*task.types, *task.merged)
    forms = {form: name for name in known for form in (name, name.title(), name.upper(), name.lower())}
    common = {short: name for short, name in CONLL_TYPES.items() if name in known}
    return {**common, **forms} if task.kind == "tagging" else forms
