"""One model's numbers beside the median of its board."""

import math

import altair as alt
import pandas as pd

from leaderboard.board.profile import CLEAN
from leaderboard.text import interval, percent
from leaderboard.web.charts.plots import with_intervals
from robtest.plural import counted

THIS, MEDIAN = "this model (point)", "median of the board (tick)"
_STEP, _MARGIN = 26, 90
"""Pixels per row, and for the axis and the legend."""


def profile_chart(table: pd.DataFrame) -> alt.LayerChart:
    """Draw the rows of `leaderboard.board.profile.profile`: points with intervals, and the median as a tick.

    Datasets come first, then attacks.
    """
    names = list(table["what"])
    own = table.assign(kind=THIS, at=100 * table["value"], said=with_intervals(table))
    own = own.assign(low=100 * table["low"], high=100 * table["high"])
    pairs = zip(table["median"], table["models"], strict=True)
    median = table.assign(
        kind=MEDIAN,
        at=100 * table["median"],
        said=[f"{percent(value)} ({counted(k, 'model')})" for value, k in pairs],
    )
    ends = [*own["low"], *own["high"], *own["at"], *median["at"]]
    domain = [10 * math.floor(min(ends) / 10), 10 * math.ceil(max(ends) / 10)]
    y = alt.Y("what:N", title=None, sort=names, axis=alt.Axis(labelLimit=150))
    scale = alt.Scale(domain=domain, zero=False)
    x = alt.X("at:Q", title="%", scale=scale, axis=alt.Axis(tickCount=6))
    legend = alt.Legend(orient="bottom", columns=1, title=None, symbolOpacity=1)
    colour = alt.Color("kind:N", scale=alt.Scale(domain=[THIS, MEDIAN]), legend=legend)
    tips = [alt.Tooltip("what:N", title="on"), alt.Tooltip("said:N", title="number"), alt.Tooltip("kind:N")]
    bars = alt.Chart(own[["what", "kind", "low", "high"]]).mark_rule(aria=False, strokeWidth=2, tooltip=None)
    columns = ["what", "kind", "at", "said"]
    ticks = alt.Chart(median[columns]).mark_tick(thickness=4, size=18, opacity=1)
    points = alt.Chart(own[columns]).mark_point(filled=True, opacity=1, size=90)
    layers = alt.layer(
        bars.encode(
            x=alt.X("low:Q", title="%", scale=alt.Scale(domain=domain, zero=False)),
            x2="high:Q",
            y=y,
            color=colour,
        ),
        ticks.encode(x=x, y=y, color=colour, tooltip=tips),
        points.encode(x=x, y=y, color=colour, tooltip=tips),
    )
    chart: alt.LayerChart = layers.properties(height=_STEP * len(names) + _MARGIN)
    return chart


def profile_sentence(table: pd.DataFrame, label: str, under: str) -> str:
    """Say in words what `profile_chart` shows.

    Args:
        under: what the numbers under attack are of; empty where there are none.
    """
    parts = []
    for group, part in table.groupby("group", sort=False):
        above = int((part["value"] > part["median"]).sum())
        of = "datasets" if group == CLEAN else "attacks"
        parts.append(f"{above} of {len(part)} {of}")
    gap = (table["value"] - table["median"]).abs()
    row = table.iloc[int(gap.to_numpy().argmax())]
    text = f"{label} is above the median of the board on {' and '.join(parts)}. "
    text += (
        f"It is farthest from it on {row['what']}: {percent(row['value'])} "
        f"[{interval(row['low'], row['high'])}] against {percent(row['median'])}."
    )
    return text + (f" Under attack: {under}." if under else "")


def profile_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of `profile_chart` as text."""
    return pd.DataFrame(
        {
            "On": table["what"],
            "This model": with_intervals(table),
            "Median": [percent(value) for value in table["median"]],
            "Models": table["models"].astype(str),
        }
    )
