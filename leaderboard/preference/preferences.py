"""What a reader wants of a model: axes with fixed ends, weights, targets, and the one number they make.

Sources: a value is free or held to a target as in Guo et al. 2024, Controllable Preference Optimization
(arXiv:2402.19085). Deviation: a target is one-sided. Theirs also takes off for what lies above it, which
steers a text but would punish a model for doing better than asked. Weights that a reader sets: Ma et al.
2021, Dynaboard (arXiv:2106.06052).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from boss.errors import ConfigError, suggestion
from boss.tasks import TASKS, Task

Floats = NDArray[np.float64]

UNDER = {"worst": "attacked_ood_worst", "area": "attacked_ood_area_worst"}
"""What stands for the adversarial axis: the worst copy at the chosen degree, or the area under its curve."""
FEWEST, MOST = 1e6, 1e11
"""Parameters that score 1 and 0 on the cost axis: the ends of its log scale."""


@dataclass(frozen=True)
class Axis:
    """One thing a reader may care about.

    The ends are fixed, never those of the models at hand, so that a new model moves no other. Between them a
    number counts from 0 to 1. One beyond an end is not cut there, as that would make two models equal that
    are not; but on a log scale it is, as 0 has no logarithm.

    Attributes:
        key: its name in the address and on the command line.
        column: of `leaderboard.board.table.board` or `leaderboard.board.filters.facts`.
        worst, best: the numbers that count 0 and 1; ``best`` is the smaller where less is better.
        minimum, maximum: what the number may be.
        log: the logarithm counts, and nothing beyond the ends.
        percent: whether it is printed in per cent.
    """

    key: str
    label: str
    help: str
    column: str
    worst: float
    best: float
    minimum: float = 0.0
    maximum: float = 1.0
    log: bool = False
    percent: bool = True

    @property
    def lower_is_better(self) -> bool:
        """Whether less is better."""
        return self.best < self.worst

    def scaled(self, values: Floats) -> Floats:
        """Return what ``values`` count: 0 at ``worst``, 1 at ``best``; NaN stays."""
        if not self.log:
            return np.asarray((values - self.worst) / (self.best - self.worst))
        held = np.clip(values, min(self.worst, self.best), max(self.worst, self.best))
        worst, best = np.log10([self.worst, self.best])
        return np.asarray((np.log10(held) - worst) / (best - worst))

    def text(self, value: float) -> str:
        """Return a number of this axis for a reader; a dash where there is none.

        >>> axes(TASKS["sentiment"])["calibration"].text(0.3)
        '0.300'
        """
        if math.isnan(value):
            return "–"
        if self.percent:
            return f"{100 * value:.1f}"
        return _count(value) if self.log else f"{value:.3f}"


def axes(task: Task, under: str = "worst") -> dict[str, Axis]:
    """Return the axes of a task by key.

    Accuracies count from guessing (one over the number of labels; 0 for entities and questions) to 1, under
    attack too: who ignores the text keeps that much. The same ends for all of them make a point on one worth
    a point on another.

    Args:
        under: one of `UNDER`.
    """
    chance = 1 / len(task.labels) if task.kind == "classification" else 0.0
    start = f"Counts from {100 * chance:.0f} % (guessing) to 100 %."
    copies = {"worst": "worst copy at the chosen degree", "area": "area under the curve of the worst copy"}
    all_axes = (
        Axis("id", "ID", f"Clean, in-distribution. {start}", "id", chance, 1),
        Axis("ood_mean", "OOD mean", f"Clean, mean over the shifted sets. {start}", "ood_mean", chance, 1),
        Axis("ood_worst", "OOD worst set", f"Clean, the lowest shifted set. {start}", "ood_worst", chance, 1),
        Axis(
            "adversarial",
            "Adversarial",
            f"Shifted sets under the chosen attack: {copies[under]}. {start}",
            UNDER[under],
            chance,
            1,
        ),
        Axis(
            "calibration",
            "Calibration",
            "Brier score of the shifted sets: squared distance of the probabilities from the answer. Less is "
            "better: 0 counts 1, 2 counts 0.",
            "ood_brier",
            2,
            0,
            maximum=2.0,
            percent=False,
        ),
        Axis(
            "cost",
            "Cost",
            "Number of parameters. Less is better: up to 1 M counts 1, 100 B counts 0, on a log scale.",
            "n_parameters",
            MOST,
            FEWEST,
            minimum=1.0,
            maximum=math.inf,
            log=True,
            percent=False,
        ),
    )
    return {axis.key: axis for axis in all_axes}


KEYS = tuple(axes(TASKS["sentiment"]))


def offered(board: pd.DataFrame, task: Task, under: str) -> dict[str, Axis]:
    """Return the axes that at least one model of the board has a number on."""
    return {
        key: axis
        for key, axis in axes(task, under).items()
        if axis.column in board and board[axis.column].notna().any()
    }


@dataclass(frozen=True)
class Preference:
    """What a reader weighs, and how much of it is enough.

    Attributes:
        weights: axis -> weight, in any unit; only their ratios count. An axis of weight 0 is left out.
        targets: axis -> the number that is enough, as the number is printed in files (a fraction, a Brier
            score, a number of parameters). An axis without one is free: more is always better.
        penalty: lambda, what missing a target by the whole axis costs; 1 is what a free axis loses.
        under: one of `UNDER`.

    Raises:
        ConfigError: if an axis is unknown, a weight negative, none above 0, a target outside its axis or on
            an axis without weight, or the penalty not above 0.
    """

    weights: Mapping[str, float]
    targets: Mapping[str, float] = field(default_factory=dict)
    penalty: float = 1.0
    under: str = "worst"

    def __post_init__(self) -> None:
        """Check it."""
        if self.under not in UNDER:
            raise ConfigError(f"under={self.under!r:.80} is unknown; known: {', '.join(UNDER)}")
        axes_by_key = axes(TASKS["sentiment"], self.under)
        _check_axes(self.weights)
        _check_axes(self.targets)
        for key, weight in self.weights.items():
            if not (math.isfinite(weight) and weight >= 0):
                raise ConfigError(f"the weight of {key} is {weight:g}; a weight is 0 or more")
        if not self.keys:
            raise ConfigError("no axis has a weight above 0; give one, as in weights=ood_mean:1")
        for key, target in self.targets.items():
            axis = axes_by_key[key]
            if not (math.isfinite(target) and axis.minimum <= target <= axis.maximum):
                rule = f"at least {axis.minimum:g}"
                if math.isfinite(axis.maximum):
                    rule = f"between {axis.minimum:g} and {axis.maximum:g}"
                raise ConfigError(f"the target of {key} is {target:g}; it must be {rule}")
            if key not in self.keys:
                raise ConfigError(f"{key} has a target and no weight; give it a weight, or drop the target")
        if not (math.isfinite(self.penalty) and self.penalty > 0):
            raise ConfigError(f"penalty={self.penalty:g}; it must be above 0")

    @property
    def keys(self) -> tuple[str, ...]:
        """The axes that count, in the order of `KEYS`."""
        return tuple(key for key in KEYS if self.weights.get(key, 0) > 0)

    @property
    def shares(self) -> Floats:
        """The weights of `keys`, which sum to 1."""
        weights = np.array([self.weights[key] for key in self.keys], dtype=np.float64)
        # By the largest first: the sum of two huge weights is infinite.
        weights /= weights.max()
        return np.asarray(weights / weights.sum())


def equal_weights(keys: Iterable[str]) -> dict[str, float]:
    """Return the weights to start from: ID, OOD mean and adversarial alike, of those among ``keys``."""
    present = set(keys)
    chosen = [key for key in KEYS if key in present & {"id", "ood_mean", "adversarial"}]
    return dict.fromkeys(chosen or sorted(present, key=KEYS.index), 1.0)


def reward(values: Floats, preference: Preference, axes: Sequence[Axis], shares: Floats) -> Floats:
    """Return R = sum of w_i g_i: g is the value, or ``-penalty * max(0, target - value)`` with a target.

    Args:
        values: what each axis counts (`Axis.scaled`), shape ``(..., n_axes)``.
        axes: those of `Preference.keys`, in that order.
        shares: weights that sum to 1, of a shape that goes with ``values``.

    Returns:
        Shape ``(...)``; NaN where a value is.
    """
    gains = np.array(values, dtype=np.float64)
    for i, axis in enumerate(axes):
        if axis.key in preference.targets:
            target = float(axis.scaled(np.array(preference.targets[axis.key])))
            gains[..., i] = preference.penalty * np.minimum(0.0, gains[..., i] - target)
    return np.asarray((shares * gains).sum(axis=-1))


def read_numbers(text: str, what: str) -> dict[str, float]:
    """Read ``axis:number,axis:number``; a number may be in per cent where that is the axis' unit.

    Args:
        what: the option, for the error.

    Raises:
        ConfigError: if a part is no such pair, an axis unknown or given twice, or in per cent and is not.

    >>> read_numbers("id:60%,ood_mean:0.5", "targets")
    {'id': 0.6, 'ood_mean': 0.5}
    """
    numbers: dict[str, float] = {}
    for part in text.split(","):
        key, _, number = part.partition(":")
        in_percent = number.endswith("%")
        try:
            value = float(number.removesuffix("%")) / (100 if in_percent else 1)
        except ValueError:
            message = f"{what}: {part!r:.80} is not axis:number, as in {what}=ood_mean:0.6"
            raise ConfigError(message) from None
        if key in numbers:
            raise ConfigError(f"{what}: {key!r:.80} is given twice; give each axis once")
        _check_axes([key])
        if in_percent and what == "targets" and not axes(TASKS["sentiment"])[key].percent:
            raise ConfigError(f"{what}: {part!r:.80}: {key} is no share; give the number without %")
        numbers[key] = value
    return numbers


def written(numbers: Mapping[str, float]) -> str:
    """Write numbers as `read_numbers` reads them, in the order of `KEYS`.

    >>> written({"ood_mean": 2.0, "id": 1.0})
    'id:1,ood_mean:2'
    """
    return ",".join(f"{key}:{numbers[key]:.12g}" for key in KEYS if key in numbers)


def _check_axes(names: Iterable[str]) -> None:
    for name in names:
        if name not in KEYS:
            listing = ", ".join(KEYS)
            raise ConfigError(f"unknown axis {name!r:.80}{suggestion(name, KEYS)}; axes: {listing}")


def _count(value: float) -> str:
    """Write a number of parameters with four digits, as in 22.71M."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.4g}{letter}"
    return f"{value:.0f}"
