"""A frozen pretrained encoder: sentence vectors and token states out of a local folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boss.errors import ModelError
from boss.models.cache import load_json
from boss.models.forward import Floats as AnyFloats
from boss.models.forward import backward, embeddings, forward, pick_device
from boss.models.pieces import Pieces, Window

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Backbone:
    """An encoder in a local folder; the weights are read on first use.

    Attributes:
        max_length: pieces of one window; longer texts are read in several.
        budget: tokens of a batch; changes speed only.
    """

    folder: Path
    max_length: int
    budget: int

    @cached_property
    def pieces(self) -> Pieces:
        """The tokenizer."""
        config = self.config
        return Pieces(
            self.folder, self.max_length, config.get("model_type", ""), config.get("max_position_embeddings")
        )

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """The folder's config.json."""
        settings: Mapping[str, Any] = load_json(self.folder / "config.json")
        return settings

    @cached_property
    def network(self) -> Any:
        """The transformers model in float32, without a head, in evaluation mode."""
        from transformers import AutoModel

        try:
            model = AutoModel.from_pretrained(str(self.folder), trust_remote_code=False, dtype="float32")
        except (OSError, ValueError, KeyError) as error:
            raise ModelError(f"no encoder can be loaded from {self.folder}: {error}") from error
        if model.config.is_encoder_decoder:  # its decoder would have to be given something to go on from
            model = model.get_encoder()
        return model.eval().to(pick_device())

    def token_states(self, windows: Sequence[Window], layers: int = 1) -> list[NDArray[np.float32]]:
        """Return per window the mean of its last ``layers`` hidden states, shape ``(len, hidden)``."""
        import torch

        out: list[NDArray[np.float32]] = [np.empty((0, 0), np.float32)] * len(windows)
        for batch, output in self._forward(windows, hidden=layers > 1):
            states = output.last_hidden_state
            if layers > 1:
                states = torch.stack(output.hidden_states[-layers:]).mean(0)
            states = states.cpu().numpy()
            for row, index in enumerate(batch):
                out[index] = states[row, : len(windows[index])].copy()
        return out

    def sentences(self, texts: Sequence[str]) -> Floats:
        """Return unit vectors, shape ``(len(texts), hidden)``: the mean over a text's token states.

        A text longer than one window is read in several and averaged over all of its tokens, so that
        nothing is cut (the published model cuts after 256). Equal texts are encoded once.

        Source: Reimers & Gurevych 2019 (arXiv:1908.10084), section 3, mean pooling over all tokens,
        special ones included; normalised as the published model is.
        """
        return unit(self.means(texts))

    def means(self, texts: Sequence[str]) -> Floats:
        """Return the means that `sentences` brings to length 1."""
        distinct = list(dict.fromkeys(texts))
        windows, owner = [], []
        for index, text in enumerate(distinct):
            parts = self.pieces.single(text)
            windows += parts
            owner += [index] * len(parts)
        sums, lengths = self._sums(windows)
        totals = np.zeros((len(distinct), sums.shape[1]))
        np.add.at(totals, owner, sums)
        counts = np.bincount(owner, weights=lengths, minlength=len(distinct))
        where = {text: i for i, text in enumerate(distinct)}
        return np.asarray((totals / counts[:, None])[[where[text] for text in texts]], dtype=np.float64)

    def pooled(self, texts: Sequence[str]) -> Floats:
        """Return unit vectors of the model's own pooled output, of the first window of each text.

        Raises:
            ModelError: if the model has no pooler.
        """
        windows = [self.pieces.single(text)[0] for text in texts]
        rows: Floats = np.zeros((len(windows), int(self.network.config.hidden_size)))
        for batch, output in self._forward(windows, hidden=False):
            pooled = getattr(output, "pooler_output", None)
            if pooled is None:
                raise ModelError(f"the model in {self.folder} has no pooler; take --pooling mean")
            rows[batch] = pooled.double().cpu().numpy()
        return unit(rows)

    def backward(
        self, windows: Sequence[Window], weights: Sequence[AnyFloats], layers: int = 1
    ) -> list[tuple[AnyFloats, AnyFloats]]:
        """Return per window its input embeddings and the gradient of the sum of weights x states.

        Args:
            weights: of what `token_states` gives, shape ``(len, hidden)`` each.
        """
        import torch

        def states(output: Any) -> "torch.Tensor":
            if layers > 1:
                return torch.stack(output.hidden_states[-layers:]).mean(0)
            return output.last_hidden_state  # type: ignore[no-any-return]

        return backward(
            self.network,
            windows,
            states,
            weights,
            pad_id=self.pieces.pad_id,
            types=self.pieces.types,
            budget=self.budget,
            hidden=layers > 1,
        )

    def embed(self, text: str) -> AnyFloats:
        """Return the input embeddings of the pieces of a text by itself, shape ``(k, d)``."""
        return embeddings(self.network, self.pieces.ids(text))

    def _sums(self, windows: Sequence[Window]) -> tuple[Floats, Floats]:
        hidden = int(self.network.config.hidden_size)
        sums = np.zeros((len(windows), hidden))
        for batch, output in self._forward(windows, hidden=False):
            states = output.last_hidden_state.double().cpu().numpy()
            for row, index in enumerate(batch):
                sums[index] = states[row, : len(windows[index])].sum(0)
        return sums, np.array([len(window) for window in windows], dtype=np.float64)

    def _forward(self, windows: Sequence[Window], *, hidden: bool) -> Any:
        return forward(
            self.network,
            windows,
            pad_id=self.pieces.pad_id,
            types=self.pieces.types,
            budget=self.budget,
            hidden=hidden,
        )


def unit(rows: Floats) -> Floats:
    """Return rows scaled to length 1."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))
