"""Which models can be told apart: a paired test of every two models on the same examples.

Examples are resampled within each dataset, whole sources at a time and the same for all models; datasets are
independent of one another. It answers whether an order would survive another sample of examples of the same
datasets, not another choice of datasets.

Sources: paired bootstrap, Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapters 6 (standard
error) and 16; the pseudo-examples of Bonett & Price 2012, Adjusted Wald Confidence Interval for a Difference
of Binomial Proportions Based on Paired Data, Journal of Educational and Behavioral Statistics 37:479; Holm
1979, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6:65.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leaderboard.values import Sample

ALPHA = 0.05
"""Chance that, of models which are all alike, any two are told apart."""

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Drawn:
    """One number of several models on the same examples; more is better.

    Attributes:
        value: shape ``(n_models,)``.
        resampled: shape ``(n_resamples, n_models)``; a row is one draw, the same for all models.
        n_units: sources drawn, of each dataset.
    """

    value: Floats
    resampled: Floats
    n_units: tuple[int, ...]


def drawn(samples: Sequence[Sequence[Sample]], *, lowest: bool, higher_is_better: bool = True) -> Drawn:
    """Put models side by side: per model its samples, of the same cells in the same order for all.

    Args:
        lowest: the number is the lowest of the cells, not their mean.
    """
    over = np.min if lowest else np.mean
    sign = 1.0 if higher_is_better else -1.0
    value = np.array([over([sample.value for sample in model]) for model in samples])
    resampled = np.stack([over([sample.resampled for sample in model], axis=0) for model in samples], axis=1)
    # Several cells of one dataset (attacks on the same examples) are one draw.
    units = {sample.examples: sample.n_units for sample in samples[0]}
    return Drawn(sign * value, sign * resampled, tuple(units.values()))


def p_values(models: Drawn) -> Floats:
    """Return the two-sided p-value of every difference, shape ``(n_models, n_models)``.

    A difference is divided by its standard deviation over the resamples, and held against Student's t with
    one degree of freedom less than the smallest dataset has sources. Counting resamples instead could not
    give the small p-values that many pairs ask for. To the variance goes that of two examples more per
    dataset, of which each model alone gets one right: without them a difference that is the same on every
    example would have none.
    """
    from scipy.special import stdtr

    centred = models.resampled - models.resampled.mean(axis=0)
    covariance = centred.T @ centred / (len(centred) - 1)
    own = np.diag(covariance)
    variance = np.maximum(own[:, None] + own[None, :] - 2 * covariance, 0.0)
    variance += sum(2 / (n + 2) ** 2 for n in models.n_units) / len(models.n_units) ** 2
    difference = np.abs(models.value[:, None] - models.value[None, :])
    freedom = max(1, min(models.n_units) - 1)
    return np.asarray(2 * stdtr(freedom, -difference / np.sqrt(variance)))


def holm(p: Floats) -> Floats:
    """Return p-values adjusted for being ``len(p)`` tests of one family.

    >>> [round(float(p), 3) for p in holm(np.array([0.01, 0.04, 0.03]))]
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def above(models: Drawn) -> Bools:
    """Return which model is above which: True where row is better than column, and it is no chance.

    The family is all pairs of these models (`holm`), at `ALPHA`.
    """
    pairs = np.triu_indices(len(models.value), k=1)
    told = np.zeros((len(models.value),) * 2, dtype=np.bool_)
    told[pairs] = holm(p_values(models)[pairs]) <= ALPHA
    told |= told.T
    return np.asarray(told & (models.value[:, None] > models.value[None, :]))


def first(models: Drawn) -> Floats:
    """Return the share of resamples in which each model is the best; those that are equal share it."""
    best = models.resampled == models.resampled.max(axis=1, keepdims=True)
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0))
