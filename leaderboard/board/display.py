"""The board as text to read and as a flat table to export."""

import math
import re
from collections.abc import Sequence

import pandas as pd

from leaderboard.board.columns import Measure
from leaderboard.board.table import PARTS, Choice, measures
from leaderboard.text import distinct, escaped, interval, percent, shown

FACTS = ("verification", "measured")
"""Facts of a model beside its numbers: columns of `leaderboard.board.filters.facts`."""
RANKS = ("rank", "rank_low", "rank_high", "p_best", "ranked_by")
"""Of `leaderboard.board.ranking.ranks`; a board without ranks lacks them."""
MARK = "†"
"""Stands beside a number that is not ranked, whose reason follows."""


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


def limits(low: float, high: float, measure: Measure) -> str:
    """Return an interval as it is printed; a dash where there is none."""
    if measure.percent or math.isnan(low):
        return interval(low, high)
    return f"{number(low, measure)}–{number(high, measure)}"


def _cells(board: pd.DataFrame, measure: Measure) -> list[str]:
    """Return each row's number with its interval, n and mark; a dash where it lacks the number."""
    parts = (board[measure.key + part].tolist() for part in PARTS)
    return [
        "–"
        if math.isnan(value)
        else f"{number(value, measure)} [{limits(low, high, measure)}] ({counts(n, coverage)}){_marked(mark)}"
        for value, low, high, n, coverage, mark in zip(*parts, strict=True)
    ]


def _marked(mark: str) -> str:
    return f" {MARK} {mark}" if mark else ""


def _ranks(board: pd.DataFrame) -> list[str | None]:
    """Return from which rank to which each row may stand; None where it has none."""
    pairs = zip(board["rank_low"].tolist(), board["rank_high"].tolist(), strict=True)
    return [None if math.isnan(low) else f"{low:.0f}–{high:.0f}" for low, high in pairs]
