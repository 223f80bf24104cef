"""The board in one sentence: who leads, by how much, and who cannot be told apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leaderboard.board.columns import Measure
from leaderboard.board.display import limits, number
from leaderboard.board.ranking import Samples, ordered
from leaderboard.stats.comparable import MODEL
from leaderboard.stats.values import Sample, mean_of
from leaderboard.text import listed, shown

MOST_NAMED = 4
"""Of models that share the first rank; of more the rest is counted."""


@dataclass(frozen=True)
class Headline:
    """A sentence in pieces: ``leaders`` stand out on a page, ``rest`` follows them."""

    leaders: tuple[str, ...]
    rest: str

    def __str__(self) -> str:
        return f"{listed(list(self.leaders))} {self.rest}" if self.leaders else self.rest


def name_of(model: str, method: str) -> str:
    """Return a model's name with its method; one that was not trained by a method is named alone.

    >>> name_of("minilm", "linear_probe"), name_of("textblob", "none")
    ('minilm (linear_probe)', 'textblob')
    """
    return shown(model) if method == "none" else f"{shown(model)} ({shown(method)})"


def headline(board: pd.DataFrame, measure: Measure, metric: str, where: str, samples: Samples) -> Headline:
    """Return the sentence of a board.

    Args:
        board: ranked by ``measure``, as `leaderboard.board.site.Site.ranked` returns it in any order.
        metric: what the number is, such as ``accuracy``.
        where: on which texts, such as ``the shifted sets of sentiment``.
        samples: of ``measure``, for the interval of the lead.
    """
    ranked = ordered(board[board["rank"].notna()], measure)
    if ranked.empty:
        return Headline((), f"No model is ranked on {where}; the notes say why.")
    first, others = ranked[ranked["rank"] == 1], ranked[ranked["rank"] > 1]
    leaders = _names(first)
    if len(first) > 1:
        best, last = first[measure.key].iloc[0], first[measure.key].iloc[-1]
        values = f"{number(best, measure)} to {number(last, measure)}{_unit(measure)}"
        text = f"cannot be told apart on {where}: {metric} {values}"
        if others.empty:
            return Headline(leaders, f"{text}. No other model is ranked.")
        second = others.iloc[0]
        name = name_of(second["model"], second["method"])
        return Headline(leaders, f"{text}. The next is {name} with {number(second[measure.key], measure)}.")
    value = f"{metric} {_value(first.iloc[0], measure)}"
    if others.empty:
        return Headline(leaders, f"is the only ranked model on {where}: {value}.")
    second = others[others["rank"] == others["rank"].iloc[0]]
    lead = _lead(first.iloc[0], second.iloc[0], measure, samples)
    shared = ", which cannot be told apart" if len(second) > 1 else ""
    text = f"leads on {where}: {value}, {lead} {listed(list(_names(second)))}{shared}."
    return Headline(leaders, text)


def _names(rows: pd.DataFrame) -> tuple[str, ...]:
    """Return the names of models that share a rank, as many as `MOST_NAMED`."""
    names = [name_of(model, method) for model, method in rows[MODEL].to_numpy()]
    if len(names) > MOST_NAMED:
        names = [*names[: MOST_NAMED - 1], f"{len(names) - MOST_NAMED + 1} more"]
    return tuple(names)


def _lead(first: pd.Series, second: pd.Series, measure: Measure, samples: Samples) -> str:
    """Return by how much the first is ahead of the second, with the interval where answers allow one."""
    sign = 1.0 if measure.higher_is_better else -1.0
    points = "points " if measure.percent else ""
    side = "above" if measure.higher_is_better else "below"
    text = number(sign * (first[measure.key] - second[measure.key]), measure)
    pairs = [samples.get((str(row["model"]), str(row["method"]))) for row in (first, second)]
    ends = _difference(pairs, sign)
    if ends is None:
        return f"{text} {points}{side}"
    low, high = (number(limit, measure) for limit in ends)
    return f"{text} {points}[{low} to {high}] {side}"


def _difference(pairs: Sequence[Sequence[Sample] | str | None], sign: float) -> tuple[float, float] | None:
    a, b = pairs
    if a is None or b is None or isinstance(a, str) or isinstance(b, str):
        return None
    ours, theirs = (sorted(samples, key=lambda sample: sample.identity) for samples in (a, b))
    if [(s.identity, s.examples) for s in ours] != [(s.identity, s.examples) for s in theirs]:
        return None
    (_, mine), (_, other) = mean_of(ours), mean_of(theirs)
    low, high = np.quantile(sign * (mine - other), [0.025, 0.975])
    return float(low), float(high)


def _value(row: pd.Series, measure: Measure) -> str:
    ends = limits(row[f"{measure.key}_low"], row[f"{measure.key}_high"], measure)
    return f"{number(row[measure.key], measure)}{_unit(measure)} [{ends}]"


def _unit(measure: Measure) -> str:
    return " %" if measure.percent else ""
