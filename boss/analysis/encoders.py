"""The encoder behind the similarities: the embedded one, or any of the hub or a local folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from boss.data.sources import default_cache
from boss.errors import ConfigError
from boss.metrics.scores import Floats
from boss.models.backbone import Backbone
from boss.models.encoder import embedded_encoder
from boss.models.hub import locate_model
from boss.models.weights import weights_sha256
from robtest.progress import track

Pooling = Literal["mean", "pooler"]
EMBEDDED = "minilm"
TOKEN_BUDGET = 4096
_CHUNK = 64


@dataclass(frozen=True)
class Vectors:
    """Encodes texts as unit vectors.

    Attributes:
        name: of the encoder, with what its weights are: what a report must say.
        pooling: ``mean`` over all pieces of the whole text, or ``pooler``: the model's own pooled
            output of the first window, which is what BOSS takes of SimCSE.
    """

    name: str
    backbone: Backbone
    pooling: Pooling

    def __call__(self, texts: Sequence[str], description: str) -> Floats:
        """Return shape ``(len(texts), hidden)``, showing progress under ``description``."""
        encode = self.backbone.sentences if self.pooling == "mean" else self.backbone.pooled
        parts = []
        with track(description, total=len(texts), unit="text") as bar:
            for at in range(0, len(texts), _CHUNK):
                parts.append(encode(texts[at : at + _CHUNK]))
                bar.advance(len(parts[-1]))
        return np.concatenate(parts)


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
        backbone = Backbone(embedded_encoder(default_cache()), 256, TOKEN_BUDGET)
        return Vectors("all-MiniLM-L6-v2, mean", backbone, "mean")
    folder, commit, _ = locate_model(name, revision)
    digest = weights_sha256(folder, default_cache())
    label = folder.name if commit == "unknown" else f"{name}@{commit}"
    return Vectors(f"{label}, {pooling}, weights {digest[:12]}", Backbone(folder, 512, TOKEN_BUDGET), pooling)
