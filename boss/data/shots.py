"""Few examples to learn from: so many of each class, drawn by a seed."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from boss.data.build import choose
from boss.data.types import Example, Split
from boss.tasks import Task


def shots(task: Task, split: Split, n: int | None, seed: int) -> Split:
    """Return a seeded subset with ``n`` examples of each class, or the split itself where ``n`` is None.

    Of questions and of choices, whose classes are mere places, ``n`` in all. Of sentences those that, in
    a drawn order, hold a type of entity that has been seen fewer than ``n`` times so far; a type may so
    be seen more often, where it comes along with a rarer one. A class of fewer examples gives all of
    them. The subset of 4 is part of the subset of 16 for classes and questions. Source: the shots of BOSS
    (Yuan et al. 2023); it counts B and I tags apart and keeps each below 2 n.
    """
    if n is None:
        return split
    drawn = choose(split.examples, len(split.examples), f"shots:{seed}")
    kept = tuple(drawn[:n] if _without_classes(task) else _first_per_class(drawn, n))
    return replace(split, examples=kept, subset=f"{n}-shot:{seed}")


def largest_class(task: Task, split: Split) -> int:
    """Return the examples of the most common class: the least n that leaves none of them out.

    Of sentences those that hold the most common type of entity, of questions and choices all.
    """
    if _without_classes(task):
        return len(split.examples)
    counts = Counter(name for example in split.examples for name in set(_classes(example)))
    return max(counts.values(), default=0)


def _without_classes(task: Task) -> bool:
    return task.kind == "span" or task.is_choice


def _first_per_class(drawn: Iterable[Example], n: int) -> Iterator[Example]:
    seen: Counter[str] = Counter()
    for example in drawn:
        classes = _classes(example)
        if any(seen[name] < n for name in classes):
            seen.update(classes)
            yield example


def _classes(example: Example) -> list[str]:
    """Return the class, or the type of each entity."""
    if isinstance(example.gold, str):
        return [example.gold]
    return [tag[2:] for tag in example.gold if isinstance(tag, str) and tag.startswith("B-")]
