"""ID against OOD on logit axes, with the line of the baselines; and the sentence under the chart."""

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd

from leaderboard.stats.fit import TENTATIVE, Fit, logit
from leaderboard.text import interval, percent
from leaderboard.web.charts.place import SIZE, Span, crossed, placed
from leaderboard.web.charts.plots import (
    GREY,
    PLOT_HEIGHT,
    PLOT_WIDTH,
    colour,
    fixed,
    number_tips,
    shape,
    with_intervals,
)
from robtest.plural import counted

MOST_LABELS = 12
_TICKS = (0.01, 0.02, 0.05, *np.round(np.arange(0.1, 0.95, 0.1), 1).tolist(), 0.95, 0.98, 0.99)
_PERCENT = "format(1 / (1 + exp(-datum.value)), '.0%')"
_MARGIN = 0.15
"""Around the points, in logits."""
_COLUMNS = ("id", "id_low", "id_high", "ood_mean", "ood_mean_low", "ood_mean_high")


def scatter(
    board: pd.DataFrame, majority: Mapping[str, float], names: Sequence[str], line: Fit | None = None
) -> alt.LayerChart:
    """Draw ID against OOD mean: error bars both ways, the line OOD = ID, the baselines' line, the majority.

    Axes are logits labelled in per cent: a step means the same share of the remaining errors everywhere, and
    the line of the baselines is straight. Only points say something when they are pointed at.

    Args:
        board: rows of `leaderboard.board.table.board` that have both numbers, with a column ``label``.
        majority: what `leaderboard.board.table.majority` returns.
        names: the labels of all models of the page, so that one looks the same in each chart.
    """
    data = board[["label"]].join(board[list(_COLUMNS)].apply(logit))
    data = data.assign(**{f"{key}_text": with_intervals(board, key) for key in ("id", "ood_mean")})
    lines = {key: float(logit([value])[0]) for key, value in majority.items() if key in ("id", "ood_mean")}
    every = np.concatenate([data[list(_COLUMNS)].to_numpy().ravel(), list(lines.values())])
    low, high = float(every.min()) - _MARGIN, float(every.max()) + _MARGIN
    x, y = _Channel(alt.X, "ID", low, high), _Channel(alt.Y, "OOD mean", low, high)
    points = alt.Chart(data).encode(color=colour(names))
    tips = [*number_tips(), alt.Tooltip("id_text:N", title="ID"), alt.Tooltip("ood_mean_text:N", title="OOD")]
    diagonal = pd.DataFrame({"id": [low, high], "ood_mean": [low, high]})
    dashed = alt.Chart(diagonal).mark_line(strokeDash=[6, 4], color=GREY, tooltip=None)
    bar = points.mark_rule(aria=False, tooltip=None)
    layers = [
        *(_band(line, low, high, x, y) if line else []),
        dashed.encode(x=x("id"), y=y("ood_mean")),
        bar.encode(x=x("id_low"), x2="id_high:Q", y=y("ood_mean")),
        bar.encode(x=x("id"), y=y("ood_mean_low"), y2="ood_mean_high:Q"),
        points.mark_point(size=100, filled=True, opacity=1).encode(
            x=x("id"), y=y("ood_mean"), shape=shape(names), tooltip=tips
        ),
    ]
    for key, channel in (("id", x("id")), ("ood_mean", y("ood_mean"))):
        if key in lines:
            only = alt.Chart(pd.DataFrame({key: [lines[key]]}))
            layers.append(
                only.mark_rule(aria=False, strokeDash=[1, 3], color=GREY, tooltip=None).encode(channel)
            )
    if len(board) <= MOST_LABELS:
        layers += _labels(data, low, high, x, y, names)
    return fixed(alt.layer(*layers), PLOT_WIDTH, PLOT_HEIGHT)


def _labels(
    data: pd.DataFrame, low: float, high: float, x: "_Channel", y: "_Channel", names: Sequence[str]
) -> list[alt.Chart]:
    """Name the points, each where it covers nothing; a line leads to a name that stands away."""
    across, up = Span(low, high, PLOT_WIDTH), Span(low, high, PLOT_HEIGHT)
    h = {name: across.pixels(data[name].to_numpy(float)) for name in _COLUMNS[:3]}
    v = {name: up.pixels(data[name].to_numpy(float)) for name in _COLUMNS[3:]}
    bars = crossed(tuple(h.values()), tuple(v.values()))
    places = placed(h["id"], v["ood_mean"], list(data["label"]), PLOT_WIDTH, PLOT_HEIGHT, bars)
    found = [
        {
            "label": row.label,
            "id": row.id,
            "ood_mean": row.ood_mean,
            "text_x": across.value(place.x),
            "text_y": up.value(place.y),
            "far": place.far,
        }
        for row, place in zip(data.itertuples(), places, strict=True)
        if place is not None
    ]
    base = alt.Chart(pd.DataFrame(found)).encode(color=colour(names))
    leader = base.transform_filter(alt.datum.far).mark_rule(
        aria=False, strokeWidth=1, opacity=0.5, tooltip=None
    )
    text = base.mark_text(align="left", baseline="middle", fontSize=SIZE, tooltip=None)
    return [
        leader.encode(x=x("id"), x2="text_x:Q", y=y("ood_mean"), y2="text_y:Q"),
        text.encode(x=x("text_x"), y=y("text_y"), text="label:N"),
    ]


def scatter_sentence(board: pd.DataFrame, majority: Mapping[str, float], line: Fit | None = None) -> str:
    """Say in words what `scatter` shows; arguments as there."""
    below = int((board["ood_mean"] < board["id"]).sum())
    text = "Dotted lines: always answering the most common class. " if majority else ""
    text += "On the dashed line a model does as well on shifted data as on its own; "
    if len(board) == 1:
        row = board.iloc[0]
        change = 100 * (row["ood_mean"] - row["id"])
        return (
            f"{text}{row['label']} goes from {percent(row['id'])} on ID to {percent(row['ood_mean'])} on the "
            f"OOD mean ({change:+.1f} points).{_line_sentence(line)}"
        )
    first, second = (row for _, row in board.sort_values("ood_mean", ascending=False).head(2).iterrows())
    text += (
        f"{below} of {counted(len(board), 'model')} lie below it. {first['label']} has the highest OOD mean, "
    )
    text += f"{percent(first['ood_mean'])} [{interval(first['ood_mean_low'], first['ood_mean_high'])}]"
    if first["ood_mean_low"] <= second["ood_mean_high"]:
        text += f", but its interval overlaps that of {second['label']}"
    return f"{text}.{_line_sentence(line)}"


def _line_sentence(line: Fit | None) -> str:
    if line is None:
        return ""
    tentative = f" Fewer than {TENTATIVE} baselines: the line is tentative." if line.n < TENTATIVE else ""
    return (
        f" The solid line is fitted on {counted(line.n, 'baseline')} (slope {line.slope:.2f}, "
        f"R² {line.r2:.2f}); its "
        f"band holds a new model 95 % of the time.{tentative}"
    )


class _Channel:
    """Makes one axis for many fields: the same scale and title on each."""

    def __init__(self, kind: type[alt.X] | type[alt.Y], title: str, low: float, high: float) -> None:
        ticks = [float(tick) for tick in logit(_TICKS) if low <= tick <= high]
        self._kind, self._title = kind, f"{title} (logit scale)"
        self._scale = alt.Scale(domain=[low, high], nice=False)
        self._axis = alt.Axis(values=ticks, labelExpr=_PERCENT)

    def __call__(self, field: str) -> alt.X | alt.Y:
        return self._kind(f"{field}:Q", title=self._title, scale=self._scale, axis=self._axis)


def _band(line: Fit, low: float, high: float, x: _Channel, y: _Channel) -> list[alt.Chart]:
    at = np.linspace(low, high, 60)
    middle, least, most = (logit(part) for part in line.expected(1 / (1 + np.exp(-at))))
    data = pd.DataFrame({"id": at, "ood_mean": middle, "least": least, "most": most})
    base = alt.Chart(data).encode(x=x("id"))
    return [
        base.mark_area(opacity=0.15, color=GREY, clip=True, tooltip=None).encode(y=y("least"), y2="most:Q"),
        base.mark_line(color=GREY, clip=True, tooltip=None).encode(y=y("ood_mean")),
    ]
