"""What a number is of: its identity, how two of them differ, and which parts of it matter to which number.

A `Measurement` is built once, before a model is asked (`boss.job`), and everything that has to know whether
two numbers are the same measurement asks it: resuming, parts, records, summaries, comparisons, the board.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from boss.tasks import TASKS, Task, get_task
from robtest.types import Access, Level, Tag

BENCHMARK = "boss-robtest"
BENCHMARK_VERSION = "1"
"""Of the rules by which answers become numbers (`boss.metrics`); raised when a value changes."""

UNKNOWN = "unknown"
"""What an old run cannot tell. It is not equal to anything, not even to itself."""

Fraction = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Role = Literal["id", "ood"]
Scoring = Literal["corrected", "boss"]
"""The metrics of a measurement: the corrected ones, or BOSS's own beside them."""
Options = dict[str, Any] | Literal["unknown"]
Parts = dict[str, Any]
"""Name of a part -> its value; inner parts have dotted names."""


class Strict(BaseModel):
    """Base: frozen, unknown fields refused, NaN and infinity refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SearchSettings(Strict):
    """How edits were chosen.

    Attributes:
        version: of the search, rule's too; ``unknown`` in runs that did not record it.
        options: every option of the search, by name.
    """

    version: str
    options: Options


class Transferred(Strict):
    """Whose copies they are, where a search on another model made them.

    Attributes:
        run: id of the run that they come from.
        model: id of the model they were made for; ``fingerprint``: of that model.
        access: of that search.
    """

    run: str
    model: str
    fingerprint: str
    access: Access


class AttackSettings(Strict):
    """An attack, as far as it decides the perturbed texts.

    Attributes:
        name: what the run's configuration calls it; a description only.
        field: the input field that is edited.
        version: of the dimension's edits, with the packages and files behind them.
        options: every option of the attack, by name (`robtest.settings.settings_of`).
        changed: those of them that were not the default; readers know the attack by these (`label`).
        n_variants: perturbed copies of each example.
        degrees: rising, starting with 0.
        transferred: of copies out of another model's run, where ``search`` is the one that made them; this
            model was asked about them and no search looked at it, so ``access`` is rule. Else it is None
            and stands nowhere.
    """

    name: str
    dimension: str
    level: Level
    tag: Tag
    access: Access
    field: str
    version: str
    options: Options
    changed: dict[str, Any] = {}
    search: SearchSettings
    n_variants: Count
    seed: int
    degrees: tuple[Fraction, ...]
    transferred: Transferred | None = None

    @model_serializer(mode="wrap")
    def _written(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_none(handler(self), "transferred")

    @property
    def how(self) -> str:
        """What the copies had to do with the model: ``score access``, or ``transferred from tfidf (...)``."""
        if self.transferred is None:
            return f"{self.access} access"
        return f"transferred from {self.transferred.model} ({self.transferred.access} access)"

    @property
    def label(self) -> str:
        """The dimension, and the options that are not the default: ``typo, operators=delete``."""
        return ", ".join([self.dimension, *(f"{key}={_short(value)}" for key, value in self.changed.items())])

    @property
    def compatible(self) -> bool:
        """Whether limits are rounded up, as RobTest does."""
        return isinstance(self.search.options, dict) and bool(self.search.options.get("compatible"))

    def grid(self, degree: float | None) -> tuple[float, ...]:
        """Return the degrees above 0 that a number at ``degree`` depends on; None is the whole curve.

        Under rule access on characters and words, copies at a degree are made from those at lower degrees
        and know of none above. Whole texts share their steps out among all degrees, and a search that asks
        the model shares its budget, or starts at the highest: there the whole grid counts, and so it does
        for copies out of another run.
        """
        nested = self.access == "rule" and self.level != "sentence" and self.transferred is None
        highest = degree if degree is not None and (nested or degree == 0) else 1.0
        return tuple(sorted(d for d in self.degrees if 0 < d <= highest))


class Measurement(Strict):
    """Everything that decides a number before the model is asked.

    A field decides unless it is named in `DESCRIPTIONS`, so that a new one cannot be forgotten.

    Attributes:
        suite: name of the list of datasets; with a dataset added to it, the extended name.
        labels: the dataset's label names (entity types for tagging, empty for spans), to which the model is
            restricted.
        dataset_sha256: over the evaluated examples: ids, inputs, gold labels and sources.
        n_total: examples of the split; ``n_evaluated`` of them were shown to the model.
        subset: how these were chosen: ``all``, ``cap`` or ``seeded:SEED``.
        majority: accuracy of always answering the most common class of the evaluated examples.
        own_task: the task, where it is not one of the project's as they are.
        scoring: whether BOSS's own metrics are there too (`boss.metrics.upstream`).
        attack: None for the texts as they are.
    """

    benchmark: str = BENCHMARK
    benchmark_version: str = BENCHMARK_VERSION
    suite: str
    suite_version: str
    task: str
    dataset: str
    split: str
    role: Role
    recall_only: bool
    stand_in: bool
    labels: tuple[str, ...]
    dataset_revision: str
    dataset_sha256: Sha256
    n_total: Count
    n_evaluated: Count
    subset: str
    majority: Fraction | None = None
    own_task: Task | None = None
    scoring: Scoring = "corrected"
    attack: AttackSettings | None = None

    @property
    def definition(self) -> Task:
        """The task.

        Raises:
            ConfigError: if it is none of the project's, and the run does not say what it is.
        """
        return self.own_task or get_task(self.task)

    @property
    def is_defined(self) -> bool:
        """Whether the task is one of the project's, or the run says what it is."""
        return self.task in TASKS if self.own_task is None else self.own_task.name == self.task

    @property
    def name(self) -> str:
        """Name within a run, and of its folder: ``task/dataset/clean`` or .../name-tag-access-field."""
        return name_of(self.task, self.dataset, self.attack)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a changed copy, which works its identity out anew: pydantic copies what was cached, too."""
        copy = super().model_copy(update=update, deep=deep)
        for name in ("id", "_parts"):
            copy.__dict__.pop(name, None)
        return copy

    @cached_property
    def id(self) -> str:
        """Hex digest of all that decides; equal in every run of the same measurement."""
        return _digest(self._parts)

    @cached_property
    def _parts(self) -> Parts:
        # The project's own tasks are known by their name, as they were before there were others.
        own: dict[str, Any] = {} if self.own_task is not None else {"own_task": True}
        return dict(_leaves(self.model_dump(mode="json", exclude={**_excluded(), **own})))

    def parts(self, aggregate: str, degree: float | None) -> Parts:
        """Return what of it decides one number, by dotted name.

        Of a clean number that is the data and no attack. Of one at a degree, and of one read off a whole
        curve, it is the attack with the degrees of `AttackSettings.grid`. What `subset` and `scoring` decide
        stands in the digest of the data and in the name of the metric, so two numbers may differ in them.

        Args:
            aggregate, degree: of the number, see `boss.results.schema.Score`.
        """
        parts = {name: value for name, value in self._parts.items() if name not in INDIRECT}
        if self.attack is None or aggregate == "clean":
            return {name: value for name, value in parts.items() if name.split(".")[0] != "attack"}
        return {**parts, "attack.degrees": list(self.attack.grid(degree))}

    def identity(self, aggregate: str, degree: float | None, *, run: str) -> str:
        """Return the digest of `parts`: two numbers are of the same measurement where it is equal.

        Args:
            run: what a part that is unknown is unique to, as it equals nothing.
        """
        parts = self.parts(aggregate, degree)
        return _digest({**parts, UNKNOWN: run} if any(_is_unknown(parts, name) for name in parts) else parts)

    def apart_from_seed(self, *, run: str) -> str:
        """Return the digest of all that decides but the seed, of the copies and of a drawn subset.

        Args:
            run: as for `identity`.
        """
        drawn = {"subset", "dataset_sha256"} if self.subset.startswith("seeded:") else set()
        parts = {name: value for name, value in self._parts.items() if name not in {"attack.seed", *drawn}}
        return _digest({**parts, UNKNOWN: run} if any(_is_unknown(parts, name) for name in parts) else parts)

    def differences(
        self, other: "Measurement", number: tuple[str, float | None] | None = None
    ) -> tuple[str, ...]:
        """Return in words how two measurements differ; empty where they are the same.

        Args:
            number: aggregate and degree of the number that is meant; None for all that decides.
        """
        left = self._parts if number is None else self.parts(*number)
        right = other._parts if number is None else other.parts(*number)
        names = [
            name
            for name in {**left, **right}
            if left.get(name, _ABSENT) != right.get(name, _ABSENT) or _is_unknown(left, name)
        ]
        # What was changed stands among the options, too; it is said only where nothing else differs.
        names = [name for name in names if name != _CHANGED] or names
        return tuple(
            f"{_WORDS.get(name, name.removeprefix('attack.'))}: {_text(left, name)} and {_text(right, name)}"
            for name in names
        )


DESCRIPTIONS: Mapping[str, frozenset[str]] = {
    "": frozenset({"dataset_revision", "n_total", "stand_in", "majority"}),
    "attack": frozenset({"name"}),
}
"""Fields of a measurement, and of its attack, that decide nothing: where the data came from, what follows
from them, what people call things."""

INDIRECT = frozenset({"subset", "scoring"})
"""Fields that decide which rows there are, so belong to the id, and no single number, see `parts`."""

_ABSENT = object()
_CHANGED = "attack.changed"
_MAY_BE_UNKNOWN = ("attack.version", "attack.options", "attack.changed", "attack.search")
"""What a run may not tell, or an option not of itself."""
_WORDS = {
    "dataset_sha256": "content of the data",
    "n_evaluated": "number of examples",
    "attack.degrees": "degrees that count",
    "attack.n_variants": "copies of each example",
    "attack.seed": "seed of the copies",
    "attack.version": "version of the attack",
    "attack.search.version": "version of the search",
    "attack.transferred.run": "run that the copies come from",
    "attack.transferred.model": "model that the copies were made for",
    "attack.transferred.fingerprint": "fingerprint of the model that the copies were made for",
    "attack.transferred.access": "access of the search that made the copies",
}


def name_of(task: str, dataset: str, attack: AttackSettings | None) -> str:
    """Return `Measurement.name` of a dataset, clean or under an attack, before its data are there."""
    tail = "clean"
    if attack is not None:
        tail = f"{attack.name}-{attack.tag}-{attack.access}-{attack.field}"
    return f"{task}/{dataset}/{tail}"


def attack_of(settings: AttackSettings) -> str:
    """Return the digest of what an attack's settings decide, whatever the data."""
    return _digest(settings.model_dump(mode="json", exclude=set(DESCRIPTIONS["attack"])))


def canonical_json(value: object) -> str:
    """Return the one JSON text of ``value``: sorted keys, no spaces, NaN refused."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def without_none(written: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a model as it is written, without a field that is None: it stands only where it applies."""
    return {key: value for key, value in written.items() if key != name or value is not None}


def _excluded() -> dict[str, Any]:
    return {**dict.fromkeys(DESCRIPTIONS[""], True), "attack": dict.fromkeys(DESCRIPTIONS["attack"], True)}


def _digest(value: object) -> str:
    return hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()


def _leaves(value: object, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value of nested JSON with its dotted name; lists, and what is `_CHANGED`, are values."""
    if not isinstance(value, dict) or name == _CHANGED or (name and not value):
        yield name, value
        return
    for key, inner in value.items():
        yield from _leaves(inner, f"{name}.{key}" if name else key)


def _is_unknown(parts: Parts, name: str) -> bool:
    """Whether a part, or something in it, is unknown; the data are never, whatever a label is called."""
    return name.startswith(_MAY_BE_UNKNOWN) and _holds_unknown(parts.get(name))


def _holds_unknown(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_unknown, value.values()))
    return any(map(_holds_unknown, value)) if isinstance(value, list) else value == UNKNOWN


def _text(parts: Parts, name: str) -> str:
    return _short(parts[name]) if name in parts else "none"


def _short(value: object) -> str:
    """Return a value for a person: lists without quotes, digests cut short."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_short, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_short(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, str):
        return f"{value[:12]}…" if len(value) == 64 and set(value) <= set("0123456789abcdef") else value
    return f"{value:g}" if isinstance(value, float) else json.dumps(value)
