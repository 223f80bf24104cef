"""JSON from outside: small, flat and plain enough to be handed to a parser of records."""

import json
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Any, NoReturn

from leaderboard.submission.findings import Finding
from leaderboard.submission.limits import LIMITS, Limits

_CURE = "Send the file as the run wrote it."


def check_json(path: Path, name: str, limits: Limits = LIMITS) -> Iterator[Finding]:
    """Yield what is wrong with a file of JSON, or of JSON lines where its name ends in ``.jsonl``.

    That is: too large, not UTF-8, not JSON, a key given twice, NaN or infinity, nested too deep, a string
    that is too long or holds half a character.
    """
    if path.stat().st_size > limits.text_bytes:
        yield _finding("too_large", name, None, f"is over {limits.text_bytes:,} bytes")
        return
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        yield _finding("json", name, None, f"is not UTF-8: {error.reason}")
        return
    lines = [text]
    if name.endswith(".jsonl"):
        lines = text.removesuffix("\n").split("\n") if text else []
    if len(lines) > limits.lines:
        yield _finding("too_large", name, None, f"{len(lines):,} lines; the limit is {limits.lines:,}")
        return
    for n, line in enumerate(lines, 1):
        try:
            _check_value(json.loads(line, parse_constant=_constant, object_pairs_hook=_object), limits)
        except RecursionError:
            yield _finding("json", name, n, "is nested too deep")
        except ValueError as error:
            yield _finding("json", name, n, f"cannot be taken: {error}")


def _check_value(value: object, limits: Limits) -> None:
    left: list[tuple[object, int]] = [(value, 1)]
    while left:
        item, depth = left.pop()
        if depth > limits.nesting:
            raise ValueError(f"nested deeper than {limits.nesting}")
        if isinstance(item, str):
            if len(item) > limits.json_chars:
                raise ValueError(f"a string of {len(item):,} characters; the limit is {limits.json_chars:,}")
            item.encode()  # half a character (a lone surrogate) raises ValueError
        elif isinstance(item, float) and not isfinite(item):
            raise ValueError("a number beyond the largest there is")
        elif isinstance(item, dict):
            left += [(part, depth + 1) for pair in item.items() for part in pair]
        elif isinstance(item, list):
            left += [(part, depth + 1) for part in item]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Readers differ in which of two equal keys they believe.
    result = dict(pairs)
    if len(result) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"key {twice[:80]!r} is there twice")
    return result


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _finding(code: str, name: str, line: int | None, message: str) -> Finding:
    return Finding("error", code, name, line, message, _CURE)
