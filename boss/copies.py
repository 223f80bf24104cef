"""Writes adversarial copies of datasets: one file per dataset and dimension, and a card beside each."""

import json
from collections.abc import Iterator

from boss.data.types import Split
from boss.errors import ConfigError, cured
from boss.job import Job
from boss.measurement import AttackSettings
from boss.results.files import write_atomic
from boss.seam import Row, copies_of, why_not
from boss.tasks import Task
from robtest.plural import counted
from robtest.progress import track
from robtest.rows import write_rows
from robtest.types import Attack

SPLITS = ("test", "train", "validation")


def write_copies(job: Job, split: str) -> Iterator[tuple[bool, str]]:
    """Write the copies of all datasets of a job; yield for each whether it went well, and a message.

    ``OUTPUT/<suite>/<task>/<dataset>-<split>-<dimension>-<tag>.jsonl`` has the rows of
    `boss.seam.copies_of`; ``.card.json`` beside it says what they were made of, and its presence that
    they are complete.

    Args:
        split: test (ID and OOD), train or validation (ID).

    Raises:
        BossError: if an option is at fault.
        ValueError: if a file is there already, or cannot be written.
    """
    if split not in SPLITS:
        raise ConfigError(f"split must be {' | '.join(SPLITS)}, got {split!r}")
    _refuse_transfer(job)
    for name, error in job.unmade.items():
        yield False, f"failed: attack {name}: {cured(error)}"
    for task in job.tasks:
        data = job.suite.load(task.name, n_examples=job.settings.n_examples, seed=job.settings.seed)
        for name, error in data.failures:
            yield False, f"failed: {name}: {error}"
        own = {"train": [data.train], "validation": [data.validation], "test": data.tests}[split]
        for name, attack in job.attacks.items():
            reason = why_not(task, attack, job.field(task))
            if reason is not None:
                yield True, f"left out: {task.name}, {name}: {reason}"
        for name, settings in job.attack_settings(task).items():
            for part in own:
                if part is not None:
                    yield True, _written(job, task, part, job.attacks[name], settings)


def _refuse_transfer(job: Job) -> None:
    if job.transfer is not None:
        raise ConfigError(
            "attack.from takes copies that are there, and boss.perturb makes them; leave attack.from= out, "
            "or ask a model about them by python -m boss.eval"
        )


def _written(job: Job, task: Task, split: Split, attack: Attack, settings: AttackSettings) -> str:
    suite = job.suite.name_for(task.name)
    path = job.settings.output / suite / task.name
    path /= f"{split.dataset}-{split.split}-{settings.name}-{settings.tag}.jsonl"
    n = write_rows(path, _rows(task, split, attack, settings))
    card = {
        "suite": suite,
        "task": task.name,
        "dataset": split.dataset,
        "split": split.split,
        "dataset_revision": split.revision,
        "dataset_sha256": split.sha256,
        "subset": split.subset,
        "licence": split.card.licence,
        "may_be_stored_with_results": split.card.store_text,
        "n_examples": len(split.examples),
        "n_copies": n,
        "attack": settings.model_dump(mode="json"),
    }
    text = json.dumps(card, ensure_ascii=False, indent=2) + "\n"
    write_atomic(path.with_suffix(".card.json"), text.encode())
    return f"{counted(n, 'copy', 'copies')} in {path}"


def _rows(task: Task, split: Split, attack: Attack, settings: AttackSettings) -> Iterator[Row]:
    copies_by_example = copies_of(
        task,
        split,
        attack,
        field=settings.field,
        tag=settings.tag,
        degrees=settings.degrees,
        n_variants=settings.n_variants,
        seed=settings.seed,
    )
    words = f"{settings.name} copies of {split.dataset} ({split.split})"
    with track(words, total=len(split.examples), unit="example") as bar:
        for copies in copies_by_example:
            yield from copies
            bar.advance()
