"""Datasets for people: the table of a suite, and the card of one dataset."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from boss.data.build import choose
from boss.data.config import Dataset
from boss.data.suite import Suite
from boss.data.types import Card, Example, Split, SplitName
from boss.errors import DataError, DatasetMissing

EXAMPLES = 3
LONGEST_TEXT = 300


def show_suite(suite: Suite, console: Console) -> None:
    """Print one line per dataset; sizes where the splits are in the cache."""
    title = f"Suite {suite.name} (version {suite.version}): {suite.description}"
    table = Table(title=Text(title), title_justify="left")
    for column in ("task", "dataset", "role", "train", "validation", "test", "licence", "shift"):
        numbers = column in ("train", "validation", "test")
        table.add_column(column, justify="right" if numbers else "left", no_wrap=column == "dataset")
    unknown = False
    for task, cards in groupby(suite.cards, key=lambda card: card.task):
        sizes = {(split.dataset, split.split): split for split in suite.built(task)}
        unknown = unknown or not sizes
        for card in cards:
            table.add_row(
                *map(Text, _row(card, [sizes.get((card.name, s)) for s in ("train", "validation", "test")]))
            )
        table.add_section()
    console.print(table)
    if unknown:
        console.print(f"? = not in the cache yet; python -m boss.data fetch suite={suite.name} gets it.")
    console.print("One card with examples: python -m boss.data NAME")


def show_fetched(
    suite: Suite,
    results: Mapping[str, tuple[Sequence[Split], Sequence[tuple[str, DataError]]]],
    console: Console,
) -> None:
    """Print the source and the sizes of each dataset of a suite, or why it is missing and the cure.

    Args:
        results: task -> what `Suite.splits` returned.
    """
    table = Table(title=Text(f"Suite {suite.name} (version {suite.version})"), title_justify="left")
    for column in ("task", "dataset", "had from", "train", "of paper", "validation", "test", "of paper"):
        text = column in ("task", "dataset", "had from")
        table.add_column(column, justify="left" if text else "right", no_wrap=column == "dataset")
    reasons: list[str] = []
    for task, (splits, failures) in results.items():
        missing = dict(failures)
        for dataset in (dataset for dataset in suite.datasets if dataset.card.task == task):
            name = dataset.card.name
            own = {split.split: split for split in splits if split.dataset == name}
            if name in missing:
                state = "missing" if isinstance(missing[name], DatasetMissing) else "not as expected"
                reasons.append(f"{name} ({state}): {missing[name]}")
                table.add_row(task, name, Text(state, style="bold red"))
            else:
                table.add_row(*map(Text, _fetched(dataset, own)))
        table.add_section()
    console.print(table)
    n = len(suite.datasets)
    console.print(Text(f"{n - len(reasons)} of {n} datasets are there, in {suite.cache}"), soft_wrap=True)
    for reason in reasons:
        console.print()
        console.print(Text(reason), soft_wrap=True)


def _fetched(dataset: Dataset, splits: Mapping[SplitName, Split]) -> Iterator[str]:
    sizes = {split: str(size) for split, size in dataset.spec.sizes.items()}
    yield from (dataset.card.task, dataset.card.name, next(iter(splits.values())).revision)
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
    console.print(Text(f"\nThree examples of {len(test.examples):,}, as data:"))
    for example in choose(test.examples, EXAMPLES, "card"):
        console.print()
        console.print(Text("\n".join(_example(example))), soft_wrap=True)


def _row(card: Card, splits: Sequence[Split | None]) -> Iterator[str]:
    yield from (card.task, card.name, card.role)
    has_splits = any(split is not None for split in splits)
    for split in splits:
        yield _size(split) if split is not None else "" if has_splits else "?"
    yield card.licence
    yield card.shift + (" [recall only]" if card.recall_only else "")


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
    yield f"{split.split}: {_size(split)} examples of {sources:,} sources; subset {split.subset}"
    counts = Counter(_classes(split.examples))
    total = sum(counts.values())
    if counts:
        share = ", ".join(f"{label} {n:,} ({n / total:.1%})" for label, n in counts.most_common())
        yield f"  {'classes' if isinstance(split.examples[0].gold, str) else 'entities'}: {share}"
    if split.removed:
        yield "  removed: " + ", ".join(f"{n:,} {reason}" for reason, n in sorted(split.removed.items()))
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
    cut = text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} … ({len(text):,} characters)"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)
