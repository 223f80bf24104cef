"""Where a text names somebody or something: no word of a name may be replaced by a word of its meaning."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from robtest.language.tagger import encodable, pipeline, pipeline_version
from robtest.text import Span

LABELS = frozenset(
    "PERSON NORP FAC ORG GPE LOC PRODUCT EVENT WORK_OF_ART LAW LANGUAGE".split(),
)
"""Kinds of OntoNotes that are names; its dates, numbers and quantities are not."""

_TEXTS = 1024


class Namer(Protocol):
    """Finds names; the same text always gets the same spans.

    Attributes:
        version: changes whenever the spans may.
    """

    @property
    def version(self) -> str:
        """Name and version of the model and of the library that runs it."""
        ...

    def __call__(self, text: str) -> tuple[Span, ...]:
        """Return the spans of the names, by position."""
        ...


@dataclass(frozen=True)
class SpacyNamer:
    """The entity recogniser of the model that `robtest.language.tagger.SpacyTagger` tags with.

    Its card says F1 0.84 on OntoNotes.

    Attributes:
        model: another spaCy model with the entity labels of OntoNotes, as for the tagger.
    """

    model: str | None = None

    @property
    def version(self) -> str:
        """The model's name and spaCy's version."""
        return pipeline_version(self.model)

    def __call__(self, text: str) -> tuple[Span, ...]:
        """Return the spans of the names of a text.

        Raises:
            AssetError: if the model is not there; the text says how to get it.
        """
        return _names(self.model, text)


ENGLISH = SpacyNamer()
"""The default of every attack that leaves names alone."""


@lru_cache(maxsize=_TEXTS)
def _names(model: str | None, text: str) -> tuple[Span, ...]:
    loaded = pipeline(model)
    # One text at a time, and its new words forgotten: see `robtest.language.tagger`.
    with loaded.memory_zone():
        doc = loaded(encodable(text), disable=["tagger", "parser"])
        return tuple((e.start_char, e.end_char) for e in doc.ents if e.label_ in LABELS)
