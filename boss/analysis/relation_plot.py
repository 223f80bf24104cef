"""One picture per pair: the points with their intervals, the chosen curve, the line OOD = ID."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from boss.analysis.axes import Axis, shrunk, to_axis
from boss.analysis.points import FACTORS, Point, Score
from boss.analysis.relation import Relation
from robtest.plural import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GREY = "#808080"
COLOURS = {
    "scale": "#0072b2",
    "steps": "#56b4e9",
    "shots": "#009e73",
    "tunable": "#d55e00",
    "several": "#cc79a7",
    None: "#404040",
}
"""Okabe & Ito's palette, which people with any colour vision can tell apart."""
SHAPES = ("o", "s", "^", "D", "v", "P")
"""One per size of model, smallest first, as in the paper's Figure 1."""
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)


def draw(relation: Relation, path: Path) -> None:
    """Write the picture; its format is that of the file's ending (svg, png, pdf).

    The same relation gives the same bytes: no date, and names in an SVG from a fixed salt.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    path.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"svg.hashsalt": "boss", "svg.fonttype": "none", "font.size": 11}):
        figure = Figure(figsize=(9.0, 6.0), layout="constrained")
        axes = figure.add_subplot()
        points = relation.pair.points
        _points(axes, points, relation.axis)
        if relation.curve is not None:
            fitted = [p.id.value for p in points if p.baseline]
            _curve(axes, relation, min(fitted), max(fitted))
        _frame(axes, relation)
        figure.legend(loc="outside right upper", fontsize=9, frameon=False)
        # A date would make the same picture another file; PNG has none of its own.
        dated = path.suffix in (".svg", ".pdf")
        key = "Date" if path.suffix == ".svg" else "CreationDate"
        figure.savefig(path, dpi=150, metadata={key: None} if dated else None)


def _points(axes: "Axes", points: Sequence[Point], axis: Axis) -> None:
    sizes = sorted({p.factors["scale"] for p in points if "scale" in p.factors})
    groups = sorted(
        {(p.factor, p.factors.get("scale"), p.baseline) for p in points},
        key=lambda g: ((*FACTORS, "several", None).index(g[0]), g[1] or 0, not g[2]),
    )
    for factor, scale, baseline in groups:
        own = [
            p for p in points if (p.factor, p.factors.get("scale"), p.baseline) == (factor, scale, baseline)
        ]
        x, y = ([_place(getattr(p, side), axis)[1] for p in own] for side in ("id", "ood"))
        label = " ".join([factor or "model", *([f"({_millions(scale)})"] if scale is not None else [])])
        axes.errorbar(
            x,
            y,
            xerr=_whiskers([p.id for p in own], axis),
            yerr=_whiskers([p.ood for p in own], axis),
            linestyle="none",
            marker=SHAPES[sizes.index(scale) % len(SHAPES)] if scale is not None else SHAPES[0],
            color=COLOURS[factor],
            markerfacecolor=COLOURS[factor] if baseline else "none",
            elinewidth=0.7,
            markersize=6,
            label=label if baseline else f"{label}, not fitted",
        )


def _curve(axes: "Axes", relation: Relation, low: float, high: float) -> None:
    assert relation.curve is not None
    ends = to_axis(np.array([max(low, 1e-4), min(high, 1 - 1e-4)]), relation.axis)
    x = np.linspace(ends[0], ends[1], 200)
    name = {"flat": "flat", "line": "line", "segmented": "line with a bend"}[relation.curve.form]
    r2 = f", R² = {relation.r2:.2f}" if relation.r2 is not None else ""
    axes.plot(x, relation.curve(x), color="#e69f00", linewidth=2, label=f"{name}{r2}")


def _frame(axes: "Axes", relation: Relation) -> None:
    pair = relation.pair
    verdict = f"type {relation.type}" if relation.type is not None else "no verdict"
    axes.set_title(f"{pair.name} ({verdict}, {counted(relation.n, 'point')})", loc="left")
    axes.set_xlabel(f"ID: {pair.id}, {pair.metric} (%), {relation.axis} axis")
    axes.set_ylabel(f"OOD: {pair.ood}, {pair.metric} (%), {relation.axis} axis")
    places = to_axis(np.array(TICKS), relation.axis)
    names = [f"{100 * tick:g}" for tick in TICKS]
    axes.set_xticks(places, names)
    axes.set_yticks(places, names)
    axes.autoscale(enable=False)
    for which, values in ((axes.set_xlim, "id"), (axes.set_ylim, "ood")):
        ends = np.array([_place(getattr(p, values), relation.axis) for p in pair.points])
        space = 0.06 * max(float(np.ptp(ends)), 0.2)
        which(float(ends.min()) - space, float(ends.max()) + space)
    diagonal = axes.get_xlim()
    axes.plot(diagonal, diagonal, linestyle=(0, (6, 4)), color=GREY, linewidth=1, label="OOD = ID")
    axes.grid(color="#e6e6e6", linewidth=0.6)
    axes.set_axisbelow(True)


def _place(score: Score, axis: Axis) -> tuple[float, float, float]:
    """Return low, value and high on the axis; the value thrice where there is no interval."""
    ends = (score.low, score.value, score.high)
    values = [score.value if end is None else end for end in ends]
    if axis != "raw":
        values = [shrunk(value, score.n) for value in values]
    low, value, high = to_axis(np.array(values), axis).tolist()
    return low, value, high


def _whiskers(scores: Sequence[Score], axis: Axis) -> NDArray[np.float64]:
    """Return how far each interval reaches below and above its score, shape ``(2, n)``."""
    low, value, high = np.array([_place(score, axis) for score in scores]).T
    lengths: NDArray[np.float64] = np.maximum(np.stack([value - low, high - value]), 0.0)
    return lengths


def _millions(n: float) -> str:
    return f"{n / 1e6:.3g} M" if n < 1e9 else f"{n / 1e9:.3g} B"
