"""The folder that ``python -m boss.export`` writes: inputs to be answered elsewhere, and what they are of.

``TASK.jsonl`` has one row for each distinct input of a task, whatever datasets, attacks, variants and degrees
show it: a model that is asked here is asked once about it, too. A row is an id, the input and the names to
choose from. ``manifest.json`` says what the inputs were made of.

Nothing in the folder depends on a gold label. An id is a digest of the input, for a file's own ids may tell
the class; rows stand in the order of their ids, for a file may be sorted by class.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from boss.data.types import Field
from boss.errors import DataError
from boss.measurement import BENCHMARK, BENCHMARK_VERSION, Count, Sha256, Strict, canonical_json
from boss.results.manifest import FileEntry
from boss.tasks import Task
from robtest.files import file_sha256
from robtest.rows import Row, read_rows
from robtest.types import Tag

MANIFEST = "manifest.json"
FORMAT = 1


class ExportedAttack(Strict):
    """What made the copies of a measurement; `boss.measurement.AttackSettings` explains the fields."""

    name: str
    dimension: str
    tag: Tag
    field: str
    version: str
    n_variants: Count
    seed: int
    degrees: tuple[float, ...]


class ExportedMeasurement(Strict):
    """What is measured on some of the inputs.

    Attributes:
        n_texts: distinct inputs.
        attack: None for the texts as they are.
        sha256: over digest, variant and degree of every text, copies that equal another included.
    """

    name: str
    task: str
    dataset: str
    n_examples: Count
    n_texts: Count
    attack: ExportedAttack | None
    sha256: Sha256


class Manifest(Strict):
    """manifest.json.

    Attributes:
        options: of the command that wrote the folder; scoring takes them again.
        own_config: whether the command was given a ``--config-dir``, which scoring then needs as well.
        files: name -> digest and number of rows.
        sha256: over all the rest.
    """

    format: int = FORMAT
    benchmark: str = BENCHMARK
    benchmark_version: str = BENCHMARK_VERSION
    version: str
    suite: str
    suite_version: str
    options: tuple[str, ...]
    own_config: bool
    tasks: tuple[Task, ...]
    measurements: tuple[ExportedMeasurement, ...]
    files: dict[str, FileEntry]
    sha256: str = ""

    @property
    def hash(self) -> str:
        """The digest that ``sha256`` has to be."""
        content = self.model_dump(mode="json", exclude={"sha256"})
        return hashlib.sha256(canonical_json(content).encode()).hexdigest()


class Slot(NamedTuple):
    """A row to be answered.

    Attributes:
        where: file and line.
        labels: class names, or entity types, to choose from; empty for spans.
        n_tokens: of a sentence that is tagged, else 0.
    """

    where: str
    task: Task
    labels: tuple[str, ...]
    n_tokens: int


def row_id(task: Task, input_sha256: str) -> str:
    """Return the id of an input, which follows from task and input alone.

    Args:
        input_sha256: see `boss.data.types.Example`.
    """
    return hashlib.sha256(f"{task.name}|{input_sha256}".encode()).hexdigest()[:24]


def exported_row(name: str, task: Task, inputs: dict[str, Field], labels: tuple[str, ...]) -> Row:
    """Return an input as a row for JSON."""
    fields = {key: value if isinstance(value, str) else list(value) for key, value in inputs.items()}
    choice = {"labels": list(labels)} if labels else {}
    return {"id": name, "task": task.name, **{field: fields[field] for field in task.fields}, **choice}


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of an export.

    Raises:
        DataError: if there is none, or it is not as it was written.
    """
    path = folder / MANIFEST
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror or error}; name a folder that "
            "python -m boss.export wrote"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise DataError(
            f"{path} is no manifest of an export: {where}: {first['msg']}; export again"
        ) from None
    if manifest.format != FORMAT:
        raise DataError(f"{path} is of format {manifest.format}, and this code reads {FORMAT}; export again")
    if manifest.sha256 != manifest.hash:
        raise DataError(f"{path} was changed after it was written: its sha256 does not fit; export again")
    return manifest


def slots(folder: Path, manifest: Manifest) -> Iterator[tuple[str, Slot]]:
    """Yield the rows to be answered with their ids.

    Raises:
        DataError: if a file is gone, or not as it was written.
    """
    tasks = {f"{task.name}.jsonl": task for task in manifest.tasks}
    for name, entry in manifest.files.items():
        path, task = folder / name, tasks[name]
        if not path.is_file() or file_sha256(path) != entry.sha256:
            raise DataError(
                f"{path} is gone, or was changed after it was written (sha256 {entry.sha256[:12]}… in "
                f"{MANIFEST}); export again"
            )
        for line, row in enumerate(read_rows(path), 1):
            tokens, labels = row.get("tokens"), row.get("labels", [])
            assert isinstance(labels, list)
            n_tokens = len(tokens) if task.kind == "tagging" and isinstance(tokens, list) else 0
            yield str(row["id"]), Slot(f"{path}, line {line}", task, tuple(map(str, labels)), n_tokens)
