"""Finds out at the start what a server can do, by questions whose answers are known."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from boss.errors import ModelError
from boss.models.label_names import folded
from boss.models.llm.client import Client, Failure, Question
from boss.models.llm.parse import without_reasoning
from boss.models.llm.prompt import Message
from boss.models.llm.reply import Reply
from boss.models.llm.strict import NotStrictError, strict_json
from boss.models.llm.structured import RESPONSE_FORMAT

PROBES = (
    ("Which of these words is a colour: blue, table, seven? Answer with that word alone.", "blue"),
    ("Which of these words is a number: blue, table, seven? Answer with that word alone.", "seven"),
)
"""Questions and their answers, which every language model of today should know."""
NEVER = -1000.0
"""No model gives the likeliest token a log-probability below this: −9999 stands for none."""
WORDS = ("blue", "table", "seven")
"""What the first question chooses among: the labels of its schema where answers are structured."""
_OVER_ONE = 1.01
_ELSE = "ask for labels instead: model.answer=generate (which is attacked under access=rule or decision)"
Ask = Callable[[list[Message], Mapping[str, Any]], Question]


class Probed(NamedTuple):
    """What a server can do; ``said`` is that in words, ``fingerprint`` its own, empty where it gives none."""

    fingerprint: str
    said: str


def probe(client: Client, ask: Ask, parameters: Mapping[str, Any], *, scores: bool) -> Probed:
    """Ask what is known; nothing of it is kept, since a server may have changed.

    Args:
        ask: makes a question.
        parameters: of the requests.
        scores: log-probabilities are needed; two questions are asked then, else one.

    Raises:
        ModelError: if the server does not answer, or its log-probabilities are none; with the cure.
        OutOfBudget: if not even this may be asked.
    """
    chosen = PROBES if scores else PROBES[:1]
    questions = [ask([{"role": "user", "content": text}], parameters) for text, _ in chosen]
    replies = []
    for answer in client.ask(questions, keep=False):
        if isinstance(answer, Failure):
            where = f"{client.service.model} at {client.service.base_url}"
            said = f" ({answer.detail})" if answer.detail else ""
            raise ModelError(
                f"{where} does not answer a question whose answer is known: {answer.reason}{said}; "
                f"{_cure(parameters)}"
            )
        replies.append(answer)
    if scores:
        check_scores(replies)
    if RESPONSE_FORMAT in parameters:
        check_structured(replies, parameters)
    known = sum(_knows(reply, right) for reply, (_, right) in zip(replies, chosen, strict=True))
    first = replies[0]
    words = [
        f"answers {known} of {len(chosen)} known questions right",
        f"fingerprint {first.fingerprint}" if first.fingerprint else "gives no fingerprint of its own",
    ]
    if scores:
        n_top = min(len(reply.top or ()) for reply in replies)
        words.append(f"gives log-probabilities of the {n_top} likeliest tokens")
        if n_top < int(parameters["top_logprobs"]):
            words.append(f"asked for {parameters['top_logprobs']}: more labels will be bounded than need be")
    if first.n_input is None or first.n_output is None:
        words.append("does not count tokens, so the most they can be is charged")
    return Probed(first.fingerprint, "; ".join(words))


def check_scores(replies: list[Reply]) -> None:
    """Refuse log-probabilities that are none.

    Raises:
        ModelError: saying what is wrong with them.
    """
    tops = [reply.top for reply in replies]
    wrong = next(filter(None, map(_wrong, replies)), None)
    if wrong is None and len(tops) > 1 and tops[0] == tops[1]:
        wrong = "are the same for two different questions"
    if wrong is not None:
        raise ModelError(
            f"model.answer=logprobs: the server's log-probabilities {wrong}, so they say nothing of labels. "
            f"Switch them on at the server, if it has them, or {_ELSE}"
        )


def check_structured(replies: list[Reply], parameters: Mapping[str, Any]) -> None:
    """Refuse a server that takes a schema and does not hold to it.

    Raises:
        ModelError: saying what came back.
    """
    keys = parameters[RESPONSE_FORMAT]["json_schema"]["schema"]["required"]
    for reply in replies:
        try:
            value = strict_json(without_reasoning(reply.text))
        except NotStrictError:
            value = None
        if isinstance(value, dict) and list(value) == keys:
            continue
        if reply.finish == "length":
            raise ModelError(
                "model.structured=true: the answer to a question whose answer is known was cut off; allow "
                "more, such as model.max_tokens=4096 for a model that reasons"
            )
        raise ModelError(
            "model.structured=true: the server took the schema (response_format) and did not hold the answer "
            "to it; ask without: model.structured=false"
        )


def _wrong(reply: Reply) -> str | None:
    if reply.top is None:
        return "are absent (no top_logprobs of the first token)"
    values = [value for _, value in reply.top]
    if len(values) > 1 and len(set(values)) == 1:
        zero = "0, as if each were certain" if values[0] == 0 else f"{values[0]:g}"
        return f"are constant: every token has {zero}"
    if max(values) <= NEVER:
        return f"are {max(values):g} at most: a number that stands for none"
    if max(values) > 0 or sum(math.exp(value) for value in values) > _OVER_ONE:
        return "are no log-probabilities: together they are more likely than 1"
    if values == [0.0]:
        return "are one token with 0, as if it were certain"
    likeliest = max(reply.top, key=lambda pair: pair[1])
    if reply.token is not None and dict(reply.top).get(reply.token, -math.inf) < likeliest[1]:
        return "do not belong to the answer: its token is not the likeliest at temperature 0"
    return None


def _knows(reply: Reply, right: str) -> bool:
    said = folded(without_reasoning(reply.text) or (reply.token or ""))
    # Of log-probabilities one token is asked for, which may be the beginning of the word.
    return bool(said) and (right in said.split() or (reply.top is not None and right.startswith(said)))


def _cure(parameters: Mapping[str, Any]) -> str:
    if RESPONSE_FORMAT in parameters:
        return "it may not take a schema (response_format); model.structured=false asks without one"
    if "logprobs" in parameters:
        return f"fewer may be allowed, model.top_logprobs=5; otherwise {_ELSE}"
    return (
        "see which parameters it takes: model.temperature=null and model.seed=null leave them out, "
        "model.limit_name=max_completion_tokens is newer"
    )
