"""One run: measurement by measurement, part by part, into a run directory.

One text goes from the configuration to a measurement (`boss.job`), through the model and the attack to a row
(`boss.seam`), from rows to scores (`boss.metrics`), and into records (`boss.results`).
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from omegaconf import DictConfig

from boss import provenance
from boss.commands import as_typed, command, typed
from boss.config import Settings, identity_sha256, resolved
from boss.data.shots import shots
from boss.data.suite import TaskData
from boss.errors import ConfigError, Interrupted, OutOfBudget, cured
from boss.inputs import check_recorded
from boss.job import Job, Planned, job_of
from boss.measurement import Measurement
from boss.metrics.scoring import majority_value, score_tally, tally
from boss.metrics.summaries import Summaries
from boss.models.base import Model
from boss.paths import conf_dir
from boss.plan import attacked_how, foresee
from boss.report import Told, print_report, write_report
from boss.require import Verdict, bars_of, verdicts_on
from boss.results.manifest import DatasetEntry, Run
from boss.results.schema import Record, Subject
from boss.results.writer import RunWriter, open_run
from boss.seam import Advance, Part, Seam, attacked_part, clean_part, n_parts, uncovered, why_not
from boss.tasks import Task
from robtest.progress import track


class Measured(NamedTuple):
    """A run's directory, whether a part of it failed, and what became of the numbers required of it."""

    path: Path
    failed: bool
    verdicts: tuple[Verdict, ...]


def measure(
    config: DictConfig, settings: Settings, folders: Sequence[Path], overrides: Sequence[str]
) -> Measured:
    """Measure what a composed config names; what fails is recorded, and everything else goes on.

    Raises:
        BossError: before anything is measured, if an option or the run directory is at fault.
        Interrupted: if the process is told to stop; the same command continues the run.
    """
    job = job_of(config, settings, folders)
    check_recorded(job)
    bars = bars_of(job)
    run = _new_run(job, resolved(config), _command(folders, overrides), overrides)
    with open_run(settings.output, run) as writer:
        verb = "Continuing" if writer.resumed else "Writing"
        sys.stderr.write(f"{verb} {typed(writer.path)}\n")
        if writer.resumed and (unseen := getattr(job.recipe, "unseen", "")):
            sys.stderr.write(f"{unseen}\n")
        loop = _Loop(job, writer)
        try:
            loop.run()
        except OutOfBudget as stop:
            writer.interrupt(str(stop))
            names = [option.partition("=")[0] for option in stop.options]
            kept = [word for word in overrides if word.partition("=")[0] not in names]
            raise OutOfBudget(
                f"{stop}; {typed(writer.path)} is interrupted, and no question is asked twice; this "
                f"continues it under a higher budget: {_command(folders, [*kept, *stop.options])}",
                stop.options,
            ) from None
        except (KeyboardInterrupt, Interrupted) as stop:
            writer.interrupt(type(stop).__name__)
            raise Interrupted(
                f"{typed(writer.path)} is interrupted, and loses at most the part it was in; the same "
                f"command continues it: {writer.run.command}"
            ) from stop
        summaries = tuple(loop.sums.summaries())
        failures = writer.run.failures
        writer.close("failed" if failures else "complete", summaries)
    verdicts = verdicts_on(bars, loop.records, summaries, failures)
    degree = settings.shown_degree
    print_report(loop.records, summaries, failures, degree, writer.path, verdicts=verdicts)
    write_report(writer.path, Told(writer.run, loop.records, summaries, verdicts))
    return Measured(writer.path, bool(failures), verdicts)


class _Loop:
    """The measurements of one run, made one after the other.

    Attributes:
        records: of what is measured so far, in the order of the plan.
        sums: the same, summed up over datasets and dimensions.
    """

    def __init__(self, job: Job, writer: RunWriter) -> None:
        self.job, self.writer = job, writer
        self.records: list[Record] = []
        self.sums = Summaries(seed=job.settings.seed)
        self._data: list[DatasetEntry] = []

    def run(self) -> None:
        """Measure all there is to measure."""
        self.writer.plan([name for task in self.job.tasks for name in self.job.names(task)])
        for name, error in self.job.unmade.items():
            self.writer.fail(f"attack {name}", error, cured(error))
        for task in self.job.tasks:
            with self._boundary(task.name):
                self._task(task)

    @contextmanager
    def _boundary(self, name: str) -> Iterator[None]:
        """Record whatever goes wrong inside, with its traceback, and go on behind it.

        What is raised is often foreign: an attack's or a model's own code, CUDA out of memory. A result that
        cannot be written ends the measurement as well; the next one says so again, or has room.
        """
        try:
            yield
        except Exception as error:
            self.writer.fail(name, error, cured(error))

    def _task(self, task: Task) -> None:
        """Load the data of a task, fit the model, and make every measurement of the task."""
        settings = self.job.settings
        loaded = self.job.suite.load(task.name, n_examples=settings.n_examples, seed=settings.seed)
        for dataset, error in loaded.failures:
            self.writer.fail(f"{task.name}/{dataset}", error, cured(error))
        if loaded.train is not None:
            few = shots(task, loaded.train, settings.n_train, settings.seed)
            loaded = replace(loaded, train=few)
        self._data.extend(_entries(loaded))
        self.writer.set_data(self._data)
        for line in foresee(self.job, task, loaded):
            sys.stderr.write(f"{line}\n")
        model = self.job.recipe.fit(
            task,
            loaded.train,
            loaded.validation,
            method=self.job.method,
            seed=settings.seed,
            cache=self.job.cache,
        )
        for name, attack in self.job.attacks.items():
            reason = why_not(task, attack, self.job.field(task))
            if reason is not None:
                self.writer.skip(f"{task.name}, attack {name}", reason)
        try:
            for planned in self._covered(task, loaded):
                with self._boundary(planned.measurement.name):
                    self._measure(task, model, planned)
        finally:
            account = getattr(getattr(model, "answer", None), "account", None)
            if account is not None:
                told = account()
                sys.stderr.write(f"{told['said']}\n")
                self.writer.asked(task.name, told)

    def _covered(self, task: Task, loaded: TaskData) -> Iterator[Planned]:
        """Yield the measurements of a task, but for those whose every example the attack leaves alone.

        A file of copies is most often of one dataset; the others are left out, and none at all is a failure.
        """
        reasons: dict[str, str] = {}
        covered: set[str] = set()
        for planned in self.job.plan(task, loaded):
            reason, attack = uncovered(planned.attack, planned.split), planned.measurement.attack
            if reason is None:
                covered.update({attack.name} if attack else ())
                yield planned
            elif attack is not None:
                reasons[attack.name] = reason
                sys.stderr.write(f"Left out: {in_words(planned.measurement)}: {reason}\n")
                self.writer.skip(planned.measurement.name, reason)
        for name in reasons.keys() - covered:
            error = ConfigError(f"no dataset has an example that is attacked by it; {reasons[name]}")
            self.writer.fail(f"{task.name}, attack {name}", error, cured(error))

    def _measure(self, task: Task, model: Model, planned: Planned) -> None:
        """Make the parts of a measurement that are missing, score all of them and save the records."""
        measurement, subject = planned.measurement, subject_of(model)
        name, total = measurement.name, n_parts(measurement)
        done = self.writer.parts(measurement, subject)
        with track(in_words(measurement), total=measurement.n_evaluated, unit="example") as bar:
            for index in (i for i in range(total) if i not in done):
                part = part_of(task, model, planned, index, bar.advance)
                self.writer.write_part(name, index, part.table, part.cost)
        seed = self.job.settings.seed
        self.records += finish(self.writer, self.sums, measurement, subject, n_parts=total, seed=seed)


def in_words(measurement: Measurement) -> str:
    """Return what is measured as a person would say it; `Measurement.name` is the key.

    Such as ``clean tweets`` or ``synonym copies of snli (hypothesis), guided by scores``.
    """
    attack = measurement.attack
    if attack is None:
        return f"clean {measurement.dataset}"
    several = len(measurement.definition.attacked) > 1
    field = f" ({attack.field})" if several else ""
    how = attacked_how(attack).removeprefix(attack.name)
    return f"{attack.name} copies of {measurement.dataset}{field}{how}"


def finish(
    writer: RunWriter,
    sums: Summaries,
    measurement: Measurement,
    subject: Subject,
    *,
    n_parts: int,
    seed: int,
) -> list[Record]:
    """Score a measurement from its parts, save its records, add it to the summaries and return the records.

    Args:
        n_parts: parts the measurement has.
        seed: of the run, and of the bootstrap.

    Raises:
        ResultError: if a part is missing, the predictions are not those the measurement needs, or it was
            finished before.
    """
    name, run = measurement.name, writer.run
    predictions, cost, digest = writer.predictions(name, n_parts)
    counted = tally(measurement, predictions)
    scores = score_tally(counted, seed=seed)
    records = [
        Record(
            run_id=run.run_id,
            created_at=run.created_at,
            model=subject,
            measurement=measurement,
            score=score,
            cost=cost,
            seed=seed,
            majority_value=majority_value(measurement, score),
            predictions=f"predictions/{name}",
            predictions_sha256=digest,
            evaluator_relationship="first_party",
        )
        for score in scores
    ]
    sums.add(counted, scores, subject)
    writer.save(name, records)
    return records


def part_of(task: Task, model: Model, planned: Planned, index: int, advance: Advance) -> Part:
    """Return part ``index`` of a planned measurement, answered by a model.

    Raises:
        Exception: whatever the model or the attack raises.
    """
    measurement, split, attack = planned
    labels = measurement.labels
    if attack is None or measurement.attack is None:
        seam = Seam(model, task, labels, field=task.attacked[0], scoring=measurement.scoring)
        return clean_part(seam, split, index, advance)
    seam = Seam(model, task, labels, field=measurement.attack.field)
    return attacked_part(seam, split, attack, measurement.attack, index, advance)


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


def _command(folders: Sequence[Path], overrides: Sequence[str]) -> str:
    """Return the command that repeats a run, and continues it where it stopped.

    Args:
        folders: of the configuration; besides the project's own one is given as ``--config-dir``.
    """
    own = [folder for folder in folders if folder != conf_dir()]
    words = [f"--config-dir={folder}" for folder in own[:1]]
    if own[1:]:  # Hydra takes one --config-dir
        words.append(f"hydra.searchpath={[f'file://{folder}' for folder in own[1:]]}")
    return command("boss.eval", *words, *map(as_typed, overrides))


def _new_run(job: Job, config: Mapping[str, object], command: str, overrides: Sequence[str]) -> Run:
    now = datetime.now(UTC)
    digest = identity_sha256(config)
    return Run(
        run_id=f"{now:%Y%m%dT%H%M%S.%fZ}-{digest[:8]}",
        status="running",
        created_at=now.isoformat(timespec="seconds"),
        suite=job.suite.name_for(*(task.name for task in job.tasks)),
        suite_version=job.suite.version,
        model=job.recipe.name,
        tasks=tuple(task.name for task in job.tasks),
        seed=job.settings.seed,
        command=command,
        overrides=tuple(overrides),
        config=dict(config),
        config_sha256=digest,
        code=provenance.code(),
        environment=provenance.environment(),
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
            noted=dict(split.noted),
        )
        for split in splits
    ]
