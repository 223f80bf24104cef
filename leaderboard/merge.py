"""Several runs of one model -> one row: the fullest version of the model, cell by cell."""

import pandas as pd

from leaderboard.comparable import MODEL

ROW = ["suite", "task", *MODEL]
CELL = [*ROW, "scope", "dataset", "attack", "tag"]


def newest(records: pd.DataFrame) -> pd.DataFrame:
    """Keep, per suite, task, model and method, one version of the model and of each cell one run.

    The version (its fingerprint) is the one with the most finished cells; of equal ones the newest. Of its
    runs each cell keeps a complete one, then the one on the most examples, then the newest: a small new run
    adds what an older one lacks and replaces nothing that was measured on more. Numbers of two versions of a
    model are never mixed.
    """
    if records.empty:
        return records
    order = records.assign(
        complete=records["run_status"] == "complete",
        attack=records["attack"].fillna(""),
        tag=records["tag"].fillna(""),
    )
    # Times are ISO 8601 in UTC, so the order of the text is the order in time.
    cells = order.groupby([*CELL, "fingerprint", "run", "created_at", "complete"], sort=False)
    runs = cells["n"].max().reset_index()
    runs = runs.sort_values(["complete", "n", "created_at", "run"], kind="stable")
    versions = _versions(runs)
    runs = runs.merge(versions, on=[*ROW, "fingerprint"])
    winners = runs.drop_duplicates(CELL, keep="last")[[*CELL, "run"]]
    kept = order.reset_index()[["index", *CELL, "run"]].merge(winners, on=[*CELL, "run"])
    return records.loc[kept["index"].sort_values()]


def _versions(runs: pd.DataFrame) -> pd.DataFrame:
    """Return, per `ROW`, the version of the model to show."""
    whole = runs.assign(finished=runs["complete"].where(runs["scope"] == "cell", other=False))
    counted = whole.drop_duplicates([*CELL, "fingerprint"], keep="last")
    table = counted.groupby([*ROW, "fingerprint"], sort=False).agg(
        finished=("finished", "sum"), at=("created_at", "max")
    )
    table = table.reset_index().sort_values(["finished", "at", "fingerprint"], kind="stable")
    return table.drop_duplicates(ROW, keep="last")[[*ROW, "fingerprint"]]
