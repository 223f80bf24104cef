"""Charts of a preference: two axes with the Pareto front marked, and how often each model comes first."""

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from leaderboard.preference.order import SHARES, drawn_from, measurement
from leaderboard.preference.preferences import FEWEST, Axis
from leaderboard.preference.redraw import N_DRAWS
from leaderboard.preference.stability import CONCENTRATION
from leaderboard.text import listed, percent, shown
from leaderboard.web.charts.place import SIZE, Span, crossed, placed
from leaderboard.web.charts.plots import GREY, PLOT_HEIGHT, PLOT_WIDTH, fixed, number_tips
from robtest.plural import counted

MOST_LABELS = 12
_MARGIN = 0.06
"""Around the points, as a part of the axis."""
_PARAMETERS = "replace(format(datum.value, '~s'), 'G', 'B')"
_STANDING = ("on the front", "dominated")
_DRAWN = {"first_weights": "weights vary", "first_examples": "examples vary", "first_both": "both vary"}


def trade_off(table: pd.DataFrame, x: Axis, y: Axis) -> alt.LayerChart:
    """Draw the ranked models on two axes, with error bars; up and to the right is always better.

    Models on the front are filled and named; the others are hollow, and named where they are few. The front
    is that over all axes that count, so a model may be on it and look dominated on these two.

    Args:
        table: rows of `leaderboard.preference.order.order` that have a rank.
    """
    names = [shown(label) for label in table["label"]]
    data = pd.DataFrame({"label": names, "standing": [_STANDING[0 if on else 1] for on in table["front"]]})
    for axis in (x, y):
        factor = 100 if axis.percent else 1
        for part in ("", "_low", "_high"):
            data[axis.key + part] = factor * table[axis.key + part].to_numpy(float)
        data[f"{axis.key}_said"] = [measurement(row, axis) for row in table.to_dict("records")]
    ends = [_ends(data, axis) for axis in (x, y)]
    across, up = _channel(alt.X, x, ends[0]), _channel(alt.Y, y, ends[1])
    scale = alt.Scale(domain=list(_STANDING))
    legend = alt.Legend(orient="bottom", title=None, symbolOpacity=1)
    standing = alt.Color("standing:N", scale=scale, legend=legend)
    base = alt.Chart(data).encode(color=standing)
    shape = alt.Shape("standing:N", scale=alt.Scale(domain=list(_STANDING), range=["diamond", "circle"]))
    tips = [*number_tips(), alt.Tooltip("standing:N")]
    tips += [alt.Tooltip(f"{axis.key}_said:N", title=axis.label) for axis in (x, y)]
    point = base.encode(x=across(x.key), y=up(y.key), shape=shape.legend(legend), tooltip=tips)
    bar = base.mark_rule(aria=False, tooltip=None)
    layers = [
        bar.encode(x=across(f"{x.key}_low"), x2=f"{x.key}_high:Q", y=up(y.key)),
        bar.encode(x=across(x.key), y=up(f"{y.key}_low"), y2=f"{y.key}_high:Q"),
        point.transform_filter(alt.datum.standing == _STANDING[1]).mark_point(size=90, opacity=1),
        point.transform_filter(alt.datum.standing == _STANDING[0]).mark_point(
            size=130, filled=True, opacity=1
        ),
    ]
    named = data if len(data) <= MOST_LABELS else data[data["standing"] == _STANDING[0]]
    labels = _named(named, x, y, ends)
    if len(labels):
        text = alt.Chart(labels).encode(color=standing)
        leader = text.transform_filter(alt.datum.far).mark_rule(
            aria=False, strokeWidth=1, opacity=0.5, tooltip=None
        )
        name = text.mark_text(align="left", baseline="middle", fontSize=SIZE, tooltip=None)
        layers += [
            leader.encode(x=across(x.key), x2="text_x:Q", y=up(y.key), y2="text_y:Q"),
            name.encode(x=across("text_x"), y=up("text_y"), text="said:N"),
        ]
    return fixed(alt.layer(*layers), PLOT_WIDTH, PLOT_HEIGHT)


def _ends(data: pd.DataFrame, axis: Axis) -> tuple[float, float]:
    """Return the numbers at the two ends of an axis, the worse one first: room is left around the points."""
    values = data[[axis.key, f"{axis.key}_low", f"{axis.key}_high"]].to_numpy(float)
    low, high = (float(end) for end in (np.nanmin(values), np.nanmax(values)))
    if axis.log:
        # From no parameters at all to half a decade more than the largest.
        low, high = 0.0, max(high, FEWEST) * 3
    else:
        room = _MARGIN * (high - low) or 1.0
        low, high = low - room, high + room
    return (high, low) if axis.lower_is_better else (low, high)


def _named(data: pd.DataFrame, x: Axis, y: Axis, ends: Sequence[tuple[float, float]]) -> pd.DataFrame:
    """Return the names to draw: ``said``, where each stands, and its point."""
    sizes = (PLOT_WIDTH, PLOT_HEIGHT)
    spans = [
        Span(_forward(pair[0], axis), _forward(pair[1], axis), length)
        for pair, axis, length in zip(ends, (x, y), sizes, strict=True)
    ]
    at = [
        [
            span.pixels(np.array([_forward(value, axis) for value in data[axis.key + part]]))
            for part in ("", "_low", "_high")
        ]
        for span, axis in zip(spans, (x, y), strict=True)
    ]
    said = [
        label if standing == _STANDING[0] else f"{label} ({standing})"
        for label, standing in zip(data["label"], data["standing"], strict=True)
    ]
    places = placed(at[0][0], at[1][0], said, *sizes, crossed(*at))
    kept = np.array([place is not None for place in places], dtype=np.bool_)
    found = [place for place in places if place is not None]
    return data.loc[kept, list(dict.fromkeys(["standing", x.key, y.key]))].assign(
        said=[text for text, keep in zip(said, kept, strict=True) if keep],
        text_x=[_back(spans[0].value(place.x), x) for place in found],
        text_y=[_back(spans[1].value(place.y), y) for place in found],
        far=[place.far for place in found],
    )


def _forward(value: float, axis: Axis) -> float:
    """Return where a number lies on the axis' scale: its symmetric logarithm where that counts."""
    return math.log1p(value / FEWEST) if axis.log else float(value)


def _back(value: float, axis: Axis) -> float:
    return math.expm1(value) * FEWEST if axis.log else value


def trade_off_sentence(table: pd.DataFrame, axes: Sequence[Axis]) -> str:
    """Say in words who is on the front; ``table`` as in `trade_off`, ``axes``: all that count."""
    front = [shown(label) for label in table.loc[table["front"].astype(bool), "label"]]
    over = listed([axis.label for axis in axes])
    text = (
        f"The Pareto front over {over} holds {len(front)} of {counted(len(table), 'model')}: {_some(front)}. "
    )
    if len(front) < len(table):
        text += (
            "Each of the others is no better on any axis than some other model, and on one its interval lies "
            "below that model's. "
        )
    return f"{text}Up and to the right is better; bars are intervals."


def first_places(table: pd.DataFrame) -> alt.LayerChart:
    """Draw each model's share of first places, by what varies; at most `MOST_LABELS` models.

    Args:
        table: rows of `leaderboard.preference.order.order` that have a rank, in its order.
    """
    top = table.head(MOST_LABELS)
    names = [shown(label) for label in top["label"]]
    parts = [
        pd.DataFrame({"label": names, "varies": text, "share": 100 * top[key].to_numpy(float)})
        for key, text in _DRAWN.items()
    ]
    legend = alt.Legend(orient="bottom", columns=1, title=None, symbolOpacity=1)
    kinds = list(_DRAWN.values())
    scale = alt.Scale(domain=kinds)
    y = alt.Y("label:N", title=None, sort=names, axis=alt.Axis(labelLimit=150))
    share = alt.X("share:Q", title="first place (% of draws)", scale=alt.Scale(domain=[0, 100]))
    offset = alt.YOffset("varies:N", sort=kinds)
    base = alt.Chart(pd.concat(parts)).encode(y=y, yOffset=offset)
    colour = alt.Color("varies:N", scale=scale, legend=legend)
    shape = alt.Shape(
        "varies:N", scale=alt.Scale(domain=kinds, range=["square", "triangle-up", "circle"]), legend=legend
    )
    tips = [alt.Tooltip("label:N", title="model"), alt.Tooltip("varies:N", title="what varies")]
    tips.append(alt.Tooltip("share:Q", title="first (%)", format=".1f"))
    stem = base.mark_rule(aria=False, color=GREY, opacity=0.6, tooltip=None)
    stems = stem.encode(x=share.scale(domain=[0, 100]), x2=alt.datum(0))
    points = base.mark_point(size=80, filled=True, opacity=1)
    chart = alt.layer(stems, points.encode(x=share, color=colour, shape=shape, tooltip=tips))
    sized: alt.LayerChart = chart.properties(height=alt.Step(18))
    return sized


def first_sentence(table: pd.DataFrame) -> str:
    """Say in words how sure first place is; ``table`` as in `first_places`."""
    first = table[table["rank"] == 1]
    names = _some([shown(label) for label in first["label"]])
    start = f"{names} is first" if len(first) == 1 else f"{names} share first place"
    row = first.iloc[0]
    more = f" The chart shows the first {MOST_LABELS} models of {len(table)}." * (len(table) > MOST_LABELS)
    shares = [f"{percent(row[key])} % when {text}" for key, text in _DRAWN.items()]
    who = "It is" if len(first) == 1 else f"{shown(row['label'])} is"
    return (
        f"{start} with the chosen weights. {who} first in {listed(shares)}, of {N_DRAWS:,} draws each. "
        f"Weights are drawn around the chosen ones (Dirichlet, concentration {CONCENTRATION:g}). "
        f"{drawn_from(table)}{more}"
    )


def share_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of `first_places` as text, of all ranked models."""
    shares = {head: [f"{percent(share)} %" for share in table[key]] for key, head in SHARES.items()}
    return pd.DataFrame({"Model": [shown(label) for label in table["label"]], **shares})


def _some(names: list[str]) -> str:
    """Join names as a sentence does, at most `MOST_LABELS` of them."""
    more = len(names) - MOST_LABELS
    return listed([*names[:MOST_LABELS], f"{more} more"] if more > 0 else names)


def _channel(kind: type[alt.X] | type[alt.Y], axis: Axis, ends: tuple[float, float]) -> Any:
    """Return what makes a channel of a field of ``axis``, which runs from ``ends[0]`` to ``ends[1]``."""
    title = axis.label + (" (%)" if axis.percent else "")
    title += " (number of parameters)" if axis.log else ""
    title += ", less is better" if axis.lower_is_better else ""
    if axis.log:
        # Linear below the cheap end, so that a model without parameters has a place.
        scale = alt.Scale(type="symlog", constant=FEWEST, domain=list(ends), nice=False)
        ticks = alt.Axis(labelExpr=_PARAMETERS, values=[0, *10.0 ** np.arange(6, 12)])
    else:
        scale = alt.Scale(zero=False, nice=False, domain=list(ends))
        ticks = alt.Axis(tickCount=6)
    return lambda field: kind(f"{field}:Q", title=title, scale=scale, axis=ticks)
