"""From upstream files to the splits of one task: read, carve, drop repeated texts, cap.

Nothing here is random: the choice is by sha256 of ids, so it is the same on every machine and does not
move when examples are added.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

from boss.data.balance import Balance
from boss.data.config import Dataset
from boss.data.origins import Ready
from boss.data.readers.base import content_id
from boss.data.sources import data_errors
from boss.data.specs import FileRole, SuiteSpec
from boss.data.types import Card, Example, Split, SplitName
from boss.errors import DataError
from boss.tasks import Task
from robtest.assets import Member

logger = logging.getLogger(__name__)


@dataclass
class Draft:
    """A split while it is being built.

    Attributes:
        distinct: a test of it holds each text once, see `boss.data.specs.SuiteSpec`.
    """

    card: Card
    split: SplitName
    revision: str
    examples: list[Example]
    removed: Counter[str] = field(default_factory=Counter)
    noted: Counter[str] = field(default_factory=Counter)
    distinct: bool = False


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
    task: Task, ready: Sequence[Ready], suite: SuiteSpec
) -> tuple[tuple[Split, ...], tuple[tuple[str, DataError], ...]]:
    """Build all splits of a task: ID test, OOD tests, validation, train, in this order.

    Args:
        ready: datasets of this task, ID first.

    Returns:
        The splits, and (dataset, error) of each dataset whose files are not what they should be.
    """
    drafts: list[Draft] = []
    failures: list[tuple[str, DataError]] = []
    for item in ready:
        try:
            with data_errors():
                drafts += _read(item, suite)
        except DataError as error:
            failures.append((item.dataset.card.name, error))
    priority = {"test": 0, "validation": 1, "train": 2}
    drafts.sort(key=lambda draft: priority[draft.split])  # stable: ID test stays before the OOD tests
    sizes = [len(draft.examples) for draft in drafts]
    compare_texts(task, drafts)
    for draft, n_read in zip(drafts, sizes, strict=True):
        if not draft.examples:
            reasons = ", ".join(f"{n:,} {reason}" for reason, n in draft.removed.items())
            message = (
                f"nothing is left of the {n_read:,} examples of {draft.card.name} {draft.split}: "
                f"{reasons}. Take another {draft.split} file, or the tests that hold the same texts out of "
                "the suite"
            )
            failures.append((draft.card.name, DataError(message)))
    drafts = [draft for draft in drafts if draft.examples]
    return tuple(_finish(draft, suite) for draft in drafts), tuple(failures)


def compare_texts(task: Task, drafts: Sequence[Draft]) -> None:
    """Take out of training and validation what stands in a test or twice; note what tests hold twice.

    A test loses nothing, but where it is to be `Draft.distinct`. Texts are compared casefolded with white
    space collapsed. An input repeats another if all fields are equal; in training and validation data also
    if its `boss.tasks.Task.passage` stands in any test.

    Args:
        drafts: tests first, in the order in which a text is said to be of one of them.
    """
    fold = _Folder()
    seen: dict[tuple[str, ...], tuple[str, Example]] = {}
    tested: dict[str, str] = {}
    for draft in drafts:
        kept = []
        here_already: set[tuple[str, ...]] = set()
        here = f"{draft.card.name} {draft.split}"
        for example in draft.examples:
            key = tuple(fold(example.text(name)) for name in task.fields)
            passage = fold(example.text(task.passage)) if task.passage is not None else None
            before = seen.get(key)
            if draft.split == "test":
                if draft.distinct and key in here_already:
                    draft.removed["duplicate"] += 1
                    continue
                here_already.add(key)
                if before is not None:
                    draft.noted[_likeness(here, example, *before)] += 1
                if passage is not None:
                    tested.setdefault(passage, here)
            elif before is not None:
                draft.removed["duplicate" if before[0] == here else f"also in {before[0]}"] += 1
                continue
            elif passage in tested:
                draft.removed[f"{task.passage} also in {tested[passage]}"] += 1
                continue
            seen.setdefault(key, (here, example))
            kept.append(example)
        draft.examples = kept


def _likeness(here: str, example: Example, there: str, first: Example) -> str:
    """Say how an example of a test is like one before it."""
    if there != here:
        return f"also in {there}"
    if example.gold_texts != first.gold_texts:
        return "a text that has another label as well"
    return "a text that stands twice" if example.inputs == first.inputs else "a text but for case and spaces"


class _Folder:
    """Folds texts for comparison, each distinct one once: passages repeat."""

    def __init__(self) -> None:
        self._folded: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        if text not in self._folded:
            self._folded[text] = " ".join(text.casefold().split())
        return self._folded[text]


def _read(ready: Ready, suite: SuiteSpec) -> list[Draft]:
    dataset, card = ready.dataset, ready.dataset.card
    drafts: dict[SplitName, Draft] = {}
    revision, distinct = ready.fetched.revision, suite.distinct_tests and dataset.own

    def draft(split: SplitName) -> Draft:
        return drafts.setdefault(split, Draft(card, split, revision, [], distinct=distinct))

    carve = _carver(ready.origin.files, suite)
    most = dataset.spec.train_per_class
    balanced = None if most is None else Balance(most)
    for role, names in ready.origin.files.items():
        removed: Counter[str] = Counter()
        # A shifted set's test keeps its ids whether its train split is read or not.
        alone = len(ready.origin.files) == 1 or (card.role == "ood" and role == "test")
        tag = card.name if alone else f"{card.name}-{role}"
        for number, member in _members(ready, names):
            for example in ready.origin.reader.read(member, removed):
                split = carve(role, example)
                named = _named(example, tag, number)
                if split == "test" or balanced is None:
                    draft(split).examples.append(named)
                else:
                    balanced.add(split, named)
        # Rows a reader leaves out of a file that is carved are counted with the training data.
        draft("train" if role == "all" else role).removed.update(removed)
    if balanced is not None:
        for split, example in balanced.kept():
            draft(split).examples.append(example)
        if balanced.n_over:
            draft("train").removed["over the most of its class"] += balanced.n_over
    for built in drafts.values():
        built.examples = number_repeats(built.examples)
        _check(built)
    check_sizes(dataset, {split: len(built.examples) for split, built in drafts.items()}, suite.sizes)
    return list(drafts.values())


def _members(ready: Ready, names: Sequence[str]) -> Iterator[tuple[str, Member]]:
    """Yield (number of the file where ids of one may stand in another, file) for each file of one role."""
    root = ready.fetched.root
    members = [member for name in names for member in _matching(root, name)]
    for i, member in enumerate(members, start=1):
        yield f"-{i}" if len(members) > 1 else "", member


def _matching(root: Path, name: str) -> list[Member]:
    if "*" not in name or not root.is_dir():
        return [Member(root, name)]
    paths = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    matches = sorted(path for path in paths if fnmatch(path, name))
    if not matches:
        raise DataError(f"{root} has no file {name!r}; check `files:` of the dataset.")
    return [Member(root, path) for path in matches]


def check_sizes(dataset: Dataset, n_read: Mapping[SplitName, int], mode: Literal["error", "warn"]) -> None:
    """Compare with the sizes of the paper, as read and before anything is taken out as repeated.

    Raises:
        DataError: with both numbers, where the size is sure and ``mode`` is error; else it is logged.
    """
    counts = {
        "test": n_read.get("test", 0),
        "train": n_read.get("train", 0) + n_read.get("validation", 0),
    }
    for split, size in dataset.spec.sizes.items():
        if size.fits(counts[split]):
            continue
        message = (
            f"{dataset.card.name} {split} has {counts[split]:,} examples where {size} are expected "
            "(`sizes:` of the dataset)"
        )
        if size.sure and mode == "error":
            raise DataError(
                f"{message}. The source is not the published set: take another one, or accept it with "
                "suite.sizes=warn."
            )
        logger.warning("%s", message)


def _carver(files: Container[FileRole], suite: SuiteSpec) -> Callable[[str, Example], SplitName]:
    """Return a function from role and example to a split; it goes by the source, so none is torn apart."""
    parts = suite.fractions
    has_validation = "validation" in files

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


def _named(example: Example, tag: str, number: str) -> Example:
    """Put the dataset's name before ids; those of a file's own have its number, others move freely."""
    if example.id != content_id(example.inputs):
        return replace(example, id=f"{tag}{number}-{example.id}", source=f"{tag}{number}-{example.source}")
    source = tag if example.source == example.id else tag + number
    return replace(example, id=f"{tag}-{example.id}", source=f"{source}-{example.source}")


def number_repeats(examples: Sequence[Example]) -> list[Example]:
    """Return examples with ids made of the content counted where they repeat: ``…``, ``…-2``, ``…-3``.

    Those of one input are counted in the order of their labels, so that the order of rows does not matter.
    """
    places: dict[str, list[int]] = {}
    for i, example in enumerate(examples):
        places.setdefault(example.id, []).append(i)
    numbered = list(examples)
    for key, here in places.items():
        if len(here) == 1 or not key.endswith(content_id(examples[here[0]].inputs)):
            continue
        here.sort(key=lambda i: str(examples[i].gold_texts))
        for count, i in enumerate(here[1:], start=2):
            numbered[i] = replace(examples[i], id=f"{key}-{count}")
    return numbered


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
        noted=dict(draft.noted),
    )
