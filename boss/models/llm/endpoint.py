"""A language model behind any OpenAI-compatible server, as a model of a task."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from boss.data.types import Example
from boss.errors import ConfigError
from boss.models.fitted import Answer
from boss.models.label_names import folded
from boss.models.llm.answer import EndpointAnswer
from boss.models.llm.budget import Budget
from boss.models.llm.client import LIMITS, Client, Question
from boss.models.llm.probe import probe
from boss.models.llm.prompt import Message, Prompt, find_prompt, shown
from boss.models.llm.service import Service, openai
from boss.models.llm.store import Store, key_of
from boss.models.method import Method
from boss.models.options import HIDDEN, options_of, require
from boss.models.recipe import BaseRecipe, Particulars, Start
from boss.tasks import Task

STORE = Path("answers") / "endpoint.sqlite"
"""In the cache."""
MOST_LOGPROBS = 20
_OWN = frozenset(
    {"model", "messages", "temperature", "seed", "logprobs", "top_logprobs", "n", "stream", *LIMITS}
)


@dataclass(frozen=True, kw_only=True)
class Endpoint(BaseRecipe):
    """Recipe for a model that is asked through the chat completions of a server.

    Attributes:
        base_url: of the server; most end in ``/v1``. ``name``: of the model, as the server calls it.
        key_env: environment variable that holds the key; None for a server that asks for none.
        answer: ``generate`` gives labels (or phrases) as the model writes them, ``logprobs`` the labels'
            probabilities by the first token. Never mixed: they are two models.
        prompt: name of a file below ``conf/prompt/TASK`` or ``conf/prompt/KIND``, or a file of one's own.
        temperature, seed: None leaves the parameter out. ``sample`` tells answers to the same question apart:
            it is added to the seed.
        max_tokens: of an answer under ``generate``, reasoning included; one under ``logprobs``.
        limit_name: what the server calls that.
        top_logprobs: tokens to ask for; a label that is not among them is bounded (`boss.models.llm.scores`).
        server: name of the server's state, in the place of the fingerprint that it gives.
        extra: further parameters of the request, as its provider documents them.
        budget: options of `boss.models.llm.budget.Budget`.
        concurrency, timeout, retries: see `boss.models.llm.client.Service`.
    """

    adapter: ClassVar[str] = "endpoint"
    ready: ClassVar[tuple[str, ...]] = ("none",)

    base_url: str
    name: str = ""  # a default, so that it takes the place of the property
    key_env: str | None = field(default=None, metadata=HIDDEN)
    answer: Literal["generate", "logprobs"] = "generate"
    prompt: str = "plain"
    temperature: float | None = 0
    seed: int | None = 0
    sample: int = 0
    max_tokens: int = 64
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
        _check_url(self.base_url)
        if not self.name:
            raise ConfigError("model.name is empty; name the model as the server calls it: model.name=NAME")
        if self.answer not in ("generate", "logprobs"):
            raise ConfigError(f"model.answer must be generate or logprobs, got {self.answer!r}")
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
            ("max_tokens", 1, 10**6),
            ("top_logprobs", 2, MOST_LOGPROBS),
            ("concurrency", 1, 1000),
            ("retries", 0, 100),
        ):
            require(name, getattr(self, name), low=low, high=high)
        require("timeout", self.timeout, above=0)
        if taken := sorted(_OWN & set(self.extra)):
            raise ConfigError(f"model.extra.{taken[0]} has an option of its own or is fixed; leave it out")
        Budget.from_options(self.budget)

    @property
    def unseen(self) -> str:
        """What decides the answers beyond what its identity holds, for whoever goes on with a run."""
        return (
            f"{self.name} at {self.base_url}: its name and the fingerprint that the server gives are "
            "compared with those of before; whether the weights behind them have changed cannot be known"
        )

    def options(self) -> dict[str, Any]:
        """Return the options that decide the answers; of a prompt the name; its words count besides."""
        return {**options_of(self), "prompt": Path(self.prompt).stem}

    def start(self, task: Task, method: str | Method, cache: Path) -> Start:
        """Find the prompt, and out what the server can do; nothing is fitted.

        Raises:
            ConfigError: if the task, the prompt or the key is not for this.
            ModelError: if the server does not answer, or gives no log-probabilities where they are asked for.
            OutOfBudget: if nothing may be asked.
        """
        _check_task(task, self.answer)
        prompt = find_prompt(self.prompt, task)
        openai()
        budget, service = Budget.from_options(self.budget), self._service()
        client = Client(service, Store(cache / STORE), budget)
        where = f"{self.name} at {self.base_url}"
        _say(f"{where}: {budget.in_words(client.store.spent(service.account))}")
        ask = partial(self._question, "")
        probed = probe(client, ask, self.parameters(), scores=self.answer == "logprobs")
        _say(f"{where}: {probed.said}")
        state = probed.fingerprint if self.server is None else self.server
        particulars = Particulars(
            id=f"{self.name} ({self.answer}, {prompt.name})",
            licence="unknown",
            revision=state or "unknown",
            weights_sha256="unknown",
            training_datasets=("unknown",),
            dtype="unknown",
        )
        head = EndpointHead(self, task, prompt, client, state)
        return Start(head, particulars, key_of({"prompt": prompt.sha256, "server": state}))

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of every request."""
        scores = self.answer == "logprobs"
        out: dict[str, Any] = {**self.extra, self.limit_name: 1 if scores else self.max_tokens}
        if self.temperature is not None:
            out["temperature"] = self.temperature
        if self.seed is not None:
            out["seed"] = self.seed + self.sample
        if scores:
            out |= {"logprobs": True, "top_logprobs": self.top_logprobs}
        return options_of_json(out)

    def _question(self, state: str, messages: list[Message], parameters: Mapping[str, Any]) -> Question:
        key = key_of(
            {
                "base_url": self.base_url,
                "model": self.name,
                "server": state,
                "messages": messages,
                "parameters": dict(parameters),
                "sample": self.sample,
            }
        )
        return Question(key, messages, parameters)

    def question(self, state: str, messages: list[Message]) -> Question:
        """Return a question to the server in a state, with everything that decides its answer."""
        return self._question(state, messages, self.parameters())

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
        """Return what asks it; nothing is read."""
        recipe = self.recipe
        return EndpointAnswer(
            self.task,
            self.asking,
            self.client,
            name=recipe.name,
            scores=recipe.answer == "logprobs",
            state=self.state if recipe.server is None else None,
        )

    def asking(self, example: Example) -> Question:
        """Return the question about an example."""
        return self.recipe.question(self.state, self.prompt.messages(example))


def options_of_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values plain enough for JSON: lists and maps of a configuration become plain ones."""
    return {str(name): _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return options_of_json(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"model.base_url={url!r} must be an address such as http://127.0.0.1:8000/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigError(
            "model.base_url holds a user, a password or a query, and is written into every record; leave "
            "them out, and give the key by an environment variable: model.key_env=NAME"
        )


def _check_task(task: Task, answer: str) -> None:
    if task.kind == "tagging":
        raise ConfigError(
            f"model=endpoint answers tasks of the kinds classification, pair and span, and {task.name} is of "
            "the kind tagging; leave it out of task="
        )
    if task.kind == "span":
        if answer == "logprobs":
            raise ConfigError(
                f"model.answer=logprobs is for tasks with labels, and {task.name} has none; "
                "model.answer=generate"
            )
        return
    names = [folded(shown(label)) for label in task.labels]
    for place, name in enumerate(names):
        if not name or name in names[:place]:
            raise ConfigError(
                f"labels of task {task.name}: {task.labels[place]!r} cannot be told from others by its "
                "letters, and a model answers in words; rename it in the task's file"
            )
        inside = [other for other in names if other != name and other.startswith(name)]
        if answer == "logprobs" and inside:
            raise ConfigError(
                f"labels of task {task.name}: {name!r} is how {inside[0]!r} begins, so their first tokens "
                "may be the same; rename one in the task's file, or model.answer=generate"
            )


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
