"""A measurement in parts: rows of clean answers, or of answers under attack, and what they cost."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa

from boss.data.types import Example, Split
from boss.errors import ModelError
from boss.measurement import AttackSettings, Measurement
from boss.models.fitted import Charge, charged_by
from boss.noise import Confirmation
from boss.results.schema import PREDICTIONS, TWICE, Cost
from boss.seam.judge import Detail, Seam
from boss.tasks import Task, encode_answer
from robtest.engine import Engine, Result
from robtest.prepared import prepared
from robtest.random import generator
from robtest.search import search_for
from robtest.types import Access, Attack, Outcome, Query, Search

Row = dict[str, Any]
Advance = Callable[[int], None]

POOL = 512
"""Texts handed to the model at a time: enough for full batches sorted by length, few enough for progress
that moves."""

CLEAN_ROWS = 2_000
ATTACKED_ROWS = 10_000
"""Rows in one part of a measurement's predictions: what a killed run loses at most, and what is in memory
at a time. Fixed, so that the parts of a resumed run are those of an uninterrupted one."""

SCORED = ("score", "gradient")
"""Accesses whose searches compare scores."""

_QUERIES_AT_ONCE = 16
"""Texts a search asks about at a time, about, where it sees the answers."""


@dataclass(frozen=True)
class Part:
    """Rows of `boss.results.schema.PREDICTIONS`, or ``TWICE``, and what they cost the model."""

    table: pa.Table
    cost: Cost


def n_parts(measurement: Measurement) -> int:
    """Return how many parts the predictions of a measurement have."""
    return -(-measurement.n_evaluated // _examples_per_part(measurement.attack))


def clean_part(seam: Seam, split: Split, index: int, advance: Advance) -> Part:
    """Answer part ``index`` of a clean split; ``advance`` gets the number of examples after every pool."""
    rows: list[Row] = []
    before = charged_by(seam.model)
    end = min((index + 1) * CLEAN_ROWS, len(split.examples))
    for start in range(index * CLEAN_ROWS, end, POOL):
        examples = split.examples[start : min(start + POOL, end)]
        answers, again = seam.answers(examples), seam.second_answers(examples)
        for example, answer, second in zip(examples, answers, again, strict=True):
            rows.append(_row(seam.task, example, Detail(example.input_sha256, answer, second)))
        advance(len(examples))
    n_again = None if seam.again is None else len(rows)
    cost = Cost(n_queries=len(rows), n_forward=len(rows), n_again=n_again)
    return _part(seam, rows, cost, before)


def attacked_part(
    seam: Seam, split: Split, attack: Attack, settings: AttackSettings, index: int, advance: Advance
) -> Part:
    """Answer part ``index`` of a split under attack; ``advance`` is called after every example.

    Raises:
        ModelError: if the model gives impossible output, labels only where access is score, or no
            gradients where it is gradient.
        robtest.errors.AttackError: if the attack breaks its contract.
    """
    size = _examples_per_part(settings)
    examples = split.examples[index * size : (index + 1) * size]
    width = _width(settings)
    before = charged_by(seam.model)
    confirmation = None if seam.again is None else Confirmation([seam.text(e).value for e in examples])
    done = 0

    def judge(queries: Sequence[Query]) -> list[Outcome]:
        # Results come in bursts after an answer; said before the next one, the time left is right.
        nonlocal done
        advance(done)
        done = 0
        outcomes = seam.judge(examples, queries, confirmation)
        _check_scores(seam, settings.access, outcomes)
        return outcomes

    engine = Engine(judge, width, partial(seam.slopes, examples))
    rows: list[Row] = []
    for result in engine.run(_searches(seam, examples, attack, settings, width)):
        rows.extend(_attacked_rows(seam, split, examples[result.example], result))
        done += 1
    advance(done)
    cost = Cost(
        n_queries=engine.n_queries,
        n_forward=engine.n_forward,
        n_again=None if confirmation is None else confirmation.n_again,
        n_unconfirmed=None if confirmation is None else confirmation.n_unconfirmed,
    )
    return _part(seam, rows, cost, before)


def _examples_per_part(settings: AttackSettings | None) -> int:
    if settings is None:
        return CLEAN_ROWS
    return max(1, ATTACKED_ROWS // (settings.n_variants * len(settings.degrees)))


def _width(settings: AttackSettings) -> int:
    """Return how many searches side by side fill the pool; the answers do not depend on it."""
    # Rule access asks all at once; the others ask about a word's candidates, or one text, at a time.
    at_once = settings.n_variants * len(settings.degrees) if settings.access == "rule" else _QUERIES_AT_ONCE
    return max(4, 2 * POOL // at_once)


def _searches(
    seam: Seam, examples: Sequence[Example], attack: Attack, settings: AttackSettings, width: int
) -> Iterator[tuple[int, Search]]:
    """Yield a search for each example, with its place."""
    assert isinstance(settings.search.options, dict)
    search = search_for(attack, settings.access, settings.search.options)
    texts = prepared(attack, map(seam.text, examples), width)
    for i, (example, text) in enumerate(zip(examples, texts, strict=True)):
        rng_for = partial(generator, settings.seed, example.id, attack.name)
        yield i, search(text, attack, settings.tag, settings.degrees, settings.n_variants, rng_for)


def _check_scores(seam: Seam, access: Access, outcomes: Sequence[Outcome]) -> None:
    if access in SCORED and any(math.isnan(outcome.score) for outcome in outcomes):
        raise ModelError(
            f"{seam.model.card.id} gives labels only, and access={access} needs probabilities or "
            "logits; attack it with access=decision or access=rule"
        )


def _attacked_rows(seam: Seam, split: Split, example: Example, result: Result) -> Iterator[Row]:
    """One row for the clean text (degree 0), then one per variant and positive degree."""
    clean = result.trajectories[0].snapshots[0]
    shots = [(0, clean)]
    shots += [
        (trajectory.variant, shot)
        for trajectory in result.trajectories
        for shot in trajectory.snapshots
        if shot.degree > 0
    ]
    for variant, shot in shots:
        detail = result.outcomes[shot.text].detail
        assert isinstance(detail, Detail)
        yield {
            **_row(seam.task, example, detail),
            "variant": variant,
            "degree": shot.degree,
            "distance": shot.realised,
            "unperturbable": shot.unperturbable,
            "text": shot.text if split.card.store_text else None,
        }


def _row(task: Task, example: Example, detail: Detail) -> Row:
    answer, again = detail.answer, detail.again
    return {
        "example_id": example.id,
        "source": example.source,
        "input_sha256": detail.input_sha256,
        "label": encode_answer(task, example.gold_texts),
        "prediction": answer.text,
        "piece_tags": answer.piece_tags,
        "probs": answer.probs,
        "truncated": answer.truncated,
        "error": answer.error,
        "again": again and again.text,
        "again_error": again and again.error,
    }


def _part(seam: Seam, rows: Sequence[Row], cost: Cost, before: Charge | None) -> Part:
    """Return a part; what it was charged is added, as the difference to what was charged ``before``."""
    schema = PREDICTIONS if seam.again is None else TWICE
    columns = {name: [row.get(name) for row in rows] for name in schema.names}
    after = charged_by(seam.model)
    if before is not None and after is not None:
        cost = cost.model_copy(update=after.since(before))
    return Part(pa.table(columns, schema=schema), cost)
