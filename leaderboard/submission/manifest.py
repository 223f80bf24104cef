"""The data manifest: ids, sources and digests of every example of a dataset, and no text of it.

It is made from a run of the board's own keepers over whole datasets, of any model: the majority class
will do. `boss.data` stays out of the site.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from boss.results.files import slug, write_atomic
from boss.results.schema import Cell, Record, Strict
from boss.results.store import RECORDS, StoredRun, read_run
from leaderboard.submission.content import Row, clean_rows, data_sha256
from leaderboard.submission.findings import Finding, SubmissionError
from leaderboard.submission.layout import RUN_FOLDER

_WHOLE = ("all", "cap")
_SEEDED = "seeded:"


class Header(Strict):
    """First line of a manifest: what a cell on this dataset must say of it."""

    schema_version: int = 1
    benchmark_version: str
    suite: str
    task: str
    dataset: str
    split: str
    role: str
    recall_only: bool
    stand_in: bool
    labels: tuple[str, ...]
    subset: str
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """A dataset's header and its examples by id."""

    header: Header
    rows: Mapping[str, Row]


def write_manifests(run: Path, folder: Path) -> list[Path]:
    """Write a manifest for every dataset a trusted run evaluated whole; return the files.

    Raises:
        SubmissionError: if the run is trimmed, evaluated no dataset whole, its rows do not have the digest it
            states, or there is another manifest of the same version: the data changed, so its version must.
    """
    stored = read_run(run)
    if stored.run.trimmed:
        raise SubmissionError(f"{run} is trimmed; take the run it was made of, or measure again")
    written = []
    for record in {r.cell.key: r for r in reversed(stored.records)}.values():
        cell = record.cell
        if cell.attack is not None or cell.subset not in _WHOLE:
            continue
        rows = clean_rows(cell, stored.predictions(cell.key))
        if data_sha256(rows) != cell.dataset_sha256:
            raise SubmissionError(f"{run}: {cell.key} does not have the digest it states; measure again")
        path = manifest_path(folder, record)
        content = _encode(_header(record), rows)
        if path.exists() and path.read_bytes() != content:
            raise SubmissionError(
                f"{path} is of other data under the same benchmark_version {record.benchmark_version!r}; "
                "raise the suite's version, or remove the file if it was wrong"
            )
        write_atomic(path, content)
        written.append(path)
    if not written:
        raise SubmissionError(f"{run} evaluated no dataset whole; measure with n_examples=null")
    return sorted(written)


def manifest_path(folder: Path, record: Record) -> Path:
    """Return the manifest of a record's dataset: ``<suite>-<version>/<dataset>.jsonl``."""
    return (
        folder
        / slug(f"{record.cell.suite}-{record.benchmark_version}")
        / f"{slug(record.cell.dataset)}.jsonl"
    )


def check_coverage(folder: Path | None, stored: StoredRun) -> Iterator[Finding]:
    """Say which datasets of a run there is no manifest of: their ids and inputs are the sender's word."""
    paths = {r.cell.dataset: None if folder is None else manifest_path(folder, r) for r in stored.records}
    without = sorted(name for name, path in paths.items() if path is None or not path.exists())
    if without:
        message = f"no manifest to check {', '.join(without)} against"
        cure = "Nothing for the sender; the board's keepers make one with `leaderboard.review manifest`."
        yield Finding("warning", "no_manifest", f"{RUN_FOLDER}/{RECORDS}", None, message, cure)


def load_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises:
        SubmissionError: if its rows do not have the digest in its header.
    """
    first, *lines = path.read_text(encoding="utf-8").splitlines()
    header = Header.model_validate_json(first)
    rows = {key: Row(*rest) for key, *rest in map(json.loads, lines)}
    if data_sha256(rows) != header.sha256:
        raise SubmissionError(
            f"{path} was changed; make it again with `python -m leaderboard.review manifest`"
        )
    return Manifest(header, rows)


def check_manifest(
    path: Path, line: int, record: Record, rows: Mapping[str, Row], *, answers: bool = True
) -> Iterator[Finding]:
    """Hold a cell against its dataset's manifest: what it is, which examples, which inputs and labels.

    A subset must be the seeded one and no choice of the sender: the first ``n_evaluated`` ids by sha256 of
    ``SEED:ID``, as `boss.data.build.choose` takes them.

    Args:
        answers: whether the gold answers are those of the data; otherwise they are passed over.
    """
    cell, where = record.cell, f"{RUN_FOLDER}/{RECORDS}"
    manifest = load_manifest(path)
    for name in ("suite", "task", "dataset", "split", "role", "recall_only", "stand_in", "labels"):
        said, known = getattr(cell, name), getattr(manifest.header, name)
        if said != known:
            message = f"{cell.key}: {name} is {said!r}, the manifest says {known!r}"
            yield Finding(
                "error", "manifest", where, line, message, f"Measure on {cell.suite} as it is published."
            )
    if not answers:
        rows = _without_answers(rows)
        manifest = Manifest(manifest.header, _without_answers(manifest.rows))
    yield from _check_rows(cell, line, rows, manifest)


def _check_rows(cell: Cell, line: int, rows: Mapping[str, Row], manifest: Manifest) -> Iterator[Finding]:
    where, cure = f"{RUN_FOLDER}/{RECORDS}", f"Measure on {cell.suite} as it is published."
    unknown = sorted(key for key, row in rows.items() if manifest.rows.get(key) != row)
    if unknown:
        message = f"{cell.key}: {len(unknown)} examples are not in the manifest with this source, input and "
        message += f"label, such as {unknown[0][:80]!r}"
        yield Finding("error", "manifest", where, line, message, cure)
        return
    if cell.subset == manifest.header.subset:
        expected = set(manifest.rows)
    elif cell.subset.startswith(_SEEDED):
        expected = set(_ranked(manifest.rows, cell.subset.removeprefix(_SEEDED))[: cell.n_evaluated])
    else:
        message = f"{cell.key}: subset {cell.subset!r} is neither {manifest.header.subset!r} nor seeded"
        yield Finding("error", "manifest", where, line, message, cure)
        return
    if expected != set(rows):
        message = f"{cell.key}: the examples are not those of subset {cell.subset!r}, "
        message += f"{len(expected - set(rows))} of {len(expected)} are missing"
        yield Finding("error", "subset", where, line, message, cure)


def _without_answers(rows: Mapping[str, Row]) -> dict[str, Row]:
    return {key: replace(row, answer="") for key, row in rows.items()}


def _ranked(rows: Mapping[str, Row], seed: str) -> list[str]:
    return sorted(rows, key=lambda key: hashlib.sha256(f"{seed}:{key}".encode()).digest())


def _header(record: Record) -> Header:
    cell = record.cell
    return Header(
        benchmark_version=record.benchmark_version,
        suite=cell.suite,
        task=cell.task,
        dataset=cell.dataset,
        split=cell.split,
        role=cell.role,
        recall_only=cell.recall_only,
        stand_in=cell.stand_in,
        labels=cell.labels,
        subset=cell.subset,
        sha256=cell.dataset_sha256,
    )


def _encode(header: Header, rows: Mapping[str, Row]) -> bytes:
    lines = [header.model_dump_json()]
    lines += [
        json.dumps([key, row.source, row.input_sha256, row.answer]) for key, row in sorted(rows.items())
    ]
    return ("\n".join(lines) + "\n").encode()
