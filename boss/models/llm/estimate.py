"""What questions to a server will cost at most, before one of them is asked."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from boss.data.types import Example
from boss.models.llm.budget import Budget, Spent
from boss.models.llm.client import Question
from boss.models.llm.probe import PROBES
from boss.models.llm.prompt import Message
from boss.models.llm.service import Service
from boss.models.llm.store import Store


def estimate(
    messages: Callable[[Example], list[Message]],
    parameters: Mapping[str, Any],
    asked: Iterable[tuple[Example, int]],
) -> Spent:
    """Return what questions cost at most, those with which a server is tried at the start among them.

    Args:
        messages: of the question about an example.
        asked: examples, and how often something as long as each is asked.
    """
    tried = [([{"role": "user", "content": text}], 1) for text, _ in PROBES]
    total = [0, 0, 0]
    for words, times in [*tried, *((messages(example), times) for example, times in asked)]:
        most = Question("", words, parameters).most
        total = [sum_ + times * one for sum_, one in zip(total, most, strict=True)]
    return Spent(*total)


def bill(service: Service, budget: Budget, most: Spent, store: Path) -> str:
    """Return in words what is spent at most, and whether the budget holds it.

    Args:
        store: the file of what was spent before; it is only read.
    """
    spent = Spent()
    if store.exists():
        kept = Store(store)
        spent = kept.spent(service.account)
        kept.close()
    short = budget.short(spent, most)
    enough = (
        f"it may end before the run does, which then goes on under a higher one: {' '.join(short)} is enough"
        if short
        else "it is enough"
    )
    return (
        f"{service.model} at {service.base_url}: at most {budget.spent_in_words(most)}, as no token is "
        "shorter than a byte; what was answered before, and requests that fail, are not counted; "
        f"{budget.in_words(spent)}: {enough}"
    )
