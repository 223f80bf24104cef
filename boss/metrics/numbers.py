"""Which numbers a measurement has, and the statistics each is made of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from boss.errors import ResultError
from boss.measurement import Measurement
from boss.metrics.calibration import BRIER, CONFIDENCE_WHEN_WRONG, ECE, brier, confidence_when_wrong, ece
from boss.metrics.intervals import Column
from boss.metrics.layout import Index, Layout
from boss.metrics.noise import FLIP_RATE, flips
from boss.metrics.scores import Floats, Metric, attacked_metrics, clean_metrics, mean_of_counted
from boss.metrics.upstream import upstream_metrics
from boss.results.schema import Aggregate
from robtest import score

Bools = NDArray[np.bool_]
Which = Literal["average", "worst"]

_OFF_CURVE: dict[Which, tuple[Aggregate, Aggregate, Aggregate, Aggregate]] = {
    "average": ("area_average", "d50_average", "weighted_total_average", "robtest_total_average"),
    "worst": ("area_worst", "d50_worst", "weighted_total_worst", "robtest_total_worst"),
}


@dataclass(frozen=True)
class Number:
    """A number to come: what it is called, what is summed, and the rows behind it.

    Attributes:
        metric: of answers, which the number sums; None for what is made of probabilities.
        n_scored: examples it is about.
        rows: the texts behind it.
        rows_at_degree: the texts of its degree, whose realised distance it reports; None without one.
        touched: which examples the attack could change, shape ``(n_examples,)``; None of a clean number, of
            one at degree 0 and of one off a curve.
        coverage: as of `boss.results.schema.Score`.
    """

    name: str
    metric: Metric | None
    aggregate: Aggregate
    degree: float | None
    column: Column
    n_scored: int
    rows: Index
    rows_at_degree: Index | None = None
    higher_is_better: bool = True
    touched: Bools | None = None
    coverage: float | None = None

    @property
    def decides(self) -> bool:
        """Whether an answer is correct where its value is 1, and wrong below."""
        return self.metric is not None and self.metric.decides

    @property
    def of_touched(self) -> Column | None:
        """The column of the examples that count for the coverage; None where these are none or all."""
        if self.touched is None or self.touched.all() or not self.touched.any():
            return None
        return replace(self.column, statistics=self.column.statistics[self.touched])


def mean_coverage(coverages: Sequence[float | None]) -> float | None:
    """Return the mean of the coverages behind a mean; None where one of them is not known."""
    shares = [coverage for coverage in coverages if coverage is not None]
    return sum(shares) / len(shares) if shares and len(shares) == len(coverages) else None


def numbers_of(measurement: Measurement, layout: Layout) -> list[Number]:
    """Return the numbers of a measurement in the order of its records, the headline metric first.

    Raises:
        ResultError: if a label or prediction cannot be decoded, or a recall-only measurement has two classes.
    """
    _check_recall(measurement, layout)
    task = measurement.definition
    if measurement.attack is None:
        clean = clean_metrics(task, measurement.labels, measurement.recall_only)
        if measurement.scoring == "boss":
            clean += upstream_metrics(task, measurement.dataset, measurement.labels, measurement.recall_only)
        numbers = [*(_clean(metric, layout) for metric in clean), *_calibration(measurement, layout)]
        return [*numbers, *_noise(measurement, layout)]
    metrics = attacked_metrics(task, measurement.labels, measurement.recall_only)
    degrees = measurement.attack.degrees
    return [number for metric in metrics for number in _attacked(metric, layout, degrees)]


def _clean(metric: Metric, layout: Layout) -> Number:
    column = Column(_statistics(metric, layout)[layout.clean], metric.finish, metric.zero_one)
    left_out = layout.failed[layout.clean].sum() if metric.leaves_out_failed else 0
    n_scored = len(layout.clean) - int(left_out)
    return Number(metric.name, metric, "clean", None, column, n_scored, layout.clean)


def _calibration(measurement: Measurement, layout: Layout) -> Iterator[Number]:
    """Yield what is made of probabilities, where the measurement has them.

    A recall-only measurement has no calibration error: of examples chosen by their gold class, not even a
    perfect model is right as often as it is confident. The other two are about one example each.
    """
    if layout.probs is None:
        return
    pairs = [layout.pairs[pair] for pair in layout.pair[layout.clean]]
    gold = np.array([measurement.labels.index(label) for label, _ in pairs], dtype=np.intp)
    right = np.array([label == given for label, given in pairs])
    answered = ~layout.failed[layout.clean]

    def number(name: str, column: Column, rows: Index) -> Number:
        n_scored = int((~layout.failed[rows]).sum())
        return Number(name, None, "clean", None, column, n_scored, rows, higher_is_better=False)

    yield number(BRIER, brier(layout.probs, gold, answered), layout.clean)
    if not measurement.recall_only:
        yield number(ECE, ece(layout.probs, right, answered, layout.ids), layout.clean)
    sure = confidence_when_wrong(layout.probs, right, answered)
    yield number(CONFIDENCE_WHEN_WRONG, sure, layout.clean[~right])


def _noise(measurement: Measurement, layout: Layout) -> Iterator[Number]:
    """Yield how often a second answer differs, where every text was asked twice."""
    if layout.twice.any():
        column = flips(measurement.definition.kind, layout)
        n = len(layout.clean)
        yield Number(FLIP_RATE, None, "clean", None, column, n, layout.clean, higher_is_better=False)


@dataclass(frozen=True)
class _Curves:
    """One metric of an attacked measurement, example by example.

    Attributes:
        average, worst: shape ``(n_examples, 1 + n_degrees)``, degree 0 first: the mean over variants, and
            the worst so far.
    """

    metric: Metric
    layout: Layout
    average: Floats
    worst: Floats


def _attacked(metric: Metric, layout: Layout, degrees: Sequence[float]) -> Iterator[Number]:
    value = _confirmed(metric, layout)
    clean, copies = value[layout.clean][:, None], value[layout.copies]
    worse = np.minimum if metric.higher_is_better else np.maximum
    if layout.degrees:
        average = np.concatenate([clean, copies.mean(axis=1)], axis=1)
        lowest = np.concatenate([clean, worse.reduce(copies, axis=1)], axis=1)
    else:
        average = lowest = clean
    curves = _Curves(metric, layout, average, worse.accumulate(lowest, axis=1))
    for degree in degrees:
        yield from _at_degree(curves, degree)
    if layout.degrees:
        yield from _off_curve(curves, "average")
        yield from _off_curve(curves, "worst")


def _at_degree(curves: _Curves, degree: float) -> Iterator[Number]:
    """Yield average and worst of a degree and, where the degree is positive, the attack success rate."""
    metric, layout = curves.metric, curves.layout
    i = 0 if degree == 0 else 1 + layout.degrees.index(degree)
    n, n_variants, _ = layout.copies.shape
    several = i > 0 and n_variants > 1
    here = layout.clean if i == 0 else layout.copies[:, :, i - 1].ravel()
    seen = np.concatenate([layout.clean, layout.copies[:, :, :i].ravel()])
    average = _mean_of(
        metric, curves.average[:, i], zero_one=metric.zero_one and not several, repeated=several
    )
    worst = _mean_of(metric, curves.worst[:, i], zero_one=metric.zero_one, repeated=several)
    higher = metric.higher_is_better
    both: tuple[tuple[Which, Column, Index], ...] = (("average", average, here), ("worst", worst, seen))
    for aggregate, column, rows in both:
        touched = _touched(layout, aggregate)[:, i - 1] if i else None
        coverage = None if touched is None else float(touched.mean())
        yield Number(metric.name, metric, aggregate, degree, column, n, rows, here, higher, touched, coverage)
    if metric.decides and i > 0:
        yield _success_rate(curves, degree, i)


def _touched(layout: Layout, which: Which) -> Bools:
    """Return which examples an attack could change, shape ``(n_examples, n_degrees)``.

    Of the worst at this degree or a lower one, as it is the worst over all of these.
    """
    return layout.touched if which == "average" else np.logical_or.accumulate(layout.touched, axis=1)


def _success_rate(curves: _Curves, degree: float, i: int) -> Number:
    layout = curves.layout
    right = curves.worst[:, 0] == 1
    statistics = np.stack([right & (curves.worst[:, i] < 1), right], axis=1).astype(np.float64)
    here = layout.copies[right, :, i - 1].ravel()
    seen = np.concatenate([layout.clean[right], layout.copies[right, :, :i].ravel()])
    column = Column(statistics, mean_of_counted, zero_one=True)
    touched = _touched(layout, "worst")[:, i - 1]
    return Number(
        curves.metric.name,
        curves.metric,
        "attack_success_rate",
        degree,
        column,
        int(right.sum()),
        seen,
        here,
        higher_is_better=False,
        touched=touched,
        coverage=float(touched[right].mean()) if right.any() else None,
    )


def _off_curve(curves: _Curves, which: Which) -> Iterator[Number]:
    """Yield what is read off the whole curve, which begins at degree 0 whatever the measurement lists."""
    metric, layout = curves.metric, curves.layout
    values = curves.average if which == "average" else curves.worst
    degrees = (0.0, *layout.degrees)
    copies = layout.copies.ravel()
    every = np.concatenate([layout.clean, copies])
    area, half, total, compatible = _OFF_CURVE[which]
    coverage = float(_touched(layout, which).mean(axis=0).mean())

    def number(aggregate: Aggregate, column: Column, rows: Index) -> Number:
        higher, n = metric.higher_is_better, len(values)
        return Number(metric.name, metric, aggregate, None, column, n, rows, None, higher, coverage=coverage)

    yield number(area, _mean_of(metric, score.area(degrees, values), repeated=True), every)
    yield number(half, _d50_of(curves, degrees, values), every)
    weighed = every if which == "worst" else copies
    for name, as_robtest in ((total, False), (compatible, True)):
        totals = score.weighted_total(degrees, values, compatible=as_robtest)
        perfect = float(score.weighted_total(degrees, np.ones(len(degrees)), compatible=as_robtest))
        yield number(name, _mean_of(metric, totals, repeated=True, scale=perfect), weighed)


def _d50_of(curves: _Curves, degrees: Sequence[float], values: Floats) -> Column:
    """Return the column of d50: the mean curve with the chance level behind it, then read.

    Chance of accuracy is the share of the most common label. It is counted in every resample: taken as given,
    it would leave out much of what is uncertain where examples are few.
    """
    n, n_points = values.shape
    labels = _gold(curves.layout) if curves.metric.name == "accuracy" else np.zeros((n, 1))
    statistics = np.concatenate([values, labels, np.ones((n, 1))], axis=1)

    def finish(sums: Floats) -> Floats:
        means = sums[..., :-1] / sums[..., -1:]
        chance = means[..., n_points:].max(axis=-1, keepdims=True)
        return np.concatenate([means[..., :n_points], chance], axis=-1)

    return Column(
        statistics,
        finish,
        repeated=True,
        read=lambda curve: score.d50(degrees, curve[..., :-1], curve[..., -1]),
    )


def _gold(layout: Layout) -> Floats:
    """Return each example's label, shape ``(n_examples, n_labels)``: 1 in its column."""
    labels = [layout.pairs[pair][0] for pair in layout.pair[layout.clean]]
    names, place = np.unique(labels, return_inverse=True)
    return np.asarray(np.eye(len(names))[place])


def _statistics(metric: Metric, layout: Layout, column: Literal["again"] | None = None) -> Floats:
    """Return the metric's statistics of every row, or its second answer; each distinct one is parsed once."""
    pairs, pair = layout.answers(column or metric.scores)
    of_pair = np.array([metric.statistics(label, given) for label, given in pairs])
    return of_pair[pair]


def _confirmed(metric: Metric, layout: Layout) -> Floats:
    """Return the metric's value of every row: of a copy that was asked twice that of its better answer."""
    value = metric.finish(_statistics(metric, layout))
    if not layout.twice.any():
        return value
    better = np.maximum if metric.higher_is_better else np.minimum
    again = metric.finish(_statistics(metric, layout, "again"))
    return np.where(layout.twice, better(value, again), value)


def _mean_of(
    metric: Metric, values: Floats, *, zero_one: bool = False, repeated: bool = False, scale: float = 1.0
) -> Column:
    statistics = np.stack([values, np.ones_like(values)], axis=1)
    return Column(
        statistics,
        mean_of_counted,
        zero_one,
        repeated,
        minimum=scale * metric.minimum,
        maximum=scale * metric.maximum,
    )


def _check_recall(measurement: Measurement, layout: Layout) -> None:
    classes = sorted({label for label, _ in layout.pairs})
    if measurement.recall_only and len(classes) > 1:
        raise ResultError(
            f"{measurement.name}: a recall-only dataset has one gold class, found {', '.join(classes)}"
        )
