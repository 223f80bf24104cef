"""Words likely in a place, by a trigram model out of a published package; without a hub."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from robtest.assets import Member, Package, default_cache
from robtest.errors import AssetMissing
from robtest.files import file_sha256
from robtest.language.forms import is_word
from robtest.language.rank import DIGITS, best
from robtest.language.sphinx import Trigrams, read_trigrams

PACKAGE = Package(
    distribution="pocketsphinx",
    version="5.1.1",
    file="pocketsphinx-5.1.1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl",
    sha256="bb8fd0fc7fb08dd8f85da21f5121f34ebf4186a5bee91ce85e2d358e69a448bf",
)
"""The US English model of CMU Sphinx: 72,547 words, 2.1 million bigrams, 1.7 million trigrams.

The wheel has 29 MB and is read as an archive, whatever platform its code is for. The package is under the
BSD licence; the model has no note of its own.
"""

MEMBER = "pocketsphinx/model/en-us/en-us.lm.bin"

N_BEST = 300
"""Words given for a place: a noun may be the hundredth behind words of other parts of speech."""

_REACH = 100  # characters on either side in which the two nearest words are looked for
_PIECE = re.compile(r"\A['’]\w+|[.!?…]+(?=\W|\Z)|\w+(?:['’]\w+)*")  # clitic behind the word, end, word
_STOPS = ".!?…"
_SCORED = 64  # contexts whose scores are kept, half a megabyte each
_CONTEXTS = 4096  # contexts whose words are kept

UNKNOWN = -1
Floats = NDArray[np.float64]
Context = tuple[int, int, int, int]


class Ngrams:
    """Probabilities of a trigram model for every word of the vocabulary at once."""

    def __init__(self, grams: Trigrams) -> None:
        """File the n-grams by what comes before their last word too; about 0.4 s for 3.7 million."""
        self.grams = grams
        self.index = {word: i for i, word in enumerate(grams.words)}
        n_words = len(grams.words)
        self._last2 = np.repeat(np.arange(n_words, dtype=np.int32), np.diff(grams.start2))
        self._by_first = np.argsort(grams.first2, kind="stable").astype(np.int32)
        counts = np.bincount(grams.first2, minlength=n_words)
        self._start_first = np.concatenate(([0], np.cumsum(counts)))
        # The bigram a trigram ends in, and the pair of words it begins with as one number.
        self._end3 = np.repeat(np.arange(len(grams.first2), dtype=np.int32), np.diff(grams.start3))
        pairs = self._pair(grams.first3.astype(np.int64), grams.first2[self._end3])
        self._by_pair = np.argsort(pairs, kind="stable").astype(np.int32)
        self._pairs = pairs[self._by_pair]

    def _pair(self, first: NDArray[np.int64], second: NDArray[np.int32]) -> NDArray[np.int64]:
        return first * len(self.grams.words) + second

    def scores(self, context: Context) -> Floats:
        """Return log P(word | its context) up to a constant, shape ``(V,)``.

        The context is the two words before and the two behind, `UNKNOWN` where there is none: the sum
        of the log probabilities of the word and of the two behind it, each given the two before it.
        """
        before2, before1, after1, after2 = context
        log_probs = self.next_word(before2, before1)
        if after1 != UNKNOWN:
            log_probs += self._first_after(before1, after1)
            if after2 != UNKNOWN:
                log_probs += self._second_after(after1, after2)
        return log_probs

    def next_word(self, before2: int, before1: int) -> Floats:
        """Return log P(word | before2 before1), shape ``(V,)``: of one, two or three words, as known."""
        grams = self.grams
        log_probs = grams.prob1.astype(np.float64)
        if before1 == UNKNOWN:
            return log_probs
        bigram = self._bigram(before2, before1)
        backoff = 0.0 if bigram is None else float(grams.backoff2[bigram])
        log_probs += float(grams.backoff1[before1]) + backoff
        rows = self._begun_by(before1)
        log_probs[self._last2[rows]] = grams.prob2[rows].astype(np.float64) + backoff
        if bigram is not None:
            pair = before2 * len(grams.words) + before1
            start, end = np.searchsorted(self._pairs, (pair, pair + 1))
            rows = self._by_pair[start:end]
            log_probs[self._last2[self._end3[rows]]] = grams.prob3[rows]
        return log_probs

    def _first_after(self, before: int, after: int) -> Floats:
        """Return log P(after | before word) of every word."""
        grams = self.grams
        backoff = np.zeros(len(grams.words))
        if before != UNKNOWN:
            rows = self._begun_by(before)
            backoff[self._last2[rows]] = grams.backoff2[rows]
        log_probs: Floats = grams.backoff1 + backoff + float(grams.prob1[after])
        start, end = grams.start2[after], grams.start2[after + 1]
        words = grams.first2[start:end]
        log_probs[words] = grams.prob2[start:end] + backoff[words]
        if before != UNKNOWN:
            first, last = grams.start3[start], grams.start3[end]
            rows = first + np.flatnonzero(grams.first3[first:last] == before)
            log_probs[grams.first2[self._end3[rows]]] = grams.prob3[rows]
        return log_probs

    def _second_after(self, after1: int, after2: int) -> Floats:
        """Return log P(after2 | word after1) of every word."""
        grams = self.grams
        bigram = self._bigram(after1, after2)
        lower = grams.prob1[after2] + grams.backoff1[after1] if bigram is None else grams.prob2[bigram]
        log_probs = np.full(len(grams.words), float(lower))
        start, end = grams.start2[after1], grams.start2[after1 + 1]
        log_probs[grams.first2[start:end]] += grams.backoff2[start:end]
        if bigram is not None:
            first, last = grams.start3[bigram], grams.start3[bigram + 1]
            log_probs[grams.first3[first:last]] = grams.prob3[first:last]
        return log_probs

    def _begun_by(self, word: int) -> NDArray[np.int32]:
        return self._by_first[self._start_first[word] : self._start_first[word + 1]]

    def _bigram(self, first: int, last: int) -> int | None:
        """Return the row of a bigram, None where the model has none."""
        start, end = self.grams.start2[last], self.grams.start2[last + 1]
        row = int(start + np.searchsorted(self.grams.first2[start:end], first))
        return row if row < end and self.grams.first2[row] == first else None


@dataclass(frozen=True)
class TrigramFiller:
    """Fills a place by a trigram model, from the two words before it and the two behind it.

    The default is the model of `PACKAGE`. Counts of our own over the largest running text in published
    packages (2.3 million words of encyclopaedia) were tried beside it: asked for the 68 content words of
    16 sentences written for it, it has the word itself among its first ten 41 % of the time (median rank
    21), the counts 9 % (725). The model is of spoken and broadcast English, lower case, without
    punctuation; numbers and words it does not know end a context. About 2 ms for a new context, 1 s to
    load, 90 MB.

    Attributes:
        file: another model in the binary format of CMU Sphinx; ``sphinx_lm_convert`` makes one of any
            trigram model in the ARPA format.
    """

    file: Member | None = None

    @property
    def version(self) -> str:
        """Which model it is, by the beginning of its digest.

        Raises:
            AssetMissing: if there is no such file.
        """
        if self.file is None:
            return f"trigram{PACKAGE.sha256[:8]}"
        if not self.file.root.is_file():
            raise AssetMissing(
                f"there is no file {self.file.root}; name a trigram model made by sphinx_lm_convert, or "
                "leave it out for the packaged one."
            )
        return f"trigram{file_sha256(self.file.root)[:8]}"

    def prepare(self, places: Sequence[tuple[str, int, int]]) -> None:
        """Do nothing: a place costs the same alone."""

    def candidates(self, text: str, start: int, end: int) -> Sequence[str]:
        """Return the `N_BEST` lower-case words likeliest for ``text[start:end]``, best first.

        Raises:
            AssetError: if the model cannot be had or read; the text says how to get it.
        """
        index = _model(self.file)[0].index
        before2, before1, after1, after2 = (index.get(w, UNKNOWN) for w in context(text, start, end))
        return _likeliest(self.file, (before2, before1, after1, after2))

    def log_odds(self, text: str, start: int, end: int, old: str, new: Sequence[str]) -> list[float | None]:
        """Return ln P(new) - ln P(old) in a place, for each new word; None for a word not in the model.

        Of an ``old`` that the model does not know its rarest word takes the place.

        Raises:
            AssetError: as `candidates`.
        """
        model = _model(self.file)[0]
        before2, before1, after1, after2 = (model.index.get(w, UNKNOWN) for w in context(text, start, end))
        scores = _scores(self.file, (before2, before1, after1, after2))
        known = model.index.get(old)
        base = float(scores[known]) if known is not None else float(scores.min())
        places = [model.index.get(word) for word in new]
        return [None if i is None else round(float(scores[i]) - base, DIGITS) for i in places]

    def rarity(self, word: str) -> float | None:
        """Return ln P of a lower-case word without context; None if the model does not know it."""
        model = _model(self.file)[0]
        i = model.index.get(word)
        return None if i is None else float(model.grams.prob1[i])


TRIGRAM = TrigramFiller()
"""The default of an attack that needs words for a place."""


def context(text: str, start: int, end: int) -> tuple[str, str, str, str]:
    """Return the two words before a place and the two behind it, lower case; empty where there is none.

    ``<s>`` and ``</s>`` are the ends of the text and of its sentences; nothing is known beyond them.

    >>> context("It works. She rarely sleeps!", 14, 20)
    ('<s>', 'she', 'sleeps', '</s>')
    """
    low, high = max(0, start - _REACH), min(len(text), end + _REACH)
    before = _nearest(_PIECE.findall(text[low:start])[::-1], "<s>", low == 0)
    after = _nearest(_PIECE.findall(text[end:high]), "</s>", high == len(text))
    return before[1], before[0], after[0], after[1]


def _nearest(pieces: Sequence[str], mark: str, whole: bool) -> tuple[str, str]:
    """Return the first two words; a sentence's end is ``mark``, and so is that of a ``whole`` text."""
    words: list[str] = []
    for piece in pieces[:2]:
        words.append(mark if piece[0] in _STOPS else piece.lower().replace("’", "'"))
        if words[-1] == mark:
            break
    if len(words) < 2 and whole and mark not in words:
        words.append(mark)
    first, second, *_ = (*words, "", "")
    return first, second


@cache
def _model(file: Member | None) -> tuple[Ngrams, NDArray[np.intp]]:
    """Return a model, and which of its words may be given: letters only."""
    grams = read_trigrams(file or Member(PACKAGE.fetch(default_cache()), MEMBER))
    return Ngrams(grams), np.flatnonzero([is_word(word) for word in grams.words])


@lru_cache(maxsize=_SCORED)
def _scores(file: Member | None, words: Context) -> Floats:
    return _model(file)[0].scores(words)


@lru_cache(maxsize=_CONTEXTS)
def _likeliest(file: Member | None, words: Context) -> tuple[str, ...]:
    model, allowed = _model(file)
    ranked = allowed[best(model.scores(words)[allowed], N_BEST)]
    return tuple(model.grams.words[i] for i in ranked.tolist())
