"""One run: a suite, a model and attacks become cells; cells become records in a run directory."""

import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from omegaconf import DictConfig, OmegaConf

from boss import provenance
from boss.config import Settings, identity_sha256
from boss.data.shots import shots
from boss.data.suite import TaskData
from boss.errors import BossError
from boss.job import Job, job_of
from boss.report import print_report
from boss.results.manifest import DatasetEntry, Run
from boss.results.schema import Record
from boss.results.writer import RunWriter, open_run
from boss.tasks import Task
from boss.work import Work, attacked_work, clean_work, why_not
from robtest.progress import track


class Measured(NamedTuple):
    """A run's directory, and whether a part of it failed."""

    path: Path
    failed: bool


def measure(
    config: DictConfig, settings: Settings, folders: Sequence[Path], overrides: Sequence[str]
) -> Measured:
    """Measure what a composed config names.

    Raises:
        BossError: before anything is measured, if an option or the run directory is at fault.
    """
    job = job_of(config, settings, folders)
    plain = OmegaConf.to_container(config, resolve=True)
    assert isinstance(plain, dict)
    run = _new_run(job, {str(key): value for key, value in plain.items()}, overrides)
    records: list[Record] = []
    with open_run(settings.output, run) as writer:
        verb = "Continuing" if writer.resumed else "Writing"
        sys.stderr.write(f"{verb} {_short(writer.path)}\n")
        writer.plan([key for task in job.tasks for key in job.keys(task)])
        data: list[DatasetEntry] = []
        for task in job.tasks:
            for finished in _measure_task(job, task, writer, data):
                records.extend(finished)
        failures = writer.run.failures
        writer.close("failed" if failures else "complete")
    print_report(records, writer.summaries, failures, settings.show_degree, _short(writer.path))
    return Measured(writer.path, bool(failures))


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


def _measure_task(
    job: Job, task: Task, writer: RunWriter, data: list[DatasetEntry]
) -> Iterator[list[Record]]:
    settings = job.settings
    loaded = job.suite.load(task.name, n_examples=settings.n_examples, seed=settings.seed)
    for dataset, error in loaded.failures:
        writer.fail(f"{task.name}/{dataset}", error)
    if loaded.train is not None:
        few = shots(task, loaded.train, settings.n_train, settings.seed)
        loaded = replace(loaded, train=few)
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
        yield from _attempt(writer, job, clean_work(job, task, model, split))
    for attack in job.attacks.values():
        for split in loaded.tests:
            work = attacked_work(job, task, model, split, attack)
            reason = why_not(task, attack)
            if reason is not None:
                writer.skip(work.cell.key, reason)
            else:
                yield from _attempt(writer, job, work)


def _attempt(writer: RunWriter, job: Job, work: Work) -> Iterator[list[Record]]:
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
