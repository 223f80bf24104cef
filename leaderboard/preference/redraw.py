"""What the numbers of models become on other examples: their stored answers resampled, or their intervals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from boss.metrics.intervals import LEVEL, N_RESAMPLES
from leaderboard.board.columns import MEASURES, OOD_WORST
from leaderboard.board.site import Site
from leaderboard.board.table import Choice
from leaderboard.preference.preferences import Axis, Floats
from leaderboard.stats.comparable import MODEL
from leaderboard.stats.ties import drawn as side_by_side
from leaderboard.stats.values import Sample

N_DRAWS = N_RESAMPLES
"""As many as `leaderboard.stats.values` keeps of each number."""
_SIDE = NormalDist().inv_cdf((1 + LEVEL) / 2)
"""Half an interval of a normal distribution, in standard deviations."""
_EQUAL = 1e-6
"""How close stored answers come to the number shown."""

OtherExamples = Mapping[str, Mapping[tuple[str, str], Floats | str]]
"""Axis -> model and method -> its number on other examples, shape ``(N_DRAWS,)``, or why there is none."""


@dataclass(frozen=True)
class Points:
    """What each model counts on each axis, more is better; shape ``(n_models, n_axes)``."""

    value: Floats
    low: Floats
    high: Floats


def other_examples(
    site: Site, choice: Choice, axes: Sequence[Axis], progress: Callable[[int, int], None] | None = None
) -> OtherExamples:
    """Return each model's numbers on other examples, resampled from its stored answers.

    The i-th draw takes the same examples for all models and axes that were measured on the same.

    Args:
        progress: as for `leaderboard.stats.values.read_samples`.
    """
    measures = {measure.key: measure for measure in MEASURES}
    board = site.board(choice)
    by_axis: dict[str, dict[tuple[str, str], Floats | str]] = {}
    for axis in axes:
        if axis.column not in measures:
            continue
        samples = site.samples(choice, measures[axis.column], progress)
        lowest = axis.column == OOD_WORST
        names = zip(board["model"], board["method"], board[axis.column], strict=True)
        by_axis[axis.key] = {
            (model, method): _resampled(samples[model, method], float(value), lowest=lowest)
            for model, method, value in names
            if (model, method) in samples
        }
    return by_axis


def redraw(
    at: Points, models: pd.DataFrame, axes: Sequence[Axis], others: OtherExamples, rng: np.random.Generator
) -> tuple[Floats, list[str]]:
    """Return what each model counts on other examples, and why it is drawn from intervals (or nothing).

    Args:
        models: their `MODEL`, and per axis key_n; what has no n, the cost, stays as it is.
        others: what `other_examples` returns.

    Returns:
        Shape ``(N_DRAWS, n_models, n_axes)``; one reason per model.
    """
    drawn = from_intervals(at, rng)
    reasons: list[list[str]] = [[] for _ in range(len(models))]
    for k, axis in enumerate(axes):
        if models[f"{axis.key}_n"].isna().all():
            continue
        by_model = others.get(axis.key, {})
        for i, (model, method) in enumerate(models[MODEL].to_numpy()):
            values = by_model.get((model, method), "no stored answers")
            if isinstance(values, str):
                reasons[i].append(f"{axis.label}: {values}")
            else:
                drawn[:, i, k] = axis.scaled(values)
    return drawn, ["; ".join(parts) for parts in reasons]


def from_intervals(at: Points, rng: np.random.Generator) -> Floats:
    """Return what each model might count on other examples: shape ``(N_DRAWS, n_models, n_axes)``.

    Each number is drawn by itself from a normal distribution whose two halves are as wide as the two sides of
    its interval. Models answered the same examples, so their errors go together; taken as independent, as
    here, they make first place look less certain than it is. It stands in where answers are not stored.
    """
    z = rng.standard_normal((N_DRAWS, *at.value.shape))
    above = np.maximum(at.high - at.value, 0) / _SIDE
    below = np.maximum(at.value - at.low, 0) / _SIDE
    return np.asarray(at.value + z * np.where(z > 0, above, below))


def _resampled(samples: Sequence[Sample] | str, value: float, *, lowest: bool) -> Floats | str:
    """Return a number on other examples out of its samples, or why there is none."""
    if isinstance(samples, str):
        return samples
    numbers = side_by_side([samples], lowest=lowest)
    if not abs(float(numbers.value[0]) - value) < _EQUAL:
        return "stored answers give another number"
    if not np.isfinite(numbers.resampled).all():
        return "stored answers do not give this number in every draw"
    return np.asarray(numbers.resampled[:, 0])
