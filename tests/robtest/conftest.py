"""What tests share: a tagger whose tags are known by hand, the walk of a search by itself."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from robtest.language.tagger import Tagger, Token
from robtest.search.attempt import Attempt, Frontier
from robtest.search.guided import Guided
from robtest.search.questions import Questions
from robtest.search.space import Space
from robtest.types import Search, Trajectory


@dataclass(frozen=True)
class Listed:
    """Tags words by a list of pairs; words not listed, and punctuation, are ``XX``."""

    tags: tuple[tuple[str, str], ...]
    version: str = "listed"

    def __call__(self, text: str) -> tuple[Token, ...]:
        known = dict(self.tags)
        return tuple(
            Token(*match.span(), known.get(match[0].lower(), "XX"))
            for match in re.finditer(r"\w+|[^\w\s]", text)
        )


@pytest.fixture
def tag_as() -> Callable[[Mapping[str, str]], Tagger]:
    """Return what makes a tagger of word -> Penn Treebank tag."""
    return lambda tags: Listed(tuple(tags.items()))


WalkAlone = Callable[[Guided, Space, Sequence[float]], Search]


@pytest.fixture
def walk_alone() -> WalkAlone:
    """Return the walk of a search, without the texts of rule access before it and new starts behind it."""

    def walk(search: Guided, space: Space, degrees: Sequence[float]) -> Search:
        questions = Questions(search.query_budget)
        yield from questions.ask([space.original.text])
        rule = [space.original] * len(degrees)
        frontier = Frontier(space, degrees, rule, questions.outcomes, search.better)
        yield from search.start(Attempt(space, degrees, questions, frontier, np.random.default_rng(0)))
        return (Trajectory(0, frontier.snapshots()),)

    return walk
