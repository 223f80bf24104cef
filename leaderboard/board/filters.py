"""Which rows of the board a reader wants to see. The numbers and ranks of a row do not depend on it."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from leaderboard.stats.comparable import MODEL
from leaderboard.submission.decisions import LEVELS
from leaderboard.text import shown

VERIFICATION: tuple[str, ...] = LEVELS
"""From least to most believed."""

RANKED_FROM = "regenerated"
"""The least level at which keepers made more than the sender's numbers again: from it on rows are ranked."""

SIZES: dict[str, tuple[float, float]] = {
    "below 10 M": (0, 1e7),
    "10 M to 100 M": (1e7, 1e8),
    "100 M to 1 B": (1e8, 1e9),
    "1 B and more": (1e9, float("inf")),
}
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Filter:
    """What a reader asks for; an empty field asks for nothing.

    Attributes:
        words: separated by spaces: every word must stand in the model's name or its method; ``|`` between
            words means or.
        sizes: names of `SIZES`, or ``unknown``.
        verification: the least level.
        since: the day from which on it was measured.
    """

    words: str = ""
    methods: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    verification: str = VERIFICATION[0]
    since: date | None = None


def is_verified(levels: pd.Series) -> pd.Series:
    """Return where a level of verification is `RANKED_FROM` or above."""
    return levels.map(VERIFICATION.index) >= VERIFICATION.index(RANKED_FROM)


def facts(records: pd.DataFrame) -> pd.DataFrame:
    """Return what is known of each model: `MODEL`, n_parameters, size, verification (the least), measured.

    ``measured`` is the day of its newest number, YYYY-MM-DD.
    """
    records = records.assign(trust=records["verification"].map(VERIFICATION.index))
    groups = records.groupby(MODEL, sort=True)
    table = groups.agg(
        n_parameters=("n_parameters", "max"), trust=("trust", "min"), measured=("created_at", "max")
    ).reset_index()
    return table.assign(
        size=[_size(n) for n in table["n_parameters"]],
        verification=[VERIFICATION[level] for level in table.pop("trust")],
        measured=table["measured"].str[:10],
    )


def mask(models: pd.DataFrame, choice: Filter) -> pd.Series:
    """Return a mask of the rows of ``models`` (columns of `facts`) that the filter keeps.

    >>> models = pd.DataFrame({"model": ["a-small", "b"], "method": ["x", "x"], "size": ["unknown"] * 2,
    ...     "verification": ["recomputed"] * 2, "measured": ["2025-01-01"] * 2})
    >>> list(mask(models, Filter("small|tiny")))
    [True, False]
    """
    names = [f"{shown(model)} {shown(method)}".lower() for model, method in models[MODEL].to_numpy()]
    kept = pd.Series([_says(name, choice.words.lower()) for name in names], index=models.index, dtype=bool)
    if choice.methods:
        kept &= models["method"].isin(choice.methods)
    if choice.sizes:
        kept &= models["size"].isin(choice.sizes)
    kept &= models["verification"].map(VERIFICATION.index) >= VERIFICATION.index(choice.verification)
    if choice.since is not None:
        kept &= models["measured"] >= choice.since.isoformat()
    return kept


def _says(name: str, words: str) -> bool:
    return all(
        any(part in name for part in word.split("|") if part) for word in words.split() if word.strip("|")
    )


def _size(n_parameters: float) -> str:
    if pd.isna(n_parameters):
        return UNKNOWN
    return next(name for name, (low, high) in SIZES.items() if low <= n_parameters < high)
