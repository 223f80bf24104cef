"""EDA: easy data augmentation by four operations on words (Wei & Zou 2019)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from boss.data.types import Example, Split
from boss.methods.augmented import with_copies
from boss.models.method import Method
from boss.models.options import require
from boss.models.seeding import stream
from boss.tasks import Kind, Task

Words = list[str]
Draw = np.random.Generator
Synonyms = Callable[[str], tuple[str, ...]]
PUNCTUATION = ".,;:!?\"'()[]"


@dataclass(frozen=True, kw_only=True)
class Eda(Method):
    """Each example is joined by copies, each made by one of four operations drawn for it.

    Synonym replacement, random insertion of a synonym, random swap, each on ``alpha`` of the words and
    at least one; random deletion of each word with probability ``alpha``. Source: Wei & Zou 2019
    (arXiv:1901.11196), section 2; synonyms from WordNet 3.0, of the word as it stands. Of a pair the
    hypothesis is changed, as in BOSS; of a question with its passage the question. Deviations: case and
    punctuation stay (the published code keeps lower-case letters only, which is a shift of its own), and
    so does the original; one copy by default, as in BOSS, where the paper has up to 16 for small data.
    Not for tags: words that come and go have none.

    Attributes:
        alpha: share of the words, in (0, 1]; 0.1 in the paper and in BOSS.
        n_copies: copies per example.
    """

    name: ClassVar[str] = "eda"
    kinds: ClassVar[tuple[Kind, ...]] = ("classification", "span")
    libraries: ClassVar[tuple[str, ...]] = ("nltk",)
    sources: ClassVar[tuple[str, ...]] = ("robtest/language",)

    alpha: float = 0.1
    n_copies: int = 1

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        require("alpha", self.alpha, low=1e-6, high=1, group="method")
        require("n_copies", self.n_copies, low=1, high=100, group="method")

    def augment(self, task: Task, train: Split, seed: int) -> Split:
        """Return the examples and their copies."""
        field = task.attacked[0]
        copies = (
            self._copy(example, field, stream(seed, "eda", example.id, i))
            for example in train.examples
            for i in range(self.n_copies)
        )
        return with_copies(train, copies, self.name)

    def _copy(self, example: Example, field: str, draw: Draw) -> Example:
        words = example.text(field).split()
        if not words:
            return example
        n = max(1, int(self.alpha * len(words)))
        operations: tuple[Callable[[Words, Draw], Words], ...] = (
            partial(replaced, n=n, synonyms=synonyms_of),
            partial(inserted, n=n, synonyms=synonyms_of),
            partial(swapped, n=n),
            partial(deleted, share=self.alpha),
        )
        return example.with_input(field, " ".join(operations[draw.integers(4)](words, draw)))


def replaced(words: Words, draw: Draw, *, n: int, synonyms: Synonyms) -> Words:
    """Replace up to ``n`` words that have synonyms by one of them each."""
    out = list(words)
    candidates = [i for i, word in enumerate(words) if synonyms(_bare(word))]
    for i in draw.permutation(candidates)[:n].tolist():
        choices = synonyms(_bare(words[i]))
        out[i] = words[i].replace(_bare(words[i]), choices[draw.integers(len(choices))])
    return out


def inserted(words: Words, draw: Draw, *, n: int, synonyms: Synonyms) -> Words:
    """Insert, ``n`` times, a synonym of some word at some place."""
    out = list(words)
    candidates = [word for word in words if synonyms(_bare(word))]
    for _ in range(n if candidates else 0):
        choices = synonyms(_bare(candidates[draw.integers(len(candidates))]))
        out.insert(int(draw.integers(len(out) + 1)), choices[draw.integers(len(choices))])
    return out


def swapped(words: Words, draw: Draw, *, n: int) -> Words:
    """Swap two words, ``n`` times."""
    out = list(words)
    for _ in range(n if len(words) > 1 else 0):
        i, j = draw.choice(len(out), size=2, replace=False).tolist()
        out[i], out[j] = out[j], out[i]
    return out


def deleted(words: Words, draw: Draw, *, share: float) -> Words:
    """Delete each word with probability ``share``; one stays."""
    kept = [word for word, number in zip(words, draw.random(len(words)), strict=True) if number >= share]
    return kept or [words[draw.integers(len(words))]]


def synonyms_of(word: str) -> tuple[str, ...]:
    """Return WordNet's synonyms of a word, whatever its part of speech; none of a function word."""
    from robtest.language.forms import FUNCTION_LEMMAS, Pos
    from robtest.language.wordnet import synonyms

    parts: tuple[Pos, ...] = ("n", "v", "a", "r")
    if not word.isalpha() or word.lower() in FUNCTION_LEMMAS:
        return ()
    return tuple(dict.fromkeys(name for pos in parts for name in synonyms(word.lower(), pos)))


def _bare(word: str) -> str:
    return word.strip(PUNCTUATION)
