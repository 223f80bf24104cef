"""From upstream files to the splits of one task: read, carve, drop repeated texts, cap.

Nothing here is random: the choice is by sha256 of ids, so it is the same on every machine and does not
move when examples are added.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from boss.data.config import Dataset, SuiteSpec
from boss.data.sources import Source, data_errors
from boss.data.types import Card, Example, Split, SplitName
from boss.errors import DataError
from boss.tasks import Task
from robtest.assets import Member

SHARED_FIELD = {"nli": "premise", "qa": "context"}
"""Field that training data may not share with any test: knowing the passage is half the answer."""


@dataclass
class Draft:
    """A split while it is being built."""

    card: Card
    split: SplitName
    revision: str
    examples: list[Example]
    removed: Counter[str] = field(default_factory=Counter)


def hash_fraction(text: str) -> float:
    """Return a number in [0, 1) that depends on ``text`` alone: the first 52 bits of its sha256.

    >>> hash_fraction("a") == hash_fraction("a") != hash_fraction("b")
    True
    """
    return int(hashlib.sha256(text.encode()).hexdigest()[:13], 16) / 16**13


def choose(examples: Iterable[Example], n: int, salt: str) -> tuple[Example, ...]:
    """Return ``n`` examples by sha256 of (``salt``, id), in that order.

    The choice of 100 is the beginning of the choice of 1,000, and the order of ``examples`` does not
    matter.
    """
    ranked = sorted(examples, key=lambda e: hashlib.sha256(f"{salt}:{e.id}".encode()).digest())
    return tuple(ranked[:n])


def build(
    task: Task, datasets: Sequence[Dataset], suite: SuiteSpec, cache: Path
) -> tuple[tuple[Split, ...], tuple[tuple[str, DataError], ...]]:
    """Build all splits of a task: ID test, OOD tests, validation, train, in this order.

    Args:
        datasets: of this task, ID first.
        cache: folder for fetched files.

    Returns:
        The splits, and (dataset, error) of each dataset that could not be had.
    """
    drafts: list[Draft] = []
    failures: list[tuple[str, DataError]] = []
    missing: dict[str, DataError] = {}
    for dataset in datasets:
        try:
            with data_errors():
                root = _fetch(dataset.source, cache, missing)
                drafts += _read(dataset, root, suite)
        except DataError as error:
            failures.append((dataset.card.name, error))
    priority = {"test": 0, "validation": 1, "train": 2}
    drafts.sort(key=lambda draft: priority[draft.split])  # stable: ID test stays before the OOD tests
    drop_repeated(task, drafts)
    return tuple(_finish(draft, suite) for draft in drafts), tuple(failures)


def drop_repeated(task: Task, drafts: Sequence[Draft]) -> None:
    """Take repeated inputs out of the later split, and count them under what they repeat.

    Texts are compared casefolded with white space collapsed. An input repeats another if all fields are
    equal; in training and validation data also if its `SHARED_FIELD` stands in any test split.
    """
    fold = _Folder()
    seen: dict[tuple[str, ...], str] = {}
    tested: dict[str, str] = {}
    shared = SHARED_FIELD.get(task.name)
    for draft in drafts:
        kept = []
        here = f"{draft.card.name} {draft.split}"
        for example in draft.examples:
            key = tuple(fold(example.text(name)) for name in task.fields)
            passage = fold(example.text(shared)) if shared is not None else None
            if key in seen:
                draft.removed["duplicate" if seen[key] == here else f"also in {seen[key]}"] += 1
            elif draft.split != "test" and passage in tested:
                draft.removed[f"{shared} also in {tested[passage]}"] += 1
            else:
                seen[key] = here
                kept.append(example)
                if passage is not None and draft.split == "test":
                    tested.setdefault(passage, here)
        draft.examples = kept


class _Folder:
    """Folds texts for comparison, each distinct one once: passages repeat."""

    def __init__(self) -> None:
        self._folded: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        if text not in self._folded:
            self._folded[text] = " ".join(text.casefold().split())
        return self._folded[text]


def _fetch(source: Source, cache: Path, missing: dict[str, DataError]) -> Path:
    """Fetch; what could not be had for one dataset is not waited for again for the next."""
    if source.revision in missing:
        raise missing[source.revision]
    try:
        return source.fetch(cache)
    except DataError as error:
        missing[source.revision] = error
        raise


def _read(dataset: Dataset, root: Path, suite: SuiteSpec) -> list[Draft]:
    drafts: dict[SplitName, Draft] = {}

    def draft(split: SplitName) -> Draft:
        return drafts.setdefault(split, Draft(dataset.card, split, dataset.source.revision, []))

    carve = _carver(dataset, suite)
    for role, name in dataset.files.items():
        removed: Counter[str] = Counter()
        tag = f"{dataset.card.name}-{role}" if len(dataset.files) > 1 else dataset.card.name
        for example in dataset.reader.read(Member(root, name), removed):
            draft(carve(role, example)).examples.append(_named(example, tag))
        # Rows a reader leaves out of a file that is carved are counted with the training data.
        draft("train" if role == "all" else role).removed.update(removed)
    for built in drafts.values():
        _check(built)
    return list(drafts.values())


def _carver(dataset: Dataset, suite: SuiteSpec) -> Callable[[str, Example], SplitName]:
    """Return what decides the split of an example by its source, so that sources are never torn apart."""
    parts = suite.fractions
    has_validation = "validation" in dataset.files

    def carve(role: str, example: Example) -> SplitName:
        share = hash_fraction(example.source)
        if role == "all":
            if share < parts.test:
                return "test"
            return "validation" if share < parts.test + parts.validation else "train"
        if role == "train" and not has_validation:
            return "validation" if share < parts.validation / (parts.train + parts.validation) else "train"
        return "train" if role == "train" else "validation" if role == "validation" else "test"

    return carve


def _named(example: Example, tag: str) -> Example:
    return replace(example, id=f"{tag}-{example.id}", source=f"{tag}-{example.source}")


def _check(draft: Draft) -> None:
    name = f"{draft.card.name} {draft.split}"
    if not draft.examples:
        raise DataError(f"{name} has no usable example; removed: {dict(draft.removed)}. Check `reader:`.")
    repeated = [key for key, n in Counter(e.id for e in draft.examples).items() if n > 1]
    if repeated:
        raise DataError(f"{name}: id {repeated[0]!r} occurs more than once; ids must be unique.")
    for example in draft.examples if draft.card.labels else ():
        for label in _labels(example):
            if label not in draft.card.labels:
                raise DataError(
                    f"{name}, example {example.id}: label {label!r} is not in `labels:` of the dataset "
                    f"({', '.join(draft.card.labels)})."
                )


def _labels(example: Example) -> Iterator[str]:
    """Yield the class, or the entity types behind the tags."""
    if isinstance(example.gold, str):
        yield example.gold
    else:
        yield from (tag[2:] for tag in example.gold if isinstance(tag, str) and tag != "O")


def _finish(draft: Draft, suite: SuiteSpec) -> Split:
    cap = {"train": suite.train_cap.get(draft.card.task), "validation": suite.validation_cap}.get(draft.split)
    capped = cap is not None and cap < len(draft.examples)
    return Split(
        card=draft.card,
        split=draft.split,
        examples=choose(draft.examples, cap, "cap") if capped and cap else tuple(draft.examples),
        revision=draft.revision,
        n_total=len(draft.examples),
        subset="cap" if capped else "all",
        removed=dict(draft.removed),
    )
