"""The orders in which a prompt lists labels, or numbers functions."""

from collections.abc import Sequence
from typing import Literal, TypeVar, get_args

T = TypeVar("T")
LabelOrder = Literal["given", "reversed", "rotated"]
LABEL_ORDERS: tuple[LabelOrder, ...] = get_args(LabelOrder)
"""As the task or the example has them, the last first, or the first last."""


def in_order(items: Sequence[T], order: LabelOrder) -> tuple[T, ...]:
    """Return items in an order.

    >>> in_order(["negative", "positive", "neutral"], "rotated")
    ('positive', 'neutral', 'negative')
    """
    given = tuple(items)
    return {"given": given, "reversed": given[::-1], "rotated": (*given[1:], *given[:1])}[order]
