"""Choosing among functions by n-grams that their name and description share with the query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from boss.models.choice import Chooser, Encode
from boss.models.text import encodable
from boss.models.tfidf_text import Ngrams


@dataclass(frozen=True)
class NgramChooser(Chooser):
    """Likeness by tf-idf weighted n-grams; words and characters count one half each."""

    ngrams: Ngrams

    def fit_encoder(self, texts: Sequence[str], folder: Path) -> tuple[Encode, Mapping[str, NDArray[Any]]]:
        """Return what encodes by the n-grams of queries and functions in the train split."""
        fitted, idf = self.ngrams.fit([encodable(text) for text in texts], folder)
        return partial(_encode, fitted), idf

    def encoder(self, folder: Path, arrays: Mapping[str, NDArray[Any]]) -> Encode:
        """Return what encodes, from what was stored."""
        return partial(_encode, self.ngrams.load(folder, arrays))


def _encode(vectorisers: Sequence[Any], texts: Sequence[str]) -> Any:
    from scipy import sparse
    from sklearn.preprocessing import normalize

    known = [encodable(text) for text in texts]
    rows = sparse.hstack([vectoriser.transform(known) for vectoriser in vectorisers], format="csr")
    return normalize(rows)
