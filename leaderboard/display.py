"""The board as a reader gets it: a grid to sort, a plain table to read, a CSV file; one source for all."""

import re

import pandas as pd

from leaderboard.table import Choice, Measure, measures
from leaderboard.text import distinct, escaped, interval, percent, shown

PARTS = ("", "_low", "_high", "_n")


def grid(board: pd.DataFrame) -> pd.DataFrame:
    """Return what the sortable table shows: per measure its key in per cent, and ``KEY_interval`` as text."""
    columns: dict[str, object] = {"model": board["model"].map(shown), "method": board["method"].map(shown)}
    if (board["notes"] != "").any():
        columns["notes"] = board["notes"]
    for measure in measures(board):
        columns[measure.key] = 100 * board[measure.key]
        columns[f"{measure.key}_interval"] = [_interval(row, measure) for _, row in board.iterrows()]
    return pd.DataFrame(columns)


def plain(board: pd.DataFrame) -> pd.DataFrame:
    """Return the same as text for an HTML table, escaped for Streamlit's markdown."""
    heads = ["Model", "Method", *(shown(measure.label) for measure in measures(board))]
    rows = [
        [shown(row["model"]), shown(row["method"]), *(_cell(row, measure) for measure in measures(board))]
        for _, row in board.iterrows()
    ]
    if (board["notes"] != "").any():
        heads.append("Notes")
        rows = [[*row, notes] for row, notes in zip(rows, board["notes"], strict=True)]
    return pd.DataFrame(
        [[escaped(cell) for cell in row] for row in rows], columns=[escaped(head) for head in distinct(heads)]
    )


def csv(board: pd.DataFrame, choice: Choice) -> str:
    """Return the board as CSV: the rows shown, fractions in full precision, and what they were chosen by.

    Names stand as the runs hold them. Missing numbers are empty.
    """
    numbers = [measure.key + part for measure in measures(board) for part in PARTS]
    table = board[["model", "method", *numbers, "notes", "run_id"]]
    identity = {
        "suite": choice.suite,
        "task": choice.task,
        "attack": choice.attack,
        "tag": choice.tag,
        "degree": choice.degree,
    }
    for place, (name, value) in enumerate(identity.items()):
        table.insert(place, name, value)
    return table.to_csv(index=False)


def csv_name(choice: Choice) -> str:
    """Return a file name made of letters, digits and ``-`` only, whatever the suite is called."""
    parts = [choice.suite, choice.task, choice.attack, choice.tag]
    if choice.degree is not None:
        parts.append(f"{choice.degree:g}".replace(".", "_"))
    return "-".join(re.sub(r"\W+", "_", shown(part)) for part in parts if part is not None) + ".csv"


def _interval(row: pd.Series, measure: Measure) -> str | None:
    if pd.isna(row[measure.key]):
        return None
    return f"{_limits(row, measure)} (n {row[f'{measure.key}_n']:.0f})"


def _cell(row: pd.Series, measure: Measure) -> str:
    if pd.isna(row[measure.key]):
        return "–"
    return f"{percent(row[measure.key])} [{_limits(row, measure)}] (n {row[f'{measure.key}_n']:.0f})"


def _limits(row: pd.Series, measure: Measure) -> str:
    return interval(row[f"{measure.key}_low"], row[f"{measure.key}_high"])
