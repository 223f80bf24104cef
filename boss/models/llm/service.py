"""A server, how it is called, and what its errors mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal, NamedTuple

from boss.errors import ModelError
from boss.models import calls
from boss.models.llm.reply import BadReplyError
from boss.models.llm.store import key_of

_AGAIN = frozenset({408, 409, 425})
_FOR_ALL = frozenset({401, 402, 403, 404, 405})
_FILTERED = ("content_filter", "content_policy", "content_management", "moderation", "flagged", "safety")
_UNSENT = frozenset({"ConnectError", "ConnectTimeout", "UnsupportedProtocol", "LocalProtocolError"})
_LONGEST_SAID = 300


@dataclass(frozen=True)
class Service:
    """A model on a server and how it is called.

    Attributes:
        key: sent as a bearer token; empty where the server asks for none. Never written anywhere.
        concurrency: requests under way at a time, at most.
        timeout: seconds one request may take, all in all.
        retries: of a request that is refused for its rate, breaks off or meets a fault of the server.
    """

    base_url: str
    model: str
    key: str = field(default="", repr=False)
    concurrency: int = 8
    timeout: float = 120
    retries: int = 5

    @property
    def account(self) -> str:
        """Name of what its spending is counted under."""
        return key_of({"base_url": self.base_url, "model": self.model})

    def without_key(self, text: str) -> str:
        """Return a text in which the key does not stand."""
        return text.replace(self.key, "***") if self.key else text


class Trouble(NamedTuple):
    """What went wrong with one request.

    Attributes:
        kind: ``again`` may go away, ``limited`` will, ``failed`` stays for this question, ``stop`` for all.
        sent: the request may have reached the server; ``read``: and may have been worked on.
    """

    kind: Literal["again", "limited", "refused", "failed", "stop"]
    said: str
    sent: bool = True
    read: bool = False
    detail: str = ""


def openai() -> Any:
    """Return the client's package.

    Raises:
        ModelError: if it is not installed.
    """
    try:
        return import_module("openai")
    except ImportError as error:
        raise ModelError(
            f"model=endpoint needs the package openai, which cannot be imported ({error}); "
            "pip install 'boss-robtest[llm]', or pip install 'openai>=3,<4'"
        ) from error


def trouble_of(error: Exception, service: Service) -> Trouble:
    """Return what an exception of a request means.

    Raises:
        Exception: one that is no trouble of the server's but a fault of this code.
    """
    package = openai()
    if isinstance(error, BadReplyError):
        return Trouble("again", str(error), read=True)
    if isinstance(error, TimeoutError | package.APITimeoutError):
        return Trouble("again", f"no answer within {service.timeout:g} seconds", read=True)
    status = getattr(error, "status_code", None)
    if isinstance(error, package.APIStatusError) and isinstance(status, int):
        return _of_status(status, _words(error, service), service)
    if isinstance(error, package.APIConnectionError):
        cause = type(error.__cause__).__name__
        if cause in _UNSENT:
            return Trouble("again", f"no connection ({cause})", sent=False)
        return Trouble("again", f"the connection broke off ({cause})", read=True)
    if isinstance(error, package.APIError):  # such as a body that it cannot decode
        return Trouble("again", type(error).__name__, read=True)
    raise error


def _of_status(status: int, words: str, service: Service) -> Trouble:
    said = f"HTTP {status}"
    filtered = any(word in words.casefold() for word in _FILTERED)
    if status == calls.TOO_MANY:
        if "insufficient_quota" in words:
            return Trouble("stop", f"{said}: {words}; add credit, then start the same command again")
        return Trouble("limited", said)
    if status >= 500 or status in _AGAIN:
        return Trouble("again", said, read=True)
    if filtered and status in (400, 403, 422):
        return Trouble("refused", said)
    if status in (401, 403):
        cure = "name the environment variable that holds the key: model.key_env=OPENAI_API_KEY"
        return Trouble(
            "stop", f"{said}: {words}; {cure}" if not service.key else f"{said}: {words}; see the key"
        )
    if status in _FOR_ALL or (status == 400 and "model_not_found" in words):
        return Trouble("stop", f"{said}: {words}; see model.base_url (most end in /v1) and model.name")
    return Trouble("failed", said, detail=words)


def _words(error: Exception, service: Service) -> str:
    """Return what a server said of an error, cut short and without the key."""
    body = getattr(error, "body", None)
    if isinstance(body, Mapping):
        inner = body.get("error", body)
        parts = [inner.get("code"), inner.get("message")] if isinstance(inner, Mapping) else [inner]
        text = ": ".join(str(part) for part in parts if part)
    else:
        text = str(body or "no message")
    return " ".join(service.without_key(text).split())[:_LONGEST_SAID]
