"""The numbers that a run will have, by name, before anything is measured: what a bar may be for.

A number is called ``[TASK/][PLACE/][ATTACK@DEGREE/][METRIC/][AGGREGATE]``. A place is ``id``, ``ood_mean``, a
dataset or, of clean numbers, ``ood_lowest`` (``ood_highest`` where lower is better, as of ``flip_rate``). An
attack is one of the run's, a level or ``overall`` (means over dimensions); what is read off a whole curve has
no degree: ``typo/area_worst``. Where it is left out, the metric is the headline and the aggregate ``worst``;
but a task that is left out is each of them, and a place under attack is ``id`` and ``ood_mean``. ``d50`` has
no name: it is absent where a curve never gets there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from boss.data.types import Card
from boss.job import Job
from boss.measurement import AttackSettings, name_of
from boss.metrics.calibration import ECE
from boss.metrics.calibration import METRICS as CALIBRATION
from boss.metrics.noise import FLIP_RATE
from boss.metrics.scores import attacked_metrics, clean_metrics
from boss.tasks import Task
from robtest.attacks import DIMENSIONS

SUMMED = {
    "id": ("id", "mean"),
    "ood_mean": ("ood", "mean"),
    "ood_lowest": ("ood", "lowest"),
    "ood_highest": ("ood", "highest"),
}
"""Place -> role and ``over`` of its summaries (`boss.results.summary`); any other place is a dataset."""

_PLACES_MEANT = ("id", "ood_mean")
OVERALL = "overall"
RATE = "attack_success_rate"
_AT_DEGREE = ("worst", "average", RATE)
_OFF_CURVE = tuple(
    f"{what}_{which}"
    for what in ("area", "weighted_total", "robtest_total")
    for which in ("worst", "average")
)


class Target(NamedTuple):
    """A number of a run before it is made.

    Attributes:
        place: one of `SUMMED`, or a dataset.
        attack: name in the run, level or `OVERALL`; None for a clean number.
        attacks: names of the attacks behind it.
        measurements: names of those behind it, of attacks that could be made.
        headline: whether the metric is the one that is meant where none is named.
    """

    task: str
    place: str
    attack: str | None
    degree: float | None
    metric: str
    aggregate: str
    higher_is_better: bool
    headline: bool
    attacks: tuple[str, ...]
    measurements: tuple[str, ...]

    @property
    def what(self) -> str:
        """The attack and its degree, as they are named; nothing for a clean number."""
        at = "" if self.degree is None else f"@{self.degree:.12g}"
        return f"{self.attack}{at}" if self.attack else ""

    def __str__(self) -> str:
        """All of its name but the task."""
        aggregate = self.aggregate if self.attack else ""
        return "/".join(filter(None, (self.place, self.what, self.metric, aggregate)))

    @property
    def names(self) -> Iterator[str]:
        """Everything it may be called."""
        tasks, metrics = (self.task, ""), (self.metric, *([""] if self.headline else []))
        places = (self.place, *([""] if self.attack and self.place in _PLACES_MEANT else []))
        aggregates = (self.aggregate, *([""] if self.aggregate == "worst" else [])) if self.attack else ("",)
        for task, place, metric, aggregate in product(tasks, places, metrics, aggregates):
            yield "/".join(filter(None, (task, place, self.what, metric, aggregate)))


def targets_of(job: Job) -> Iterator[Target]:
    """Yield the numbers that a job will have if all goes well.

    Those of attacks that could not be made are among them, so that a bar can be named and falls short.
    """
    for task in job.tasks:
        cards = [card for card in job.suite.cards if card.task == task.name]
        places = {card.name: [card] for card in cards}
        for place, (role, _) in SUMMED.items():
            own = [card for card in cards if card.role == role]
            if own:
                places[place] = own
        noisy = getattr(job.recipe, "noise", False) is True
        for place, own in places.items():
            yield from _clean(task, place, own, noisy=noisy)
            if SUMMED.get(place, ("", "mean"))[1] == "mean":
                yield from _attacked(job, task, place, own)


def listed(targets: Sequence[Target]) -> str:
    """Say what may be named, part by part."""
    attacked = [target for target in targets if target.attack]
    lines = [f"clean numbers: {_words(target.place for target in targets if not target.attack)}"]
    if attacked:
        attacks = _words(f"{target.attack}@D" for target in attacked)
        degrees = _words(f"{target.degree:.12g}" for target in attacked if target.degree is not None)
        lines += [
            f"under attack: {attacks} with D one of {degrees}",
            f"of one place: PLACE/{attacked[0].what} with PLACE one of {_words(t.place for t in attacked)}",
            f"behind it: {_words(f'/{t.aggregate}' for t in attacked)} (without @D from "
            f"/{_OFF_CURVE[0]} on; without any: worst)",
        ]
    lines.append(f"of a metric: {_words(f'/{target.metric}' for target in targets)}")
    if len({target.task for target in targets}) > 1:
        lines.append(f"of one task: {_words(f'{target.task}/' for target in targets)} before it")
    return "; ".join(lines)


def _clean(task: Task, place: str, cards: Sequence[Card], *, noisy: bool) -> Iterator[Target]:
    names: dict[str, list[str]] = {}
    for card in cards:
        metrics = [metric.name for metric in clean_metrics(task, card.labels, card.recall_only)]
        if task.kind == "classification":
            # Of a recall-only dataset there is no calibration error, and the rest is in no mean.
            alone = place == card.name
            left_out = {ECE} if alone else set(CALIBRATION)
            metrics += [name for name in CALIBRATION if not (card.recall_only and name in left_out)]
        for metric in (*metrics, *([FLIP_RATE] if noisy else [])):
            names.setdefault(metric, []).append(name_of(task.name, card.name, None))
    headline = _headline(task.metric, names)
    worst = {"ood_lowest": False, "ood_highest": True}  # and whether lower is better there
    for metric, measurements in names.items():
        lower = metric in (*CALIBRATION, FLIP_RATE)
        if worst.get(place, lower) != lower:
            continue
        yield Target(
            *(task.name, place, None, None, metric, "clean"),
            higher_is_better=not lower,
            headline=metric == headline,
            attacks=(),
            measurements=tuple(measurements),
        )


def _attacked(job: Job, task: Task, place: str, cards: Sequence[Card]) -> Iterator[Target]:
    settings = job.attack_settings(task)
    cards_of: dict[str, list[Card]] = {}
    deciding: list[str] = []
    for card in cards:
        for metric in attacked_metrics(task, card.labels, card.recall_only):
            cards_of.setdefault(metric.name, []).append(card)
            deciding += [metric.name] if metric.decides else []
    headline = _headline(task.attacked_metric, cards_of)
    # A success rate is of a metric that decides right or wrong, so this is the one meant.
    meant = {**dict.fromkeys((*_AT_DEGREE, *_OFF_CURVE), headline), RATE: _headline(headline, deciding)}
    for (attack, names), name in product(_attacks(job, settings, place).items(), cards_of):
        made = [settings[each] for each in names if each in settings]
        measurements = tuple(name_of(task.name, card.name, each) for card in cards_of[name] for each in made)
        degrees = sorted({degree for each in made for degree in each.degrees} or job.settings.degrees)
        for degree, aggregate in _at([degree for degree in degrees if degree > 0]):
            if aggregate != RATE or name in deciding:
                yield Target(
                    *(task.name, place, attack, degree, name, aggregate),
                    higher_is_better=aggregate != RATE,
                    headline=name == meant[aggregate],
                    attacks=tuple(names),
                    measurements=measurements,
                )


def _attacks(job: Job, settings: Mapping[str, AttackSettings], place: str) -> dict[str, list[str]]:
    """Return what numbers are under, by name: an attack, a level or overall, with the attacks behind it.

    An attack that could not be made is among them, as it would have been in the means, which a dataset alone
    does not have.
    """
    groups = {name: [name] for name in (*settings, *job.unmade)}
    if place not in SUMMED:
        return groups
    means: dict[str, list[str]] = {}
    for name in groups:
        if name in DIMENSIONS and (name not in settings or settings[name].dimension == name):
            for mean in (str(getattr(DIMENSIONS[name], "level")), OVERALL):  # noqa: B009  (a class, typed less)
                means.setdefault(mean, []).append(name)
    return {**means, **groups}


def _at(degrees: Sequence[float]) -> Iterator[tuple[float | None, str]]:
    """Yield degree and aggregate of each number of a curve; of the clean point alone there are none."""
    yield from product(degrees, _AT_DEGREE)
    if degrees:
        yield from ((None, aggregate) for aggregate in _OFF_CURVE)


def _headline(metric: str, metrics: Iterable[str]) -> str:
    """Return a metric, or the first there is: recall where all datasets are recall-only."""
    names = list(metrics)
    return metric if metric in names else names[0]


def _words(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))
