"""Tags from a word's shape, affixes and neighbours: a linear tagger with legal BIO decoding."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from boss.data.types import Example, Split
from boss.models.base import Prediction
from boss.models.bio import best_legal_tags
from boss.models.cache import load_arrays, save_arrays
from boss.models.fitted import Answer
from boss.models.linear import Linear, fit_on, softmax
from boss.models.text import encodable
from boss.tasks import Task

HEAD = "head.npz"
BUCKETS = 2**16
STRENGTHS = (1.0, 10.0)


@dataclass(frozen=True)
class TaggerOfShapes:
    """Multinomial logistic regression on hashed features of a token and its two neighbours each side."""

    task: Task

    def fit(self, train: Split, validation: Split | None, folder: Path, seed: int) -> None:
        """Write the weights into ``folder``; nothing here is random."""
        features = self._features
        head = fit_on(self.task, features, train, validation, strengths=STRENGTHS, tolerance=1e-3)
        save_arrays(folder / HEAD, head.arrays())

    def load(self, folder: Path) -> Answer:
        """Return what answers with the weights in ``folder``."""
        head = Linear(**load_arrays(folder / HEAD))

        def answer(examples: Sequence[Example]) -> list[Prediction]:
            ends = np.cumsum([len(example.inputs["tokens"]) for example in examples])
            table = head.logits(self._features(examples))
            return [
                Prediction(best_legal_tags(logits, self.task.labels), softmax(logits), logits)
                for logits in np.split(table, ends[:-1])
            ]

        return answer

    def _features(self, examples: Sequence[Example]) -> Any:
        from sklearn.feature_extraction import FeatureHasher

        hasher = FeatureHasher(BUCKETS, input_type="string", alternate_sign=False)
        rows = [
            row
            for example in examples
            for row in token_features([encodable(token) for token in example.inputs["tokens"]])
        ]
        return hasher.transform(rows) if rows else np.zeros((0, BUCKETS))


def token_features(tokens: Sequence[str]) -> Iterator[list[str]]:
    """Yield the named features of each token.

    Source: the local features of Ratinov & Roth 2009, "Design Challenges and Misconceptions in Named
    Entity Recognition", section 3, without their gazetteers and their earlier decisions.
    """
    lowered = [token.lower() for token in tokens]
    shapes = [shape(token) for token in tokens]
    for i, (token, low) in enumerate(zip(tokens, lowered, strict=True)):
        row = ["bias", f"w={low}", f"shape={shapes[i]}", f"first={i == 0}", f"first={i == 0}|{shapes[i]}"]
        row += [f"pre{n}={token[:n]}" for n in (1, 2, 3, 4)]
        row += [f"suf{n}={low[-n:]}" for n in (1, 2, 3, 4)]
        for step in (-2, -1, 1, 2):
            near = 0 <= i + step < len(tokens)
            row.append(f"w{step:+}={lowered[i + step] if near else '<edge>'}")
            row.append(f"shape{step:+}={shapes[i + step] if near else '<edge>'}")
        row.append(f"around={row[-8]}|{row[-4]}")
        yield row


def shape(token: str) -> str:
    """Return a token with runs of capitals, small letters and digits as ``X``, ``x`` and ``0``.

    >>> shape("McKay-2")
    'XxXx-0'
    """
    kinds = ["X" if c.isupper() else "x" if c.isalpha() else "0" if c.isdigit() else c for c in token]
    return "".join(c for i, c in enumerate(kinds) if i == 0 or c != kinds[i - 1])[:12]
