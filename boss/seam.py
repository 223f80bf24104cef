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
from boss.models.fitted import Answer as Answering
from boss.models.fitted import Charge, again_of, charged_by
from boss.noise import Confirmation
from boss.results.schema import PREDICTIONS, TWICE, Cost
from boss.subtokens import piece_tags
from boss.tasks import Task, encode_answer
from robtest.attacks import tag_of
from robtest.attacks.ready import ReadyCopies
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
    """Rows of `boss.results.schema.PREDICTIONS`, or ``TWICE``, and what they cost the model."""

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

    @property
    def again(self) -> Answering | None:
        """What asks the model the same a second time; None where its answers stay."""
        return again_of(self.model)

    def text(self, example: Example) -> Text:
        """Return the attacked field as text, see `attacked_text`."""
        return attacked_text(self.task, example, self.field)

    def example(self, original: Example, text: str) -> Example:
        """Return ``original`` with the attacked field replaced by ``text``."""
        return with_text(self.task, original, self.field, text)

    def answers(self, examples: Sequence[Example]) -> list[Answered]:
        """Return the model's answers to examples, restricted to the dataset's labels."""
        predictions = self._predictions(self.model.predict, examples)
        answers = self._restricted(examples, predictions)
        if self.scoring == "boss" and self.task.kind == "tagging":
            pairs = list(zip(examples, predictions, strict=True))
            pieces = piece_tags(self.model, self.task, self.labels, pairs)
            return [replace(answer, piece_tags=tags) for answer, tags in zip(answers, pieces, strict=True)]
        return answers

    def second_answers(self, examples: Sequence[Example]) -> list[Answered | None]:
        """Return the model's answers to examples asked a second time; None each where its answers stay."""
        if self.again is None:
            return [None] * len(examples)
        return [*self._restricted(examples, self._predictions(self.again, examples))]

    def judge(
        self,
        originals: Sequence[Example],
        queries: Sequence[Query],
        confirmation: Confirmation | None = None,
    ) -> list[Outcome]:
        """Return the outcome of each query, a text of one of ``originals``.

        Args:
            confirmation: of copies that are answered worse than the clean text, by a model that may answer
                otherwise when asked again; one for all queries about ``originals``.
        """
        outcomes = self._judged(self.model.predict, originals, queries)
        if confirmation is None or self.again is None:
            return outcomes
        doubted = confirmation.doubted(queries, outcomes)
        again = self._judged(self.again, originals, [queries[i] for i in doubted])
        for i, second in zip(doubted, again, strict=True):
            outcomes[i] = _of_both(outcomes[i], second, confirmation.stands(queries[i], outcomes[i], second))
        return outcomes

    def _judged(
        self, ask: Answering, originals: Sequence[Example], queries: Sequence[Query]
    ) -> list[Outcome]:
        examples = [self.example(originals[query.example], query.text) for query in queries]
        predictions = self._predictions(ask, examples)
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
        pairs = zip(examples, self._predictions(self.model.predict, examples), strict=True)
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

    def _predictions(self, ask: Answering, examples: Sequence[Example]) -> list[Prediction]:
        predictions = ask(examples) if examples else []
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
    """What the rows need of an answer besides its outcome, and of the second one where there is one."""

    input_sha256: str
    answer: Answered
    again: Answered | None = None


def _of_both(first: Outcome, second: Outcome, counts: Outcome) -> Outcome:
    """Return the outcome that counts of two, with both answers behind it."""
    one, other = first.detail, second.detail
    assert isinstance(one, _Detail) and isinstance(other, _Detail)
    return replace(counts, detail=replace(one, again=other.answer))


def attacked_text(task: Task, example: Example, field: str) -> Text:
    """Return an input field as text, with what must stay: token count, answer spans, the lines of a list."""
    protected: tuple[tuple[int, int], ...] = ()
    if task.kind == "span" and field == "context":
        answers = [gold for gold in example.gold if isinstance(gold, Answer)]
        protected = tuple(sorted((a.start, a.start + len(a.text)) for a in answers))
    keep_words = task.kind == "tagging" or _is_list(task, field)
    if _is_list(task, field):
        protected = tuple((i, i + 1) for i, char in enumerate(example.text(field)) if char == "\n")
    return Text(example.text(field), protected=protected, keep_words=keep_words, id=example.id)


def with_text(task: Task, original: Example, field: str, text: str) -> Example:
    """Return an example with an input field replaced by a text; the inverse of `attacked_text`."""
    return original.with_input(field, tuple(text.split(" ")) if task.kind == "tagging" else text)


def _is_list(task: Task, field: str) -> bool:
    """Return whether each line of a field belongs to a place (`boss.tasks.Task.is_choice`)."""
    return task.is_choice and field != task.fields[0]


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
    if isinstance(attack, ReadyCopies):
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


def why_not(task: Task, attack: Attack, field: str | None = None) -> str | None:
    """Return why an attack does not apply to a task, or to a field of it; None where it does."""
    if field is not None and _is_list(task, field):
        if attack.unit == "text":
            return f"whole texts cannot change where every line is one of the {field}"
        if getattr(attack, "adds_words", False):
            return f"no word can be added to the {field}, where white space stays"
    if task.kind == "tagging" and attack.unit == "text":
        return "whole texts cannot change where every token keeps its label"
    if task.kind == "tagging" and getattr(attack, "adds_words", False):
        return "no word can be added where every token keeps its label"
    return None


def uncovered(attack: Attack | None, split: Split) -> str | None:
    """Return why an attack leaves a whole split alone: a file or a run has copies of other examples only."""
    if not isinstance(attack, ReadyCopies) or any(example.id in attack for example in split.examples):
        return None
    return attack.without(split.dataset, len(split.examples))


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
            rows.append(_row(seam.task, example, _Detail(example.input_sha256, answer, second)))
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
        assert isinstance(detail, _Detail)
        yield {
            **_row(seam.task, example, detail),
            "variant": variant,
            "degree": shot.degree,
            "distance": shot.realised,
            "unperturbable": shot.unperturbable,
            "text": shot.text if split.card.store_text else None,
        }


def _row(task: Task, example: Example, detail: _Detail) -> Row:
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
