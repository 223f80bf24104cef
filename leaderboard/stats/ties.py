"""Which models can be told apart: a paired test of every two models on the same examples.

Examples are resampled within each dataset, whole sources at a time and the same for all models; datasets are
independent of one another. It answers whether an order would survive another sample of examples of the same
datasets, not another choice of datasets.

Sources: paired bootstrap, Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapters 6 (standard
error) and 16; the pseudo-examples of Bonett & Price 2012, Adjusted Wald Confidence Interval for a Difference
of Binomial Proportions Based on Paired Data, Journal of Educational and Behavioral Statistics 37:479; for the
family of all pairs `boss.metrics.multiple`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from boss.metrics.multiple import freedom, holm
from boss.metrics.scores import Floats
from leaderboard.stats.values import Sample

ALPHA = 0.05
"""Chance that, of models which are all alike, any two are told apart."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Drawn:
    """One number of several models on the same examples; more is better.

    Attributes:
        value: shape ``(n_models,)``.
        resampled: shape ``(n_resamples, n_models)``; a row is one draw, the same for all models.
        alone: the same when one dataset is drawn and the others stay as measured, dataset by dataset; shape
            ``(n_datasets, n_resamples, n_models)``.
        n_units: sources drawn, of each dataset.
    """

    value: Floats
    resampled: Floats
    alone: Floats
    n_units: tuple[int, ...]


def drawn(samples: Sequence[Sequence[Sample]], *, lowest: bool, higher_is_better: bool = True) -> Drawn:
    """Put models side by side: per model its samples, of the same measurements in the same order for all.

    Args:
        lowest: the number is that of the worst measurement, not their mean.
    """
    over = np.min if lowest else np.mean
    sign = 1.0 if higher_is_better else -1.0
    value = sign * np.array([[sample.value for sample in model] for model in samples])
    resampled = sign * np.array([[sample.resampled for sample in model] for model in samples])
    # Several measurements of one dataset (attacks on the same examples) are one draw.
    units = {sample.examples: sample.n_units for sample in samples[0]}
    of = np.array([sample.examples for sample in samples[0]])
    alone = [
        over(np.where((of == examples)[:, None], resampled, value[:, :, None]), axis=1).T
        for examples in units
    ]
    return Drawn(over(value, axis=1), over(resampled, axis=1).T, np.stack(alone), tuple(units.values()))


def p_values(models: Drawn) -> Floats:
    """Return the two-sided p-value of every difference, shape ``(n_models, n_models)``.

    A difference is divided by its standard deviation over the resamples, and held against Student's t with
    Welch and Satterthwaite's degrees of freedom (`boss.metrics.multiple.freedom`), pair by pair: a dataset's
    variance is that of the difference when it alone is drawn. Counting resamples instead could not give the
    small p-values that many pairs ask for. To the variance goes that of two examples more per dataset, of
    which each model alone gets one right: without them a difference that is the same on every example would
    have none.
    """
    from scipy.special import stdtr

    n = np.array(models.n_units)
    added = 2 / (n + 2) ** 2 / len(n) ** 2
    variance = _variances(models.resampled) + added.sum()
    by_dataset = np.stack([_variances(drawn) for drawn in models.alone]) + added[:, None, None]
    difference = np.abs(models.value[:, None] - models.value[None, :])
    t = difference / np.sqrt(variance)
    return np.asarray(2 * stdtr(freedom(by_dataset, models.n_units), -t))


def _variances(resampled: Floats) -> Floats:
    """Return the variance of every difference, shape ``(n_models, n_models)``, over the resamples."""
    covariance = np.atleast_2d(np.cov(resampled, rowvar=False))
    own = np.diag(covariance)
    return np.maximum(own[:, None] + own[None, :] - 2 * covariance, 0.0)


def above(models: Drawn) -> Bools:
    """Return which model is above which: True where row is better than column, and it is no chance.

    The family is all pairs of these models (`holm`), at `ALPHA`.
    """
    pairs = np.triu_indices(len(models.value), k=1)
    distinct = np.zeros((len(models.value),) * 2, dtype=np.bool_)
    distinct[pairs] = holm(p_values(models)[pairs]) <= ALPHA
    distinct |= distinct.T
    return np.asarray(distinct & (models.value[:, None] > models.value[None, :]))


def first(models: Drawn) -> Floats:
    """Return the share of resamples in which each model is the best; those that are equal share it."""
    best = models.resampled == models.resampled.max(axis=1, keepdims=True)
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0))
