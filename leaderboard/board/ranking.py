"""Where a model stands, and how sure that is."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from boss.metrics.scores import Floats
from leaderboard.board.columns import OOD_WORST, Measure
from leaderboard.board.filters import is_verified
from leaderboard.stats.comparable import MODEL
from leaderboard.stats.ties import Bools, Drawn, above, drawn, first
from leaderboard.stats.values import NOT_STORED, Sample

RANKS = ["rank", "rank_low", "rank_high", "p_best", "ranked_by"]
PAIRED = "paired test"
_EQUAL = 1e-6
"""How close the stored answers come to the number shown; samples are kept in single precision."""

Samples = Mapping[tuple[str, str], Sequence[Sample] | str]
"""Model and method -> the samples its number is made of, or the reason why there are none."""


def entered(board: pd.DataFrame, *, together: bool) -> pd.Series:
    """Return which rows are ranked at all: those that keepers verified (`leaderboard.board.filters`).

    Where none is verified, as in a folder of one's own, all are.

    Args:
        board: with the columns of `leaderboard.board.filters.facts`.
        together: all are, whoever verified them.
    """
    verified = is_verified(board["verification"])
    return verified | (together or not verified.any())


def rankable(board: pd.DataFrame, key: str) -> pd.Series:
    """Return which rows are ranked by the number ``key``: comparable, and the number there and unmarked.

    Args:
        board: rows of `leaderboard.board.table.board`; a column ``ranked`` leaves rows out (`entered`).
    """
    ranked = board["ranked"] if "ranked" in board else True
    return board["comparable"] & board[key].notna() & (board[f"{key}_mark"] == "") & ranked


def ranks(board: pd.DataFrame, measure: Measure, samples: Samples) -> pd.DataFrame:
    """Return the `RANKS` of every row by one number; rows that are not `rankable` have none (NaN, "").

    Two models are told apart by a paired test on the same examples (`leaderboard.stats.ties`). Where one of
    them has no answers to test, or answered other examples than most, only intervals that do not overlap tell
    them apart, which is less sharp and no part of the tests' family; ``ranked_by`` says which it was and why.

    - ``rank_low`` is one more than the number of models above, ``rank_high`` the number of models less those
      below.
    - ``rank``: down the board, a row shares the rank of the rows before it until one of these is above it;
      then it is one more than the number of rows before it. It lies between the two.
    - ``p_best``: the share of resamples in which the model is the best of those with answers.

    Args:
        board: rows of `leaderboard.board.table.board`.
    """
    entered = board[rankable(board, measure.key)]
    sign = 1.0 if measure.higher_is_better else -1.0
    value = sign * entered[measure.key].to_numpy(float)
    limits = [sign * entered[f"{measure.key}_{end}"].to_numpy(float) for end in ("low", "high")]
    beats = np.minimum(*limits)[:, None] > np.maximum(*limits)[None, :]
    # An interval need not hold its estimate; who is above must be higher.
    beats &= value[:, None] > value[None, :]
    paired = side_by_side(entered, measure, samples)
    best = np.full(len(entered), np.nan)
    if paired.models is not None:
        beats[np.ix_(paired.places, paired.places)] = above(paired.models)
        best[paired.places] = first(paired.models)
    table = pd.DataFrame(
        {
            "rank": _shared(value, beats),
            "rank_low": 1.0 + beats.sum(axis=0),
            "rank_high": len(value) - beats.sum(axis=1, dtype=np.float64),
            "p_best": best,
            "ranked_by": pd.Series(paired.how, index=entered.index, dtype=object),
        },
        index=entered.index,
    )
    return table.reindex(board.index).fillna({"ranked_by": ""})


def ordered(board: pd.DataFrame, measure: Measure, *, best_first: bool = True) -> pd.DataFrame:
    """Return the board sorted by one number; rows without it stand last either way, before them the unranked.

    Args:
        board: rows of `leaderboard.board.table.board`; with `RANKS` where they were made by this number.
    """
    falling = best_first == measure.higher_is_better
    by = board.sort_values(measure.key, ascending=not falling, na_position="last", kind="stable")
    has_no_rank = by["rank"].isna() if "rank" in by else ~rankable(by, measure.key)
    unranked = has_no_rank.astype(int) + by[measure.key].isna()
    return by.loc[unranked.sort_values(kind="stable").index].reset_index(drop=True)


def place(low: float, high: float) -> str:
    """Return from which to which rank a model may stand as one expression; a dash for none.

    >>> place(1, 1), place(2, 6), place(float("nan"), float("nan"))
    ('1', '2–6', '–')
    """
    if math.isnan(low):
        return "–"
    return f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"


@dataclass(frozen=True)
class SideBySide:
    """Which models can be tested.

    Attributes:
        places: of these in the board.
        models: their numbers, in the order of ``places``; None where there are fewer than two.
        how: what each model of the board is ranked by.
    """

    places: list[int]
    models: Drawn | None
    how: list[str]


def side_by_side(entered: pd.DataFrame, measure: Measure, samples: Samples) -> SideBySide:
    """Find the models whose stored answers make their numbers, on the examples of most."""
    names = [(str(model), str(method)) for model, method in entered[MODEL].to_numpy()]
    lowest = measure.key == OOD_WORST
    checks = [
        _checked(samples.get(name, NOT_STORED), shown, lowest=lowest)
        for name, shown in zip(names, entered[measure.key], strict=True)
    ]
    usual = _most([check for check in checks if not isinstance(check, str)])
    how = [
        check if isinstance(check, str) else "" if _sets(check) == usual else "other examples than most"
        for check in checks
    ]
    places = [i for i, reason in enumerate(how) if not reason]
    if len(places) < 2:
        alone = "intervals: no other model on the same examples" if len(how) > 1 else ""
        return SideBySide([], None, [f"intervals: {reason}" if reason else alone for reason in how])
    chosen = [check for i in places if not isinstance(check := checks[i], str)]
    models = drawn(chosen, lowest=lowest, higher_is_better=measure.higher_is_better)
    return SideBySide(places, models, [f"intervals: {reason}" if reason else PAIRED for reason in how])


def _checked(answers: Sequence[Sample] | str, shown: float, *, lowest: bool) -> list[Sample] | str:
    """Return a model's samples by identity; a reason where they do not make what is shown."""
    if isinstance(answers, str):
        return answers
    samples = sorted(answers, key=lambda sample: sample.identity)
    values = [sample.value for sample in samples]
    value = min(values) if lowest else sum(values) / len(values)
    return samples if abs(value - shown) < _EQUAL else "stored answers give another number"


def _sets(samples: Sequence[Sample]) -> tuple[tuple[str, str], ...]:
    """Return the measurement's identity and the digest of the examples of each sample."""
    return tuple((sample.identity, sample.examples) for sample in samples)


def _most(models: Sequence[Sequence[Sample]]) -> tuple[tuple[str, str], ...]:
    """Return the examples that most models answered; of equally many the first by their digests."""
    votes = Counter(_sets(samples) for samples in models)
    return min(votes, key=lambda key: (-votes[key], key), default=())


def _shared(value: Floats, beats: Bools) -> Floats:
    """Return the rank of each model, shared down the board as `ranks` says."""
    rank, group, start = np.empty(len(value)), list[int](), 1
    # Of equal values the one that more are above goes last, so that its rank is not the other's to share.
    for place, i in enumerate(np.lexsort((beats.sum(axis=0), -value)), 1):
        if beats[group, i].any():
            group, start = [], place
        group.append(int(i))
        rank[i] = start
    return rank
