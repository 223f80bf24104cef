"""The Pareto front with intervals: the models that no other model is clearly better than."""

import numpy as np
from numpy.typing import NDArray

from leaderboard.preference.preferences import Floats


def dominates(value: Floats, low: Floats, high: Floats) -> NDArray[np.bool_]:
    """Return which model dominates which: shape ``(n_models, n_models)``, True where row dominates column.

    One model dominates another if it is at least as good on every axis and on at least one its interval lies
    wholly above the other's: a difference that may be chance takes nobody off the front. Only the order on
    each axis counts, so any increasing rescaling of an axis gives the same answer. A model that lacks a
    number (NaN) dominates nobody and is dominated by nobody.

    Args:
        value, low, high: shape ``(n_models, n_axes)``, more is better.
    """
    # An interval (percentile) need not hold its estimate: the order must.
    low, high = np.asarray(np.fmin(low, value)), np.asarray(np.fmax(high, value))
    complete = np.asarray(~np.isnan(value).any(axis=1))
    as_good = (value[:, None, :] >= value[None, :, :]).all(axis=-1)
    clears = (low[:, None, :] > high[None, :, :]).any(axis=-1)
    return np.asarray(as_good & clears & complete[:, None] & complete[None, :])
