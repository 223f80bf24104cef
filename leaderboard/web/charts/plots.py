"""Degree curves, and what all charts share. Pure altair; every name is plain data."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from leaderboard.board.table import DEGREE_TOLERANCE, ROLES
from leaderboard.text import interval, listed, percent, shown

SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
GREY = "#808080"
NO_COLOUR = "#E0E0E0"
"""Of a cell that says nothing by its colour; black ink can be read on it in a light page and a dark one."""
PLOT_WIDTH, PLOT_HEIGHT = 600, 420
"""Of a chart with names in it, in pixels: they are placed for this size, so it never shrinks (`fixed`)."""
_FAINT = 0.35


def degree_curve(
    curves: pd.DataFrame, aggregate: str, names: Sequence[str], degree: float | None = None
) -> alt.LayerChart:
    """Draw one aggregate (average or worst) against the degree, with interval ribbons.

    A point is faint where less than half of some set's texts were changed. Only points say something when
    they are pointed at: a ribbon would give one end of an interval as if it were the value.

    Args:
        curves: rows of `leaderboard.board.table.curves` of one role, with a column ``label``.
        names: the labels of all charts of the page, so that a model looks the same in each.
        degree: the chosen one, marked by a dotted line.
    """
    rows = curves[curves["aggregate"] == aggregate]
    data = rows[["label", "degree", "few"]].join(100 * rows[["value", "low", "high"]])
    data = data.assign(said=with_intervals(rows), changed=_changed(rows))
    here = [name for name in names if name in set(data["label"])]
    # One name a line: two do not fit on a phone.
    legend = alt.Legend(orient="bottom", columns=1, labelLimit=300, symbolOpacity=1, values=here)
    title = f"{aggregate} copy (%)"
    scale = alt.Scale(domain=[0, 100])
    x = alt.X("degree:Q", title="degree (part of the text that may change)", axis=alt.Axis(tickCount=6))
    y = alt.Y("value:Q", title=title, scale=scale)
    base = alt.Chart(data).encode(x=x, color=colour(names, legend=legend))
    ribbon = base.mark_area(opacity=0.12, tooltip=None).encode(
        y=alt.Y("low:Q", title=title, scale=scale), y2="high:Q"
    )
    opacity = alt.condition(alt.datum.few, alt.value(_FAINT), alt.value(1))
    tips = [*number_tips(), alt.Tooltip("degree:Q"), alt.Tooltip("said:N", title=f"{aggregate} copy")]
    point = base.mark_point(size=60, filled=True).encode(
        y=y,
        shape=shape(names, legend=legend),
        opacity=opacity,
        tooltip=[*tips, alt.Tooltip("changed:N", title="texts changed")],
    )
    layers = [ribbon, base.mark_line(tooltip=None).encode(y=y), point]
    if degree is not None:
        chosen = alt.Chart(pd.DataFrame({"degree": [degree]}))
        layers.insert(
            0, chosen.mark_rule(aria=False, strokeDash=[2, 3], color=GREY, tooltip=None).encode(x=x)
        )
    return alt.layer(*layers).properties(height=540)


def curve_sentence(curves: pd.DataFrame, attack: str, role: str, degree: float) -> str:
    """Say in words what the curves show at the chosen degree; ``curves`` as in `degree_curve`.

    Numbers of faint points are compared with none.
    """
    here = curves[(curves["degree"] - degree).abs() < DEGREE_TOLERANCE]
    last = here[~here["few"]]
    parts = []
    for aggregate in ("average", "worst"):
        cells = last[last["aggregate"] == aggregate].sort_values("value", ascending=False)
        if len(cells):
            top = cells.iloc[0]
            value = f"{percent(top['value'])} [{interval(top['low'], top['high'])}]"
            parts.append(f"{value} for {top['label']} on the {aggregate} copy")
    highest = "the highest are " if last["label"].nunique() > 1 else ""
    start = f"{shown(attack)} at degree {degree:g}, {ROLES[role]}: "
    none = "few of the texts were changed" if len(here) else "no chosen model was measured on all sets"
    told = listed(parts) if parts else none
    faint = " A faint point: less than half of the texts of a set were changed." * bool(curves["few"].any())
    return f"{start}{highest}{told}. Ribbons are intervals.{faint}"


def fixed(chart: alt.LayerChart, width: float, height: float) -> alt.LayerChart:
    """Return a chart with a plot of this size in pixels on every screen: its frame scrolls."""
    sized: alt.LayerChart = chart.properties(
        width=width, height=height, autosize=alt.AutoSizeParams(type="pad", contains="content")
    )
    return sized


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


def number_tips() -> list[alt.Tooltip]:
    """Return what a point says first: which model it is."""
    return [alt.Tooltip("label:N", title="model")]


def with_intervals(rows: pd.DataFrame, key: str = "") -> list[str]:
    """Return each row's number with its interval and n, as a point says it.

    Args:
        key: of the number; none where the columns are ``value``, ``low``, ``high`` and ``n``.
    """
    ends = [f"{key}{end}" for end in ("", "_low", "_high", "_n")] if key else ["value", "low", "high", "n"]
    return [
        f"{percent(value)} [{interval(low, high)}] (n {n:.0f})"
        for value, low, high, n in rows[ends].itertuples(index=False)
    ]


def _changed(rows: pd.DataFrame) -> list[str]:
    return ["unknown" if pd.isna(share) else f"{percent(share)} %" for share in rows["coverage"]]
