"""Writes adversarial copies of datasets: one file per dataset and dimension, and a card beside each."""

import json
from collections.abc import Iterator

from boss.data.types import Split
from boss.errors import ConfigError
from boss.evaluate import Attack, Row, copies_of
from boss.job import Job
from boss.results.files import write_atomic
from boss.tasks import Task
from boss.work import why_not
from robtest.progress import track
from robtest.rows import write_rows

SPLITS = ("test", "train", "validation")


def write_copies(job: Job, split: str) -> Iterator[tuple[bool, str]]:
    """Write the copies of all datasets of a job, yielding what became of each and whether that is well.

    ``OUTPUT/<suite>/<task>/<dataset>-<split>-<dimension>-<tag>.jsonl`` has the rows of
    `boss.evaluate.copies_of`; ``.card.json`` beside it says what they were made of, and its presence that
    they are complete.

    Args:
        split: test (ID and OOD), train or validation (ID).

    Raises:
        BossError: if an option is at fault.
        ValueError: if a file is there already, or cannot be written.
    """
    if split not in SPLITS:
        raise ConfigError(f"split must be {' | '.join(SPLITS)}, got {split!r}")
    for task in job.tasks:
        data = job.suite.load(task.name, n_examples=job.settings.n_examples, seed=job.settings.seed)
        for name, error in data.failures:
            yield False, f"failed: {name}: {error}"
        own = {"train": [data.train], "validation": [data.validation], "test": data.tests}[split]
        for attack in job.attacks.values():
            reason = why_not(task, attack)
            if reason is not None:
                yield True, f"left out: {task.name}, {attack.name}: {reason}"
                continue
            for one in own:
                if one is not None:
                    yield True, _written(job, task, one, attack)


def _written(job: Job, task: Task, split: Split, attack: Attack) -> str:
    tag = job.tag(attack)
    folder = job.settings.output / job.suite.name / task.name
    path = folder / f"{split.dataset}-{split.split}-{attack.name}-{tag}.jsonl"
    n = write_rows(path, _rows(job, task, split, attack, path.stem))
    card = {
        "suite": job.suite.name,
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
        "field": job.field(task),
        "dimension": attack.name,
        "version": attack.version,
        "tag": tag,
        "degrees": [degree for degree in job.settings.degrees if degree > 0],
        "n_variants": job.settings.n_variants,
        "seed": job.settings.seed,
    }
    text = json.dumps(card, ensure_ascii=False, indent=2) + "\n"
    write_atomic(path.with_suffix(".card.json"), text.encode())
    return f"{n:,} copies in {path}"


def _rows(job: Job, task: Task, split: Split, attack: Attack, name: str) -> Iterator[Row]:
    found = copies_of(
        task,
        split,
        attack,
        field=job.field(task),
        tag=job.tag(attack),
        degrees=job.settings.degrees,
        n_variants=job.settings.n_variants,
        seed=job.settings.seed,
    )
    with track(name, total=len(split.examples), unit="examples") as bar:
        for made in found:
            yield from made
            bar.advance()
