"""The board's two charts, and the sentence under each. Pure altair; every name is plain data."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from leaderboard.text import distinct, interval, listed, percent, shown

SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
GREY = "#808080"
ROLES = {"id": "ID", "ood": "OOD mean"}
MOST_LABELS = 12


def labels(models: pd.DataFrame) -> pd.Series:
    """Name each row of ``models`` (columns ``model``, ``method``); the method only where it is needed.

    It is needed where one model stands on the board with several methods.
    """
    names = [shown(model) for model in models["model"]]
    several = models.groupby("model")["method"].transform("nunique") > 1
    pairs = zip(names, models["method"], several, strict=True)
    texts = [f"{name} ({shown(method)})" if more else name for name, method, more in pairs]
    return pd.Series(distinct(texts), index=models.index, dtype=object)


def scatter(board: pd.DataFrame, majority: Mapping[str, float], names: Sequence[str]) -> alt.LayerChart:
    """Draw ID against OOD mean: error bars both ways, the line OOD = ID, the majority lines.

    Args:
        board: rows of `leaderboard.table.board` that have both numbers, with a column ``label``.
        majority: what `leaderboard.table.majority` returns.
        names: the labels of all charts of the page, so that a model looks the same in each.
    """
    columns = ["id", "id_low", "id_high", "ood_mean", "ood_mean_low", "ood_mean_high"]
    data = board[["label"]].join(100 * board[columns])
    lines = {key: 100 * value for key, value in majority.items() if key in ("id", "ood_mean")}
    every = [*data[columns].stack(), *lines.values()]
    low, high = max(min(every) - 4, 0), min(max(every) + 4, 100)
    scale = alt.Scale(domain=[low, high], nice=False)

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", title="ID (%)", scale=scale)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", title="OOD mean (%)", scale=scale)

    diagonal = pd.DataFrame({"id": [low, high], "ood_mean": [low, high]})
    points = alt.Chart(data).encode(color=_colour(names, legend=None))
    layers = [
        alt.Chart(diagonal).mark_line(strokeDash=[6, 4], color=GREY).encode(x=x("id"), y=y("ood_mean")),
        points.mark_rule().encode(x=x("id_low"), x2="id_high:Q", y=y("ood_mean")),
        points.mark_rule().encode(x=x("id"), y=y("ood_mean_low"), y2="ood_mean_high:Q"),
        points.mark_point(size=100, filled=True, opacity=1).encode(
            x=x("id"), y=y("ood_mean"), shape=_shape(names, legend=None), tooltip=_tooltip("id", "ood_mean")
        ),
    ]
    for key, channel in (("id", x("id")), ("ood_mean", y("ood_mean"))):
        if key in lines:
            rule = alt.Chart(pd.DataFrame({key: [lines[key]]})).mark_rule(strokeDash=[1, 3], color=GREY)
            layers.append(rule.encode(channel))
    if len(board) <= MOST_LABELS:
        text = points.mark_text(align="left", dx=10, dy=-10, fontSize=13, limit=180)
        layers.append(text.encode(x=x("id"), y=y("ood_mean"), text="label:N"))
    return alt.layer(*layers).properties(height=520)


def scatter_sentence(board: pd.DataFrame, majority: Mapping[str, float]) -> str:
    """Say in words what `scatter` shows; arguments as there."""
    below = int((board["ood_mean"] < board["id"]).sum())
    text = "Dotted lines: always answering the most common class. " if majority else ""
    text += "On the dashed line a model does as well on shifted data as on its own; "
    if len(board) == 1:
        row = board.iloc[0]
        change = 100 * (row["ood_mean"] - row["id"])
        return (
            f"{text}{row['label']} goes from {percent(row['id'])} on ID to {percent(row['ood_mean'])} on the "
            f"OOD mean ({change:+.1f} points)."
        )
    first, second = (row for _, row in board.sort_values("ood_mean", ascending=False).head(2).iterrows())
    text += f"{below} of {len(board)} models lie below it. {first['label']} has the highest OOD mean, "
    text += f"{percent(first['ood_mean'])} [{interval(first['ood_mean_low'], first['ood_mean_high'])}]"
    if first["ood_mean_low"] <= second["ood_mean_high"]:
        text += f", but its interval overlaps that of {second['label']}"
    return text + "."


def degree_curve(curves: pd.DataFrame, aggregate: str, names: Sequence[str]) -> alt.LayerChart:
    """Draw one aggregate (average or worst) against the degree, with interval ribbons.

    Args:
        curves: rows of `leaderboard.table.curves` of one attack and one role, with a column ``label``.
        names: as in `scatter`.
    """
    rows = curves[curves["aggregate"] == aggregate]
    data = rows[["label", "degree"]].join(100 * rows[["value", "low", "high"]])
    here = [name for name in names if name in set(data["label"])]
    legend = alt.Legend(orient="bottom", columns=2, labelLimit=220, symbolOpacity=1, values=here)
    title = f"{aggregate} copy (%)"
    scale = alt.Scale(domain=[0, 100])
    x = alt.X("degree:Q", title="degree (part of the text that may change)")
    y = alt.Y("value:Q", title=title, scale=scale)
    base = alt.Chart(data).encode(x=x, color=_colour(names, legend=legend))
    ribbon = base.mark_area(opacity=0.2).encode(y=alt.Y("low:Q", title=title, scale=scale), y2="high:Q")
    point = base.mark_point(size=60, filled=True, opacity=1).encode(
        y=y,
        shape=_shape(names, legend=legend),
        tooltip=[alt.Tooltip("degree:Q"), *_tooltip("value", "low", "high")],
    )
    return alt.layer(ribbon, base.mark_line().encode(y=y), point).properties(height=380)


def curve_sentence(curves: pd.DataFrame, attack: str, role: str) -> str:
    """Say in words what the curves show at the highest degree; ``curves`` as in `degree_curve`."""
    degree = curves["degree"].max()
    last = curves[curves["degree"] == degree]
    parts = []
    for aggregate in ("average", "worst"):
        cells = last[last["aggregate"] == aggregate].sort_values("value", ascending=False)
        if len(cells):
            top = cells.iloc[0]
            value = f"{percent(top['value'])} [{interval(top['low'], top['high'])}]"
            parts.append(f"{value} for {top['label']} on the {aggregate} copy")
    highest = "the highest are " if last["label"].nunique() > 1 else ""
    start = f"{shown(attack)} at degree {degree:g}, {ROLES[role]}: "
    return f"{start}{highest}{listed(parts)}. Ribbons are intervals."


def _colour(names: Sequence[str], legend: alt.Legend | None) -> alt.Color:
    # No range: the palette is the theme's (.streamlit/config.toml), one for light and one for dark.
    return alt.Color("label:N", title=None, scale=alt.Scale(domain=list(names)), legend=legend)


def _shape(names: Sequence[str], legend: alt.Legend | None) -> alt.Shape:
    # Shifted by one each time round, so that colour and shape together tell 36 models apart.
    k = len(SHAPES)
    shapes = [SHAPES[(i + i // k) % k] for i in range(len(names))]
    scale = alt.Scale(domain=list(names), range=shapes)
    return alt.Shape("label:N", title=None, scale=scale, legend=legend)


def _tooltip(*fields: str) -> list[alt.Tooltip]:
    numbers = [alt.Tooltip(f"{field}:Q", title=field.replace("_", " "), format=".1f") for field in fields]
    return [alt.Tooltip("label:N", title="model"), *numbers]
