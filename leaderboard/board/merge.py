"""Several runs of one model -> one row: the fullest version of the model, measurement by measurement."""

import pandas as pd

from leaderboard.board.filters import VERIFICATION
from leaderboard.stats.comparable import MODEL, odd

ROW = ["suite", "task", *MODEL]
SHOWN = [*ROW, "scope", "dataset", "attack", "tag"]
"""What stands once on the board; of several measurements of it one is chosen."""


def newest(records: pd.DataFrame) -> pd.DataFrame:
    """Keep, per suite, task, model and method, one version of the model and of each measurement one run.

    What was verified further comes first: no run takes the place of one that keepers have looked at. The
    version (its fingerprint) is the one with the most finished measurements; of equal ones the one that
    was measured as most models are (so of several seeds the usual one), then the newest. Of its runs, each
    measurement is taken from a complete one, then from the one that has most numbers of the same measurement
    as most models (`leaderboard.stats.comparable.odd`), then from the one on the most examples, then from the
    newest. So a run under other settings never takes the place of one that can be compared, a small new run
    adds what an older one lacks, and numbers of two versions of a model are never mixed.
    """
    if records.empty:
        return records
    order = records.assign(
        trust=records["verification"].map(VERIFICATION.index),
        complete=records["run_status"] == "complete",
        usual=~records.index.isin(odd(records).index),
        attack=records["attack"].fillna(""),
        tag=records["tag"].fillna(""),
    )
    # Times are ISO 8601 in UTC, so the order of the text is the order in time.
    parts = order.groupby([*SHOWN, "fingerprint", "run", "created_at", "complete", "trust"], sort=False)
    runs = parts.agg(n=("n", "max"), usual=("usual", "sum")).reset_index()
    runs = runs.sort_values(["trust", "complete", "usual", "n", "created_at", "run"], kind="stable")
    versions = _versions(runs)
    runs = runs.merge(versions, on=[*ROW, "fingerprint"])
    winners = runs.drop_duplicates(SHOWN, keep="last")[[*SHOWN, "run"]]
    kept = order.reset_index()[["index", *SHOWN, "run"]].merge(winners, on=[*SHOWN, "run"])
    return records.loc[kept["index"].sort_values()]


def _versions(runs: pd.DataFrame) -> pd.DataFrame:
    """Return, per `ROW`, the version of the model to show."""
    whole = runs.assign(finished=runs["complete"].where(runs["scope"] == "measurement", other=False))
    counted = whole.drop_duplicates([*SHOWN, "fingerprint"], keep="last")
    table = counted.groupby([*ROW, "fingerprint"], sort=False).agg(
        trust=("trust", "max"),
        finished=("finished", "sum"),
        usual=("usual", "sum"),
        at=("created_at", "max"),
    )
    table = table.reset_index().sort_values(
        ["trust", "finished", "usual", "at", "fingerprint"], kind="stable"
    )
    return table.drop_duplicates(ROW, keep="last")[[*ROW, "fingerprint"]]
