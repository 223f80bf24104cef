"""Vectors of texts from a server's ``/v1/embeddings``, asked, kept and paid for as answers are."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from boss.data.types import Example
from boss.errors import ModelError
from boss.models.backbone import unit
from boss.models.dect.features import States, shown
from boss.models.fitted import Charge
from boss.models.linear import Floats
from boss.models.llm.budget import Spent, most
from boss.models.llm.client import Client, Failure, Question
from boss.models.llm.reply import BadReplyError, Reply
from boss.models.llm.store import key_of
from boss.models.probes import as_one
from boss.tasks import Task

_KNOWN = "The lamp is on."
"""A text to see by whether the server gives vectors at all."""


class TextQuestion(Question):
    """A text whose vector is asked for."""

    @property
    def most(self) -> Spent:
        """What one request of it costs at most: nothing is written."""
        return most(self.messages, 0)


class EmbeddingClient(Client):
    """Asks for vectors; a `Reply` holds one as its text (`vector_of`), float32.

    Attributes:
        tokens_read: of all answers that were asked for, those out of the store too.
    """

    tokens_read: int = 0

    def question(self, text: str) -> TextQuestion:
        """Return the question about a text, with everything that decides its answer."""
        parts = {"base_url": self.service.base_url, "model": self.service.model, "embedding_of": text}
        return TextQuestion(key_of(parts), [{"role": "user", "content": text}], {})

    async def _sent(self, client: Any, question: Question) -> str:
        raw = await client.embeddings.with_raw_response.create(
            model=self.service.model,
            input=question.messages[0]["content"],
            encoding_format="float",
            extra_headers={"Idempotency-Key": question.key},
        )
        return str(raw.text)

    def _read(self, body: str) -> Reply:
        try:
            data = json.loads(body)
            vector = np.asarray(data["data"][0]["embedding"], dtype="<f4")
            usage = data.get("usage") or {}
            n_input = usage.get("prompt_tokens")
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise BadReplyError("the answer is no embedding") from None
        if vector.ndim != 1 or not vector.size or not np.isfinite(vector).all() or not vector.any():
            raise BadReplyError("the embedding is no vector of finite numbers with a direction")
        counted = n_input if isinstance(n_input, int) and not isinstance(n_input, bool) else None
        text = base64.b64encode(vector.tobytes()).decode("ascii")
        return Reply(text, "stop", n_input=counted, n_output=0)


def vector_of(reply: Reply) -> Floats:
    """Return the vector that a reply holds, of length 1."""
    stored = np.frombuffer(base64.b64decode(reply.text), "<f4")
    row: Floats = unit(stored.astype(np.float64)[None])[0]
    return row


@dataclass(frozen=True)
class EmbeddedFeatures:
    """Vectors of the texts alone (implements `Features`), joined as those of encoders are.

    No server of this kind gives the state from which a language model writes its answer, which is what the
    paper takes. One request a text, two a pair, besides the one for the scores.
    """

    task: Task
    client: EmbeddingClient

    def check(self) -> int:
        """Return the dimensions of a vector.

        Raises:
            ModelError: if the server gives none.
        """
        [reply] = self.client.ask([self.client.question(_KNOWN)], keep=False)
        if isinstance(reply, Failure):
            raise ModelError(
                f"{self.client.service.model} at {self.client.service.base_url} gives no embedding: "
                f"{reply.reason}; name a model of the server that does, model.embeddings=NAME, or leave it "
                "out: model.embeddings=null"
            )
        return len(vector_of(reply))

    def __call__(self, examples: Sequence[Example]) -> States:
        """Return h alone."""
        names = self.task.fields
        texts = [example.text(name) for name in names for example in examples]
        # An empty input is refused by most servers, and an attack may leave one.
        questions = [self.client.question(text or " ") for text in texts]
        replies = self.client.ask(questions)
        for question, reply in {q.key: (q, r) for q, r in zip(questions, replies, strict=True)}.values():
            if isinstance(reply, Reply):
                self.client.tokens_read += question.cost_of(reply).n_input
        n_dims = max((len(vector_of(r)) for r in replies if isinstance(r, Reply)), default=0)
        rows = [vector_of(r) if isinstance(r, Reply) else np.zeros(n_dims) for r in replies]
        reasons = [f"failed: {r.reason}" if isinstance(r, Failure) else None for r in replies]
        of_fields = (reasons[i :: len(examples)] for i in range(len(examples)))
        errors = tuple(next(filter(None, of_fields_of_one), None) for of_fields_of_one in of_fields)
        vectors = np.reshape(rows, (len(names), len(examples), n_dims))
        return replace(shown(as_one(vectors), None, len(examples)), errors=errors)

    def charged(self) -> Charge:
        """Return the tokens of all answers so far, see `boss.models.llm.answer.EndpointAnswer.charged`."""
        budget = self.client.budget
        return Charge(self.client.tokens_read, 0, budget.input_price, budget.output_price)

    def account(self) -> dict[str, str | int]:
        """Return what was asked, see `boss.models.llm.answer.EndpointAnswer.account`."""
        client = self.client
        spent = client.budget.in_words(client.store.spent(client.service.account))
        said = f"{client.service.model}: {client.n_asked:,} embeddings asked, {client.n_kept:,} of the store"
        return {
            "said": f"{said}; {spent}",
            "n_embeddings_asked": client.n_asked,
            "n_embeddings_of_store": client.n_kept,
        }


def embedded(task: Task, client: Client, model: str) -> EmbeddedFeatures:
    """Return vectors of another model of a client's server, kept and budgeted where its answers are."""
    service = replace(client.service, model=model)
    return EmbeddedFeatures(task, EmbeddingClient(service, client.store, client.budget))
