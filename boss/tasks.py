"""Tasks: inputs, labels, headline metric, and which field an attack edits.

Kinds are code; a task is a file, ``conf/task/NAME.yaml``. Five come with the project, BOSS's, and tool choice
beside them; a task of one's own is one file more, in any folder like ``conf/``.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from boss.errors import ConfigError, DataError, suggestion
from boss.paths import conf_dir

Kind = Literal["classification", "tagging", "span"]
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
"""Names of tasks and datasets: they become folders of a run."""

FIELDS = {
    "classification": ("text",),
    "tagging": ("tokens",),
    "span": ("question", "context"),
    "choice": ("query", "names", "descriptions"),
}
"""Input fields of a task whose file names none, by the kind in the file; a pair's are always named."""

METRICS: Mapping[Kind, tuple[str, ...]] = {
    "classification": ("accuracy", "macro_f1"),
    "tagging": ("span_f1", "sentence_f1"),
    "span": ("token_f1", "exact_match"),
}
"""Headline metrics of a clean split that a task may have, the default first."""

ATTACKED_METRIC: Mapping[Kind, str] = {
    "classification": "accuracy",
    "tagging": "sentence_f1",
    "span": "token_f1",
}
"""What is averaged over examples and variants under attack."""


def bio_tags(types: Sequence[str]) -> tuple[str, ...]:
    """Return ``O`` and a ``B-``/``I-`` pair per entity type, in BOSS's id order."""
    return ("O", *(f"{prefix}-{kind}" for kind in types for prefix in "BI"))


@dataclass(frozen=True)
class Task:
    """One task.

    Attributes:
        fields: input fields of an example, in the order a model reads them.
        labels: class names or tags, in the order of their ids (BOSS's where the task is of BOSS; reference:
            BOSS, section 1); empty for spans.
        metric: the headline metric of a clean split.
        attacked_metric: the metric averaged over examples and variants under attack.
        attacked: fields an attack may edit; the first is the default.
        merged: a coarser label of some datasets -> the labels of this task whose probability it sums.
        passage: the field that training data may not share with any test: knowing it is half the answer.
    """

    name: str
    kind: Kind
    fields: tuple[str, ...]
    labels: tuple[str, ...]
    metric: str
    attacked_metric: str
    attacked: tuple[str, ...]
    merged: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    passage: str | None = None

    @property
    def is_choice(self) -> bool:
        """Whether a class is a place in a list that each example brings: lines of its fields but the first.

        Such a task is a classification by its labels, ``1``, ``2``, …, of which an example has as many as
        its list has entries. What a place means is said by the example, so it cannot be learnt as a class.
        """
        return self.kind == "classification" and self.fields == FIELDS["choice"]

    @property
    def types(self) -> tuple[str, ...]:
        """The label names a dataset of the task may have: classes, or entity types behind the tags."""
        if self.kind == "tagging":
            return tuple(tag[2:] for tag in self.labels if tag.startswith("B-"))
        return self.labels

    def members(self, label: str) -> tuple[str, ...]:
        """Return the labels of this task that a dataset's ``label`` stands for.

        Raises:
            DataError: if the label belongs neither to the task nor to its two-way forms.
        """
        if label in self.labels:
            return (label,)
        if label in self.merged:
            return self.merged[label]
        labels = ", ".join((*self.labels, *self.merged))
        raise DataError(
            f"label {label!r} is not a label of task {self.name}; known: {labels}. "
            "Map it in the dataset's `labels:`."
        )

    def project(self, probs: NDArray[np.float64], labels: Sequence[str]) -> NDArray[np.float64]:
        """Turn probabilities over this task's labels into ones over a dataset's labels.

        A merged label gets the sum of its members; labels the dataset does not have are dropped and
        the rest renormalised. Source: BOSS scores two-way NLI sets as P(entailment) against
        P(neutral) + P(contradiction), and two-way sentiment over the first two classes.

        Args:
            probs: shape ``(..., len(self.labels))``, rows sum to 1.

        Returns:
            Shape ``(..., len(labels))``, rows sum to 1 (uniform where nothing is left).
        """
        index = {label: i for i, label in enumerate(self.labels)}
        parts = [probs[..., [index[m] for m in self.members(label)]].sum(-1) for label in labels]
        kept = np.stack(parts, axis=-1)
        total = kept.sum(-1, keepdims=True)
        uniform = np.full_like(kept, 1 / len(labels))
        return np.where(total > 0, kept / np.where(total > 0, total, 1), uniform)

    def project_logits(self, logits: NDArray[np.float64], labels: Sequence[str]) -> NDArray[np.float64]:
        """Turn logits over this task's labels into ones over a dataset's labels, as `project` does.

        A merged label gets the logit of its members' summed probability. Deciding by logits, the
        answer stays the same where probabilities saturate.

        Args:
            logits: shape ``(len(self.labels),)``.

        Returns:
            Shape ``(len(labels),)``.
        """
        groups = ([self.labels.index(name) for name in self.members(label)] for label in labels)
        return np.array([np.logaddexp.reduce(logits[group]) for group in groups])


class TaskFile(BaseModel):
    """``conf/task/NAME.yaml``.

    Attributes:
        kind: ``classification`` of a text, ``pair`` for classification of two texts, ``tagging`` of tokens,
            ``span`` for answers that stand in a passage, ``choice`` among functions that an example brings,
            named and described line by line.
        fields: names of the input fields, in the order a model reads them; ``tokens`` for tagging, a
            question and its passage, in this order, for spans; `FIELDS` of a choice.
        labels: class names, or entity types for tagging, in the order of a model's outputs; none for spans;
            places for a choice, from 1 to the longest list's.
        metric: one of `METRICS` of the kind; its first where left out.
        attacked, merged, passage: as in `Task`; ``attacked`` is all fields where left out, ``passage`` of
            spans the second field.
        order: place among the tasks; equal ones go by name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["classification", "pair", "tagging", "span", "choice"]
    fields: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    metric: str | None = None
    attacked: tuple[str, ...] = ()
    merged: dict[str, tuple[str, ...]] = {}
    passage: str | None = None
    order: Annotated[int, Field(ge=0)] = 100

    @model_validator(mode="after")
    def _whole(self) -> Self:
        kind = self.kind
        fields = self.field_names
        expected = {"classification": 1, "pair": 2, "tagging": 1, "span": 2, "choice": 3}[kind]
        if len(fields) != expected or len(set(fields)) != expected:
            raise ValueError(f"fields: a {kind} task has {expected}, got {list(fields)}")
        if kind in ("tagging", "span", "choice") and fields != FIELDS[kind]:
            raise ValueError(f"fields: those of a {kind} task are {list(FIELDS[kind])}, got {list(fields)}")
        if odd := [name for name in fields if not name.isidentifier() or name == "label"]:
            raise ValueError(f"fields: {odd[0]!r} is no name of a field; take letters, digits and _")
        _check_names(self.labels, kind)
        for name, members in self.merged.items():
            if kind not in ("classification", "pair") or name in self.labels or len(members) < 2:
                raise ValueError(f"merged: {name!r} must be a further name for two or more classes")
            if unknown := set(members) - set(self.labels):
                raise ValueError(f"merged: {sorted(unknown)} are no labels of the task")
        for key, names in (("attacked", self.attacked), ("passage", (self.passage,) if self.passage else ())):
            if missing := [name for name in names if name not in fields]:
                raise ValueError(f"{key}: {missing[0]!r} is no field of the task; fields: {list(fields)}")
        # Its classes are places: what hangs on which of them is right would change with the order of a list.
        metrics = ("accuracy",) if kind == "choice" else METRICS[self.of]
        if self.metric is not None and self.metric not in metrics:
            raise ValueError(f"metric: {self.metric!r} is none of {', '.join(metrics)}")
        return self

    @property
    def field_names(self) -> tuple[str, ...]:
        """The fields, those of the kind where the file names none."""
        return self.fields or FIELDS.get(self.kind, ())

    @property
    def of(self) -> Kind:
        """The kind as models know it: a pair is classified like a text, and a choice is by its place."""
        return "classification" if self.kind == "pair" or self.kind == "choice" else self.kind

    def task(self, name: str) -> Task:
        """Return the task of this name."""
        fields = self.field_names
        return Task(
            name=name,
            kind=self.of,
            fields=fields,
            labels=bio_tags(self.labels) if self.kind == "tagging" else self.labels,
            metric=self.metric or METRICS[self.of][0],
            attacked_metric=ATTACKED_METRIC[self.of],
            attacked=self.attacked or fields,
            merged=self.merged,
            passage=self.passage or ("context" if self.kind == "span" else None),
        )


def _check_names(labels: Sequence[str], kind: str) -> None:
    if kind == "span":
        if labels:
            raise ValueError("labels: answers that stand in a passage have none")
        return
    if len(labels) < (1 if kind == "tagging" else 2):
        least = "a type" if kind == "tagging" else "two classes"
        raise ValueError(f"labels: a {kind} task needs {least} at least, got {list(labels)}")
    if kind == "choice" and list(labels) != [str(place) for place in range(1, len(labels) + 1)]:
        raise ValueError(f"labels: those of a choice are the places '1', '2', '3' …, got {list(labels)}")
    if len(set(labels)) != len(labels):
        raise ValueError(f"labels: {list(labels)} has one of them twice")
    for label in labels:
        if not label or label != label.strip() or (kind == "tagging" and len(label.split()) > 1):
            raise ValueError(
                f"labels: {label!r} is no name; it may not be empty or end in a space, nor a type hold one"
            )


def read_task(path: Path) -> Task:
    """Read one task's file.

    Raises:
        ConfigError: naming the file and the key that is wrong.
    """
    return _read(path)[1]


def find_tasks(folders: Iterable[Path]) -> dict[str, Task]:
    """Read the tasks of folders like ``conf/`` and the project's own, by name in their order.

    An earlier folder goes first, the project's last.

    Raises:
        ConfigError: naming the file and the key that is wrong.
    """
    paths: dict[str, Path] = {}
    for folder in (*folders, conf_dir()):
        for path in sorted(folder.glob("task/*.yaml")):
            paths.setdefault(path.stem, path)
    read = sorted((_read(path) for path in paths.values()), key=lambda pair: (pair[0], pair[1].name))
    return {task.name: task for _, task in read}


def _read(path: Path) -> tuple[int, Task]:
    check_name(path, "task")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        file = TaskFile.model_validate(content)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error
    except ValidationError as error:
        lines = (
            ": ".join(filter(None, (".".join(map(str, e["loc"])), e["msg"].removeprefix("Value error, "))))
            for e in error.errors()
        )
        raise ConfigError(f"{path}: {'; '.join(lines)}") from error
    return file.order, file.task(path.stem)


def check_name(path: Path, what: str) -> None:
    """Refuse a file whose name cannot be that of a task or a dataset.

    Raises:
        ConfigError: with the file, the name and the rule.
    """
    if not NAME.fullmatch(path.stem):
        raise ConfigError(
            f"{path}: {path.stem!r} is no name of a {what}; take letters, digits, _ . and - "
            "(it becomes a folder of every run)"
        )


BOSS_TASKS = ("sentiment", "toxicity", "nli", "ner", "qa")
TASKS: Mapping[str, Task] = {name: task for name, task in find_tasks([]).items() if name in BOSS_TASKS}
"""BOSS's five. The definition of any other task goes along with its numbers, that of tool choice as well."""


def get_task(name: str, tasks: Mapping[str, Task] | None = None) -> Task:
    """Return the task called ``name``.

    Args:
        tasks: those there are, by name; the project's own where None.

    Raises:
        ConfigError: naming the known tasks.
    """
    tasks = TASKS if tasks is None else tasks
    if name not in tasks:
        raise ConfigError(
            f"unknown task {name!r}{suggestion(name, tasks)}; known tasks: {', '.join(tasks)}. A task of "
            f"your own is a file task/{name}.yaml in a folder given by --config-dir"
        )
    return tasks[name]


def encode_answer(task: Task, answer: str | Sequence[str]) -> str:
    """Write a gold label or a prediction as the one string the predictions file holds.

    A class name stands as it is; tags are joined by spaces; gold answers of a question are a JSON
    list, a predicted answer is its text.
    """
    if isinstance(answer, str):
        return answer
    if task.kind == "tagging":
        return " ".join(answer)
    return json.dumps(list(answer), ensure_ascii=False)
