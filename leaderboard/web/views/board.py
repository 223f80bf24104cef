"""The board: which model, on which data, under which attack."""

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

import pandas as pd
import streamlit as st

from leaderboard.board import display, table
from leaderboard.board.columns import Measure
from leaderboard.board.files import Shown
from leaderboard.board.filters import VERIFICATION, mask
from leaderboard.board.ranking import PAIRED
from leaderboard.board.site import Site
from leaderboard.board.table import Choice
from leaderboard.store.folder import Folders
from leaderboard.store.roots import SHIPPED
from leaderboard.text import escaped, listed, percent
from leaderboard.web.views.page import COMMAND, downloads, newest_day, opened, problems
from leaderboard.web.views.snapshot import link_to_table, page_link
from leaderboard.web.views.switches import choice as choose_one
from leaderboard.web.views.switches import choose, filters, several
from robtest.plural import counted

INTRODUCTION = (
    "How well NLP models hold on data like the data they were fitted on (**ID**), on shifted data (**OOD**), "
    "and on adversarially **perturbed copies** of both. Every number comes with its interval and the number "
    "of examples (n) behind it; what was not measured is left empty."
)
NOTES_HELP = "Why the row must not be compared with the others, or only in part."
RANK_HELP = (
    "By the column the board is sorted by, among all comparable models, whatever is filtered. Models that "
    "cannot be told apart on the same examples share a rank."
)
RANKS_HELP = (
    "Between which ranks the model may stand: one more than the models that are better beyond chance, up to "
    "all but those that are worse beyond chance."
)
BEST_HELP = (
    "How often the model would be first if other examples of the same datasets had been drawn: its share of "
    "2,000 resamples of the examples within each dataset, the same for all models."
)
VERIFICATION_HELP = f"Of the least verified number: {', '.join(VERIFICATION)}."
CHANGED_HELP = (
    "Changed: the share of the examples that the attack could change; the others keep their clean answer. "
    "Where it is less than half of a set, the number is grey and has no rank."
)
DIRECTIONS = ("best first", "worst first")
SORTED_BY = "ood_mean"
SECONDARY = frozenset(
    {
        "attacked_id_average",
        "attacked_id_area_average",
        "attacked_id_area_worst",
        "attacked_ood_area_average",
        "id_ece",
        "ood_ece",
    }
)
"""Columns that are offered but not shown at first."""
_ROOM = {(False, False): None, (False, True): 210, (True, False): 280, (True, True): 410}
"""Whether a reason and a share of changed texts stand beside an interval -> its width in pixels."""


def show(folders: Folders) -> None:
    """Show the page for the runs of ``folders``."""
    site = opened(folders, "BOSS × RobTest leaderboard", INTRODUCTION)
    if site is None:
        return
    n_shipped = int(site.every["run"].drop_duplicates().str.startswith(SHIPPED).sum())
    n_own = site.n_runs - n_shipped
    note = f"{n_own} run{'s' * (n_own != 1)} found in the folder {folders.own.resolve().name}"
    st.caption(escaped(note + (f", beside {n_shipped} that come with the project" if n_shipped else "")))
    problems(site)
    choice = choose(site.rows)
    here = site.rows[(site.rows["suite"] == choice.suite) & (site.rows["task"] == choice.task)]
    board = site.board(choice)
    row_filter = filters(board)
    measures = table.measures(board)
    columns, sort, best_first = _columns_and_order(measures)
    board = site.ranked(choice, sort, best_first=best_first, progress=_progress())
    kept = board[mask(board, row_filter)].reset_index(drop=True)
    _suite_note(here, choice)
    _table(kept, choice, columns, site)
    st.caption(f"{len(kept)} of {counted(len(board), 'model')}.")
    st.caption(escaped(rank_note(board, sort.label)))
    _notes(here, choice, table.majority(here, choice))


def _progress() -> Callable[[int, int], None]:
    """Return what shows how many runs were read; nothing is shown where none must be."""
    bar, started = st.empty(), monotonic()

    def say(done: int, total: int) -> None:
        left = (monotonic() - started) / done * (total - done)
        text = f"Resampling the answers of new runs, once: {done} of {total}, about {left:.0f} s left"
        bar.progress(done / total, text=text)
        if done == total:
            bar.empty()

    return say


def _columns_and_order(measures: Sequence[Measure]) -> tuple[list[Measure], Measure, bool]:
    """Show the choice of columns and of the order; none chosen is all of them."""
    first, second, third = st.columns([4, 2, 1.4])
    by_label = {measure.label: measure for measure in measures}
    with first:
        default = [measure.label for measure in measures if measure.key not in SECONDARY]
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
            _link(measurement, label)
            for measurement, label in zip(linked["Model"], board["label"], strict=True)
        ]
        st.table(linked, hide_index=True)
    else:
        _grid(board, columns)
    title = f"BOSS x RobTest leaderboard: {choice.suite}, {choice.task}"
    data = display.flat(board, choice, columns)
    downloads(Shown(data, text, title, newest_day(site.rows), site.name), display.file_name(choice))
    link_to_table(site)


def _grid(board: pd.DataFrame, columns: Sequence[Measure]) -> None:
    """Show the sortable table; chosen rows can be opened and compared."""
    picked = st.dataframe(
        display.greyed(display.grid(board, columns), board),
        column_config=_config(board, columns),
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
            links.append(f"[Compare the two]({page_link('compare', a=labels[0], b=labels[1])})")
        st.markdown(" · ".join(links))


def _link(text: str, label: str) -> str:
    """Return a link to a model's page; ``text`` is escaped."""
    return f"[{text}]({page_link('model', model=label)})"


def _config(board: pd.DataFrame, columns: Sequence[Measure]) -> dict[str, Any]:
    config = {
        "rank": st.column_config.NumberColumn("Rank", format="%d", pinned=True, help=RANK_HELP),
        "ranks": st.column_config.TextColumn("from–to", pinned=True, help=RANKS_HELP),
        "p_best": st.column_config.NumberColumn("P(best)", format="%.1f", help=BEST_HELP),
        "model": st.column_config.TextColumn("Model", pinned=True, width="medium"),
        "method": st.column_config.TextColumn("Method"),
        "verification": st.column_config.TextColumn("Verification", help=VERIFICATION_HELP),
        "measured": st.column_config.TextColumn("Measured", help="Day of the newest number."),
        "notes": st.column_config.TextColumn("Notes", help=NOTES_HELP, width="medium"),
    }
    for measure in columns:
        form = "%.1f" if measure.percent else "%.3f"
        config[measure.key] = st.column_config.NumberColumn(measure.label, format=form, help=measure.help)
        name = f"{measure.key}_interval"
        marked = bool((board[f"{measure.key}_mark"] != "").any())
        partly = bool((board[f"{measure.key}_coverage"] < 1).any())
        config[name] = st.column_config.TextColumn(
            "interval (n)",
            help=f"Interval and n of {measure.label}.{f' {CHANGED_HELP}' * partly}",
            width=_ROOM[marked, partly],
        )
    return config


def rank_note(board: pd.DataFrame, label: str) -> str:
    """Say how the ranks were made, and of which models otherwise.

    Args:
        board: with the columns of `leaderboard.board.ranking.RANKS`.
        label: of the number it is ranked by.
    """
    n = int((board["ranked_by"] == PAIRED).sum())
    text = f"Ranks are by {label}. "
    if n > 1:
        pairs = n * (n - 1) // 2
        text += (
            f"{n} models were tested in pairs on the same examples, which are resampled within each dataset; "
        )
        text += f"Holm's correction for {counted(pairs, 'pair')} keeps false differences at 5 %. "
        text += "Models that cannot be told apart share a rank. "
    others = board.loc[~board["ranked_by"].isin(["", PAIRED]), "ranked_by"].value_counts()
    counts = [f"{count} ({str(how).removeprefix('intervals: ')})" for how, count in others.items()]
    if counts:
        text += f"Told from others only where their intervals do not overlap: {listed(counts)}. "
    unranked = int(((board["ranked_by"] == "") & (board["notes"] != "")).sum())
    if unranked:
        have = "model has" if unranked == 1 else "models have"
        text += f"{unranked} {have} no rank by this number; the notes say why."
    return text.strip()


def _notes(here: pd.DataFrame, choice: Choice, majority: dict[str, float]) -> None:
    task = choice.definition
    levels = listed([f"{100 * level:g} %" for level in sorted(here["level"].unique())])
    text = f"Per cent, Brier score and ECE as they are; {levels} intervals. Rows with notes on clean data "
    text += f"stand last and have no rank; a grey number with {display.MARK} is unranked, as said beside it. "
    text += f"Clean columns: {task.metric}. "
    if choice.attack is not None:
        text += f"Copy columns: {task.attacked_metric} under {choice.attack} ({choice.tag}), "
        text += f"degree {choice.degree:g}. {CHANGED_HELP} "
    if majority:
        names = {"id": "ID", "ood_mean": "OOD mean", "ood_worst": "OOD worst set"}
        values = [f"{name} {percent(majority[key])}" for key, name in names.items() if key in majority]
        text += f"Always answering the most common class: {listed(values)}."
    st.caption(escaped(text))
    if choice.attack is None:
        st.caption(f"No model was attacked on this task: `{COMMAND} task={choice.task} attack=typo` does.")
