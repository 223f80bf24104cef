"""Messages as tokens: by the chat template a model was trained on, or as a text to go on with."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from boss.errors import ModelError
from boss.models.llm.prompt import Message

Ids = tuple[int, ...]
FIXED = {"date_string": "01 Jan 2025"}
"""What templates fill in from the clock, held still."""
_MARK = "MESSAGE{}OF{}HERE"


@dataclass(frozen=True)
class Chat:
    """How messages become tokens.

    What a message says is data: where it holds a special token of the model, such as the end of a turn, its
    letters are read and not the token.

    Attributes:
        tokenizer: of transformers.
        template: use the model's chat template; else messages stand one after the other as a text.
        options: what the template takes besides, such as ``enable_thinking``.
    """

    tokenizer: Any
    template: bool
    options: Mapping[str, Any]

    def ids(self, messages: Sequence[Message]) -> Ids:
        """Return the tokens up to where the answer begins."""
        return tuple(token for part in self._parts(messages) for token in self._encode(*part))

    def placed(self, messages: Sequence[Message]) -> tuple[Ids, str, list[tuple[int, int]]]:
        """Return the same tokens, the text that they are of, and which of its characters each stands for.

        Raises:
            ModelError: if the tokenizer cannot say.
        """
        if not self.tokenizer.is_fast:
            raise ModelError("the model's tokenizer does not say which characters its tokens stand for")
        ids: list[int] = []
        text, spans = "", []
        for part, plain in self._parts(messages):
            read = self._read(part, plain, return_offsets_mapping=True)
            own, found = self._begun(read["input_ids"], plain), read["offset_mapping"]
            ids += own
            spans += [(len(text), len(text))] * (len(own) - len(found))  # a token that begins the text
            spans += [(len(text) + start, len(text) + end) for start, end in found]
            text += part
        return tuple(ids), text, spans

    def _parts(self, messages: Sequence[Message]) -> list[tuple[str, bool]]:
        """Return the text in parts, and whether each is to be read letter by letter."""
        said = [message["content"] for message in messages]
        if not any(mark in text for text in said for mark in self._special):
            return [(self._rendered(messages), False)]
        marks = [_MARK.format(place, len(said)) for place in range(len(said))]
        marked = [{**message, "content": mark} for message, mark in zip(messages, marks, strict=True)]
        parts = re.split(f"({'|'.join(marks)})", self._rendered(marked))
        return [(said[marks.index(part)], True) if part in marks else (part, False) for part in parts]

    def plain(self, text: str) -> Ids:
        """Return the tokens of a text by itself."""
        return tuple(self._encode(text, True))

    def option(self, text: str) -> Ids:
        """Return the tokens of an answer as it would go on from the prompt."""
        return tuple(self._encode(text if self.template else f" {text}", True))

    @cached_property
    def keeps_system(self) -> bool:
        """Whether the template has a place for a system message; else it is put before the first question."""
        try:
            self._filled([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Yes?"}])
        except Exception:  # what a template raises by itself, or jinja of it
            return False
        return True

    @cached_property
    def _special(self) -> tuple[str, ...]:
        added = self.tokenizer.added_tokens_decoder.values()
        return tuple({*self.tokenizer.all_special_tokens, *(str(token) for token in added)} - {""})

    def _rendered(self, messages: Sequence[Message]) -> str:
        if not self.template:
            return _as_text(messages)
        if messages[0]["role"] == "system" and not self.keeps_system:
            system, first, *rest = messages
            joined = f"{system['content']}\n\n{first['content']}"
            messages = [{**first, "content": joined}, *rest]
        return self._filled(messages)

    def _filled(self, messages: Sequence[Message]) -> str:
        options = {**FIXED, **self.options, "tokenize": False, "add_generation_prompt": True}
        return str(self.tokenizer.apply_chat_template(list(messages), **options))

    def _encode(self, text: str, plain: bool) -> list[int]:
        return self._begun(self._read(text, plain)["input_ids"], plain)

    def _read(self, text: str, plain: bool, **more: bool) -> Any:
        return self.tokenizer(
            text, add_special_tokens=False, split_special_tokens=plain, verbose=False, **more
        )

    def _begun(self, ids: list[int], plain: bool) -> list[int]:
        # A template writes the special tokens it wants; a text to go on with begins as the tokenizer begins.
        begins = not self.template and not plain
        bos = self.tokenizer.bos_token_id
        adds = begins and bos is not None and getattr(self.tokenizer, "add_bos_token", False)
        return [bos, *ids] if adds and ids[:1] != [bos] else list(ids)


def chat_of(tokenizer: Any, wanted: bool | None, options: Mapping[str, Any]) -> Chat:
    """Return how a tokenizer's model is asked.

    Args:
        wanted: whether by its chat template; None where it has one.

    Raises:
        ModelError: if a template is wanted and there is none, or it cannot be filled in.
    """
    has = bool(getattr(tokenizer, "chat_template", None))
    if wanted and not has:
        raise ModelError("model.chat=true, and the model has no chat template; model.chat=false goes without")
    chat = Chat(tokenizer, has if wanted is None else wanted, dict(options))
    if chat.template:
        try:
            chat.ids([{"role": "user", "content": "Yes?"}])
        except Exception as error:  # jinja's, or what the template raises
            raise ModelError(
                f"the model's chat template cannot be filled in: {error}; model.chat=false goes without it"
            ) from error
    return chat


def _as_text(messages: Sequence[Message]) -> str:
    """Return messages as a text: questions and answers, with the last answer left open."""
    parts = []
    for message in messages:
        said = message["content"]
        parts.append(
            {"system": f"{said}\n\n", "user": f"{said}\nAnswer:"}.get(message["role"], f" {said}\n\n")
        )
    return "".join(parts)
