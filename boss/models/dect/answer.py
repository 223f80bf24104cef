"""A head on a frozen model's features, as something that is fitted and answers examples."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from boss.data.shots import largest_class
from boss.data.types import Example, Split
from boss.errors import ModelError
from boss.models.base import Prediction
from boss.models.cache import load_arrays, save_arrays
from boss.models.dect.features import Features, States
from boss.models.dect.heads import ShotHead
from boss.models.fitted import Answer, Charge
from boss.models.linear import Floats
from boss.models.options import gold_ids
from boss.models.probes import HEAD, class_predictions
from boss.tasks import Task
from robtest.plural import counted

Account = Callable[[], dict[str, str | int]]
Charging = Callable[[], Charge]
Scoring = Callable[[Floats, Floats], Floats]


@dataclass(frozen=True)
class Shown:
    """A frozen model as a head has it.

    Attributes:
        account: what became of its answers, None of one that only shows states.
        charged: the tokens, None of one that is not paid for.
        again: its features when it is asked a second time, None of one that shows the same again.
    """

    features: Features
    account: Account | None = None
    charged: Charging | None = None
    again: Features | None = None


@dataclass(frozen=True)
class FeatureAnswer:
    """Answers with the likeliest class (implements `boss.models.fitted.Answer`).

    Attributes:
        scoring: h and s -> logits, see `boss.models.dect.heads.ShotHead`.
    """

    task: Task
    shown: Shown
    scoring: Scoring

    @property
    def again(self) -> Answer | None:
        """What asks a second time, see `boss.models.fitted.again_of`."""
        if self.shown.again is None:
            return None
        return FeatureAnswer(self.task, Shown(self.shown.again), self.scoring)

    @property
    def account(self) -> Account | None:
        """What tells what became of a model's answers."""
        return self.shown.account

    @property
    def charged(self) -> Charging | None:
        """What tells the tokens, of a model that is paid for."""
        return self.shown.charged

    def __call__(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answer examples in order."""
        states = self.shown.features(examples)
        good = [i for i, error in enumerate(states.errors) if error is None]
        out = [Prediction("", error=error) for error in states.errors]
        if good:
            answers = class_predictions(self.task, self.scoring(*filled(states, good)))
            for i, prediction in zip(good, answers, strict=True):
                out[i] = replace(prediction, truncated=states.cut[i])
        return out


@dataclass(frozen=True)
class AsItIs:
    """The model's own scores of the labels' words (implements `boss.models.recipe.Head`)."""

    task: Task
    shown: Shown

    def load(self, folder: Path) -> FeatureAnswer:
        """Return what answers; nothing is read."""
        return FeatureAnswer(self.task, self.shown, lambda h, s: s)


@dataclass(frozen=True)
class FromShots:
    """A head that is fitted on the shots (implements `boss.models.recipe.Learner`)."""

    task: Task
    shown: Shown
    head: ShotHead

    def fit(self, train: Split, validation: Split | None, folder: Path, seed: int) -> None:
        """Write what is learnt into ``folder``; the validation split is not looked at.

        Raises:
            ModelError: if the model gave nothing of an example, or the examples are of one class.
        """
        gold = np.concatenate(gold_ids(self.task, train))
        if len(np.unique(gold)) < 2:
            raise ModelError(
                f"task {self.task.name}: all {counted(len(gold), 'example')} to learn from are "
                f"{train.examples[0].gold!r}; two classes at least are needed"
            )
        states = self.shown.features(train.examples)
        if failed := [error for error in states.errors if error is not None]:
            raise ModelError(
                f"the model gave nothing of {len(failed)} of the {counted(len(gold), 'example')} to learn "
                f"from, first {failed[0]}; start the command again, or draw others with another seed="
            )
        h, s = filled(states, range(len(gold)))
        n_shots = largest_class(self.task, train)
        save_arrays(folder / HEAD, self.head.fit(h, s, gold, self.task.labels, n_shots, seed))

    def load(self, folder: Path) -> FeatureAnswer:
        """Return what answers with the head in ``folder``."""
        scoring = partial(self.head.scores, load_arrays(folder / HEAD))
        return FeatureAnswer(self.task, self.shown, scoring)


def filled(states: States, rows: Sequence[int]) -> tuple[Floats, Floats]:
    """Return h and s of some examples, without a column where the model gives none."""
    chosen = list(rows)
    h = np.zeros((len(chosen), 0)) if states.h is None else states.h[chosen]
    s = np.zeros((len(chosen), 0)) if states.s is None else states.s[chosen]
    return h, s
