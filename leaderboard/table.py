"""Records -> the board: one row per model, with an interval and n beside every number. Pure pandas."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from boss.tasks import TASKS
from leaderboard.comparable import MODEL, notes, odd

DEGREE_TOLERANCE = 1e-9
ESTIMATE = ["value", "low", "high", "n"]


@dataclass(frozen=True)
class Choice:
    """What the reader looks at; ``attack``, ``tag`` and ``degree`` are None where nothing was attacked."""

    suite: str
    task: str
    attack: str | None = None
    tag: str | None = None
    degree: float | None = None


@dataclass(frozen=True)
class Measure:
    """A column of the board."""

    key: str
    label: str
    help: str


_MEAN = (
    "The sets count equally, whatever their size. Its interval treats them as independent: each side is "
    "the root of the summed squares of the sets' half-widths on that side, divided by their number."
)

MEASURES = (
    Measure("id", "ID", "Clean, in-distribution test split."),
    Measure("ood_mean", "OOD mean", f"Clean, mean over the shifted (OOD) sets. {_MEAN}"),
    Measure("ood_worst", "OOD worst set", "Clean, the lowest of the shifted sets, with that set's interval."),
    Measure("attacked_id_average", "ID, average copy", "ID under attack: mean over the perturbed copies."),
    Measure(
        "attacked_id_worst", "ID, worst copy", "ID under attack: the worst perturbed copy of each example."
    ),
    Measure(
        "attacked_ood_average",
        "OOD, average copy",
        f"OOD under attack: mean over the perturbed copies. {_MEAN}",
    ),
    Measure(
        "attacked_ood_worst", "OOD, worst copy", f"OOD under attack: worst copy of each example. {_MEAN}"
    ),
)

RECALL_PREFIX = "recall_only:"


def combine(cells: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the unweighted mean of independent estimates, per group: ``by`` and `ESTIMATE`.

    With k estimates v and limits l, u, the limits of the mean are ``mean(v) - sqrt(sum((v - l)^2)) / k``
    and ``mean(v) + sqrt(sum((u - v)^2)) / k``, each side for itself, so that asymmetric (Wilson,
    percentile) intervals stay asymmetric; n is the sum. They stay in [0, 1] where those of the parts do.
    Source: Zou and Donner 2008, Construction of confidence intervals about effect measures, Statistics in
    Medicine 27:1693 (the MOVER method).
    """
    # A percentile interval need not hold its estimate: such a side is 0 wide, not negative.
    below = (cells["value"] - cells["low"]).clip(lower=0) ** 2
    above = (cells["high"] - cells["value"]).clip(lower=0) ** 2
    groups = cells.assign(below=below, above=above).groupby(list(by), sort=True)
    table = groups.agg(
        value=("value", "mean"),
        below=("below", "sum"),
        above=("above", "sum"),
        n=("n", "sum"),
        k=("value", "size"),
    ).reset_index()
    table["low"] = table["value"] - np.sqrt(table["below"]) / table["k"]
    table["high"] = table["value"] + np.sqrt(table["above"]) / table["k"]
    return table[[*by, *ESTIMATE]]


def newest(records: pd.DataFrame) -> pd.DataFrame:
    """Keep one run per suite, task, model and method: the newest complete one.

    Where none is complete the newest stays, and its row says so. A row is one run, never a patchwork.
    """
    if records.empty:
        return records
    group = ["suite", "task", *MODEL]
    order = records.assign(complete=records["run_status"] == "complete")
    # Times are ISO 8601 in UTC, so the order of the text is the order in time.
    order = order.sort_values(["complete", "created_at", "run"], kind="stable")
    winner = order.groupby(group, sort=False)["run"].transform("last")
    return records[records["run"] == winner.reindex(records.index)]


def board(records: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Return the board: one row per model and method, the best OOD mean first.

    Columns: ``model``, ``method``; per `Measure` of `measures` its key and key_low, key_high, key_n;
    ``notes`` with every reason not to compare the row; ``comparable``, False where its clean numbers come
    from other data, from fewer OOD sets or from an unfinished run: such rows stand last; ``run_id``.
    Values are fractions, missing ones NaN. Recall-only sets stand in columns of their own and in no mean.
    """
    rows = _of(newest(records), choice)
    clean, attacked = _clean(rows, choice), _attacked(rows, choice)
    table = rows.drop_duplicates(MODEL)[[*MODEL, "run_id"]].sort_values(MODEL)
    table = table.merge(_wide(_cells(clean, attacked)), how="left", on=MODEL)
    table = table.merge(notes(rows, clean, attacked), on=MODEL)
    order = ["comparable", "ood_mean", "id"]
    return table.sort_values(order, ascending=False, na_position="last", kind="stable", ignore_index=True)


def measures(board: pd.DataFrame) -> list[Measure]:
    """Return the measures at least one model of the board has, the recall-only sets last."""
    fixed = [measure for measure in MEASURES if board[measure.key].notna().any()]
    columns = {str(column) for column in board.columns}
    recall = sorted(c for c in columns if c.startswith(RECALL_PREFIX) and f"{c}_low" in columns)
    return fixed + [recall_measure(key.removeprefix(RECALL_PREFIX)) for key in recall]


def recall_measure(dataset: str) -> Measure:
    """Return the column of a set whose examples all have one class."""
    text = "All examples of this set have one class, so this is the recall of that class and is in no mean."
    return Measure(RECALL_PREFIX + dataset, f"{dataset} (recall only)", text)


def majority(records: pd.DataFrame, choice: Choice) -> dict[str, float]:
    """Return what always answering the most common class gets: ``id``, ``ood_mean``, ``ood_worst``.

    A key is absent where a set has no such value (spans), or where the models saw different data.
    """
    rows = _clean(_of(newest(records), choice), choice)
    rows = rows[~rows["recall_only"]]
    lines: dict[str, float] = {}
    values = rows.groupby(["role", "dataset"])["majority"].agg(["min", "max", "size", "count"])
    for role in sorted(set(rows["role"])):
        sets = values.loc[role]
        if (sets["min"] != sets["max"]).any() or (sets["count"] != sets["size"]).any():
            continue
        if role == "id":
            lines["id"] = float(sets["min"].mean())
        else:
            lines["ood_mean"], lines["ood_worst"] = float(sets["min"].mean()), float(sets["min"].min())
    return lines


def curves(records: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Return the degree curves of a tag, for every attack and model.

    Columns: ``model``, ``method``, ``attack``, ``role`` (id, ood: the mean over sets), ``aggregate``,
    ``degree``, ``value``, ``low``, ``high``, ``n``. Models under other settings or on other data than most
    are left out; so is an OOD point that lacks a set which other models have.
    """
    rows = _of(newest(records), choice)
    rows = rows.drop(index=odd(rows).index)
    rows = rows[(rows["tag"] == choice.tag) & ~rows["recall_only"]]
    rows = rows[rows["metric"] == TASKS[choice.task].attacked_metric]
    keys = [*MODEL, "attack", "role", "aggregate", "degree"]
    n_sets = rows.groupby(["attack", "role"])["dataset"].transform("nunique")
    full = rows.groupby(keys)["dataset"].transform("nunique") == n_sets
    return combine(rows[full], keys)


def _of(records: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    return records[(records["suite"] == choice.suite) & (records["task"] == choice.task)]


def _clean(rows: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    return rows[rows["attack"].isna() & (rows["metric"] == TASKS[choice.task].metric)]


def _attacked(rows: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    rows = rows[(rows["attack"] == choice.attack) & (rows["tag"] == choice.tag)]
    rows = rows[rows["metric"] == TASKS[choice.task].attacked_metric]
    if choice.degree is None:
        return rows
    return rows[(rows["degree"] - choice.degree).abs() < DEGREE_TOLERANCE]


def _cells(clean: pd.DataFrame, attacked: pd.DataFrame) -> pd.DataFrame:
    """Return one row per model and number of the board: `MODEL`, ``key`` and `ESTIMATE`."""
    recall = combine(clean[clean["recall_only"]], [*MODEL, "dataset"])
    recall["key"] = RECALL_PREFIX + recall["dataset"].astype(str)
    clean, attacked = clean[~clean["recall_only"]], attacked[~attacked["recall_only"]]
    mean = combine(clean, [*MODEL, "role"])
    mean["key"] = mean["role"].map({"id": "id", "ood": "ood_mean"})
    worst = clean[clean["role"] == "ood"].sort_values("value", kind="stable").drop_duplicates(MODEL)
    under = combine(attacked, [*MODEL, "role", "aggregate"])
    under["key"] = "attacked_" + under["role"].astype(str) + "_" + under["aggregate"].astype(str)
    parts = [mean, worst.assign(key="ood_worst"), under, recall]
    return pd.concat([part[[*MODEL, "key", *ESTIMATE]] for part in parts])


def _wide(cells: pd.DataFrame) -> pd.DataFrame:
    """Turn numbers into columns, for every measure: ``key``, ``key_low``, ``key_high``, ``key_n``."""
    keys = [measure.key for measure in MEASURES]
    keys += sorted(set(cells["key"]) - set(keys))
    table = cells.pivot(index=MODEL, columns="key", values=ESTIMATE)
    table = table.reindex(columns=pd.MultiIndex.from_product([ESTIMATE, keys]))
    names = [key if part == "value" else f"{key}_{part}" for part in ESTIMATE for key in keys]
    return table.set_axis(names, axis="columns").reset_index()
