"""One number over variants of a model asked about the same examples: mean, spread, and how often they agree.

The variants are prompts, or orders in which a prompt lists the labels. They are those that somebody wrote and
no sample of all that could be written, so the interval of their mean says how certain the mean of *these* is:
it is over sources alone. What another prompt would give, the lowest, the highest and the deviation hint at
and nothing here bounds. A model that answers the same text otherwise each time differs between variants by
that as well (`boss.metrics.noise`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from boss.errors import ResultError
from boss.metrics.intervals import (
    N_RESAMPLES,
    Column,
    intervals,
    percentile,
    resample,
    tail_of,
    without_width,
)
from boss.metrics.noise import heard
from boss.metrics.numbers import Number
from boss.metrics.scores import mean_of_counted
from boss.metrics.scoring import Tally
from boss.metrics.seeds import shared
from boss.results.schema import Aggregate, Interval


@dataclass(frozen=True)
class Spread:
    """A number over variants.

    Attributes:
        values: of each variant, in the order they were given.
        deviation: standard deviation of the values, with n - 1.
        ci: of the mean over these variants.
        lowest, highest: places of these values; of equal ones the first.
    """

    metric: str
    aggregate: Aggregate
    degree: float | None
    values: tuple[float, ...]
    mean: float
    deviation: float
    ci: Interval
    lowest: int
    highest: int


@dataclass(frozen=True)
class Share:
    """A share of examples.

    Attributes:
        n: examples it is of.
    """

    value: float
    ci: Interval
    n: int


@dataclass(frozen=True)
class Sameness:
    """How often variants give one answer to the same example, right or wrong.

    An answer and a failure differ, two failures do not; what is one answer `boss.metrics.noise.heard` says.

    Attributes:
        consistency: the share of examples to which all variants give the same answer. It falls with every
            variant more, so compare it between models only over the same variants.
        agreement: the share of examples to which two variants give the same answer, mean over all pairs.
    """

    consistency: Share
    agreement: Share


def over_variants(counted: Sequence[Tally], *, seed: int = 0, n_resamples: int = N_RESAMPLES) -> list[Spread]:
    """Return every number that all variants have, in the order of the measurement's records.

    The interval is the percentile interval of a bootstrap in which sources are drawn once for all variants,
    as the same example is as hard for each of them; variants are not drawn.

    Args:
        counted: one of each variant, all of the same measurement.
        seed: of the bootstrap.

    Raises:
        ResultError: if there are fewer than two, or they are not of the same examples.
    """
    sources = _same_examples(counted).sources
    rows = shared(each.numbers for each in counted)
    drawn = iter(
        resample([n.column for row in rows for n in row], sources, seed=seed, n_resamples=n_resamples)
    )
    n_sources = int(sources.max()) + 1
    return [_spread(row, [next(drawn) for _ in row], n_sources, seed) for row in rows]


def sameness(counted: Sequence[Tally], *, seed: int = 0, n_resamples: int = N_RESAMPLES) -> Sameness:
    """Return how often variants give the same answer to the clean texts of a measurement.

    Args:
        counted, seed: as for `over_variants`.

    Raises:
        ResultError: as `over_variants`.
    """
    sources = _same_examples(counted).sources
    kind = counted[0].measurement.definition.kind
    answers = zip(*(heard(kind, each.layout) for each in counted), strict=True)
    n, n_pairs = len(sources), len(counted) * (len(counted) - 1)
    alike = np.array([sum(k * (k - 1) for k in Counter(each).values()) for each in answers]) / n_pairs
    one = np.ones(n)
    columns = [
        Column(np.stack([(alike == 1).astype(np.float64), one], axis=1), mean_of_counted, zero_one=True),
        # Of two variants the one is the other, and so are their intervals.
        Column(np.stack([alike, one], axis=1), mean_of_counted, zero_one=len(counted) == 2),
    ]
    cis = intervals(columns, sources, seed=seed, n_resamples=n_resamples)
    return Sameness(*(Share(column.value, ci, n) for column, ci in zip(columns, cis, strict=True)))


def _same_examples(counted: Sequence[Tally]) -> Tally:
    """Return the first of some, all of which must be of the same examples."""
    if len(counted) < 2:
        raise ResultError(f"a spread over variants needs at least two of them, got {len(counted)}")
    first = counted[0]
    for other in counted[1:]:
        same = first.layout.ids == other.layout.ids and np.array_equal(first.sources, other.sources)
        if not same:
            raise ResultError(
                f"{first.measurement.name}: the variants were not asked about the same examples; measure "
                "them anew with the same data and the same seed="
            )
    return first


def _spread(row: Sequence[Number], drawn: Sequence[np.ndarray], n_sources: int, seed: int) -> Spread:
    column = row[0].column
    values = np.array([number.column.value for number in row])
    # Beyond the maximum for one variant and without a number for another: none, counted by `percentile`.
    with np.errstate(invalid="ignore"):
        resampled = [n.column.values(own) for n, own in zip(row, drawn, strict=True)]
        means = np.stack(resampled).mean(axis=0)
    mean = float(values.mean())
    ci = percentile(column, means, tail_of(n_sources), unit="source", n_units=n_sources, seed=seed)
    return Spread(
        row[0].name,
        row[0].aggregate,
        row[0].degree,
        tuple(values.tolist()),
        mean,
        float(values.std(ddof=1)),
        ci or without_width(column, mean, n_sources, "source"),
        int(values.argmin()),
        int(values.argmax()),
    )
