"""Answers of questions as digests of their words: no text of a dataset, and the same metrics to the digit.

Exact match and token F1 (`boss.metrics.squad`) ask only which words two answers share after normalisation,
and in what order. So each normalised word becomes a word of its own that normalisation leaves as it is.
This keeps a text from being passed on, where a licence forbids it; it is no secrecy, as common words can be
guessed and digested.
"""

import hashlib
import json

from boss.measurement import BENCHMARK
from boss.metrics.squad import gold_answers, normalise

_DIGITS = 12


def digested(answer: str) -> str:
    """Return an answer with every word digested; one that is empty after normalisation stays so.

    >>> digested("The Old Mill") == digested("old mill!")
    True
    """
    return " ".join(_word(word) for word in normalise(answer).split())


def digested_golds(label: str) -> str:
    """Return the gold answers of a question digested, in their order, those that became alike once.

    Raises:
        ResultError: as `boss.metrics.squad.gold_answers`.
    """
    return json.dumps(list(dict.fromkeys(digested(answer) for answer in gold_answers(label))))


def _word(word: str) -> str:
    """Return a word of hexadecimal digits behind an x: no article, no number, without punctuation."""
    digest = hashlib.sha256(f"{BENCHMARK}\n{word}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"x{digest[:_DIGITS]}"
