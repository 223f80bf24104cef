"""Which rows of the board may be compared, and why the others may not."""

import pandas as pd

from leaderboard.text import shown

MODEL = ["model", "method"]
STATUS = {"failed": "run with failures", "running": "run not finished"}


def odd(rows: pd.DataFrame) -> pd.Series:
    """Return the records that are not measured on what most models are: their index -> the reason.

    Clean cells are the same by their data, attacked ones by their data and settings. Of two identities
    with equally many models the one used last is the reference.
    """
    identity = rows["data"] + rows["settings"].fillna("").astype(str)
    reasons = []
    for (dataset, attack, _), cell in rows.groupby(["dataset", "attack", "tag"], dropna=False):
        votes = cell.groupby(identity.loc[cell.index]).agg(n=("run", "nunique"), at=("created_at", "max"))
        reference = votes.sort_values(["n", "at"]).index[-1]
        where = shown(str(dataset))
        clean = cell["attack"].isna().all()
        text = f"other data: {where}" if clean else f"other data or settings: {shown(str(attack))} on {where}"
        others = cell.index[identity.loc[cell.index] != reference]
        reasons.append(pd.Series(text, index=others, dtype=object))
    return pd.concat(reasons) if reasons else pd.Series(dtype=object)


def notes(rows: pd.DataFrame, clean: pd.DataFrame, attacked: pd.DataFrame) -> pd.DataFrame:
    """Return per model and method its ``notes``, joined by ``;``, and whether it is ``comparable``.

    It is comparable where its clean numbers come from a complete run, on the data of most models, with
    every OOD set; notes on the attack or from the run itself do not change that.

    Args:
        rows: all records of the board's models; ``clean`` and ``attacked`` are those that are shown.
    """
    reasons = odd(rows)
    models = rows.drop_duplicates(MODEL)
    n_sets = _ood_sets(rows)["dataset"].nunique()
    status = models.assign(note=models["run_status"].map(STATUS))
    shown_attacks = models.merge(attacked[MODEL].drop_duplicates())
    facts = [
        (clean.assign(note=reasons.reindex(clean.index)), True),
        (_coverage(models, clean, n_sets, "OOD sets"), True),
        (status, True),
        (attacked.assign(note=reasons.reindex(attacked.index)), False),
        (_coverage(shown_attacks, attacked, n_sets, "OOD sets under attack"), False),
        (rows.assign(note=rows["flags"].replace("", None)), False),
    ]
    parts = [part[[*MODEL, "note"]].dropna().assign(decides=decides) for part, decides in facts]
    said = pd.concat(parts).drop_duplicates([*MODEL, "note"]).groupby(MODEL)
    table = said.agg(notes=("note", "; ".join), decides=("decides", "any")).reset_index()
    table = models[MODEL].merge(table, how="left", on=MODEL)
    comparable = ~table.pop("decides").eq(True)
    return table.assign(notes=table["notes"].fillna(""), comparable=comparable)


def _coverage(models: pd.DataFrame, cells: pd.DataFrame, n_sets: int, what: str) -> pd.DataFrame:
    counts = _ood_sets(cells).groupby(MODEL)["dataset"].nunique().rename("count").reset_index()
    table = models[MODEL].merge(counts, how="left", on=MODEL).fillna({"count": 0})
    table = table[table["count"] != n_sets]
    return table.assign(note=[f"{count:.0f} of {n_sets} {what}" for count in table["count"]])


def _ood_sets(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[(rows["role"] == "ood") & ~rows["recall_only"]]
