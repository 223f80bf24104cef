"""Studies of what the site makes of several numbers: means, differences, the line and ranks."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.special import expit

from benchmarks.estimators import SUBJECT, Draw, Estimate, Make, alike, chosen_of, right, seed_of
from benchmarks.populations import SIZE, Name, Population, attacked, classes
from boss.measurement import Measurement
from boss.metrics.intervals import resample
from boss.metrics.scoring import score_tally, tally
from boss.results.schema import Cost, Record, Score
from leaderboard.board.table import combine
from leaderboard.stats.compare import Difference, Side, compare, mean_difference
from leaderboard.stats.fit import fit
from leaderboard.stats.ties import Drawn, above

Models = Callable[[np.random.Generator], Sequence[Population]]
_SHA = "0" * 64


def mover(n: int, skills: Sequence[float] = (0.97, 0.85, 0.7)) -> Make:
    """Return the board's mean over independent sets of ``n`` examples, of their Wilson intervals."""

    def prepare(rng: np.random.Generator) -> Draw:
        populations = [classes(right(p, rng), np.arange(SIZE), rng) for p in skills]
        truth = float(np.mean([population.truth["accuracy", "clean", None] for population in populations]))

        def draw(rng: np.random.Generator) -> Iterator[Estimate]:
            scores = (_headline(*p.sample(chosen_of(rng, n)), seed_of(rng)) for p in populations)
            rows = [
                {"model": "m", "value": s.value, "low": s.ci.low, "high": s.ci.high, "n": n} for s in scores
            ]
            mean = combine(pd.DataFrame(rows), ["model"]).iloc[0]
            yield Estimate("accuracy, mean of sets", truth, float(mean["low"]), float(mean["high"]))

        return draw

    return prepare


def two_models(n: int) -> Make:
    """Return the difference of two models on the same ``n`` examples, and its mean over three sets."""
    return _differences(lambda rng: alike(rng, (0.85, 0.80)), (n,) * 3, "clean", None)


def two_attacked(*sizes: int) -> Make:
    """Return the difference of two models on the copies of sources they share, and its mean over the sets."""

    def make(rng: np.random.Generator) -> Sequence[Population]:
        hardness = rng.beta(2, 2, size=SIZE)
        return [attacked(rng, toughness=toughness, hardness=hardness) for toughness in (2.0, 1.5)]

    return _differences(make, sizes, "average", 0.3)


def _differences(
    make: Models,
    sizes: Sequence[int],
    aggregate: str,
    degree: float | None,
) -> Make:
    def prepare(rng: np.random.Generator) -> Draw:
        pairs = [make(rng) for _ in sizes]
        name = ("accuracy", aggregate, degree)
        truths = [a.truth[name] - b.truth[name] for a, b in pairs]

        def draw(rng: np.random.Generator) -> Iterator[Estimate]:
            parts = [difference(pair, name, n, rng) for pair, n in zip(pairs, sizes, strict=True)]
            yield Estimate("difference, paired", truths[0], parts[0].low, parts[0].high)
            _, low, high = mean_difference(parts)
            yield Estimate(f"mean difference on {len(sizes)} sets", float(np.mean(truths)), low, high)

        return draw

    return prepare


def difference(pair: Sequence[Population], name: Name, n: int, rng: np.random.Generator) -> Difference:
    """Return what the compare page finds of two models on ``n`` sources they share."""
    chosen = chosen_of(rng, n)
    return compare(*(_side(*model.sample(chosen), name) for model in pair))


def baselines(n: int, *, slope: float = 0.9, residual: float = 0.15) -> Make:
    """Return the band of ``n`` baselines about a line in logits, for a model on that line."""

    def prepare(rng: np.random.Generator) -> Draw:
        def draw(rng: np.random.Generator) -> Iterator[Estimate]:
            x = rng.uniform(1.5, 2.5, size=n + 1)
            ood = expit(slope * x - 0.8 + rng.normal(scale=residual, size=n + 1))
            line = fit(expit(x[:n]), ood[:n])
            if line is not None:
                _, low, high = (float(end[0]) for end in line.expected(expit(x[n:])))
                yield Estimate("OOD of a new model on the line", float(ood[n]), low, high)

        return draw

    return prepare


def rank(n: int, skills: Sequence[float] = (0.86, 0.84, 0.83, 0.80, 0.78, 0.77, 0.74, 0.70)) -> Make:
    """Return the rank intervals of models on the same ``n`` examples; they are not a 95 % interval each.

    Holm's family holds for all of them at once, so each holds its rank more often.
    """

    def prepare(rng: np.random.Generator) -> Draw:
        models = alike(rng, skills)
        truths = np.array([model.truth["accuracy", "clean", None] for model in models])
        true = 1 + (truths[None, :] > truths[:, None]).sum(axis=1)

        def draw(rng: np.random.Generator) -> Iterator[Estimate]:
            beats = above(side_by_side(models, n, rng))
            low, high = 1 + beats.sum(axis=0), len(models) - beats.sum(axis=1)
            for rank, least, most in zip(true.tolist(), low.tolist(), high.tolist(), strict=True):
                yield Estimate("rank", rank, least, most)
            # An interval of 0 where no rank is missed, else one that lies above or below it.
            yield Estimate("all ranks at once", 0, float((low > true).any()), -float((high < true).any()))

        return draw

    return prepare


def side_by_side(models: Sequence[Population], n: int, rng: np.random.Generator) -> Drawn:
    """Return the accuracies of models on ``n`` examples they share, as the ranks see them."""
    chosen = chosen_of(rng, n)
    counted = [tally(*model.sample(chosen)) for model in models]
    columns = [of_model.numbers[0].column for of_model in counted]
    resampled = np.stack(resample(columns, counted[0].sources, seed=seed_of(rng)), axis=1)
    return Drawn(np.array([column.value for column in columns]), resampled, resampled[None], (n,))


def _headline(measurement: Measurement, table: pa.Table, seed: int) -> Score:
    return score_tally(tally(measurement, table), seed=seed)[0]


def _side(measurement: Measurement, table: pa.Table, name: Name) -> Side:
    """Return one model's answers as the compare page reads them out of a run."""
    counted = tally(measurement, table)
    scores = score_tally(counted, seed=0, n_resamples=1)
    score = next(s for s in scores if (s.metric, s.aggregate, s.degree) == name)
    record = Record(
        run_id="made-up",
        created_at="2025-01-01T00:00:00Z",
        model=SUBJECT,
        measurement=measurement,
        score=score,
        cost=Cost(n_queries=0, n_forward=0),
        seed=0,
        predictions="predictions",
        predictions_sha256=_SHA,
        evaluator_relationship="first_party",
    )
    return Side(record, counted, table)
