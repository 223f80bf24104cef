"""The one function that turns a measurement's predictions into numbers.

The run, `boss.rescore`, the submission check and the website all call it, so they cannot disagree.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
import pyarrow as pa

from boss.errors import ResultError
from boss.measurement import Measurement
from boss.metrics.intervals import CURRENT, N_RESAMPLES, Column, IntervalRule, intervals
from boss.metrics.layout import Index, Layout, lay_out
from boss.metrics.numbers import Bools, Number, numbers_of
from boss.results.schema import Aggregate, Interval, Score, Spread, Touched

_WITHOUT_MAJORITY: tuple[Aggregate, ...] = ("attack_success_rate", "d50_average", "d50_worst")


def majority_of(labels: Sequence[str]) -> float:
    """Return the share of the most common label: the accuracy of always answering it.

    Raises:
        ResultError: if there are no labels.
    """
    if not labels:
        raise ResultError("the majority of no labels is undefined")
    return max(Counter(labels).values()) / len(labels)


def majority_value(measurement: Measurement, score: Score) -> float | None:
    """Return what always answering the most common class scores; None where that has no meaning.

    Under attack it is the same number: an answer that ignores the text cannot be attacked. A weighted
    total scales it by the sum of its weights; a success rate and a d50 have no such line.
    """
    if measurement.majority is None or score.metric != "accuracy" or score.aggregate in _WITHOUT_MAJORITY:
        return None
    return measurement.majority * score.maximum


@dataclass(frozen=True)
class Tally:
    """A measurement's predictions as the numbers they make, before resampling."""

    measurement: Measurement
    layout: Layout
    numbers: tuple[Number, ...]

    @property
    def sources(self) -> Index:
        """Index of each example's source, shape ``(n_examples,)``."""
        return self.layout.sources


def tally(measurement: Measurement, predictions: pa.Table) -> Tally:
    """Check predictions and count what their numbers are made of; raises as `score_predictions`."""
    layout = lay_out(measurement, predictions)
    return Tally(measurement, layout, tuple(numbers_of(measurement, layout)))


def score_predictions(
    measurement: Measurement, predictions: pa.Table, *, seed: int, n_resamples: int = N_RESAMPLES
) -> list[Score]:
    """Compute every number of a measurement, with its interval, from its predictions alone.

    A clean measurement has one score per metric, the headline first; where all its answers have
    probabilities, also what is made of these (`boss.metrics.calibration`). An attacked measurement has, per
    metric:

    - at each degree, in the measurement's order: ``average``, the mean over examples of the mean over
      variants;
      ``worst``, the mean over examples of the worst value over the clean answer and all variants at all
      degrees up to this one; above degree 0 ``attack_success_rate``, the share of the originally correct
      examples that ``worst`` counts as wrong (for metrics whose value 1 means correct);
    - of the average and of the worst curve, from degree 0 on: ``area`` under it, divided by the range of
      the degrees; ``d50``, the degree where half of what lies above chance is lost (chance: for accuracy
      that of the most common label, else 0); ``weighted_total``, whose i-th degree weighs 2^-i and the
      last twice that, and ``robtest_total``, which does not double the last, as RobTest's code has it.

    What does not exist has no score: a success rate where no example was correct, a d50 where the curve
    never gets there or begins at chance.

    Source: Chen et al. 2023, RobTest (arXiv:2305.18503); deviation: worst is nested over degrees, so it
    never rises with the degree.

    Every attacked number has its coverage, and one at a degree above 0 its ``touched``: the same number made
    of the examples alone that the attack could change, resampled among themselves
    (`boss.results.schema.Score`).

    Failed predictions count as wrong. ``n_texts``, ``n_failed`` and ``n_truncated`` count the rows behind
    the number.

    Args:
        predictions: columns of `boss.results.schema.PREDICTIONS`, rows in any order.
        seed: of the bootstrap.

    Raises:
        ResultError: if the table does not hold exactly the rows the measurement needs (`lay_out`), or a label
        or
            prediction cannot be decoded.
    """
    return score_tally(tally(measurement, predictions), seed=seed, n_resamples=n_resamples)


def score_tally(
    counted: Tally, *, seed: int, n_resamples: int = N_RESAMPLES, rule: IntervalRule = CURRENT
) -> list[Score]:
    """Compute every number of a counted measurement, with its interval; see `score_predictions`."""
    numbers = [number for number in counted.numbers if isfinite(number.column.value)]
    columns = [number.column for number in numbers]

    def limits(columns: Sequence[Column], sources: Index) -> list[Interval]:
        return intervals(columns, sources, seed=seed, n_resamples=n_resamples, rule=rule)

    touched = _touched(numbers, counted.sources, limits)
    return [
        _score(number, ci, counted.layout, touched.get(i))
        for i, (number, ci) in enumerate(zip(numbers, limits(columns, counted.sources), strict=True))
    ]


def _touched(
    numbers: Sequence[Number],
    sources: Index,
    limits: Callable[[Sequence[Column], Index], list[Interval]],
) -> dict[int, Touched]:
    """Return the number on the touched examples, by place; numbers of the same examples are drawn as one."""
    groups: dict[bytes, list[tuple[int, Column, Bools]]] = {}
    for i, number in enumerate(numbers):
        column, touched = number.of_touched, number.touched
        # A success rate has none where no touched example was right.
        if column is not None and touched is not None and isfinite(column.value):
            groups.setdefault(touched.tobytes(), []).append((i, column, touched))
    made = {}
    for group in groups.values():
        own = np.unique(sources[group[0][2]], return_inverse=True)[1]
        cis = limits([column for _, column, _ in group], own)
        for (i, column, _), ci in zip(group, cis, strict=True):
            # The last statistic of what is a mean over examples is whether one counts.
            n_scored = int(column.statistics[:, -1].sum())
            made[i] = Touched(value=column.value, ci=ci, n_scored=n_scored)
    return made


def _score(number: Number, ci: Interval, layout: Layout, touched: Touched | None) -> Score:
    return Score(
        metric=number.name,
        aggregate=number.aggregate,
        degree=number.degree,
        value=number.column.value,
        ci=ci,
        higher_is_better=number.higher_is_better,
        minimum=number.column.minimum,
        maximum=number.column.maximum,
        n_scored=number.n_scored,
        n_failed=int(layout.failed[number.rows].sum()),
        n_truncated=int(layout.truncated[number.rows].sum()),
        n_texts=number.rows.size,
        coverage=number.coverage,
        touched=touched,
        **_at_degree(number, layout),
    )


def _at_degree(number: Number, layout: Layout) -> dict[str, Spread | int]:
    rows = number.rows_at_degree
    if rows is None:
        return {}
    distance = layout.distance[rows]
    p05, p95 = (float(q) for q in np.quantile(distance, [0.05, 0.95]))
    spread = Spread(mean=float(distance.mean()), p05=p05, p95=p95)
    return {"realised": spread, "n_unperturbable": int(layout.unperturbable[rows].sum())}
