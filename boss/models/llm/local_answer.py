"""What a language model on one's own machine answers to examples."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Example
from boss.errors import ModelError
from boss.models.base import InputGradient, Prediction, Weights
from boss.models.linear import softmax
from boss.models.llm.chat import Ids
from boss.models.llm.functions import by_number, entries_of
from boss.models.llm.network import LanguageNetwork
from boss.models.llm.outcomes import Outcomes
from boss.models.llm.prompt import shown
from boss.models.llm.reading import Reading

Normalise = Literal["length", "empty", "none"]


class LocalAnswer:
    """Answers examples with a language model (implements `boss.models.fitted.NetworkAnswer`).

    Attributes:
        logprobs: labels by their log-probabilities, normalised as `boss.models.llm.local.Asked` says; else
            what the model writes, in ``max_tokens`` at most.
        outcomes: what became of its answers.
    """

    def __init__(
        self,
        name: str,
        reading: Reading,
        network: LanguageNetwork,
        *,
        logprobs: bool,
        normalise: Normalise,
        max_tokens: int,
    ) -> None:
        prompt = reading.prompt
        self.name, self.task, self.reading, self.network = name, prompt.task, reading, network
        self.logprobs, self.normalise, self.max_tokens = logprobs, normalise, max_tokens
        self.outcomes = Outcomes(prompt.task, order=prompt.label_order)
        self._baselines: dict[int, NDArray[np.float64]] = {}
        network.begin(reading.beginning)

    def __call__(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answer examples in order, each without regard to the others."""
        n_answer = max(map(len, self.options)) if self.logprobs else self.max_tokens
        prompts, cut = zip(*(self.reading.ids(example, n_answer) for example in examples), strict=True)
        if self.logprobs:
            rows = self.scores(prompts, examples)
            out = [self.outcomes.decided(e, softmax(row), row) for e, row in zip(examples, rows, strict=True)]
        else:
            written = self.network.write(prompts, n_answer)
            out = [self.outcomes.read(e, w.text, cut=w.cut) for e, w in zip(examples, written, strict=True)]
        return [replace(p, truncated=was_cut) for p, was_cut in zip(out, cut, strict=True)]

    def gradients(
        self, examples: Sequence[Example], field: str, weights: Sequence[Weights]
    ) -> list[InputGradient]:
        """Return for each example the gradient of the sum of weights x logits over the tokens of a field."""
        n_answer = max(map(len, self.options))
        out = [InputGradient(np.empty((0, 2), np.int64), np.empty((0, 0)), np.empty((0, 0)))] * len(examples)
        rows = [self._of_options(e, np.asarray(w)) for e, w in zip(examples, weights, strict=True)]
        weighted = [i for i, row in enumerate(rows) if row.any()]
        placed = [self.reading.placed(examples[i], n_answer, field) for i in weighted]
        table = np.reshape([rows[i] for i in weighted], (-1, len(self.options)))
        found = self.network.slopes([ids for ids, _ in placed], self.options, table)
        for i, (_, spans), (vectors, slope) in zip(weighted, placed, found, strict=True):
            inside = spans[:, 0] >= 0
            out[i] = InputGradient(spans[inside], vectors[inside], slope[inside])
        return out

    def embed(self, text: str) -> NDArray[np.floating[Any]]:
        """Return the input embeddings of the tokens of a text by itself."""
        return self.network.embed(self.reading.chat.plain(text))

    def _of_options(self, example: Example, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the weights of the options' log-probabilities for those of an example's logits."""
        out = weights.astype(np.float64)
        if self.task.is_choice:
            out = by_number(out, len(entries_of(self.task, example)), self.reading.prompt.label_order)
        if self.normalise == "length":
            out = out / [len(option) for option in self.options]
        return out

    def account(self) -> dict[str, str | int]:
        """Return what became of the answers, for the journal and for a person (``said``)."""
        return {"said": self.outcomes.said(self.name), **self.outcomes.account()}

    def scores(self, prompts: Sequence[Ids], examples: Sequence[Example]) -> NDArray[np.float64]:
        """Return the labels' scores after the prompts of examples, shape ``(n, n_labels)``."""
        sums = self.network.logprobs(prompts, self.options)
        if self.normalise == "length":
            lengths = np.array([len(option) for option in self.options], np.float64)
            return sums / lengths
        if self.normalise == "empty":
            return sums - np.stack([self._baseline(example) for example in examples])
        return sums

    def states(self, examples: Sequence[Example]) -> NDArray[np.float32]:
        """Return the state of the last layer at the end of each prompt, shape ``(n, d)``."""
        return self.network.states([self.reading.ids(example, 1)[0] for example in examples])

    @cached_property
    def options(self) -> list[Ids]:
        """The tokens of the labels' names.

        Raises:
            ModelError: if two are the same.
        """
        options = [self.reading.chat.option(shown(label)) for label in self.task.labels]
        if len(set(options)) < len(options):
            raise ModelError(
                f"labels of task {self.task.name}: the model reads two of them as the same tokens; rename "
                "one in the task's file"
            )
        return options

    def _baseline(self, example: Example) -> NDArray[np.float64]:
        """Return the labels' scores where the texts are empty, of a choice as many functions."""
        n = len(entries_of(self.task, example)) if self.task.is_choice else 1
        if n not in self._baselines:
            self._baselines[n] = self.network.logprobs([self.reading.empty(n)], self.options)[0]
        return self._baselines[n]
