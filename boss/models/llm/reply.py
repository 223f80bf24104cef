"""One answer of a server, read strictly from the bytes it sent."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


class BadReplyError(Exception):
    """What a server sent is no answer; its text names the rule, never what was sent."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer.

    Attributes:
        text: what the model wrote, without what a server sends apart as its reasoning.
        finish: why it ended, as the server says: ``stop``, ``length``, ``content_filter`` ...
        refused: the server or the model says so by a field of its own.
        top: of the first token the likeliest ones with their log-probabilities, as sent; None where absent.
        fingerprint: ``system_fingerprint``, empty where there is none.
        n_input, n_output: tokens as the server counts them, None where it does not.
    """

    text: str
    finish: str
    refused: bool = False
    top: tuple[tuple[str, float], ...] | None = None
    token: str | None = None
    logprob: float | None = None
    fingerprint: str = ""
    n_input: int | None = None
    n_output: int | None = None

    def to_json(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Reply":
        """Read what `to_json` wrote."""
        values = json.loads(text)
        if values["top"] is not None:
            values["top"] = tuple((str(token), float(value)) for token, value in values["top"])
        return cls(**values)


REFUSED = Reply("", "content_filter", refused=True)
"""What stands for an answer that the server's filter held back."""


def read_reply(body: str) -> Reply:
    """Read the body of a chat completion.

    Raises:
        BadReplyError: if it is none.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise BadReplyError("the answer is no JSON") from None
    choices = data.get("choices") if isinstance(data, Mapping) else None
    if not (isinstance(choices, list) and choices and isinstance(choices[0], Mapping)):
        raise BadReplyError("the answer has no choices")
    choice = choices[0]
    message = choice.get("message")
    if not isinstance(message, Mapping):
        raise BadReplyError("the answer has no message")
    content = message.get("content")
    if content is not None and not isinstance(content, str):
        raise BadReplyError("the answer's content is no text")
    finish = str(choice.get("finish_reason") or "")
    top, token, logprob = _first_token(choice.get("logprobs"))
    usage = data.get("usage")
    usage = usage if isinstance(usage, Mapping) else {}
    return Reply(
        text=_clean(content or ""),
        finish=finish,
        refused=bool(message.get("refusal")) or finish == "content_filter",
        top=top,
        token=token,
        logprob=logprob,
        fingerprint=_clean(str(data.get("system_fingerprint") or "")),
        n_input=_count(usage.get("prompt_tokens")),
        n_output=_count(usage.get("completion_tokens")),
    )


def _first_token(logprobs: Any) -> tuple[tuple[tuple[str, float], ...] | None, str | None, float | None]:
    content = logprobs.get("content") if isinstance(logprobs, Mapping) else None
    if not (isinstance(content, list) and content and isinstance(content[0], Mapping)):
        return None, None, None
    first = content[0]
    token = first.get("token")
    return _top(first.get("top_logprobs")), _clean(token) if isinstance(token, str) else None, _number(first)


def _top(entries: Any) -> tuple[tuple[str, float], ...] | None:
    if not (isinstance(entries, Sequence) and not isinstance(entries, str) and entries):
        return None
    out = []
    for entry in entries:
        value = _number(entry)
        if value is None or not isinstance(entry.get("token"), str):
            return None
        out.append((_clean(entry["token"]), value))
    return tuple(out)


def _number(entry: Any) -> float | None:
    """Return an entry's log-probability; infinity stays, as a server may mean a probability of 0 by it."""
    value = entry.get("logprob") if isinstance(entry, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        return None
    return float(value)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _clean(text: str) -> str:
    """Return a text that can be written as UTF-8: half of a pair of surrogates becomes a sign for it."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
