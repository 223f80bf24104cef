"""Classes from tf-idf weighted n-grams; for pairs, from the hypothesis and how it meets the premise."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Example, Split
from boss.models.cache import load_arrays, load_json, save_arrays, save_json
from boss.models.fitted import Answer
from boss.models.linear import Linear, fit_on
from boss.models.probes import class_predictions
from boss.models.text import encodable
from boss.tasks import Task

STRENGTHS = (0.3, 1.0, 3.0, 10.0)
CROSS_BUCKETS = 2**15
MAX_CROSS_WORDS = 40
"""Words of each side that enter cross features, so that a long premise costs no more than this squared."""
WORD = re.compile(r"\w+")
NEGATIONS = frozenset({"no", "not", "never", "none", "nobody", "nothing", "n't", "without", "nor"})


TERMS = "terms.json"


@dataclass(frozen=True)
class Ngrams:
    """Which n-grams of words and characters are weighted; the fields are options of `boss.models.tfidf`."""

    word_ngrams: int
    char_ngrams: int
    min_count: int

    def fit(self, texts: Sequence[str], folder: Path) -> tuple[list[Any], dict[str, NDArray[np.float64]]]:
        """Write the vocabularies of texts into ``folder``.

        Returns:
            What turns texts into features, and its weights by name, for `load`.
        """
        fitted = [vectoriser.fit(texts) for vectoriser in self._vectorisers(len(texts))]
        save_json(folder / TERMS, [v.get_feature_names_out().tolist() for v in fitted])
        return fitted, {f"idf_{i}": np.asarray(vectoriser.idf_) for i, vectoriser in enumerate(fitted)}

    def load(self, folder: Path, arrays: Mapping[str, NDArray[Any]]) -> list[Any]:
        """Return what turns texts into features, from what `fit` wrote and returned."""
        vectorisers = self._vectorisers(1, load_json(folder / TERMS))
        for i, vectoriser in enumerate(vectorisers):
            vectoriser.idf_ = arrays[f"idf_{i}"]
        return vectorisers

    def _vectorisers(self, n_texts: int, terms: Sequence[Sequence[str] | None] = (None, None)) -> list[Any]:
        from sklearn.feature_extraction.text import TfidfVectorizer

        kinds = [("word", (1, self.word_ngrams)), ("char_wb", (2, self.char_ngrams))]
        return [
            TfidfVectorizer(
                analyzer=analyzer,
                ngram_range=ngrams,
                # A train split smaller than min_count would leave no n-gram at all.
                min_df=min(self.min_count, n_texts),
                sublinear_tf=True,
                # Runs of punctuation are words too: emoticons and "!!!" carry sentiment.
                token_pattern=r"\b\w+\b|[^\w\s]+" if analyzer == "word" else None,
                vocabulary=vocabulary,
            )
            for (analyzer, ngrams), vocabulary in zip(kinds, terms, strict=False)
            if ngrams[0] <= ngrams[1]
        ]


@dataclass(frozen=True)
class NgramClassifier:
    """Multinomial logistic regression on word and character n-grams (of the last field)."""

    task: Task
    ngrams: Ngrams

    def fit(self, train: Split, validation: Split | None, folder: Path, seed: int) -> None:
        """Write vocabularies, idf and weights into ``folder``; nothing here is random."""
        texts = [example.text(self.task.fields[-1]) for example in train.examples]
        fitted, idf = self.ngrams.fit(texts, folder)
        features = partial(self._features, fitted)
        head = fit_on(self.task, features, train, validation, strengths=STRENGTHS, tolerance=1e-3)
        save_arrays(folder / "head.npz", {**head.arrays(), **idf})

    def load(self, folder: Path) -> Answer:
        """Return what answers with the files in ``folder``."""
        arrays = load_arrays(folder / "head.npz")
        head, vectorisers = Linear(arrays["weight"], arrays["bias"]), self.ngrams.load(folder, arrays)
        return lambda examples: class_predictions(
            self.task, head.logits(self._features(vectorisers, examples))
        )

    def _features(self, vectorisers: Sequence[Any], examples: Sequence[Example]) -> Any:
        from scipy import sparse

        texts = [example.text(self.task.fields[-1]) for example in examples]
        parts = [vectoriser.transform(texts) for vectoriser in vectorisers]
        if len(self.task.fields) > 1:
            pairs = [
                (words(example.text(self.task.fields[0])), words(text))
                for example, text in zip(examples, texts, strict=True)
            ]
            parts += [sparse.csr_matrix(np.array([overlap(*pair) for pair in pairs])), crossed(pairs)]
        return sparse.hstack(parts, format="csr")


def words(text: str) -> list[str]:
    """Return the lower-cased words of a text."""
    return WORD.findall(encodable(text).lower())


def overlap(premise: Sequence[str], hypothesis: Sequence[str]) -> NDArray[np.float64]:
    """Return how a hypothesis meets its premise, seven numbers in [0, 1].

    Share of hypothesis words, and of its word pairs, found in the premise; whether all are; share of
    premise words found in the hypothesis; relative length; a negation on one side, on the other.

    >>> overlap(["a", "cat", "sleeps"], ["a", "cat"]).round(2).tolist()
    [1.0, 1.0, 1.0, 0.67, 0.4, 0.0, 0.0]
    """
    premise_words, hypothesis_words = set(premise), set(hypothesis)
    pairs = set(pairwise(hypothesis))
    shared = pairs & set(pairwise(premise))
    covered = len(hypothesis_words & premise_words) / max(len(hypothesis_words), 1)
    return np.array(
        [
            covered,
            len(shared) / max(len(pairs), 1),
            float(covered == 1),
            len(hypothesis_words & premise_words) / max(len(premise_words), 1),
            len(hypothesis) / max(len(hypothesis) + len(premise), 1),
            float(bool(hypothesis_words & NEGATIONS)),
            float(bool(premise_words & NEGATIONS)),
        ]
    )


def crossed(pairs: Sequence[tuple[Sequence[str], Sequence[str]]]) -> Any:
    """Return hashed features of each new hypothesis word beside each unmatched premise word.

    Shape ``(len(pairs), CROSS_BUCKETS)``, rows of unit length. Source: the cross-unigrams of Bowman et
    al. 2015, SNLI (arXiv:1508.05326), section 3.2, without the parts of speech.
    """
    from sklearn.feature_extraction import FeatureHasher
    from sklearn.preprocessing import normalize

    hasher = FeatureHasher(CROSS_BUCKETS, input_type="string", alternate_sign=False)
    return normalize(hasher.transform(list(_cross_words(*pair)) or ["="] for pair in pairs))


def _cross_words(premise: Sequence[str], hypothesis: Sequence[str]) -> Iterator[str]:
    premise_words, hypothesis_words = set(premise), set(hypothesis)
    left = sorted(premise_words - hypothesis_words, key=premise.index)[:MAX_CROSS_WORDS]
    for word in sorted(hypothesis_words - premise_words, key=hypothesis.index)[:MAX_CROSS_WORDS]:
        yield f"+{word}"
        yield from (f"{other}|{word}" for other in left)
