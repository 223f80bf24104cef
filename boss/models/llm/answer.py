"""What a language model behind a server answers to examples, and what became of its answers."""

from collections import Counter
from collections.abc import Callable, Sequence

from boss.data.types import Example
from boss.models.base import Prediction
from boss.models.llm.client import Client, Failure, Question
from boss.models.llm.parse import OUTCOMES, Outcome, parse_label, parse_phrase
from boss.models.llm.reply import Reply
from boss.models.llm.scores import label_scores
from boss.tasks import Task

Asking = Callable[[Example], Question]


class EndpointAnswer:
    """Answers examples by asking; outcomes are counted apart.

    Attributes:
        asking: makes the question about an example.
        name: of the model; ``state`` is the fingerprint that its server gave at the start, None where that
            is not looked at.
        scores: answers are log-probabilities.
        outcomes: how many answers it gave of each outcome; ``n_bounded`` of them with a label that had no
            token among those sent.
    """

    def __init__(
        self, task: Task, asking: Asking, client: Client, *, name: str, scores: bool, state: str | None
    ) -> None:
        self.task, self.asking, self.client = task, asking, client
        self.name, self.scores, self.state = name, scores, state
        self.outcomes: Counter[Outcome] = Counter()
        self.n_bounded = 0
        # Of the answers of this model alone, whatever asked before.
        self._before = client.store.spent(client.service.account)

    def __call__(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answer examples in order, each without regard to the others."""
        return [self._prediction(reply) for reply in self.client.ask(list(map(self.asking, examples)))]

    def account(self) -> dict[str, str | int]:
        """Return what was asked and what became of it, for the journal and for a person (``said``)."""
        client = self.client
        spent = client.store.spent(client.service.account)
        total = sum(self.outcomes.values())
        counts = ", ".join(f"{self.outcomes[name]:,} {name}" for name in OUTCOMES)
        words = [f"{self.name}: of {total:,} answers {counts}"]
        if self.n_bounded:
            words.append(f"{self.n_bounded:,} with a label that is bounded")
        words.append(f"{client.n_asked:,} asked, {client.n_kept:,} of the store")
        words.append(client.budget.in_words(spent))
        others = sum(n for name, n in client.fingerprints.items() if name != self.state)
        if others and self.state is not None:
            words.append(f"the server changed under way: {others:,} answers came with another fingerprint")
        cost = client.budget.cost(spent)
        return {
            "said": "; ".join(words),
            **{str(name): self.outcomes[name] for name in OUTCOMES},
            "n_bounded": self.n_bounded,
            "n_asked": client.n_asked,
            "n_of_store": client.n_kept,
            "requests": spent.requests - self._before.requests,
            "tokens_read": spent.n_input - self._before.n_input,
            "tokens_written": spent.n_output - self._before.n_output,
            "money_so_far": "unknown" if cost is None else f"{cost:.6f}",
        }

    def _prediction(self, reply: Reply | Failure) -> Prediction:
        prediction, outcome = self._read(reply)
        self.outcomes[outcome] += 1
        return prediction

    def _read(self, reply: Reply | Failure) -> tuple[Prediction, Outcome]:
        task = self.task
        if isinstance(reply, Failure):
            return _without("failed", reply.reason), "failed"
        if reply.refused:
            return _without("refused", "the server says so"), "refused"
        if self.scores:
            if reply.top is None:
                return _without("unparsable", "no log-probabilities"), "unparsable"
            scores = label_scores(reply.top, task.labels)
            if scores.probs is None:
                return _without("unparsable", scores.reason), "unparsable"
            self.n_bounded += not all(scores.present)
            return Prediction(task.labels[int(scores.probs.argmax())], scores.probs), "answered"
        parsed = parse_phrase(reply.text) if task.kind == "span" else parse_label(reply.text, task.labels)
        if parsed.outcome != "answered":
            cut = ", cut off at model.max_tokens" if reply.finish == "length" else ""
            return _without(parsed.outcome, parsed.reason + cut), parsed.outcome
        return Prediction(parsed.answer), "answered"


def _without(outcome: Outcome, reason: str) -> Prediction:
    return Prediction("", error=f"{outcome}: {reason}")
