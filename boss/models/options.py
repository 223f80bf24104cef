"""Checks every model shares: options in range, known methods, a train split that fits the task."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Split
from boss.errors import ConfigError, ModelError
from boss.tasks import Task

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from boss.methods.base import Method

HIDDEN: Mapping[str, bool] = {"identity": False}
"""Metadata of an option that changes speed or place, never an output: kept out of card and key."""


def options_of(recipe: "DataclassInstance") -> dict[str, Any]:
    """Return the options that decide a model's outputs, plain enough for JSON."""
    return {
        item.name: _plain(getattr(recipe, item.name))
        for item in fields(recipe)
        if item.metadata.get("identity", True)
    }


def require(
    option: str,
    value: float,
    *,
    above: float | None = None,
    low: float = 0,
    high: float = 0,
    group: str = "model",
) -> None:
    """Refuse a number out of range: strictly ``above`` a bound, or in ``[low, high]`` without one.

    Raises:
        ConfigError: naming the option, the value and the range.
    """
    if above is not None:
        good, rule = value > above, f"greater than {above:g}"
    else:
        good, rule = low <= value <= high, f"in [{low:g}, {high:g}]"
    if not good:  # NaN compares false, and so is refused
        raise ConfigError(f"{group} option {option} must be {rule}, got {value!r}")


def resolve_method(model: str, method: "str | Method", known: Sequence[str]) -> str:
    """Return the name of the method to use; ``default`` is the first of ``known``.

    Every method with options is a way of fine-tuning.

    Raises:
        ConfigError: listing the methods of the model.
    """
    name = method if isinstance(method, str) else method.name
    if name == "default":
        return known[0]
    if name not in known and (isinstance(method, str) or "finetune" not in known):
        names = ", ".join(("default", *known))
        raise ConfigError(f"model {model} has no training method {name!r}; its methods: {names}")
    return name


def require_train(model: str, task: Task, train: Split | None) -> Split:
    """Return the train split, checked to hold examples.

    Raises:
        ModelError: if there is none.
    """
    if train is None or not train.examples:
        raise ModelError(
            f"model {model} is fitted on the ID train split of task {task.name}, which is missing or empty; "
            "fetch it with `python -m boss.data`, or use a model that is already fitted "
            "(model=hf method=none, model=callable)"
        )
    return train


def gold_ids(task: Task, split: Split | None) -> list[NDArray[np.intp]]:
    """Return per example the ids of its gold labels in ``task.labels``: one for a class, one per token.

    Raises:
        ModelError: naming dataset, example and label, if a gold label is not one of the task.
    """
    index = {label: i for i, label in enumerate(task.labels)}
    rows = []
    for example in split.examples if split is not None else ():
        gold = (example.gold,) if isinstance(example.gold, str) else example.gold
        try:
            rows.append(np.array([index[str(label)] for label in gold], dtype=np.intp))
        except KeyError as error:
            raise ModelError(
                f"example {example.id}: gold label {error} cannot be learnt for task {task.name}; "
                f"its labels: {', '.join(task.labels)}"
            ) from error
    return rows


def provenance(split: Split | None) -> str:
    """Return ``suite/dataset/split@manifest-hash (n)``, or ``none``."""
    if split is None:
        return "none"
    return f"{split.card.suite}/{split.dataset}/{split.split}@{split.sha256} ({len(split.examples)})"


def _plain(value: object) -> object:
    """Turn tuples and OmegaConf containers into lists and dicts."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value
