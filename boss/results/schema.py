"""The lines of records.jsonl (`Record`), the columns of predictions, and what both are made of.

Rules: identity is never parsed from a path; fractions are in [0, 1]; NaN and infinity are refused;
what is unknown is the word ``unknown``; what does not apply is absent (None), never 0.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, Literal, Self

import pyarrow as pa
from pydantic import BeforeValidator, Field, SerializerFunctionWrapHandler, computed_field, model_serializer

from boss.measurement import Count, Fraction, Measurement, Sha256, Strict, canonical_json

SCHEMA_VERSION = 5

ROUNDING = {"down": "rounded down: never exceeded", "up": "rounded up, as RobTest"}
"""What becomes of a degree that is no whole number of characters or words, in words.

It is ``up`` where `boss.measurement.AttackSettings.compatible`.
"""

LEAST_COVERAGE = 0.5
"""Below this share of changed examples a number says more of the clean texts than of the attack."""

Aggregate = Literal[
    "clean",
    "average",
    "worst",
    "attack_success_rate",
    "area_average",
    "area_worst",
    "d50_average",
    "d50_worst",
    "weighted_total_average",
    "weighted_total_worst",
    "robtest_total_average",
    "robtest_total_worst",
]
"""How values of examples became one number: `boss.metrics.scoring.score_predictions` defines each."""


class Interval(Strict):
    """An interval and how it was made.

    Attributes:
        method: ``range`` is all values the number may have: resamples did not differ, and it is no
            proportion of units. ``extreme`` is the worst of the limits of several datasets.
        unit: what was resampled or counted: ``example``, or ``source`` where examples share one.
        n_units: how many of these; of a summary, the sources of all its datasets.
        n_undefined: resamples without the number (a curve that never gets down to half, no example that
            was right); they count as beyond the limits, see `boss.metrics.intervals`.
    """

    low: float
    high: float
    level: Fraction
    method: Literal["wilson", "bootstrap", "wilson-clusters", "range", "extreme"]
    unit: Literal["example", "source"]
    n_units: Count
    n_resamples: Count | None = None
    n_undefined: Count | None = None
    seed: int | None = None


class Spread(Strict):
    """Mean and the 5th and 95th percentile of a quantity over variants."""

    mean: float
    p05: float
    p95: float


class Subject(Strict):
    """The model that was measured (see `boss.models.base.ModelCard`).

    Attributes:
        n_tunable: parameters trained on the task, None where that is not known. No part of a record's
            identity: it follows from the method.
    """

    id: str
    revision: str
    adapter: str
    method: str
    weights_sha256: str
    finetuned_on: str
    training_datasets: tuple[str, ...]
    n_parameters: Count | None
    n_tunable: Count | None = None
    licence: str
    dtype: str
    max_length: Count | None
    fingerprint: str
    options: dict[str, Any] = Field(default_factory=dict)

    @property
    def identity(self) -> dict[str, Any]:
        """What tells this model from others."""
        return self.model_dump(mode="json", exclude={"n_tunable"})

    @property
    def fitted_dataset(self) -> str | None:
        """Name of the dataset of a suite that it was fitted on, or was shown examples of."""
        parts = self.finetuned_on.partition("@")[0].split("/")
        return parts[1] if len(parts) == 3 else None


COMPARED: Mapping[str, str] = {
    "uploaded": "nothing: no keeper of the board has accepted it",
    "recomputed": "every number, interval and digest with what the stored predictions give",
    "regenerated": "also every input with the one that data, attack and seed make: texts, labels, copies "
    "under rule access with their distances; copies that a search chose with their originals, within "
    "their degree",
    "replayed": "also answers drawn by a salted hash in every measurement with those that the keepers' "
    "model gives now",
    "rerun": "also all the other answers",
}
"""How far a number was verified -> what was compared with what; each has what stands before it, too."""

_RENAMED = {"self_reported": "uploaded", "rescored": "recomputed", "spot_checked": "replayed"}


def renamed_level(name: object) -> object:
    """Return what a level is called today; older files have other names, and stay as they are.

    >>> renamed_level("spot_checked")
    'replayed'
    """
    return _RENAMED.get(name, name) if isinstance(name, str) else name


Verification = Annotated[
    Literal["uploaded", "recomputed", "regenerated", "replayed", "rerun"], BeforeValidator(renamed_level)
]


class Touched(Strict):
    """A number on those of its examples alone that the attack could change.

    Attributes:
        n_scored: these examples; of a success rate, those of them that were right to begin with.
    """

    value: float
    ci: Interval
    n_scored: Count


class Score(Strict):
    """One number with its n and its interval, as `boss.metrics` makes it from predictions.

    Attributes:
        degree: requested degree; None for a clean measurement and for what is read off the whole curve.
        n_scored: examples (not variants) behind the number: of a success rate, those right to begin with;
            of what is made of probabilities, those answered; of a confidence when wrong, those answered
            wrongly.
        realised: spread of the realised degree over variants.
        n_unperturbable: variants no edit fitted at this degree.
        coverage: of an attacked number, the share of its examples that the attack could change: some variant
            at the degree is not unperturbable; of a worst and a success rate, at this degree or a lower one
            above 0. The rest keep their clean answer. Off a curve it is the mean over the degrees above 0.
            None of a clean number, of one at degree 0, and in records of before version 5, which do not say.
        touched: the number on the examples that count for ``coverage``, where these are some and not all;
            where they are all it is the number itself. None of what is read off a curve.
        n_texts: texts behind the number, of which ``n_failed`` have no answer (they count as wrong) and
            ``n_truncated`` were cut: those of its degree for an average, of all degrees up to it for a
            worst and a success rate, of all degrees it weighs for the rest.
    """

    metric: str
    aggregate: Aggregate
    degree: Fraction | None
    value: float
    ci: Interval
    higher_is_better: bool
    minimum: float
    maximum: float
    n_scored: Count
    n_failed: Count
    n_truncated: Count
    realised: Spread | None = None
    n_unperturbable: Count | None = None
    coverage: Fraction | None = None
    touched: Touched | None = None
    n_texts: Count


class Cost(Strict):
    """What a measurement cost the victim, counted in texts, which does not depend on the machine.

    Attributes:
        n_queries: answers the searches asked for; ``n_forward`` of them needed a forward pass
            (the rest were duplicates or cached).
        n_again: texts asked about a second time, of a model that may answer the same text otherwise;
            ``n_unconfirmed`` of them were copies whose second answer was as good as the clean one
            (`boss.noise`), whether a search went on with them or not.
        tokens_read, tokens_written: of all these answers, of a model that is paid by the token, as if none
            had been kept from before; where its server does not count them, the most they can be.
        money: what they cost at the prices that were given.
    """

    n_queries: Count
    n_forward: Count
    n_again: Count | None = None
    n_unconfirmed: Count | None = None
    tokens_read: Count | None = None
    tokens_written: Count | None = None
    money: Annotated[float, Field(ge=0)] | None = None

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what does not apply, so that most models' records are as they were before it came."""
        return {name: value for name, value in handler(self).items() if value is not None}

    @classmethod
    def total(cls, costs: Iterable["Cost"]) -> Self:
        """Return what several cost together; a field that one of them has is a sum of those that have it."""
        own = list(costs)
        sums: dict[str, Any] = {}
        for name in cls.model_fields:
            values = [value for cost in own if (value := getattr(cost, name)) is not None]
            if values:
                sums[name] = sum(values)
        return cls(**{"n_queries": 0, "n_forward": 0, **sums})


class Record(Strict):
    """One measured number with everything that identifies it: a line of records.jsonl."""

    schema_version: int = SCHEMA_VERSION
    run_id: str
    created_at: str
    model: Subject
    measurement: Measurement
    score: Score
    cost: Cost
    seed: int
    majority_value: float | None = None
    predictions: str
    predictions_sha256: Sha256
    evaluator_relationship: Literal["first_party", "third_party", "collaborative", "other"]
    verification: Verification = "uploaded"
    status: Literal["active", "superseded", "invalidated"] = "active"
    flags: tuple[str, ...] = ()

    @property
    def knows_shift(self) -> bool:
        """Whether the model was fitted on the train split of this shifted dataset."""
        return self.measurement.role == "ood" and self.model.fitted_dataset == self.measurement.dataset

    @computed_field  # type: ignore[prop-decorator]
    @property
    def record_id(self) -> str:
        """sha256 of what was measured of which model: equal for the same number in every run."""
        identity = {
            "measurement": self.measurement.id,
            "model": self.model.identity,
            "metric": self.score.metric,
            "aggregate": self.score.aggregate,
            "degree": self.score.degree,
            "seed": self.seed,
        }
        return hashlib.sha256(canonical_json(identity).encode()).hexdigest()

    def __str__(self) -> str:
        """``metric@dataset`` with ``+dimension:degree/aggregate`` when attacked."""
        name = f"{self.score.metric}@{self.measurement.dataset}"
        if self.measurement.attack is not None:
            degree = "" if self.score.degree is None else f":{self.score.degree:g}"
            name += f"+{self.measurement.attack.dimension}{degree}/{self.score.aggregate}"
        return name


TIME_AND_HOST_FIELDS = frozenset(
    {"run_id", "created_at", "finished_at", "command", "environment", "at", "seconds"}
)
"""Fields in which two runs of the same measurement may differ; all others are equal to the byte."""

PREDICTIONS = pa.schema(
    [
        pa.field("example_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("variant", pa.int32()),  # null in a clean measurement
        pa.field("degree", pa.float64()),  # null in a clean measurement
        pa.field("input_sha256", pa.string(), nullable=False),  # cut short in copies of a trimmed run
        pa.field("label", pa.string(), nullable=False),  # boss.tasks.encode_answer
        pa.field("prediction", pa.string()),  # null where the model failed on this example
        pa.field("piece_tags", pa.string()),  # boss.metrics.upstream.encode_piece_tags; scoring=boss only
        pa.field("probs", pa.list_(pa.float64())),  # over the measurement's labels; classification only
        pa.field("distance", pa.float64()),  # realised degree; null in a clean measurement
        pa.field("unperturbable", pa.bool_()),
        pa.field("truncated", pa.bool_(), nullable=False),
        pa.field("text", pa.string()),  # the attacked field, where the licence lets it be stored
        pa.field("error", pa.string()),
    ]
)
"""One row = one example of a clean measurement, or one (example, variant, degree) of an attacked one.

An attacked one has one row of degree 0 and variant 0 per example: the clean answer it is compared with.
"""

TWICE = pa.schema([*PREDICTIONS, pa.field("again", pa.string()), pa.field("again_error", pa.string())])
"""The same with the answers of a second time, of a model that may answer the same text otherwise.

``again`` is as ``prediction``, and where the model failed ``again_error`` says why, as ``error`` does; both
are null where it was asked once. A clean text is asked twice. Under attack a copy is that is answered worse
than the clean text, and the better of its two answers counts.
"""


def schema_for(names: Collection[str]) -> pa.Schema:
    """Return the columns that predictions must have, by the names of those they have."""
    return TWICE if {"again", "again_error"}.intersection(names) else PREDICTIONS
