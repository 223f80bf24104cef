"""BOSS's three principles for choosing datasets, as facts about a candidate. No threshold decides.

Source: Yuan et al. 2023 (arXiv:2306.04618), selection protocol: the ID set gives enough knowledge of
the task (size, sources); the sets of a task are of clearly different distributions (similarity of
their texts); the shift is hard (drop of a model trained on ID). They choose by hand, and so does who
reads this report.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from boss.analysis.jackknife import Estimate
from boss.analysis.overlap import THRESHOLD, Overlap, compare, indexed
from boss.analysis.shift import Encoder, Similarity, similarities
from boss.analysis.shingles import Index
from boss.analysis.texts import Texts, distinct_texts, sample
from boss.analysis.vocabulary import words
from boss.data.suite import Suite, TaskData
from boss.data.types import Card
from boss.errors import DataError, ResultError
from boss.metrics.multiple import mover
from boss.results.schema import Record
from boss.results.store import read_run


@dataclass(frozen=True)
class Breadth:
    """How much of a task a split shows.

    Attributes:
        n_sources: products, documents, passages ... the examples are from.
        n_types: distinct words among the ``n_words`` of its distinct texts.
        smallest_class: share of the rarest class of the dataset; None where there are no classes.
    """

    split: str
    n: int
    n_sources: int
    n_texts: int
    n_words: int
    n_types: int
    smallest_class: float | None


@dataclass(frozen=True)
class Drop:
    """How much worse a model is on an OOD set than on ID.

    Attributes:
        drop: ID minus OOD score; the interval joins those of the two scores (MOVER, Zou & Donner 2008).
        majority: score of always answering the commonest class: a drop to it says little of the shift.
    """

    dataset: str
    metric: str
    id: float
    ood: float
    drop: Estimate
    majority: float | None


@dataclass(frozen=True)
class Selection:
    """What is known of a candidate under the three principles.

    Attributes:
        knowledge: principle 1: the ID train split, then the candidate's test split.
        similarities: principle 2: candidate against the ID train split and every other test.
        others: the same between the sets the suite has without it, to compare with.
        same_upstream: sets of the task with the candidate's upstream page or file.
        overlap: candidate against the ID train split.
        drops: principle 3, hardest first; empty where no run was given.
        model: whose drops they are.
    """

    card: Card
    encoder: str
    seed: int
    knowledge: tuple[Breadth, ...]
    similarities: tuple[Similarity, ...]
    others: tuple[Similarity, ...]
    same_upstream: tuple[str, ...]
    overlap: Overlap
    drops: tuple[Drop, ...]
    model: str | None
    missing: tuple[tuple[str, str], ...]


def examine(
    suite: Suite, name: str, encoder: Callable[[], Encoder], *, run: Path | None, n: int, seed: int
) -> Selection:
    """Examine the dataset ``name`` of a suite against the other datasets of its task.

    Args:
        encoder: made once everything else is known to be there.
        run: a run directory that measured the ID dataset and the candidate.
        n: texts of a split that are encoded.

    Raises:
        ConfigError: if the suite has no such dataset, naming those it has.
        DataError: if it, or the ID dataset, cannot be had.
        ResultError: if the run did not measure the candidate as it is now.
    """
    card = suite.card(name)
    task = suite.task(card.task)
    data = suite.load(task.name)
    for failed, error in data.failures:
        if failed == name:
            raise error
    if data.train is None:
        raise DataError(f"task {task.name} of suite {suite.name} has no ID train split to compare with")
    model, drops = (None, ()) if run is None else _drops(run, card, data)
    encode = encoder()
    train, *tests = (distinct_texts(split, task) for split in (data.train, *data.tests))
    own = next(test for test in tests if test.split.dataset == name)
    samples = [sample(texts, n, seed) for texts in (train, *tests)]
    vectors = {texts.name: encode(texts.texts, f"Encode {texts.name}") for texts in samples}
    pairs = [pair for pair in similarities(samples, vectors) if pair.pairs is not None]
    learnt = indexed(train)
    return Selection(
        card=card,
        encoder=encode.name,
        seed=seed,
        knowledge=(_breadth(train), _breadth(own)),
        similarities=tuple(pair for pair in pairs if own.name in (pair.first, pair.second)),
        others=tuple(pair for pair in pairs if own.name not in (pair.first, pair.second)),
        same_upstream=tuple(
            other.name
            for other in suite.cards
            if other.task == task.name and other.name != name and _same_upstream(card, other)
        ),
        overlap=compare(learnt, Index.of(learnt.keys), indexed(own), THRESHOLD),
        drops=drops,
        model=model,
        missing=tuple((failed, str(error)) for failed, error in data.failures),
    )


def _same_upstream(card: Card, other: Card) -> bool:
    return card.url == other.url or card.source == other.source


def _breadth(texts: Texts) -> Breadth:
    split = texts.split
    read = [words(text) for text in texts.texts]
    golds = [example.gold for example in split.examples]
    shares = [golds.count(label) / len(golds) for label in split.card.labels]
    return Breadth(
        split=texts.name,
        n=len(golds),
        n_sources=len({example.source for example in split.examples}),
        n_texts=texts.n_total,
        n_words=sum(map(len, read)),
        n_types=len({word for text in read for word in text}),
        smallest_class=min(shares) if shares and isinstance(golds[0], str) else None,
    )


def _drops(path: Path, card: Card, data: TaskData) -> tuple[str, tuple[Drop, ...]]:
    """Return the model of a run and its drops on the task, hardest first."""
    stored = read_run(path)
    clean = {
        record.measurement.dataset: record
        for record in stored.records
        if record.measurement.attack is None
        and (record.measurement.suite, record.measurement.task) == (card.suite, card.task)
        and record.score.metric == data.task.metric
    }
    revisions = {split.dataset: split.revision for split in data.tests}
    home = [record for record in clean.values() if record.measurement.role == "id"]
    if card.name not in clean or not home:
        needed = card.name if card.name not in clean else "the ID dataset"
        raise ResultError(
            f"{path} holds no clean {data.task.metric} of {needed}; measure it: python -m boss.eval "
            f"suite={card.suite} task={card.task} (with the --config-dir the dataset is in)"
        )
    revision = clean[card.name].measurement.dataset_revision
    if revision != revisions[card.name]:
        raise ResultError(
            f"{path} measured {card.name} at revision {revision}, which is now {revisions[card.name]}; "
            "measure it again"
        )
    drops = [_drop(home[0], record) for record in clean.values() if record.measurement.role == "ood"]
    subject = home[0].model
    return f"{subject.id} {subject.method}", tuple(sorted(drops, key=lambda d: (-d.drop.value, d.dataset)))


def _drop(home: Record, away: Record) -> Drop:
    a, b = home.score, away.score
    value = a.value - b.value
    sides = [(a.value - a.ci.low, a.ci.high - a.value), (b.ci.high - b.value, b.value - b.ci.low)]
    return Drop(
        dataset=away.measurement.dataset,
        metric=a.metric + (", recall" if away.measurement.recall_only else ""),
        id=a.value,
        ood=b.value,
        drop=Estimate(value, *mover(value, sides), tuple(sorted((a.n_scored, b.n_scored)))),
        majority=away.majority_value,
    )
