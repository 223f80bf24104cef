"""Training texts that come back in a test: equal once normalised, or nearly so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from boss.analysis.shingles import Hashes, Index, band_keys, digest, shingles, similarity
from boss.analysis.texts import Texts, distinct_texts
from boss.data.suite import Suite
from boss.errors import ConfigError
from boss.metrics.intervals import wilson
from robtest.progress import track

THRESHOLD = 0.8
"""Jaccard similarity from which two texts are near duplicates; Lee et al. 2022 (2107.06499) cut there too."""


@dataclass(frozen=True)
class Match:
    """A test text and the training text nearest to it; ``exact``: they are equal once normalised."""

    test_id: str
    train_id: str
    similarity: float
    exact: bool


@dataclass(frozen=True)
class Overlap:
    """A train and a test split.

    Attributes:
        n_train, n_test: distinct texts.
        n_exact: test texts that stand in train too; ``n_near``: further ones with a near duplicate there.
        share: of the test texts, both kinds together, with Wilson's interval ``low`` to ``high``.
        n_removed: training examples that were left out when the suite was built, because their input
            or passage stands in this test: without that they would be here.
        matches: one per overlapping test text, in the order of the test.
    """

    train: str
    test: str
    n_train: int
    n_test: int
    n_exact: int
    n_near: int
    share: float
    low: float
    high: float
    n_removed: int
    matches: tuple[Match, ...]


@dataclass(frozen=True)
class Indexed:
    """The distinct texts of a split, ready to be compared."""

    texts: Texts
    digests: tuple[bytes, ...]
    keys: Hashes


def find_overlaps(suite: Suite, tasks: Sequence[str], threshold: float) -> Iterator[Overlap]:
    """Compare every train split of the tasks with every test of them, across tasks as well.

    Compared is the field of `boss.analysis.texts.main_field`: text, premise, context, sentence. In
    memory at a time: the texts of all tests and of one train split, and 128 bytes a text for the index.
    Datasets that could not be had are left out.

    Raises:
        ConfigError: if ``threshold`` is not in (0, 1], or a task is not in the suite.
    """
    if not 0 < threshold <= 1:
        raise ConfigError(f"threshold must be in (0, 1], got {threshold:g}")
    tests = [
        indexed(distinct_texts(split, suite.task(name)))
        for name in tasks
        for split in suite.load(name, with_train=False).tests
    ]
    for name in tasks:
        split = suite.load(name).train
        if split is not None:
            train = indexed(distinct_texts(split, suite.task(name)))
            index = Index.of(train.keys)
            yield from (compare(train, index, test, threshold) for test in tests)


def indexed(texts: Texts) -> Indexed:
    """Hash the texts of a split."""
    keys = []
    with track(f"Index {texts.name}", total=len(texts.texts), unit="text") as bar:
        for text in texts.texts:
            keys.append(band_keys(text))
            bar.advance()
    return Indexed(texts, tuple(map(digest, texts.texts)), np.stack(keys))


def compare(train: Indexed, index: Index, test: Indexed, threshold: float) -> Overlap:
    """Find, for every test text, the training text it repeats; candidates are compared exactly.

    Args:
        index: of ``train.keys``.
        threshold: least Jaccard similarity of the shingles.
    """
    rows = {key: i for i, key in reversed(list(enumerate(train.digests)))}
    matches = []
    with track(f"Compare {test.texts.name} with {train.texts.name}", total=len(test.digests)) as bar:
        for row, candidates in enumerate(index.candidates(test.keys)):
            nearest = _nearest(train.texts.texts, test.texts.texts[row], candidates, threshold)
            exact = rows.get(test.digests[row])
            if exact is not None:
                nearest = (exact, 1.0)
            if nearest is not None:
                ids = test.texts.examples[row].id, train.texts.examples[nearest[0]].id
                matches.append(Match(*ids, nearest[1], exact is not None))
            bar.advance()
    n_test = len(test.digests)
    low, high = wilson(len(matches), n_test)
    n_exact = sum(match.exact for match in matches)
    removed = train.texts.split.removed
    return Overlap(
        train=train.texts.name,
        test=test.texts.name,
        n_train=len(train.digests),
        n_test=n_test,
        n_exact=n_exact,
        n_near=len(matches) - n_exact,
        share=len(matches) / n_test,
        low=low,
        high=high,
        n_removed=sum(n for reason, n in removed.items() if reason.endswith(f"also in {test.texts.name}")),
        matches=tuple(matches),
    )


def _nearest(
    texts: Sequence[str], text: str, candidates: Sequence[int], threshold: float
) -> tuple[int, float] | None:
    """Return the most similar candidate that reaches the threshold, the first of equals."""
    own = shingles(text) if candidates else None
    best: tuple[int, float] | None = None
    for candidate in candidates:
        assert own is not None
        value = similarity(own, shingles(texts[candidate]))
        if value >= threshold and (best is None or (value, -candidate) > (best[1], -best[0])):
            best = (candidate, value)
    return best
