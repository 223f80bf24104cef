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
from leaderboard.web.charts.heatmap import heat_map, heat_sentence, heat_table
from leaderboard.web.views.frame import draw, inked
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
    choice = choose(site.menu)
    if choice.attack is None:
        st.info("No model was attacked on this task.")
        return
    board = site.board(choice)
    names = models_to_draw(list(board["label"]))
    labels = board[[*MODEL, "label"]]
    points = table.curves(site.of_task(choice), choice).merge(labels, on=MODEL)
    roles = [role for role in ROLES if (points["role"] == role).any()]
    if not roles:
        st.info("No model was attacked on all sets of this task.")
        return
    role = role_to_draw(roles)
    _curves(points[(points["role"] == role) & points["label"].isin(names)], choice, role, names)
    _heat(site, choice, role, labels[labels["label"].isin(names)])


def _curves(points: pd.DataFrame, choice: Choice, role: str, names: list[str]) -> None:
    st.header(escaped(f"Degree curves: {choice.attack}"))
    if points.empty or choice.attack is None or choice.degree is None:
        st.caption("No chosen model was attacked so.")
        return
    degree = choice.degree
    sentence = plots.curve_sentence(points, choice.attack, role, degree)
    columns = st.columns(2)

    def draw_both(alt: str) -> None:
        for column, aggregate in zip(columns, AGGREGATES, strict=True):
            picture = plots.degree_curve(points, aggregate, names, degree)
            column.altair_chart(inked(picture), width="stretch", alt=f"{aggregate} copy. {alt}")

    text = [
        f"{percent(value)} [{interval(low, high)}] ({counts(n, coverage)})"
        for value, low, high, n, coverage in points[table.ESTIMATE].itertuples(index=False)
    ]
    numbers = points[["label", "aggregate", "degree"]].assign(value=text)
    chart(draw_both, sentence, numbers.rename(columns=str.capitalize))


def _heat(site: Site, choice: Choice, role: str, labels: pd.DataFrame) -> None:
    st.header("Models and attacks")
    first, _ = st.columns([1, 2])
    with first:
        aggregate = choose_one("Number", [*reversed(AGGREGATES), *reversed(AREAS)], names=NAMES)
    measurements = labels.merge(table.heat(site.of_task(choice), choice, role, aggregate), on=MODEL)
    if measurements.empty:
        st.caption("No chosen model has this number on all sets.")
        return
    picture = heat_map(measurements, NAMES[aggregate])
    chart(lambda alt: draw(picture, alt, "heat"), heat_sentence(measurements), heat_table(measurements))
