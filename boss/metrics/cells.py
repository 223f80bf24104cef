"""The one function that turns a cell's predictions into numbers.

The run, `boss.rescore`, the submission check and the website all call it, so they cannot disagree.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from boss.errors import ResultError
from boss.metrics.intervals import N_RESAMPLES, Column, intervals
from boss.metrics.layout import Index, Layout, lay_out
from boss.metrics.scores import Floats, Metric, attacked_metrics, clean_metrics
from boss.results.schema import Aggregate, Cell, Score, Spread
from boss.tasks import get_task


@dataclass(frozen=True)
class _Number:
    """A number to come: what it is called, what is summed, and the rows behind it."""

    metric: Metric
    aggregate: Aggregate
    degree: float | None
    column: Column
    rows: Index


def majority_of(labels: Sequence[str]) -> float:
    """Return the share of the most common label: the accuracy of always answering it.

    Raises:
        ResultError: if there are no labels.
    """
    if not labels:
        raise ResultError("the majority of no labels is undefined")
    return max(Counter(labels).values()) / len(labels)


def majority_value(cell: Cell, metric: str) -> float | None:
    """Return what always answering the most common class scores; None where that has no meaning.

    Under attack it is the same number: an answer that ignores the text cannot be attacked.
    """
    return cell.majority if metric == "accuracy" else None


def score_cell(
    cell: Cell, predictions: pa.Table, *, seed: int, n_resamples: int = N_RESAMPLES
) -> list[Score]:
    """Compute every number of a cell, with its interval, from its predictions alone.

    A clean cell has one score per metric, the headline first. An attacked cell has, per metric and per
    degree in the cell's order, the average (mean over examples of the mean over variants) and the worst
    (mean over examples of the worst value over the clean answer and all variants at all degrees up to
    this one). Source: Chen et al. 2023, RobTest (arXiv:2305.18503); deviation: worst is nested over
    degrees, so it never rises with the degree.

    Failed predictions count as wrong. ``n_texts``, ``n_failed`` and ``n_truncated`` count the rows behind
    the number: those of its degree for the average, of all degrees up to it for the worst.

    Args:
        predictions: columns of `boss.results.schema.PREDICTIONS`, rows in any order.
        seed: of the bootstrap.

    Raises:
        ResultError: if the table does not hold exactly the rows the cell needs (`lay_out`), or a label or
            prediction cannot be decoded.
    """
    layout = lay_out(cell, predictions)
    numbers = _clean_numbers(cell, layout) if cell.attack is None else _attacked_numbers(cell, layout)
    found = intervals([n.column for n in numbers], layout.sources, seed=seed, n_resamples=n_resamples)
    return [
        Score(
            metric=number.metric.name,
            aggregate=number.aggregate,
            degree=number.degree,
            value=number.column.value,
            ci=ci,
            higher_is_better=number.metric.higher_is_better,
            minimum=number.metric.minimum,
            maximum=number.metric.maximum,
            n_scored=len(layout.clean),
            n_failed=int(layout.failed[number.rows].sum()),
            n_truncated=int(layout.truncated[number.rows].sum()),
            n_texts=number.rows.size,
            **_at_degree(layout, number.degree),
        )
        for number, ci in zip(numbers, found, strict=True)
    ]


def _clean_numbers(cell: Cell, layout: Layout) -> list[_Number]:
    _check_recall(cell, layout)
    return [
        _Number(
            metric,
            "clean",
            None,
            Column(_statistics(metric, layout)[layout.clean], metric.finish, metric.zero_one),
            layout.clean,
        )
        for metric in clean_metrics(get_task(cell.task), cell.labels, cell.recall_only)
    ]


def _attacked_numbers(cell: Cell, layout: Layout) -> list[_Number]:
    assert cell.attack is not None
    _check_recall(cell, layout)
    numbers = []
    for metric in attacked_metrics(get_task(cell.task), cell.labels, cell.recall_only):
        value = metric.finish(_statistics(metric, layout))
        clean, copies = value[layout.clean], value[layout.copies]
        worst = _running_worst(metric, clean, copies)
        for degree in cell.attack.degrees:
            i = _position(layout, degree)
            average = clean if i == 0 else copies[:, :, i - 1].mean(axis=1)
            seen = np.concatenate([layout.clean, layout.copies[:, :, :i].ravel()])
            here = _rows_at(layout, degree)
            several = i > 0 and cell.attack.n_variants > 1
            numbers += [
                _Number(metric, "average", degree, _mean_of(metric, average, several, not several), here),
                _Number(metric, "worst", degree, _mean_of(metric, worst[:, i], several, True), seen),
            ]
    return numbers


def _statistics(metric: Metric, layout: Layout) -> Floats:
    """Return the metric's statistics of every row; each distinct answer is parsed once."""
    of_pair = np.array([metric.statistics(label, given) for label, given in layout.pairs])
    return of_pair[layout.pair]


def _running_worst(metric: Metric, clean: Floats, copies: Floats) -> Floats:
    """Return each example's worst value so far, shape ``(n_examples, 1 + n_degrees)``, degree 0 first."""
    worse = np.minimum if metric.higher_is_better else np.maximum
    by_degree = worse.reduce(copies, axis=1) if copies.size else np.empty((len(clean), 0))
    return worse.accumulate(np.concatenate([clean[:, None], by_degree], axis=1), axis=1)


def _mean_of(metric: Metric, values: Floats, several: bool, single_value: bool) -> Column:
    statistics = np.stack([values, np.ones_like(values)], axis=1)
    return Column(statistics, metric.finish, metric.zero_one and single_value, several)


def _position(layout: Layout, degree: float) -> int:
    """Return 0 for degree 0, otherwise 1 + the place of ``degree`` among the positive degrees."""
    return 0 if degree == 0 else 1 + layout.degrees.index(degree)


def _rows_at(layout: Layout, degree: float) -> Index:
    i = _position(layout, degree)
    return layout.clean if i == 0 else layout.copies[:, :, i - 1].ravel()


def _at_degree(layout: Layout, degree: float | None) -> dict[str, Spread | int]:
    if degree is None:
        return {}
    rows = _rows_at(layout, degree)
    distance = layout.distance[rows]
    p05, p95 = (float(q) for q in np.quantile(distance, [0.05, 0.95]))
    spread = Spread(mean=float(distance.mean()), p05=p05, p95=p95)
    return {"realised": spread, "n_unperturbable": int(layout.unperturbable[rows].sum())}


def _check_recall(cell: Cell, layout: Layout) -> None:
    classes = sorted({label for label, _ in layout.pairs})
    if cell.recall_only and len(classes) > 1:
        raise ResultError(f"{cell.key}: a recall-only dataset has one gold class, found {', '.join(classes)}")
