"""The degree curves of a run as one picture."""

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boss.results.files import write_atomic

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#404040", "#8a6d00")
"""Okabe & Ito's palette, which people with any colour vision can tell apart, its yellow darkened."""
_SHAPES = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
_LEGEND_COLUMNS = 4


@dataclass(frozen=True)
class Curve:
    """A line: of an attack, the worst copy.

    Attributes:
        points: degree, value, low, high; the last three fractions.
    """

    name: str
    points: tuple[tuple[float, float, float, float], ...]


def draw(panels: Sequence[tuple[str, Sequence[Curve]]], path: Path) -> None:
    """Write an SVG with a panel for each task: percent by degree, bars for intervals.

    The same curves give the same bytes. Names are plain data: no formulas are read in them.

    Args:
        panels: title and curves.

    Raises:
        ResultError: if the file cannot be written.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    options: dict[Any, Any] = {
        "svg.hashsalt": "boss",
        "svg.fonttype": "none",
        "font.size": 10,
        "text.parse_math": False,
    }
    with mpl.rc_context(options), warnings.catch_warnings():
        # The font that only measures the text here may lack a letter; who shows the picture has another.
        warnings.filterwarnings("ignore", message="Glyph")
        figure = Figure(figsize=(8.0, 4.2 * len(panels)), layout="constrained")
        for place, (title, curves) in enumerate(panels, 1):
            axes = figure.add_subplot(len(panels), 1, place)
            for i, curve in enumerate(curves):
                degrees, values, lows, highs = zip(*curve.points, strict=True)
                below = [100 * max(value - low, 0.0) for value, low in zip(values, lows, strict=True)]
                above = [100 * max(high - value, 0.0) for value, high in zip(values, highs, strict=True)]
                axes.errorbar(
                    degrees,
                    [100 * value for value in values],
                    yerr=[below, above],
                    color=COLOURS[i % len(COLOURS)],
                    marker=_SHAPES[i % len(_SHAPES)],
                    markersize=5,
                    elinewidth=0.6,
                    label=f" {curve.name}",  # a name that begins with _ would be left out
                )
            axes.set_title(title, loc="left", wrap=True)
            axes.set_xlabel("degree: the part of the text that may change")
            axes.set_ylabel("worst copy (%)")
            axes.set_ylim(0, 100)
            axes.grid(color="#e6e6e6", linewidth=0.6)
            axes.set_axisbelow(True)
            axes.legend(
                loc="upper center",
                bbox_to_anchor=(0.5, -0.15),
                ncols=min(_LEGEND_COLUMNS, len(curves)),
                frameon=False,
                fontsize=9,
            )
        written = io.BytesIO()
        figure.savefig(written, format="svg", metadata={"Date": None})
    write_atomic(path, written.getvalue())
