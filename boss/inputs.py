"""What a job would ask a model, as files to be answered elsewhere; and whether a job asks the same again.

The inputs are taken from the run's own code, `boss.seam`, by a model that notes down what it is asked.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import boss
from boss.data.types import Example
from boss.errors import ConfigError, DataError, cured
from boss.exported import (
    MANIFEST,
    ExportedAttack,
    ExportedMeasurement,
    Manifest,
    exported_row,
    row_id,
)
from boss.job import Job, Planned
from boss.measurement import AttackSettings, Measurement, canonical_json
from boss.models.base import ModelCard, Prediction
from boss.models.recorded import Recorded
from boss.results.files import write_atomic
from boss.results.manifest import FileEntry
from boss.seam import Seam, attacked_part, clean_part, n_parts, uncovered, why_not
from boss.tasks import Task
from robtest.files import file_sha256
from robtest.plural import counted
from robtest.progress import track
from robtest.rows import Row, write_rows

Said = tuple[bool, str]
"""Whether it went well, and a message."""


@dataclass(frozen=True)
class Asked:
    """The inputs of a measurement.

    Attributes:
        examples: every distinct input, by its digest.
        n_texts: texts a model answers: the distinct ones of each example.
        sha256: as in `boss.exported.ExportedMeasurement`.
    """

    measurement: Measurement
    examples: dict[str, Example]
    n_texts: int
    sha256: str


@dataclass(frozen=True)
class _Listener:
    """A model that notes down what it is asked (implements `boss.models.base.Model`); it knows nothing."""

    task: Task
    examples: dict[str, Example] = field(default_factory=dict)
    fingerprint: str = "none"

    @property
    def card(self) -> ModelCard:
        return ModelCard("export", "none", "none", "none", "none", "none")

    def predict(self, examples: Sequence[Example]) -> list[Prediction]:
        self.examples.update((example.input_sha256, example) for example in examples)
        return [Prediction(self._answer(example)) for example in examples]

    def _answer(self, example: Example) -> str | tuple[str, ...]:
        if self.task.kind == "tagging":
            return ("O",) * len(example.inputs["tokens"])
        return self.task.labels[0] if self.task.kind == "classification" else ""


def asked(job: Job, task: Task) -> Iterator[Asked | Said]:
    """Yield what each measurement of a task asks, or why there is nothing of it."""
    data = job.suite.load(
        task.name, n_examples=job.settings.n_examples, seed=job.settings.seed, with_train=False
    )
    for dataset, missing in data.failures:
        yield False, f"failed: {task.name}/{dataset}: {cured(missing)}"
    for name, attack in job.attacks.items():
        if reason := why_not(task, attack, job.field(task)):
            yield True, f"left out: {task.name}, {name}: {reason}"
    for planned in job.plan(task, data):
        name = planned.measurement.name
        if reason := uncovered(planned.attack, planned.split):
            yield True, f"left out: {name}: {reason}"
            continue
        try:
            yield asked_of(task, planned)
        except Exception as error:  # an attack's own code; as in a run, the others go on
            yield False, f"failed: {name}: {cured(error)}"


def asked_of(task: Task, planned: Planned) -> Asked:
    """Return what a measurement asks, which is clean or of copies that need no look at the model.

    Raises:
        Exception: whatever the attack raises.
    """
    measurement, split, attack = planned
    settings = measurement.attack
    model, rows, n_texts = _Listener(task), [], 0
    with track(f"inputs of {measurement.name}", total=measurement.n_evaluated, unit="example") as bar:
        for index in range(n_parts(measurement)):
            if attack is None or settings is None:
                seam = Seam(model, task, measurement.labels, field=task.attacked[0])
                part = clean_part(seam, split, index, bar.advance)
            else:
                seam = Seam(model, task, measurement.labels, field=settings.field)
                part = attacked_part(seam, split, attack, settings, index, bar.advance)
            n_texts += part.cost.n_forward
            columns = [part.table[name].to_pylist() for name in ("input_sha256", "variant", "degree")]
            rows += [canonical_json(row) for row in zip(*columns, strict=True)]
    # Sorted, as the order of the examples may be that of their classes.
    digest = hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()
    return Asked(measurement, model.examples, n_texts, digest)


def write_export(job: Job, folder: Path, options: Sequence[str], *, own_config: bool) -> Iterator[Said]:
    """Write the inputs of a job, see `boss.exported`; yield a message for each measurement and file.

    The manifest is written last: its presence says that the export is whole.

    Args:
        options, own_config: see `boss.exported.Manifest`.

    Raises:
        ConfigError: for a folder that holds something, an attack that asks the model, or a field whose copies
            show where the answers are.
        ValueError: if a file cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"out={folder} is there and not an empty folder; name another one")
    for task in job.tasks:
        _refuse_what_asks(job, task)
    for name, error in job.unmade.items():
        yield False, f"failed: attack {name}: {cured(error)}"
    measurements: list[ExportedMeasurement] = []
    files: dict[str, FileEntry] = {}
    for task in job.tasks:
        examples: dict[str, tuple[Example, set[tuple[str, ...]]]] = {}
        for item in asked(job, task):
            if not isinstance(item, Asked):
                yield item
                continue
            labels = item.measurement.labels
            measurements.append(_exported(item))
            for digest, example in item.examples.items():
                examples.setdefault(row_id(task, digest), (example, set()))[1].add(labels)
            yield True, f"{item.measurement.name}: {counted(len(item.examples), 'input')}"
        if examples:
            path = folder / f"{task.name}.jsonl"
            n = write_rows(path, _rows(task, examples))
            files[path.name] = FileEntry(sha256=file_sha256(path), rows=n)
            yield True, f"{counted(n, 'row')} to answer in {path}"
    if not files:
        yield False, "failed: there is nothing to export"
        return
    named = [task for task in job.tasks if f"{task.name}.jsonl" in files]
    manifest = Manifest(
        version=boss.__version__,
        suite=job.suite.name_for(*(task.name for task in named)),
        suite_version=job.suite.version,
        options=tuple(options),
        own_config=own_config,
        tasks=tuple(named),
        measurements=tuple(measurements),
        files=files,
    )
    manifest = manifest.model_copy(update={"sha256": manifest.hash})
    write_atomic(folder / MANIFEST, (manifest.model_dump_json(indent=2) + "\n").encode())
    yield True, f"manifest {manifest.sha256} in {folder / MANIFEST}"


def _rows(task: Task, examples: dict[str, tuple[Example, set[tuple[str, ...]]]]) -> Iterator[Row]:
    for name, (example, labels) in sorted(examples.items()):
        # An input of two datasets may have the labels of either: those of the task are finer than both.
        choice = next(iter(labels)) if len(labels) == 1 else task.types
        yield exported_row(name, task, dict(example.inputs), choice)


def _exported(item: Asked) -> ExportedMeasurement:
    measurement, attack = item.measurement, item.measurement.attack
    return ExportedMeasurement(
        name=measurement.name,
        task=measurement.task,
        dataset=measurement.dataset,
        n_examples=measurement.n_evaluated,
        n_texts=len(item.examples),
        attack=None if attack is None else _exported_attack(attack),
        sha256=item.sha256,
    )


def _exported_attack(attack: AttackSettings) -> ExportedAttack:
    return ExportedAttack(**{name: getattr(attack, name) for name in ExportedAttack.model_fields})


def _refuse_what_asks(job: Job, task: Task) -> None:
    for name, settings in job.attack_settings(task).items():
        if settings.access != "rule":
            raise ConfigError(
                f"attack {name} under access={settings.access} chooses its copies by asking the model, and "
                "nobody is there to ask; export with access=rule and without recipes that bring a search, or "
                "measure the model itself by python -m boss.eval"
            )
        if task.kind == "span" and settings.field == task.passage:
            raise ConfigError(
                f"field={settings.field}: copies of a passage spare the gold answers, so that they show "
                "where these stand; export with field=question, or measure the model itself by python -m "
                "boss.eval"
            )


def check_recorded(job: Job) -> None:
    """Refuse answers that cannot be those of a job: a file that is wrong, an export of other inputs.

    Every input is made once more and compared with the manifest. A job of another model is not looked at, and
    what cannot be made here is left to the run, which says so.

    Raises:
        BossError: naming what differs.
    """
    recipe = job.recipe
    if not isinstance(recipe, Recorded):
        return
    recipe.predictions()
    manifest = recipe.manifest
    known = {item.name: item for item in manifest.measurements}
    for task in job.tasks:
        if task not in manifest.tasks and any(item.task == task.name for item in manifest.measurements):
            raise DataError(
                f"task {task.name} is not what it was when {recipe.export} was exported; export again"
            )
        for item in asked(job, task):
            if isinstance(item, Asked):
                _check_same(recipe, known.get(item.measurement.name), item)


def _check_same(recipe: Recorded, exported: ExportedMeasurement | None, item: Asked) -> None:
    name = item.measurement.name
    if exported is None:
        raise ConfigError(
            f"{name} is not in the export {recipe.export}; measure what is there (python -m boss.score takes "
            "the options of the export), or export again"
        )
    if exported.sha256 != item.sha256:
        raise DataError(
            f"{name}: the inputs made here (sha256 {item.sha256[:12]}…) are not those of the export "
            f"{recipe.export} ({exported.sha256[:12]}…): the data, an option, or the code that makes copies "
            "has changed since; go back to these, or export again and have the new inputs answered"
        )
