"""What a frozen model shows of examples: states h, scores s of the labels' words, or both.

Another kind of model is one more class that implements `Features`, and its place in
`boss.models.dect.backbones`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from boss.data.types import Example
from boss.errors import ModelError
from boss.models.backbone import unit
from boss.models.base import Prediction
from boss.models.fitted import Answer
from boss.models.linear import ABSENT_LOGIT, Floats
from boss.models.llm.local_answer import LocalAnswer
from boss.models.probes import ClassProbe
from boss.tasks import Task


@dataclass(frozen=True)
class States:
    """Features of n examples; rows of an example with an error mean nothing.

    Attributes:
        h: shape ``(n, d)``, rows of length 1; None of a model that shows none. The decoder brings what it
            makes of them to length 1 anyway.
        s: log-probabilities of the task's labels, shape ``(n, n_labels)``; None of a model without a
            language head.
        errors: per example why the model gave nothing, None where it did.
        cut: per example whether the model did not see all of it.
    """

    h: Floats | None
    s: Floats | None
    errors: tuple[str | None, ...]
    cut: tuple[bool, ...]


def shown(h: Floats | None, s: Floats | None, n: int) -> States:
    """Return the states of n examples of which everything was seen and answered."""
    return States(h, s, (None,) * n, (False,) * n)


class Features(Protocol):
    """A frozen model as what it shows of examples."""

    def __call__(self, examples: Sequence[Example]) -> States:
        """Return the features of examples in order, of each without regard to the others."""
        ...


@dataclass(frozen=True)
class EncoderFeatures:
    """Sentence vectors of an encoder, of a pair as `ClassProbe` joins them (implements `Features`)."""

    probe: ClassProbe

    def __call__(self, examples: Sequence[Example]) -> States:
        """Return h alone."""
        return shown(self.probe.features(examples), None, len(examples))


@dataclass(frozen=True)
class AskedFeatures:
    """Scores of a language model that is asked for labels (implements `Features`).

    Of a model behind a server the probabilities of the first token, of one that runs here those of the whole
    names. A label without a token among those that a server sent has the bound of `boss.models.llm.scores`.
    """

    task: Task
    answer: Answer

    def __call__(self, examples: Sequence[Example]) -> States:
        """Return s alone."""
        predictions = self.answer(examples)
        s = np.reshape([self._row(prediction) for prediction in predictions], (-1, len(self.task.labels)))
        return States(None, s, tuple(p.error for p in predictions), tuple(p.truncated for p in predictions))

    def _row(self, prediction: Prediction) -> Floats:
        if prediction.logits is not None:
            return prediction.logits - float(np.logaddexp.reduce(prediction.logits))
        if prediction.probs is None:
            return np.zeros(len(self.task.labels))
        return np.maximum(np.log(np.maximum(prediction.probs, 1e-300)), ABSENT_LOGIT)


@dataclass(frozen=True)
class ReadFeatures:
    """The last layer's states of a language model at the end of its prompt, where its answer would begin.

    The prompt is read once more than for the scores (implements `Features`).
    """

    answer: LocalAnswer

    def __call__(self, examples: Sequence[Example]) -> States:
        """Return h alone."""
        return shown(unit(self.answer.states(examples).astype(np.float64)), None, len(examples))


@dataclass(frozen=True)
class Both:
    """States of one model and scores of another, or of the same (implements `Features`)."""

    states: Features
    scores: Features

    def __call__(self, examples: Sequence[Example]) -> States:
        """Return h and s; an error of either is one."""
        one, two = self.states(examples), self.scores(examples)
        errors = tuple(first or second for first, second in zip(one.errors, two.errors, strict=True))
        cut = tuple(first or second for first, second in zip(one.cut, two.cut, strict=True))
        return States(one.h, two.s, errors, cut)


@dataclass(frozen=True)
class Calibrated:
    """Features whose scores have those of the empty input taken off (implements `Features`).

    What a model says of an empty text is what it says before it has read anything. Log-probabilities are
    subtracted, which divides probabilities. The code that came with the paper divides logits by those of the
    empty input: such a quotient changes when a number is added to all logits, which no probability does, and
    one negative logit there turns a label's order round.

    Source: Zhao et al. 2021, Calibrate Before Use (arXiv:2102.09690), section 4.
    """

    features: Features
    task: Task

    def __call__(self, examples: Sequence[Example]) -> States:
        """Return the features with calibrated scores."""
        states = self.features(examples)
        if states.s is None:
            return states
        return replace(states, s=states.s - self._empty)

    @cached_property
    def _empty(self) -> Floats:
        """Scores of the empty input, shape ``(n_labels,)``; asked for once.

        Raises:
            ModelError: if the model gives none.
        """
        states = self.features([empty(self.task)])
        if states.s is None or states.errors[0] is not None:
            raise ModelError(
                f"the model gives no scores of the labels of {self.task.name} for an empty text "
                f"({states.errors[0]}), so they cannot be calibrated; model.head=words takes them as they are"
            )
        row: Floats = states.s[0]
        return row


def empty(task: Task) -> Example:
    """Return an example of a task whose every input is empty."""
    return Example("empty", dict.fromkeys(task.fields, ""), task.labels[0], "empty")
