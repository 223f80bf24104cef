"""At most so many examples of a class, chosen by the digest of their ids: BOSS balances two training sets."""

import hashlib
import heapq
from collections.abc import Iterator

from boss.data.types import Example, SplitName


class Balance:
    """Keeps of each class the examples whose ids have the smallest sha256, and at most ``n`` of them.

    A set of millions of rows is never in memory whole.
    """

    def __init__(self, n: int) -> None:
        self._n = n
        self._classes: dict[str, list[tuple[int, int, SplitName, Example]]] = {}
        self._seen = 0

    def add(self, split: SplitName, example: Example) -> None:
        """Add an example of ``split``; drop one of its class where there are too many."""
        self._seen += 1
        heap = self._classes.setdefault(str(example.gold), [])
        rank = int.from_bytes(hashlib.sha256(f"balance:{example.id}".encode()).digest())
        heapq.heappush(heap, (-rank, self._seen, split, example))
        if len(heap) > self._n:
            heapq.heappop(heap)

    def kept(self) -> Iterator[tuple[SplitName, Example]]:
        """Yield the examples that were kept, in the order they came."""
        rows = sorted((row[1:] for heap in self._classes.values() for row in heap), key=lambda row: row[0])
        yield from ((split, example) for _, split, example in rows)

    @property
    def n_over(self) -> int:
        """Number of examples that were dropped."""
        return self._seen - sum(map(len, self._classes.values()))
