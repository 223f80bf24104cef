"""Dependency parses: sentences of words, each hanging from another."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from robtest.language.tagger import encodable, pipeline, pipeline_version

if TYPE_CHECKING:
    from spacy.tokens import Span as SpacySpan

PIECE = 2_000
"""Characters parsed at a time at most, so that a long text takes little memory."""

_TEXTS = 64  # texts whose parses are kept
_BORDER = re.compile(r"[.!?][\"'”’)\]]*\s+(?=[\"'“‘(]?[A-Z0-9])|\n+")
_SPACE = re.compile(r"\s+")


class Word(NamedTuple):
    """A token at ``[start, end)`` of the whole text.

    ``tag`` is of the Penn Treebank, ``dep`` of ClearNLP's dependency labels (``nsubj``, ``dobj``, …),
    ``head`` the place in the sentence of the word it hangs from, its own for the root.
    """

    start: int
    end: int
    tag: str
    dep: str
    head: int


@dataclass(frozen=True)
class Sentence:
    """The words of one sentence, by position; none contains white space.

    Attributes:
        text: the whole text the sentence stands in.
    """

    text: str
    words: tuple[Word, ...]

    def __getitem__(self, place: int) -> Word:
        """Return the word at a place of the sentence."""
        return self.words[place]

    def __len__(self) -> int:
        """Return the number of words."""
        return len(self.words)

    @property
    def span(self) -> tuple[int, int]:
        """Where the sentence stands in the text, without white space around it."""
        return self.words[0].start, self.words[-1].end

    @cached_property
    def lower(self) -> tuple[str, ...]:
        """The words in lower case, with a straight apostrophe."""
        return tuple(self.text[w.start : w.end].lower().replace("’", "'") for w in self.words)

    @cached_property
    def root(self) -> int:
        """The place of the word that hangs from none; the first of them in a parse gone wrong."""
        return next(i for i, word in enumerate(self.words) if word.head == i)

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """The places of the words that hang from each word."""
        children: list[list[int]] = [[] for _ in self.words]
        for i, word in enumerate(self.words):
            if word.head != i:
                children[word.head].append(i)
        return tuple(map(tuple, children))

    def child(self, place: int, *deps: str) -> int | None:
        """Return the first child with one of the labels; None if there is none."""
        return next((i for i in self.children[place] if self.words[i].dep in deps), None)

    def subtree(self, place: int) -> list[int]:
        """Return a word and all that hangs below it, by place."""
        places, pending = [], [place]
        while pending:
            places.append(pending.pop())
            pending.extend(self.children[places[-1]])
        return sorted(places)

    def phrase(self, place: int) -> tuple[int, int] | None:
        """Return the first and last place of a subtree; None if it has gaps."""
        below = self.subtree(place)
        return (below[0], below[-1]) if below[-1] - below[0] + 1 == len(below) else None

    def slice(self, first: int, last: int) -> str:
        """Return the text from one word to another, both included."""
        return self.text[self.words[first].start : self.words[last].end]


class Parser(Protocol):
    """Splits a text into parsed sentences; the same text always gets the same ones.

    Attributes:
        version: changes whenever a parse may; part of an attack's version.
    """

    @property
    def version(self) -> str:
        """Name and version of the model and of the library that runs it."""
        ...

    def __call__(self, text: str) -> Sequence[Sentence]:
        """Return the sentences by position; none is empty."""
        ...


@dataclass(frozen=True)
class SpacyParser:
    """The parser of the model that `robtest.language.tagger.SpacyTagger` tags with.

    About 2 ms for a sentence. A text of more than `PIECE` characters is parsed in pieces, cut behind a
    sentence where one ends, else at white space.

    Attributes:
        model: another spaCy model with a parser of ClearNLP labels, as for the tagger.
    """

    model: str | None = None

    @property
    def version(self) -> str:
        """The model's name and spaCy's version."""
        return pipeline_version(self.model)

    def __call__(self, text: str) -> tuple[Sentence, ...]:
        """Return the sentences of a text.

        Raises:
            AssetError: if the model is not there; the text says how to get it.
        """
        return _sentences(self.model, text)


ENGLISH = SpacyParser()
"""The default of every attack that needs parses."""


@lru_cache(maxsize=_TEXTS)
def _sentences(model: str | None, text: str) -> tuple[Sentence, ...]:
    return tuple(_parsed(model, text))


def _parsed(model: str | None, text: str) -> Iterator[Sentence]:
    loaded = pipeline(model)
    for start, end in pieces(text):
        # One piece at a time, and its new words forgotten: see `robtest.language.tagger`.
        with loaded.memory_zone():
            for sentence in loaded(encodable(text[start:end]), disable=["ner"]).sents:
                words = _words(sentence, start)
                if words:
                    yield Sentence(text, words)


def _words(sentence: "SpacySpan", offset: int) -> tuple[Word, ...]:
    """Return the words of a sentence without those of white space."""
    kept = [token for token in sentence if not token.is_space]
    place = {token.i: i for i, token in enumerate(kept)}
    words = []
    for i, token in enumerate(kept):
        head = token.head
        while head.is_space and head.head.i != head.i:
            head = head.head
        start = offset + token.idx
        words.append(Word(start, start + len(token), token.tag_, token.dep_, place.get(head.i, i)))
    return tuple(words)


def pieces(text: str) -> Iterator[tuple[int, int]]:
    """Return where a text is cut for the parser; the pieces joined are the text.

    >>> list(pieces("a b")), list(pieces(""))
    ([(0, 3)], [])
    """
    start = 0
    while start < len(text):
        end = min(start + PIECE, len(text))
        if end < len(text):
            cuts = [match.end() for match in _BORDER.finditer(text, start, end)]
            cuts = cuts or [match.end() for match in _SPACE.finditer(text, start, end)]
            end = cuts[-1] if cuts else end
        yield start, end
        start = end
