"""How often a model stays first when the weights vary, when the examples vary, and when both do."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from boss.metrics.intervals import LEVEL
from leaderboard.preference.preferences import Axis, Floats, Preference, reward
from leaderboard.preference.redraw import N_DRAWS

CONCENTRATION = 20.0
"""Of the Dirichlet distribution of the weights: one of a third is drawn with a standard deviation of 0.10."""
TOP = 3


@dataclass(frozen=True)
class Stability:
    """Shares of the draws, per model.

    Equal scores share a place, so the shares of all models may sum to more than 1.

    Attributes:
        first_weights, first_examples, first_both: first place, by what was drawn.
        top: one of the first `TOP` places, both drawn.
        low, high: of the score, examples drawn and weights as chosen.
    """

    first_weights: Floats
    first_examples: Floats
    first_both: Floats
    top: Floats
    low: Floats
    high: Floats


def stability(
    value: Floats, drawn: Floats, preference: Preference, axes: Sequence[Axis], rng: np.random.Generator
) -> Stability:
    """Draw weights `N_DRAWS` times and rank the models each time, with and without other examples.

    Weights come from a Dirichlet distribution with the chosen weights as its mean and `CONCENTRATION`.

    Args:
        value: shape ``(n_models, n_axes)``.
        drawn: the same on other examples, shape ``(N_DRAWS, n_models, n_axes)``.
    """
    shares = rng.dirichlet(CONCENTRATION * preference.shares, size=(N_DRAWS, 1))
    weights_vary = reward(value, preference, axes, shares)
    examples_vary = reward(drawn, preference, axes, preference.shares)
    both_vary = reward(drawn, preference, axes, shares)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(examples_vary, [tail, 1 - tail], axis=0)
    return Stability(
        _within(weights_vary, 1),
        _within(examples_vary, 1),
        _within(both_vary, 1),
        _within(both_vary, TOP),
        low,
        high,
    )


def _within(scores: Floats, places: int) -> Floats:
    """Return each model's share of draws on one of the first ``places``; ``scores``: draws by models."""
    least = np.sort(scores, axis=-1)[:, -min(places, scores.shape[-1])]
    return np.asarray((scores >= least[:, None]).mean(axis=0))
