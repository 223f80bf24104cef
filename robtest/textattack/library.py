"""TextAttack, imported without a download and without a trace in the user's folders."""

import importlib
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

from robtest.assets import Package, default_cache
from robtest.assets.unpack import unpack
from robtest.textattack.network import offline

# NLTK's own list of 198 English stop words, as it stands: the wheel ships NLTK's folder.
STOPWORDS = Package(
    distribution="llama-index-core",
    version="0.14.25",
    file="llama_index_core-0.14.25-py3-none-any.whl",
    sha256="caa7d9c5ac9b13dc33400cf8d5e92e689b6d1e4497eb9bfa50d6f52ca2eb22a1",
)
_INSIDE = "llama_index/core/_static/nltk_cache/corpora/stopwords"

_MARKER = "post_install_check_3"  # TextAttack downloads at import unless this file is in its folder
_CHANGED = (  # environment variables TextAttack's import sets
    "TA_CACHE_DIR",
    "TFHUB_CACHE_DIR",
    "PYTORCH_TRANSFORMERS_CACHE",
    "HF_HOME",
    "XDG_CACHE_HOME",
    "TOKENIZERS_PARALLELISM",
    "WANDB_SILENT",
)


@cache
def library() -> ModuleType:
    """Import TextAttack, once per process; takes about 4 s.

    Its import wants NLTK's stop words and calls NLTK's downloader. The words are put in front of NLTK's
    path, so that the same ones are read on every machine; TextAttack's folder is the user's where
    TextAttack was set up before, and else one in this suite's cache, where nothing has to be fetched.

    Raises:
        AssetMissing: if the stop words cannot be had; the text says where to put them by hand.
    """
    add_stopwords()
    if "textattack" in sys.modules:
        return sys.modules["textattack"]
    with _loggers_kept():
        # These read the variables above when they are imported, so that has to be over.
        for name in ("huggingface_hub", "transformers", "flair"):
            importlib.import_module(name)
        with warnings.catch_warnings(), _folder_of_its_own(), offline("the import of TextAttack"):
            warnings.simplefilter("ignore")  # of libraries that are old to one another
            module = importlib.import_module("textattack")
    # It tells of every goal function it makes.
    logging.getLogger("textattack.shared.utils.install").setLevel(logging.ERROR)
    return module


def library_version() -> str:
    """Return the installed TextAttack's version, without importing it."""
    return version("textattack")


def add_stopwords() -> None:
    """Put NLTK's stop words where NLTK finds them first."""
    import nltk

    folder = unpack(STOPWORDS, _INSIDE, default_cache())
    root = str(folder.parent.parent)
    if root not in nltk.data.path:
        nltk.data.path.insert(0, root)


@contextmanager
def _loggers_kept() -> Iterator[None]:
    """Leave the loggers that there are as they are: the imports inside switch them off, or on."""
    before = {
        logger: logger.disabled
        for logger in logging.root.manager.loggerDict.values()
        if isinstance(logger, logging.Logger)
    }
    try:
        yield
    finally:
        for logger, disabled in before.items():
            logger.disabled = disabled


@contextmanager
def _folder_of_its_own() -> Iterator[None]:
    chosen = Path(os.environ.get("TA_CACHE_DIR", "~/.cache/textattack")).expanduser()
    if not (chosen / _MARKER).exists():
        chosen = default_cache() / "textattack"
        chosen.mkdir(parents=True, exist_ok=True)
        (chosen / _MARKER).touch()
    before = {name: os.environ.get(name) for name in _CHANGED}
    os.environ["TA_CACHE_DIR"] = str(chosen)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
