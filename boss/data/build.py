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
from boss.data.sources import data_errors
from boss.data.specs import FileRole, SuiteSpec
from boss.data.types import Card, Example, Split, SplitName
from boss.errors import DataError
from boss.tasks import Task
from robtest.assets import Member

logger = logging.getLogger(__name__)

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
    drop_repeated(task, drafts, whole_tests=suite.whole_tests)
    return tuple(_finish(draft, suite) for draft in drafts), tuple(failures)


def drop_repeated(task: Task, drafts: Sequence[Draft], *, whole_tests: bool = False) -> None:
    """Remove inputs that repeat one of an earlier split, and count them by what they repeat.

    Texts are compared casefolded with white space collapsed. An input repeats another if all fields are
    equal; in training and validation data also if its `SHARED_FIELD` stands in any test split.

    Args:
        whole_tests: leave test splits as they are.
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
            if key in seen and not (whole_tests and draft.split == "test"):
                draft.removed["duplicate" if seen[key] == here else f"also in {seen[key]}"] += 1
            elif draft.split != "test" and passage in tested:
                draft.removed[f"{shared} also in {tested[passage]}"] += 1
            else:
                seen.setdefault(key, here)
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


def _read(ready: Ready, suite: SuiteSpec) -> list[Draft]:
    dataset, card = ready.dataset, ready.dataset.card
    drafts: dict[SplitName, Draft] = {}

    def draft(split: SplitName) -> Draft:
        return drafts.setdefault(split, Draft(card, split, ready.fetched.revision, []))

    carve = _carver(ready.origin.files, suite)
    most = dataset.spec.train_per_class
    balanced = None if most is None else Balance(most)
    for role, names in ready.origin.files.items():
        removed: Counter[str] = Counter()
        for tag, member in _members(ready, role, names):
            for example in ready.origin.reader.read(member, removed):
                split = carve(role, example)
                named = _named(example, tag)
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
        _check(built)
    check_sizes(dataset, {split: len(built.examples) for split, built in drafts.items()}, suite.sizes)
    return list(drafts.values())


def _members(ready: Ready, role: FileRole, names: Sequence[str]) -> Iterator[tuple[str, Member]]:
    """Yield (beginning of the examples' ids, file) for each file of one role."""
    root = ready.fetched.root
    members = [member for name in names for member in _matching(root, name)]
    tag = ready.dataset.card.name + (f"-{role}" if len(ready.origin.files) > 1 else "")
    for i, member in enumerate(members, start=1):
        yield (f"{tag}-{i}" if len(members) > 1 else tag), member


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
