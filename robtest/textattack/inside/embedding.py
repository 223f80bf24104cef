"""The counter-fitted vectors as TextAttack wants them."""

from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from textattack.shared import WordEmbedding

from robtest.language.vectors import vectors


@cache
def counterfitted() -> "CounterFitted":
    """Return the vectors, read once per process (120 MB)."""
    words, row, unit = vectors()
    return CounterFitted(words, row, unit)


class CounterFitted(WordEmbedding):  # type: ignore[misc]
    """65,713 vectors of length 1; distances are computed when asked for, and few are kept.

    TextAttack's class looks neighbours up in a table it publishes; without one its search for them
    fails. Neighbours by cosine are those by Euclidean distance, as all vectors have length 1.
    """

    def __init__(self, words: list[str], row: dict[str, int], unit: NDArray[np.float32]) -> None:
        """Take words, the row of each, and their vectors, shape ``(n_words, 300)``."""
        super().__init__(unit, row, words)
        self._nearest = lru_cache(maxsize=1 << 14)(self._search)

    def get_mse_dist(self, a: str | int, b: str | int) -> float:
        """Return the squared Euclidean distance of two words (so TextAttack understands the name)."""
        difference = self[a] - self[b]
        return float(difference @ difference)

    def get_cos_sim(self, a: str | int, b: str | int) -> float:
        """Return the cosine of two words."""
        return float(self[a] @ self[b])

    def nearest_neighbours(self, index: str | int, topn: int) -> tuple[int, ...]:
        """Return the rows of the ``topn`` words nearest to a word, itself left out."""
        row = self.word2index(index) if isinstance(index, str) else int(index)
        return self._nearest(row, topn)

    def _search(self, row: int, topn: int) -> tuple[int, ...]:
        # Rounded, so that a sum in another order, on another machine, changes no neighbour.
        cosine = np.round(self.embedding_matrix @ self.embedding_matrix[row], 4)
        order = np.argsort(-cosine, kind="stable")[: topn + 1]
        return tuple(i for i in order.tolist() if i != row)[:topn]
