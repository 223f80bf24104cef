"""The board as a reader gets it: a grid to sort, a plain table to read, a flat table to export."""

import math
import re
from collections.abc import Sequence

import pandas as pd

from leaderboard.table import Choice, Measure, measures
from leaderboard.text import distinct, escaped, interval, percent, shown

PARTS = ("", "_low", "_high", "_n")
KNOWN = ("verification", "measured")
"""What is known of a model beside its numbers: columns of `leaderboard.filters.facts`."""


def grid(board: pd.DataFrame, columns: Sequence[Measure] | None = None) -> pd.DataFrame:
    """Return what the sortable table shows: per measure its key in per cent, and ``KEY_interval`` as text.

    Args:
        columns: the measures to show; all there are by default.
    """
    table: dict[str, object] = {}
    if "rank" in board:
        table |= {"rank": board["rank"], "ranks": _ranks(board)}
    table |= {"model": board["model"].map(shown), "method": board["method"].map(shown)}
    table |= {name: board[name] for name in KNOWN if name in board}
    if (board["notes"] != "").any():
        table["notes"] = board["notes"]
    for measure in measures(board) if columns is None else columns:
        table[measure.key] = 100 * board[measure.key]
        table[f"{measure.key}_interval"] = _intervals(board, measure)
    return pd.DataFrame(table)


def plain(board: pd.DataFrame, columns: Sequence[Measure] | None = None) -> pd.DataFrame:
    """Return the same as text for an HTML table; cells and heads are not yet escaped."""
    chosen = measures(board) if columns is None else columns
    table = pd.DataFrame({"Model": board["model"].map(shown), "Method": board["method"].map(shown)})
    for name in (name for name in KNOWN if name in board):
        table[name.capitalize()] = board[name]
    if "rank" in board:
        pairs = zip(board["rank"].tolist(), _ranks(board), strict=True)
        table.insert(0, "Rank", ["–" if ranks is None else f"{rank:.0f} [{ranks}]" for rank, ranks in pairs])
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
    ranks = [name for name in ("rank", "rank_low", "rank_high") if name in board]
    known = [name for name in KNOWN if name in board]
    table = board[[*ranks, "model", "method", *known, *numbers, "notes", "run_id"]]
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


def _intervals(board: pd.DataFrame, measure: Measure) -> list[str | None]:
    """Return each row's interval and n; None where it lacks the number."""
    parts = (board[measure.key + part].tolist() for part in PARTS)
    return [
        None if math.isnan(value) else f"{interval(low, high)} (n {n:.0f})"
        for value, low, high, n in zip(*parts, strict=True)
    ]


def _cells(board: pd.DataFrame, measure: Measure) -> list[str]:
    """Return each row's number with its interval and n; a dash where it lacks the number."""
    parts = (board[measure.key + part].tolist() for part in PARTS)
    return [
        "–" if math.isnan(value) else f"{percent(value)} [{interval(low, high)}] (n {n:.0f})"
        for value, low, high, n in zip(*parts, strict=True)
    ]


def _ranks(board: pd.DataFrame) -> list[str | None]:
    """Return from which rank to which each row may stand; None where it has none."""
    pairs = zip(board["rank_low"].tolist(), board["rank_high"].tolist(), strict=True)
    return [None if math.isnan(low) else f"{low:.0f}–{high:.0f}" for low, high in pairs]
