"""Made-up answers of models, in such numbers that what they score is known, to draw samples from.

A population is a measurement of a few thousand sources. Its numbers, made by the project's own
`score_predictions`, are the truth; a sample is some of its sources, drawn independently, as a measurement of
its own.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from boss.measurement import AttackSettings, Measurement, SearchSettings
from boss.metrics.scoring import score_predictions
from boss.results.schema import PREDICTIONS

Index = NDArray[np.intp]
Name = tuple[str, str, float | None]
"""Metric, aggregate and degree of a number."""

CLASSES = ("negative", "positive")
DEGREES = (0.0, 0.1, 0.3, 0.6)
N_VARIANTS = 5
SIZE = 4_000
"""Sources of a population."""

_SHA = "0" * 64


@dataclass(frozen=True)
class Population:
    """All answers of one model on one dataset.

    Attributes:
        table: as `boss.results.schema.PREDICTIONS`, sorted by source.
        sources: index of each row's source, in ``0 .. n_sources - 1``, rising.
        examples: index of each row's example within its source.
    """

    measurement: Measurement
    table: pa.Table
    sources: Index
    examples: Index

    @cached_property
    def n_sources(self) -> int:
        """Number of sources."""
        return int(self.sources[-1]) + 1

    @cached_property
    def truth(self) -> dict[Name, float]:
        """Every number of the whole population."""
        scores = score_predictions(*self.sample(np.arange(self.n_sources)), seed=0, n_resamples=1)
        return {(score.metric, score.aggregate, score.degree): score.value for score in scores}

    def sample(self, chosen: Index) -> tuple[Measurement, pa.Table]:
        """Return the measurement of the chosen sources; one that is chosen twice stands there twice.

        Of populations with the same sources, the same choice gives the same examples.
        """
        starts = np.searchsorted(self.sources, np.arange(self.n_sources + 1))
        sizes = np.diff(starts)[chosen]
        place = np.repeat(np.arange(len(chosen)), sizes)
        rows = np.arange(sizes.sum()) + np.repeat(starts[chosen] - np.cumsum(sizes) + sizes, sizes)
        names, position = _names(place, self.examples[rows])
        sources = pa.DictionaryArray.from_arrays(place, [f"s{i:06}" for i in range(len(chosen))])
        examples = pa.DictionaryArray.from_arrays(position, names)
        table = self.table.take(pa.array(rows))
        named = {"example_id": examples.cast(pa.string()), "source": sources.cast(pa.string())}
        for column, values in named.items():
            table = table.set_column(table.column_names.index(column), column, values)
        return self.measurement.model_copy(update={"n_total": len(names), "n_evaluated": len(names)}), table


def _names(place: Index, example: Index) -> tuple[list[str], Index]:
    """Return the names of the examples and which of them each row is of."""
    width = int(example.max()) + 1
    codes, position = np.unique(place * width + example, return_inverse=True)
    return [f"s{code // width:06}-{code % width:03}" for code in codes.tolist()], position


def classes(
    right: NDArray[np.bool_], sources: Index, rng: np.random.Generator, *, dataset: str = "reviews"
) -> Population:
    """Return a clean measurement of two classes, 60 to 40, with answers that are right as given.

    The top probability is, about, the share of right answers: a model whose calibration is fair, not perfect.

    Args:
        right, sources: shape ``(n_examples,)``.
    """
    gold = _gold(len(right))
    answer = np.where(right, gold, 1 - gold)
    top = 0.5 + 0.5 * rng.beta(np.where(right, 5.0, 3.0), 2.0)
    probs = np.where(answer[:, None] == np.arange(2), top[:, None], 1 - top[:, None])
    table = _table(
        len(right), label=np.array(CLASSES)[gold], prediction=np.array(CLASSES)[answer], probs=list(probs)
    )
    return Population(_cell("sentiment", CLASSES, dataset), table, sources, _within(sources))


def entities(rng: np.random.Generator, *, size: int = SIZE) -> Population:
    """Return clean sentences with none to four entities, of which the hard sentences lose more."""
    n_entities, skill = rng.binomial(4, 0.4, size=size), rng.beta(4, 1, size=size)
    labels, answers = [], []
    for n, share in zip(n_entities.tolist(), skill.tolist(), strict=True):
        gold, given = ["O"] * 8, ["O"] * 8
        for at in rng.permutation(4)[:n].tolist():
            gold[2 * at] = "B-person" if rng.random() < 0.7 else "B-location"
            given[2 * at] = gold[2 * at] if rng.random() < share else str(rng.choice(["O", "B-location"]))
        if rng.random() < 0.1:
            given[7] = "B-person"
        labels.append(" ".join(gold))
        answers.append(" ".join(given))
    table = _table(size, label=np.array(labels), prediction=np.array(answers))
    return Population(
        _cell("ner", ("person", "location"), "reports"), table, np.arange(size), np.zeros(size, np.intp)
    )


def questions(rng: np.random.Generator, *, size: int = SIZE) -> Population:
    """Return clean questions: six in ten answered exactly, two partly and two not at all."""
    kinds = rng.choice(3, size=size, p=(0.6, 0.2, 0.2))
    given = np.array(["seven grey stones", "grey stones", "water"])[kinds]
    gold = json.dumps(["seven grey stones"])
    table = _table(size, label=np.full(size, gold), prediction=given)
    return Population(_cell("qa", (), "passages"), table, np.arange(size), np.zeros(size, np.intp))


def attacked(
    rng: np.random.Generator,
    *,
    toughness: float = 1.0,
    dimension: str = "typo",
    dataset: str = "reviews",
    hardness: NDArray[np.float64] | None = None,
    size: int = SIZE,
) -> Population:
    """Return an attacked measurement: each copy is lost from a degree on, early where the source is soft.

    Args:
        toughness: of the model; copies last in proportion to it.
        hardness: of each source, in [0, 1], shape ``(size,)``, shared by the attacks on a dataset; None draws
            it.
    """
    hardness = rng.beta(2, 2, size=size) if hardness is None else hardness
    right = rng.random(size) < 0.75 + 0.25 * hardness
    lasts = toughness * (0.15 + hardness[:, None]) * rng.exponential(size=(size, N_VARIANTS))
    gold = _gold(size)
    # The clean answer, then the copies: degree by degree, variant by variant.
    degree = np.array([0.0, *np.repeat(DEGREES[1:], N_VARIANTS)])
    variant = np.array([0, *np.tile(np.arange(N_VARIANTS), len(DEGREES) - 1)])
    kept = right[:, None] & (lasts[:, variant] >= degree)
    answer = np.where(kept, gold[:, None], 1 - gold[:, None]).ravel()
    per_source = len(degree)
    table = _table(
        answer.size,
        label=np.array(CLASSES)[np.repeat(gold, per_source)],
        prediction=np.array(CLASSES)[answer],
        variant=np.tile(variant, size),
        degree=np.tile(degree, size),
        distance=np.tile(degree, size),
        unperturbable=np.zeros(answer.size, dtype=np.bool_),
    )
    attack = AttackSettings(
        name=dimension,
        dimension=dimension,
        level="char",
        tag="malicious",
        access="rule",
        field="text",
        version="1",
        options={},
        search=SearchSettings(version="1", options={}),
        n_variants=N_VARIANTS,
        seed=0,
        degrees=DEGREES,
    )
    measurement = _cell("sentiment", CLASSES, dataset).model_copy(update={"attack": attack})
    sources = np.repeat(np.arange(size), per_source)
    return Population(measurement, table, sources, np.zeros(answer.size, dtype=np.intp))


def uneven(rng: np.random.Generator, *, size: int = SIZE) -> tuple[NDArray[np.bool_], Index]:
    """Return right and wrong answers of sources of 1 to 12 examples, and each example's source.

    A source's examples are alike: their chance of a right answer is the source's own.
    """
    sources = np.repeat(np.arange(size), np.minimum(rng.geometric(0.3, size=size), 12))
    chance = rng.beta(3, 1.5, size=size)[sources]
    return rng.random(len(sources)) < chance, sources


def _gold(n: int) -> Index:
    """Return classes, 60 to 40, that are the same for every model."""
    return (np.arange(n) % 5 >= 3).astype(np.intp)


def _within(sources: Index) -> Index:
    """Return the index of each example within its source; sources rise."""
    starts = np.searchsorted(sources, sources)
    return np.arange(len(sources)) - starts


def _cell(task: str, labels: Sequence[str], dataset: str) -> Measurement:
    return Measurement(
        suite="simulated",
        suite_version="1",
        task=task,
        dataset=dataset,
        split="test",
        role="ood",
        recall_only=False,
        stand_in=True,
        labels=tuple(labels),
        dataset_revision="1",
        dataset_sha256=_SHA,
        n_total=0,
        n_evaluated=0,
        subset="all",
    )


def _table(n: int, **given: object) -> pa.Table:
    """Return ``n`` rows of predictions without names; columns that are not given are empty."""
    fixed = {"example_id": [""] * n, "source": [""] * n, "input_sha256": [_SHA] * n, "truncated": [False] * n}
    columns = {**fixed, **given}
    arrays = [
        pa.array(columns[field.name], type=field.type)
        if field.name in columns
        else pa.nulls(n, type=field.type)
        for field in PREDICTIONS
    ]
    return pa.Table.from_arrays(arrays, schema=PREDICTIONS)
