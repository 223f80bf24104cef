"""Hands an attack the texts to come in groups, so that a model behind it can batch over them."""

from collections.abc import Iterable, Iterator
from itertools import islice

from robtest.types import Attack, Text


def prepared(attack: Attack, texts: Iterable[Text], at_once: int) -> Iterator[Text]:
    """Yield texts in order; before the first of every ``at_once`` of them the attack prepares for these.

    Texts are taken as they are needed, so that memory does not grow with their number.

    Args:
        at_once: 1 or more; changes the time, never an edit.
    """
    source = iter(texts)
    while group := list(islice(source, at_once)):
        attack.prepare([text.value for text in group])
        yield from group
