"""Arrays and words out of two files that Keras wrote; nothing in them is executed.

The weights are HDF5 and the vocabulary is a pickle. To unpickle is to run what the file says, so its opcodes
are listed by `pickletools.genops`, which runs none, and the words are taken from the list. The arrays of the
one file of weights that is pinned stand in it as they are in memory, uncompressed and each in one piece, so
their places are constants and no library for HDF5 is needed.
"""

import pickletools
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from boss.errors import ModelError

SIGNATURE = b"\x89HDF\r\n\x1a\n"
STRINGS = frozenset({"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"})
NUMBERS = frozenset({"BININT", "BININT1", "BININT2", "LONG1"})
RECALLS = frozenset({"BINGET", "LONG_BINGET"})
INDEX = "word_index"
_CURE = "remove it from the cache, from where it is fetched anew"


class Place(NamedTuple):
    """Where an array of little-endian float32 stands in a file: its first byte and its shape."""

    offset: int
    shape: tuple[int, ...]


def arrays_at(content: bytes, places: Mapping[str, Place], size: int) -> dict[str, NDArray[np.float64]]:
    """Return the arrays of an HDF5 file at known places, by name, as float64.

    Args:
        size: bytes the file has.

    Raises:
        ModelError: if it is no HDF5 file, is shorter or longer, or holds a number that is not finite.
    """
    if not content.startswith(SIGNATURE):
        raise ModelError(f"the weights begin with {content[:8]!r}, and HDF5 with {SIGNATURE!r}; {_CURE}")
    if len(content) != size:
        raise ModelError(f"the weights have {len(content):,} bytes where {size:,} are expected; {_CURE}")
    arrays = {}
    for name, place in places.items():
        count = int(np.prod(place.shape))
        stored = np.frombuffer(content, "<f4", count, place.offset)
        if not np.isfinite(stored).all():
            raise ModelError(f"array {name} of the weights holds a number that is not finite; {_CURE}")
        arrays[name] = stored.reshape(place.shape).astype(np.float64)
    return arrays


def words_of(content: bytes, n_words: int) -> dict[str, int]:
    """Return word -> index of a pickled tokenizer of Keras, those of an index below ``n_words``.

    Reading stops behind the last of them, so that time and memory do not grow with the rest of the file.

    Raises:
        ModelError: if the file is no pickle, is cut off, or has no such index from 1 on without a gap.
    """
    words: dict[str, int] = {}
    try:
        tokens = _tokens(content)
        # A word of the text cannot be the name: the tokenizer takes underscores for spaces.
        before: object = None
        for token in tokens:
            if before == INDEX and token == _Mark("EMPTY_DICT"):
                break
            before = token
        word: str | None = None
        for token in tokens:
            if isinstance(token, str):
                word = token
            elif isinstance(token, int) and word is not None:
                if token != len(words) + 1 or word in words:
                    break
                words[word], word = token, None
                if len(words) == n_words - 1:
                    return words
            elif token not in _BETWEEN:
                break
    except ValueError as error:
        raise ModelError(f"the vocabulary is no whole pickle: {error}; {_CURE}") from error
    raise ModelError(
        f"the vocabulary has {len(words):,} words in order of their index under {INDEX!r}, and "
        f"{n_words - 1:,} are needed; {_CURE}"
    )


class _Mark(NamedTuple):
    """An opcode that is neither text nor number."""

    opcode: str


_BETWEEN = frozenset({_Mark("MARK"), _Mark("SETITEMS")})


def _tokens(content: bytes) -> Iterator[str | int | _Mark]:
    """Yield the texts and numbers of a pickle in order, and its other opcodes but those of the memo.

    What the memo recalls is a text, or nothing that is looked at.
    """
    memo: list[str | None] = []
    top: str | None = None
    operations: Iterator[tuple[Any, Any, Any]] = pickletools.genops(content)
    for opcode, value, _ in operations:
        name = opcode.name
        token: Any = _Mark(name)
        if name == "MEMOIZE":
            memo.append(top)
            continue
        if name in STRINGS:
            token = value
        elif name in NUMBERS:
            token = int(value)
        elif name in RECALLS:
            if value >= len(memo):
                raise ValueError(f"it recalls object {value} of {len(memo)}")
            if memo[value] is not None:
                token = memo[value]
        top = token if isinstance(token, str) else None
        if name not in ("FRAME", "PROTO"):
            yield token
