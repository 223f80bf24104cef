"""Models × attacks at a glance: a heat map, and as a second view a radar."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from leaderboard.board.display import MARK
from leaderboard.text import interval, percent, shown
from leaderboard.web.charts.plots import GREY, colour, shape

_DARK = 50
"""Per cent from which on a cell is dark, so that its number is white."""
_ROW = 28
_MARGIN = 80


def heat_map(cells: pd.DataFrame, title: str) -> alt.LayerChart:
    """Draw one coloured cell per model and attack, with its number in it.

    A cell of an attack that changed less than half of some set's texts has a mark and no colour.

    Args:
        cells: rows of `leaderboard.board.table.heat` with a column ``label``; the order of labels is kept.
        title: what the numbers are.
    """
    data = cells[["label"]].assign(
        attack=cells["column"].map(shown),
        value=100 * cells["value"],
        interval=[interval(low, high) for low, high in zip(cells["low"], cells["high"], strict=True)],
        changed=[f"{percent(share)} %" for share in cells["coverage"]],
        few=cells["few"],
        text=_texts(cells),
    )
    labels = list(dict.fromkeys(data["label"]))
    # The same scale on every page: two heat maps can be compared. Blues are told apart in grey, too.
    scale = alt.Scale(domain=[0, 100], scheme="blues")
    base = alt.Chart(data).encode(
        x=alt.X("attack:N", title=None, axis=alt.Axis(labelAngle=-30, labelLimit=160)),
        y=alt.Y("label:N", title=None, sort=labels, axis=alt.Axis(labelLimit=220)),
    )
    tips = [alt.Tooltip("label:N", title="model"), alt.Tooltip("attack:N")]
    tips += [alt.Tooltip("value:Q", format=".1f"), alt.Tooltip("interval:N")]
    tips.append(alt.Tooltip("changed:N", title="texts changed"))
    coloured = alt.Color("value:Q", title=f"{title} (%)", scale=scale)
    cell = base.mark_rect().encode(
        color=alt.condition(alt.datum.few, alt.value("transparent"), coloured), tooltip=tips
    )
    ink = (
        alt.when(alt.datum.few)
        .then(alt.value(GREY))
        .when(alt.datum.value > _DARK)
        .then(alt.value("white"))
        .otherwise(alt.value("black"))
    )
    number = base.mark_text(fontSize=12).encode(text="text:N", color=ink)
    return alt.layer(cell, number).properties(height=_ROW * len(labels) + _MARGIN)


def heat_sentence(cells: pd.DataFrame) -> str:
    """Say in words what `heat_map` and `radar` show; cells with a mark are compared with none."""
    few = int(cells["few"].sum())
    about = (
        f" {few} cell{'s' * (few != 1)} marked {MARK}: less than half of the texts of a set were changed, so "
        "the number says little of the attack."
    ) * bool(few)
    cells = cells[~cells["few"]]
    if cells.empty:
        return about.strip()
    hardest = cells.groupby("column")["value"].mean()
    low = cells.sort_values("value", kind="stable").iloc[0]
    text = f"All attacks together leave {percent(float(hardest.mean()))} on average"
    if hardest.max() > hardest.min():
        text = f"{shown(str(hardest.idxmin()))} is the hardest attack, {percent(float(hardest.min()))} on "
        text += f"average; {shown(str(hardest.idxmax()))} is the mildest, {percent(float(hardest.max()))}"
    where = f"{low['label']} under {shown(low['column'])}"
    return (
        f"{text}. The lowest cell is {where}: {percent(low['value'])} [{interval(low['low'], low['high'])}]."
        f"{about}"
    )


def heat_table(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of `heat_map` as text: one row per model, one column per attack."""
    numbers = cells.assign(text=_texts(cells))
    table = numbers.pivot_table(index="label", columns="column", values="text", aggfunc="first", sort=False)
    return table.fillna("–").reset_index().rename(columns={"label": "Model"})


def _texts(cells: pd.DataFrame) -> list[str]:
    pairs = zip(cells["value"], cells["few"], strict=True)
    return [percent(value) + f" {MARK}" * few for value, few in pairs]


def radar(cells: pd.DataFrame, names: Sequence[str]) -> alt.LayerChart | None:
    """Draw one closed line per model over the attacks; None below three attacks, which make no polygon.

    A radar's area depends on the order of its axes and grows with the square of the values: it is a second
    view of `heat_map`, which has the same numbers.

    Args:
        names: the labels of all charts of the page, so that a model looks the same in each.
    """
    attacks = sorted(cells["column"].unique())
    if len(attacks) < 3:  # a polygon
        return None
    angle = {attack: 2 * np.pi * i / len(attacks) for i, attack in enumerate(attacks)}
    whole = cells[cells.groupby("label")["column"].transform("nunique") == len(attacks)]
    turn = whole["column"].map(angle)
    data = whole[["label"]].assign(
        x=100 * whole["value"] * np.sin(turn), y=100 * whole["value"] * np.cos(turn), place=turn
    )
    closed = pd.concat([data, data[data["place"] == 0].assign(place=2 * np.pi)])
    axis = {"axis": None, "scale": alt.Scale(domain=[-130, 130])}
    x, y = alt.X("x:Q", **axis), alt.Y("y:Q", **axis)
    lines = alt.Chart(closed).encode(x=x, y=y, color=colour(names, alt.Legend(orient="bottom", columns=2)))
    rim = pd.DataFrame(
        [
            {
                "x": r * np.sin(a),
                "y": r * np.cos(a),
                "ring": r,
                "place": k,
                "text": f"{r} %" if k == 0 else "",
            }
            for r in (25, 50, 75, 100)
            for k, a in enumerate(np.linspace(0, 2 * np.pi, 61))
        ]
    )
    heads = pd.DataFrame(
        [{"x": 115 * np.sin(a), "y": 115 * np.cos(a), "text": shown(name)} for name, a in angle.items()]
    )
    rings = alt.Chart(rim).encode(x=x, y=y)
    return alt.layer(
        rings.mark_line(opacity=0.3, color="#808080", strokeWidth=1).encode(detail="ring:N", order="place:Q"),
        rings.mark_text(dx=14, color="#808080", fontSize=10).encode(text="text:N"),
        alt.Chart(heads).mark_text(color="#808080", fontSize=13).encode(x=x, y=y, text="text:N"),
        lines.mark_line().encode(order="place:Q"),
        lines.mark_point(filled=True, size=60, opacity=1).encode(shape=shape(names)),
    ).properties(height=600, width=480)
