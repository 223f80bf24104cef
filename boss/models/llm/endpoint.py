"""A language model behind any OpenAI-compatible server, as a model of a task."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from boss.data.types import Example, Split
from boss.errors import ConfigError
from boss.models.fitted import Answer
from boss.models.llm.answer import EndpointAnswer
from boss.models.llm.budget import Budget, Spent
from boss.models.llm.client import LIMITS, Client, Question
from boss.models.llm.estimate import bill, estimate
from boss.models.llm.probe import WORDS, probe
from boss.models.llm.prompt import Message, Prompt
from boss.models.llm.prompted import (
    IN_CONTEXT,
    Prompted,
    ShownFirst,
    check_task,
    shown_first,
    with_demonstrations,
)
from boss.models.llm.service import Service, openai
from boss.models.llm.store import Store, key_of
from boss.models.llm.structured import RESPONSE_FORMAT, noting, response_format
from boss.models.method import Method
from boss.models.options import HIDDEN, plain, require
from boss.models.recipe import Particulars, Start
from boss.tasks import Kind, Task

STORE = Path("answers") / "endpoint.sqlite"
"""In the cache."""
MOST_LOGPROBS = 20
MAX_TOKENS: Mapping[Kind, int] = {"classification": 32, "span": 128, "tagging": 512}
"""Of an answer, by the kind of task: what the longest right answers of the mini suite need, and some."""
_OWN = {RESPONSE_FORMAT, "model", "messages", "temperature", "seed", "n", "stream", *LIMITS}
_OWN |= {"logprobs", "top_logprobs"}


@dataclass(frozen=True, kw_only=True)
class Endpoint(Prompted):
    """Recipe for a model that is asked through the chat completions of a server.

    Under ``answer=logprobs`` a label's probability is that of its first token.

    Attributes:
        base_url: of the server; most end in ``/v1``. ``name``: of the model, as the server calls it.
        key_env: environment variable that holds the key; None for a server that asks for none.
        temperature, seed: None leaves the parameter out. ``sample`` tells answers to the same question apart:
            it is added to the seed.
        noise: no server says whether it answers a text alike each time, so clean texts are asked twice, and
            copies that are answered worse (`boss.noise`), as the next sample; False takes it that it does.
        max_tokens: of an answer, reasoning included; None is `MAX_TOKENS` of the task's kind, and that number
            is recorded. Under ``logprobs`` one token is asked for.
        structured: the server holds answers to the task's schema (``response_format``).
        limit_name: what the server calls that.
        top_logprobs: tokens to ask for; a label that is not among them is bounded (`boss.models.llm.scores`).
        server: name of the server's state, in the place of the fingerprint that it gives.
        extra: further parameters of the request, as its provider documents them.
        budget: options of `boss.models.llm.budget.Budget`.
        concurrency, timeout, retries: see `boss.models.llm.client.Service`.
    """

    adapter: ClassVar[str] = "endpoint"

    base_url: str
    name: str = ""  # a default, so that it takes the place of the property
    key_env: str | None = field(default=None, metadata=HIDDEN)
    temperature: float | None = 0
    seed: int | None = 0
    sample: int = 0
    noise: bool = True
    max_tokens: int | None = None
    structured: bool = False
    limit_name: str = "max_tokens"
    top_logprobs: int = MOST_LOGPROBS
    server: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    budget: Mapping[str, Any] = field(default_factory=dict, metadata=HIDDEN)
    concurrency: int = field(default=8, metadata=HIDDEN)
    timeout: float = field(default=120, metadata=HIDDEN)
    retries: int = field(default=5, metadata=HIDDEN)

    def __post_init__(self) -> None:
        """Refuse options out of range."""
        super().__post_init__()
        _check_url(self.base_url)
        if not self.name:
            raise ConfigError("model.name is empty; name the model as the server calls it: model.name=NAME")
        if self.limit_name not in LIMITS:
            raise ConfigError(f"model.limit_name must be {' or '.join(LIMITS)}, got {self.limit_name!r}")
        if self.temperature is not None:
            require("temperature", self.temperature, low=0, high=2)
            if self.answer == "logprobs" and self.temperature != 0:
                raise ConfigError(
                    f"model.temperature={self.temperature:g} changes what model.answer=logprobs reads at "
                    "some servers and not at others; leave it at 0"
                )
        for name, low, high in (
            ("sample", 0, 2**31),
            *((("max_tokens", 1, 10**6),) if self.max_tokens is not None else ()),
            ("top_logprobs", 2, MOST_LOGPROBS),
            ("concurrency", 1, 1000),
            ("retries", 0, 100),
        ):
            require(name, getattr(self, name), low=low, high=high)
        require("timeout", self.timeout, above=0)
        if taken := sorted(_OWN & set(self.extra)):
            raise ConfigError(f"model.extra.{taken[0]} has an option of its own or is fixed; leave it out")
        if self.structured and self.answer == "logprobs":
            raise ConfigError(
                "model.structured=true is for answers that are written, and model.answer=logprobs reads one "
                "token; model.structured=false"
            )
        if not isinstance(self.noise, bool):
            raise ConfigError(f"model.noise must be true or false, got {self.noise!r}")
        Budget.from_options(self.budget)

    @property
    def unseen(self) -> str:
        """What decides the answers beyond what its identity holds, for whoever goes on with a run."""
        return (
            f"{self.name} at {self.base_url}: its name and the fingerprint that the server gives are "
            "compared with those of before; whether the weights behind them have changed cannot be known"
        )

    def for_task(self, task: Task) -> "Endpoint":
        """Return the recipe with the limit of an answer that a task is asked with."""
        return replace(self, max_tokens=self._limit(task))

    def _limit(self, task: Task) -> int:
        return MAX_TOKENS[task.kind] if self.max_tokens is None else self.max_tokens

    def start(self, task: Task, method: str | Method, cache: Path) -> Start:
        """Find the prompt, and out what the server can do; with ``in_context`` demonstrations are chosen.

        Raises:
            ConfigError: if the task, the prompt or the key is not for this.
            ModelError: if the server does not answer, or gives no log-probabilities where they are asked for.
            OutOfBudget: if nothing may be asked.
        """
        check_task(task, self.answer, first_token=True)
        prompt = self.prompt_for(task)
        openai()
        budget, service = Budget.from_options(self.budget), self._service()
        client = Client(service, Store(cache / STORE), budget)
        where = f"{self.name} at {self.base_url}"
        _say(f"{where}: {budget.in_words(client.store.spent(service.account))}")
        ask = partial(self._question, "")
        form = response_format(task.kind, WORDS) if self.structured else {}
        probed = probe(client, ask, {**self.parameters(task), **form}, scores=self.answer == "logprobs")
        _say(f"{where}: {probed.said}")
        state = probed.fingerprint if self.server is None else self.server
        particulars = Particulars(
            id=self.shown_as(self.name, prompt, method),
            licence="unknown",
            revision=state or "unknown",
            weights_sha256="unknown",
            training_datasets=("unknown",),
            dtype="unknown",
        )
        head = EndpointLearner if method == IN_CONTEXT else EndpointHead
        return Start(
            head(self, task, prompt, client, state),
            particulars,
            key_of({"prompt": prompt.sha256, "server": state}),
        )

    def cost_of(
        self,
        task: Task,
        train: Split | None,
        asked: Iterable[tuple[Example, int]],
        *,
        method: str | Method,
        seed: int,
    ) -> Spent:
        """Return what questions cost at most (`boss.plan.Priced`)."""
        check_task(task, self.answer, first_token=True)
        prompt = self.prompt_for(task)
        if method == IN_CONTEXT and train is not None:
            prompt = shown_first(prompt, self.chosen(task, train, seed), structured=self.structured)
        return estimate(self.words(prompt), self.parameters(task), asked)

    def bill(self, most: Spent, cache: Path) -> str:
        """Say what is spent at most, and whether the budget holds it (`boss.plan.Priced`)."""
        service = Service(self.base_url, self.name)
        return bill(service, Budget.from_options(self.budget), most, cache / STORE)

    def words(self, prompt: Prompt) -> Callable[[Example], list[Message]]:
        """Return what makes the messages about an example."""
        return noting(prompt.messages, prompt.task.kind) if self.structured else prompt.messages

    def parameters(self, task: Task, *, sample: int | None = None) -> dict[str, Any]:
        """Return the parameters of every request of a sample, by default the recipe's."""
        scores = self.answer == "logprobs"
        out: dict[str, Any] = {**self.extra, self.limit_name: 1 if scores else self._limit(task)}
        if self.temperature is not None:
            out["temperature"] = self.temperature
        if self.seed is not None:
            out["seed"] = self.seed + (self.sample if sample is None else sample)
        if scores:
            out |= {"logprobs": True, "top_logprobs": self.top_logprobs}
        if self.structured:
            out |= response_format(task.kind, task.types)
        return {name: plain(value) for name, value in out.items()}

    def _question(
        self, state: str, messages: list[Message], parameters: Mapping[str, Any], *, more: int = 0
    ) -> Question:
        key = key_of(
            {
                "base_url": self.base_url,
                "model": self.name,
                "server": state,
                "messages": messages,
                "parameters": dict(parameters),
                "sample": self.sample + more,
            }
        )
        return Question(key, messages, parameters)

    def question(self, task: Task, state: str, messages: list[Message], *, more: int = 0) -> Question:
        """Return a question to the server in a state, with everything that decides its answer.

        Args:
            more: samples behind the recipe's own.
        """
        parameters = self.parameters(task, sample=self.sample + more)
        return self._question(state, messages, parameters, more=more)

    def _service(self) -> Service:
        key = ""
        if self.key_env is not None:
            key = os.environ.get(self.key_env, "").strip()
            if not key:
                raise ConfigError(
                    f"model.key_env={self.key_env}: there is no such environment variable, or it is empty; "
                    f"export {self.key_env}=..., or model.key_env=null for a server that asks for no key"
                )
        return Service(self.base_url, self.name, key, self.concurrency, self.timeout, self.retries)


@dataclass(frozen=True)
class EndpointHead:
    """A model as its server has it (implements `boss.models.recipe.Head`)."""

    recipe: Endpoint
    task: Task
    prompt: Prompt
    client: Client
    state: str

    def load(self, folder: Path) -> Answer:
        """Return what asks it, with the demonstrations in ``folder`` where there are any."""
        recipe = self.recipe
        prompt = with_demonstrations(self.prompt, folder, structured=recipe.structured)
        head = replace(self, prompt=prompt)
        return EndpointAnswer(
            self.task,
            head.asking,
            self.client,
            name=recipe.name,
            scores=recipe.answer == "logprobs",
            state=self.state if recipe.server is None else None,
            structured=recipe.structured,
            order=prompt.label_order,
            asking_again=partial(head.asking, more=1) if recipe.noise else None,
        )

    def asking(self, example: Example, *, more: int = 0) -> Question:
        """Return the question about an example, of the recipe's sample or of one behind it."""
        return self.recipe.question(self.task, self.state, self.recipe.words(self.prompt)(example), more=more)


@dataclass(frozen=True)
class EndpointLearner(ShownFirst, EndpointHead):
    """The same, shown examples first."""


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"model.base_url={url!r} must be an address such as http://127.0.0.1:8000/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigError(
            "model.base_url holds a user, a password or a query, and is written into every record; leave "
            "them out, and give the key by an environment variable: model.key_env=NAME"
        )


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
