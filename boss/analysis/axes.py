"""The axes on which ID and OOD are compared: logit, probit, or the fractions themselves."""

from typing import Literal, get_args

import numpy as np

from boss.errors import ConfigError
from boss.metrics.scores import Floats

Axis = Literal["logit", "probit", "raw"]
AXES: tuple[Axis, ...] = get_args(Axis)


def shrunk(fraction: float, n: int | None) -> float:
    """Return ``(n p + 1/2) / (n + 1)``, which has a logit where p is 0 or 1.

    Source: Haldane 1956 and Anscombe 1956, the empirical logit; Cox & Snell 1989, section 2.1.6. For
    scores that are no proportions (F1) it is the same small pull towards one half.

    Args:
        n: examples behind the fraction; None leaves it as it is.

    >>> shrunk(1.0, 9), shrunk(0.5, 9), shrunk(0.5, None)
    (0.95, 0.5, 0.5)
    """
    return fraction if n is None else (n * fraction + 0.5) / (n + 1)


def to_axis(fractions: Floats, axis: Axis) -> Floats:
    """Return fractions in (0, 1) on the axis; shape kept.

    Source: logit as in Taori et al. 2020 (arXiv:2007.00644, section 3.1), probit as in Miller et al.
    2021 (arXiv:2107.04649, section 2); BOSS itself draws the scores as they are.

    Raises:
        ConfigError: if a fraction is 0 or 1, which have neither logit nor probit, or outside [0, 1].
    """
    from scipy.special import logit, ndtri

    low, high = float(np.min(fractions)), float(np.max(fractions))
    if not (0 <= low and high <= 1):
        raise ConfigError(
            f"a score must be in [0, 1], got {low if low < 0 else high:g}; divide percent by 100"
        )
    if axis == "raw":
        return fractions
    if low == 0 or high == 1:
        raise ConfigError(
            f"a score of {0 if low == 0 else 1} has no {axis}; give the number of examples behind it "
            "(columns n_id and n_ood), or take --axis raw"
        )
    return np.asarray(logit(fractions) if axis == "logit" else ndtri(fractions), dtype=np.float64)


def from_axis(values: Floats, axis: Axis) -> Floats:
    """Return the fractions that `to_axis` puts at ``values``; on the raw axis cut to [0, 1]."""
    from scipy.special import expit, ndtr

    if axis == "raw":
        return np.clip(values, 0.0, 1.0)
    return np.asarray(expit(values) if axis == "logit" else ndtr(values), dtype=np.float64)
