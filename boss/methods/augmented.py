"""Training data with copies: what the methods that change the data have in common."""

from collections.abc import Iterable
from dataclasses import replace

from boss.data.types import Example, Split


def with_copies(train: Split, copies: Iterable[Example], how: str) -> Split:
    """Return a split of all its examples and then the copies that differ from their original.

    Args:
        copies: of its examples, with their ids.
        how: what made them, for the ids and for ``Split.subset``.
    """
    original = {example.id: example for example in train.examples}
    kept = [copy for copy in copies if copy.inputs != original[copy.id].inputs]
    named = [replace(copy, id=f"{copy.id}+{how}{i}") for i, copy in enumerate(kept)]
    return replace(train, examples=(*train.examples, *named), subset=f"{train.subset}+{how}")
