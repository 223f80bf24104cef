"""Declared training data against the suite: which measurements are contaminated; the others stay."""

import re
from collections.abc import Iterator

from boss.measurement import Measurement
from boss.results.schema import Record
from boss.results.store import RECORDS, StoredRun
from leaderboard.submission.declaration import Contaminated, Declaration
from leaderboard.submission.findings import Finding
from leaderboard.submission.layout import DECLARATION, RUN_FOLDER

_CURE = (
    "Its measurements are shown as contaminated, the others stay. Correct the declaration if this is not so."
)


_OF_A_SUITE = re.compile(r"[^\s/]/([^\s/]+)/(?:train|validation|test)\b")


_SEEN = {"training": "trained on, as its sender declares", "selection": "chosen by, as its sender declares"}


def contaminated(stored: StoredRun, declaration: Declaration | None) -> tuple[Contaminated, ...]:
    """Return the datasets whose test data the model has seen by what its sender and its card declare.

    A dataset counts where it is declared so, every OOD dataset where ``ood_exposure`` says that they were
    trained on or chosen by, and where its name stands among the training or external data;
    of an ID dataset only with the word ``test``, as its training split is there to be learnt from.
    """
    declared = () if declaration is None else declaration.contaminated
    named = () if declaration is None else (*declaration.training_data, *declaration.external_data)
    entries = {entry.dataset: entry for entry in declared}
    if declaration is not None and declaration.ood_exposure in _SEEN:
        for record in stored.records:
            entry = Contaminated(
                dataset=record.measurement.dataset, reason=f"OOD data: {_SEEN[declaration.ood_exposure]}"
            )
            if record.measurement.role == "ood":
                entries.setdefault(entry.dataset, entry)
    for record in stored.records:
        training_set = next(
            (name for name in (*named, *_card(record)) if _names(name, record.measurement)), None
        )
        if training_set is not None:
            reason = f"declared training data: {training_set}"[:200]
            entry = Contaminated(dataset=record.measurement.dataset, reason=reason)
            entries.setdefault(entry.dataset, entry)
    return tuple(entries[name] for name in sorted(entries))


def check_training(stored: StoredRun, declaration: Declaration | None) -> Iterator[Finding]:
    """Flag contaminated measurements; refuse a declaration about a dataset the run does not have."""
    lines: dict[str, int] = {}
    for line, record in enumerate(stored.records, 1):
        lines.setdefault(record.measurement.dataset, line)
    for entry in contaminated(stored, declaration):
        line_of = lines.get(entry.dataset)
        if line_of is None:
            message = f"contaminated names {entry.dataset!r}, which the run has no measurement of"
            cure = f"Name one of {', '.join(sorted(lines))}."
            yield Finding("error", "declaration", DECLARATION, None, message, cure)
        else:
            message = f"{entry.dataset}: {entry.reason}"
            yield Finding("warning", "contaminated", f"{RUN_FOLDER}/{RECORDS}", line_of, message, _CURE)
    if declaration is not None and declaration.ood_exposure in ("training", "selection"):
        message = f"ood_exposure is {declaration.ood_exposure!r}"
        cure = "The row says so; name the datasets under contaminated."
        yield Finding("warning", "ood_exposure", DECLARATION, None, message, cure)


def _card(record: Record) -> tuple[str, ...]:
    names = (record.model.finetuned_on, *record.model.training_datasets)
    return tuple(name for name in names if name not in ("none", "unknown"))


def _names(training_set: str, measurement: Measurement) -> bool:
    """Whether ``training_set`` names the dataset of a measurement: its words stand in it one after the other.

    What follows ``@`` is a digest (``suite/dataset/train@DIGEST (n)``). Where suite and split are named like
    that, it is the dataset between them: ``mini/amazon_snippets/test`` is no set called ``amazon``.
    """
    text, _, _ = training_set.partition("@")
    words, dataset_words = _words(text), _words(measurement.dataset)
    path = _OF_A_SUITE.search(text)
    if path is not None:
        named = _words(path[1]) == dataset_words
    else:
        named = any(words[i : i + len(dataset_words)] == dataset_words for i in range(len(words)))
    return named and (measurement.role == "ood" or "test" in words)


def _words(name: str) -> list[str]:
    return re.findall(r"[a-z]+|[0-9]+", name.casefold())
