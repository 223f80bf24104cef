"""What the API answers, as pydantic models, from which the published JSON Schema is made.

Missing is absent in a record, and null in a row of the board, whose columns are the same for every model.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.json_schema import models_json_schema

from boss.measurement import Count, Fraction
from boss.results.schema import Aggregate, Verification
from boss.results.schema import Record as _Stored
from robtest.types import Access, Tag

Role = Literal["id", "ood"]


class Answer(BaseModel):
    """Base: NaN and infinity refused, unknown fields refused, the text under a field is its description."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True, use_attribute_docstrings=True)


class Record(Answer):
    """One measured number with its interval, its n and what identifies it."""

    suite: str
    task: str
    own_task: str = ""
    """What the task is, as JSON, where it is none of the project's; else empty."""
    model: str
    """As the run names it."""
    method: str
    """How it was trained."""
    dataset: str
    """`all id sets` or `all ood sets` where the scope is wider than a measurement."""
    role: Role
    """In-distribution or shifted."""
    scope: Literal["measurement", "mean", "level", "overall"]
    """One data set, a mean over data sets, or one over the attacks of a level or all attacks as well."""
    metric: str
    aggregate: Aggregate
    attack: str | None = None
    """Absent where nothing was attacked, as are the fields that say how."""
    dimension: str | None = None
    access: Access | None = None
    tag: Tag | Literal["all"] | None = None
    degree: Fraction | None = None
    """Requested degree; absent also where a number is read off the whole curve."""
    rounding: Literal["down", "up"] | None = None
    """What becomes of a degree that is no whole number of characters or words: rounded down it is never
    exceeded; up is RobTest's way."""
    n_variants: Count | None = None
    """Perturbed copies of each example."""
    identity: str
    """What was measured: numbers of equal identity are comparable, others are not. A JSON list of them where
    the scope is wider than a measurement."""
    value: float
    low: float
    high: float
    """The limits of the interval."""
    level: Fraction
    """Confidence level of the interval."""
    n: Count
    """Examples behind the number."""
    coverage: Fraction | None = None
    """Share of these that the attack could change; the rest keep their clean answer. Absent of a clean
    number, and where a run does not say."""
    touched: float | None = None
    """The number on the changed examples alone, where these are some and not all; absent off a curve and over
    several measurements."""
    touched_low: float | None = None
    touched_high: float | None = None
    """The limits of its interval."""
    touched_n: Count | None = None
    """The examples behind it."""
    n_failed: Count
    """Texts without an answer, which count as wrong."""
    n_truncated: Count
    """Texts that were cut."""
    majority: Fraction | None = None
    """What always answering the most common class gets."""
    data: str
    """sha256 of what was evaluated; a JSON list of them where the scope is wider than a measurement."""
    answers: str
    """sha256 of the predictions, or a JSON list of them."""
    measurement: str
    """Key of the measurement within its run; empty where the scope is wider."""
    recall_only: bool
    """All examples have one class: the number is its recall and is in no mean."""
    stand_in: bool
    """The suite is a small stand-in for BOSS."""
    flags: str
    """Separated by `; `; empty for none."""
    contaminated: str
    """Data sets of it that the model may have learnt from, each with the reason; empty for none."""
    verification: Verification
    revision: str
    adapter: str
    licence: str
    finetuned_on: str
    training: tuple[str, ...]
    """Other data sets the model was trained on; `unknown` where nobody said."""
    n_parameters: Count | None = None
    fingerprint: str
    """Tells two versions of a model apart."""
    run: str
    """Of the run, as the site names it."""
    run_id: str
    run_status: Literal["running", "interrupted", "complete", "failed"]
    created_at: str
    """ISO 8601, UTC."""


class OfState(Answer):
    """Base of what is said of a state of the site."""

    snapshot: str
    """Name of the state; `?snapshot=` with it asks for the same one later."""
    missing: tuple[str, ...]
    """What can no longer be had of an earlier state; empty where it is whole."""


class RecordPage(OfState):
    """Records in a fixed order: by suite, task, model, method, data set, attack and so on."""

    n_total: Count
    """Records that match, on all pages."""
    records: tuple[Record, ...]
    next: str | None = None
    """Address of the next page; absent on the last."""


class Column(Answer):
    """A number of the board: under `key` in a row, with `_low`, `_high`, `_n`, `_coverage` and `_mark` of it.

    The coverage is the share of the texts that the attack changed, of a mean over sets the mean of theirs;
    null of a clean number, and where a run does not say. The mark is why the number is not ranked with the
    others of its column; empty where it is.
    """

    key: str
    label: str
    help: str


class BoardRow(BaseModel):
    """A row of the board; beside these fields it has those of every column."""

    model_config = ConfigDict(extra="allow", allow_inf_nan=False, frozen=True)
    __pydantic_extra__: dict[str, str | bool | int | float | None]

    suite: str
    task: str
    attack: str | None
    tag: str | None
    degree: Fraction | None
    snapshot: str
    model: str
    method: str
    notes: str
    run_id: str


class Leaderboard(OfState):
    """The board, as the page exports it with all its columns."""

    sort: str
    """Key of the column it is sorted and ranked by."""
    order: str
    """Whether the `best` or the `worst` stand first."""
    columns: tuple[Column, ...]
    rows: tuple[BoardRow, ...]


class TaskOfModel(Answer):
    """Where a model stands on the board."""

    suite: str
    task: str
    n_records: Count


class Model(Answer):
    """What the records say of a model trained by a method; several values where runs differ."""

    model: str
    method: str
    revisions: tuple[str, ...]
    adapters: tuple[str, ...]
    licences: tuple[str, ...]
    finetuned_on: tuple[str, ...]
    training: tuple[str, ...]
    n_parameters: Count | None = None
    verification: Verification
    """Of its least verified number."""
    measured: str
    """Day of its newest number."""
    runs: tuple[str, ...]
    tasks: tuple[TaskOfModel, ...]


class Models(OfState):
    """All models."""

    models: tuple[Model, ...]


class Trouble(Answer):
    """A run that is not shown in full, and why."""

    run: str
    reason: str


class Index(OfState):
    """What is here."""

    api: Literal[1] = 1
    code: str
    """The version that worked the numbers out."""
    snapshot_kept: bool
    """Whether it was written down; if not, the name says what it was, but no link can show it again."""
    n_runs: Count
    n_models: Count
    n_records: Count
    problems: tuple[Trouble, ...]
    addresses: tuple[str, ...]


class Failure(Answer):
    """Why there is no answer; the text names the value, the rule and the cure."""

    error: str


class StoredRecord(_Stored):
    """A record as a run stores it: a line of records.jsonl."""


ANSWERS: tuple[type[BaseModel], ...] = (Index, RecordPage, Leaderboard, Models, Failure)


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the answers and of a record as a run stores it, under ``$defs``."""
    models = [(model, "serialization") for model in (*ANSWERS, StoredRecord)]
    _, defined = models_json_schema(models, title="BOSS x RobTest leaderboard")  # type: ignore[arg-type]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **defined}
