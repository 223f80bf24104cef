"""Asks a server, several questions at a time, within a budget; keeps every answer as it comes."""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from boss.errors import BossError, ModelError, OutOfBudget
from boss.models import calls
from boss.models.llm.budget import Budget, Spent, most
from boss.models.llm.prompt import Message
from boss.models.llm.reply import REFUSED, Reply, read_reply
from boss.models.llm.service import Service, Trouble, openai, trouble_of
from boss.models.llm.store import Store

SILENT = 20
"""Questions in a row without an answer after which the server is taken to be down."""


class Question(NamedTuple):
    """What is asked: the messages and all parameters of the request; ``key`` is the digest of it all."""

    key: str
    messages: list[Message]
    parameters: Mapping[str, Any]

    @property
    def most(self) -> Spent:
        """What one request of it costs at most."""
        limits = [value for name, value in self.parameters.items() if name in LIMITS]
        return most(self.messages, int(limits[0]))

    def cost_of(self, reply: Reply) -> Spent:
        """What one request of it did cost, by its answer: at most where the server does not count."""
        n_input = self.most.n_input if reply.n_input is None else reply.n_input
        return Spent(1, n_input, self.most.n_output if reply.n_output is None else reply.n_output)


LIMITS = ("max_tokens", "max_completion_tokens")
"""Names of the parameter that limits the tokens of an answer."""


class Failure(NamedTuple):
    """Why there is no answer, without a word of the question; ``detail`` is what the server said, and may."""

    reason: str
    detail: str = ""


class Client:
    """Asks questions, out of the store where it has their answers.

    Attributes:
        n_asked, n_kept: answers that came from the server, and from the store.
        fingerprints: the server's own, and how many answers came with each.
    """

    def __init__(self, service: Service, store: Store, budget: Budget) -> None:
        self.service, self.store, self.budget = service, store, budget
        self.n_asked = self.n_kept = 0
        self.fingerprints: dict[str, int] = {}
        self._answers: dict[str, Reply | Failure] = {}
        self._stop: BossError | OutOfBudget | None = None
        self._not_before = 0.0
        self._silent = 0
        self._keep = True
        self._under_way = 0
        self._one_over = asyncio.Event()

    def ask(self, questions: Sequence[Question], *, keep: bool = True) -> list[Reply | Failure]:
        """Return the answer of each question, in order; equal ones are asked once.

        Args:
            keep: take answers from the store and put them there.

        Raises:
            OutOfBudget: before a request that may pass the budget; the answers that came are kept.
            ModelError: if no question can be answered: a wrong key or name, a server that is down.
        """
        unique = {question.key: question for question in questions}
        found = self.store.get(unique) if keep else {}
        self.n_kept += len(found)
        self._answers, self._stop, self._keep = dict(found), None, keep
        missing = [question for key, question in unique.items() if key not in found]
        if missing:
            asyncio.run(self._ask_all(missing))
        if self._stop is not None:
            raise self._stop
        return [self._answers[question.key] for question in questions]

    async def _ask_all(self, questions: Sequence[Question]) -> None:
        waiting, service = deque(questions), self.service
        self._under_way, self._one_over = 0, asyncio.Event()
        async with openai().AsyncOpenAI(
            api_key=service.key or "none",
            base_url=service.base_url,
            max_retries=0,
            timeout=service.timeout,
        ) as client:
            n_workers = min(service.concurrency, len(waiting))
            await asyncio.gather(*(self._work(client, waiting) for _ in range(n_workers)))

    async def _work(self, client: Any, waiting: deque[Question]) -> None:
        """Ask one question after the other; what is under way when it has to stop is waited for."""
        while waiting and self._stop is None:
            question = waiting.popleft()
            try:
                self._answers[question.key] = await self._one(client, question)
            except (BossError, OutOfBudget) as stop:
                self._stop = self._stop or stop

    async def _one(self, client: Any, question: Question) -> Reply | Failure:
        account, service = self.service.account, self.service
        for attempt in itertools.count():
            while (wait := self._not_before - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            await self._reserve(question)
            try:
                reply = await self._request(client, question)
            except Exception as error:
                trouble = trouble_of(error, service)
                if not trouble.read:
                    self.store.settle(account, question.most, Spent(int(trouble.sent)))
                if trouble.kind == "refused":
                    return self._kept(question, REFUSED, question.most)
                pause = self._pause(error, trouble, attempt)
                if pause is None:
                    return Failure(trouble.said, trouble.detail)
                if trouble.kind == "limited":  # holds for all
                    self._not_before = max(self._not_before, time.monotonic() + pause)
                else:
                    await asyncio.sleep(pause)
                continue
            return self._kept(question, reply, None)
        raise AssertionError  # the count has no end

    async def _reserve(self, question: Question) -> None:
        """Reserve what a request may cost, waiting for those under way where they may leave room.

        Raises:
            OutOfBudget: if it does not fit.
        """
        while refusal := self.store.reserve(self.service.account, self.budget, question.most):
            if not self._under_way:
                raise refusal
            self._one_over.clear()
            await self._one_over.wait()
        self._under_way += 1

    async def _request(self, client: Any, question: Question) -> Reply:
        try:
            async with asyncio.timeout(self.service.timeout):
                body = await self._sent(client, question)
        finally:  # whoever waits goes on when this is settled, which is before the loop turns
            self._under_way -= 1
            self._one_over.set()
        return self._read(self.service.without_key(body))

    async def _sent(self, client: Any, question: Question) -> str:
        """Return the body of what the server sends back for one request."""
        raw = await client.chat.completions.with_raw_response.create(
            model=self.service.model,
            messages=question.messages,
            extra_body=dict(question.parameters),
            extra_headers={"Idempotency-Key": question.key},
        )
        return str(raw.text)

    def _read(self, body: str) -> Reply:
        """Return the answer in a body.

        Raises:
            BadReplyError: if it is none.
        """
        return read_reply(body)

    def _kept(self, question: Question, reply: Reply, settled: Spent | None) -> Reply:
        """Keep an answer, and what it did cost where that is not settled."""
        self._silent = 0
        self.n_asked += 1
        actual = settled
        if actual is None:
            self.fingerprints[reply.fingerprint] = self.fingerprints.get(reply.fingerprint, 0) + 1
            actual = question.cost_of(reply)
        answer = (question.key, reply) if self._keep else None
        self.store.settle(self.service.account, question.most, actual, answer)
        return reply

    def _pause(self, error: Exception, trouble: Trouble, attempt: int) -> float | None:
        """Return the seconds to wait before the next try; None where the question stays without an answer.

        Raises:
            ModelError: if it is not for this question alone.
        """
        where = f"{self.service.model} at {self.service.base_url}"
        if trouble.kind == "stop":
            raise ModelError(f"{where}: {trouble.said}") from None
        if trouble.kind == "failed":
            return None
        asked = calls.asked_to_wait(error)
        if asked is not None and asked > calls.LONGEST_ASKED:
            raise ModelError(
                f"{where} asks to wait for {asked:.0f} seconds, and longer than {calls.LONGEST_ASKED:.0f} is "
                "not waited for; start the same command again then: it asks nothing twice"
            ) from None
        if attempt >= self.service.retries:
            if trouble.kind == "limited":
                raise ModelError(
                    f"{where} refused a request for its rate {attempt + 1} times; the same command goes "
                    "on where this stopped; model.concurrency=1 asks less at once, model.retries=N tries more"
                ) from None
            self._silent += 1
            if self._silent >= SILENT:
                raise ModelError(
                    f"{where} left {self._silent} questions in a row without an answer ({trouble.said}); see "
                    "that the server runs; the same command goes on where this stopped"
                ) from None
            return None
        return min(calls.FIRST_PAUSE * 2**attempt, calls.LONGEST_PAUSE) if asked is None else asked
