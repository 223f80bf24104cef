"""Options and labels, checked: numbers in range, gold labels of the task."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Split
from boss.errors import ConfigError, ModelError
from boss.tasks import Task

HIDDEN: Mapping[str, bool] = {"identity": False}
"""Metadata of an option that changes speed or place, never an output: kept out of card and key."""


def options_of(recipe: object) -> dict[str, Any]:
    """Return the options that decide a model's outputs, plain enough for JSON: every field but the hidden.

    Raises:
        TypeError: if ``recipe`` is no dataclass, whose options cannot be told.
    """
    if not is_dataclass(recipe):
        raise TypeError(f"{type(recipe).__name__} has to be a dataclass, so that its options can be told")
    return {
        item.name: plain(getattr(recipe, item.name))
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


def plain(value: object) -> object:
    """Turn tuples and OmegaConf containers into lists and dicts, so that JSON takes them."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    return value
