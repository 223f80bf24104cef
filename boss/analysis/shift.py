"""How far the tests of a task are from its ID training data: meaning, words, labels, length."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import Protocol

import numpy as np

from boss.analysis.jackknife import Estimate, Units, jackknife, units_of
from boss.analysis.labels import LabelShift, label_shift
from boss.analysis.mmd import Mmd, mmd
from boss.analysis.texts import Texts, distinct_texts, sample
from boss.analysis.vocabulary import Vocabulary, compare_vocabularies
from boss.data.suite import Suite
from boss.errors import ConfigError, DataError
from boss.metrics.multiple import holm
from boss.metrics.scores import Floats


class Encoder(Protocol):
    """What turns texts into unit vectors; see `boss.analysis.encoders.Vectors`."""

    @property
    def name(self) -> str:
        """Name and weights, for the report."""
        ...

    def __call__(self, texts: Sequence[str], description: str) -> Floats:
        """Return shape ``(len(texts), d)``."""
        ...


@dataclass(frozen=True)
class Similarity:
    """Two sets of texts in the encoder's space.

    Attributes:
        centroids: cosine of the two mean vectors, BOSS's measure; it rises with the sizes of the
            samples, because a mean of few vectors lies off its place.
        pairs: mean cosine of a text of one set and a text of the other; None for a set and itself.
    """

    first: str
    second: str
    centroids: Estimate
    pairs: Estimate | None


@dataclass(frozen=True)
class SplitShift:
    """One test against the ID train split.

    Attributes:
        mmd: on one text per source, None where there is only one source; ``p_holm`` is its p for the
            family of all tests of the task (Holm 1979).
        length: mean words of a text (split at white space); ``length_ratio`` to that of the train split.
    """

    dataset: str
    role: str
    n: int
    n_total: int
    vocabulary: Vocabulary
    mmd: Mmd | None
    p_holm: float | None
    labels: LabelShift | None
    length: Estimate
    length_ratio: Estimate


@dataclass(frozen=True)
class ShiftReport:
    """The shift of one task.

    Attributes:
        field: the input field that was compared.
        train: name of the train split, its texts in the sample and in all, and its mean length.
        missing: datasets that could not be had, with the reason.
    """

    suite: str
    task: str
    field: str
    encoder: str
    seed: int
    train: str
    n_train: int
    n_train_total: int
    train_length: Estimate
    similarities: tuple[Similarity, ...]
    tests: tuple[SplitShift, ...]
    missing: tuple[tuple[str, str], ...]


def measure_shift(
    suite: Suite, task_name: str, encoder: Encoder, *, n: int, seed: int, n_permutations: int
) -> ShiftReport:
    """Compare the ID train split of a task with all its tests.

    Args:
        n: texts of a split that are encoded, by a seeded hash; labels are counted over all examples,
            unseen words against all of the train split.

    Raises:
        ConfigError: if ``n`` is below 2 or the task is not in the suite.
        DataError: if the ID dataset cannot be had.
    """
    if n < 2:
        raise ConfigError(f"n must be at least 2 texts, got {n}")
    task = suite.task(task_name)
    data = suite.load(task_name)
    if data.train is None:
        reasons = "; ".join(f"{name}: {error}" for name, error in data.failures)
        raise DataError(f"task {task_name} of suite {suite.name} has no ID train split: {reasons}")
    learnt = distinct_texts(data.train, task)
    train = sample(learnt, n, seed)
    tests = [sample(distinct_texts(split, task), n, seed) for split in data.tests]
    vectors = {texts.name: encoder(texts.texts, f"Encode {texts.name}") for texts in (train, *tests)}
    rows = [
        SplitShift(
            dataset=test.split.dataset,
            role=test.split.card.role,
            n=len(test.examples),
            n_total=test.n_total,
            vocabulary=compare_vocabularies(learnt.texts, train.texts, test.texts, test.sources),
            mmd=_discrepancy(train, test, vectors, seed, n_permutations),
            p_holm=None,
            labels=label_shift(data.train, test.split, task),
            length=_length(test),
            length_ratio=jackknife([_lengths(test), _lengths(train)], _ratio_of_means, minimum=0.0),
        )
        for test in tests
    ]
    adjusted = iter(holm([row.mmd.p for row in rows if row.mmd is not None]).tolist())
    return ShiftReport(
        suite=suite.name,
        task=task_name,
        field=train.field,
        encoder=encoder.name,
        seed=seed,
        train=train.name,
        n_train=len(train.examples),
        n_train_total=train.n_total,
        train_length=_length(train),
        similarities=similarities([train, *tests], vectors),
        tests=tuple(row if row.mmd is None else replace(row, p_holm=next(adjusted)) for row in rows),
        missing=tuple((name, str(error)) for name, error in data.failures),
    )


def similarities(sets: Sequence[Texts], vectors: dict[str, Floats]) -> tuple[Similarity, ...]:
    """Return the similarity of every two sets, and of each with itself."""
    units = {
        texts.name: units_of(np.c_[vectors[texts.name], np.ones(len(texts.examples))], texts.sources)
        for texts in sets
    }
    pairs = []
    for first, second in combinations_with_replacement([texts.name for texts in sets], 2):
        if first == second:
            n = units[first].n
            pairs.append(Similarity(first, second, Estimate(1.0, 1.0, 1.0, (n, n)), None))
        else:
            both = [units[first], units[second]]
            pairs.append(Similarity(first, second, _cosine_of(both, _centroids), _cosine_of(both, _pairs)))
    return tuple(pairs)


def _discrepancy(
    train: Texts, test: Texts, vectors: dict[str, Floats], seed: int, n_permutations: int
) -> Mmd | None:
    x, y = (vectors[texts.name][texts.independent] for texts in (train, test))
    return mmd(x, y, seed=seed, n_permutations=n_permutations) if min(len(x), len(y)) > 1 else None


def _cosine_of(samples: Sequence[Units], finish: Callable[..., Floats]) -> Estimate:
    return jackknife(samples, finish, minimum=-1.0, maximum=1.0)


def _centroids(first: Floats, second: Floats) -> Floats:
    a, b = first[..., :-1], second[..., :-1]
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    return np.asarray((a * b).sum(-1) / np.maximum(lengths, 1e-12), dtype=np.float64)


def _pairs(first: Floats, second: Floats) -> Floats:
    products = (first[..., :-1] * second[..., :-1]).sum(-1)
    return np.asarray(products / (first[..., -1] * second[..., -1]), dtype=np.float64)


def _lengths(texts: Texts) -> Units:
    rows = np.array([(len(text.split()), 1) for text in texts.texts], dtype=np.float64)
    return units_of(rows, texts.sources)


def _length(texts: Texts) -> Estimate:
    return jackknife([_lengths(texts)], _mean, minimum=0.0)


def _mean(sums: Floats) -> Floats:
    return np.asarray(sums[..., 0] / sums[..., 1], dtype=np.float64)


def _ratio_of_means(first: Floats, second: Floats) -> Floats:
    return np.asarray(_mean(first) / np.maximum(_mean(second), 1e-12), dtype=np.float64)
