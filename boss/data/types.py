"""The records every dataset becomes: examples, splits and the card that describes them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

Role = Literal["id", "ood"]
SplitName = Literal["train", "validation", "test"]
Field = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A gold answer of a question: its text and its character offset in the context."""

    text: str
    start: int


Gold = str | tuple[str, ...] | tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """One input with its gold label.

    Attributes:
        id: unique within its dataset, stable across machines and versions of this code.
        inputs: field name -> text, or a tuple of tokens for tagging.
        gold: a class name, one BIO tag per token, or the gold answers of a question.
        source: id of what several examples were made from (a passage, a document); the unit that is
            split, and resampled for intervals. Equal to ``id`` where nothing is shared.
    """

    id: str
    inputs: Mapping[str, Field]
    gold: Gold
    source: str

    def text(self, name: str) -> str:
        """Return an input field as text, tokens joined by single spaces."""
        value = self.inputs[name]
        return value if isinstance(value, str) else " ".join(value)

    def with_input(self, name: str, value: Field) -> "Example":
        """Return a copy with one input field replaced; id and gold stay."""
        return replace(self, inputs={**self.inputs, name: value})

    @property
    def input_sha256(self) -> str:
        """Hex digest over the inputs alone: what a model was really shown."""
        return _digest(sorted(self.inputs.items()))

    @property
    def gold_texts(self) -> str | tuple[str, ...]:
        """The gold label as `boss.tasks.encode_answer` takes it: answers without their offsets."""
        if isinstance(self.gold, str):
            return self.gold
        return tuple(item.text if isinstance(item, Answer) else item for item in self.gold)


@dataclass(frozen=True)
class Card:
    """What a reader must know of a dataset before believing a number measured on it.

    Attributes:
        shift: one line on what kind of shift it is from the ID dataset (for ID: what it is).
        labels: label names of this dataset, or entity types for tagging; empty for spans.
        label_mapping: in words, how upstream labels become these.
        recall_only: all examples have one class, so accuracy is recall of that class and must never
            be averaged with accuracies.
        access: what must be done before it can be had: a form, a token; ``open`` where nothing.
        store_text: whether the licence lets perturbed texts stand in a run directory.
        overlap: known overlap with other datasets, in words.
    """

    name: str
    suite: str
    task: str
    role: Role
    title: str
    shift: str
    source: str
    url: str
    licence: str
    labels: tuple[str, ...]
    label_mapping: str
    overlap: str = "none known"
    recall_only: bool = False
    access: str = "open"
    store_text: bool = True
    stand_in: bool = False


@dataclass(frozen=True)
class Split:
    """The examples of one split of one dataset, with what identifies them.

    Attributes:
        revision: package version and sha256, hub commit, or sha256 of a user's file.
        n_total: examples before a cap or a seeded subset was taken.
        subset: how the examples were chosen out of ``n_total``: ``all``, ``cap`` or ``seeded:SEED``.
        removed: reason -> number of examples taken out while building (duplicates, unusable labels).
        noted: what a reader should know -> number of its examples, which are all there: texts that stand
            twice, texts of another set.
    """

    card: Card
    split: SplitName
    examples: tuple[Example, ...]
    revision: str
    n_total: int
    subset: str = "all"
    removed: Mapping[str, int] = field(default_factory=dict)
    noted: Mapping[str, int] = field(default_factory=dict)

    @property
    def dataset(self) -> str:
        """Name of the dataset."""
        return self.card.name

    @cached_property
    def sha256(self) -> str:
        """Manifest hash over sorted (id, inputs, gold): one changed character changes it."""
        rows = sorted((e.id, e.input_sha256, _digest(e.gold_texts), e.source) for e in self.examples)
        return _digest(rows)


def _digest(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # surrogatepass: a lone surrogate in upstream JSON must be hashed, not crash the run.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
