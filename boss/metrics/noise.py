"""How often a model answers the same text otherwise: the floor below which a difference says nothing."""

from typing import Literal

import numpy as np

from boss.metrics import squad
from boss.metrics.intervals import Column
from boss.metrics.layout import Layout
from boss.metrics.scores import mean_of_counted
from boss.tasks import Kind

FLIP_RATE = "flip_rate"
"""The share of clean texts whose second answer differs; lower is better."""


def flips(kind: Kind, layout: Layout) -> Column:
    """Return the column of the share of clean texts whose two answers differ, a failure and an answer too.

    Two failures do not differ; what is one answer `heard` says.

    Args:
        layout: of a clean measurement whose texts were all asked twice.
    """
    first, second = heard(kind, layout), heard(kind, layout, "again")
    differs = [one != other for one, other in zip(first, second, strict=True)]
    statistics = np.stack([np.array(differs, dtype=np.float64), np.ones(len(differs))], axis=1)
    return Column(statistics, mean_of_counted, zero_one=True)


def heard(
    kind: Kind, layout: Layout, column: Literal["prediction", "again"] = "prediction"
) -> list[str | None]:
    """Return what counts as the same answer to each clean text, in the order of the examples.

    None is a failure. Answers to questions are compared as exact match compares them
    (`boss.metrics.squad.normalise`), so that ``the mill`` and ``The Mill.`` are one.
    """
    pairs, pair = layout.answers(column)
    given = [pairs[pair[row]][1] for row in layout.clean]
    if kind != "span":
        return given
    return [None if answer is None else squad.normalise(answer) for answer in given]
