"""What is read off a degree curve: its area, RobTest's total and the degree where half is lost.

Area and totals are weighted sums, so their mean over examples or cells is that of the mean curve. The
same numbers as `robtest.score` (which `boss.metrics` does not import), here for many curves at once.
"""

from collections.abc import Sequence

import numpy as np

from boss.metrics.scores import Floats


def area_weights(degrees: Sequence[float]) -> Floats:
    """Return the weights of the area under a curve by trapezoids, divided by the range of the degrees.

    Args:
        degrees: degree 0 and at least one more, rising.

    Returns:
        Shape ``(n_degrees,)``, sum 1.
    """
    steps = np.diff(np.asarray(degrees, dtype=np.float64))
    weights: Floats = (np.append(steps, 0.0) + np.insert(steps, 0, 0.0)) / (2 * steps.sum())
    return weights


def total_weights(n_positive: int, *, compatible: bool = False) -> Floats:
    """Return the weights of RobTest's total score: degree 0 has none, small degrees count most.

    The i-th positive degree has weight 2^-i and the last one twice that, so that they sum to 1.

    Args:
        n_positive: number of degrees above 0.
        compatible: the arithmetic of RobTest's code, which does not double the last: over its seven
            degrees the weights sum to 127/128.

    Returns:
        Shape ``(1 + n_positive,)``.
    """
    weights: Floats = np.insert(0.5 ** np.arange(1, n_positive + 1), 0, 0.0)
    if not compatible:
        weights[-1] *= 2
    return weights


def d50(degrees: Sequence[float], curves: Floats, chance: Floats | float) -> Floats:
    """Return the degree where half of what lies above chance at degree 0 is lost, for each curve.

    Linear between degrees; the first crossing counts.

    Args:
        degrees: rising from 0.
        curves: shape ``(..., n_degrees)``.
        chance: what an answer that ignores the text scores; shape ``(...)``.

    Returns:
        Shape ``(...)``: infinity where the curve never gets there, NaN where nothing lies above chance.
    """
    x = np.asarray(degrees, dtype=np.float64)
    start = curves[..., 0]
    half = chance + (start - chance) / 2
    reached = curves <= half[..., None]
    i = np.maximum(reached.argmax(axis=-1), 1)
    before = np.take_along_axis(curves, i[..., None] - 1, axis=-1)[..., 0]
    after = np.take_along_axis(curves, i[..., None], axis=-1)[..., 0]
    fall = before - after
    share = np.divide(before - half, fall, out=np.zeros_like(half), where=fall > 0)
    crossing = np.where(reached.any(axis=-1), x[i - 1] + (x[i] - x[i - 1]) * share, np.inf)
    return np.where(start > chance, crossing, np.nan)
