"""Under attack: how far each model falls as more of the text may change, and under which attack most."""

import pandas as pd
import streamlit as st

from leaderboard.board import table
from leaderboard.board.display import counts
from leaderboard.board.site import Site
from leaderboard.board.table import AGGREGATES, AREAS, ROLES, Choice
from leaderboard.stats.comparable import MODEL
from leaderboard.store.folder import Folders
from leaderboard.text import escaped, interval, percent
from leaderboard.web.charts import plots
from leaderboard.web.charts.heatmap import heat_map, heat_sentence, heat_table, radar
from leaderboard.web.views.page import chart, opened
from leaderboard.web.views.switches import choice as choose_one
from leaderboard.web.views.switches import choose, models_to_draw, role_to_draw

INTRODUCTION = (
    "Each example is copied with more and more of its text changed. The **average copy** says what changes "
    "of this kind cost; the **worst copy** of each example says what somebody costs who looks for the weak "
    "spot."
)
NAMES = {
    "worst": "worst copy at the degree",
    "average": "average copy at the degree",
    "area_worst": "area under the worst curve",
    "area_average": "area under the average curve",
}


def show(folders: Folders) -> None:
    """Show the page for the runs of ``folders``."""
    site = opened(folders, "Under attack", INTRODUCTION)
    if site is None:
        return
    choice = choose(site.rows)
    if choice.attack is None:
        st.info("No model was attacked on this task.")
        return
    board = site.board(choice)
    names = models_to_draw(list(board["label"]))
    labels = board[[*MODEL, "label"]]
    points = table.curves(site.rows, choice).merge(labels, on=MODEL)
    roles = [role for role in ROLES if (points["role"] == role).any()]
    if not roles:
        st.info("No model was attacked on all sets of this task.")
        return
    role = role_to_draw(roles)
    _curves(points[(points["role"] == role) & points["label"].isin(names)], choice, role, names)
    _heat(site, choice, role, labels[labels["label"].isin(names)])


def _curves(points: pd.DataFrame, choice: Choice, role: str, names: list[str]) -> None:
    st.header(escaped(f"Degree curves: {choice.attack}"))
    if points.empty or choice.attack is None:
        st.caption("No chosen model was attacked so.")
        return
    sentence = plots.curve_sentence(points, choice.attack, role)
    columns = st.columns(2)

    def draw(alt: str) -> None:
        for column, aggregate in zip(columns, AGGREGATES, strict=True):
            picture = plots.degree_curve(points, aggregate, names)
            column.altair_chart(picture, width="stretch", alt=f"{aggregate} copy. {alt}")

    text = [
        f"{percent(value)} [{interval(low, high)}] ({counts(n, coverage)})"
        for value, low, high, n, coverage in points[table.ESTIMATE].itertuples(index=False)
    ]
    numbers = points[["label", "aggregate", "degree"]].assign(value=text)
    chart(draw, sentence, numbers.rename(columns=str.capitalize))


def _heat(site: Site, choice: Choice, role: str, labels: pd.DataFrame) -> None:
    st.header("Models and attacks")
    first, second = st.columns([1, 2], vertical_alignment="bottom")
    with first:
        aggregate = choose_one("Number", [*reversed(AGGREGATES), *reversed(AREAS)], names=NAMES)
    as_radar = second.toggle("As a radar", key="radar", bind="query-params")
    measurements = table.heat(site.rows, choice, role, aggregate)
    measurements = labels.merge(measurements, on=MODEL)
    if measurements.empty:
        st.caption("No chosen model has this number on all sets.")
        return
    numbers = heat_table(measurements)
    picture = (
        radar(measurements, list(labels["label"])) if as_radar else heat_map(measurements, NAMES[aggregate])
    )
    if picture is None:
        st.caption("A radar needs three attacks; the heat map shows fewer.")
        return

    def draw(alt: str) -> None:
        st.altair_chart(picture, width="content" if as_radar else "stretch", alt=alt)

    chart(draw, heat_sentence(measurements), numbers)
    if as_radar:
        text = (
            "Only models with every attack are drawn. The area of a radar depends on the order of its axes: "
        )
        st.caption(escaped(text + "read the spokes, not the area."))
