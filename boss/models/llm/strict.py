"""JSON that a model wrote, read strictly; what is wrong is said without a word of it."""

import json
from collections.abc import Collection
from typing import Any

LONGEST_JSON = 200_000
"""Characters of an answer that are read as JSON."""


class NotStrictError(Exception):
    """What a model wrote is not what was asked for; its text names the rule."""


def strict_json(text: str) -> Any:
    """Return the value of a text that is JSON from end to end, no key of an object twice.

    In linear time, whatever the text; what is nested deeper than Python's own limit is no JSON.

    Raises:
        NotStrictError: if it is something else, or longer than `LONGEST_JSON`.
    """
    if len(text) > LONGEST_JSON:
        raise NotStrictError(f"{len(text):,} characters of JSON, and {LONGEST_JSON:,} are read")
    try:
        return json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise NotStrictError("not valid JSON") from None


def strict_object(value: Any, keys: Collection[str]) -> dict[str, str]:
    """Return a value that is an object of exactly these keys with a text each, which are not empty.

    Raises:
        NotStrictError: if it is something else.
    """
    if not isinstance(value, dict):
        raise NotStrictError("JSON without the objects that were asked for")
    if value.keys() != set(keys):
        raise NotStrictError(f"an object with other keys than {' and '.join(keys)}")
    for key, text in value.items():
        if not isinstance(text, str):
            raise NotStrictError(f"a value of {key} that is no text")
        if not text.strip():
            raise NotStrictError(f"an empty value of {key}")
        if any("\ud800" <= char <= "\udfff" for char in text):
            raise NotStrictError(f"half a character in a value of {key}")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise NotStrictError("a key twice in an object")
    return out
