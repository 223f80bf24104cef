"""An example as the tokens of a prompt, cut where it is too long, and where its texts stand among them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Example
from boss.errors import ModelError
from boss.models.llm.chat import Chat, Ids
from boss.models.llm.functions import empty
from boss.models.llm.prompt import Prompt


@dataclass(frozen=True)
class Reading:
    """Makes an example the tokens of a prompt, its longest text cut where it is too long.

    Attributes:
        most: tokens there may be, those of the answer included.
    """

    chat: Chat
    prompt: Prompt
    most: int

    def ids(self, example: Example, n_answer: int) -> tuple[Ids, bool]:
        """Return the tokens, and whether a text was cut.

        Raises:
            ModelError: if not even the words around the texts fit.
        """
        _, ids, cut = self._fitting(example, n_answer)
        return ids, cut

    def placed(self, example: Example, n_answer: int, field: str) -> tuple[Ids, NDArray[np.int64]]:
        """Return the tokens, and of each the characters of an input field, ``(-1, -1)`` where it has none.

        Raises:
            ModelError: if the field does not stand in the prompt as one text, or the tokenizer cannot say.
        """
        task = self.prompt.task
        if task.is_choice and field != task.fields[0]:
            raise ModelError(
                f"access=gradient edits the {task.fields[0]} of task {task.name}: its {field} stand in lines "
                "between others; take access=score"
            )
        texts, _, _ = self._fitting(example, n_answer)
        ids, whole, spans = self.chat.placed(self.prompt.about(texts))
        block, tag = self.prompt.material(texts, field)
        start = whole.rindex(block) + len(tag)
        end = start + len(texts[field])
        own = [
            (max(a, start) - start, min(b, end) - start) if max(a, start) < min(b, end) else (-1, -1)
            for a, b in spans
        ]
        return ids, np.array(own, dtype=np.int64).reshape(-1, 2)

    def _fitting(self, example: Example, n_answer: int) -> tuple[dict[str, str], Ids, bool]:
        texts = {name: example.text(name) for name in self.prompt.task.fields}
        ids, room, cut = self._of(texts), self.most - n_answer, False
        while len(ids) > room:
            longest = max(texts, key=lambda name: len(texts[name]))
            text = texts[longest]
            if not text:
                raise ModelError(
                    f"a prompt of {len(ids):,} tokens without its texts, and {room:,} are read; show fewer "
                    "demonstrations, or shorter ones: model.demonstration_words"
                )
            keep = max(0, int(len(text) * (1 - (len(ids) - room) / len(ids))) - 8)
            texts, cut = {**texts, longest: text[:keep]}, True
            ids = self._of(texts)
        return texts, ids, cut

    @cached_property
    def beginning(self) -> Ids:
        """The tokens that prompts begin with whatever the texts."""
        one, other = (self._of(dict.fromkeys(self.prompt.task.fields, text)) for text in ("A b", "9?"))
        n = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
        return one[:n]

    def empty(self, n: int) -> Ids:
        """Return the tokens of a prompt with empty texts, of a choice with ``n`` functions."""
        task = self.prompt.task
        return self._of(empty(task, n) if task.is_choice else dict.fromkeys(task.fields, ""))

    def _of(self, texts: Mapping[str, str]) -> Ids:
        return self.chat.ids(self.prompt.about(texts))
