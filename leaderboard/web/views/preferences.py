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
from leaderboard.preference.order import SHARES, counted, exported, measurement, order
from leaderboard.preference.preferences import UNDER, Axis, Preference, equal_weights, offered, written
from leaderboard.preference.redraw import OtherExamples, other_examples
from leaderboard.store.folder import Folders
from leaderboard.text import escaped, listed, percent, said, shown
from leaderboard.web.charts.trade_off import (
    first_places,
    first_sentence,
    share_table,
    trade_off,
    trade_off_sentence,
)
from leaderboard.web.views.frame import draw, draw_narrow, show_facts, show_wide
from leaderboard.web.views.page import chart, downloads, opened
from leaderboard.web.views.snapshot import link_to_table
from leaderboard.web.views.switches import choice as choose_one
from leaderboard.web.views.switches import choose
from robtest.plural import counted as counted_of

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
TARGET_HELP = "What is enough, in the unit that is shown. Empty: more is better."
WEIGHT_HELP = "In any unit, per cent for example: only the ratios count."
SEEN = "preferences"
"""Says in a visit that its address was read: what it holds from then on are the reader's own choices."""
REASON = "Not ranked because"
_IN_THE_CHART = [SHARES["first_weights"], SHARES["first_examples"]]
"""Columns that the chart of first places and its table show."""
UNDER_NAMES = {"worst": "worst copy at the degree", "area": "area under the worst curve"}
UNDER_HELP = "What stands for the adversarial axis."


def show(folders: Folders) -> None:
    """Show the page for the runs of ``folders``."""
    site = opened(folders, "Preferences", INTRODUCTION)
    if site is None:
        return
    choice = choose(site.menu)
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
        lambda alt: draw_narrow(first_places(ranked), alt),
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
    penalty = _penalty() if targets else 1.0
    st.session_state[SEEN] = True
    try:
        preference = Preference(weights, targets, penalty, under)
        st.caption(escaped(said_shares(preference, here)))
        return preference
    except ConfigError as error:
        st.warning(said(error))
        return None


def said_shares(preference: Preference, here: Mapping[str, Axis]) -> str:
    """Say what the weights are once they sum to 100 %."""
    pairs = zip(preference.keys, preference.shares, strict=True)
    parts = [f"{here[key].label} {percent(float(share))} %" for key, share in pairs]
    return f"Together: {listed(parts)}."


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
        help=f"{axis.help} {WEIGHT_HELP}",
        bind="query-params",
    )
    return default if number is None else number


def target_key(axis: Axis) -> str:
    """Return what a target is called in the address: its name says the unit."""
    return f"{'percent' if axis.percent else 'target'}_{axis.key}"


def _target(axis: Axis, *, disabled: bool) -> float | None:
    """Return what is enough, in the axis' own unit: per cent are taken as such and become a fraction."""
    key, factor = target_key(axis), 100.0 if axis.percent else 1.0
    low, high = factor * axis.minimum, factor * axis.maximum
    _say_unread(key, low, high)
    unit = " (%)" if axis.percent else ""
    number = st.number_input(
        f"{axis.label}: {'at most' if axis.lower_is_better else 'at least'}{unit}",
        min_value=low,
        max_value=None if math.isinf(high) else high,
        value=None,
        step=1e6 if axis.log else factor * 0.05,
        format="%.12g",
        key=key,
        help=TARGET_HELP,
        placeholder="no target",
        disabled=disabled,
        bind="query-params",
    )
    return None if number is None else number / factor


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
    """Say that the address weighs an axis on which no model of this board has a number.

    Nothing is said where the reader's own choice took the axis away.
    """
    fractions = {f"target_{key}" for key, axis in here.items() if axis.percent}
    for name in sorted(st.query_params):
        what, _, key = name.partition("_")
        if what not in ("weight", "target", "percent"):
            continue
        if name in fractions:
            st.warning(escaped(f"The link gives {name} as a fraction; it is now percent_{key}, in per cent."))
        elif key not in here and SEEN not in st.session_state:
            asked = "weight" if what == "weight" else "target"
            st.warning(escaped(f"The link asks for a {asked} of {shown(key)}, which is not here."))


def _say_unread(key: str, low: float, high: float) -> None:
    """Say that the address gives a number that cannot be; Streamlit drops it without a word."""
    if SEEN in st.session_state:
        return
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
    text = export.text.drop(columns=_IN_THE_CHART)
    show_wide(text[table["rank"].notna().to_numpy()].drop(columns=REASON, errors="ignore"), "order")
    unranked = table[table["rank"].isna()]
    if len(unranked):
        with st.expander(f"{counted_of(len(unranked), 'model')} not ranked"):
            show_facts(text.loc[unranked.index, ["Model", REASON]], "unranked")
    st.caption(escaped(SCORE_HELP))
    downloads(replace(export, text=text), display.file_name(choice, "preferences"), site)
    link_to_table(site)
    with st.expander("The same order in a terminal"):
        st.code(command(choice, preference), language=None, wrap_lines=True)


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
        up = choose_one("Up", list(names), index=1, names=names)
    if across == up:
        st.caption("Choose two axes.")
        return
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
        lambda alt: draw(picture, alt, "axes"),
        trade_off_sentence(ranked, axes),
        numbers,
    )
