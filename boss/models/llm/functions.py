"""Functions to choose from as a prompt numbers them; a number need not be a place in the example."""

from collections.abc import Mapping
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Example
from boss.models.llm.orders import LabelOrder, in_order
from boss.tasks import Task


def entries(task: Task, texts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return name and description of each function, in their places.

    Args:
        texts: input fields; where a text was cut, lines may be missing at the end of one of the lists.
    """
    _, names, descriptions = (texts[field] for field in task.fields)
    return list(zip_longest(names.split("\n"), descriptions.split("\n"), fillvalue=""))


def entries_of(task: Task, example: Example) -> list[tuple[str, str]]:
    """Return name and description of each function of an example."""
    return entries(task, {name: example.text(name) for name in task.fields})


def places(n: int, order: LabelOrder) -> tuple[int, ...]:
    """Return the places of ``n`` functions in the order in which a prompt numbers them, from 0.

    >>> places(3, "reversed")
    (2, 1, 0)
    """
    return in_order(range(n), order)


def numbered(task: Task, texts: Mapping[str, str], order: LabelOrder) -> str:
    """Return the functions of a prompt, ``1. name: description``, each on a line."""
    found = entries(task, texts)
    shown = (found[place] for place in places(len(found), order))
    return "\n".join(f"{i}. {name}: {about}" for i, (name, about) in enumerate(shown, start=1))


def number_of(task: Task, example: Example, order: LabelOrder) -> str:
    """Return the number that the right function of an example has in a prompt."""
    place = int(str(example.gold)) - 1
    return str(places(len(entries_of(task, example)), order).index(place) + 1)


def empty(task: Task, n: int) -> dict[str, str]:
    """Return the texts of an example with ``n`` functions that say nothing."""
    query, *lists = task.fields
    return {query: "", **dict.fromkeys(lists, "\n" * (n - 1))}


def by_place(numbers: NDArray[np.float64], n: int, order: LabelOrder, absent: float) -> NDArray[np.float64]:
    """Return what a model gives for numbers, shape ``(n_labels,)``, in the order of the places.

    Args:
        n: functions of the example; ``absent`` stands for the places behind them.
    """
    out = np.full(len(numbers), absent)
    for number, place in enumerate(places(n, order)):
        out[place] = numbers[number]
    return out


def by_number(values: NDArray[np.float64], n: int, order: LabelOrder) -> NDArray[np.float64]:
    """Return what is of places, shape ``(n_labels,)``, by their numbers: the inverse of `by_place`."""
    out = np.zeros(len(values))
    out[:n] = values[list(places(n, order))]
    return out
