"""Trigram models in the binary format of CMU Sphinx (``*.lm.bin``), read into arrays."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from robtest.assets import Member
from robtest.errors import AssetError

_HEADER = b"Trie Language Model"
_ORDER = 3
_BINS = 1 << 16  # values a probability or a back-off weight of a bigram or trigram may take
_LOG_BASE = np.log(1.0001)  # Sphinx counts in logarithms to this base
_UNIGRAM = np.dtype([("prob", "<f4"), ("backoff", "<f4"), ("start", "<u4")])

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]


class Trigrams(NamedTuple):
    """A back-off model of three words; logarithms are natural.

    An n-gram is filed under its last word, and there under the word before: bigrams of last word ``w``
    are the rows ``[start2[w], start2[w + 1])``, trigrams that end in bigram ``i`` the rows
    ``[start3[i], start3[i + 1])``; rows of one range rise by their first word.

    Attributes:
        words: the vocabulary, shape ``(V,)``; all else counts words by their place in it.
        prob1, backoff1: of one word, shape ``(V,)``.
        first2, prob2, backoff2: first word of a bigram, and its values, shape ``(N2,)``.
        first3, prob3: first word of a trigram, and its probability, shape ``(N3,)``.
        start2, start3: shapes ``(V + 1,)`` and ``(N2 + 1,)``.
    """

    words: list[str]
    prob1: Floats
    backoff1: Floats
    start2: Ints
    first2: Ints
    prob2: Floats
    backoff2: Floats
    start3: Ints
    first3: Ints
    prob3: Floats


def read_trigrams(member: Member) -> Trigrams:
    """Read a model; about 0.7 s for 3.7 million n-grams.

    The format is that of ``sphinx_lm_convert``, and as KenLM's trie (Heafield 2011, section 3.2): a
    header, the number of n-grams of each order, tables of the values, one-word records, then bigrams and
    trigrams packed bit by bit, at last the words. Little-endian.

    Raises:
        AssetError: if it is no such model, not of order 3, or not as long as it says.
    """
    with member.open() as stream:
        data = np.frombuffer(stream.read(), dtype=np.uint8)
    n_head = len(_HEADER)
    if data[:n_head].tobytes() != _HEADER or data[n_head : n_head + 1].tolist() != [_ORDER]:
        raise AssetError(f"{member} is no trigram model of CMU Sphinx; make one with sphinx_lm_convert.")
    try:
        return _parse(data, n_head + 1)
    except (ValueError, IndexError) as error:
        raise AssetError(f"{member} is damaged: {error}. Remove {member.root} and run again.") from error


def _parse(data: NDArray[np.uint8], at: int) -> Trigrams:
    n_words, n2, n3 = np.frombuffer(data, "<u4", 3, at).tolist()
    at += 12 + 4  # a fourth number was the kind of table once
    values = np.frombuffer(data, "<f4", 3 * _BINS, at).reshape(3, _BINS) * np.float32(_LOG_BASE)
    at += 3 * _BINS * 4
    unigrams = np.frombuffer(data, _UNIGRAM, n_words + 1, at)
    at += unigrams.nbytes
    word_bits, row_bits = n_words.bit_length(), n3.bit_length()
    bigrams, at = _Packed(data, at, word_bits + 32 + row_bits), at + _n_bytes(n2, word_bits + 32 + row_bits)
    trigrams, at = _Packed(data, at, word_bits + 16), at + _n_bytes(n3, word_bits + 16)
    words = data[at + 4 :].tobytes().decode().split("\0")[:-1]
    if len(words) != n_words:
        raise ValueError(f"it names {len(words)} words and counts {n_words}")
    # The counts may be larger than what is there; the records say where each range ends.
    start2 = unigrams["start"].astype(np.int32)
    n2 = int(start2[-1])
    start3 = bigrams.field(n2 + 1, word_bits + 32, row_bits)
    n3 = int(start3[-1])
    return Trigrams(
        words,
        unigrams["prob"][:-1] * np.float32(_LOG_BASE),
        unigrams["backoff"][:-1] * np.float32(_LOG_BASE),
        start2,
        bigrams.field(n2, 0, word_bits),
        values[0][bigrams.field(n2, word_bits + 16, 16)],
        values[1][bigrams.field(n2, word_bits, 16)],
        start3,
        trigrams.field(n3, 0, word_bits),
        values[2][trigrams.field(n3, word_bits, 16)],
    )


class _Packed(NamedTuple):
    """Records of ``width`` bits each, one after the other from byte ``at`` on."""

    data: NDArray[np.uint8]
    at: int
    width: int

    def field(self, n: int, offset: int, width: int) -> Ints:
        """Return ``width`` bits (57 at most), ``offset`` bits into each of the first ``n`` records."""
        bit = np.arange(n, dtype=np.int64) * self.width + offset
        # Eight bytes from every byte on, read without copying them.
        eight = np.ndarray(len(self.data) - self.at - 7, "<u8", self.data, self.at, (1,))
        shifted = eight[bit >> 3] >> (bit & 7).astype(np.uint64)
        values: Ints = (shifted & np.uint64((1 << width) - 1)).astype(np.int32)
        return values


def _n_bytes(n: int, width: int) -> int:
    """Return the size of ``n`` packed records: with one more for the end, and room to read eight bytes."""
    return ((n + 1) * width + 7) // 8 + 8
