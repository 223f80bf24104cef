"""The cells of a run: what identifies each, who answers it, and how each of its parts is measured."""

from collections.abc import Callable
from dataclasses import dataclass

from boss.data.suite import subset
from boss.data.types import Split
from boss.evaluate import (
    Advance,
    Attack,
    Part,
    Seam,
    Searching,
    attacked_part,
    clean_part,
    n_attacked_parts,
    n_clean_parts,
    search_version,
)
from boss.job import Job
from boss.metrics.cells import majority_of
from boss.models.base import Model
from boss.results.schema import AttackCell, Cell, Subject
from boss.tasks import Task


@dataclass(frozen=True)
class Work:
    """A cell, who answers it, and how each of its parts is measured."""

    cell: Cell
    subject: Subject
    n_parts: int
    part: Callable[[int, Advance], Part]


def why_not(task: Task, attack: Attack) -> str | None:
    """Return why an attack does not apply to a task; None where it does."""
    if task.kind == "tagging" and attack.unit == "text":
        return "whole texts cannot change where every token keeps its label"
    return None


def clean_work(job: Job, task: Task, model: Model, split: Split) -> Work:
    """Return the work of one split without an attack."""
    seam = Seam(model, task, split.card.labels, field=task.attacked[0], scoring=job.settings.scoring)
    return Work(
        _cell(job, task, split),
        subject_of(model),
        n_clean_parts(len(split.examples)),
        lambda index, advance: clean_part(seam, split, index, advance),
    )


def attacked_work(job: Job, task: Task, model: Model, split: Split, attack: Attack) -> Work:
    """Return the work of one split, or the part of it that is attacked, under one attack."""
    settings = job.settings
    chosen = subset(split, settings.n_attacked, settings.seed)
    field = job.field(task)
    own = isinstance(attack, Searching)
    access = job.access(attack)
    cell = AttackCell(
        dimension=attack.name,
        level=attack.level,
        tag=job.tag(attack),
        access=access,
        field=field,
        version=search_version(attack, access),
        n_variants=settings.n_variants,
        seed=settings.seed,
        degrees=settings.degrees,
        query_budget=settings.query_budget if own else settings.search_budget,
        options={} if own else settings.search_options,
    )
    seam = Seam(model, task, split.card.labels, field=field)
    return Work(
        _cell(job, task, chosen, cell),
        subject_of(model),
        n_attacked_parts(len(chosen.examples), cell),
        lambda index, advance: attacked_part(seam, chosen, attack, cell, index, advance),
    )


def _cell(job: Job, task: Task, split: Split, attack: AttackCell | None = None) -> Cell:
    golds = [example.gold for example in split.examples]
    labels = [gold for gold in golds if isinstance(gold, str)]
    return Cell(
        suite=job.suite.name,
        task=task.name,
        dataset=split.dataset,
        split=split.split,
        role=split.card.role,
        recall_only=split.card.recall_only,
        stand_in=split.card.stand_in,
        labels=split.card.labels,
        dataset_revision=split.revision,
        dataset_sha256=split.sha256,
        n_total=split.n_total,
        n_evaluated=len(split.examples),
        subset=split.subset,
        majority=majority_of(labels) if labels else None,
        scoring=job.settings.scoring if attack is None else "corrected",  # BOSS attacks nothing
        attack=attack,
    )


def subject_of(model: Model) -> Subject:
    """Return a model's card as the records hold it."""
    card = model.card
    return Subject(
        id=card.id,
        revision=card.revision,
        adapter=card.adapter,
        method=card.method,
        weights_sha256=card.weights_sha256,
        finetuned_on=card.finetuned_on,
        training_datasets=card.training_datasets,
        n_parameters=card.n_parameters,
        n_tunable=card.n_tunable,
        licence=card.licence,
        dtype=card.dtype,
        max_length=card.max_length,
        fingerprint=model.fingerprint,
        options=dict(card.options),
    )
