"""MiniLM, the default model: the embedded encoder, frozen under a linear head or fine-tuned."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from boss.models import embedded
from boss.models.pretrained import Located, Pretrained


@dataclass(frozen=True, kw_only=True)
class MiniLM(Pretrained):
    """all-MiniLM-L6-v2 (Wang et al. 2020, arXiv:2002.10957), 22.7 million weights; needs no hub."""

    adapter: ClassVar[str] = "encoder"

    @property
    def name(self) -> str:
        """Name on the board."""
        return "minilm"

    def locate(self, cache: Path) -> Located:
        """Return the embedded encoder's folder; see `boss.models.embedded.embedded_encoder`."""
        return Located(
            folder=embedded.embedded_encoder(cache),
            id=self.name,
            revision=embedded.REVISION,
            licence=embedded.LICENCE,
            training_datasets=embedded.TRAINED_ON,
        )
