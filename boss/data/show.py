"""Datasets for people: the table of a suite, and the card of one dataset."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from boss.commands import command
from boss.data.build import choose
from boss.data.config import Dataset
from boss.data.suite import Suite
from boss.data.types import Card, Example, Split, SplitName
from boss.errors import DataError, DatasetMissing
from boss.tables import Section, lines
from robtest.plural import counted

EXAMPLES = 3
LONGEST_TEXT = 300
_SIZES: tuple[SplitName, ...] = ("train", "validation", "test")


def show_suite(suite: Suite, console: Console, words: Sequence[str] = ()) -> None:
    """Print the datasets of a suite, task by task; sizes where the splits are in the cache.

    Args:
        words: options that were given, for the commands that are printed.
    """
    section = Section(
        f"Suite {suite.name} (version {suite.version}): {suite.description}", "dataset", tuple(_SIZES)
    )
    unknown = False
    for task, cards in groupby(suite.cards, key=lambda card: card.task):
        sizes = {(split.dataset, split.split): split for split in suite.built(task)}
        unknown = unknown or not sizes
        section.head(task)
        for card in cards:
            section.add(
                f"{card.name}, {card.role.upper()}", *_row([sizes.get((card.name, s)) for s in _SIZES])
            )
            section.say(f"{card.licence}; {card.shift}" + " [recall only]" * card.recall_only)
    _print(section, console)
    if unknown:
        console.print(Text("? = not in the cache yet; this gets it:"))
        console.print(Text(command("boss.data", "fetch", *words)), soft_wrap=True)
    console.print(Text("One card with examples, for instance:"))
    console.print(Text(command("boss.data", suite.cards[0].name, *words)), soft_wrap=True)


def _print(section: Section, console: Console) -> None:
    console.print(Text(section.title, "bold"))
    for line in lines(section, console.width):
        console.print(line, soft_wrap=True)


def show_fetched(
    suite: Suite,
    results: Mapping[str, tuple[Sequence[Split], Sequence[tuple[str, DataError]]]],
    console: Console,
) -> None:
    """Print the source and the sizes of each dataset of a suite, or why it is missing and the cure.

    Args:
        results: task -> what `Suite.splits` returned.
    """
    title = f"Suite {suite.name} (version {suite.version})"
    section = Section(title, "dataset", ("train", "of paper", "validation", "test", "of paper"))
    reasons: list[str] = []
    for task, (splits, failures) in results.items():
        missing = dict(failures)
        section.head(task)
        for dataset in (dataset for dataset in suite.datasets if dataset.card.task == task):
            name = dataset.card.name
            own = {split.split: split for split in splits if split.dataset == name}
            if name in missing:
                state = "missing" if isinstance(missing[name], DatasetMissing) else "not as expected"
                reasons.append(f"{name} ({state}): {missing[name]}")
                section.add(name, *[""] * len(section.columns))
                section.say(state)
            else:
                section.add(name, *_fetched(dataset, own))
                section.say(f"from {next(iter(own.values())).revision}")
    _print(section, console)
    n = len(suite.datasets)
    there = (
        f"{n - len(reasons)} of {counted(n, 'dataset')} {'is' if n == 1 else 'are'} there, in {suite.cache}"
    )
    console.print(Text(there), soft_wrap=True)
    for reason in reasons:
        console.print()
        console.print(Text(reason), soft_wrap=True)


def _fetched(dataset: Dataset, splits: Mapping[SplitName, Split]) -> Iterator[str]:
    sizes = {split: str(size) for split, size in dataset.spec.sizes.items()}
    yield _size(splits["train"]) if "train" in splits else ""
    yield sizes.get("train", "?") if "train" in splits else ""
    yield _size(splits["validation"]) if "validation" in splits else ""
    yield _size(splits["test"]) if "test" in splits else ""
    yield sizes.get("test", "?")


def show_card(card: Card, splits: Sequence[Split], console: Console) -> None:
    """Print what is known of a dataset, its splits and three examples of its test split."""
    facts = Table.grid(padding=(0, 2))
    for name, value in _facts(card, splits):
        facts.add_row(Text(name, style="bold"), Text(value))
    console.print(facts)
    for split in splits:
        console.print()
        console.print(Text("\n".join(_split(split))), soft_wrap=True)
    test = next((split for split in splits if split.split == "test"), None)
    if test is None:
        return
    chosen = list(choose(test.examples, EXAMPLES, "card"))
    console.print(Text(f"\n{counted(len(chosen), 'example')} of {len(test.examples):,}, as data:"))
    for example in chosen:
        console.print()
        console.print(Text("\n".join(_example(example))), soft_wrap=True)


def _row(splits: Sequence[Split | None]) -> Iterator[str]:
    has_splits = any(split is not None for split in splits)
    for split in splits:
        yield _size(split) if split is not None else "" if has_splits else "?"


def _size(split: Split) -> str:
    n = f"{len(split.examples):,}"
    return n if split.subset == "all" else f"{n} of {split.n_total:,}"


def _facts(card: Card, splits: Sequence[Split]) -> Iterator[tuple[str, str]]:
    yield card.name, card.title
    stand_in = " (stands in for BOSS)" if card.stand_in else ""
    yield "task", f"{card.task}, {card.role}, suite {card.suite}{stand_in}"
    yield "shift", card.shift
    yield "source", card.source
    if splits:
        yield "revision", splits[0].revision
    yield "url", card.url
    yield "licence", card.licence
    yield "access", card.access
    yield (
        "texts in runs",
        "stored" if card.store_text else "not stored: the terms do not say that they may be",
    )
    yield "labels", ", ".join(card.labels) or "spans of the passage"
    yield "mapping", card.label_mapping
    yield "overlap", card.overlap
    if card.recall_only:
        yield "recall only", "one class only: accuracy here is recall, never averaged with accuracies"


def _split(split: Split) -> Iterator[str]:
    sources = len({example.source for example in split.examples})
    noun = "example" if len(split.examples) == 1 else "examples"
    yield f"{split.split}: {_size(split)} {noun} of {counted(sources, 'source')}; subset {split.subset}"
    counts = Counter(_classes(split.examples))
    total = sum(counts.values())
    if counts:
        share = ", ".join(f"{label} {n:,} ({n / total:.1%})" for label, n in counts.most_common())
        yield f"  {'classes' if isinstance(split.examples[0].gold, str) else 'entities'}: {share}"
    if split.removed:
        yield "  removed: " + ", ".join(f"{n:,} {reason}" for reason, n in sorted(split.removed.items()))
    if split.noted:
        yield "  noted: " + ", ".join(f"{n:,} {reason}" for reason, n in sorted(split.noted.items()))
    yield f"  manifest sha256: {split.sha256}"


def _classes(examples: Sequence[Example]) -> Iterator[str]:
    """Yield a class per example, or a type per entity; nothing for spans."""
    for example in examples:
        if isinstance(example.gold, str):
            yield example.gold
        else:
            yield from (tag[2:] for tag in example.gold if isinstance(tag, str) and tag.startswith("B-"))


def _example(example: Example) -> Iterator[str]:
    yield example.id
    for name in example.inputs:
        yield f"  {name}: {_printable(example.text(name))}"
    gold = example.gold_texts
    yield f"  gold: {_printable(gold if isinstance(gold, str) else ' | '.join(gold))}"


def _printable(text: str) -> str:
    """Escape what could steer a terminal, and shorten."""
    cut = (
        text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} … ({counted(len(text), 'character')})"
    )
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)
