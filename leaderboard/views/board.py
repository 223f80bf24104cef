"""The board: which model, on which data, under which attack."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from boss.tasks import TASKS
from leaderboard import display, table
from leaderboard.export import Shown
from leaderboard.filters import wanted
from leaderboard.ranking import ordered, ranks
from leaderboard.table import Choice, Measure
from leaderboard.text import escaped, listed, percent
from leaderboard.views.page import COMMAND, Site, downloads, newest_day, opened, problems
from leaderboard.views.switches import choice as choose_one
from leaderboard.views.switches import choose, filters, several

INTRODUCTION = (
    "How well NLP models hold on data like the data they were fitted on (**ID**), on shifted data (**OOD**), "
    "and on adversarially **perturbed copies** of both. Every number comes with its interval and the number "
    "of examples (n) behind it; what was not measured is left empty."
)
NOTES_HELP = "Why the row must not be compared with the others, or only in part."
RANK_HELP = (
    "By the column the board is sorted by, among all comparable models, whatever is filtered. The interval "
    "counts only models whose intervals do not overlap; the page Compare tests two on the same examples."
)
VERIFICATION_HELP = "Of the least verified number: self_reported, rescored, spot_checked or rerun."
DIRECTIONS = ("highest first", "lowest first")
SORTED_BY = "ood_mean"
LESS_WANTED = frozenset(
    {
        "attacked_id_average",
        "attacked_id_area_average",
        "attacked_id_area_worst",
        "attacked_ood_area_average",
    }
)
"""Columns that are offered but not shown at first."""


def show(folder: Path) -> None:
    """Show the page for the runs under ``folder``."""
    site = opened(folder, "BOSS × RobTest leaderboard", INTRODUCTION)
    if site is None:
        return
    st.caption(
        escaped(f"{site.n_runs} run{'s' * (site.n_runs != 1)} found in the folder {folder.resolve().name}")
    )
    problems(site)
    choice = choose(site.rows)
    here = site.rows[(site.rows["suite"] == choice.suite) & (site.rows["task"] == choice.task)]
    board = site.board(choice)
    asked = filters(board)
    measures = table.measures(board)
    columns, sort, best_first = _columns_and_order(measures)
    board = ordered(board.join(ranks(board, sort.key)), sort.key, best_first=best_first)
    kept = board[wanted(board, asked)].reset_index(drop=True)
    _suite_note(here, choice)
    _table(kept, choice, columns, site)
    st.caption(f"{len(kept)} of {len(board)} models.")
    _notes(here, choice, table.majority(here, choice), sort.label)


def _columns_and_order(measures: Sequence[Measure]) -> tuple[list[Measure], Measure, bool]:
    """Show the choice of columns and of the order; none chosen is all of them."""
    first, second, third = st.columns([4, 2, 1.4])
    by_label = {measure.label: measure for measure in measures}
    with first:
        default = [measure.label for measure in measures if measure.key not in LESS_WANTED]
        chosen = several("Columns", list(by_label), default=default)
    labels = list(by_label)
    start = next((i for i, measure in enumerate(measures) if measure.key == SORTED_BY), 0)
    with second:
        sort = choose_one("Sort by", labels, index=start)
    with third:
        direction = choose_one("Order", DIRECTIONS)
    columns = [by_label[label] for label in labels if label in chosen or not chosen]
    return columns, by_label[sort], direction == DIRECTIONS[0]


def _suite_note(here: pd.DataFrame, choice: Choice) -> None:
    if here["stand_in"].any():
        text = f"{choice.suite} is a small stand-in for BOSS, made of other public datasets: "
        st.info(escaped(text + "its numbers are not BOSS numbers."))


def _table(board: pd.DataFrame, choice: Choice, columns: Sequence[Measure], site: Site) -> None:
    as_text = st.toggle("Plain table (for screen readers and copying)", key="plain", bind="query-params")
    text = display.plain(board, columns)
    if as_text:
        linked = display.for_markdown(text)
        linked["Model"] = [
            _link(cell, label) for cell, label in zip(linked["Model"], board["label"], strict=True)
        ]
        st.table(linked, hide_index=True)
    else:
        _grid(board, columns)
    title = f"BOSS x RobTest leaderboard: {choice.suite}, {choice.task}"
    data = display.flat(board, choice, columns)
    downloads(Shown(data, text, title, newest_day(site.rows)), display.file_name(choice))


def _grid(board: pd.DataFrame, columns: Sequence[Measure]) -> None:
    """Show the sortable table; chosen rows can be opened and compared."""
    picked = st.dataframe(
        display.grid(board, columns),
        column_config=_config(columns),
        hide_index=True,
        placeholder="–",
        lazy=False,
        key="board",
        on_select="rerun",
        selection_mode="multi-row",
    )
    # A filter may have shortened the board since the rows were chosen.
    labels = [board["label"].iloc[i] for i in picked.selection.rows if i < len(board)]
    if labels:
        links = [_link(f"Open {escaped(label)}", label) for label in labels[:2]]
        if len(labels) == 2:  # two can be compared
            links.append(f"[Compare the two](compare?{urlencode({'a': labels[0], 'b': labels[1]})})")
        st.markdown(" · ".join(links))


def _link(text: str, label: str) -> str:
    """Return a link to a model's page; ``text`` is escaped."""
    return f"[{text}](model?{urlencode({'model': label})})"


def _config(columns: Sequence[Measure]) -> dict[str, Any]:
    config = {
        "rank": st.column_config.NumberColumn("Rank", format="%d", pinned=True, help=RANK_HELP),
        "ranks": st.column_config.TextColumn("from–to", pinned=True, help=RANK_HELP),
        "model": st.column_config.TextColumn("Model", pinned=True, width="medium"),
        "method": st.column_config.TextColumn("Method"),
        "verification": st.column_config.TextColumn("Verification", help=VERIFICATION_HELP),
        "measured": st.column_config.TextColumn("Measured", help="Day of the newest number."),
        "notes": st.column_config.TextColumn("Notes", help=NOTES_HELP, width="medium"),
    }
    for measure in columns:
        config[measure.key] = st.column_config.NumberColumn(measure.label, format="%.1f", help=measure.help)
        name = f"{measure.key}_interval"
        config[name] = st.column_config.TextColumn("interval (n)", help=f"Interval and n of {measure.label}.")
    return config


def _notes(here: pd.DataFrame, choice: Choice, majority: dict[str, float], label: str) -> None:
    task = TASKS[choice.task]
    levels = listed([f"{100 * level:g} %" for level in sorted(here["level"].unique())])
    text = f"Per cent, {levels} intervals; rows with notes on clean data stand last and have no rank. "
    text += f"Ranks are by {label}; overlapping intervals are not told apart, which is no test. "
    text += f"Clean columns: {task.metric}. "
    if choice.attack is not None:
        text += f"Copy columns: {task.attacked_metric} under {choice.attack} ({choice.tag}), "
        text += f"degree {choice.degree:g}. "
    if majority:
        names = {"id": "ID", "ood_mean": "OOD mean", "ood_worst": "OOD worst set"}
        values = [f"{name} {percent(majority[key])}" for key, name in names.items() if key in majority]
        text += f"Always answering the most common class: {listed(values)}."
    st.caption(escaped(text))
    if choice.attack is None:
        st.caption(f"No model was attacked on this task: `{COMMAND} task={choice.task} attack=typo` does.")
