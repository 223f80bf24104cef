"""How far a model's probabilities can be believed: Brier score, calibration error, confidence when wrong.

All are of the answered examples: a failed prediction has no probabilities and is left out, not guessed
at, so that ``n_scored`` says how many are behind a number. In all of them lower is better.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from boss.metrics.intervals import Column
from boss.metrics.layout import Index
from boss.metrics.scores import Floats, mean_of_counted

BRIER, ECE, CONFIDENCE_WHEN_WRONG = METRICS = ("brier", "ece", "confidence_when_wrong")
"""What is made of probabilities; all other metrics are of answers."""

N_BINS = 15

Bools = NDArray[np.bool_]


def brier(probs: Floats, gold: Index, answered: Bools) -> Column:
    """Return the mean over examples of the squared distance between probabilities and the gold label.

    Of one example it is the sum over labels of (p - 1)^2 for the gold label and p^2 for the others, in
    [0, 2]. A proper score: best, in expectation, for the true probabilities. Source: Brier 1950,
    "Verification of Forecasts Expressed in Terms of Probability".

    Args:
        probs: shape ``(n_examples, n_labels)``; rows that are not ``answered`` do not count.
        gold: index of each example's label, shape ``(n_examples,)``.
    """
    onehot = np.eye(probs.shape[1])[gold]
    return _mean_over(((probs - onehot) ** 2).sum(axis=1), answered, maximum=2.0)


def confidence_when_wrong(probs: Floats, right: Bools, answered: Bools) -> Column:
    """Return the mean top probability over the wrong answers, in [0, 1]; no number where nothing is wrong.

    Source: ``CErr_neg`` of Chen et al. 2023, "A Close Look into the Calibration of Pre-trained Language
    Models" (arXiv:2211.00151).

    Args:
        probs: as for `brier`.
        right: whether each example was answered correctly.
    """
    return _mean_over(probs.max(axis=1), answered & ~right)


def ece(probs: Floats, right: Bools, answered: Bools, ids: Sequence[str]) -> Column:
    """Return the expected calibration error of the top label, in [0, 1].

    Examples are sorted by their top probability into 15 bins of equal size (of one example each where
    there are fewer); the error is the mean over examples of the absolute gap between mean confidence and
    accuracy in their bin. Equal confidences are ordered by the sha256 of the example's id: as good as at
    random, and the same whatever the order of rows and whether the answers are right. Source: Naeini et
    al. 2015, "Obtaining Well Calibrated Probabilities Using Bayesian Binning"; deviation: bins of equal
    mass, which Roelofs et al. 2022 (arXiv:2012.08668) find less biased than those of equal width.

    The estimate is biased upwards, the more so the fewer examples: chance alone opens gaps, and the
    absolute value adds them up. A perfect model reads about 0.05 at 500 examples. So the number is to be
    compared at equal n, and the interval carries the bias, as described at `_limits`.

    Args:
        probs, right, answered: as for `brier` and `confidence_when_wrong`.
        ids: of the examples.
    """
    confidence = probs.max(axis=1)
    ties = np.array([hashlib.sha256(name.encode()).hexdigest() for name in ids])
    places = np.lexsort((ties, confidence))
    places = places[answered[places]]
    gaps = np.zeros((len(probs), N_BINS))
    for b, members in enumerate(np.array_split(places, N_BINS)):
        gaps[members, b] = confidence[members] - right[members]
    statistics = np.concatenate([gaps, answered[:, None]], axis=1)
    return Column(statistics, lambda sums: np.abs(_gaps(sums)).sum(axis=-1), limits=_limits)


def _gaps(sums: Floats) -> Floats:
    """Return each bin's gap between confidence and accuracy, times its share of the examples."""
    return mean_of_counted(np.stack(np.broadcast_arrays(sums[..., :-1], sums[..., -1:]), axis=-1))


def _limits(resampled: Floats, whole: Floats) -> Floats:
    """Return what the lower and the upper limit are percentiles of, shape ``(n_resamples, 2)``.

    A resampled calibration error is no guide: it is biased upwards once more, and its interval often lies
    above the number itself. What is resampled instead are the errors of the bins' gaps, with the bins as
    they are. The sum of absolute gaps is at most the sum of absolute errors too large, which is reached
    by a calibrated model: that gives the lower limit, 0 where the number may be chance alone. It is too
    small at most by the errors in the direction of the gaps: that gives the upper limit. Both are wider
    than needed, never narrower.
    """
    gaps = _gaps(whole)
    errors = _gaps(resampled) - gaps
    value = np.abs(gaps).sum()
    low = value - np.abs(errors).sum(axis=-1)
    high = value + (np.sign(gaps) * errors).sum(axis=-1)
    return np.stack([low, high], axis=-1)


def _mean_over(values: Floats, counted: Bools, maximum: float = 1.0) -> Column:
    statistics = np.stack([np.where(counted, values, 0.0), counted], axis=1)
    return Column(statistics, mean_of_counted, maximum=maximum)
