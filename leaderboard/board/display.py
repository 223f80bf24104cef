"""The board as a reader gets it: a grid to sort, a plain table to read, a flat table to export."""

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from leaderboard.board.columns import Measure
from leaderboard.board.table import Choice, measures
from leaderboard.text import distinct, escaped, interval, percent, shown

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

PARTS = ("", "_low", "_high", "_n", "_coverage", "_mark")
FACTS = ("verification", "measured")
"""Facts of a model beside its numbers: columns of `leaderboard.board.filters.facts`."""
RANKS = ("rank", "rank_low", "rank_high", "p_best", "ranked_by")
"""Of `leaderboard.board.ranking.ranks`; a board without ranks lacks them."""
MARK = "†"
"""Stands beside a number that is not ranked, whose reason follows."""
GREY = "color: #808080; font-style: italic"
"""Of such a number; it can be read on a light page and on a dark one."""


def grid(board: pd.DataFrame, columns: Sequence[Measure] | None = None) -> pd.DataFrame:
    """Return what the sortable table shows: per measure its key, and ``KEY_interval`` as text.

    Numbers are per cent or, where the measure is none, as they are.

    Args:
        columns: the measures to show; all there are by default.
    """
    table: dict[str, object] = {}
    if "rank" in board:
        table |= {"rank": board["rank"], "ranks": _ranks(board)}
        if board["p_best"].notna().any():
            table["p_best"] = 100 * board["p_best"]
    table |= {"model": board["model"].map(shown), "method": board["method"].map(shown)}
    table |= {name: board[name] for name in FACTS if name in board}
    if (board["notes"] != "").any():
        table["notes"] = board["notes"]
    for measure in measures(board) if columns is None else columns:
        table[measure.key] = board[measure.key] * (100 if measure.percent else 1)
        table[f"{measure.key}_interval"] = _intervals(board, measure)
    return pd.DataFrame(table)


def greyed(table: pd.DataFrame, board: pd.DataFrame) -> "Styler | pd.DataFrame":
    """Return `grid` with the numbers that are not ranked in grey; their mark stands beside the interval."""
    keys = [str(key) for key in table.columns if f"{key}_mark" in board]
    marked = {key: (board[f"{key}_mark"] != "").to_numpy() for key in keys}
    if not any(places.any() for places in marked.values()):
        return table
    styles = pd.DataFrame("", index=table.index, columns=table.columns)
    for key, places in marked.items():
        styles.loc[places, [key, f"{key}_interval"]] = GREY
    return table.style.apply(lambda _: styles, axis=None)


def plain(board: pd.DataFrame, columns: Sequence[Measure] | None = None) -> pd.DataFrame:
    """Return the board as text for an HTML table; cells and heads are not yet escaped."""
    chosen = measures(board) if columns is None else columns
    table = pd.DataFrame({"Model": board["model"].map(shown), "Method": board["method"].map(shown)})
    for name in (name for name in FACTS if name in board):
        table[name.capitalize()] = board[name]
    if "rank" in board:
        pairs = zip(board["rank"].tolist(), _ranks(board), strict=True)
        table.insert(0, "Rank", ["–" if ranks is None else f"{rank:.0f} [{ranks}]" for rank, ranks in pairs])
        if board["p_best"].notna().any():
            table.insert(1, "P(best)", [percent(share) for share in board["p_best"]])
    heads = distinct([*table.columns, *(shown(measure.label) for measure in chosen)])[-len(chosen) :]
    for head, measure in zip(heads if chosen else [], chosen, strict=True):
        table[head] = _cells(board, measure)
    return table if (board["notes"] == "").all() else table.assign(Notes=board["notes"])


def for_markdown(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of text with every cell and head escaped for Streamlit's markdown."""
    rows = [["" if pd.isna(cell) else escaped(str(cell)) for cell in row] for row in table.to_numpy()]
    return pd.DataFrame(rows, columns=[escaped(str(head)) for head in table.columns])


def flat(board: pd.DataFrame, choice: Choice, columns: Sequence[Measure] | None = None) -> pd.DataFrame:
    """Return the rows shown with fractions in full precision, and what they were chosen by.

    Names stand as the runs hold them. Missing numbers are missing.
    """
    chosen = measures(board) if columns is None else columns
    numbers = [measure.key + part for measure in chosen for part in PARTS]
    ranks = [name for name in RANKS if name in board]
    facts = [name for name in FACTS if name in board]
    table = board[[*ranks, "model", "method", *facts, *numbers, "notes", "run_id"]]
    identity = {
        "suite": choice.suite,
        "task": choice.task,
        "attack": choice.attack,
        "tag": choice.tag,
        "degree": choice.degree,
    }
    for place, (name, value) in enumerate(identity.items()):
        table.insert(place, name, value)
    return table


def file_name(choice: Choice, *first: str) -> str:
    """Return a file name, less its ending, of letters, digits and ``-`` only, whatever the suite is."""
    parts = [*first, choice.suite, choice.task, choice.attack, choice.tag]
    if choice.degree is not None:
        parts.append(f"{choice.degree:g}".replace(".", "_"))
    return "-".join(re.sub(r"\W+", "_", shown(part)) for part in parts if part is not None)


def counts(n: float, coverage: float) -> str:
    """Return n and, where it is known and not all, the share of the texts that an attack changed.

    >>> counts(60, 2 / 3), counts(60, 1), counts(60, math.nan)
    ('n 60; 66.7 % changed', 'n 60', 'n 60')
    """
    return f"n {n:.0f}; {percent(coverage)} % changed" if coverage < 1 else f"n {n:.0f}"


def number(value: float, measure: Measure) -> str:
    """Return a number as it is printed: per cent, or three decimals; a dash where there is none."""
    if measure.percent or math.isnan(value):
        return percent(value)
    return f"{value:.3f}"


def _intervals(board: pd.DataFrame, measure: Measure) -> list[str | None]:
    """Return each row's interval, n and mark; None where it lacks the number."""
    parts = (board[measure.key + part].tolist() for part in PARTS)
    return [
        None if math.isnan(value) else f"{_limits(low, high, measure)} ({counts(n, coverage)}){_marked(mark)}"
        for value, low, high, n, coverage, mark in zip(*parts, strict=True)
    ]


def _cells(board: pd.DataFrame, measure: Measure) -> list[str]:
    """Return each row's number with its interval, n and mark; a dash where it lacks the number."""
    parts = (board[measure.key + part].tolist() for part in PARTS)
    return [
        "–"
        if math.isnan(value)
        else f"{number(value, measure)} [{_limits(low, high, measure)}] ({counts(n, coverage)})"
        f"{_marked(mark)}"
        for value, low, high, n, coverage, mark in zip(*parts, strict=True)
    ]


def _limits(low: float, high: float, measure: Measure) -> str:
    return interval(low, high) if measure.percent else f"{number(low, measure)}–{number(high, measure)}"


def _marked(mark: str) -> str:
    return f" {MARK} {mark}" if mark else ""


def _ranks(board: pd.DataFrame) -> list[str | None]:
    """Return from which rank to which each row may stand; None where it has none."""
    pairs = zip(board["rank_low"].tolist(), board["rank_high"].tolist(), strict=True)
    return [None if math.isnan(low) else f"{low:.0f}–{high:.0f}" for low, high in pairs]
