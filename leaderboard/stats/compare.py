"""Two models on the same examples: the difference, whether it is real, and where they differ.

Sources: paired bootstrap, Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 16 (whole
sources resampled, the same for both models); McNemar 1947 in its exact form with the mid-p value of
Fagerland, Lydersen & Laake 2013, BMC Medical Research Methodology 13:91.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from boss.errors import ResultError
from boss.metrics.intervals import resample, tail_of, tail_over_sets
from boss.metrics.numbers import Number
from boss.metrics.scoring import Tally, tally
from boss.results.compare import check_comparable
from boss.results.parts import digest_of_parts, read_parts
from boss.results.schema import Record, Score
from boss.results.store import read_run
from leaderboard.stats.values import Sample

SEED = 0
"""Of the bootstrap: the page shows the same interval each time."""

OUTCOMES = ("only A right", "only B right", "both wrong", "both right")


@dataclass(frozen=True)
class Side:
    """One model's answers on a measurement.

    Attributes:
        record: the number that is compared.
        predictions: rows of the measurement, as `boss.results.schema.PREDICTIONS`.
    """

    record: Record
    counted: Tally
    predictions: pa.Table

    def number(self) -> Number:
        """Return what the record's number is made of."""
        score = self.record.score
        key = (score.metric, score.aggregate, score.degree)
        return next(n for n in self.counted.numbers if (n.name, n.aggregate, n.degree) == key)

    def right(self) -> NDArray[np.bool_]:
        """Return which examples are right, in the order of their ids: under attack, in every copy."""
        score = self.record.score
        aggregate = "clean" if score.aggregate == "clean" else "worst"
        decides = (n for n in self.counted.numbers if n.decides and n.aggregate == aggregate)
        number = next(n for n in decides if n.degree == score.degree)
        return np.asarray(number.column.statistics[:, 0] == 1)


@dataclass(frozen=True)
class Difference:
    """A less B, on the same examples.

    Attributes:
        low, high: of the difference, by the paired bootstrap.
        counts: examples by `OUTCOMES`; under attack right means right in every copy.
        p: of McNemar's test, two-sided; None where examples share a source, as it takes them for independent.
        resampled: the differences of the resamples, shape ``(n_resamples,)``.
        scores: the numbers of A and of B as their runs have them: they say what of the texts was changed.
    """

    a: float
    b: float
    low: float
    high: float
    n: int
    n_sources: int
    counts: dict[str, int]
    p: float | None
    resampled: NDArray[np.float64]
    scores: tuple[Score, ...]

    @property
    def difference(self) -> float:
        """A less B."""
        return self.a - self.b


def read_side(run: Path, measurement: str, metric: str, aggregate: str, degree: float | None) -> Side:
    """Read one model's answers on a measurement, and count them again.

    Raises:
        ResultError: if the run or its predictions cannot be read, are not those the record was made of, or
            hold no such number.
    """
    key = (measurement, metric, aggregate, degree)
    for record in read_run(run).records:
        score = record.score
        if (record.measurement.name, score.metric, score.aggregate, score.degree) == key:
            break
    else:
        raise ResultError(f"{run.name} has no number {metric}, {aggregate} of {measurement}; reload the page")
    predictions, _ = read_parts(run, measurement)
    if digest_of_parts(run, measurement) != record.predictions_sha256:
        raise ResultError(
            f"{run.name}: the predictions of {measurement} are not those its numbers were made of; restore "
            "them, or measure again"
        )
    return Side(record, tally(record.measurement, predictions), predictions)


def compare(a: Side, b: Side) -> Difference:
    """Compare two models on one measurement.

    Raises:
        ResultError: naming every difference, if they were not measured on the same examples in the same way.
    """
    check_same(a, b)
    left, right = a.number().column, b.number().column
    drawn = resample([left, right], a.counted.sources, seed=SEED)
    differences = left.values(drawn[0]) - right.values(drawn[1])
    n_sources = int(a.counted.sources.max()) + 1
    low, high = limits(differences, tail_of(n_sources))
    counts = dict(zip(OUTCOMES, _counts(a.right(), b.right()), strict=True))
    n = len(a.counted.sources)
    p = mcnemar(counts["only A right"], counts["only B right"]) if n_sources == n else None
    values = left.value, right.value
    scores = a.record.score, b.record.score
    return Difference(*values, low, high, n, n_sources, counts, p, differences, scores)


def check_same(a: Side, b: Side) -> None:
    """Refuse two models that did not answer the same examples in the same way; raises as `compare`."""
    check_comparable(a.record, b.record)
    if _questions(a) != _questions(b):
        raise ResultError(
            f"{a.record.model.id} and {b.record.model.id} answered different examples of "
            f"{a.record.measurement.dataset}; measure both on the same version of the data"
        )


def mean_difference(parts: Sequence[Difference]) -> tuple[float, float, float]:
    """Return the mean of the differences on several datasets, and its interval.

    Datasets count equally and are independent: the i-th resample of one is added to a resample of the next
    that has nothing to do with it. The interval allows for few sources and for sets of different size
    (`tail_over_sets`).
    """
    return _mean(
        [part.difference for part in parts],
        [part.resampled for part in parts],
        [part.n_sources for part in parts],
    )


def sampled_difference(a: Sequence[Sample], b: Sequence[Sample]) -> tuple[float, float, float] | None:
    """Return `mean_difference` of two models out of resamples that were kept; None where they do not pair.

    Args:
        a, b: samples of one number of each model, which pair where they are of the same measurements of the
            same examples.
    """
    left, right = (sorted(side, key=lambda sample: sample.identity) for side in (a, b))
    same = [[(sample.identity, sample.examples) for sample in side] for side in (left, right)]
    if not left or same[0] != same[1]:
        return None
    pairs = list(zip(left, right, strict=True))
    values = [one.value - other.value for one, other in pairs]
    drawn = [one.resampled - other.resampled for one, other in pairs]
    return _mean(values, drawn, [one.n_units for one, _ in pairs])


def _mean(
    values: Sequence[float], drawn: Sequence[NDArray[np.float64]], n_units: Sequence[int]
) -> tuple[float, float, float]:
    rng = np.random.default_rng(SEED)
    shuffled = [rng.permutation(part) for part in drawn]
    tail = tail_over_sets([float(part.var()) for part in drawn], list(n_units))
    low, high = limits(np.mean(shuffled, axis=0), tail)
    return float(np.mean(values)), low, high


def limits(resampled: NDArray[np.float64], tail: float) -> tuple[float, float]:
    """Return the percentile interval of resampled values that leaves out the share ``tail`` on each side."""
    low, high = np.quantile(resampled, [tail, 1 - tail])
    return float(low), float(high)


def mcnemar(only_a: int, only_b: int) -> float:
    """Return the mid-p value of McNemar's exact test; 1 where the models never differ.

    >>> round(mcnemar(1, 5), 4)
    0.125
    """
    from scipy.stats import binom

    n, least = only_a + only_b, min(only_a, only_b)
    if n == 0:
        return 1.0
    two_sided = 2 * float(binom.cdf(least, n, 0.5)) - float(binom.pmf(least, n, 0.5))
    return min(1.0, two_sided)


def examples(a: Side, b: Side) -> pd.DataFrame:
    """Return one row per example, by id: ``example_id``, ``outcome``, ``label``, ``answer_a``, ``answer_b``.

    Under attack the answers are those of `answers`; ``variant_a``, ``degree_a``, ``variant_b`` and
    ``degree_b`` say to which text each was given.
    """
    left, right = answers(rows_of(a), a.record.score.degree), answers(rows_of(b), b.record.score.degree)
    outcome = np.select(
        [a.right() & ~b.right(), b.right() & ~a.right(), ~a.right()], OUTCOMES[:3], OUTCOMES[3]
    )
    columns = {"prediction": "answer", "variant": "variant", "degree": "degree"}
    answer_columns = {
        f"{new}_{name}": rows[old]
        for name, rows in (("a", left), ("b", right))
        for old, new in columns.items()
    }
    shared = {"example_id": left["example_id"], "outcome": outcome, "label": left["label"]}
    return pd.DataFrame({**shared, **answer_columns})


def rows_of(side: Side) -> pd.DataFrame:
    """Return the rows of the predictions and ``right``; clean texts have variant 0 and degree 0."""
    rows: pd.DataFrame = side.predictions.to_pandas()
    filled = {"variant": rows["variant"].fillna(0).astype(int), "degree": rows["degree"].fillna(0.0)}
    return rows.assign(**filled, right=~_wrong(side))


def answers(rows: pd.DataFrame, degree: float | None) -> pd.DataFrame:
    """Return for each example the row of `rows_of` that it is shown with, sorted by id.

    It is the first copy, up to the degree, which the model gets wrong, else the clean text.
    """
    rows = rows[rows["degree"] <= (degree or 0.0)]
    # A wrong copy first, the mildest of them; where there is none the clean answer.
    order = rows["degree"].where(~rows["right"], rows["degree"] + 1)
    ranked = rows.assign(order=order).sort_values(["example_id", "order", "variant"], kind="stable")
    first: pd.DataFrame = ranked.drop_duplicates("example_id").drop(columns="order")
    return first.reset_index(drop=True)


def _wrong(side: Side) -> NDArray[np.bool_]:
    """Return which rows of the predictions are not right, in their order."""
    metric = next(n.metric for n in side.counted.numbers if n.metric is not None and n.metric.decides)
    layout = side.counted.layout
    pairs = (np.asarray(metric.statistics(label, answer)) for label, answer in layout.pairs)
    return np.array([float(metric.finish(pair)) != 1 for pair in pairs])[layout.pair]


def _questions(side: Side) -> list[tuple[str, ...]]:
    """Return id, input and label of every clean example, sorted.

    The gold answers of questions are left to the digest of the data: a trimmed run holds digests of them.
    """
    table = side.predictions.select(["example_id", "input_sha256", "label", "degree"]).to_pandas()
    table = table[table["degree"].fillna(0.0) == 0].sort_values("example_id")
    names = ["example_id", "input_sha256"]
    if side.record.measurement.definition.kind != "span":
        names.append("label")
    columns = (table[name].astype(str) for name in names)
    return list(zip(*columns, strict=True))


def _counts(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> list[int]:
    return [int(part.sum()) for part in (a & ~b, b & ~a, ~a & ~b, a & b)]
