"""Studies of single numbers and of means over sets, dimensions and seeds: what a run records."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from benchmarks.populations import (
    SIZE,
    Index,
    Name,
    Population,
    attacked,
    classes,
    entities,
    questions,
    uneven,
)
from boss.metrics.intervals import CURRENT, IntervalRule
from boss.metrics.scoring import Tally, score_tally, tally
from boss.metrics.seeds import Repeat, over_seeds
from boss.metrics.summaries import Summaries
from boss.results.schema import Interval, Subject
from boss.results.summary import Summary


@dataclass(frozen=True)
class Estimate:
    """A number's true value and the interval that one sample gave it."""

    number: str
    truth: float
    low: float
    high: float


Draw = Callable[[np.random.Generator], Iterator[Estimate]]
"""One repeat: its estimates."""
Make = Callable[[np.random.Generator], Draw]
"""Makes the populations of a study; every study is one."""

SHOWN = ("average", "worst", "attack_success_rate", "area_average", "d50_average", "d50_worst")
"""Of an attacked measurement; totals are means over examples as areas are."""
SHOWN_DEGREE = 0.3
SUBJECT = Subject(
    id="made-up",
    revision="1",
    adapter="callable",
    method="default",
    weights_sha256="unknown",
    finetuned_on="none",
    training_datasets=("unknown",),
    n_parameters=None,
    licence="unknown",
    dtype="float32",
    max_length=None,
    fingerprint="made-up",
)


def clean_classes(n: int, p: float) -> Make:
    """Return accuracy and what else a clean measurement of distinct examples has, ``p`` of them right."""
    return _cells(lambda rng: classes(right(p, rng), np.arange(SIZE), rng), n)


def clean_entities(n: int) -> Make:
    """Return the span metrics of ``n`` sentences."""
    return _cells(entities, n)


def clean_answers(n: int) -> Make:
    """Return exact match and token F1 of ``n`` questions."""
    return _cells(questions, n)


def clusters(n: int) -> Make:
    """Return the numbers of a clean measurement of ``n`` sources, of 1 to 12 examples each."""
    return _cells(lambda rng: classes(*uneven(rng), rng), n)


def attack(n: int, *, toughness: float = 2.0) -> Make:
    """Return the numbers of an attacked measurement of ``n`` sources."""
    return _cells(lambda rng: attacked(rng, toughness=toughness), n)


def _cells(make: Callable[[np.random.Generator], Population], n: int) -> Make:
    def prepare(rng: np.random.Generator) -> Draw:
        population = make(rng)

        def draw(rng: np.random.Generator) -> Iterator[Estimate]:
            measurement, table = population.sample(chosen_of(rng, n))
            for score in score_tally(tally(measurement, table), seed=seed_of(rng)):
                name = (score.metric, score.aggregate, score.degree)
                if _shown(name):
                    yield _estimate(name, population.truth[name], score.ci)

        return draw

    return prepare


Rules = Mapping[str, IntervalRule]
"""What is put behind the name of a number -> how its interval is made."""
NOW: Rules = {"": CURRENT}


def sets(sizes: Sequence[int], skills: Sequence[float] = (0.9, 0.8, 0.7), *, rules: Rules = NOW) -> Make:
    """Return the summaries over clean sets of these sizes, on which the model has these skills."""

    def prepare(rng: np.random.Generator) -> Draw:
        populations = [
            classes(right(p, rng), np.arange(SIZE), rng, dataset=f"set{i}") for i, p in enumerate(skills)
        ]
        truths = [population.truth["accuracy", "clean", None] for population in populations]
        truth = {"mean": float(np.mean(truths)), "lowest": min(truths)}

        def draw(rng: np.random.Generator) -> Iterator[Estimate]:
            samples = (p.sample(chosen_of(rng, n)) for p, n in zip(populations, sizes, strict=True))
            for suffix, summary in _summed([tally(*sample) for sample in samples], seed_of(rng), rules):
                if summary.metric == "accuracy":
                    over, ci = summary.over, summary.ci
                    yield Estimate(f"accuracy, {over}{suffix}", truth[over], ci.low, ci.high)

        return draw

    return prepare


def overall(sizes: Sequence[int], *, rules: Rules = NOW) -> Make:
    """Return the summaries over attacked sets of these sizes and two dimensions on the same sources."""

    def prepare(rng: np.random.Generator) -> Draw:
        pairs = []
        for i in range(len(sizes)):
            hardness = rng.beta(2 + i, 2, size=SIZE)
            pairs.append(
                [
                    attacked(rng, toughness=2, dimension=dimension, dataset=f"set{i}", hardness=hardness)
                    for dimension in ("typo", "glyph")
                ]
            )

        def truth(name: Name) -> float:
            return float(np.mean([population.truth[name] for pair in pairs for population in pair]))

        def draw(rng: np.random.Generator) -> Iterator[Estimate]:
            chosen = [chosen_of(rng, n) for n in sizes]
            samples = (p.sample(own) for pair, own in zip(pairs, chosen, strict=True) for p in pair)
            for suffix, summary in _summed([tally(*sample) for sample in samples], seed_of(rng), rules):
                name = (summary.metric, summary.aggregate, summary.degree)
                overall = summary.attack is not None and summary.attack.scope == "overall"
                # The mean of the measurements' own d50 is not that of their mean curve.
                if overall and _shown(name) and not summary.aggregate.startswith("d50"):
                    yield _estimate(name, truth(name), summary.ci, suffix)

        return draw

    return prepare


def _summed(samples: Sequence[Tally], seed: int, rules: Rules) -> Iterator[tuple[str, Summary]]:
    """Yield the summaries of the same samples under each rule, with what stands behind their names."""
    for suffix, rule in rules.items():
        sums = Summaries(seed=seed, rule=rule)
        for sample in samples:
            sums.add(sample, (), SUBJECT)
        yield from ((suffix, summary) for summary in sums.summaries())


def over_seeds_of(n_seeds: int, *, n: int = 200, deviation: float = 0.03) -> Make:
    """Return the mean accuracy over seeds, whose skills have this standard deviation around 0.8."""

    def prepare(rng: np.random.Generator) -> Draw:
        seeds = alike(rng, np.clip(rng.normal(0.8, deviation, size=60), 0.01, 0.99).tolist())
        truth = float(np.mean([seed.truth["accuracy", "clean", None] for seed in seeds]))

        def draw(rng: np.random.Generator) -> Iterator[Estimate]:
            chosen, repeats = chosen_of(rng, n), []
            for i, at in enumerate(rng.integers(len(seeds), size=n_seeds)):
                counted = tally(*seeds[at].sample(chosen))
                repeats.append(Repeat(i, counted, [f"s{k}" for k in range(n)]))
            for number in over_seeds(repeats, seed=seed_of(rng)):
                if number.metric == "accuracy":
                    yield Estimate("accuracy, mean over seeds", truth, number.ci.low, number.ci.high)

        return draw

    return prepare


def chosen_of(rng: np.random.Generator, n: int) -> Index:
    """Return ``n`` sources of a population, drawn independently."""
    return rng.integers(SIZE, size=n)


def seed_of(rng: np.random.Generator) -> int:
    """Return a seed for a bootstrap."""
    return int(rng.integers(2**31))


def right(share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return which of a population's answers are right, exactly this share of them."""
    return rng.permutation(np.arange(SIZE) < round(share * SIZE))


def alike(rng: np.random.Generator, skills: Sequence[float]) -> tuple[Population, ...]:
    """Return models of these skills on the same examples; they find mostly the same ones hard."""
    easy = rng.normal(size=SIZE)
    latent = (0.8 * easy + 0.6 * rng.normal(size=SIZE) < norm.ppf(skill) for skill in skills)
    return tuple(classes(own, np.arange(SIZE), rng) for own in latent)


def _shown(name: Name) -> bool:
    _, aggregate, degree = name
    return aggregate == "clean" or (aggregate in SHOWN and degree in (None, SHOWN_DEGREE))


def _estimate(name: Name, truth: float, ci: Interval, suffix: str = "") -> Estimate:
    metric, aggregate, degree = name
    words = [
        metric,
        *([] if aggregate == "clean" else [aggregate]),
        *([] if degree is None else [f"at {degree:g}"]),
    ]
    return Estimate(" ".join(words) + suffix, truth, ci.low, ci.high)
