"""The board: who leads, how sure that is, and everybody's five numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

import pandas as pd
import streamlit as st

from leaderboard.board import display, table
from leaderboard.board.all_tasks import MEAN, board_of_tasks
from leaderboard.board.columns import Measure, named_apart
from leaderboard.board.datasets import dataset_measures, of_datasets
from leaderboard.board.filters import RANKED_FROM, is_verified, mask
from leaderboard.board.front import (
    TASKS_CAPTION,
    as_file,
    first_columns,
    sorted_first,
    stand_in_note,
    subheads,
    what,
)
from leaderboard.board.headline import Headline, headline
from leaderboard.board.ranking import PAIRED, entered
from leaderboard.board.site import Site
from leaderboard.board.standard import AttackSet, Standard
from leaderboard.board.table import Choice
from leaderboard.store.folder import Folders
from leaderboard.store.roots import SHIPPED
from leaderboard.text import escaped, listed, percent, shown
from leaderboard.web import board_html
from leaderboard.web.views.page import COMMAND, downloads, opened, problems
from leaderboard.web.views.snapshot import link_to_table, page_link
from leaderboard.web.views.switches import ALL_TASKS, filters, several, suite_and_task, under_attack
from leaderboard.web.views.switches import choice as choose_one
from robtest.plural import counted

TITLE = "BOSS × RobTest leaderboard"
INTRODUCTION = (
    "How well NLP models hold on data like their training data (**ID**), on shifted data (**OOD**), and on "
    "adversarially **perturbed copies**."
)
DIRECTIONS = ("best first", "worst first")
MOST_ROWS = 50
"""Shown at first."""
UNVERIFIED = "Not verified: shown, not ranked"


@dataclass(frozen=True)
class _View:
    """What is shown: rows, sorted and ranked, their columns, and the words around them."""

    rows: pd.DataFrame
    columns: Sequence[Measure]
    sort: Measure
    title: str
    lead: Headline
    caption: str
    subheads: Mapping[str, str] = field(default_factory=dict)


def show(folders: Folders) -> None:
    """Show the page for the runs of ``folders``."""
    site = opened(folders, TITLE, INTRODUCTION)
    if site is None:
        return
    st.html(f"<style>{board_html.CSS}</style>")
    suite, task = suite_and_task(site.menu)
    here = site.menu[(site.menu["suite"] == suite) & ((site.menu["task"] == task) | (task == ALL_TASKS))]
    if note := stand_in_note(here, suite):
        st.caption(escaped(note))
    if task == ALL_TASKS:
        _all_tasks(site, suite)
    else:
        _one_task(site, suite, task)
    with st.expander("Runs that are read"):
        _runs(site, folders)
    problems(site)


def _one_task(site: Site, suite: str, task: str) -> None:
    sentence, board = st.empty(), st.container()
    rows = site.of_task(Choice(suite, task))
    with st.expander("Filters, columns, attack, order", icon=":material/tune:"):
        choice, attacks = under_attack(rows, suite, task)
        front = site.front(choice, attacks, _progress())
        row_filter = filters(front)
        measures = named_apart([*table.measures(front), *dataset_measures(of_datasets(rows, choice))])
        columns, sort, best_first = _columns_and_order(measures)
        together = _together(front)
    ranked = site.ranked(
        choice, sort, best_first=best_first, attacks=attacks, together=together, progress=_progress()
    )
    kept = ranked[mask(ranked, row_filter)].reset_index(drop=True)
    samples = site.samples(choice, sort, None, attacks)
    lead = headline(ranked, sort, *what(choice, sort), samples)
    caption = "" if attacks is None else Standard(rows, choice, attacks).sentence()
    title = f"{TITLE}: {suite}, {task}"
    view = _View(kept, columns, sort, title, lead, caption, subheads(choice, attacks))
    sentence.html(board_html.lead(lead))
    with board:
        _tables(
            view,
            every=ranked,
            link=lambda label: page_link("model", model=label, suite=suite, task=task),
        )
        _compare_link(kept, suite=suite, task=task)
    with st.expander("How to read this table"):
        st.markdown(escaped(rank_note(ranked, sort.label)))
        _notes(rows, choice, table.majority(rows, choice))
    _files(site, view, choice, attacks)


def _all_tasks(site: Site, suite: str) -> None:
    sentence, table_place = st.empty(), st.container()
    every = site.menu[site.menu["suite"] == suite]
    with st.expander("Filters", icon=":material/tune:"):
        facts, measures, samples = board_of_tasks(site, suite, progress=_progress())
        row_filter = filters(facts)
        together = _together(facts)
    if together:
        facts, measures, samples = board_of_tasks(site, suite, together=True)
    kept = facts[mask(facts, row_filter)].reset_index(drop=True)
    lead = headline(
        facts, MEAN, "mean score", f"all {every['task'].nunique()} tasks of {shown(suite)}", samples
    )
    view = _View(kept, measures, MEAN, f"{TITLE}: {suite}, all tasks", lead, TASKS_CAPTION)
    sentence.html(board_html.lead(lead))
    with table_place:
        _tables(view, every=facts, link=lambda label: page_link("model", model=label, suite=suite))
    with st.expander("How to read this table"):
        st.markdown(escaped(rank_note(facts, MEAN.label)))
    _files(site, view, Choice(suite, ALL_TASKS), None)


def _tables(view: _View, *, every: pd.DataFrame, link: Callable[[str], str]) -> None:
    """Show the ranked rows, and in a section of their own those that keepers did not verify.

    Args:
        every: the rows of the board, those that a filter leaves out too.
    """
    rows = view.rows
    if rows.empty:
        st.info(f"No model is left: the filters leave out all {len(every)}.")
        return
    anybody = bool(is_verified(every["verification"]).any())
    apart = ~is_verified(rows["verification"]) & anybody & rows["rank"].isna()
    main, others = rows[~apart], rows[apart]
    everything = len(rows) <= MOST_ROWS or st.toggle(f"All {len(rows)} rows", key="all", bind="query-params")
    text = f"{counted(len(rows), 'model')} of {len(every)}. " if len(rows) < len(every) else ""
    text += (
        f"Sorted by {view.sort.label}; beside each number its interval, drawn on one scale. {view.caption}"
    )
    for part, caption in ((main, text), (others, f"{UNVERIFIED}. Keepers made none of their inputs again.")):
        if part.empty:
            continue
        shown_rows = part if everything else part.head(MOST_ROWS)
        if part is others:
            st.markdown(f"#### {UNVERIFIED}")
        html = board_html.table(
            shown_rows, view.columns, caption=caption, link=link, scale=rows, subheads=view.subheads
        )
        st.html(html)


def _compare_link(rows: pd.DataFrame, **place: str) -> None:
    if len(rows) > 1:
        query = {"a": str(rows["label"].iloc[0]), "b": str(rows["label"].iloc[1]), **place}
        st.markdown(f"[Compare the first two, example by example]({page_link('compare', **query)})")


def _together(board: pd.DataFrame) -> bool:
    """Offer to rank those that nobody verified with the others; where nobody is verified, all are."""
    if entered(board, together=False).all():
        return False
    return st.toggle(
        "Rank models that are not verified too",
        key="together",
        bind="query-params",
        help=f"Ranked are models whose every number is verified as {RANKED_FROM} or further.",
    )


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
    """Show the choice of more columns and of the order."""
    first = first_columns(measures)
    by_label = {measure.label: measure for measure in measures}
    more = several("Columns", [label for label, measure in by_label.items() if measure not in first])
    columns = [*first, *(by_label[label] for label in more)] or list(measures)
    left, right = st.columns([3, 1])
    start = columns.index(chosen) if (chosen := sorted_first(columns)) else 0
    with left:
        sort = choose_one("Sort by", [measure.label for measure in columns], index=start)
    with right:
        direction = choose_one("Order", DIRECTIONS)
    return columns, by_label[sort], direction == DIRECTIONS[0]


def _runs(site: Site, folders: Folders) -> None:
    n_shipped = sum(run.startswith(SHIPPED) for run in site.runs)
    n_own = site.n_runs - n_shipped
    note = f"{counted(n_own, 'run')} found in the folder {folders.own.resolve().name}"
    st.markdown(escaped(note + (f", beside {n_shipped} that come with the project." if n_shipped else ".")))


def _files(site: Site, view: _View, choice: Choice, attacks: AttackSet | None) -> None:
    """Offer what is shown as files, and a link to it."""
    here = site.of_suite(choice.suite)
    file = as_file(view.rows, view.columns, choice, attacks, view.title, here, site.name)
    downloads(file, display.file_name(choice), site)
    link_to_table(site)


def rank_note(board: pd.DataFrame, label: str) -> str:
    """Say how the ranks were made, and of which models otherwise.

    Args:
        board: with the columns of `leaderboard.board.ranking.RANKS`.
        label: of the number it is ranked by.
    """
    n = int((board["ranked_by"] == PAIRED).sum())
    text = f"Ranks are by {label}, and say between which places a model may stand. "
    if n > 1:
        pairs = n * (n - 1) // 2
        text += (
            f"{n} models were tested in pairs on the same examples, which are resampled within each dataset; "
        )
        text += f"Holm's correction for {counted(pairs, 'pair')} keeps false differences at 5 %. "
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
    text = (
        f"Scores in per cent, {task.metric}; {levels} intervals. Calibration error and Brier score as they "
    )
    text += (
        f"are. A number with {display.MARK} is not ranked, as its note says; what was not measured is left "
    )
    text += f"empty. Under attack: {task.attacked_metric}. "
    if majority:
        names = {"id": "ID", "ood_mean": "OOD mean", "ood_worst": "OOD worst set"}
        values = [f"{name} {percent(majority[key])}" for key, name in names.items() if key in majority]
        text += f"Always answering the most common class: {listed(values)}."
    st.markdown(escaped(text))
    if not here["attack"].notna().any():
        st.markdown(f"No model was attacked on this task: `{COMMAND} task={choice.task} attack=typo` does.")
