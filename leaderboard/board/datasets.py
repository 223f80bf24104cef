"""A column for each dataset of a board: its clean number."""

import pandas as pd

from leaderboard.board.columns import Measure
from leaderboard.board.table import ENDS, ESTIMATE, Choice, headline
from leaderboard.stats.comparable import MODEL, marks
from leaderboard.text import shown

PREFIX = "dataset:"


def of_datasets(rows: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Return the clean records of the sets, as `leaderboard.board.table.behind` does: ``key`` and ``record``.

    Args:
        rows: of the board's suite and task.
    """
    clean = rows[rows["attack"].isna() & (rows["scope"] == "measurement")]
    clean = clean[headline(clean, choice.definition.metric)]
    return clean.assign(key=PREFIX + clean["dataset"], record=clean.index)


def with_datasets(board: pd.DataFrame, behind: pd.DataFrame) -> pd.DataFrame:
    """Return the board with the numbers of `of_datasets`, each with `ESTIMATE` and mark."""
    marked = marks(behind)
    parts = [board]
    for key, records in behind.groupby("key", sort=True):
        reasons = marked.loc[marked["key"] == key, [*MODEL, "mark"]]
        table = board[MODEL].merge(records[[*MODEL, *ESTIMATE]].drop_duplicates(MODEL), on=MODEL, how="left")
        table = table.merge(reasons, on=MODEL, how="left")
        columns = {f"{key}{end}": table[part].to_numpy() for part, end in ENDS.items()}
        columns[f"{key}_mark"] = table["mark"].astype(object).fillna("").to_numpy()
        parts.append(pd.DataFrame(columns, index=board.index))
    return pd.concat(parts, axis="columns")


def dataset_measures(rows: pd.DataFrame) -> list[Measure]:
    """Return the columns of `with_datasets`, the ID set first.

    Args:
        rows: of `of_datasets`.
    """
    sets = rows.drop_duplicates("dataset").sort_values(["role", "dataset"])
    return [
        Measure(PREFIX + name, shown(name), f"Clean, {'ID' if role == 'id' else 'OOD'} set, {metric}.")
        for name, role, metric in sets[["dataset", "role", "metric"]].itertuples(index=False)
    ]
