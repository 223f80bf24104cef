"""Labels' probabilities out of the log-probabilities of the first token; a server sends its likeliest ones.

A token is a label's if, folded, it begins that label's name and no other one's, with three letters at least
or the whole name; of several such tokens (case, a space before it) the probabilities are summed. A token that
begins several names is nobody's.

A label without a token among those sent is not impossible: its first token is at most as likely as the least
likely one that was sent, and no more than what they all leave. It gets this bound, so that its share is an
upper one and that of the others a lower one, and it is never the answer.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from boss.models.label_names import folded
from boss.models.llm.prompt import shown

LEAST_LETTERS = 3
_BELOW = 1 - 1e-9
"""What keeps a bound below the probability that it is taken from."""


class Scores(NamedTuple):
    """Probabilities of labels.

    Attributes:
        probs: shape ``(n_labels,)``, sum 1; None where no label is present.
        present: which labels have a token among those sent.
        reason: why there are none.
    """

    probs: NDArray[np.float64] | None
    present: tuple[bool, ...]
    reason: str = ""


def label_scores(top: Sequence[tuple[str, float]], labels: Sequence[str]) -> Scores:
    """Return the labels' probabilities.

    Args:
        top: tokens with their log-probabilities.
    """
    names = [folded(shown(label)) for label in labels]
    masses, shared = np.zeros(len(labels)), 0.0
    for token, logprob in top:
        owners = _owners(token, names)
        if len(owners) == 1:
            masses[owners[0]] += math.exp(logprob)
        elif owners:
            shared += math.exp(logprob)
    present = tuple(bool(mass > 0) for mass in masses)
    if not any(present):
        return Scores(None, present, f"no label among the {len(top)} likeliest tokens")
    if shared > masses.max():
        return Scores(None, present, "the likeliest token begins several labels")
    sent = [math.exp(logprob) for _, logprob in top]
    bound = max(0.0, min(min(sent), 1 - sum(sent))) * _BELOW
    filled = np.where(masses > 0, masses, bound)
    return Scores(filled / filled.sum(), present)


def _owners(token: str, names: Sequence[str]) -> list[int]:
    """Return the places of the labels that a token begins."""
    begun = folded(token)
    if not begun:
        return []
    owners = [place for place, name in enumerate(names) if name.startswith(begun)]
    if len(begun) < LEAST_LETTERS:
        owners = [place for place in owners if names[place] == begun] if len(owners) == 1 else []
    return owners
