"""Runs that differ in their prompt, or the order of labels in it, alone: numbers, spread, sameness."""

import shlex
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from boss.config import identity_sha256
from boss.errors import ResultError
from boss.measurement import Measurement
from boss.metrics.scoring import tally
from boss.metrics.variants import Share, Spread, over_variants, sameness
from boss.models.llm.orders import LABEL_ORDERS
from boss.repeats import command_of, grouped, matched, subject_of
from boss.results.schema import Aggregate, Interval, Score
from boss.results.store import StoredRun

Over = Literal["prompts", "orders", "all"]
Key = tuple[str, Aggregate, float | None]
"""Metric, aggregate and degree of a number."""
_CHOICES = ("prompt", "label_order")
_GIVEN: str = LABEL_ORDERS[0]


class Variant(NamedTuple):
    """What a model was asked with: the file of the prompt, or its name, and the order of the labels in it."""

    prompt: str
    label_order: str

    @property
    def name(self) -> str:
        """What tables call it."""
        stem = Path(self.prompt).stem
        return stem if self.label_order == _GIVEN else f"{stem}, {self.label_order}"


class Chosen(NamedTuple):
    """Variants that are looked at together.

    Attributes:
        over: in what they differ: ``prompts``, ``orders`` of the labels, or ``all``, both.
        fixed: what they share: the order of the labels, the prompt, or nothing.
        places: of the variants.
    """

    over: Over
    fixed: str | None
    places: tuple[int, ...]


@dataclass(frozen=True)
class OfVariant:
    """A number of one variant, as it stands in the records of its run; ``n`` is its ``n_scored``."""

    prompt: str
    label_order: str
    value: float
    ci: Interval
    n: int
    coverage: float | None


@dataclass(frozen=True)
class SpreadOver:
    """A number over some variants; `Chosen` and `boss.metrics.variants.Spread` explain the fields."""

    over: Over
    fixed: str | None
    n_variants: int
    mean: float
    deviation: float
    ci: Interval
    lowest: str
    highest: str


@dataclass(frozen=True)
class NumberOverPrompts:
    """One number of a measurement.

    Attributes:
        variants: those that have it.
    """

    metric: str
    aggregate: Aggregate
    degree: float | None
    variants: tuple[OfVariant, ...]
    spreads: tuple[SpreadOver, ...]


@dataclass(frozen=True)
class SamenessOver:
    """How often some variants answer alike; see `Chosen` and `boss.metrics.variants.Sameness`."""

    over: Over
    fixed: str | None
    n_variants: int
    consistency: Share
    agreement: Share


@dataclass(frozen=True)
class MeasurementOverPrompts:
    """The numbers of one measurement over the prompts and orders of a group of runs.

    Attributes:
        options: digest of the options that the runs share.
        measurement: its key.
        sameness: of a clean measurement; empty of an attacked one, whose texts may differ between variants.
    """

    suite: str
    model: str
    method: str
    options: str
    seed: int
    task: str
    attacked_metric: str
    dataset: str
    role: str
    measurement: str
    numbers: tuple[NumberOverPrompts, ...]
    sameness: tuple[SamenessOver, ...]


def combine(roots: Sequence[Path], *, seed: int = 0) -> list[MeasurementOverPrompts]:
    """Return the measurements that all runs of a group have; they differ in prompt and order of labels alone.

    A run that stands there twice counts once, as the newer one; one whose like has no other prompt and no
    other order is left out, and so are runs of models without prompts.

    Args:
        seed: of the bootstrap.

    Raises:
        ResultError: if a run cannot be read or is unfinished, or no two runs differ in these alone.
    """
    groups = grouped(roots, _options, _variant)
    measurements = [each for runs in groups if len(runs) > 1 for each in _combined(runs, seed)]
    if not measurements:
        words = command_of(groups, "model.prompt", "model.label_order")
        words += [] if groups else ["model=smollm2"]
        raise ResultError(
            f"no two runs under {', '.join(map(str, roots))} differ in the prompt or its order of labels "
            f"alone; make some: {shlex.join([*words, 'prompts=all'])}"
        )
    return measurements


def _options(stored: StoredRun) -> str | None:
    """Return the digest of a run's options apart from the choices; None for a model without prompts."""
    config = stored.run.config
    model = config.get("model")
    if not isinstance(model, Mapping) or "prompt" not in model:
        return None
    rest = {key: value for key, value in model.items() if key not in _CHOICES}
    return identity_sha256({**config, "model": rest})


def _variant(stored: StoredRun) -> Variant:
    model = stored.run.config["model"]
    return Variant(str(model["prompt"]), str(model.get("label_order", _GIVEN)))


def chosen(variants: Sequence[Variant]) -> list[Chosen]:
    """Return which variants are looked at together: prompts alone, orders alone of each prompt, and all.

    Prompts are compared with the labels as given, or in the first order that there is. What would be the
    same variants again is left out, and so is what is of one variant.
    """
    prompts = list(dict.fromkeys(variant.prompt for variant in variants))
    first = min((variant.label_order for variant in variants), key=_given_first)
    found = [
        Chosen("prompts", first, _places(variants, label_order=first)),
        *(Chosen("orders", prompt, _places(variants, prompt=prompt)) for prompt in prompts),
        Chosen("all", None, tuple(range(len(variants)))),
    ]
    kept: dict[tuple[int, ...], Chosen] = {}
    for one in found:
        if len(one.places) > 1:
            kept.setdefault(one.places, one)
    return list(kept.values())


def _given_first(order: str) -> tuple[bool, str]:
    return order != _GIVEN, order


def _places(
    variants: Sequence[Variant], *, prompt: str | None = None, label_order: str | None = None
) -> tuple[int, ...]:
    return tuple(
        i
        for i, variant in enumerate(variants)
        if prompt in (None, variant.prompt) and label_order in (None, variant.label_order)
    )


def _combined(runs: Mapping[Variant, StoredRun], seed: int) -> Iterator[MeasurementOverPrompts]:
    variants = sorted(runs, key=lambda v: (v.prompt, _given_first(v.label_order)))
    for alike in matched([runs[variant] for variant in variants], lambda _, measurement: measurement.id):
        own = {variant: runs[variant] for variant in variants}
        if not alike[0].labels:  # a question lists none, so that their order changes nothing
            first = {variant.prompt: variant for variant in reversed(variants)}
            own = {variant: runs[variant] for variant in variants if variant in first.values()}
        if len(own) > 1:
            yield _measurement(own, alike[0], seed)


def _measurement(
    runs: Mapping[Variant, StoredRun], measurement: Measurement, seed: int
) -> MeasurementOverPrompts:
    variants, first = list(runs), next(iter(runs.values()))
    counted = [tally(measurement, run.predictions(measurement.name)) for run in runs.values()]
    spreads: dict[Key, list[SpreadOver]] = defaultdict(list)
    alike = []
    for one in chosen(variants):
        here = [variants[place] for place in one.places]
        of_these = [counted[place] for place in one.places]
        for spread in over_variants(of_these, seed=seed):
            spreads[spread.metric, spread.aggregate, spread.degree].append(_spread(one, here, spread))
        if measurement.attack is None:
            same = sameness(of_these, seed=seed)
            alike.append(SamenessOver(one.over, one.fixed, len(here), same.consistency, same.agreement))
    options = _options(first)
    assert options is not None, "a run without prompts is in no group"
    return MeasurementOverPrompts(
        suite=measurement.suite,
        model=first.run.model,
        method=subject_of(first, measurement).method,
        options=options,
        seed=first.run.seed,
        task=measurement.task,
        attacked_metric=measurement.definition.attacked_metric,
        dataset=measurement.dataset,
        role=measurement.role,
        measurement=measurement.name,
        numbers=tuple(
            NumberOverPrompts(*key, tuple(_of_each(runs, measurement, key)), tuple(over))
            for key, over in spreads.items()
        ),
        sameness=tuple(alike),
    )


def _spread(one: Chosen, variants: Sequence[Variant], spread: Spread) -> SpreadOver:
    return SpreadOver(
        over=one.over,
        fixed=one.fixed,
        n_variants=len(variants),
        mean=spread.mean,
        deviation=spread.deviation,
        ci=spread.ci,
        lowest=variants[spread.lowest].name,
        highest=variants[spread.highest].name,
    )


def _of_each(runs: Mapping[Variant, StoredRun], measurement: Measurement, key: Key) -> Iterator[OfVariant]:
    for variant, run in runs.items():
        for record in run.records:
            score = record.score
            if record.measurement.name == measurement.name and key == _key(score):
                yield OfVariant(*variant, score.value, score.ci, score.n_scored, score.coverage)


def _key(score: Score) -> Key:
    return score.metric, score.aggregate, score.degree
