"""The board's switches. Each is in the page's address, so that a view can be sent to a colleague."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from boss.tasks import TASKS
from leaderboard.plots import ROLES
from leaderboard.table import Choice
from leaderboard.text import escaped, listed, shown

DEGREE = 0.1
"""Degree shown first: the nearest measured one; the command's own table shows the same."""
MODELS_IN_CHARTS = 6

_TAG_HELP = (
    "How far a copy may be from its original. Malicious: changed characters out of all characters. General: "
    "changed words out of all words."
)
_DEGREE_HELP = "The part of the text an attack may change, from 0 to 1."


def choose(rows: pd.DataFrame) -> Choice:
    """Show the switches over what ``rows`` (`leaderboard.records.COLUMNS`) hold; return what is chosen.

    A switch offers only what the ones before it leave; those of the attack are absent where nothing was
    attacked.
    """
    first, second, third, fourth, fifth = st.columns(5)
    stand_ins = set(rows.loc[rows["stand_in"], "suite"])
    with first:
        suite = _select("Suite", sorted(set(rows["suite"]), key=lambda name: (name in stand_ins, name)))
    rows = rows[rows["suite"] == suite]
    present = set(rows["task"])
    with second:
        task = _select("Task", [name for name in TASKS if name in present])
    rows = rows[(rows["task"] == task) & rows["attack"].notna() & (rows["degree"] > 0)]
    if rows.empty:
        return Choice(suite, task)
    with third:
        attack = _select("Attack", sorted(set(rows["attack"])))
    rows = rows[rows["attack"] == attack]
    with fourth:
        tag = _select("Tag", sorted(set(rows["tag"]), reverse=True), help=_TAG_HELP)
    degrees = sorted(set(rows.loc[rows["tag"] == tag, "degree"]))
    nearest = min(degrees, key=lambda degree: abs(degree - DEGREE))
    texts = [f"{degree:g}" for degree in degrees]
    with fifth:
        degree = _select("Degree", texts, index=degrees.index(nearest), help=_DEGREE_HELP)
    return Choice(suite, task, attack, tag, degrees[texts.index(degree)])


def models_to_draw(labels: Sequence[str]) -> list[str]:
    """Show the choice of models for the charts; at first the top of the board."""
    _say_stale("models", labels)
    return st.multiselect(
        "Models in the charts",
        labels,
        default=labels[:MODELS_IN_CHARTS],
        key="models",
        bind="query-params",
    )


def role_to_draw(roles: Sequence[str]) -> str:
    """Show the switch between ID and OOD for the degree curves."""
    return _select("Data", roles, names=ROLES)


def _select(
    label: str,
    options: Sequence[str],
    *,
    index: int = 0,
    help: str | None = None,
    names: dict[str, str] | None = None,
) -> str:
    """Show a select box whose key, and name in the address, is its label's first word in small letters."""
    key = label.split()[0].lower()
    texts = [names[option] if names else shown(option) for option in options]
    _say_stale(key, texts)
    chosen = st.selectbox(
        label,
        options,
        index=index,
        format_func=lambda option: texts[options.index(option)],
        key=key,
        help=help,
        bind="query-params",
    )
    return options[index] if chosen is None else chosen


def _say_stale(key: str, texts: Sequence[str]) -> None:
    """Say that the address asks for something that is not here; Streamlit drops it without a word."""
    unknown = [shown(text) for text in st.query_params.get_all(key) if text not in texts]
    if unknown:
        st.warning(escaped(f"The link asks for {key} {listed(unknown)}, which is not here."))
