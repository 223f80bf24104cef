"""The best tag sequence among the legal ones: ``I-x`` only after ``B-x`` or ``I-x``."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from boss.models.linear import ABSENT_LOGIT


@lru_cache(maxsize=8)
def illegal(tags: tuple[str, ...]) -> NDArray[np.float64]:
    """Return shape ``(n + 1, n)``: -inf where a tag (column) may not follow another (row), else 0.

    The last row is the start of a sentence.
    """
    rows = (*tags, "O")
    bad = [
        [tag.startswith("I-") and before[2:] != tag[2:] for tag in tags]  # "O"[2:] is empty
        for before in rows
    ]
    return np.where(np.array(bad), -np.inf, 0.0)


def opened(logits: NDArray[np.float64], tags: Sequence[str]) -> NDArray[np.float64]:
    """Return logits of tags in IO or IOB1 as ones in BIO: ``I-x`` means ``B-x`` where no ``x`` goes on.

    Word by word: unless the best tag of the word before is of type ``x``, both tags of ``x`` are ``B-x``
    here, and ``I-x`` lies ``ABSENT_LOGIT`` below everything else.

    Args:
        logits: log-probabilities, shape ``(n_tokens, n_tags)``.
    """
    columns = {tag: i for i, tag in enumerate(tags)}
    pairs = {tag[2:]: (columns[f"B-{tag[2:]}"], i) for tag, i in columns.items() if tag.startswith("I-")}
    out, before = logits.copy(), ""
    for row in out:
        absent = row.min() + ABSENT_LOGIT
        for kind, (begin, inside) in pairs.items():
            if kind != before:
                row[begin], row[inside] = np.logaddexp(row[begin], row[inside]), absent
        before = tags[int(row.argmax())][2:]
    return out


def best_legal_tags(scores: NDArray[np.float64], tags: Sequence[str]) -> tuple[str, ...]:
    """Return the legal sequence with the largest sum of scores (Viterbi; of equals, the lower tag id).

    Args:
        scores: shape ``(n_tokens, n_tags)``, log-probabilities or logits, finite.

    >>> best_legal_tags(np.array([[0.0, 1.0, 5.0], [0.0, 0.0, 9.0]]), ("O", "B-x", "I-x"))
    ('B-x', 'I-x')
    """
    if len(scores) == 0:
        return ()
    step = illegal(tuple(tags))
    total = scores[0] + step[-1]
    came = np.zeros(scores.shape, dtype=np.intp)
    for i in range(1, len(scores)):
        through = total[:, None] + step[:-1]
        came[i] = through.argmax(axis=0)
        total = through.max(axis=0) + scores[i]
    path = [int(total.argmax())]
    for i in range(len(scores) - 1, 0, -1):
        path.append(int(came[i, path[-1]]))
    return tuple(tags[i] for i in reversed(path))
