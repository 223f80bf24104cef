"""Label shift: how differently the classes, or the entity types, are distributed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from boss.analysis.jackknife import Estimate, Units, jackknife, units_of
from boss.data.types import Card, Example, Split
from boss.metrics.scores import Floats
from boss.tasks import Task


@dataclass(frozen=True)
class LabelShift:
    """Two distributions of labels and how far apart they are.

    Attributes:
        labels: those of the second dataset first, then those it lacks.
        first, second: shares, in the order of ``labels``.
        total_variation: half the sum of absolute differences, in [0, 1].
        jensen_shannon: divergence in bits, in [0, 1] (Lin 1991). Both are above 0 for two samples of
            one distribution; n says by how little.
    """

    labels: tuple[str, ...]
    first: tuple[float, ...]
    second: tuple[float, ...]
    total_variation: Estimate
    jensen_shannon: Estimate


def label_shift(first: Split, second: Split, task: Task) -> LabelShift | None:
    """Compare the labels of all examples of two splits; None for spans, which have none.

    A label of the first dataset counts as the second's label that merges it (``not_entailment``); one
    the second does not have stays by itself, so that a missing class is a shift. Tags are counted once
    per entity, by type.
    """
    if task.kind == "span":
        return None
    names = _names(task, first.card, second.card)
    counts = [_counts(split, names) for split in (first, second)]
    labels = tuple(dict.fromkeys(names.values()))
    shares = [tuple((u.sums.sum(0) / max(u.sums.sum(), 1.0)).tolist()) for u in counts]
    return LabelShift(
        labels,
        shares[0],
        shares[1],
        jackknife(counts, total_variation, minimum=0.0, maximum=1.0),
        jackknife(counts, jensen_shannon, minimum=0.0, maximum=1.0),
    )


def total_variation(first: Floats, second: Floats) -> Floats:
    """Return the distance of two rows of counts, shapes ``(..., k)`` -> ``(...)``."""
    return np.asarray(np.abs(_shares(first) - _shares(second)).sum(-1) / 2, dtype=np.float64)


def jensen_shannon(first: Floats, second: Floats) -> Floats:
    """Return the divergence of two rows of counts in bits, shapes ``(..., k)`` -> ``(...)``."""
    p, q = _shares(first), _shares(second)
    middle = (p + q) / 2
    return np.asarray(_entropy(middle) - (_entropy(p) + _entropy(q)) / 2, dtype=np.float64)


def _shares(counts: Floats) -> Floats:
    shares: Floats = counts / np.maximum(counts.sum(-1, keepdims=True), 1.0)
    return shares


def _entropy(p: Floats) -> Floats:
    from scipy.special import entr

    return np.asarray(entr(p).sum(-1) / np.log(2), dtype=np.float64)


def _names(task: Task, first: Card, second: Card) -> dict[str, str]:
    """Map every label of both datasets to the one it is counted as."""
    names = {label: label for label in second.labels}
    if task.kind == "classification":
        names |= {member: label for label in second.labels for member in task.members(label)}
    return names | {label: label for label in first.labels if label not in names}


def _counts(split: Split, names: dict[str, str]) -> Units:
    columns = {label: i for i, label in enumerate(dict.fromkeys(names.values()))}
    numbers: dict[str, int] = {}
    sources = [numbers.setdefault(e.source, len(numbers)) for e in split.examples]
    rows = np.zeros((len(split.examples), len(columns)))
    for row, example in enumerate(split.examples):
        for label in _labels(example):
            rows[row, columns[names[label]]] += 1
    return units_of(rows, np.array(sources, dtype=np.intp))


def _labels(example: Example) -> Iterator[str]:
    """Yield the class, or the type of each entity."""
    gold: str | Sequence[object] = example.gold
    if isinstance(gold, str):
        yield gold
    else:
        yield from (tag[2:] for tag in gold if isinstance(tag, str) and tag.startswith("B-"))
