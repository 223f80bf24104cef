"""run.json: who measured what, with which settings, code and data, and which files came of it."""

from typing import Any, Literal

from pydantic import Field

from boss.measurement import BENCHMARK, BENCHMARK_VERSION, Count, Sha256, Strict
from boss.results.schema import SCHEMA_VERSION

Status = Literal["running", "interrupted", "complete", "failed"]
UNFINISHED: tuple[Status, ...] = ("running", "interrupted")
"""What the same command continues."""


class Code(Strict):
    """Which code measured.

    Attributes:
        commit: of the checkout the package lies in; ``unknown`` for an installed wheel.
        source_sha256: digest over every module and config file, edited or not.
    """

    package: str
    version: str
    commit: str
    dirty: bool | Literal["unknown"]
    changed_files: tuple[str, ...] = ()
    source_sha256: Sha256


class Environment(Strict):
    """Where it ran; the host's name is not recorded."""

    python: str
    platform: str
    device: str
    n_threads: Count
    packages: dict[str, str]


class Failure(Strict):
    """A measurement or dataset that could not be measured, and the cure."""

    measurement: str
    error: str
    message: str


class FileEntry(Strict):
    """A file of the run with what detects an accidental change."""

    sha256: Sha256
    rows: Count | None = None


class DatasetEntry(Strict):
    """A split the run read, with its manifest."""

    dataset: str
    split: str
    revision: str
    sha256: Sha256
    n: Count
    n_total: Count
    subset: str
    removed: dict[str, Count]
    noted: dict[str, Count] = Field(default_factory=dict)


class Run(Strict):
    """run.json.

    Attributes:
        trimmed: whether predictions were reduced to what rescoring needs (`boss.results.trim`).
    """

    schema_version: int = SCHEMA_VERSION
    benchmark: str = BENCHMARK
    benchmark_version: str = BENCHMARK_VERSION
    run_id: str
    status: Status
    created_at: str
    finished_at: str | None = None
    suite: str
    suite_version: str
    model: str
    tasks: tuple[str, ...]
    seed: int
    command: str
    overrides: tuple[str, ...]
    config: dict[str, Any]
    config_sha256: Sha256
    code: Code
    environment: Environment
    data: tuple[DatasetEntry, ...] = ()
    files: dict[str, FileEntry] = Field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    trimmed: bool = False
