"""Answers in a form that the server enforces: the schema it is sent, and what comes back."""

from collections.abc import Callable, Sequence
from typing import Any

from boss.data.types import Example
from boss.models.label_names import folded
from boss.models.llm.entities import Tagged, placed, read_entities
from boss.models.llm.parse import Parsed, declines, nothing, without_reasoning
from boss.models.llm.prompt import Message, shown
from boss.models.llm.strict import NotStrictError, strict_json, strict_object
from boss.models.llm.written import ENTITIES, LABEL, PHRASE, TEXT, TYPE
from boss.tasks import Kind, Task

RESPONSE_FORMAT = "response_format"
"""The parameter of a request that holds the schema."""
KEYS: dict[Kind, str] = {"classification": LABEL, "span": PHRASE, "tagging": ENTITIES}
"""The one key of an answer."""
_NOTE = {
    "classification": 'Write the label into a JSON object: {"label": "..."}.',
    "span": 'Write the phrase into a JSON object: {"answer": "..."}.',
    "tagging": 'Write the list into a JSON object: {"entities": [...]}.',
}


def response_format(kind: Kind, names: Sequence[str]) -> dict[str, Any]:
    """Return the parameter by which an answer can be nothing but an object of a kind of task.

    Args:
        names: labels or entity types, one of which is chosen; not looked at for questions.
    """
    one_of = {"type": "string", "enum": [shown(name) for name in names]}
    value: dict[str, Any]
    if kind == "tagging":
        value = {"type": "array", "items": _object({TYPE: one_of, TEXT: {"type": "string"}})}
    else:
        value = {"type": "string"} if kind == "span" else one_of
    schema = {"name": "answer", "strict": True, "schema": _object({KEYS[kind]: value})}
    return {RESPONSE_FORMAT: {"type": "json_schema", "json_schema": schema}}


def noting(messages: Callable[[Example], list[Message]], kind: Kind) -> Callable[[Example], list[Message]]:
    """Return what asks as ``messages`` does and says at the end in which form the answer is to be.

    A server enforces a schema without telling the model, which would rather write what its prompt asks for.
    """

    def noted(example: Example) -> list[Message]:
        *before, last = messages(example)
        return [*before, {**last, "content": f"{last['content']}\n\n{_NOTE[kind]}"}]

    return noted


def parse_structured(text: str, task: Task, tokens: Sequence[str]) -> Parsed | Tagged:
    """Return what an answer says that should be an object of the task's schema, and nothing else is read.

    Args:
        tokens: of the sentence, for tagging.
    """
    said = without_reasoning(text)
    if not said:
        return nothing(text)
    try:
        value = strict_json(said)
        if task.kind == "tagging":
            if not isinstance(value, dict) or set(value) != {ENTITIES}:
                raise NotStrictError(f"JSON that is no object of {ENTITIES} alone")
            return placed(read_entities(value[ENTITIES], task), tokens)
        answer = strict_object(value, (KEYS[task.kind],))[KEYS[task.kind]].strip()
        if task.kind == "span":
            return Parsed("answered", answer)
        by_name = {folded(shown(label)): label for label in task.labels}
        if folded(answer) not in by_name:
            raise NotStrictError("a label that the task does not have")
        return Parsed("answered", by_name[folded(answer)])
    except NotStrictError as error:
        if declines(said):
            return Parsed("refused", reason="the model declined in words")
        return Parsed("unparsable", reason=str(error))


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
