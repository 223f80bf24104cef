"""Built splits on disk, so that a task is read from its upstream files once.

A file is JSON lines: first the digest of the rest, then per split one header and its examples as
``[id, source, inputs, gold]``.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from boss.data.types import Answer, Card, Example, Field, Gold, Split
from boss.tasks import Kind
from robtest.files import write_whole


def key(parts: object) -> str:
    """Return the digest of ``parts`` (JSON-ready) and of this version of the code: a key of the cache."""
    text = json.dumps([_code_sha256(), parts], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def save(path: Path, splits: Sequence[Split]) -> None:
    """Write the splits; the file appears whole or not at all."""
    lines = []
    for split in splits:
        header = {
            "dataset": split.dataset,
            "split": split.split,
            "revision": split.revision,
            "n": len(split.examples),
            "n_total": split.n_total,
            "subset": split.subset,
            "removed": dict(split.removed),
            "noted": dict(split.noted),
        }
        lines.append(json.dumps(header))
        lines += (json.dumps([e.id, e.source, dict(e.inputs), _plain(e.gold)]) for e in split.examples)
    body = "\n".join(lines).encode()
    write_whole(path, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)


def load(path: Path, cards: Mapping[str, Card], kind: Kind) -> tuple[Split, ...] | None:
    """Return what `save` wrote, or None where there is no such file or it was damaged since."""
    if not path.is_file():
        return None
    digest, _, body = path.read_bytes().partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        return None
    lines = iter(body.decode().split("\n"))
    splits = []
    for line in lines:
        header: dict[str, Any] = json.loads(line)
        card = cards[header.pop("dataset")]
        examples = tuple(_example(json.loads(next(lines)), kind) for _ in range(header.pop("n")))
        splits.append(Split(card=card, examples=examples, **header))
    return tuple(splits)


def _plain(gold: Gold) -> object:
    if isinstance(gold, str):
        return gold
    return [[item.text, item.start] if isinstance(item, Answer) else item for item in gold]


def _example(row: list[Any], kind: Kind) -> Example:
    key, source, inputs, gold = row
    fields: dict[str, Field] = {n: v if isinstance(v, str) else tuple(v) for n, v in inputs.items()}
    if kind == "span":
        return Example(key, fields, tuple(Answer(text, start) for text, start in gold), source)
    return Example(key, fields, tuple(gold) if kind == "tagging" else gold, source)


@cache
def _code_sha256() -> str:
    """Digest over the code that reads and builds: a changed rule must never meet an old result."""
    folder = Path(__file__).parent
    files = [*sorted(folder.rglob("*.py")), folder.parent / "tasks.py"]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
