"""How far texts are in meaning from an original: the distance of sentence-level attacks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from robtest.degree import MILLION
from robtest.errors import AttackError

_UNIT = 1e-3  # how far from 1 the length of a unit vector may be: that of half precision


class Encoder(Protocol):
    """Texts in, their meanings out.

    The vector of a text must not depend on the texts beside it by more than 1e-6 in any cosine, which
    is what batches of float32 stay well below.
    """

    def __call__(self, texts: Sequence[str], /) -> NDArray[np.float64]:
        """Return unit vectors, shape ``(len(texts), n_dimensions)``, of any text, the empty one included."""
        ...


@dataclass(frozen=True)
class Similarity:
    """Measures texts against one original; every distinct text is encoded once."""

    encoder: Encoder
    original: str
    _distances: dict[str, int] = field(default_factory=dict, init=False, repr=False)

    def distance(self, text: str) -> int:
        """Return the distance of one text, see `distances`."""
        return self.distances([text])[0]

    def distances(self, texts: Sequence[str]) -> list[int]:
        """Return ``1 - cosine`` in millionths, at least 1 for every text but the original, which has 0.

        Rounded up, and one millionth more: whoever encodes the text again, in another batch, finds a
        distance that is not larger. So a limit kept here is kept there.

        Source: Chen et al. 2023 (arXiv:2305.18503): RobTest's limit of distraction, cosine > 1 - degree.

        Raises:
            AttackError: if the encoder does not give one finite unit vector per text.
        """
        new = [text for text in dict.fromkeys(texts) if text not in self._distances and text != self.original]
        if new:
            # A product of matrices would sum in an order that depends on how many texts there are.
            cosines = (_unit_vectors(self.encoder, new) * self._vector).sum(axis=1)
            self._distances.update(zip(new, map(_millionths, cosines.tolist()), strict=True))
        return [0 if text == self.original else self._distances[text] for text in texts]

    @cached_property
    def _vector(self) -> NDArray[np.float64]:
        vector: NDArray[np.float64] = _unit_vectors(self.encoder, [self.original])[0]
        return vector


def _millionths(cosine: float) -> int:
    # The last digits of float64 must not make two of one.
    return max(0, math.ceil(round((1 - cosine) * MILLION, 3))) + 1


def _unit_vectors(encoder: Encoder, texts: Sequence[str]) -> NDArray[np.float64]:
    vectors = np.asarray(encoder(texts), dtype=np.float64)
    if vectors.ndim != 2 or len(vectors) != len(texts):
        raise AttackError(
            f"an encoder must give shape ({len(texts)}, n_dimensions), this one gave {vectors.shape}"
        )
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    # Written so that NaN, which is not near anything, is refused too.
    if not (np.abs(lengths - 1) <= _UNIT).all():
        raise AttackError("an encoder must give finite vectors of length 1; this one did not")
    unit: NDArray[np.float64] = vectors / lengths
    return unit
