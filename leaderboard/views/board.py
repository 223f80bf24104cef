"""The board: which model, on which data, under which attack; table first, charts below."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from boss.tasks import TASKS
from leaderboard import display, plots, records, table
from leaderboard.table import Choice
from leaderboard.text import escaped, listed, percent
from leaderboard.views.switches import choose, models_to_draw, role_to_draw

COMMAND = "python -m boss.eval"
INTRODUCTION = (
    "How well NLP models hold on data like the data they were fitted on (**ID**), on shifted data (**OOD**), "
    "and on adversarially **perturbed copies** of both. Every number comes with its interval and the number "
    "of examples (n) behind it; what was not measured is left empty."
)
NOTES_HELP = "Why the row must not be compared with the others, or only in part."


def show(folder: Path) -> None:
    """Show the page for the runs under ``folder``."""
    st.title("BOSS × RobTest leaderboard")
    st.markdown(INTRODUCTION)
    runs = _read(str(folder), records.stamp(folder))
    st.caption(escaped(f"{runs.n_runs} run{'s' * (runs.n_runs != 1)} found in {folder.resolve()}"))
    _problems(runs.problems)
    if runs.records.empty:
        _empty(runs)
        return
    rows = table.newest(runs.records)
    choice = choose(rows)
    board = table.board(rows, choice)
    board.insert(0, "label", plots.labels(board))
    majority = table.majority(rows, choice)
    _suite_note(rows, choice)
    _table(board, choice)
    _notes(rows, choice, majority)
    _charts(rows, board, choice, majority)


@st.cache_data(show_spinner="Reading runs…", max_entries=4)
def _read(folder: str, stamp: records.Stamp) -> records.Runs:
    """Read the runs again only when a file changed: ``stamp`` is part of the cache's key."""
    return records.read_runs(Path(folder))


def _empty(runs: records.Runs) -> None:
    if runs.n_runs:
        st.info("No run here has a finished measurement yet. Start one, or continue one, with:")
    else:
        st.info("No runs yet. Measure a first model on the small suite; it takes a few minutes:")
    st.code(COMMAND, language="sh")
    st.markdown("Then reload this page. To read another folder: `python -m leaderboard --runs DIR`.")


def _problems(problems: Sequence[records.Problem]) -> None:
    if not problems:
        return
    plural = "s" * (len(problems) != 1)
    with st.expander(f"{len(problems)} run{plural} could not be shown in full", icon=":material/warning:"):
        for problem in problems:
            # st.code shows its text as it is.
            st.code(f"{problem.run}\n{problem.reason}", language=None, wrap_lines=True)


def _suite_note(rows: pd.DataFrame, choice: Choice) -> None:
    here = rows[(rows["suite"] == choice.suite) & (rows["task"] == choice.task)]
    if here["stand_in"].any():
        text = f"{choice.suite} is a small stand-in for BOSS, made of other public datasets: "
        st.info(escaped(text + "its numbers are not BOSS numbers."))


def _table(board: pd.DataFrame, choice: Choice) -> None:
    left, right = st.columns(2, vertical_alignment="center")
    as_text = left.toggle("Plain table (for screen readers and copying)", key="plain", bind="query-params")
    right.download_button(
        "Download as CSV",
        display.csv(board, choice),
        file_name=display.csv_name(choice),
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
    )
    if as_text:
        st.table(display.plain(board), hide_index=True)
        return
    grid, config = display.grid(board), _columns(board)
    st.dataframe(grid, column_config=config, hide_index=True, placeholder="–", lazy=False, key="board")


def _columns(board: pd.DataFrame) -> dict[str, Any]:
    config = {
        "model": st.column_config.TextColumn("Model", pinned=True, width="medium"),
        "method": st.column_config.TextColumn("Method"),
        "notes": st.column_config.TextColumn("Notes", help=NOTES_HELP, width="medium"),
    }
    for measure in table.measures(board):
        config[measure.key] = st.column_config.NumberColumn(measure.label, format="%.1f", help=measure.help)
        name = f"{measure.key}_interval"
        config[name] = st.column_config.TextColumn("interval (n)", help=f"Interval and n of {measure.label}.")
    return config


def _notes(rows: pd.DataFrame, choice: Choice, majority: dict[str, float]) -> None:
    task = TASKS[choice.task]
    here = rows[(rows["suite"] == choice.suite) & (rows["task"] == choice.task)]
    levels = listed([f"{100 * level:g} %" for level in sorted(here["level"].unique())])
    text = f"Per cent, {levels} intervals, sorted by OOD mean; rows with notes on clean data stand last. "
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


def _charts(rows: pd.DataFrame, board: pd.DataFrame, choice: Choice, majority: dict[str, float]) -> None:
    names = models_to_draw(list(board["label"]))
    drawn = board[board["label"].isin(names)]
    both = drawn[drawn["comparable"] & drawn["id"].notna() & drawn["ood_mean"].notna()]
    st.header("ID against OOD")
    if both.empty:
        st.caption("No chosen model has both numbers, on the same data as the others.")
    else:
        text = plots.scatter_sentence(both, majority)
        st.altair_chart(plots.scatter(both, majority, names), width=820, alt=text)
        st.caption(escaped(text))
    curves = table.curves(rows, choice)
    curves = curves.merge(drawn[["model", "method", "label"]], on=["model", "method"])
    if not curves.empty:
        _curves(curves, choice, names)


def _curves(curves: pd.DataFrame, choice: Choice, names: list[str]) -> None:
    st.header("Under attack, by degree")
    with st.columns(5)[0]:
        role = role_to_draw(sorted(set(curves["role"])))
    curves = curves[curves["role"] == role]
    for attack, rows in curves.groupby("attack", sort=True):
        st.subheader(escaped(f"{attack} ({choice.tag})"))
        text = plots.curve_sentence(rows, str(attack), role)
        for column, aggregate in zip(st.columns(2), ("average", "worst"), strict=True):
            column.altair_chart(plots.degree_curve(rows, aggregate, names), alt=text)
        st.caption(escaped(text))
