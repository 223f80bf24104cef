"""Searches: how edits are chosen under each access, written as generators that ask and are told."""

from collections.abc import Mapping
from dataclasses import fields
from typing import TypeVar

from robtest.search.decision import Decision
from robtest.search.gradient import Gradient
from robtest.search.questions import Searching, Strategy
from robtest.search.rule import Rule, rule, trajectories
from robtest.search.score import Score
from robtest.types import Access, Attack

__all__ = [
    "Decision",
    "Gradient",
    "Rule",
    "Score",
    "Searching",
    "Strategy",
    "access_of",
    "get_search",
    "rule",
    "search_for",
    "trajectories",
]

A = TypeVar("A", bound=str)

SEARCHES: Mapping[str, type[Rule] | type[Decision] | type[Score]] = {
    "rule": Rule,
    "decision": Decision,
    "score": Score,
    "gradient": Gradient,
}
"""Name of an access -> the search under it."""


def get_search(access: str, options: Mapping[str, object] | None = None) -> Strategy:
    """Return the search under an access, with the options that are its fields.

    Raises:
        ValueError: naming the known accesses or options, or for an option out of range.
    """
    if access not in SEARCHES:
        raise ValueError(f"unknown access {access!r}; known: {', '.join(SEARCHES)}")
    kind = SEARCHES[access]
    given = dict(options or {})
    known = [option.name for option in fields(kind)]
    unknown = [name for name in given if name not in known]
    if unknown:
        raise ValueError(
            f"{access} access has no option {unknown[0]!r}; its options: {', '.join(known) or 'none'}"
        )
    return kind(**given)  # type: ignore[arg-type]  # each checks the values of its own options


def access_of(attack: Attack, access: A) -> A | Access:
    """Return the access of the search an attack brings along, else the one asked for."""
    return attack.access if isinstance(attack, Searching) else access


def search_for(attack: Attack, access: str, options: Mapping[str, object] | None = None) -> Strategy:
    """Return the search an attack brings along, which has no options but the budget, else `get_search`.

    Raises:
        ValueError: as `get_search`.
    """
    if not isinstance(attack, Searching):
        return get_search(access, options)
    budget = dict(options or {}).get("query_budget")
    return attack.search(budget)  # type: ignore[arg-type]  # it checks the number
