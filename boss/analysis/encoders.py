"""The encoder behind the similarities: the embedded one, or any of the hub or a local folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from boss.data.sources import default_cache
from boss.errors import ConfigError
from boss.models.backbone import Backbone
from boss.models.forward import forward
from boss.models.hub import locate_model
from boss.models.weights import weights_sha256
from robtest.progress import track

Pooling = Literal["mean", "pooler"]
EMBEDDED = "minilm"
TOKEN_BUDGET = 4096
_CHUNK = 64

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Vectors:
    """Encodes texts as unit vectors.

    Attributes:
        name: of the encoder, with what its weights are: what a report must say.
        pooling: ``mean`` over all pieces of the whole text, or ``pooler``: the model's own pooled
            output of the first window, which is what BOSS takes of SimCSE.
    """

    name: str
    backbone: Backbone | None
    pooling: Pooling

    def __call__(self, texts: Sequence[str], description: str) -> Floats:
        """Return shape ``(len(texts), hidden)``, showing progress under ``description``."""
        parts = []
        with track(description, total=len(texts), unit="texts") as bar:
            for at in range(0, len(texts), _CHUNK):
                parts.append(self._encode(texts[at : at + _CHUNK]))
                bar.advance(len(parts[-1]))
        return np.concatenate(parts)

    def _encode(self, texts: Sequence[str]) -> Floats:
        if self.backbone is None:
            from robtest.minilm import embedded

            return embedded()(texts)
        return self.backbone.sentences(texts) if self.pooling == "mean" else _pooled(self.backbone, texts)


def find_encoder(name: str, *, revision: str = "main", pooling: Pooling = "mean") -> Vectors:
    """Return an encoder by name; nothing of it is executed but its weights by transformers.

    Args:
        name: ``minilm``, a hub id such as that of a SimCSE model, or a folder made by save_pretrained.

    Raises:
        ConfigError: if the embedded encoder is asked for a pooling it does not have.
        ModelError: if the model cannot be had.
    """
    if name == EMBEDDED:
        if pooling != "mean":
            raise ConfigError(f"pooling must be mean for {EMBEDDED}, got {pooling}; name another --encoder")
        return Vectors("all-MiniLM-L6-v2, mean", None, "mean")
    folder, found, _ = locate_model(name, revision)
    digest = weights_sha256(folder, default_cache())
    shown = folder.name if found == "unknown" else f"{name}@{found}"
    return Vectors(f"{shown}, {pooling}, weights {digest[:12]}", Backbone(folder, 512, TOKEN_BUDGET), pooling)


def _pooled(backbone: Backbone, texts: Sequence[str]) -> Floats:
    windows = [backbone.pieces.single(text)[0] for text in texts]
    rows: Floats = np.zeros((len(windows), int(backbone.network.config.hidden_size)))
    types = "token_type_ids" in backbone.pieces.tokenizer.model_input_names
    for batch, output in forward(
        backbone.network, windows, pad_id=backbone.pieces.pad_id, types=types, budget=backbone.budget
    ):
        pooled = getattr(output, "pooler_output", None)
        if pooled is None:
            raise ConfigError(f"the model in {backbone.folder} has no pooler; take --pooling mean")
        rows[batch] = pooled.double().cpu().numpy()
    unit: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return unit
