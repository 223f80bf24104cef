"""The addresses of the API, as they are described to readers: parameters, answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from leaderboard.web.api import answers
from leaderboard.web.api.schema import Index, Leaderboard, Models, RecordPage

_SAID: Mapping[str, str] = {
    "suite": "Name of the suite.",
    "task": "Name of the task.",
    "model": "Name of the model, as the run has it.",
    "method": "How it was trained.",
    "dataset": "Name of the data set.",
    "attack": "Name of the attack; without it a board is that of clean numbers.",
    "metric": "Name of the metric.",
    "aggregate": "What was made of the copies: clean, average, worst and so on.",
    "tag": "Tag of the attack.",
    "degree": "Measured degree of the attack, from 0 to 1.",
    "sort": "Key of the column to sort and rank by.",
    "order": "Which end stands first.",
    "limit": "Records of a page.",
    "offset": "Records before the page.",
    answers.SNAPSHOT: "Name of a state of the site; without it that of today.",
}
_SCHEMA: Mapping[str, dict[str, Any]] = {
    "degree": {"type": "number", "minimum": 0, "maximum": 1},
    "order": {"type": "string", "enum": list(answers.ORDERS), "default": answers.ORDERS[0]},
    "limit": {"type": "integer", "minimum": 1, "maximum": answers.MOST, "default": answers.LIMIT},
    "offset": {"type": "integer", "minimum": 0, "maximum": 10**9, "default": 0},
    answers.SNAPSHOT: {"type": "string", "pattern": "^[0-9a-f]{16}$"},
}


@dataclass(frozen=True)
class Place:
    """An address.

    Attributes:
        answer: what it answers; None for a JSON Schema.
        several: whether its filters may be given several times.
    """

    name: str
    summary: str
    parameters: tuple[str, ...]
    answer: type[BaseModel] | None
    several: bool = False

    def described(self) -> list[dict[str, Any]]:
        """Return its parameters as OpenAPI has them."""
        return [self._described(name) for name in self.parameters]

    def _described(self, name: str) -> dict[str, Any]:
        schema = _SCHEMA.get(name, {"type": "string"})
        said = _SAID[name]
        if self.several and name in answers.FILTERS:
            schema, said = {"type": "array", "items": schema}, f"{said} Given several times it means any."
        return {"name": name, "in": "query", "required": False, "description": said, "schema": schema}


PLACES: Mapping[str, Place] = {
    "/": Place(
        "index", "Versions, counts, the snapshot, runs that could not be read", (answers.SNAPSHOT,), Index
    ),
    "/records": Place("records", "Every number that counts", answers.RECORDS, RecordPage, several=True),
    "/leaderboard": Place("leaderboard", "The board, with all its columns", answers.LEADERBOARD, Leaderboard),
    "/models": Place("models", "What the records say of each model", (answers.SNAPSHOT,), Models),
    "/schema": Place("schema", "JSON Schema (2020-12) of all answers and of a stored record", (), None),
}
