"""Question answering: exact match and token F1 as SQuAD defines them.

Source: Rajpurkar et al. 2016, SQuAD (arXiv:1606.05250), section 6.1, and the official v1.1 script's
normalisation: lower case, ASCII punctuation out, the articles out, single spaces.
"""

import json
import re
import string
from collections import Counter

from boss.errors import ResultError

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLES = re.compile(r"\b(a|an|the)\b")


def normalise(answer: str) -> str:
    """Return an answer as SQuAD compares it.

    >>> normalise("The  Eiffel-Tower!")
    'eiffeltower'
    """
    return " ".join(_ARTICLES.sub(" ", answer.lower().translate(_PUNCTUATION)).split())


def gold_answers(label: str) -> list[str]:
    """Decode the gold answers of a question (`boss.tasks.encode_answer`).

    Raises:
        ResultError: unless they are a JSON list of at least one string.
    """
    try:
        answers = json.loads(label)
    except ValueError:
        answers = None
    if not isinstance(answers, list) or not answers or not all(isinstance(a, str) for a in answers):
        raise ResultError(
            f"gold answers must be a JSON list of strings, got {label!r}; encode them with encode_answer"
        )
    return answers


def exact_match(label: str, prediction: str | None) -> float:
    """Return 1 if the prediction equals any gold answer after normalisation, else 0."""
    golds = gold_answers(label)
    return float(prediction is not None and normalise(prediction) in map(normalise, golds))


def token_f1(label: str, prediction: str | None) -> float:
    """Return the best F1 of shared tokens over the gold answers, in [0, 1].

    Two answers that are both empty after normalisation score 1: v1.1's script gives 0 there, below its
    own exact match; the v2.0 script corrected that, and this follows it.
    """
    golds = gold_answers(label)
    return 0.0 if prediction is None else max(_f1(gold, prediction) for gold in golds)


def _f1(gold: str, prediction: str) -> float:
    expected, given = normalise(gold).split(), normalise(prediction).split()
    if not expected or not given:
        return float(expected == given)
    shared = (Counter(expected) & Counter(given)).total()
    return 2 * shared / (len(expected) + len(given))
