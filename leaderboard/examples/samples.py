"""Several models on the same examples, one row per example: who is right, who is not, and what they said."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from boss.errors import BossError
from boss.metrics.spans import spans
from boss.results.digested import digested
from boss.tasks import Task
from leaderboard.stats.compare import Side, answers, check_same, rows_of
from leaderboard.text import pathless, shown

SHOW = ("all", "all wrong", "some wrong", "all right", "disagreement")
"""Which examples are listed. Some wrong: by one model at least; disagreement: answers that differ."""

MOST_COPIES = 100

# What a reduced run holds in place of an answer: each word of it became `x` and hex digits.
_DIGESTS = re.compile(r"x[0-9a-f]{8,}(?: x[0-9a-f]{8,})*")


@dataclass(frozen=True)
class Sampled:
    """One model's answers on a measurement; ``rows`` are those of `leaderboard.stats.compare.rows_of`."""

    label: str
    side: Side
    rows: pd.DataFrame


def sampled(sides: Sequence[tuple[str, Side]]) -> tuple[list[Sampled], list[str]]:
    """Return the models that answered what the first one answered, and why the others did not."""
    kept: list[Sampled] = []
    reasons = []
    for label, side in sides:
        try:
            if kept:
                check_same(kept[0].side, side)
            kept.append(Sampled(label, side, rows_of(side)))
        except BossError as error:
            reasons.append(f"{label} is left out: {pathless(str(error))}")
    return kept, reasons


def table_of(models: Sequence[Sampled], degree: float | None, variant: int | None) -> pd.DataFrame:
    """Return one row per example, sorted by id: ``example_id``, ``label``, ``n_right``, ``differ``.

    For the i-th model there are also ``answer_i``, ``right_i``, ``variant_i`` and ``degree_i``.

    Args:
        degree: None for the clean text.
        variant: of the copy; None takes the one each model is shown with
            (`leaderboard.stats.compare.answers`).
    """
    frames = [_at(model.rows, degree, variant) for model in models]
    table = frames[0][["example_id", "label"]].copy()
    for i, rows in enumerate(frames):
        for name, column in (("answer", "prediction"), *((c, c) for c in ("right", "variant", "degree"))):
            table[f"{name}_{i}"] = rows[column].to_numpy()
    answer_columns = [f"answer_{i}" for i in range(len(models))]
    table["n_right"] = table[[f"right_{i}" for i in range(len(models))]].sum(axis=1)
    return table.assign(differ=table[answer_columns].nunique(axis=1, dropna=False) > 1)


def listed_of(table: pd.DataFrame, n: int, show: str, label: str | None, words: str) -> pd.DataFrame:
    """Return the examples to list.

    Args:
        n: number of models.
        show: one of `SHOW`.
        label: gold label; None for every one.
        words: a part of the id, in any case.
    """
    right = table["n_right"]
    keep = {
        "all": right >= 0,
        "all wrong": right == 0,
        "some wrong": right < n,
        "all right": right == n,
        "disagreement": table["differ"],
    }[show]
    if label is not None:
        keep &= table["label"] == label
    if words.strip():
        ids = table["example_id"].str.casefold()
        keep &= ids.str.contains(words.strip().casefold(), regex=False)
    return table[keep]


def copies(n_variants: Iterable[float]) -> list[str]:
    """Return the names of the copies that can be chosen, of the numbers of variants in the records.

    There are at most `MOST_COPIES`, whatever a run says: the number is not yet held against its answers.

    >>> copies([2.0])
    ['copy 1', 'copy 2']
    """
    return [f"copy {i + 1}" for i in range(min(int(max(n_variants, default=0)), MOST_COPIES))]


def mark(right: bool, answer: str) -> str:
    """Return an answer with its mark, in a shape and in words.

    >>> mark(False, "positive")
    '✗ wrong: positive'
    """
    return f"{'✓ right' if right else '✗ wrong'}: {answer}"


def answer_text(task: Task, answer: str | None, fields: Mapping[str, str] | None = None) -> str:
    """Return a gold label or an answer for a reader, on one line.

    Args:
        fields: the input's, as far as they are known: a sentence's tags are named by its words, and a digest
            that a reduced run holds in place of an answer is looked up in the passage.
    """
    if not isinstance(answer, str):
        return "no answer"
    if task.kind == "tagging":
        return _entities(answer, (fields or {}).get("tokens", "").split(" "))
    if task.kind == "span":
        return _spans(answer, (fields or {}).get("context", "").split())
    return shown(answer)


def _spans(answer: str, passage: Sequence[str]) -> str:
    """Return an answer, or gold answers, which are a JSON list."""
    try:
        gold = json.loads(answer)
    except ValueError:
        gold = None
    texts = [_looked_up(str(text), passage) for text in (gold if isinstance(gold, list) else [answer])]
    if None in texts:
        return "answer not stored"
    return " | ".join(dict.fromkeys(shown(text) for text in texts if text)) or "no answer"


def _looked_up(text: str, passage: Sequence[str]) -> str | None:
    """Return an answer, or the first words of the passage that have its digests; None without any."""
    if not _DIGESTS.fullmatch(text):
        return text
    digests = text.split()
    # Normalised away are articles and lone punctuation: they have no digest.
    passage_digests = [
        (place, digest) for place, word in enumerate(passage) for digest in digested(word).split()
    ]
    for i in range(len(passage_digests) - len(digests) + 1):
        if [digest for _, digest in passage_digests[i : i + len(digests)]] == digests:
            return " ".join(passage[passage_digests[i][0] : passage_digests[i + len(digests) - 1][0] + 1])
    return None


def _entities(tags: str, tokens: Sequence[str]) -> str:
    try:
        entities = sorted(spans(tags))
    except BossError as error:
        return shown(pathless(str(error)))
    if len(tokens) != len(tags.split()):
        return ", ".join(kind for _, _, kind in entities) or "no entity"
    named = (f"{shown(' '.join(tokens[start:end]))} ({shown(kind)})" for start, end, kind in entities)
    return ", ".join(named) or "no entity"


def _at(rows: pd.DataFrame, degree: float | None, variant: int | None) -> pd.DataFrame:
    if degree is None or variant is None:
        return answers(rows, degree)
    here = rows[(rows["variant"] == variant) & (rows["degree"] == degree)]
    return here.sort_values("example_id", ignore_index=True)
