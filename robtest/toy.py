"""A toy victim whose answer to any text, attacked or not, is known by hand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robtest.types import Judge
from robtest.victim import judge_by


@dataclass(frozen=True)
class Keyword:
    """Class 1 if one of the white-space tokens is the keyword, case included; class 0 otherwise.

    So every edit inside the keyword changes the answer, and no other edit that leaves it standing
    does.

    Attributes:
        confidence: probability of the predicted class, above one half.
    """

    keyword: str
    confidence: float = 0.9

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return probabilities, shape ``(n_texts, 2)``."""
        positive = np.array([self.keyword in text.split() for text in texts], dtype=bool)
        p = np.where(positive, self.confidence, 1 - self.confidence)
        return np.stack([1 - p, p], axis=1)

    def judge(self, labels: Sequence[int]) -> Judge:
        """Return this victim as the judge of examples with these labels."""
        return judge_by(self, labels)
