"""Where a model stands, and how sure that is."""

import numpy as np
import pandas as pd


def ranks(board: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return ``rank``, ``rank_low`` and ``rank_high`` of every row by the number ``key``; 1 is the highest.

    A row's rank is one more than the number of rows with a higher value, so equal values share a rank. Its
    interval counts only the rows whose intervals lie wholly above or below its own: ``rank_low`` is one more
    than those above, ``rank_high`` the number of rows less those below. Intervals that overlap are no test:
    the difference of two models on the same examples is known better than either number, and the page that
    compares two models tests it. The rank interval is therefore wider than needed, not narrower.

    Rows that are not comparable, or lack the number, have none (NaN).

    Args:
        board: rows of `leaderboard.table.board`.
    """
    entered = board["comparable"] & board[key].notna()
    value, low, high = (
        board.loc[entered, name].to_numpy(float) for name in (key, f"{key}_low", f"{key}_high")
    )
    found = pd.DataFrame(
        {
            "rank": 1 + (value[None, :] > value[:, None]).sum(axis=1),
            "rank_low": 1 + (low[None, :] > high[:, None]).sum(axis=1),
            "rank_high": len(value) - (high[None, :] < low[:, None]).sum(axis=1),
        },
        index=board.index[entered],
        dtype=np.float64,
    )
    return found.reindex(board.index)


def ordered(board: pd.DataFrame, key: str, *, best_first: bool = True) -> pd.DataFrame:
    """Return the board sorted by ``key``; what is missing stands last either way, and so do odd rows."""
    by = board.sort_values([key], ascending=not best_first, na_position="last", kind="stable")
    return by.sort_values("comparable", ascending=False, kind="stable", ignore_index=True)
