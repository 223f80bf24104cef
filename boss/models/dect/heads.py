"""What decides on a frozen model's features: the decoder, and the rivals that it has to beat.

`Decoder` and `Logistic` are fitted on the shots. Label words are asked as they are: the model's own answer
without any training, the floor of both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from boss.models.linear import Floats, Linear, fit_linear


class ShotHead(Protocol):
    """What is fitted on a few examples' features.

    In both, ``h`` has shape ``(n, d)`` and ``s`` ``(n, n_labels)``; of a model that shows no states, or gives
    no scores, ``(n, 0)``.
    """

    def fit(
        self, h: Floats, s: Floats, gold: NDArray[np.intp], labels: Sequence[str], n_shots: int, seed: int
    ) -> dict[str, Floats]:
        """Return what is learnt, by name.

        Args:
            n_shots: examples of the most common class.
        """
        ...

    def scores(self, arrays: dict[str, Floats], h: Floats, s: Floats) -> Floats:
        """Return logits, shape ``(n, n_labels)``, from what `fit` returned."""
        ...


@dataclass(frozen=True)
class Logistic:
    """Multinomial logistic regression on the same features, by scikit-learn (implements `ShotHead`).

    Attributes:
        strength: scikit-learn's ``C``. Nothing is chosen by a validation split, of which the decoder has
            none either.
    """

    strength: float = 1.0

    def fit(
        self, h: Floats, s: Floats, gold: NDArray[np.intp], labels: Sequence[str], n_shots: int, seed: int
    ) -> dict[str, Floats]:
        """Return weights and biases; nothing here is random."""
        features = np.concatenate([h, s], axis=1)
        return fit_linear(features, gold, len(labels), None, strengths=(self.strength,)).arrays()

    def scores(self, arrays: dict[str, Floats], h: Floats, s: Floats) -> Floats:
        """Return logits of examples, from what `fit` returned."""
        return Linear(arrays["weight"], arrays["bias"]).logits(np.concatenate([h, s], axis=1))
