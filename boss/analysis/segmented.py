"""Three forms of a relation, fitted by least squares: flat, a line, a line with one continuous bend."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np

from boss.metrics.scores import Floats

Form = Literal["flat", "line", "segmented"]
FORMS: tuple[Form, ...] = get_args(Form)
N_PARAMETERS = np.array([2, 3, 5])
"""Of the three forms, the variance included; the place of the bend is a parameter like the others."""
MIN_SIDE = 4
"""Distinct ID values there must be on either side of a bend, itself included."""
GRID = 50


@dataclass(frozen=True)
class Curve:
    """``intercept + slope x``, the slope changing at ``bend`` without a jump.

    Attributes:
        slopes: before and after the bend; the same twice where there is none.
    """

    form: Form
    intercept: float
    slopes: tuple[float, float]
    bend: float | None

    def __call__(self, x: Floats) -> Floats:
        """Return the curve's values; shape kept."""
        values: Floats = self.intercept + self.slopes[0] * x
        if self.bend is not None:
            values = values + (self.slopes[1] - self.slopes[0]) * np.maximum(x - self.bend, 0.0)
        return values


@dataclass(frozen=True)
class Fits:
    """The three forms fitted to each of m vectors of outcomes; columns are those of `FORMS`.

    Attributes:
        rss: residual sums of squares, shape ``(m, 3)``; infinite where a form cannot be fitted.
        intercepts: shape ``(m, 3)``; ``slopes``: shape ``(m, 3, 2)``; ``bends``: shape ``(m,)``.
        n: points each was fitted to.
    """

    rss: Floats
    intercepts: Floats
    slopes: Floats
    bends: Floats
    n: int

    @cached_property
    def bic(self) -> Floats:
        """Schwarz's criterion of each fit, shape ``(m, 3)``; lower is better.

        Source: Schwarz 1978, with Gaussian errors of unknown variance; Yao 1988 for its use where the
        place of a change has to be found as well.
        """
        criterion: Floats = self.n * np.log(self.rss / self.n) + N_PARAMETERS * np.log(self.n)
        return criterion

    def curve(self, row: int, form: Form) -> Curve:
        """Return one of the fits."""
        column = FORMS.index(form)
        first, second = self.slopes[row, column].tolist()
        bend = float(self.bends[row]) if form == "segmented" else None
        return Curve(form, float(self.intercepts[row, column]), (first, second), bend)


class Family:
    """The three forms over fixed x: prepared once, fitted to as many outcomes as wanted."""

    def __init__(self, x: Floats) -> None:
        """Lay out a grid of bends; there is none where too few distinct values of ``x`` are.

        Args:
            x: shape ``(n,)``, with at least two distinct values.
        """
        self.x = x
        distinct = np.unique(x)
        room = len(distinct) >= 2 * MIN_SIDE - 1
        self._bends = np.linspace(distinct[MIN_SIDE - 1], distinct[-MIN_SIDE], GRID) if room else np.empty(0)
        self._bent = [_Basis(design(x, "segmented", float(bend))) for bend in self._bends]
        self._flat, self._line = (_Basis(design(x, form)) for form in ("flat", "line"))

    def fits(self, y: Floats) -> Fits:
        """Fit all forms to each row of ``y``, shape ``(m, n)``."""
        m, n = y.shape
        # A perfect fit has no logarithm; what is left of rounding is as good as nothing.
        least = np.finfo(np.float64).eps * np.maximum((y**2).sum(1), 1.0)
        rss = np.full((m, 3), np.inf)
        intercepts, slopes, bends = np.zeros((m, 3)), np.zeros((m, 3, 2)), np.full(m, np.nan)
        for column, basis in enumerate((self._flat, self._line)):
            rss[:, column] = np.maximum(basis.rss(y), least)
            coefficients = basis.coefficients(y)
            intercepts[:, column] = coefficients[:, 0]
            if column:
                slopes[:, column] = coefficients[:, 1:2]
        if self._bent:
            each = np.stack([basis.rss(y) for basis in self._bent], axis=1)
            best = each.argmin(1)
            rss[:, 2] = np.maximum(each[np.arange(m), best], least)
            bends = self._bends[best]
            for index in np.unique(best).tolist():
                rows = best == index
                coefficients = self._bent[index].coefficients(y[rows])
                intercepts[rows, 2] = coefficients[:, 0]
                slopes[rows, 2] = np.cumsum(coefficients[:, 1:], axis=1)
        return Fits(rss, intercepts, slopes, bends, n)


def design(x: Floats, form: Form, bend: float | None = None) -> Floats:
    """Return the design matrix of a form, shape ``(n, 1)``, ``(n, 2)`` or ``(n, 3)``."""
    columns: Sequence[Floats] = [np.ones_like(x), x]
    if form == "flat":
        columns = columns[:1]
    elif form == "segmented":
        assert bend is not None
        columns = [*columns, np.maximum(x - bend, 0.0)]
    return np.stack(columns, axis=1)


class _Basis:
    """Least squares on one design matrix."""

    def __init__(self, matrix: Floats) -> None:
        self._orthonormal, self._triangle = np.linalg.qr(matrix)

    def rss(self, y: Floats) -> Floats:
        left = y - (y @ self._orthonormal) @ self._orthonormal.T
        return np.asarray((left**2).sum(1), dtype=np.float64)

    def coefficients(self, y: Floats) -> Floats:
        return np.asarray(np.linalg.solve(self._triangle, (y @ self._orthonormal).T).T, dtype=np.float64)
