"""Records -> the board: one row per model, with an interval and n beside every number. Pure pandas."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from boss.tasks import Task, get_task
from leaderboard.board.columns import (
    CALIBRATION,
    MEASURES,
    OOD_WORST,
    OVERALL,
    RECALL_PREFIX,
    Measure,
    recall_measure,
)
from leaderboard.stats.comparable import MODEL, NUMBER, counted, is_thin, marks, notes, odd, unknown
from leaderboard.store.records import MEAN, listed
from leaderboard.text import distinct, shown

DEGREE_TOLERANCE = 1e-9
ROLES = {"id": "ID", "ood": "OOD mean"}
ESTIMATE = ["value", "low", "high", "n", "coverage"]
"""Of a number; the coverage is missing where it is clean, or where a run does not say."""
ENDS = {part: "" if part == "value" else f"_{part}" for part in ESTIMATE}
"""Part of an estimate -> how the column of it ends, behind the key of the number."""
PARTS = (*ENDS.values(), "_mark")
"""How all columns of a number of the board end."""
AGGREGATES = ("average", "worst")
AREAS = ("area_average", "area_worst")
"""What the board shows of an attack; other aggregates stay in the records."""
RECALL = "recall"
"""The metric of a set whose examples all have one class."""


@dataclass(frozen=True)
class Choice:
    """What the reader looks at; ``attack``, ``tag`` and ``degree`` are None where nothing was attacked."""

    suite: str
    task: str
    attack: str | None = None
    tag: str | None = None
    degree: float | None = None
    own_task: Task | None = field(default=None, compare=False)

    @property
    def definition(self) -> Task:
        """The task, see `leaderboard.store.records.task_of`."""
        return self.own_task or get_task(self.task)


def combine(measurements: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the unweighted mean of independent estimates, per group: ``by`` and `ESTIMATE`.

    With k estimates v and limits l, u, the limits of the mean are ``mean(v) - sqrt(sum((v - l)^2)) / k``
    and ``mean(v) + sqrt(sum((u - v)^2)) / k``, each side for itself, so that asymmetric (Wilson,
    percentile) intervals stay asymmetric; n is the sum, the coverage the mean where all have one. They stay
    in [0, 1] where those of the parts do. Source: Zou and Donner 2008, Construction of confidence intervals
    about effect measures, Statistics in Medicine 27:1693 (the MOVER method).
    """
    # A percentile interval need not hold its estimate: such a side is 0 wide, not negative.
    below = (measurements["value"] - measurements["low"]).clip(lower=0) ** 2
    above = (measurements["high"] - measurements["value"]).clip(lower=0) ** 2
    groups = measurements.assign(below=below, above=above).groupby(list(by), sort=True)
    table = groups.agg(
        value=("value", "mean"),
        below=("below", "sum"),
        above=("above", "sum"),
        n=("n", "sum"),
        covered=("coverage", "mean"),
        said=("coverage", "count"),
        k=("value", "size"),
        own_low=("low", "first"),
        own_high=("high", "first"),
    ).reset_index()
    alone = table["k"] == 1  # its interval is the number's own, whether it holds the estimate or not
    low = table["value"] - np.sqrt(table["below"]) / table["k"]
    high = table["value"] + np.sqrt(table["above"]) / table["k"]
    table["coverage"] = table["covered"].where(table["said"] == table["k"])
    table["low"], table["high"] = low.where(~alone, table["own_low"]), high.where(~alone, table["own_high"])
    return table[[*by, *ESTIMATE]]


def board(records: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Return the board: one row per model and method, the best OOD mean first.

    Columns: ``model``, ``method``; per `Measure` of `measures` its key and key_low, key_high, key_n,
    key_coverage and key_mark, the reasons not to rank this number with its column
    (`leaderboard.stats.comparable.marks`; empty for none); ``notes`` with every reason not to compare the
    row; ``comparable``, False where its clean numbers come from other data, from fewer OOD sets or from an
    unfinished run: such rows stand last; ``run_id``. Values are fractions (Brier scores in [0, 2]), missing
    ones NaN. Recall-only sets stand in columns of their own and in no mean. A contaminated set is in no mean
    either, unless there is no other: the mean over the other sets is shown and marked, as it is no number of
    the column.

    Args:
        records: what `leaderboard.board.merge.newest` keeps, as for every function here.
    """
    rows = _of(records, choice)
    clean, attacked = _clean(rows, choice), _attacked(rows, choice)
    measurements = _behind(rows, clean, attacked, choice)
    table = rows.drop_duplicates(MODEL)[[*MODEL, "run_id"]].sort_values(MODEL)
    table = table.merge(_wide(_numbers(measurements, records), marks(measurements)), how="left", on=MODEL)
    table = table.merge(notes(rows, clean, attacked), on=MODEL)
    order = ["comparable", "ood_mean", "id"]
    return table.sort_values(order, ascending=False, na_position="last", kind="stable", ignore_index=True)


def behind(records: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Return the records behind every number of the board: one row per number and record.

    Columns: those of ``records``; ``key``, of the `Measure`; ``record``, the record's place in ``records``.
    """
    rows = _of(records, choice)
    return _behind(rows, _clean(rows, choice), _attacked(rows, choice), choice)


def _behind(rows: pd.DataFrame, clean: pd.DataFrame, attacked: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    recall, clean = clean[clean["recall_only"]], clean[~clean["recall_only"]]
    attacked = attacked[~attacked["recall_only"]]
    calibrated = rows[rows["attack"].isna() & rows["metric"].isin(CALIBRATION) & ~rows["recall_only"]]
    overall = rows[(rows["scope"] == "overall") & (rows["role"] == "ood") & (rows["aggregate"] == AREAS[1])]
    parts = [
        clean.assign(key=clean["role"].map({"id": "id", "ood": "ood_mean"})),
        clean[clean["role"] == "ood"].assign(key=OOD_WORST),
        attacked.assign(key="attacked_" + attacked["role"] + "_" + attacked["aggregate"]),
        _most(overall[overall["metric"] == choice.definition.attacked_metric]).assign(key=OVERALL),
        calibrated.assign(key=calibrated["role"] + "_" + calibrated["metric"]),
        recall.assign(key=RECALL_PREFIX + recall["dataset"]),
    ]
    return pd.concat([part.assign(record=part.index) for part in parts], ignore_index=True)


def measures(board: pd.DataFrame) -> list[Measure]:
    """Return the measures at least one model of the board has, the recall-only sets last."""
    columns = {str(column) for column in board.columns}
    fixed = [measure for measure in MEASURES if measure.key in columns and board[measure.key].notna().any()]
    recall = sorted(c for c in columns if c.startswith(RECALL_PREFIX) and f"{c}_low" in columns)
    return fixed + [recall_measure(key.removeprefix(RECALL_PREFIX)) for key in recall]


def majority(records: pd.DataFrame, choice: Choice) -> dict[str, float]:
    """Return what always answering the most common class gets: ``id``, ``ood_mean``, ``ood_worst``.

    A key is absent where a set has no such value (spans), or where the models saw different data.
    """
    rows = _clean(_of(records, choice), choice)
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
    """Return the degree curves of the chosen attack and tag, for every model.

    Columns: ``model``, ``method``, ``role`` (id, ood: the mean over sets), ``aggregate``, ``degree``,
    `ESTIMATE` and ``few``: whether less than half of some set's texts were changed. Models under other
    settings or on other data than most are left out; so is an OOD point that lacks a set which other models
    have.
    """
    rows = _of(records, choice)
    rows = rows[(rows["attack"] == choice.attack) & (rows["tag"] == choice.tag)]
    rows = rows[rows["aggregate"].isin(AGGREGATES)]
    return _over_sets(rows, choice, ["role", "aggregate", "degree"], records)


def heat(records: pd.DataFrame, choice: Choice, role: str, aggregate: str) -> pd.DataFrame:
    """Return one number per model and attack: `MODEL`, ``column``, `ESTIMATE` and ``few`` as in `curves`.

    ``column`` names attack and tag, the tag only where the attack has several. What is left out is left out
    of `curves` too.

    Args:
        aggregate: one of `AGGREGATES`, at the degree of ``choice``, or of `AREAS`.
    """
    rows = _of(records, choice)
    rows = rows[(rows["scope"] == "measurement") & (rows["role"] == role) & (rows["aggregate"] == aggregate)]
    if choice.degree is not None and aggregate in AGGREGATES:
        rows = rows[(rows["degree"] - choice.degree).abs() < DEGREE_TOLERANCE]
    table = _over_sets(rows[rows["attack"].notna()], choice, ["attack", "tag"], records)
    several = table.groupby("attack")["tag"].transform("nunique") > 1
    table["column"] = table["attack"].where(~several, table["attack"] + " (" + table["tag"] + ")")
    return table[[*MODEL, "column", *ESTIMATE, "few"]]


def _over_sets(rows: pd.DataFrame, choice: Choice, by: list[str], records: pd.DataFrame) -> pd.DataFrame:
    """Return means over the sets, of the measurements measured as most are, where no set is missing."""
    rows = rows[(rows["metric"] == choice.definition.attacked_metric) & ~rows["recall_only"]]
    rows = rows.drop(index=odd(rows).index.union(unknown(rows).index))
    n_sets = rows.groupby(["attack", "role"])["dataset"].transform("nunique")
    keys = [*MODEL, "attack", "tag", "role", "aggregate", "degree"]
    n_present = rows.groupby(keys, dropna=False)["dataset"].transform("nunique")
    whole, by = rows[n_present == n_sets], [*MODEL, *by]
    table = _with_intervals(combine(whole, by), by, whole, records)
    few = whole.assign(few=is_thin(whole["coverage"])).groupby(by, as_index=False)["few"].any()
    return table.merge(few, on=by)


def labels(models: pd.DataFrame) -> pd.Series:
    """Name each row of ``models`` (columns ``model``, ``method``); the method only where it is needed.

    It is needed where one model stands on the board with several methods.
    """
    names = [shown(model) for model in models["model"]]
    several = models.groupby("model")["method"].transform("nunique") > 1
    pairs = zip(names, models["method"], several, strict=True)
    texts = [f"{name} ({shown(method)})" if more else name for name, method, more in pairs]
    return pd.Series(distinct(texts), index=models.index, dtype=object)


def _of(records: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    here = (records["suite"] == choice.suite) & (records["task"] == choice.task)
    return records[here & (records["scope"] != MEAN)]


def _with_intervals(
    numbers: pd.DataFrame, by: Sequence[str], measurements: pd.DataFrame, records: pd.DataFrame
) -> pd.DataFrame:
    """Return means over sets with the interval that a run gives the same mean, where one does.

    A number has one interval: that of the run. Only a mean that no run has, over measurements of several runs
    or without a contaminated set, keeps that of `combine`.

    Args:
        numbers: of `combine`.
        measurements: what they are means of.
        records: all, the runs' own means among them.
    """
    own = records[records["scope"] == MEAN]
    # A run has no mean over one set.
    several = measurements[measurements.groupby(list(by))["identity"].transform("size") > 1]
    if own.empty or several.empty:
        return numbers
    groups = several.groupby(list(by), sort=False)
    keys = groups.agg(
        **{name: (name, "first") for name in ("metric", "aggregate", "degree") if name not in by},
        behind=("identity", list),
        answers=("answers", list),
    ).reset_index()
    pairs = zip(keys["behind"], keys["answers"], strict=True)
    keys["answers"] = [listed(identities, answers)[1] for identities, answers in pairs]
    same = [*MODEL, "metric", "aggregate", "degree", "answers"]
    own = own[[*same, "low", "high"]].drop_duplicates(same)
    own_limits = keys.merge(own, on=same)[[*by, "low", "high"]]
    table = numbers.merge(own_limits, how="left", on=list(by), suffixes=("", "_own"))
    for limit in ("low", "high"):
        table[limit] = table.pop(f"{limit}_own").fillna(table[limit])
    return table[[*by, *ESTIMATE]]


def _most(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one number over all attacks of each model that was attacked as most are."""
    return rows.drop(index=odd(rows).index).drop_duplicates(MODEL) if len(rows) else rows


def headline(rows: pd.DataFrame, metric: str) -> pd.Series:
    """Return which rows are of ``metric``, the task's, or of a recall-only set's, which is the recall."""
    return (rows["metric"] == metric) | (rows["recall_only"] & (rows["metric"] == RECALL))


def _clean(rows: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    return rows[rows["attack"].isna() & headline(rows, choice.definition.metric)]


def _attacked(rows: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    rows = rows[(rows["attack"] == choice.attack) & (rows["tag"] == choice.tag)]
    rows = rows[rows["metric"] == choice.definition.attacked_metric]
    if choice.degree is None:
        return rows[rows["aggregate"].isin(AGGREGATES)]
    here = (rows["degree"] - choice.degree).abs() < DEGREE_TOLERANCE
    return rows[(rows["aggregate"].isin(AGGREGATES) & here) | rows["aggregate"].isin(AREAS)]


def _numbers(measurements: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """Return one row per number of the board: `NUMBER` and `ESTIMATE`.

    Args:
        measurements: rows of `behind`.
        records: all, as for `_with_intervals`.
    """
    measurements = counted(measurements)
    at_worst = measurements["key"] == OOD_WORST
    averaged = measurements[~at_worst]
    means = _with_intervals(combine(averaged, NUMBER), NUMBER, averaged, records)
    return pd.concat([means, lowest(measurements[at_worst], NUMBER)])


def lowest(measurements: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return the lowest of independent estimates, per group: ``by`` and `ESTIMATE`; n is that of the lowest.

    The limits are the lowest of the lower and the lowest of the upper limits. The interval of the set that
    came out lowest would be too low where sets are alike, as it is chosen for its bad luck. Of k sets that
    are all alike these limits hold 0.975^k - 0.025^k of the time (0.927 of 3), of a clear lowest one 0.95.
    """
    groups = measurements.sort_values("value", kind="stable").groupby(list(by), sort=True)
    estimates = groups.agg(
        value=("value", "min"),
        low=("low", "min"),
        high=("high", "min"),
        n=("n", "first"),
        coverage=("coverage", "first"),
    )
    return estimates.reset_index()[[*by, *ESTIMATE]]


def _wide(measurements: pd.DataFrame, marked: pd.DataFrame) -> pd.DataFrame:
    """Turn numbers into columns, for every measure: ``key``, and _low, _high, _n, _coverage, _mark of it."""
    keys = [measure.key for measure in MEASURES]
    keys += sorted(set(measurements["key"]) - set(keys))
    table = measurements.pivot(index=MODEL, columns="key", values=ESTIMATE)
    table = table.reindex(columns=pd.MultiIndex.from_product([ESTIMATE, keys]))
    names = [key if part == "value" else f"{key}_{part}" for part in ESTIMATE for key in keys]
    reasons = marked.pivot(index=MODEL, columns="key", values="mark").reindex(table.index, columns=keys)
    table = table.set_axis(names, axis="columns")
    return table.join(reasons.astype(object).fillna("").add_suffix("_mark")).reset_index()
