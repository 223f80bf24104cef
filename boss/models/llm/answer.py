"""What a language model behind a server answers to examples, and what became of its answers."""

from collections.abc import Callable, Sequence
from functools import partial

from boss.data.types import Example
from boss.models.base import Prediction
from boss.models.fitted import Answer, Charge
from boss.models.llm.client import Client, Failure, Question
from boss.models.llm.orders import LabelOrder
from boss.models.llm.outcomes import Outcomes
from boss.models.llm.reply import Reply
from boss.models.llm.scores import label_scores
from boss.tasks import Task

Asking = Callable[[Example], Question]


class EndpointAnswer:
    """Answers examples by asking; outcomes are counted apart.

    Attributes:
        asking: makes the question about an example; ``asking_again`` the same one as another sample, None
            where answers are taken to stay.
        again: asks a second time (`boss.models.fitted.again_of`).
        name: of the model; ``state`` is the fingerprint that its server gave at the start, None where that
            is not looked at.
        scores: answers are log-probabilities; ``order``: in which functions to choose from are numbered.
        outcomes: what became of the answers; ``n_bounded`` of them had a label without a token among those
            sent.
    """

    def __init__(
        self,
        task: Task,
        asking: Asking,
        client: Client,
        *,
        name: str,
        scores: bool,
        state: str | None,
        structured: bool = False,
        order: LabelOrder = "given",
        asking_again: Asking | None = None,
    ) -> None:
        self.task, self.asking, self.client = task, asking, client
        self.name, self.scores, self.state = name, scores, state
        self.again: Answer | None = None if asking_again is None else partial(self._asked, asking_again)
        self.outcomes = Outcomes(task, structured=structured, order=order)
        self._tokens_read = self._tokens_written = self.n_again = 0
        self.n_bounded = 0
        # Of the answers of this model alone, whatever asked before.
        self._before = client.store.spent(client.service.account)

    def __call__(self, examples: Sequence[Example]) -> list[Prediction]:
        """Answer examples in order, each without regard to the others."""
        return self._asked(self.asking, examples)

    def charged(self) -> Charge:
        """Return the tokens of all answers so far, whether the server gave them now or the store has them.

        Where the server did not count them, the most they can be; tries that failed are left out, and stand
        in `account`.
        """
        budget = self.client.budget
        return Charge(self._tokens_read, self._tokens_written, budget.input_price, budget.output_price)

    def _asked(self, asking: Asking, examples: Sequence[Example]) -> list[Prediction]:
        self.n_again += len(examples) if asking is not self.asking else 0
        questions = list(map(asking, examples))
        replies = self.client.ask(questions)
        for question, reply in {q.key: (q, r) for q, r in zip(questions, replies, strict=True)}.values():
            if isinstance(reply, Reply):
                cost = question.cost_of(reply)
                self._tokens_read += cost.n_input
                self._tokens_written += cost.n_output
        return [self._prediction(*pair) for pair in zip(examples, replies, strict=True)]

    def account(self) -> dict[str, str | int]:
        """Return what was asked and what became of it, for the journal and for a person (``said``)."""
        client = self.client
        spent = client.store.spent(client.service.account)
        words = [self.outcomes.said(self.name)]
        if self.n_again:
            words.append(f"{self.n_again:,} of them second ones")
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
            **self.outcomes.account(),
            "n_again": self.n_again,
            "n_bounded": self.n_bounded,
            "n_asked": client.n_asked,
            "n_of_store": client.n_kept,
            "requests": spent.requests - self._before.requests,
            "tokens_read": spent.n_input - self._before.n_input,
            "tokens_written": spent.n_output - self._before.n_output,
            "money_so_far": "unknown" if cost is None else f"{cost:.6f}",
        }

    def _prediction(self, example: Example, reply: Reply | Failure) -> Prediction:
        outcomes = self.outcomes
        if isinstance(reply, Failure):
            return outcomes.without("failed", reply.reason)
        if reply.refused:
            return outcomes.without("refused", "the server says so")
        if not self.scores:
            return outcomes.read(example, reply.text, cut=reply.finish == "length")
        if reply.top is None:
            return outcomes.without("unparsable", "no log-probabilities")
        scores = label_scores(reply.top, self.task.labels)
        if scores.probs is None:
            return outcomes.without("unparsable", scores.reason)
        self.n_bounded += not all(scores.present)
        return outcomes.decided(example, scores.probs)
