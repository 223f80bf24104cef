"""Which of BOSS's three types an ID-OOD relation is, how sure that is, and who stands off the curve.

Types (Yuan et al. 2023, arXiv:2306.04618, Figure 1): I, a line that rises; II, a line with a bend that
rises on both sides; III, one that falls first and rises after the bend. The paper draws them by eye on
the scores as they are; here the form is chosen by a criterion on logit axes, and withheld where the
points cannot carry it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from boss.analysis.axes import Axis, from_axis, shrunk, to_axis
from boss.analysis.points import Pair, Point, Score
from boss.analysis.segmented import FORMS, Curve, Family, Fits, Form, design
from boss.errors import ConfigError
from boss.metrics.intervals import LEVEL
from boss.metrics.scores import Floats
from robtest.plural import counted

TYPES = ("I", "II", "III", "none")

MIN_POINTS = 15
"""Below it a straight line with noise is taken for a bent one too often (docs/analysis.md)."""
MIN_RANGE = 0.05
"""Least distance between the lowest and the highest ID score."""
MIN_RELIABILITY = 0.8
"""Least share of the variance of the ID scores that is no measurement error. The error is that of one
score by itself; models that answer the same examples share some of it, so the true share is higher."""
MIN_DELTA_BIC = 2.0
"""Least distance to the next form: what Raftery 1995, Table 6, calls positive evidence begins here."""
MIN_DELTA_FLAT = 6.0
"""Least distance to no relation at all: what he calls strong evidence begins here."""
MIN_SHARE = 0.8
"""Least share of the resamples that must give the same type."""


@dataclass(frozen=True)
class Ends:
    """A number of the curve with the 95 % percentile interval of the resamples, on the axis."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Off:
    """How far a point lies above the curve (effective robustness), a difference of fractions.

    Attributes:
        value: OOD score minus what the curve gives at its ID score; the curve is fitted without the point.
        low, high: from the 95 % prediction band; a claim needs both on one side of 0.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Relation:
    """What the points of a pair say.

    Attributes:
        n: points the fit is made on; ``n_other`` are only compared with it.
        type: one of ``TYPES`` without ``none``; None where the verdict is withheld, for ``reasons``.
        reliability: share of the variance of the ID scores that is not measurement error; None
            where the points have no intervals.
        bic: of each form, lower is better; empty where nothing was fitted, as are the fields after it.
        shares: type -> share of the resamples that gave it.
        off: one per point of the pair, in its order; None for a point outside the fitted range, and
            for all where the verdict is withheld.
    """

    pair: Pair
    axis: Axis
    n: int
    n_other: int
    id_range: float
    reliability: float | None
    type: str | None
    reasons: tuple[str, ...]
    bic: dict[str, float]
    curve: Curve | None
    r2: float | None
    intervals: dict[str, Ends]
    shares: dict[str, float]
    n_resamples: int
    off: tuple[Off | None, ...]


def relate(pair: Pair, *, axis: Axis, seed: int, n_resamples: int = 2_000) -> Relation:
    """Fit the three forms, choose one by BIC, resample, and give or withhold the verdict.

    Resampling is the wild bootstrap (Wu 1986; signs as in Davidson & Flachaire 2008): the residuals of
    the chosen form, scaled for its parameters, get random signs, and everything is chosen anew. It
    keeps the scores of ID where they are and lets noise differ between points.

    Raises:
        ConfigError: if there are no baseline points, or a score has no place on the axis.
    """
    if n_resamples < 1:
        raise ConfigError(f"n_resamples must be at least 1, got {n_resamples}")
    fitted = [point for point in pair.points if point.baseline]
    if not fitted:
        raise ConfigError(f"{pair.name}: no point is a baseline, so there is nothing to fit; name others")
    x, y = (np.array([_place(getattr(p, side), axis) for p in fitted]) for side in ("id", "ood"))
    empty = Relation(
        pair=pair,
        axis=axis,
        n=len(fitted),
        n_other=len(pair.points) - len(fitted),
        id_range=max(p.id.value for p in fitted) - min(p.id.value for p in fitted),
        reliability=_reliability(fitted, x, axis),
        type=None,
        reasons=(),
        bic={},
        curve=None,
        r2=None,
        intervals={},
        shares={},
        n_resamples=n_resamples,
        off=(None,) * len(pair.points),
    )
    reasons = _too_little(empty)
    return replace(empty, reasons=reasons) if reasons else _fitted(empty, x, y, seed)


def types_of(fits: Fits) -> NDArray[np.str_]:
    """Return the type of the form BIC chooses for each row, shape ``(m,)``, out of ``TYPES``."""
    chosen = fits.bic.argmin(1)
    before, after = np.moveaxis(fits.slopes[np.arange(len(chosen)), chosen], -1, 0)
    line, bent = chosen == FORMS.index("line"), chosen == FORMS.index("segmented")
    rises = after > 0
    return np.select(
        [line & rises, bent & rises & (before > 0), bent & rises & (before < 0)], TYPES[:3], TYPES[3]
    )


def _place(score: Score, axis: Axis) -> float:
    value = score.value if axis == "raw" else shrunk(score.value, score.n)
    return float(to_axis(np.array([value]), axis)[0])


def _reliability(points: Sequence[Point], x: Floats, axis: Axis) -> float | None:
    """Return ``1 - mean squared error / variance`` of x: what a slope is flattened by (Fuller 1987, 1.1)."""
    errors = []
    for point in points:
        if point.id.low is None or point.id.high is None:
            return None
        ends = (replace(point.id, value=end) for end in (point.id.low, point.id.high))
        low, high = (_place(end, axis) for end in ends)
        errors.append((high - low) / (2 * 1.96))
    variance = float(x.var(ddof=1)) if len(x) > 1 else 0.0
    return max(0.0, 1 - float(np.square(errors).mean()) / variance) if variance else 0.0


def _too_little(relation: Relation) -> tuple[str, ...]:
    reasons = []
    if relation.n < MIN_POINTS:
        reasons.append(f"{counted(relation.n, 'point')}; at least {MIN_POINTS} are needed")
    if relation.id_range < MIN_RANGE:
        reasons.append(f"ID scores lie within {relation.id_range:.3f}; at least {MIN_RANGE:g} is needed")
    if relation.reliability is not None and relation.reliability < MIN_RELIABILITY:
        reasons.append(
            f"{1 - relation.reliability:.0%} of the variance of the ID scores is measurement error; at most "
            f"{1 - MIN_RELIABILITY:.0%} may be"
        )
    return tuple(reasons)


def _fitted(relation: Relation, x: Floats, y: Floats, seed: int) -> Relation:
    family = Family(x)
    fits = family.fits(y[None])
    bic = dict(zip(FORMS, fits.bic[0].tolist(), strict=True))
    form = min(FORMS, key=lambda name: bic[name])
    curve = fits.curve(0, form)
    resamples = _resamples(family, curve, y, seed, relation.n_resamples)
    drawn = types_of(resamples)
    shares = {name: float((drawn == name).mean()) for name in TYPES}
    kind = str(types_of(fits)[0])
    intervals = _intervals(curve, resamples)
    reasons = _weak(kind, bic, shares, intervals.get("slope before"))
    done = replace(
        relation,
        type=None if reasons else kind,
        reasons=reasons,
        bic={name: value for name, value in bic.items() if np.isfinite(value)},
        curve=curve,
        r2=1 - float(fits.rss[0, FORMS.index(form)] / fits.rss[0, 0]),
        intervals=intervals,
        shares=shares,
    )
    if reasons:
        return done
    return replace(done, off=tuple(_off(point, relation, form) for point in relation.pair.points))


def _resamples(family: Family, curve: Curve, y: Floats, seed: int, n_resamples: int) -> Fits:
    expected = curve(family.x)
    n, k = len(y), {"flat": 1, "line": 2, "segmented": 4}[curve.form]
    residuals = (y - expected) * np.sqrt(n / (n - k))
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(n_resamples, n))
    return family.fits(expected + residuals * signs)


def _weak(kind: str, bic: dict[str, float], shares: dict[str, float], before: Ends | None) -> tuple[str, ...]:
    reasons = []
    best, second = sorted(bic.values())[:2]
    if kind == "none":
        reasons.append("the best fit is none of the three types: flat, falling, or falling after the bend")
    elif bic["flat"] - best < MIN_DELTA_FLAT:
        reasons.append(
            f"no relation at all is {bic['flat'] - best:.1f} BIC away; at least {MIN_DELTA_FLAT:g} is needed"
        )
    if second - best < MIN_DELTA_BIC:
        reasons.append(f"the next form is {second - best:.1f} BIC away; at least {MIN_DELTA_BIC:g} is needed")
    if before is not None and before.low <= 0 <= before.high:
        # Its sign is all that tells type II from type III.
        reasons.append(f"the slope before the bend may be 0: [{before.low:.2f}, {before.high:.2f}]")
    if shares[kind] < MIN_SHARE:
        reasons.append(f"{shares[kind]:.0%} of the resamples give the same; at least {MIN_SHARE:.0%} must")
    return tuple(reasons)


def _intervals(curve: Curve, resamples: Fits) -> dict[str, Ends]:
    """Return the intervals of the chosen form's slopes and bend, the form held fixed."""
    column = FORMS.index(curve.form)
    numbers: dict[str, tuple[float, Floats]] = {}
    if curve.form == "line":
        numbers["slope"] = (curve.slopes[0], resamples.slopes[:, column, 0])
    if curve.bend is not None:
        for index, name in enumerate(("slope before", "slope after")):
            numbers[name] = (curve.slopes[index], resamples.slopes[:, column, index])
        numbers["bend"] = (curve.bend, resamples.bends)
    tail = (1 - LEVEL) / 2
    ends = {name: np.quantile(drawn, [tail, 1 - tail]).tolist() for name, (_, drawn) in numbers.items()}
    return {name: Ends(value, *ends[name]) for name, (value, _) in numbers.items()}


def _off(point: Point, relation: Relation, form: Form) -> Off | None:
    """Return the effective robustness of a point against the curve of the other points.

    Source: Taori et al. 2020 (arXiv:2007.00644), section 3.1; the band is the prediction interval of
    least squares with the bend held where it was found.
    """
    from scipy.stats import t

    others = [p for p in relation.pair.points if p.baseline and p is not point]
    x, y = (np.array([_place(getattr(p, side), relation.axis) for p in others]) for side in ("id", "ood"))
    here = np.array([_place(point.id, relation.axis)])
    if not x.min() <= here[0] <= x.max():
        return None
    curve = Family(x).fits(y[None]).curve(0, form)
    matrix, row = (design(values, form, curve.bend) for values in (x, here))
    freedom = len(x) - matrix.shape[1] - (curve.bend is not None)
    variance = float(np.square(y - curve(x)).sum()) / freedom
    leverage = float((row @ np.linalg.pinv(matrix.T @ matrix) @ row.T)[0, 0])
    half = float(t.ppf((1 + LEVEL) / 2, freedom)) * np.sqrt(variance * (1 + leverage))
    middle, top, bottom = from_axis(curve(here)[0] + np.array([0.0, half, -half]), relation.axis).tolist()
    value = point.ood.value
    return Off(value - middle, value - top, value - bottom)
