"""Named entities: exact spans of words out of BIO tags, and their F1.

Spans are read as conlleval and seqeval's default mode read them (BOSS scores so too): a span starts at
``B-x``, and also at an ``I-x`` that follows ``O``, the start of the sentence or another type; it ends
before the next start or ``O``. A span is right if start, end and type are.
"""

from boss.errors import ResultError
from robtest.plural import counted

Span = tuple[int, int, str]


def spans(tags: str) -> set[Span]:
    """Return the spans of space-separated BIO tags as (start, end, type), end exclusive, in words.

    Raises:
        ResultError: for a tag that is neither ``O`` nor ``B-type`` nor ``I-type``.

    >>> sorted(spans("B-person I-person O I-location"))
    [(0, 2, 'person'), (3, 4, 'location')]
    """
    found: set[Span] = set()
    start, open_type = 0, ""
    words = tags.split()
    for i, tag in enumerate([*words, "O"]):
        prefix, _, kind = tag.partition("-")
        if tag != "O" and (prefix not in ("B", "I") or not kind):
            raise ResultError(f"tags must be O, B-type or I-type, got {tag!r} at word {i + 1} of {tags!r}")
        if prefix == "I" and kind == open_type:
            continue
        if open_type:
            found.add((start, i, open_type))
        start, open_type = i, kind
    return found


def span_counts(label: str, prediction: str | None) -> tuple[float, float, float]:
    """Return the numbers of right, gold and predicted spans of one sentence; they add up over sentences.

    A failed prediction (None) has no spans.

    Raises:
        ResultError: if the prediction has not one tag per word.
    """
    gold = spans(label)
    if prediction is None:
        return 0.0, float(len(gold)), 0.0
    n_gold, n_given = len(label.split()), len(prediction.split())
    if n_gold != n_given:
        raise ResultError(
            f"a sentence of {counted(n_gold, 'word')} needs {counted(n_gold, 'predicted tag')}, "
            f"got {n_given}: {prediction!r}"
        )
    given = spans(prediction)
    return float(len(gold & given)), float(len(gold)), float(len(given))


def sentence_f1(label: str, prediction: str | None) -> float:
    """Return the span F1 of one sentence: 1 where neither side has a span, 0 where only one has."""
    right, n_gold, n_given = span_counts(label, prediction)
    if prediction is None:
        return 0.0
    return 2 * right / (n_gold + n_given) if n_gold + n_given else 1.0
