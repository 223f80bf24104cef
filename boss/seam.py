"""The seam: a model and a split become clean answers, or answers under attack, as tables of rows.

The only module that knows both sides. An attack sees one input field of one example as text; all else
is held fixed. It asks for outcomes and gets them; it never sees the model.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pyarrow as pa

from boss.answers import Answered, answered
from boss.data.types import Answer, Example, Split
from boss.errors import ModelError
from boss.margin import attack_score, score_weights
from boss.measurement import AttackSettings, Measurement, Scoring, SearchSettings
from boss.metrics.scores import example_value
from boss.models.base import Differentiable, Model, Prediction
from boss.results.schema import PREDICTIONS, Cost
from boss.subtokens import piece_tags
from boss.tasks import Task, encode_answer
from robtest.attacks import tag_of
from robtest.attacks.file import FileCopies
from robtest.copies import copies
from robtest.engine import Engine, Result
from robtest.plural import counted
from robtest.prepared import prepared
from robtest.random import generator
from robtest.search import Searching, access_of, search_for
from robtest.settings import changed_from_default, settings_of
from robtest.slope import Slope
from robtest.types import Access, Attack, Outcome, Query, Search, Tag, Text

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

FAILED_SCORE = -1000.0
"""Score of an answer that there is not: further from right than probabilities can be (`boss.margin`)."""

_QUERIES_AT_ONCE = 16
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
        return with_text(self.task, original, self.field, text)

    def answers(self, examples: Sequence[Example]) -> list[Answered]:
        """Return the model's answers to examples, restricted to the dataset's labels."""
        predictions = self._predictions(examples)
        answers = self._restricted(examples, predictions)
        if self.scoring == "boss" and self.task.kind == "tagging":
            pairs = list(zip(examples, predictions, strict=True))
            pieces = piece_tags(self.model, self.task, self.labels, pairs)
            return [replace(answer, piece_tags=tags) for answer, tags in zip(answers, pieces, strict=True)]
        return answers

    def judge(self, originals: Sequence[Example], queries: Sequence[Query]) -> list[Outcome]:
        """Return the outcome of each query, a text of one of ``originals``."""
        examples = [self.example(originals[query.example], query.text) for query in queries]
        predictions = self._predictions(examples)
        answers = self._restricted(examples, predictions)
        return [self._outcome(*triple) for triple in zip(examples, predictions, answers, strict=True)]

    def slopes(self, originals: Sequence[Example], queries: Sequence[Query]) -> list[Slope]:
        """Return the slope of `boss.margin.attack_score` at each query, a text of one of ``originals``.

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
        pairs = zip(examples, self._predictions(examples), strict=True)
        weights = [score_weights(self.task, self.labels, e.gold_texts, p) for e, p in pairs]
        gradients = model.gradients(examples, self.field, weights)
        return [
            Slope(query.text, gradient.spans, gradient.vectors, gradient.gradient, model.embed)
            for query, gradient in zip(queries, gradients, strict=True)
        ]

    def _outcome(self, example: Example, prediction: Prediction, answer: Answered) -> Outcome:
        gold = example.gold_texts
        if answer.error is not None:
            return Outcome(False, 0.0, FAILED_SCORE, _Detail(example.input_sha256, answer), math.nan)
        worth = example_value(self.task, gold, answer.answer)
        score = attack_score(self.task, self.labels, gold, prediction, worth.value)
        probability = math.nan if answer.probs is None else answer.probs[self.labels.index(str(gold))]
        detail = _Detail(example.input_sha256, answer)
        return Outcome(worth.correct, worth.value, score, detail, probability)

    def _predictions(self, examples: Sequence[Example]) -> list[Prediction]:
        predictions = self.model.predict(examples)
        if len(predictions) != len(examples):
            raise ModelError(
                f"{self.model.card.id} answered {len(predictions)} of {counted(len(examples), 'example')}; "
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
    keep_words = task.kind == "tagging"
    return Text(example.text(field), protected=protected, keep_words=keep_words, id=example.id)


def with_text(task: Task, original: Example, field: str, text: str) -> Example:
    """Return an example with an input field replaced by a text; the inverse of `attacked_text`."""
    return original.with_input(field, tuple(text.split(" ")) if task.kind == "tagging" else text)


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
    copies_by_example = copies(texts, attack, tag=tag, degrees=degrees, n_variants=n_variants, seed=seed)
    for example, variants in zip(split.examples, copies_by_example, strict=True):
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
            for copy in variants
        )


def attack_settings(
    name: str,
    attack: Attack,
    *,
    tag: Tag,
    access: Access,
    field: str,
    search: Mapping[str, Any],
    query_budget: int | None = None,
    n_variants: int,
    seed: int,
    degrees: Sequence[float],
) -> AttackSettings:
    """Return what decides the texts of an attack, read off the attack and its search.

    Args:
        tag, access: as asked for; a dimension's only tag, and the access of a search that an attack brings
            along, take their place. So do degrees and variants of copies out of a file.
        search: options of the search.
        query_budget: of a search that the attack brings along, which has no other option.

    Raises:
        ValueError: for an option out of range.
    """
    own = isinstance(attack, Searching)
    strategy = search_for(attack, access, {"query_budget": query_budget} if own else search)
    if isinstance(attack, FileCopies):
        n_variants, degrees = attack.n_variants, (0.0, *attack.degrees)
    return AttackSettings(
        name=name,
        dimension=attack.name,
        level=attack.level,
        tag=tag_of(attack, tag),
        access=access_of(attack, access),
        field=field,
        version=attack.version,
        options=settings_of(attack),
        changed=changed_from_default(attack),
        search=SearchSettings(version=strategy.version, options=settings_of(strategy)),
        n_variants=n_variants,
        seed=seed,
        degrees=tuple(degrees),
    )


def why_not(task: Task, attack: Attack) -> str | None:
    """Return why an attack does not apply to a task; None where it does."""
    if task.kind == "tagging" and attack.unit == "text":
        return "whole texts cannot change where every token keeps its label"
    if task.kind == "tagging" and getattr(attack, "adds_words", False):
        return "no word can be added where every token keeps its label"
    return None


def uncovered(attack: Attack | None, split: Split) -> str | None:
    """Return why an attack leaves a whole split alone: a file has copies of other examples only."""
    if not isinstance(attack, FileCopies) or any(example.id in attack for example in split.examples):
        return None
    return (
        f"{attack.path} has copies of {counted(attack.n_examples, 'example')}, and none of the "
        f"{len(split.examples):,} of {split.dataset} that are attacked is among them; n_attacked=null "
        "attacks all"
    )


def n_parts(measurement: Measurement) -> int:
    """Return how many parts the predictions of a measurement have."""
    return -(-measurement.n_evaluated // _examples_per_part(measurement.attack))


def clean_part(seam: Seam, split: Split, index: int, advance: Advance) -> Part:
    """Answer part ``index`` of a clean split; ``advance`` gets the number of examples after every pool."""
    rows: list[Row] = []
    end = min((index + 1) * CLEAN_ROWS, len(split.examples))
    for start in range(index * CLEAN_ROWS, end, POOL):
        examples = split.examples[start : min(start + POOL, end)]
        for example, answer in zip(examples, seam.answers(examples), strict=True):
            rows.append(_row(seam.task, example, example.input_sha256, answer))
        advance(len(examples))
    return _part(rows, Cost(n_queries=len(rows), n_forward=len(rows)))


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
    done = 0

    def judge(queries: Sequence[Query]) -> list[Outcome]:
        # Results come in bursts after an answer; said before the next one, the time left is right.
        nonlocal done
        advance(done)
        done = 0
        outcomes = seam.judge(examples, queries)
        _check_scores(seam, settings.access, outcomes)
        return outcomes

    engine = Engine(judge, width, partial(seam.slopes, examples))
    rows: list[Row] = []
    for result in engine.run(_searches(seam, examples, attack, settings, width)):
        rows.extend(_attacked_rows(seam, split, examples[result.example], result))
        done += 1
    advance(done)
    return _part(rows, Cost(n_queries=engine.n_queries, n_forward=engine.n_forward))


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
        "error": answer.error,
    }


def _part(rows: Sequence[Row], cost: Cost) -> Part:
    columns = {name: [row.get(name) for row in rows] for name in PREDICTIONS.names}
    return Part(pa.table(columns, schema=PREDICTIONS), cost)
