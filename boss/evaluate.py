"""The seam: a model and a split become clean answers, or answers under attack, as tables of rows.

The only module that knows both sides. An attack sees one input field of one example as text; all else
is held fixed. It asks for outcomes and gets them; it never sees the model.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from boss.answers import Answered, answered
from boss.data.types import Answer, Example, Split
from boss.errors import ModelError
from boss.margin import attack_score, score_weights
from boss.metrics.scores import example_value
from boss.models.base import Differentiable, Model, Prediction
from boss.results.schema import PREDICTIONS, AttackCell, Cost, Scoring
from boss.subtokens import piece_tags
from boss.tasks import Task, encode_answer
from robtest.attacks import get_attack as get_attack
from robtest.attacks import tag_of as tag_of
from robtest.copies import copies
from robtest.engine import Engine, Result
from robtest.prepared import prepared
from robtest.random import generator
from robtest.search import Searching as Searching
from robtest.search import Strategy, search_for
from robtest.search import access_of as access_of
from robtest.slope import Slope
from robtest.types import Access as Access
from robtest.types import Attack as Attack
from robtest.types import Outcome, Query, Search, Text
from robtest.types import Tag as Tag

Row = dict[str, Any]
Advance = Callable[[int], None]

POOL = 512
"""Texts handed to the model at a time: enough for full batches sorted by length, few enough for progress
that moves."""

CLEAN_ROWS = 2_000
ATTACKED_ROWS = 10_000
"""Rows in one part of a cell's predictions: what a killed run loses at most, and what is in memory at a
time. Fixed, so that the parts of a resumed run are those of an uninterrupted one."""

SCORED = ("score", "gradient")
"""Accesses whose searches compare scores."""

_ASKED_AT_ONCE = 16
"""Texts a search asks about at a time, about, where it sees the answers."""


@dataclass(frozen=True)
class Part:
    """Rows of `boss.results.schema.PREDICTIONS` and what they cost the model."""

    table: pa.Table
    cost: Cost


@dataclass(frozen=True)
class Seam:
    """A model and the examples of a split, as a judge of texts.

    Attributes:
        labels: the dataset's labels, which the model is restricted to.
        field: the input field an attack edits.
        scoring: ``boss`` where clean answers are scored by BOSS's own arithmetic as well.
    """

    model: Model
    task: Task
    labels: tuple[str, ...]
    field: str
    scoring: Scoring = "corrected"

    def text(self, example: Example) -> Text:
        """Return the attacked field as text, see `attacked_text`."""
        return attacked_text(self.task, example, self.field)

    def example(self, original: Example, text: str) -> Example:
        """Return ``original`` with the attacked field replaced by ``text``."""
        value = tuple(text.split(" ")) if self.task.kind == "tagging" else text
        return original.with_input(self.field, value)

    def answers(self, examples: Sequence[Example]) -> list[Answered]:
        """Ask the model, and restrict its answers to the dataset's labels."""
        predictions = self._predictions(examples)
        answers = self._restricted(examples, predictions)
        if self.scoring == "boss" and self.task.kind == "tagging":
            asked = list(zip(examples, predictions, strict=True))
            pieces = piece_tags(self.model, self.task, self.labels, asked)
            return [replace(answer, piece_tags=tags) for answer, tags in zip(answers, pieces, strict=True)]
        return answers

    def judge(self, originals: Sequence[Example], queries: Sequence[Query]) -> list[Outcome]:
        """Answer the engine: each query is a text of one of ``originals``."""
        examples = [self.example(originals[query.example], query.text) for query in queries]
        predictions = self._predictions(examples)
        answers = self._restricted(examples, predictions)
        return [self._outcome(*asked) for asked in zip(examples, predictions, answers, strict=True)]

    def slopes(self, originals: Sequence[Example], queries: Sequence[Query]) -> list[Slope]:
        """Give the engine the slopes of texts: of what `boss.margin.attack_score` says of them.

        Raises:
            ModelError: if the model has no gradients.
        """
        model = self.model
        if not isinstance(model, Differentiable):
            raise ModelError(
                f"{model.card.id} ({model.card.adapter}) has no gradients, and access=gradient needs them; "
                "attack it with access=score or access=decision"
            )
        examples = [self.example(originals[query.example], query.text) for query in queries]
        asked = zip(examples, self._predictions(examples), strict=True)
        weights = [score_weights(self.task, self.labels, e.gold_texts, p) for e, p in asked]
        found = model.gradients(examples, self.field, weights)
        return [
            Slope(query.text, one.spans, one.vectors, one.gradient, model.embed)
            for query, one in zip(queries, found, strict=True)
        ]

    def _outcome(self, example: Example, prediction: Prediction, answer: Answered) -> Outcome:
        gold = example.gold_texts
        worth = example_value(self.task, gold, answer.answer)
        score = attack_score(self.task, self.labels, gold, prediction, worth.value)
        probability = math.nan if answer.probs is None else answer.probs[self.labels.index(str(gold))]
        detail = _Detail(example.input_sha256, answer)
        return Outcome(worth.correct, worth.value, score, detail, probability)

    def _predictions(self, examples: Sequence[Example]) -> list[Prediction]:
        predictions = self.model.predict(examples)
        if len(predictions) != len(examples):
            raise ModelError(
                f"{self.model.card.id} answered {len(predictions)} of {len(examples)} examples; "
                "predict must return one prediction per example, in order"
            )
        return predictions

    def _restricted(self, examples: Sequence[Example], predictions: Sequence[Prediction]) -> list[Answered]:
        return [
            answered(self.task, self.labels, example, prediction)
            for example, prediction in zip(examples, predictions, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class _Detail:
    """What the rows need of an answer besides its outcome."""

    input_sha256: str
    answer: Answered


def attacked_text(task: Task, example: Example, field: str) -> Text:
    """Return an input field as text, with what must stay: token count, answer spans."""
    protected: tuple[tuple[int, int], ...] = ()
    if task.kind == "span" and field == "context":
        answers = [gold for gold in example.gold if isinstance(gold, Answer)]
        protected = tuple(sorted((a.start, a.start + len(a.text)) for a in answers))
    return Text(example.text(field), protected=protected, keep_words=task.kind == "tagging")


def copies_of(
    task: Task,
    split: Split,
    attack: Attack,
    *,
    field: str,
    tag: Tag,
    degrees: Sequence[float],
    n_variants: int,
    seed: int,
) -> Iterator[tuple[Row, ...]]:
    """Yield for each example its perturbed copies as rows for JSON: those rule access judges.

    Args:
        field: the input field to perturb; the others are in the row as they are.

    Raises:
        robtest.errors.AttackError: if the attack breaks its contract.
    """
    texts = ((example.id, attacked_text(task, example, field)) for example in split.examples)
    found = copies(texts, attack, tag=tag, degrees=degrees, n_variants=n_variants, seed=seed)
    for example, made in zip(split.examples, found, strict=True):
        fixed = {name: example.text(name) for name in task.fields}
        yield tuple(
            {
                "example_id": copy.id,
                "label": encode_answer(task, example.gold_texts),
                **fixed,
                field: copy.shot.text,
                "field": field,
                **copy.row(),
            }
            for copy in made
        )


def n_clean_parts(n: int) -> int:
    """Return how many parts a clean cell of ``n`` examples has."""
    return -(-n // CLEAN_ROWS)


def clean_part(seam: Seam, split: Split, index: int, advance: Advance) -> Part:
    """Measure part ``index`` of a clean cell, saying after every pool how many examples are done."""
    rows: list[Row] = []
    end = min((index + 1) * CLEAN_ROWS, len(split.examples))
    for start in range(index * CLEAN_ROWS, end, POOL):
        examples = split.examples[start : min(start + POOL, end)]
        for example, answer in zip(examples, seam.answers(examples), strict=True):
            rows.append(_row(seam.task, example, example.input_sha256, answer))
        advance(len(examples))
    return _part(rows, Cost(n_queries=len(rows), n_forward=len(rows)))


def n_attacked_parts(n: int, cell: AttackCell) -> int:
    """Return how many parts an attacked cell of ``n`` examples has."""
    return -(-n // _examples_per_part(cell))


def attacked_part(
    seam: Seam, split: Split, attack: Attack, cell: AttackCell, index: int, advance: Advance
) -> Part:
    """Measure part ``index`` of an attacked cell, saying after every example that it is done.

    Raises:
        ModelError: if the model gives impossible output, labels only where access is score, or no
            gradients where it is gradient.
        robtest.errors.AttackError: if the attack breaks its contract.
    """
    size = _examples_per_part(cell)
    examples = split.examples[index * size : (index + 1) * size]
    width = _width(cell)
    done = 0

    def judge(queries: Sequence[Query]) -> list[Outcome]:
        # Results come in bursts after an answer; said before the next one, the time left is right.
        nonlocal done
        advance(done)
        done = 0
        outcomes = seam.judge(examples, queries)
        _check_scores(seam, cell, outcomes)
        return outcomes

    engine = Engine(judge, width, partial(seam.slopes, examples))
    search = _search(attack, cell)
    rows: list[Row] = []
    texts = prepared(attack, map(seam.text, examples), width)
    asked = enumerate(zip(examples, texts, strict=True))
    for result in engine.run((i, _attack(search, e, text, attack, cell)) for i, (e, text) in asked):
        rows.extend(_attacked_rows(seam, split, examples[result.example], result))
        done += 1
    advance(done)
    return _part(rows, Cost(n_queries=engine.n_queries, n_forward=engine.n_forward))


def _examples_per_part(cell: AttackCell) -> int:
    return max(1, ATTACKED_ROWS // (cell.n_variants * len(cell.degrees)))


def _width(cell: AttackCell) -> int:
    """Return how many searches side by side fill the pool; the answers do not depend on it."""
    # Rule access asks all at once; the others ask about a word's candidates, or one text, at a time.
    at_once = cell.n_variants * len(cell.degrees) if cell.access == "rule" else _ASKED_AT_ONCE
    return max(4, 2 * POOL // at_once)


def search_version(attack: Attack, access: str) -> str:
    """Return the version of an attack's edits and, where it chooses among them, of the search."""
    if access == "rule":
        return attack.version
    return f"{attack.version}+{access}{search_for(attack, access).version}"


def _search(attack: Attack, cell: AttackCell) -> Strategy:
    budget = {} if cell.query_budget is None else {"query_budget": cell.query_budget}
    return search_for(attack, cell.access, {**cell.options, **budget})


def _attack(search: Strategy, example: Example, text: Text, attack: Attack, cell: AttackCell) -> Search:
    def rng_for(variant: int) -> np.random.Generator:
        return generator(cell.seed, example.id, attack.name, variant)

    return search(text, attack, cell.tag, cell.degrees, cell.n_variants, rng_for)


def _check_scores(seam: Seam, cell: AttackCell, outcomes: Sequence[Outcome]) -> None:
    if cell.access in SCORED and any(math.isnan(outcome.score) for outcome in outcomes):
        raise ModelError(
            f"{seam.model.card.id} gives labels only, and access={cell.access} needs probabilities or "
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
        assert isinstance(detail, _Detail)
        yield {
            **_row(seam.task, example, detail.input_sha256, detail.answer),
            "variant": variant,
            "degree": shot.degree,
            "distance": shot.realised,
            "unperturbable": shot.unperturbable,
            "text": shot.text if split.card.store_text else None,
        }


def _row(task: Task, example: Example, input_sha256: str, answer: Answered) -> Row:
    return {
        "example_id": example.id,
        "source": example.source,
        "input_sha256": input_sha256,
        "label": encode_answer(task, example.gold_texts),
        "prediction": answer.text,
        "piece_tags": answer.piece_tags,
        "probs": answer.probs,
        "truncated": answer.truncated,
    }


def _part(rows: Sequence[Row], cost: Cost) -> Part:
    columns = {name: [row.get(name) for row in rows] for name in PREDICTIONS.names}
    return Part(pa.table(columns, schema=PREDICTIONS), cost)
