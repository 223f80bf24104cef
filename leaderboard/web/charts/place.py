"""Where the names of points stand, so that none lies on another, on a point or beyond the plot."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LETTER = 7.2
"""Pixels that a letter of a name takes at most, on average, at `SIZE`."""
SIZE = 13
_LINE = 16
_POINT = 8
"""Half the side of the square that a point keeps free."""
_GAPS = (12, 28, 48, 72, 100)
"""Distances from the point that are tried, in pixels."""

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]
"""Left, lower, right and upper edge in pixels."""


class Span(NamedTuple):
    """One axis: the numbers at its two ends, on a scale on which ``forward`` was applied already.

    Attributes:
        low, high: at the left or the bottom, and at the right or the top; ``low`` may be the larger.
        length: of the axis in pixels.
    """

    low: float
    high: float
    length: float

    def pixels(self, values: Floats) -> Floats:
        """Return how far from ``low`` values lie, in pixels."""
        return np.asarray((values - self.low) / (self.high - self.low) * self.length)

    def value(self, pixels: float) -> float:
        """Return the number at a distance from ``low``."""
        return self.low + pixels / self.length * (self.high - self.low)


class Place(NamedTuple):
    """Where a name begins (its left edge, half its height), in pixels from the lower left corner.

    Attributes:
        far: it stands away from its point, so that a line should lead to it.
    """

    x: float
    y: float
    far: bool


def placed(
    x: Floats, y: Floats, names: Sequence[str], width: float, height: float, bars: Sequence[Box] = ()
) -> list[Place | None]:
    """Return a place for every name; None where no free one is near its point.

    Names are placed one after the other, each at the nearest free of the places right, left, above and
    below of its point; on a bar only where every place near is on one.

    Args:
        x, y: of the points, in pixels from the lower left corner of a plot of ``width`` and ``height``.
        bars: what else is drawn there, as left, lower, right and upper edges.
    """
    taken = [(px - _POINT, py - _POINT, px + _POINT, py + _POINT) for px, py in zip(x, y, strict=True)]
    wider = [(left - 2, lower - 2, right + 2, upper + 2) for left, lower, right, upper in bars]
    places: list[Place | None] = []
    for px, py, name in zip(x, y, names, strict=True):
        tries = _candidates(float(px), float(py), LETTER * len(name), width, height)
        free = [place for place in tries if not _on(place, name, taken)]
        best = next((place for place in free if not _on(place, name, wider)), None) or next(iter(free), None)
        if best is not None:
            taken.append(_box(best, name))
        places.append(best)
    return places


def crossed(x: Sequence[Floats], y: Sequence[Floats]) -> list[Box]:
    """Return the error bars of points, both ways.

    Args:
        x, y: the points and the two ends of their bars, in pixels.
    """
    across = [(a, v, b, v) for a, b, v in zip(x[1], x[2], y[0], strict=True)]
    up = [(h, a, h, b) for h, a, b in zip(x[0], y[1], y[2], strict=True)]
    return [
        (float(min(a, c)), float(min(b, d)), float(max(a, c)), float(max(b, d))) for a, b, c, d in across + up
    ]


def _candidates(x: float, y: float, wide: float, width: float, height: float) -> list[Place]:
    """Return the places around a point that lie in the plot, the nearest first."""
    found = [Place(x + 12, y, far=False), Place(x - 12 - wide, y, far=False)]
    for gap in _GAPS:
        across, far = min(gap, 24), gap != _GAPS[0]
        right, left, middle = x + across, x - across - wide, x - wide / 2
        found += [Place(at, y + up, far) for at in (right, left) for up in (gap, -gap)]
        found += [Place(middle, y + up, far) for up in (gap + _LINE / 2, -gap - _LINE / 2)]
    return [
        place
        for place in found
        if 0 <= place.x <= width - wide and _LINE / 2 <= place.y <= height - _LINE / 2
    ]


def _box(place: Place, name: str) -> Box:
    return place.x, place.y - _LINE / 2, place.x + LETTER * len(name), place.y + _LINE / 2


def _on(place: Place, name: str, boxes: Sequence[Box]) -> bool:
    left, lower, right, upper = _box(place, name)
    return any(left < b[2] and b[0] < right and lower < b[3] and b[1] < upper for b in boxes)
