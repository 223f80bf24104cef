"""One model beside the median of its board: on each dataset, and under each attack."""

import pandas as pd

from leaderboard.board.table import ESTIMATE, Choice, headline, heat
from leaderboard.stats.comparable import odd
from leaderboard.text import shown

CLEAN, ATTACKED = "clean", "under attack"
AGGREGATE = "average"
"""Of the copies under an attack: what a change of this kind costs."""


def profile(rows: pd.DataFrame, choice: Choice, model: str, method: str) -> pd.DataFrame:
    """Return one row per dataset and per attack that the model has a number of.

    Columns: ``what``, ``group`` (`CLEAN` or `ATTACKED`), `ESTIMATE`, ``median`` over the models of the board
    that were measured as most were, this one among them, and ``models``, how many these are. Under attack it
    is the mean over the shifted sets, or the ID set where no model has them, average copy, at the degree of
    ``choice``; a model that was attacked on fewer sets than others has no such number.

    Args:
        rows: of the suite and task.
    """
    clean = rows[rows["attack"].isna() & (rows["scope"] == "measurement")]
    clean = clean[headline(clean, choice.definition.metric)].sort_values(["role", "recall_only", "dataset"])
    recall = clean["recall_only"].map({True: ", recall", False: ""})
    roles = clean["role"].str.upper()
    what = [
        f"{shown(name)} ({role}{more})"
        for name, role, more in zip(clean["dataset"], roles, recall, strict=True)
    ]
    parts = [_beside(clean.assign(what=what, group=CLEAN), odd(clean).index, model, method)]
    under = heat(rows, choice, "ood", AGGREGATE)
    under = heat(rows, choice, "id", AGGREGATE) if under.empty else under
    if len(under):
        named = under.assign(what=under["column"].map(shown), group=ATTACKED).sort_values("what")
        parts.append(_beside(named, pd.Index([]), model, method))
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _beside(numbers: pd.DataFrame, left_out: pd.Index, model: str, method: str) -> pd.DataFrame:
    usual = numbers.drop(index=left_out).groupby("what")["value"].agg(["median", "size"])
    own = numbers[(numbers["model"] == model) & (numbers["method"] == method)].drop_duplicates("what")
    own = own.join(usual.rename(columns={"size": "models"}), on="what")
    return own[["what", "group", *ESTIMATE, "median", "models"]]
