"""What tests of word-level attacks share: a tagger whose tags are known by hand."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from robtest.language.tagger import Tagger, Token


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
