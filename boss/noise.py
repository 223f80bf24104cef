"""What stands of an attack on a model that may answer the same text otherwise when it is asked again."""

from collections.abc import Sequence

from robtest.types import Outcome, Query

_Worth = tuple[float, bool]
_PERFECT: _Worth = (1.0, True)


class Confirmation:
    """Asks a second time about every copy that is answered worse than the clean text; the better one counts.

    So a success counts where both answers are, and a search goes on behind one that does not stand. The
    clean answer is the first one, as in a clean measurement. Of two answers at random one is the better, so
    copies gain a little by it: what is counted against a model is no less than sure, but not all of it. And a
    search that asks about many texts still meets some that are answered wrongly twice by chance.

    Attributes:
        n_again: copies that were asked about again; ``n_unconfirmed`` of them came out as good as the clean
            text then.
    """

    def __init__(self, clean: Sequence[str]) -> None:
        """Begin with the clean text of each example, by its place."""
        self._texts = clean
        self._clean: dict[int, _Worth] = {}
        self.n_again = self.n_unconfirmed = 0

    def doubted(self, queries: Sequence[Query], outcomes: Sequence[Outcome]) -> list[int]:
        """Return the places of the queries that are to be asked again."""
        for query, outcome in zip(queries, outcomes, strict=True):
            if query.text == self._texts[query.example]:
                self._clean[query.example] = _worth(outcome)
        places = [
            i
            for i, (query, outcome) in enumerate(zip(queries, outcomes, strict=True))
            if query.text != self._texts[query.example] and _worth(outcome) < self._bar(query)
        ]
        self.n_again += len(places)
        return places

    def stands(self, query: Query, first: Outcome, second: Outcome) -> Outcome:
        """Return which of two outcomes counts."""
        self.n_unconfirmed += _worth(second) >= self._bar(query)
        return second if _worth(second) > _worth(first) else first

    def _bar(self, query: Query) -> _Worth:
        """Return what the clean text is worth; all there is where a search has not asked about it yet."""
        return self._clean.get(query.example, _PERFECT)


def _worth(outcome: Outcome) -> _Worth:
    return outcome.value, outcome.correct
