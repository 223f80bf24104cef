"""What attacks share that replace single words: decisions by sentence, an encoder, senses."""

import json
from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property

from robtest.assets import default_cache
from robtest.language.decisions import Decisions
from robtest.language.sense import Senses
from robtest.minilm import embedded
from robtest.settings import settings_of
from robtest.similarity import Encoder
from robtest.types import Attack, Edit


class Replacement(Attack):
    """Decides about the words of each sentence once, whatever text, variant or run it stands in."""

    def prepare(self, texts: Sequence[str]) -> None:
        """Decide about all sentences of the texts in batches."""
        self._decisions.prepare(texts)

    def edits(self, text: str, start: int, end: int) -> list[Edit]:
        """Return what may replace the word that begins in ``text[start:end]``, the best first."""
        return self._decisions.edits(text, start, end)

    @abstractmethod
    def decide(self, sentences: Sequence[str]) -> list[tuple[Edit, ...]]:
        """Return the edits of each sentence, in positions of the sentence."""

    @cached_property
    def _decisions(self) -> Decisions:
        # Every option is in the key, read off the object: none can be forgotten.
        key = json.dumps([self.name, self.version, settings_of(self)])
        return Decisions(key, self.decide, default_cache())

    @cached_property
    def encoder(self) -> Encoder:
        """What tells how near a copy is to its sentence."""
        return embedded()

    @cached_property
    def senses(self) -> Senses:
        """What tells in which sense a word stands in its sentence."""
        return Senses(self.encoder)
