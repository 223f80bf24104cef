"""The models in the order a preference puts them in: what the page and the command both show."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from boss.errors import ConfigError
from boss.tasks import Task
from leaderboard.board.display import counts
from leaderboard.board.files import Shown, facts_of
from leaderboard.board.site import Site
from leaderboard.board.table import Choice
from leaderboard.preference.pareto import dominates
from leaderboard.preference.preferences import Axis, Floats, Preference, offered, reward, written
from leaderboard.preference.redraw import OtherExamples, Points, redraw
from leaderboard.preference.stability import TOP, stability
from leaderboard.text import interval, listed, percent, shown

SEED = 0
"""Of the draws: the page and the command show the same shares each time."""
SHARES = {
    "first_weights": "First, weights vary",
    "first_examples": "First, examples vary",
    "first_both": "First, both vary",
    "top": f"Top {TOP}, both vary",
}


def order(
    board: pd.DataFrame, task: Task, preference: Preference, others: OtherExamples | None = None
) -> pd.DataFrame:
    """Return one row per model, the best first, those without a rank last.

    Columns: ``rank`` (equal scores share one), ``label``, ``model``, ``method``, ``score`` (R, see
    `leaderboard.preference.preferences.reward`) with ``score_low`` and ``score_high``; for each axis that
    counts its key and key_low, key_high, key_n, key_coverage in the number's own unit; ``front``, True for a
    model on the Pareto front, and ``dominated_by``, the best one that dominates it; the `SHARES`;
    ``independent``, why a model's numbers are drawn from their intervals, independent of other models' (empty
    where its answers are resampled); ``reason``, why a model has no rank.

    A model that lacks a number on an axis that counts, or has one that must not be ranked with the others,
    is listed without a rank, a score or a place on the front (None, NaN), never with a zero. The cost has no
    interval and no n.

    Args:
        board: of `leaderboard.board.site.Site.board`: rows of `leaderboard.board.table.board` with ``label``
            and ``n_parameters``. Their order does not matter.
        others: what `leaderboard.preference.redraw.other_examples` returns.

    Raises:
        ConfigError: if no model has a number on an axis that counts.
    """
    axes = counted(board, task, preference)
    # By name: the same draws fall to the same models whatever order they come in.
    board = board.sort_values(["model", "method"], kind="stable", ignore_index=True)
    table = pd.concat([board[["label", "model", "method"]], _numbers(board, axes)], axis=1)
    table["reason"] = _reasons(board, axes)
    ranked = table[table["reason"] == ""]
    if len(ranked):
        table = table.join(_judged(ranked, axes, preference, others or {}))
    else:
        table = table.reindex(columns=[*table.columns, *_JUDGED])
    first = ["rank", "label", "model", "method", "score", "score_low", "score_high"]
    rest = [str(name) for name in table.columns if name not in first]
    return table[[*first, *rest]].sort_values(["rank", "model", "method"], kind="stable", ignore_index=True)


def counted(board: pd.DataFrame, task: Task, preference: Preference) -> list[Axis]:
    """Return the axes that count, in their order.

    Raises:
        ConfigError: naming the axes that models of this board have numbers on.
    """
    here = offered(board, task, preference.under)
    for key in preference.keys:
        if key not in here:
            raise ConfigError(
                f"no model here has a number on {key}, which has a weight; axes here: "
                f"{', '.join(here) or 'none'}"
            )
    return [here[key] for key in preference.keys]


def plain(table: pd.DataFrame, axes: Sequence[Axis]) -> pd.DataFrame:
    """Return the order as text: every number with its interval and n; measurements are not escaped."""
    text: dict[str, list[str]] = {
        "Rank": ["–" if np.isnan(rank) else f"{rank:.0f}" for rank in table["rank"]],
        "Model": [shown(name) for name in table["label"]],
        "Score": [
            _with_interval(f"{score:.3f}", f"{low:.3f} to {high:.3f}") if not np.isnan(score) else "–"
            for score, low, high in table[["score", "score_low", "score_high"]].itertuples(index=False)
        ],
    }
    for axis in axes:
        text[axis.label] = [measurement(row, axis) for row in table.to_dict("records")]
    text["Pareto front"] = [_front(row) for row in table.to_dict("records")]
    for key, head in SHARES.items():
        text[head] = ["–" if np.isnan(share) else f"{percent(share)} %" for share in table[key]]
    if (table["reason"] != "").any():
        text["Not ranked because"] = list(table["reason"])
    return pd.DataFrame(text)


def drawn_from(table: pd.DataFrame) -> str:
    """Say in words what the draws of other examples rest on; ``table``: rows of `order` that have a rank."""
    alone = table[table["independent"] != ""]
    if alone.empty:
        return "Other examples are drawn from the stored answers, the same for all models."
    names = listed([shown(label) for label in alone["label"].head(3)])
    more = f" and {len(alone) - 3} more" if len(alone) > 3 else ""
    return (
        f"The numbers of {names}{more} are drawn from their intervals, independent of other models' "
        f"({alone['independent'].iloc[0]}), although all answered the same examples: first place looks less "
        "certain than it is."
    )


def measurement(row: Mapping[Hashable, Any], axis: Axis) -> str:
    """Return a row's number on an axis with its interval and n; a dash where it has none."""
    parts = ("", "_low", "_high", "_n", "_coverage")
    value, low, high, n, coverage = (row[axis.key + part] for part in parts)
    if np.isnan(value) or np.isnan(n):
        return axis.text(value)
    between = interval(low, high) if axis.percent else f"{axis.text(low)}–{axis.text(high)}"
    return f"{_with_interval(axis.text(value), between)} ({counts(n, coverage)})"


def exported(
    site: Site, choice: Choice, preference: Preference, axes: Sequence[Axis], table: pd.DataFrame
) -> Shown:
    """Return the order for export: every row with what it was chosen by, fractions in full precision.

    Args:
        table: of `order`, for these ``axes``.
    """
    identity = {
        "suite": choice.suite,
        "task": choice.task,
        "attack": choice.attack,
        "tag": choice.tag,
        "degree": choice.degree,
        "weights": written(preference.weights),
        "targets": written(preference.targets),
        "penalty": preference.penalty,
        "under": preference.under,
    }
    data = table.drop(columns="label")
    for place, (name, value) in enumerate(identity.items()):
        data.insert(place, name, value)
    title = f"Preferences on the BOSS x RobTest leaderboard: {choice.suite}, {choice.task}"
    day = str(site.of_task(choice)["created_at"].max())[:10]
    return Shown(data, plain(table, axes), title, day, site.name, facts_of(choice, site.of_task(choice)))


_JUDGED = ("rank", "score", "score_low", "score_high", "front", "dominated_by", *SHARES, "independent")


def _numbers(board: pd.DataFrame, axes: Sequence[Axis]) -> pd.DataFrame:
    """Return the numbers of each axis under its key; one without an interval is its own."""
    numbers: dict[str, pd.Series] = {}
    for axis in axes:
        value = board[axis.column].astype(float)
        numbers[axis.key] = value
        for part in ("_low", "_high"):
            numbers[axis.key + part] = board.get(axis.column + part, value).astype(float)
        nothing = pd.Series(np.nan, index=board.index)
        for part in ("_n", "_coverage"):
            numbers[axis.key + part] = board.get(axis.column + part, nothing).astype(float)
    return pd.DataFrame(numbers)


def _points(table: pd.DataFrame, axes: Sequence[Axis]) -> Points:
    """Return what the models of `order` count on these axes; all must have all numbers."""

    def stacked(part: str, other: str) -> Floats:
        columns = [
            axis.scaled(table[axis.key + (other if axis.lower_is_better else part)].to_numpy(float))
            for axis in axes
        ]
        return np.stack(columns, axis=-1)

    return Points(stacked("", ""), stacked("_low", "_high"), stacked("_high", "_low"))


def _reasons(board: pd.DataFrame, axes: Sequence[Axis]) -> list[str]:
    """Return why each model has no rank; nothing where it has one."""
    reasons = []
    for row in board.to_dict("records"):
        missing = [axis.label for axis in axes if np.isnan(row[axis.column])]
        causes = [f"no number: {listed(missing)}"] if missing else []
        causes += [f"{axis.label}: {mark}" for axis in axes if (mark := row.get(f"{axis.column}_mark"))]
        if not row["comparable"]:
            causes.append(f"not comparable: {row['notes']}")
        reasons.append("; ".join(causes))
    return reasons


def _judged(
    ranked: pd.DataFrame, axes: Sequence[Axis], preference: Preference, others: OtherExamples
) -> pd.DataFrame:
    """Return ranks, scores, front and shares of the models that have every number."""
    at = _points(ranked, axes)
    score = reward(at.value, preference, axes, preference.shares)
    of_weights, of_examples = np.random.default_rng(SEED).spawn(2)
    drawn, reasons = redraw(at, ranked, axes, others, of_examples)
    stable = stability(at.value, drawn, preference, axes, of_weights)
    beaten = dominates(at.value, at.low, at.high)
    labels = ranked["label"].to_numpy()
    best = np.where(beaten, score[:, None], -np.inf).argmax(axis=0)
    front = ~beaten.any(axis=0)
    columns = {
        "rank": 1 + (score[None, :] > score[:, None]).sum(axis=1),
        "score": score,
        "score_low": stable.low,
        "score_high": stable.high,
        "front": front,
        "dominated_by": np.where(front, None, labels[best]),
        **{key: getattr(stable, key) for key in SHARES},
        "independent": reasons,
    }
    return pd.DataFrame({name: columns[name] for name in _JUDGED}, index=ranked.index)


def _front(row: Mapping[Hashable, Any]) -> str:
    if row["reason"]:
        return "–"
    return "on the front" if row["front"] else f"dominated by {shown(row['dominated_by'])}"


def _with_interval(value: str, between: str) -> str:
    return f"{value} [{between}]"
