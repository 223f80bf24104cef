"""The decoder: a projection, a prototype and a radius per class, and the model's own scores.

Source: Cui et al. 2023, Decoder Tuning (ACL 2023, arXiv:2212.08408). With ``v = W h / |W h|``,
``L_k = -|v - z_k| + weight * s_k + r_k``; the loss is the cross-entropy of ``softmax(L)`` over all shots,
minimised by Adam, every step on all of them.

Departures from the code that came with the paper, each for a reason:

- Prototypes z are trained like W and r. There they stay where they were drawn, so that two classes whose
  draws happen to lie close stay close; ``prototypes: fixed`` does as it does.
- A radius starts as the mean distance of its class's shots from its prototype, with v of length 1 as in L.
  There it is taken from projections of any length and from their own mean: another scale than the distances
  it is compared with, and 0 for one shot. So here no class is ahead at the start.
- A prototype is drawn by its label's name, so that the order of the labels decides nothing.
- A class without a shot is never answered; there it ends the program.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from boss.errors import ModelError
from boss.models.linear import ABSENT_LOGIT, Floats, log_loss, softmax
from boss.models.seeding import stream

_TINY = 1e-12
_DECAY, _DECAY_OF_SQUARES, _EPSILON = 0.9, 0.999, 1e-8
"""Adam's (Kingma & Ba 2015, arXiv:1412.6980, section 2)."""


class Parameters(NamedTuple):
    """What is learnt; K classes, m dimensions of the projection, d of the states.

    Attributes:
        weight: W, shape ``(m, d)``; of a model without states ``(m, 0)``, and there is no distance then.
        prototypes: z, shape ``(K, m)``.
        radii: r, shape ``(K,)``.
    """

    weight: Floats
    prototypes: Floats
    radii: Floats


def projected(weight: Floats, h: Floats) -> tuple[Floats, Floats]:
    """Return v, shape ``(n, m)``, rows of length 1, and the lengths that it had, ``(n, 1)``."""
    raw = h @ weight.T
    lengths = np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), _TINY)
    return raw / lengths, lengths


def distances(v: Floats, prototypes: Floats) -> Floats:
    """Return Euclidean distances, shape ``(n, K)``."""
    squares = (v**2).sum(1)[:, None] + (prototypes**2).sum(1) - 2 * v @ prototypes.T
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)), dtype=np.float64)


def scores(parameters: Parameters, h: Floats, weighted: Floats) -> Floats:
    """Return L, shape ``(n, K)``.

    Args:
        h: states, shape ``(n, d)``.
        weighted: the model's own scores times their weight, shape ``(n, K)``.
    """
    out = weighted + parameters.radii
    if h.shape[1]:
        out = out - distances(projected(parameters.weight, h)[0], parameters.prototypes)
    return out


def loss_and_gradient(
    parameters: Parameters, h: Floats, weighted: Floats, gold: NDArray[np.intp]
) -> tuple[float, Parameters]:
    """Return the mean cross-entropy in nats, and its gradient with respect to each parameter."""
    weight, prototypes, _ = parameters
    logits = scores(parameters, h, weighted)
    slope = softmax(logits)
    slope[np.arange(len(gold)), gold] -= 1
    slope /= len(gold)
    to_weight, to_prototypes = np.zeros_like(weight), np.zeros_like(prototypes)
    if h.shape[1]:
        v, lengths = projected(weight, h)
        # of the loss by v - z_k, in units of v - z_k; where the two meet the slope is taken as 0
        apart = distances(v, prototypes)
        pull = np.where(apart > _TINY, -slope / np.maximum(apart, _TINY), 0.0)
        to_v = v * pull.sum(1, keepdims=True) - pull @ prototypes
        to_prototypes = prototypes * pull.sum(0)[:, None] - pull.T @ v
        to_weight = ((to_v - v * (v * to_v).sum(1, keepdims=True)) / lengths).T @ h
    return log_loss(logits, gold), Parameters(to_weight, to_prototypes, slope.sum(0))


@dataclass(frozen=True)
class Decoder:
    """How a decoder is fitted (implements `boss.models.dect.heads.ShotHead`).

    Attributes:
        dim: m, dimensions of the projection. ``steps`` of Adam at the rate ``rate``.
        score_weight: weight of the model's own scores; None for one over the shots of a class, so that
            they count less the more is learnt. Of a model that has nothing but scores it is 1.
        prototypes: ``trained``, or ``fixed`` where they were drawn.
    """

    dim: int = 128
    rate: float = 0.01
    steps: int = 30
    score_weight: float | None = None
    prototypes: Literal["trained", "fixed"] = "trained"

    def weight_of_scores(self, n_shots: int, n_states: int) -> float:
        """Return the weight of the model's own scores."""
        if self.score_weight is not None:
            return self.score_weight
        return 1.0 / n_shots if n_states else 1.0

    def start(self, h: Floats, gold: NDArray[np.intp], labels: Sequence[str], seed: int) -> Parameters:
        """Return the parameters before the first step.

        W is uniform within ``1 / sqrt(d)``, as the layers of torch start, and z within
        ``sqrt(6 / (K + m))`` (Glorot & Bengio 2010).
        """
        n_states, n_labels = h.shape[1], len(labels)
        bound = 1 / np.sqrt(max(n_states, 1))
        weight = stream(seed, "dect", "weight").uniform(-bound, bound, (self.dim, n_states))
        bound = np.sqrt(6 / (n_labels + self.dim))
        rows = [stream(seed, "dect", "prototype", name).uniform(-bound, bound, self.dim) for name in labels]
        prototypes = np.stack(rows)
        radii = np.full(n_labels, ABSENT_LOGIT)
        apart = distances(projected(weight, h)[0], prototypes) if n_states else np.zeros((len(h), n_labels))
        for label in np.unique(gold):
            radii[label] = apart[gold == label, label].mean()
        return Parameters(weight, prototypes, radii)

    def fit(
        self, h: Floats, s: Floats, gold: NDArray[np.intp], labels: Sequence[str], n_shots: int, seed: int
    ) -> dict[str, Floats]:
        """Return the fitted parameters by name, and the weight of the scores."""
        from threadpoolctl import threadpool_limits

        weight = self.weight_of_scores(n_shots, h.shape[1])
        # One thread: sums then do not depend on the number of cores.
        with threadpool_limits(1):
            start = self.start(h, gold, labels, seed)
            fitted = self.descend(start, h, _weighted(weight, s, len(labels)), gold)
        return {**fitted._asdict(), "score_weight": np.array(weight)}

    def descend(
        self, parameters: Parameters, h: Floats, weighted: Floats, gold: NDArray[np.intp]
    ) -> Parameters:
        """Return the parameters after all steps of Adam.

        Raises:
            ModelError: if the states are such that they become no finite numbers.
        """
        means = [np.zeros_like(value) for value in parameters]
        squares = [np.zeros_like(value) for value in parameters]
        for step in range(1, self.steps + 1):
            _, gradient = loss_and_gradient(parameters, h, weighted, gold)
            moved = []
            for i, (value, slope) in enumerate(zip(parameters, gradient, strict=True)):
                means[i] = _DECAY * means[i] + (1 - _DECAY) * slope
                squares[i] = _DECAY_OF_SQUARES * squares[i] + (1 - _DECAY_OF_SQUARES) * slope**2
                mean, square = means[i] / (1 - _DECAY**step), squares[i] / (1 - _DECAY_OF_SQUARES**step)
                moved.append(value - self.rate * mean / (np.sqrt(square) + _EPSILON))
            if self.prototypes == "fixed":
                moved[1] = parameters.prototypes
            parameters = Parameters(*moved)
        if not all(np.isfinite(value).all() for value in parameters):
            raise ModelError(
                "the decoder did not come to finite numbers; check what the model gives of texts"
            )
        return parameters

    def scores(self, arrays: dict[str, Floats], h: Floats, s: Floats) -> Floats:
        """Return L of examples, from what `fit` returned."""
        parameters = Parameters(arrays["weight"], arrays["prototypes"], arrays["radii"])
        weighted = _weighted(float(arrays["score_weight"]), s, len(parameters.radii))
        return scores(parameters, h, weighted)


def _weighted(weight: float, s: Floats, n_labels: int) -> Floats:
    """Return scores times their weight; 0 of a model that gives none."""
    return weight * s if s.shape[1] else np.zeros((len(s), n_labels))
