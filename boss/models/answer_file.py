"""Answers that were made elsewhere to the inputs of an export: every line checked, then a prediction."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from boss.errors import ModelError, suggestion
from boss.exported import Slot
from boss.models.base import Prediction
from boss.models.rows import SUM_TOLERANCE
from robtest.plural import counted

UNPARSABLE = "unparsable"
"""Why there is no answer where raw text is none of the names."""

_KEYS = ("id", "answer", "raw", "probs", "truncated")


def read_answers(path: Path, slots: Mapping[str, Slot]) -> dict[str, Prediction]:
    """Return the prediction of every row of an export, by its id.

    A line is ``{"id": ..., "answer": ...}`` in any order of lines. The answer is a label, ``{label:
    probability}``, probabilities in the order of the row's labels or of the task's; one tag per token; the
    text of the answer. Beside tags may stand ``probs``, over the task's tags for each token: where a dataset
    lacks a tag, the likeliest of those it has takes its place. In place of ``answer`` may stand ``raw``, what
    a model wrote, which `parsed` reads; what it cannot read counts as failed. ``"truncated": true`` says that
    the model did not see the whole input.

    Probabilities are kept to the digit.

    Raises:
        ModelError: naming file, line, value and rule: a line that is wrong, repeated, foreign or missing.
    """
    if path.suffix != ".jsonl":
        raise ModelError(f"{path}: answers are read from a .jsonl file, one JSON object per line")
    lines: dict[str, int] = {}
    predictions: dict[str, Prediction] = {}
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(
            f"{path} cannot be read: {error}; expected UTF-8, one JSON object per line"
        ) from error
    # Not splitlines: U+2028 and others may stand inside of an answer.
    for number, line in enumerate(content.removesuffix("\n").split("\n"), 1):
        where = f"{path}, line {number}"
        row = _row(where, line)
        name = row["id"]
        if name not in slots:
            raise ModelError(
                f"{where}: id {name!r:.80} is none of the export's {counted(len(slots), 'row')}; take ids as "
                "they stand in its .jsonl files, or name the export that it is of"
            )
        first = lines.setdefault(name, number)
        if first != number:
            raise ModelError(f"{where}: id {name} was answered in line {first} already; take one line out")
        try:
            predictions[name] = _prediction(slots[name], row)
        except (TypeError, ValueError, OverflowError) as error:
            raise ModelError(f"{where}, id {name}: {error}") from error
    missing = [name for name in slots if name not in lines]
    if missing:
        raise ModelError(
            f"{path} has no answer to {len(missing):,} of {counted(len(slots), 'row')}; the first of them is "
            f"{missing[0]} ({slots[missing[0]].where}); add a line for each, with "
            '"raw": "" where the model gave none'
        )
    return predictions


def parsed(slot: Slot, raw: str) -> str | tuple[str, ...] | None:
    """Return the answer that a model's text is; None where it is none.

    White space around it and case do not count, all else does: a label's name and nothing more, tags
    separated by white space and as many as tokens. Of a question the text is the answer.
    """
    if slot.task.kind == "span":
        return raw.strip()
    if slot.task.kind == "tagging":
        tags = [_named(slot.task.labels, word) for word in raw.split()]
        found = tuple(tag for tag in tags if tag is not None)
        return found if len(found) == len(tags) == slot.n_tokens else None
    return _named(dict.fromkeys((*slot.task.labels, *slot.labels)), raw.strip())


def _named(names: Sequence[str] | Mapping[str, None], text: str) -> str | None:
    if text in names:
        return text
    same = [name for name in names if name.casefold() == text.casefold()]
    return same[0] if len(same) == 1 else None  # names may differ in case alone


def _row(where: str, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{where}: no JSON object, or one that says a thing twice: {error}") from error
    if not isinstance(row, dict):
        raise ModelError(f'{where}: expected an object such as {{"id": "...", "answer": "..."}}')
    odd = [key for key in row if key not in _KEYS]
    if odd:
        raise ModelError(
            f"{where}: unknown key {odd[0]!r:.80}{suggestion(odd[0], _KEYS)}; a line has id, answer or raw, "
            "for tags probs, and truncated where it is true"
        )
    if not isinstance(row.get("id"), str):
        raise ModelError(
            f"{where}: id must be a text, that of a row of the export, got {row.get('id')!r:.80}"
        )
    if "raw" in row and "probs" in row:
        raise ModelError(f"{where}: probs stand beside an answer, and this line has raw text")
    if ("answer" in row) == ("raw" in row):
        raise ModelError(
            f"{where}: a line has either answer or raw, and this has {'both' if 'raw' in row else 'none'}"
        )
    if not isinstance(row.get("truncated", False), bool):
        raise ModelError(f"{where}: truncated must be true or false, got {row['truncated']!r:.80}")
    return row


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"{twice!r:.80} stands twice")
    return row


def _prediction(slot: Slot, row: Mapping[str, Any]) -> Prediction:
    truncated = row.get("truncated", False)
    if "raw" in row:
        if not isinstance(row["raw"], str):
            raise ValueError(f"raw must be a text, got {type(row['raw']).__name__}")
        answer = parsed(slot, row["raw"])
        if answer is None:
            return Prediction("", truncated=truncated, error=UNPARSABLE)
        return Prediction(_of_task(slot, answer), truncated=truncated)
    given, task = row["answer"], slot.task
    if "probs" in row and task.kind != "tagging":
        raise ValueError("probs stand beside tags alone; probabilities of labels are the answer itself")
    if task.kind == "span":
        if not isinstance(given, str):
            raise ValueError(f"an answer must be a text, got {type(given).__name__}")
        return Prediction(given, truncated=truncated)
    if task.kind == "tagging":
        return _tags(slot, row, truncated)
    if isinstance(given, str):
        names = dict.fromkeys((*task.labels, *slot.labels))
        if given not in names:
            raise ValueError(f"{given!r:.80} is no label; labels: {', '.join(slot.labels)}")
        return Prediction(_of_task(slot, given), truncated=truncated)
    probs = _class_probabilities(slot, given)
    return Prediction(task.labels[int(probs.argmax())], probs, truncated=truncated)


def _of_task(slot: Slot, answer: str | tuple[str, ...]) -> str | tuple[str, ...]:
    """Return an answer in the task's labels: for a coarser one its first member, which becomes it again."""
    if slot.task.kind == "classification" and isinstance(answer, str):
        return slot.task.members(answer)[0]
    return answer


def _class_probabilities(slot: Slot, given: Any) -> NDArray[np.float64]:
    """Return probabilities over the task's labels, that of a coarser label as its first member's."""
    task = slot.task
    if isinstance(given, Mapping):
        names = next((n for n in (slot.labels, task.labels) if set(given) == set(n)), None)
        if names is None:
            raise ValueError(
                f"a probability for each of {', '.join(slot.labels)}, got {', '.join(given) or 'none'}"
            )
        values = [given[name] for name in names]
    elif isinstance(given, list):
        names = next((n for n in (slot.labels, task.labels) if len(given) == len(n)), None)
        if names is None:
            raise ValueError(
                f"{counted(len(given), 'probability', 'probabilities')} for "
                f"{counted(len(slot.labels), 'label')}: {', '.join(slot.labels)}"
            )
        values = given
    else:
        raise ValueError(f"an answer is a label or probabilities, got {given!r:.80}")
    probs = np.zeros(len(task.labels))
    for name, value in zip(names, _checked(values), strict=True):
        probs[task.labels.index(task.members(name)[0])] = value
    return probs


def _tags(slot: Slot, row: Mapping[str, Any], truncated: bool) -> Prediction:
    labels, given = slot.task.labels, row["answer"]
    if not isinstance(given, list) or len(given) != slot.n_tokens:
        got = len(given) if isinstance(given, list) else type(given).__name__
        raise ValueError(
            f"an answer must be a list with a tag for each token, {slot.n_tokens} in all, got {got}"
        )
    unknown = [tag for tag in given if tag not in labels]
    if unknown:
        raise ValueError(f"{unknown[0]!r:.80} is no tag; tags: {', '.join(labels)}")
    probs = row.get("probs")
    if probs is None:
        return Prediction(tuple(given), truncated=truncated)
    if not isinstance(probs, list) or len(probs) != slot.n_tokens:
        raise ValueError(f"probs must be a list with an entry for each token, {slot.n_tokens} in all")
    for entry in probs:
        if not isinstance(entry, list) or len(entry) != len(labels):
            raise ValueError(
                f"probs must have for each token {len(labels)} probabilities, of {', '.join(labels)}; got "
                f"{entry!r:.80}"
            )
    return Prediction(tuple(given), np.array([_checked(entry) for entry in probs]), truncated=truncated)


def _checked(values: Sequence[Any]) -> NDArray[np.float64]:
    """Return probabilities as they are; raise ValueError if they are none."""
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in values):
        raise ValueError(f"probabilities must be numbers, got {values!r:.80}")
    probs = np.array(values, dtype=np.float64)
    if not (np.isfinite(probs).all() and (probs >= 0).all()):
        raise ValueError(f"probabilities must be finite and not negative, got {values!r:.80}")
    if abs(float(probs.sum()) - 1) > SUM_TOLERANCE:
        raise ValueError(f"probabilities must sum to 1, got {float(probs.sum()):.6g}")
    return probs
