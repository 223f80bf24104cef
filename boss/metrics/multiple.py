"""Several sets, intervals or tests at once: degrees of freedom, limits of a sum, p-values of a family.

Sources: Satterthwaite 1946, "An Approximate Distribution of Estimates of Variance Components", Biometrics
Bulletin 2:110; Welch 1947, "The Generalization of Student's Problem When Several Different Population
Variances Are Involved", Biometrika 34:28; Zou & Donner 2008, "Construction of Confidence Intervals About
Effect Measures", Statistics in Medicine 27:1693 (the MOVER method); Holm 1979, "A Simple Sequentially
Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6:65.
"""

from collections.abc import Sequence
from math import hypot

import numpy as np

from boss.metrics.scores import Floats


def freedom(variances: Floats, n_units: Sequence[int]) -> Floats:
    """Return the degrees of freedom of the variance of a number of several sets: Welch and Satterthwaite's.

    With variances v_i that sets of n_i units contribute it is ``sum(v_i)^2 / sum(v_i^2 / (n_i - 1))``: from
    the smallest of n_i - 1, where that set varies most, to their sum.

    Args:
        variances: shape ``(n_sets, ...)``, not all 0.

    Returns:
        Shape ``(...)``.
    """
    own = np.maximum(np.asarray(n_units) - 1, 1).reshape(-1, *[1] * (variances.ndim - 1))
    return np.asarray(variances.sum(axis=0) ** 2 / (variances**2 / own).sum(axis=0))


def mover(value: float, sides: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the limits of a sum or difference of independent numbers out of their own intervals.

    Each side is the root of the sum of squares, for itself, so that asymmetric intervals stay asymmetric
    (MOVER). A percentile interval need not hold its number: such a side counts as 0.

    Args:
        value: the sum.
        sides: how far each number may make it too high, and too low.
    """
    below, above = (hypot(*(max(side, 0.0) for side in each)) for each in zip(*sides, strict=True))
    return value - below, value + above


def holm(p: Sequence[float] | Floats) -> Floats:
    """Return p-values adjusted for being ``len(p)`` tests of one family; order kept.

    >>> [round(float(p), 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    adjusted = np.empty_like(values)
    stepped = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted
