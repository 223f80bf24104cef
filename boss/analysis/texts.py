"""The texts of a split that are compared: the field that carries the shift, each text once, sampled."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from boss.data.build import choose
from boss.data.types import Example, Split
from boss.tasks import Task


@dataclass(frozen=True)
class Texts:
    """Distinct texts of one split.

    Attributes:
        name: ``dataset split``.
        examples: the first example of each text, in the order of a hash of (seed, id).
        field: the input field the texts are.
        n_total: distinct texts of the split; ``examples`` are a sample of them.
    """

    name: str
    split: Split
    field: str
    examples: tuple[Example, ...]
    n_total: int

    @cached_property
    def texts(self) -> list[str]:
        """The texts themselves."""
        return [example.text(self.field) for example in self.examples]

    @cached_property
    def sources(self) -> NDArray[np.intp]:
        """Index of each text's source, in ``0 .. n_sources - 1``, shape ``(n,)``."""
        numbers: dict[str, int] = {}
        return np.array([numbers.setdefault(e.source, len(numbers)) for e in self.examples], dtype=np.intp)

    @cached_property
    def independent(self) -> NDArray[np.intp]:
        """Index of the first text of each source: no two of these share anything."""
        return np.unique(self.sources, return_index=True)[1]


def main_field(task: Task) -> str:
    """Return the field whose texts are a task's data, as BOSS's own similarities take it.

    The premise, not the hypothesis written for it; the context, not the question; else the only one.
    """
    return task.passage or task.fields[0]


def distinct_texts(split: Split, task: Task) -> Texts:
    """Return each text of a split once; equal texts of one split count as one, as in BOSS."""
    field = main_field(task)
    first: dict[str, Example] = {}
    for example in split.examples:
        first.setdefault(example.text(field), example)
    kept = tuple(first.values())
    return Texts(f"{split.dataset} {split.split}", split, field, kept, len(kept))


def sample(texts: Texts, n: int, seed: int) -> Texts:
    """Return ``n`` of the texts by hash; those of 100 are the beginning of those of 1,000."""
    return replace(texts, examples=choose(texts.examples, n, f"texts:{seed}"))
