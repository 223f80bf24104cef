"""A model and the examples of a split, as a judge of texts.

An attack sees one input field of one example as text; all else is held fixed. It asks for outcomes and gets
them; it never sees the model.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from boss.answers import Answered, answered
from boss.data.types import Answer, Example
from boss.errors import ModelError
from boss.margin import attack_score, score_weights
from boss.measurement import Scoring
from boss.metrics.scores import example_value
from boss.models.base import Differentiable, Model, Prediction
from boss.models.fitted import Answer as Answering
from boss.models.fitted import again_of
from boss.noise import Confirmation
from boss.subtokens import piece_tags
from boss.tasks import Task
from robtest.plural import counted
from robtest.slope import Slope
from robtest.types import Outcome, Query, Text

FAILED_SCORE = -1000.0
"""Score of an answer that there is not: further from right than probabilities can be (`boss.margin`)."""


@dataclass(frozen=True)
class Seam:
    """A model and the examples of a split, as a judge of texts.

    Attributes:
        labels: the dataset's labels, which the model is restricted to.
        field: the input field an attack edits.
        scoring: ``boss`` where clean answers are scored by BOSS's own arithmetic as well.
    """

    model: Model
    task: Task
    labels: tuple[str, ...]
    field: str
    scoring: Scoring = "corrected"

    @property
    def again(self) -> Answering | None:
        """What asks the model the same a second time; None where its answers stay."""
        return again_of(self.model)

    def text(self, example: Example) -> Text:
        """Return the attacked field as text, see `attacked_text`."""
        return attacked_text(self.task, example, self.field)

    def example(self, original: Example, text: str) -> Example:
        """Return ``original`` with the attacked field replaced by ``text``."""
        return with_text(self.task, original, self.field, text)

    def answers(self, examples: Sequence[Example]) -> list[Answered]:
        """Return the model's answers to examples, restricted to the dataset's labels."""
        predictions = self._predictions(self.model.predict, examples)
        answers = self._restricted(examples, predictions)
        if self.scoring == "boss" and self.task.kind == "tagging":
            pairs = list(zip(examples, predictions, strict=True))
            pieces = piece_tags(self.model, self.task, self.labels, pairs)
            return [replace(answer, piece_tags=tags) for answer, tags in zip(answers, pieces, strict=True)]
        return answers

    def second_answers(self, examples: Sequence[Example]) -> list[Answered | None]:
        """Return the model's answers to examples asked a second time; None each where its answers stay."""
        if self.again is None:
            return [None] * len(examples)
        return [*self._restricted(examples, self._predictions(self.again, examples))]

    def judge(
        self,
        originals: Sequence[Example],
        queries: Sequence[Query],
        confirmation: Confirmation | None = None,
    ) -> list[Outcome]:
        """Return the outcome of each query, a text of one of ``originals``.

        Args:
            confirmation: of copies that are answered worse than the clean text, by a model that may answer
                otherwise when asked again; one for all queries about ``originals``.
        """
        outcomes = self._judged(self.model.predict, originals, queries)
        if confirmation is None or self.again is None:
            return outcomes
        doubted = confirmation.doubted(queries, outcomes)
        again = self._judged(self.again, originals, [queries[i] for i in doubted])
        for i, second in zip(doubted, again, strict=True):
            outcomes[i] = _of_both(outcomes[i], second, confirmation.stands(queries[i], outcomes[i], second))
        return outcomes

    def _judged(
        self, ask: Answering, originals: Sequence[Example], queries: Sequence[Query]
    ) -> list[Outcome]:
        examples = [self.example(originals[query.example], query.text) for query in queries]
        predictions = self._predictions(ask, examples)
        answers = self._restricted(examples, predictions)
        return [self._outcome(*triple) for triple in zip(examples, predictions, answers, strict=True)]

    def slopes(self, originals: Sequence[Example], queries: Sequence[Query]) -> list[Slope]:
        """Return the slope of `boss.margin.attack_score` at each query, a text of one of ``originals``.

        Raises:
            ModelError: if the model has no gradients.
        """
        model = self.model
        if not isinstance(model, Differentiable):
            raise ModelError(
                f"{model.card.id} ({model.card.adapter}) has no gradients, and access=gradient needs them; "
                "attack it with access=score or access=decision"
            )
        examples = [self.example(originals[query.example], query.text) for query in queries]
        pairs = zip(examples, self._predictions(self.model.predict, examples), strict=True)
        weights = [score_weights(self.task, self.labels, e.gold_texts, p) for e, p in pairs]
        gradients = model.gradients(examples, self.field, weights)
        return [
            Slope(query.text, gradient.spans, gradient.vectors, gradient.gradient, model.embed)
            for query, gradient in zip(queries, gradients, strict=True)
        ]

    def _outcome(self, example: Example, prediction: Prediction, answer: Answered) -> Outcome:
        gold = example.gold_texts
        if answer.error is not None:
            return Outcome(False, 0.0, FAILED_SCORE, Detail(example.input_sha256, answer), math.nan)
        worth = example_value(self.task, gold, answer.answer)
        score = attack_score(self.task, self.labels, gold, prediction, worth.value)
        probability = math.nan if answer.probs is None else answer.probs[self.labels.index(str(gold))]
        detail = Detail(example.input_sha256, answer)
        return Outcome(worth.correct, worth.value, score, detail, probability)

    def _predictions(self, ask: Answering, examples: Sequence[Example]) -> list[Prediction]:
        predictions = ask(examples) if examples else []
        if len(predictions) != len(examples):
            raise ModelError(
                f"{self.model.card.id} answered {len(predictions)} of {counted(len(examples), 'example')}; "
                "predict must return one prediction per example, in order"
            )
        return predictions

    def _restricted(self, examples: Sequence[Example], predictions: Sequence[Prediction]) -> list[Answered]:
        return [
            answered(self.task, self.labels, example, prediction)
            for example, prediction in zip(examples, predictions, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Detail:
    """What the rows need of an answer besides its outcome, and of the second one where there is one."""

    input_sha256: str
    answer: Answered
    again: Answered | None = None


def _of_both(first: Outcome, second: Outcome, counts: Outcome) -> Outcome:
    """Return the outcome that counts of two, with both answers behind it."""
    one, other = first.detail, second.detail
    assert isinstance(one, Detail) and isinstance(other, Detail)
    return replace(counts, detail=replace(one, again=other.answer))


def attacked_text(task: Task, example: Example, field: str) -> Text:
    """Return an input field as text, with what must stay: token count, answer spans, the lines of a list."""
    protected: tuple[tuple[int, int], ...] = ()
    if task.kind == "span" and field == "context":
        answers = [gold for gold in example.gold if isinstance(gold, Answer)]
        protected = tuple(sorted((a.start, a.start + len(a.text)) for a in answers))
    keep_words = task.kind == "tagging" or is_list(task, field)
    if is_list(task, field):
        protected = tuple((i, i + 1) for i, char in enumerate(example.text(field)) if char == "\n")
    return Text(example.text(field), protected=protected, keep_words=keep_words, id=example.id)


def with_text(task: Task, original: Example, field: str, text: str) -> Example:
    """Return an example with an input field replaced by a text; the inverse of `attacked_text`."""
    return original.with_input(field, tuple(text.split(" ")) if task.kind == "tagging" else text)


def is_list(task: Task, field: str) -> bool:
    """Return whether each line of a field belongs to a place (`boss.tasks.Task.is_choice`)."""
    return task.is_choice and field != task.fields[0]
