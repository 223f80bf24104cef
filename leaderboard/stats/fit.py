"""The line of the baselines, OOD against ID, and how far a model lies above it (effective robustness).

Source: Taori et al. 2020, Measuring Robustness to Natural Distribution Shifts in Image Classification
(arXiv:2007.00644): a straight line between logit(ID) and logit(OOD) over models trained without a robustness
method; effective robustness is OOD less what the line expects. Deviation: the band is that of a new model
(a prediction band), as the line's own band would call chance differences robust.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST = 5
TENTATIVE = 8
"""Below so many baselines the band is so wide that a claim is called tentative."""
LEVEL = 0.95
EDGE = 1e-3
"""0 and 1 have no logit: values are kept this far from them."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """A line through ``n`` baselines in logits.

    Attributes:
        r2: share of the variance of logit(OOD) the line explains.
        residual: standard deviation about the line, in logits, with n - 2 degrees of freedom.
        mean, spread: of logit(ID): its mean and the sum of squares about it.
    """

    slope: float
    intercept: float
    r2: float
    residual: float
    mean: float
    spread: float
    n: int

    def expected(self, of_id: Sequence[float] | Floats) -> tuple[Floats, Floats, Floats]:
        """Return what OOD the line expects at these ID values and the band of a new model, as fractions."""
        from scipy.stats import t

        x = logit(of_id)
        middle = self.intercept + self.slope * x
        error = self.residual * np.sqrt(1 + 1 / self.n + (x - self.mean) ** 2 / self.spread)
        half = float(t.ppf((1 + LEVEL) / 2, self.n - 2)) * error
        return _fraction(middle), _fraction(middle - half), _fraction(middle + half)


def fit(of_id: Sequence[float] | Floats, ood: Sequence[float] | Floats) -> Fit | None:
    """Fit the line by least squares; None below `LEAST` baselines, or where all have the same ID.

    Args:
        of_id: fractions, one per baseline; ``ood`` likewise.
    """
    x, y = logit(of_id), logit(ood)
    spread = float(((x - x.mean()) ** 2).sum()) if len(x) else 0.0
    if len(x) < LEAST or spread == 0:
        return None
    slope = float(((x - x.mean()) * (y - y.mean())).sum()) / spread
    intercept = float(y.mean() - slope * x.mean())
    errors = y - intercept - slope * x
    total = float(((y - y.mean()) ** 2).sum())
    unexplained = float((errors**2).sum())
    r2 = 1 - unexplained / total if total else 0.0
    residual = float(np.sqrt(unexplained / (len(x) - 2)))
    return Fit(slope, intercept, r2, residual, float(x.mean()), spread, len(x))


def logit(values: Sequence[float] | Floats) -> Floats:
    """Return log(p / (1 - p)) of fractions, which are kept `EDGE` away from 0 and 1."""
    p = np.clip(np.asarray(values, dtype=np.float64), EDGE, 1 - EDGE)
    return np.asarray(np.log(p / (1 - p)))


def _fraction(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)))
