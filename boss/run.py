"""One run: a suite, a model and attacks become cells; cells become records in a run directory."""

import os
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from boss import provenance
from boss.config import Settings, identity_sha256
from boss.data.sources import default_cache
from boss.data.suite import Suite, TaskData, load_suite, subset
from boss.data.types import Split
from boss.errors import BossError, ConfigError
from boss.evaluate import (
    Advance,
    Attack,
    Part,
    Seam,
    Tag,
    attacked_part,
    clean_part,
    n_attacked_parts,
    n_clean_parts,
    search_version,
)
from boss.metrics.cells import majority_of
from boss.models.base import Model, Recipe
from boss.report import print_report
from boss.results.schema import AttackCell, Cell, DatasetEntry, Record, Run, Subject
from boss.results.writer import RunWriter, open_run
from boss.tasks import Task
from robtest.progress import track


@dataclass(frozen=True)
class Job:
    """What one run measures, checked and ready.

    Attributes:
        method: training method by name.
    """

    settings: Settings
    suite: Suite
    recipe: Recipe
    method: str
    attacks: Mapping[str, Attack]
    cache: Path

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks to measure, in order."""
        return tuple(task for task in self.suite.tasks if task.name in self.settings.task)


def measure(config: DictConfig, settings: Settings, folders: Sequence[Path], overrides: Sequence[str]) -> int:
    """Measure what a composed config names; return 0 if all was measured, 1 if something failed.

    Raises:
        BossError: before anything is measured, if an option or the run directory is at fault.
    """
    job = _job(config, settings, folders)
    plain = OmegaConf.to_container(config, resolve=True)
    assert isinstance(plain, dict)
    run = _new_run(job, {str(key): value for key, value in plain.items()}, overrides)
    records: list[Record] = []
    with open_run(settings.output, run) as writer:
        verb = "Continuing" if writer.resumed else "Writing"
        sys.stderr.write(f"{verb} {_short(writer.path)}\n")
        writer.plan([key for task in job.tasks for key in _keys(job, task)])
        data: list[DatasetEntry] = []
        for task in job.tasks:
            for finished in _measure_task(job, task, writer, data):
                records.extend(finished)
        failures = writer.run.failures
        writer.close("failed" if failures else "complete")
    print_report(records, failures, settings.show_degree, job.suite, _short(writer.path))
    return 1 if failures else 0


def _job(config: DictConfig, settings: Settings, folders: Sequence[Path]) -> Job:
    if settings.cache is not None:
        # Attacks look for their files where everybody does; one folder given here is for them too.
        os.environ["BOSS_CACHE"] = str(settings.cache)
    cache = default_cache()
    options = OmegaConf.to_container(config.suite, resolve=True)
    suite = load_suite(config.suite.name, folders, cache, options)  # type: ignore[arg-type]
    missing = [name for name in settings.task if name not in {task.name for task in suite.tasks}]
    if missing:
        known = ", ".join(task.name for task in suite.tasks)
        raise ConfigError(f"suite {suite.name} has no task {', '.join(missing)}; its tasks: {known}")
    attacks: dict[str, Attack] = {}
    for name, options in config.attack.items():
        attack: Attack = instantiate(options)
        if attack.unit == "text" and settings.access != "rule":
            raise ConfigError(
                f"attack {name} changes whole texts, which access={settings.access} cannot search yet; "
                f"set access=rule or leave {name} out of attack="
            )
        attacks[str(name)] = attack
    return Job(settings, suite, instantiate(config.model), config.method.name, attacks, cache)


def _new_run(job: Job, config: Mapping[str, object], overrides: Sequence[str]) -> Run:
    now = datetime.now(UTC)
    digest = identity_sha256(config)
    return Run(
        benchmark_version=job.suite.version,
        run_id=f"{now:%Y%m%dT%H%M%S.%fZ}-{digest[:8]}",
        status="running",
        created_at=now.isoformat(timespec="seconds"),
        suite=job.suite.name,
        model=job.recipe.name,
        tasks=tuple(task.name for task in job.tasks),
        seed=job.settings.seed,
        command=shlex.join(["python", "-m", "boss.eval", *overrides]),
        overrides=tuple(overrides),
        config=dict(config),
        config_sha256=digest,
        code=provenance.code(),
        environment=provenance.environment(),
    )


def _keys(job: Job, task: Task) -> Iterator[str]:
    """Yield the keys of a task's cells in the order of the records: clean first, then by attack."""
    names = [card.name for card in job.suite.cards if card.task == task.name]
    yield from (f"{task.name}/{name}/clean" for name in names)
    settings = job.settings
    tail = f"{settings.access}-{_field(job, task)}"
    for attack in job.attacks.values():
        yield from (f"{task.name}/{name}/{attack.name}-{_tag(settings, attack)}-{tail}" for name in names)


def _field(job: Job, task: Task) -> str:
    """Return the input field attacks edit; the task's own where the one asked for is another task's."""
    return job.settings.field if job.settings.field in task.attacked else task.attacked[0]


def _tag(settings: Settings, attack: Attack) -> Tag:
    """Return the tag asked for, or the dimension's only one (RobTest, Table 1): it chooses the distance."""
    return settings.tag if settings.tag in attack.tags else attack.tags[0]


def _measure_task(
    job: Job, task: Task, writer: RunWriter, data: list[DatasetEntry]
) -> Iterator[list[Record]]:
    settings = job.settings
    loaded = job.suite.load(task.name, n_examples=settings.n_examples, seed=settings.seed)
    for dataset, error in loaded.failures:
        writer.fail(f"{task.name}/{dataset}", error)
    data.extend(_entries(loaded))
    writer.set_data(data)
    try:
        model = job.recipe.fit(
            task,
            loaded.train,
            loaded.validation,
            method=job.method,
            seed=settings.seed,
            cache=job.cache,
        )
    except BossError as error:
        writer.fail(task.name, error)
        return
    for split in loaded.tests:
        yield from _attempt(writer, job, _clean(job, task, model, split))
    for attack in job.attacks.values():
        for split in loaded.tests:
            work = _attacked(job, task, model, split, attack)
            if task.kind == "tagging" and attack.unit == "text":
                writer.skip(work.cell.key, "whole texts cannot change where every token keeps its label")
            else:
                yield from _attempt(writer, job, work)


@dataclass(frozen=True)
class _Work:
    """A cell, who answers it, and how each of its parts is measured."""

    cell: Cell
    subject: Subject
    n_parts: int
    part: Callable[[int, Advance], Part]


def _attempt(writer: RunWriter, job: Job, work: _Work) -> Iterator[list[Record]]:
    """Measure what is missing of a cell; a failure is recorded, and the run goes on."""
    key = work.cell.key
    try:
        done = writer.parts(work.cell, work.subject)
        with track(key, total=work.cell.n_evaluated, unit="examples") as bar:
            for index in (i for i in range(work.n_parts) if i not in done):
                part = work.part(index, bar.advance)
                writer.write_part(key, index, part.table, part.cost)
        yield writer.finish_cell(
            work.cell,
            work.subject,
            n_parts=work.n_parts,
            seed=job.settings.seed,
            evaluator_relationship="first_party",
        )
    except (BossError, ValueError, RuntimeError, MemoryError) as error:
        writer.fail(key, error)


def _clean(job: Job, task: Task, model: Model, split: Split) -> _Work:
    seam = Seam(model, task, split.card.labels, field=task.attacked[0])
    return _Work(
        _cell(job, task, split),
        subject_of(model),
        n_clean_parts(len(split.examples)),
        lambda index, advance: clean_part(seam, split, index, advance),
    )


def _attacked(job: Job, task: Task, model: Model, split: Split, attack: Attack) -> _Work:
    settings = job.settings
    chosen = subset(split, settings.n_attacked, settings.seed)
    field = _field(job, task)
    cell = AttackCell(
        dimension=attack.name,
        level=attack.level,
        tag=_tag(settings, attack),
        access=settings.access,
        field=field,
        version=search_version(attack, settings.access),
        n_variants=settings.n_variants,
        seed=settings.seed,
        degrees=settings.degrees,
        query_budget=settings.search_budget,
        options=settings.search_options,
    )
    seam = Seam(model, task, split.card.labels, field=field)
    return _Work(
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
        licence=card.licence,
        dtype=card.dtype,
        max_length=card.max_length,
        fingerprint=model.fingerprint,
        options=dict(card.options),
    )


def _entries(data: TaskData) -> list[DatasetEntry]:
    splits = [s for s in (data.train, data.validation, *data.tests) if s is not None]
    return [
        DatasetEntry(
            dataset=split.dataset,
            split=split.split,
            revision=split.revision,
            sha256=split.sha256,
            n=len(split.examples),
            n_total=split.n_total,
            subset=split.subset,
            removed=dict(split.removed),
        )
        for split in splits
    ]


def _short(path: Path) -> str:
    """Return a path as a person would type it from the current folder."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
