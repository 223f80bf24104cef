"""Preferences: what matters to a reader, the order that follows from it, and how sure first place is."""

import math
import shlex
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import streamlit as st

from boss.errors import ConfigError
from leaderboard.board import display
from leaderboard.board.site import Site
from leaderboard.board.table import Choice
from leaderboard.preference.order import counted, exported, measurement, order
from leaderboard.preference.preferences import UNDER, Axis, Preference, equal_weights, offered, written
from leaderboard.preference.redraw import OtherExamples, other_examples
from leaderboard.store.folder import Folders
from leaderboard.text import escaped, shown
from leaderboard.web.charts.trade_off import (
    first_places,
    first_sentence,
    share_table,
    trade_off,
    trade_off_sentence,
)
from leaderboard.web.views.page import chart, downloads, opened
from leaderboard.web.views.snapshot import link_to_table
from leaderboard.web.views.switches import choice as choose_one
from leaderboard.web.views.switches import choose

INTRODUCTION = (
    "No model is best for everybody. Say what counts for you: a **weight** for each axis and, where enough "
    "is enough, a **target**. The models are put in that order. The page also says which of them no other "
    "model clearly beats, and whether first place would survive other weights and other examples."
)
SCORE_HELP = (
    "Score: the weights, made to sum to 1, times what each number counts. Without a target a number counts "
    "from 0 to 1 between the fixed ends of its axis. With one it counts 0 where the target is met, and less "
    "than 0 by the penalty times what is missing. The score's interval is that of other examples. Equal "
    "scores share a rank. A model that lacks a number is listed, not ranked."
)
TARGET_HELP = (
    "Enough: a fraction (0.6 is 60 %), a Brier score or a number of parameters. Empty: more is better."
)
UNDER_NAMES = {"worst": "worst copy at the degree", "area": "area under the worst curve"}
UNDER_HELP = "What stands for the adversarial axis."
WIDTH = 820


def show(folders: Folders) -> None:
    """Show the page for the runs of ``folders``."""
    site = opened(folders, "Preferences", INTRODUCTION)
    if site is None:
        return
    choice = choose(site.rows)
    board = site.board(choice)
    preference = _preference(board, choice)
    if preference is None:
        return
    axes = counted(board, choice.definition, preference)
    others = _other_examples(site.stamp, choice, tuple(axes), site)
    table = order(board, choice.definition, preference, others)
    _order(site, choice, preference, axes, table)
    ranked = table[table["rank"].notna()]
    if ranked.empty:
        st.info("No model has a number on every axis that counts: take the weight off one of them.")
        return
    _trade_off(ranked, axes)
    st.header("How sure first place is")
    chart(
        lambda alt: st.altair_chart(first_places(ranked), width=WIDTH, alt=alt),
        first_sentence(ranked),
        share_table(ranked),
    )


@st.cache_resource(show_spinner="Reading answers…", max_entries=16)
def _other_examples(stamp: str, choice: Choice, axes: tuple[Axis, ...], _site: Site) -> OtherExamples:
    """Read what `other_examples` does once; the site itself is no part of the key, as its stamp is."""
    return other_examples(_site, choice, axes)


def _preference(board: pd.DataFrame, choice: Choice) -> Preference | None:
    """Show the switches of the preference; say what is wrong with it, and return None then."""
    st.header("What counts")
    under = next(iter(UNDER))
    if choice.attack is not None:
        first, _ = st.columns([1, 3])
        with first:
            under = choose_one("Under attack", list(UNDER), names=UNDER_NAMES, help=UNDER_HELP)
    here = offered(board, choice.definition, under)
    _say_gone(here)
    default = equal_weights(here)
    weights: dict[str, float] = {}
    targets: dict[str, float] = {}
    for column, (key, axis) in zip(st.columns(max(len(here), 4))[: len(here)], here.items(), strict=True):
        with column:
            weights[key] = _weight(axis, default.get(key, 0.0))
            target = _target(axis, disabled=weights[key] == 0)
        if target is not None and weights[key] > 0:
            targets[key] = target
    try:
        return Preference(weights, targets, _penalty() if targets else 1.0, under)
    except ConfigError as error:
        st.warning(escaped(str(error)))
        return None


def _weight(axis: Axis, default: float) -> float:
    key = f"weight_{axis.key}"
    _say_unread(key, 0.0, math.inf)
    number = st.number_input(
        f"{axis.label}: weight",
        min_value=0.0,
        value=default,
        step=0.5,
        format="%.12g",
        key=key,
        help=axis.help,
        bind="query-params",
    )
    return default if number is None else number


def _target(axis: Axis, *, disabled: bool) -> float | None:
    key = f"target_{axis.key}"
    _say_unread(key, axis.minimum, axis.maximum)
    return st.number_input(
        f"{axis.label}: {'at most' if axis.lower_is_better else 'at least'}",
        min_value=axis.minimum,
        max_value=None if math.isinf(axis.maximum) else axis.maximum,
        value=None,
        step=1e6 if axis.log else 0.05,
        format="%.12g",
        key=key,
        help=TARGET_HELP,
        placeholder="no target",
        disabled=disabled,
        bind="query-params",
    )


def _penalty() -> float:
    _say_unread("penalty", 0.1, math.inf)
    first, _ = st.columns([1, 3])
    number = first.number_input(
        "Penalty for a missed target",
        min_value=0.1,
        value=1.0,
        step=0.5,
        format="%.12g",
        key="penalty",
        bind="query-params",
    )
    return 1.0 if number is None else number


def _say_gone(here: Mapping[str, Axis]) -> None:
    """Say that the address weighs an axis on which no model of this board has a number."""
    for name in sorted(st.query_params):
        what, _, key = name.partition("_")
        if what in ("weight", "target") and key not in here:
            st.warning(escaped(f"The link asks for a {what} of {shown(key)}, which is not here."))


def _say_unread(key: str, low: float, high: float) -> None:
    """Say that the address gives a number that cannot be; Streamlit drops it without a word."""
    for text in st.query_params.get_all(key):
        try:
            fits = low <= float(text) <= high
        except ValueError:
            fits = False
        if text and not fits:
            st.warning(escaped(f"The link asks for {key} {shown(text)}, which is no number it can be."))


def _order(site: Site, choice: Choice, preference: Preference, axes: list[Axis], table: pd.DataFrame) -> None:
    st.header("The order")
    export = exported(site, choice, preference, axes, table)
    st.table(display.for_markdown(export.text), hide_index=True)
    st.caption(escaped(SCORE_HELP))
    downloads(replace(export, snapshot=site.name), display.file_name(choice, "preferences"))
    link_to_table(site)
    with st.expander("The same order in a terminal"):
        st.code(command(choice, preference), language="sh", wrap_lines=True)


def command(choice: Choice, preference: Preference) -> str:
    """Return the command that prints the same order."""
    settings = {"suite": choice.suite, "task": choice.task}
    if choice.attack is not None and choice.tag is not None and choice.degree is not None:
        settings |= {"attack": choice.attack, "tag": choice.tag, "degree": f"{choice.degree:.12g}"}
    settings["weights"] = written({key: preference.weights[key] for key in preference.keys})
    if preference.targets:
        settings |= {"targets": written(preference.targets), "penalty": f"{preference.penalty:.12g}"}
    settings["under"] = preference.under
    words = (shlex.quote(f"{key}={value}") for key, value in settings.items())
    return " ".join(["python -m leaderboard.rank", *words])


def _trade_off(ranked: pd.DataFrame, axes: list[Axis]) -> None:
    st.header("Between two axes")
    if len(axes) == 1:
        st.caption("One axis has a weight; a second one is needed to see what one costs on the other.")
        return
    names = {axis.key: axis.label for axis in axes}
    first, second, _ = st.columns([1, 1, 2])
    with first:
        across = choose_one("Across", list(names), names=names)
    with second:
        up = choose_one("Up", [key for key in names if key != across], names=names)
    by_key = {axis.key: axis for axis in axes}
    picture = trade_off(ranked, by_key[across], by_key[up])
    rows = ranked.to_dict("records")
    numbers = pd.DataFrame(
        {
            "Model": [shown(row["label"]) for row in rows],
            **{names[key]: [measurement(row, by_key[key]) for row in rows] for key in (across, up)},
            "Pareto front": ["on the front" if row["front"] else "dominated" for row in rows],
        }
    )
    chart(
        lambda alt: st.altair_chart(picture, width=WIDTH, alt=alt),
        trade_off_sentence(ranked, axes),
        numbers,
    )
