"""One model: what it is, every number it has, and the runs they come from."""

import json

import pandas as pd
import streamlit as st

from boss.errors import ResultError
from boss.results.schema import LEAST_COVERAGE, ROUNDING
from boss.results.store import read_manifest
from leaderboard.board.display import MARK, for_markdown
from leaderboard.board.files import Shown
from leaderboard.board.filters import facts
from leaderboard.board.site import Site
from leaderboard.board.table import labels
from leaderboard.stats.comparable import MODEL
from leaderboard.store.folder import Folders
from leaderboard.store.records import TOUCHED
from leaderboard.text import escaped, interval, percent, shown
from leaderboard.web.views.page import downloads, opened
from leaderboard.web.views.snapshot import link_to_table
from leaderboard.web.views.switches import choice as choose_one
from robtest.plural import counted

INTRODUCTION = "What a model is, every number measured of it, and the commands that measured it."
NUMBERS = [
    "suite",
    "task",
    "dataset",
    "role",
    "attack",
    "tag",
    "degree",
    "metric",
    "aggregate",
    "value",
    "low",
    "high",
    "n",
    "n_failed",
    "n_truncated",
    "rounding",
    "coverage",
    *TOUCHED,
    "run",
]
ABOUT_ATTACKED = (
    "changed: the share of the examples that the attack could change; the others keep their clean answer. "
    f"{MARK}: less than half, so the number says little of the attack and is ranked nowhere. on these: the "
    f"number on the changed ones alone. Degrees are {ROUNDING['down']}; with up behind them, "
    f"{ROUNDING['up']}."
)
_ROOM_FOR_INTERVAL = 190
"""Width in pixels of a number with its interval and n."""
HEADLINES = ("clean", "average", "worst", "area_average", "area_worst")


def show(folders: Folders) -> None:
    """Show the page for the runs of ``folders``."""
    site = opened(folders, "One model", INTRODUCTION)
    if site is None:
        return
    models = site.rows[MODEL].drop_duplicates().sort_values(MODEL, ignore_index=True)
    models["label"] = labels(models)
    label = choose_one("Model", list(models["label"]))
    chosen = models.loc[models["label"] == label, MODEL].iloc[0]
    rows = site.rows[(site.rows[MODEL] == chosen).all(axis=1)]
    st.table(for_markdown(about(rows)), hide_index=True)
    tasks = rows[["suite", "task"]].drop_duplicates()
    names = [f"{suite}, {task}" for suite, task in tasks.itertuples(index=False)]
    place = names.index(choose_one("Task", names))
    suite, task = tasks.iloc[place]
    here = rows[(rows["suite"] == suite) & (rows["task"] == task)]
    st.header(escaped(f"Numbers: {suite}, {task}"))
    table = here[here["aggregate"].isin(HEADLINES)][NUMBERS].reset_index(drop=True)
    text = numbers(table)
    wide = {"on these": st.column_config.TextColumn(width=_ROOM_FOR_INTERVAL)}
    st.dataframe(text, hide_index=True, lazy=False, key="numbers", column_config=wide)
    if here["attack"].notna().any():
        st.caption(escaped(ABOUT_ATTACKED))
    days = str(rows["created_at"].max())[:10]
    downloads(Shown(table, text, f"{label}: {suite}, {task}", days, site.name), "model")
    link_to_table(site)
    _runs(site, rows, site.every[(site.every[MODEL] == chosen).all(axis=1)])


def about(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what the records of one model say of it, as text."""
    model_facts = facts(rows).iloc[0]
    n = model_facts["n_parameters"]

    def values_of(column: str) -> str:
        return ", ".join(shown(value) for value in sorted(set(rows[column].dropna())))

    training = sorted({name for text in set(rows["training"]) for name in json.loads(text)})
    lines = {
        "Model": values_of("model"),
        "Method": values_of("method"),
        "Kind": values_of("adapter"),
        "Revision": values_of("revision"),
        "Parameters": "unknown" if pd.isna(n) else f"{n:,.0f}",
        "Licence": values_of("licence"),
        "Fitted on": values_of("finetuned_on"),
        "Other training data": ", ".join(shown(name) for name in training) or "none",
        "Verification": model_facts["verification"],
        "Newest number": model_facts["measured"],
    }
    return pd.DataFrame({"": list(lines), "What the run says": list(lines.values())})


def numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of a model as they are printed."""
    intervals = [interval(low, high) for low, high in zip(table["low"], table["high"], strict=True)]
    apart = ["suite", "task", "low", "high", "rounding", "coverage", *TOUCHED]
    up = [" up" if rounding == "up" else "" for rounding in table["rounding"]]
    text = table.drop(columns=apart).assign(
        value=[percent(value) for value in table["value"]],
        degree=[
            "" if pd.isna(degree) else f"{degree:g}{rounded}"
            for degree, rounded in zip(table["degree"], up, strict=True)
        ],
    )
    if table["coverage"].notna().any():
        place = list(text.columns).index("n") + 1
        text.insert(place, "changed", [_share(coverage) for coverage in table["coverage"]])
        text.insert(place + 1, "on these", [_on_these(*row) for row in table[list(TOUCHED)].to_numpy()])
    text.insert(list(text.columns).index("value") + 1, "interval", intervals)
    for name in ("dataset", "attack", "tag", "run"):
        text[name] = ["" if pd.isna(value) else shown(value) for value in text[name]]
    return text


def _share(coverage: float) -> str:
    few = f" {MARK}" if coverage < LEAST_COVERAGE else ""
    return "" if pd.isna(coverage) else f"{percent(coverage)} %{few}"


def _on_these(value: float, low: float, high: float, n: float) -> str:
    return "" if pd.isna(value) else f"{percent(value)} [{interval(low, high)}] (n {n:.0f})"


def _runs(site: Site, rows: pd.DataFrame, every: pd.DataFrame) -> None:
    st.header("Runs")
    used = sorted(set(rows["run"]))
    for name in used:
        measurements = rows.loc[rows["run"] == name, "measurement"].nunique()
        st.caption(
            escaped(
                f"{name}: {counted(measurements, 'measurement')} "
                f"{'stands' if measurements == 1 else 'stand'} on the board. It was measured by"
            )
        )
        try:
            st.code(read_manifest(site.path(name)).command, language="sh", wrap_lines=True)
        except ResultError as error:
            st.code(str(error), language=None, wrap_lines=True)
    older = sorted(set(every["run"]) - set(used))
    if older:
        text = "Not on the board, as a fuller or newer run of the model replaces them: "
        st.caption(escaped(text + ", ".join(shown(name) for name in older)))
