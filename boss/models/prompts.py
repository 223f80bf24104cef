"""Texts around the inputs of a task, for models that were pretrained to fill a gap; what is cut of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from string import Formatter

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Example
from boss.errors import ConfigError, ModelError
from boss.models.pieces import MIN_CONTEXT, Pieces, Window
from boss.tasks import TASKS, Task

Encoded = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Ids of the pieces of a text, and their character spans."""

GAP = "gap"
SENTINEL = "<extra_id_0>"

TEMPLATES: Mapping[str, str] = {
    "sentiment": "{text} All in all, the sentiment was {gap}.",
    "toxicity": "{text} All in all, the toxicity was {gap}.",
    "nli": "Sentence (1): {premise} Sentence (2): {hypothesis} Does (1) entail (2)? {gap}",
    "qa": "Find the answer in the context. Question: {question} Context: {context} Answer: {gap}",
}
"""By task. BOSS's own say the same in other words (reference: its OpenPrompt templates)."""

LABEL_WORDS: Mapping[str, tuple[str, ...]] = {
    "sentiment": ("negative", "positive", "neutral"),
    "toxicity": ("benign", "toxic"),
    "nli": ("Yes", "Maybe", "No"),
}
"""What fills the gap, one word for each label of the task in its order; BOSS's."""


def template_of(task: Task) -> str:
    """Return the template of a task: BOSS's for its own, else one that names the fields and the task."""
    if task == TASKS.get(task.name):
        return TEMPLATES[task.name]
    if task.kind == "span":
        return TEMPLATES["qa"]
    texts = " ".join(f"{name.replace('_', ' ').capitalize()}: {{{name}}}" for name in task.fields)
    return f"{texts} All in all, the {task.name.replace('_', ' ')} was {{gap}}."


def label_words_of(task: Task) -> tuple[str, ...]:
    """Return what fills the gap for each label: BOSS's words for its own tasks, else the labels' names."""
    if task == TASKS.get(task.name):
        return LABEL_WORDS[task.name]
    return tuple(label.replace("_", " ") for label in task.labels)


@dataclass(frozen=True)
class Prompt:
    """A template with a tokenizer: inputs become windows in which template, gap and end are never cut.

    Attributes:
        template: with the names of the inputs in braces, and ``{gap}``.
        main: the input that gives way; its pieces have the windows' ``offsets``. The other input, where
            there is one, is in ``beside``.
    """

    pieces: Pieces
    template: str
    main: str

    @cached_property
    def gap(self) -> int:
        """Id of the sentinel that stands for the gap.

        Raises:
            ModelError: if the tokenizer has none.
        """
        index = self.pieces.tokenizer.get_vocab().get(SENTINEL)
        if index is None:
            raise ModelError(
                f"the tokenizer has no {SENTINEL}, which T5 fills gaps by; use a T5 checkpoint, or model=hf"
            )
        return int(index)

    def cut(self, example: Example) -> tuple[Window, bool]:
        """Return one window, and whether anything was cut.

        The main input loses its end; the other only where it alone exceeds the window.
        """
        beside, cut_beside = self._beside(example, self._room)
        main = self.pieces.placed(example.text(self.main))
        room = self._room - len(beside[0])
        return self._window((main[0][:room], main[1][:room]), beside), cut_beside or len(main[0]) > room

    def windows(self, example: Example, overlap: int) -> tuple[list[Window], bool]:
        """Return windows over the main input, each with the whole other one, and whether that was cut.

        The other input is cut only where it alone leaves less than ``MIN_CONTEXT`` pieces.

        Args:
            overlap: pieces of the main input that neighbours share.
        """
        beside, cut = self._beside(example, self._room - MIN_CONTEXT)
        ids, offsets = self.pieces.placed(example.text(self.main))
        room = self._room - len(beside[0])
        step = room - min(overlap, room // 2)
        starts = range(0, max(1, len(ids) - room + step), step)
        parts = [(ids[at : at + room], offsets[at : at + room]) for at in starts]
        return [self._window(part, beside) for part in parts], cut

    @cached_property
    def _parts(self) -> tuple[NDArray[np.int64] | str, ...]:
        """The template as fixed ids and names of inputs, in order, with the end of the text."""
        parts: list[NDArray[np.int64] | str] = []
        for literal, name, _, _ in Formatter().parse(self.template):
            if literal.strip():
                parts.append(self.pieces.ids(literal.strip()))
            if name == GAP:
                parts.append(np.array([self.gap], dtype=np.int64))
            elif name:
                parts.append(name)
        parts.append(np.array([self.pieces.tokenizer.eos_token_id], dtype=np.int64))
        return tuple(parts)

    @cached_property
    def _room(self) -> int:
        """Pieces that the template leaves to the inputs."""
        room = self.pieces.max_length - sum(len(part) for part in self._parts if not isinstance(part, str))
        if room < 2 * MIN_CONTEXT:
            raise ConfigError(
                f"max_length is {self.pieces.max_length}: the prompt {self.template!r} leaves {room} pieces "
                f"to the inputs, at least {2 * MIN_CONTEXT} are needed"
            )
        return room

    def _beside(self, example: Example, keep: int) -> tuple[Encoded, bool]:
        """Return the first ``keep`` pieces of the other input, if there is one, and whether it has more."""
        ids, offsets = self.pieces.placed("" if self._other is None else example.text(self._other))
        return (ids[:keep], offsets[:keep]), len(ids) > keep

    @cached_property
    def _other(self) -> str | None:
        return next((part for part in self._parts if isinstance(part, str) and part != self.main), None)

    def _window(self, main: Encoded, beside: Encoded) -> Window:
        inputs = {self.main: main, self._other: beside}
        parts = [(part, inputs[part][0] if isinstance(part, str) else part) for part in self._parts]

        def offsets(name: str) -> NDArray[np.int64]:
            nowhere = (np.full((len(ids), 2), -1, dtype=np.int64) for _, ids in parts)
            return np.concatenate(
                [
                    inputs[name][1] if isinstance(part, str) and part == name else spans
                    for (part, _), spans in zip(parts, nowhere, strict=True)
                ]
            )

        ids = np.concatenate([ids for _, ids in parts])
        other = None if self._other is None else offsets(self._other)
        return Window(ids, np.zeros_like(ids), offsets(self.main), other)
