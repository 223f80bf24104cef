"""Degree curves, and what all charts share. Pure altair; every name is plain data."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from leaderboard.board.table import ROLES
from leaderboard.text import interval, listed, percent, shown

SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
GREY = "#808080"
_FAINT = 0.35


def degree_curve(curves: pd.DataFrame, aggregate: str, names: Sequence[str]) -> alt.LayerChart:
    """Draw one aggregate (average or worst) against the degree, with interval ribbons.

    A point is faint where less than half of some set's texts were changed.

    Args:
        curves: rows of `leaderboard.board.table.curves` of one role, with a column ``label``.
        names: the labels of all charts of the page, so that a model looks the same in each.
    """
    rows = curves[curves["aggregate"] == aggregate]
    data = rows[["label", "degree", "few"]].join(100 * rows[["value", "low", "high", "coverage"]])
    here = [name for name in names if name in set(data["label"])]
    legend = alt.Legend(orient="bottom", columns=2, labelLimit=220, symbolOpacity=1, values=here)
    title = f"{aggregate} copy (%)"
    scale = alt.Scale(domain=[0, 100])
    x = alt.X("degree:Q", title="degree (part of the text that may change)", axis=alt.Axis(tickCount=6))
    y = alt.Y("value:Q", title=title, scale=scale)
    base = alt.Chart(data).encode(x=x, color=colour(names, legend=legend))
    ribbon = base.mark_area(opacity=0.2).encode(y=alt.Y("low:Q", title=title, scale=scale), y2="high:Q")
    opacity = alt.condition(alt.datum.few, alt.value(_FAINT), alt.value(1))
    point = base.mark_point(size=60, filled=True).encode(
        y=y,
        shape=shape(names, legend=legend),
        opacity=opacity,
        tooltip=[
            alt.Tooltip("degree:Q"),
            *tooltip("value", "low", "high"),
            alt.Tooltip("coverage:Q", title="texts changed (%)", format=".1f"),
        ],
    )
    return alt.layer(ribbon, base.mark_line().encode(y=y), point).properties(height=460)


def curve_sentence(curves: pd.DataFrame, attack: str, role: str) -> str:
    """Say in words what the curves show at the highest degree; ``curves`` as in `degree_curve`.

    Numbers of faint points are compared with none.
    """
    degree = curves["degree"].max()
    last = curves[(curves["degree"] == degree) & ~curves["few"]]
    parts = []
    for aggregate in ("average", "worst"):
        cells = last[last["aggregate"] == aggregate].sort_values("value", ascending=False)
        if len(cells):
            top = cells.iloc[0]
            value = f"{percent(top['value'])} [{interval(top['low'], top['high'])}]"
            parts.append(f"{value} for {top['label']} on the {aggregate} copy")
    highest = "the highest are " if last["label"].nunique() > 1 else ""
    start = f"{shown(attack)} at degree {degree:g}, {ROLES[role]}: "
    said = listed(parts) if parts else "few of the texts were changed"
    faint = " A faint point: less than half of the texts of a set were changed." * bool(curves["few"].any())
    return f"{start}{highest}{said}. Ribbons are intervals.{faint}"


def colour(names: Sequence[str], legend: alt.Legend | None = None) -> alt.Color:
    """Return the colour of each model: the same in every chart of a page."""
    # No range: the palette is the theme's (.streamlit/config.toml), one for light and one for dark.
    return alt.Color("label:N", title=None, scale=alt.Scale(domain=list(names)), legend=legend)


def shape(names: Sequence[str], legend: alt.Legend | None = None) -> alt.Shape:
    """Return the shape of each model: the same in every chart of a page."""
    # Shifted by one each time round, so that colour and shape together tell 36 models apart.
    k = len(SHAPES)
    shapes = [SHAPES[(i + i // k) % k] for i in range(len(names))]
    scale = alt.Scale(domain=list(names), range=shapes)
    return alt.Shape("label:N", title=None, scale=scale, legend=legend)


def tooltip(*fields: str) -> list[alt.Tooltip]:
    """Return what is said of a point: its model and these numbers."""
    numbers = [alt.Tooltip(f"{field}:Q", title=field.replace("_", " "), format=".1f") for field in fields]
    return [alt.Tooltip("label:N", title="model"), *numbers]
