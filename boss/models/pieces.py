"""Texts to sub-word windows: what is cut, what never is, and where each piece stands in its text."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boss.errors import ConfigError, ModelError
from boss.models.text import encodable

MIN_CONTEXT = 16
"""Pieces of context or premise that must fit beside a question or hypothesis."""
OFFSET_POSITIONS = frozenset({"roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "mpnet", "longformer"})
"""Model types whose positions start after the padding id, so that fewer than the table's rows are usable."""


_VOCABULARIES = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "spiece.model",
    "spm.model",
    "sentencepiece.bpe.model",
)


@dataclass(frozen=True, slots=True)
class Window:
    """One input of the encoder.

    Attributes:
        ids, types: token and segment ids, shape ``(n,)``.
        offsets: shape ``(n, 2)``: half-open character span in the text that was windowed; -1 for
            special tokens and for the other text of a pair.
        beside: the same in the other text of a pair; None where there is one text.
    """

    ids: NDArray[np.int64]
    types: NDArray[np.int64]
    offsets: NDArray[np.int64]
    beside: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        """Return the number of pieces, special tokens included."""
        return len(self.ids)


class Pieces:
    """A fast tokenizer that never reads special tokens out of a text and never cuts silently.

    ``[SEP]`` typed by an adversary is five characters to it, and lone surrogates become U+FFFD (the
    same number of characters, so offsets hold).

    Attributes:
        types: the model takes segment ids.
    """

    def __init__(
        self, folder: Path, max_length: int, model_type: str = "", positions: int | None = None
    ) -> None:
        """Load the tokenizer of a local folder.

        Args:
            max_length: pieces of one window, special tokens included; lowered to what the model has.
            positions: rows of the model's position table, None where it has none.

        Raises:
            ModelError: if there is no fast tokenizer, which alone knows character offsets.
        """
        self.tokenizer = _load(folder)
        self.backend = self.tokenizer.backend_tokenizer
        self.backend.no_truncation()
        self.backend.no_padding()
        self.backend.encode_special_tokens = True
        self._keep_from_special()
        if self.tokenizer.pad_token_id is None:  # decoder-only models; padding is masked out anyway
            self.tokenizer.pad_token = self.tokenizer.eos_token
        self.pad_id = int(self.tokenizer.pad_token_id or 0)
        self.types = "token_type_ids" in self.tokenizer.model_input_names
        self.max_length = min(max_length, self._usable(model_type, positions))
        if self.max_length < MIN_CONTEXT + 2 * self.specials(pair=True):
            raise ConfigError(f"max_length is {self.max_length}: too short to hold a pair of texts")

    def specials(self, *, pair: bool) -> int:
        """Return how many special tokens stand around one text or a pair."""
        return int(self.backend.num_special_tokens_to_add(pair))

    def single(self, text: str, overlap: int = 0) -> list[Window]:
        """Return windows over a text, neighbours sharing ``overlap`` pieces; never none."""
        pieces = self._encode(text)
        pieces.truncate(self.max_length - self.specials(pair=False), stride=overlap)
        return [_window(self.backend.post_process(part), 0, part) for part in _all(pieces)]

    def question(self, question: str, context: str, overlap: int) -> tuple[list[Window], bool]:
        """Return windows over the context, each after the whole question, and whether the question was cut.

        A question is cut only where it alone leaves less than ``MIN_CONTEXT`` pieces to the context.
        """
        room = self.max_length - self.specials(pair=True)
        query, cut = self._head(question, room - MIN_CONTEXT)
        passage = self._encode(context)
        left = room - len(query)
        passage.truncate(left, stride=min(overlap, left // 2))
        return [
            _window(self.backend.post_process(query, part), 1, part, query) for part in _all(passage)
        ], cut

    def pair(self, first: str, second: str) -> tuple[Window, bool]:
        """Return one window over a pair, and whether anything was cut.

        The first text (a premise) gives way; the second (a hypothesis) is cut only where it alone
        exceeds the window. Source: BOSS cuts the tail in training and the head in evaluation, so that
        the hypothesis is lost in one of them; here one rule serves both.
        """
        room = self.max_length - self.specials(pair=True)
        tail, cut_tail = self._head(second, room)
        head, cut_head = self._head(first, room - len(tail))
        return _window(self.backend.post_process(head, tail), 0, head, tail), cut_head or cut_tail

    def ids(self, text: str) -> NDArray[np.int64]:
        """Return the token ids of a text by itself, without special tokens."""
        return self.placed(text)[0]

    def placed(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the same, and half-open character spans of shape ``(n, 2)``."""
        encoding = self._encode(text)
        return np.array(encoding.ids, np.int64), np.array(encoding.offsets, np.int64).reshape(-1, 2)

    def _head(self, text: str, keep: int) -> tuple[Any, bool]:
        """Return the first ``keep`` pieces of a text, and whether there were more."""
        pieces = self._encode(text)
        if len(pieces) <= keep:
            return pieces, False
        # Encoded anew from the shortened text: what `truncate` takes off stays on the encoding as
        # overflow, and of two such texts every part would be paired with every other.
        pieces = self._encode(text[: pieces.offsets[keep - 1][1]] if keep else "")
        pieces.truncate(keep)
        return pieces, True

    def _encode(self, text: str) -> Any:
        return self.backend.encode(encodable(text), add_special_tokens=False)

    def _keep_from_special(self) -> None:
        """Keep a unigram model from reading special tokens out of a text.

        It has them among its pieces, with the best score, and no setting keeps it from them: so what
        looks like one is split behind its first character before the model sees it.
        """
        from tokenizers import Regex, pre_tokenizers

        if type(self.backend.model).__name__ != "Unigram":
            return
        looks = "|".join(
            f"{re.escape(token[0])}(?={re.escape(token[1:])})"
            for token in self.tokenizer.all_special_tokens
            if len(token) > 1
        )
        steps = [pre_tokenizers.Split(Regex(looks), "merged_with_previous"), self.backend.pre_tokenizer]
        self.backend.pre_tokenizer = pre_tokenizers.Sequence([step for step in steps if step is not None])

    def _usable(self, model_type: str, positions: int | None) -> int:
        limits = [int(min(self.tokenizer.model_max_length, 10**9))]
        if positions is not None and positions > 0:
            limits.append(positions - (self.pad_id + 1 if model_type in OFFSET_POSITIONS else 0))
        return min(limits)


def _load(folder: Path) -> Any:
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), use_fast=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError, ImportError) as error:
        if not any((folder / name).is_file() for name in _VOCABULARIES):
            raise ModelError(
                f"{folder} holds no tokenizer ({', '.join(_VOCABULARIES)}); put that of the model it was "
                "trained from beside the weights: "
                f"AutoTokenizer.from_pretrained(NAME).save_pretrained({str(folder)!r})"
            ) from error
        reason = " ".join(str(error).split())
        raise ModelError(f"no tokenizer can be loaded from {folder}: {reason}") from error
    if not tokenizer.is_fast:
        raise ModelError(
            f"the tokenizer in {folder} ({type(tokenizer).__name__}) is not a fast one, and only those know "
            "where a piece stands in its text; save a tokenizer.json beside it (save_pretrained of the "
            "Fast class)"
        )
    return tokenizer


def _all(encoding: Any) -> list[Any]:
    return [encoding, *encoding.overflowing]


def _window(encoding: Any, main: int, part: Any, other: Any = None) -> Window:
    """Return a window from the encoding with special tokens and the parts of the texts inside it.

    Offsets come from the part: byte-level post-processors trim a leading space off them once more each
    time they are applied, and a word would lose its first character. Of two texts, pieces are counted,
    as template post-processors (BERT's, DeBERTa's) forget which are the first one's.
    """
    inside = np.flatnonzero(np.array(encoding.special_tokens_mask) == 0)
    n_first = len(part) if main == 0 else len(other)

    def offsets(number: int, text: Any) -> NDArray[np.int64]:
        spans = np.full((len(encoding), 2), -1, dtype=np.int64)
        places = inside[n_first:] if number else inside[:n_first]
        spans[places] = np.array(text.offsets, dtype=np.int64).reshape(-1, 2)
        return spans

    return Window(
        np.array(encoding.ids, dtype=np.int64),
        np.array(encoding.type_ids, dtype=np.int64),
        offsets(main, part),
        None if other is None else offsets(1 - main, other),
    )
