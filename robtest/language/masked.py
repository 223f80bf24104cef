"""Words likely in a place, by any masked language model of Hugging Face."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from robtest.errors import AssetError
from robtest.language.forms import is_word
from robtest.language.pretrained import load, version_of
from robtest.language.rank import best

if TYPE_CHECKING:
    import torch

N_BEST = 100
"""Words given for a place (RobTest takes ten, whatever they are)."""

WINDOW = 128
"""Pieces a model sees of a text at most, the special ones included, the mask in their middle."""

_BATCH_PIECES = 4096
_PLACES = 1 << 14  # places whose words are kept

_WHAT = "the masked language model"
_SPACE_MARKS = ("▁", "Ġ")
_WORDPIECE_MARK = "##"

Place = tuple[str, int, int]
Ids = tuple[int, ...]


class _Masked(NamedTuple):
    """A window around a mask; ``spaced``: the mask stands for a word with the space before it."""

    ids: Ids
    mask: int
    spaced: bool


class _Vocabulary(NamedTuple):
    """The whole words a mask may stand for, and their numbers."""

    ids: NDArray[np.int64]
    words: list[str]


@dataclass(frozen=True)
class MaskedLM:
    """Fills a place by a masked language model: the words it finds likely behind a mask.

    A mask stands for one piece, so a word of several pieces is never given. Which pieces are whole words
    is known by the tokenizer's convention: no ``##`` before it (WordPiece), or the mark of a space before
    it (byte-level BPE, SentencePiece); letters a-z only.

    Runs in float64, and ranks by logits rounded to 6 digits: padding, the other texts in a batch, threads
    or another machine change a sum in the twelfth digit, which the rounding hides. That takes 1.7 times
    as long as float32 on a CPU; masks in a batch instead of alone save far more.

    Attributes:
        model: a folder with the model and its tokenizer, or an id at the hub, which may end in ``@`` and a
            commit, tag or branch.
        device: where it runs, as ``cuda``.
    """

    model: str
    device: str = "cpu"
    _kept: dict[Place, tuple[str, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)

    @cached_property
    def version(self) -> str:
        """The model's name, and the commit or the beginning of the digest of its files.

        Raises:
            AssetError: if there is no such model; the text says how to get it.
        """
        return version_of(self.model)

    def prepare(self, places: Sequence[Place]) -> None:
        """Fill all places in batches of windows of about the same length, and keep the words.

        Memory is bounded: 4,096 pieces at a time, logits at the masks only; of what is kept the newest
        16,384 places.
        """
        new = [place for place in dict.fromkeys(places) if place not in self._kept]
        masked = list(self._masked(new))
        order = sorted(range(len(new)), key=lambda i: len(masked[i].ids))
        for batch in _batches(order, [len(window.ids) for window in masked]):
            logits = self._logits([masked[i] for i in batch])
            for i, row in zip(batch, logits, strict=True):
                self._keep(new[i], self._words(row, masked[i].spaced, _old(new[i])))

    def candidates(self, text: str, start: int, end: int) -> tuple[str, ...]:
        """Return up to `N_BEST` lower-case words likely in place of ``text[start:end]``, best first.

        Raises:
            AssetError: if the model cannot be had; the text says how to get it.
        """
        place = (text, start, end)
        if place not in self._kept:
            self.prepare([place])
        return self._kept[place]

    def _keep(self, place: Place, words: tuple[str, ...]) -> None:
        while len(self._kept) >= _PLACES:
            del self._kept[next(iter(self._kept))]
        self._kept[place] = words

    def _words(self, logits: NDArray[np.float64], spaced: bool, old: str) -> tuple[str, ...]:
        """Return the likeliest whole words; for a word in lower case only those in lower case."""
        vocabulary = self._vocabularies[spaced]
        ranked = (vocabulary.words[i] for i in best(logits[vocabulary.ids], 2 * N_BEST))
        # A model that knows case offers names in capitals; at a sentence's start all words have one.
        words = (word for word in ranked if word.islower()) if old.islower() else map(str.lower, ranked)
        return tuple(islice(dict.fromkeys(words), N_BEST))

    def _masked(self, places: Iterable[Place]) -> Iterator[_Masked]:
        tokenizer, mask_id = self._tokenizer, self._tokenizer.mask_token_id
        head, tail = self._special
        room = self._window - len(head) - len(tail) - 1
        seen, ids, spans = None, [], []
        for text, start, end in places:
            if text != seen:
                # A lone surrogate is no text to the tokenizer; a question mark keeps the positions.
                readable = text.encode("utf-8", "replace").decode("utf-8")
                encoded = tokenizer(
                    readable,
                    add_special_tokens=False,
                    split_special_tokens=True,  # "[MASK]" in a text is six characters
                    return_offsets_mapping=True,
                    verbose=False,
                )
                seen, ids, spans = text, encoded["input_ids"], encoded["offset_mapping"]
            inside = [i for i, (first, last) in enumerate(spans) if first < end and last > start]
            left, right = ids[: inside[0]], ids[inside[-1] + 1 :]
            n_left = max(room // 2, room - len(right))
            left = left[-n_left:] if n_left < len(left) else left
            right = right[: room - len(left)]
            spaced = self._is_spaced(ids[inside[0]])
            yield _Masked((*head, *left, mask_id, *right, *tail), len(head) + len(left), spaced)

    def _is_spaced(self, piece: int) -> bool:
        return self._mark is None or self._tokenizer.convert_ids_to_tokens(piece).startswith(self._mark)

    def _logits(self, batch: Sequence[_Masked]) -> NDArray[np.float64]:
        """Return the logits at the masks, shape ``(len(batch), vocabulary)``."""
        import torch

        width = max(len(window.ids) for window in batch)
        ids = torch.full((len(batch), width), self._tokenizer.pad_token_id, dtype=torch.long)
        attended = torch.zeros_like(ids)
        for row, window in enumerate(batch):
            ids[row, : len(window.ids)] = torch.tensor(window.ids)
            attended[row, : len(window.ids)] = 1
        rows = torch.arange(len(batch), device=self.device)
        masks = torch.tensor([window.mask for window in batch], device=self.device)

        def at_masks(_: object, inputs: "tuple[torch.Tensor, ...]") -> "tuple[torch.Tensor, ...]":
            return (inputs[0][rows, masks],)

        # The last layer, from states to the vocabulary, is the large one: it is shown the masks only.
        hook = self._network.get_output_embeddings().register_forward_pre_hook(at_masks)
        try:
            with torch.inference_mode():
                logits = self._network(ids.to(self.device), attention_mask=attended.to(self.device)).logits
        finally:
            hook.remove()
        if logits.dim() == 3:  # a head that multiplies by the layer's weights without calling it
            logits = logits[rows, masks]
        values: NDArray[np.float64] = logits.cpu().numpy()
        return values

    @cached_property
    def _vocabularies(self) -> tuple[_Vocabulary, _Vocabulary]:
        """The words of masks without and with the space before them."""
        tokens = self._tokenizer.convert_ids_to_tokens(range(len(self._tokenizer)))
        if self._mark is None:
            whole = {i: t for i, t in enumerate(tokens) if t.isascii() and is_word(t)}
            return _vocabulary(whole), _vocabulary(whole)
        spaced = {i: t[1:] for i, t in enumerate(tokens) if t.startswith(self._mark)}
        spaced = {i: t for i, t in spaced.items() if t.isascii() and is_word(t)}
        # Without a space, as behind a bracket, a piece may be a part of a word: it must be one elsewhere.
        whole_words = set(spaced.values())
        return _vocabulary({i: t for i, t in enumerate(tokens) if t in whole_words}), _vocabulary(spaced)

    @cached_property
    def _mark(self) -> str | None:
        """The letter that stands for a space before a piece; None for WordPiece, which has none.

        Raises:
            AssetError: if the tokenizer follows none of the three conventions.
        """
        tokens = self._tokenizer.convert_ids_to_tokens(range(len(self._tokenizer)))
        for mark in _SPACE_MARKS:
            if sum(token.startswith(mark) for token in tokens) > 1:
                return mark
        if any(token.startswith(_WORDPIECE_MARK) for token in tokens):
            return None
        raise AssetError(
            f"the tokenizer of {self.model} marks neither spaces (▁, Ġ) nor continuations (##), so that its "
            "whole words cannot be known; use a model with WordPiece, byte-level BPE or SentencePiece."
        )

    @cached_property
    def _special(self) -> tuple[Ids, Ids]:
        """What the tokenizer puts before and behind a text."""
        plain = self._tokenizer("a", add_special_tokens=False)["input_ids"]
        whole = self._tokenizer("a")["input_ids"]
        at = next(i for i in range(len(whole)) if whole[i : i + len(plain)] == plain)
        return tuple(whole[:at]), tuple(whole[at + len(plain) :])

    @property
    def _window(self) -> int:
        return min(WINDOW, int(self._tokenizer.model_max_length))

    @cached_property
    def _tokenizer(self) -> Any:
        from transformers import AutoTokenizer

        tokenizer = load(AutoTokenizer, self.model, _WHAT)
        if not tokenizer.is_fast or tokenizer.mask_token_id is None:
            raise AssetError(
                f"the tokenizer of {self.model} has no mask or is no fast one; use a masked language model "
                "with a tokenizer.json."
            )
        return tokenizer

    @cached_property
    def _network(self) -> Any:
        from transformers import AutoModelForMaskedLM

        network = load(AutoModelForMaskedLM, self.model, _WHAT, dtype="float64", use_safetensors=True)
        return network.eval().to(self.device)


def _vocabulary(words: dict[int, str]) -> _Vocabulary:
    return _Vocabulary(np.array(list(words), dtype=np.int64), list(words.values()))


def _batches(order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Cut rows that rise in length into batches of `_BATCH_PIECES` pieces, padding counted."""
    batch: list[int] = []
    for i in order:
        if batch and lengths[i] * (len(batch) + 1) > _BATCH_PIECES:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


def _old(place: Place) -> str:
    text, start, end = place
    return text[start:end]
