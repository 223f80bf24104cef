"""What became of answers: four outcomes, counted apart, whoever gave them."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from boss.data.types import Example
from boss.models.base import Prediction
from boss.models.choice import NOT_THERE
from boss.models.linear import softmax
from boss.models.llm.entities import Tagged, parse_entities
from boss.models.llm.functions import by_place, entries_of, places
from boss.models.llm.orders import LabelOrder
from boss.models.llm.parse import OUTCOMES, Outcome, Parsed, parse_choice, parse_label, parse_phrase
from boss.models.llm.structured import parse_structured
from boss.tasks import Task


class Outcomes:
    """Reads answers of a task and counts what became of them.

    Attributes:
        structured: answers are objects of the task's schema.
        order: in which the prompt numbers the functions of a choice.
        counts: answers by outcome.
        n_absent: named entities left out as they are not in their sentence; ``n_overlapping`` as others
            stand there.
    """

    def __init__(self, task: Task, *, structured: bool = False, order: LabelOrder = "given") -> None:
        self.task, self.structured, self.order = task, structured, order
        self.counts: Counter[Outcome] = Counter()
        self.n_absent = self.n_overlapping = 0

    def read(self, example: Example, text: str, *, cut: bool) -> Prediction:
        """Return the answer in what a model wrote; ``cut`` where it was cut off at ``model.max_tokens``."""
        parsed = self._parsed(example, text)
        if parsed.outcome != "answered":
            return self.without(
                parsed.outcome, parsed.reason + (", cut off at model.max_tokens" if cut else "")
            )
        if isinstance(parsed, Tagged):
            self.n_absent += parsed.n_absent
            self.n_overlapping += parsed.n_overlapping
        self.counts["answered"] += 1
        return Prediction(parsed.answer)

    def decided(
        self, example: Example, probs: NDArray[np.float64], logits: NDArray[np.float64] | None = None
    ) -> Prediction:
        """Return the likeliest label as the answer, with the probabilities of all, shape ``(n_labels,)``.

        Of a choice they are of the numbers of a prompt, and become those of the places that the example has.
        """
        if self.task.is_choice:
            n = len(entries_of(self.task, example))
            if logits is not None:
                logits = by_place(logits, n, self.order, NOT_THERE)
                probs = softmax(logits)
            else:
                probs = by_place(probs, n, self.order, 0.0)
                if not probs.sum() > 0:
                    return self.without("unparsable", "no number of the list has a probability")
                probs = probs / probs.sum()
        self.counts["answered"] += 1
        return Prediction(self.task.labels[int(probs.argmax())], probs, logits)

    def without(self, outcome: Outcome, reason: str) -> Prediction:
        """Return that there is no answer, and why."""
        self.counts[outcome] += 1
        return Prediction("", error=f"{outcome}: {reason}")

    def account(self) -> dict[str, int]:
        """Return the counts by name."""
        counts = {str(name): self.counts[name] for name in OUTCOMES}
        return {**counts, "n_absent": self.n_absent, "n_overlapping": self.n_overlapping}

    def said(self, name: str) -> str:
        """Return the counts in words."""
        total = sum(self.counts.values())
        counts = ", ".join(f"{self.counts[outcome]:,} {outcome}" for outcome in OUTCOMES)
        words = [f"{name}: of {total:,} answers {counts}"]
        if self.n_absent or self.n_overlapping:
            words.append(
                f"entities left out: {self.n_absent:,} not in their sentence, or not as often, and "
                f"{self.n_overlapping:,} where others stand"
            )
        return "; ".join(words)

    def _parsed(self, example: Example, text: str) -> Parsed | Tagged:
        task = self.task
        if task.is_choice:
            return self._chosen(example, text)
        tokens: Sequence[str] = tuple(example.inputs["tokens"]) if task.kind == "tagging" else ()
        if self.structured:
            return parse_structured(text, task, tuple(tokens))
        if task.kind == "tagging":
            return parse_entities(text, task, tuple(tokens))
        return parse_phrase(text) if task.kind == "span" else parse_label(text, task.labels)

    def _chosen(self, example: Example, text: str) -> Parsed:
        """Return the place of the function whose number, or name, an answer gives."""
        found = entries_of(self.task, example)
        order = places(len(found), self.order)
        parsed = (
            parse_structured(text, self.task, ())
            if self.structured
            else parse_choice(text, [found[place][0] for place in order])
        )
        if not isinstance(parsed, Parsed) or parsed.outcome != "answered":
            return Parsed(parsed.outcome, reason=parsed.reason)
        number = int(parsed.answer)
        if number > len(order):
            return Parsed("unparsable", reason="a number that the list does not have")
        return Parsed("answered", str(order[number - 1] + 1))
