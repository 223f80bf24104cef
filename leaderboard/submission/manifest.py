"""The data manifest: ids, sources and digests of every example of a dataset, and no text of it.

It is made from a run of the board's own keepers over whole datasets, of any model: the majority class
will do. `boss.data` stays out of the site.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from boss.measurement import Measurement, Strict
from boss.results.files import slug, write_atomic
from boss.results.schema import Record
from boss.results.store import RECORDS, StoredRun, read_run
from leaderboard.submission.content import Row, clean_rows, data_sha256
from leaderboard.submission.findings import Finding, SubmissionError
from leaderboard.submission.layout import RUN_FOLDER
from robtest.plural import counted

_WHOLE = ("all", "cap")
_SEEDED = "seeded:"


class Header(Strict):
    """First line of a manifest: what a measurement on this dataset must say of it."""

    schema_version: int = 1
    suite_version: str
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
    for record in {r.measurement.name: r for r in reversed(stored.records)}.values():
        measurement = record.measurement
        if measurement.attack is not None or measurement.subset not in _WHOLE:
            continue
        rows = clean_rows(measurement, stored.predictions(measurement.name))
        if data_sha256(rows) != measurement.dataset_sha256:
            raise SubmissionError(
                f"{run}: {measurement.name} does not have the digest it states; measure again"
            )
        path = manifest_path(folder, record)
        content = _encode(_header(record), rows)
        if path.exists() and path.read_bytes() != content:
            raise SubmissionError(
                f"{path} is of other data under the same suite_version {record.measurement.suite_version!r}; "
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
        / slug(f"{record.measurement.suite}-{record.measurement.suite_version}")
        / f"{slug(record.measurement.dataset)}.jsonl"
    )


def check_coverage(folder: Path | None, stored: StoredRun) -> Iterator[Finding]:
    """Say which datasets of a run there is no manifest of: their ids and inputs are the sender's word."""
    paths = {
        r.measurement.dataset: None if folder is None else manifest_path(folder, r) for r in stored.records
    }
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
    """Hold a measurement against its dataset's manifest: what it is, which examples, which inputs and labels.

    A subset must be the seeded one and no choice of the sender: the first ``n_evaluated`` ids by sha256 of
    ``SEED:ID``, as `boss.data.build.choose` takes them.

    Args:
        answers: whether the gold answers are those of the data; otherwise they are passed over.
    """
    measurement, where = record.measurement, f"{RUN_FOLDER}/{RECORDS}"
    manifest = load_manifest(path)
    for name in ("suite", "task", "dataset", "split", "role", "recall_only", "stand_in", "labels"):
        value, manifest_value = getattr(measurement, name), getattr(manifest.header, name)
        if value != manifest_value:
            message = f"{measurement.name}: {name} is {value!r}, the manifest says {manifest_value!r}"
            yield Finding(
                "error",
                "manifest",
                where,
                line,
                message,
                f"Measure on {measurement.suite} as it is published.",
            )
    if not answers:
        rows = _without_answers(rows)
        manifest = Manifest(manifest.header, _without_answers(manifest.rows))
    yield from _check_rows(measurement, line, rows, manifest)


def _check_rows(
    measurement: Measurement, line: int, rows: Mapping[str, Row], manifest: Manifest
) -> Iterator[Finding]:
    where, cure = f"{RUN_FOLDER}/{RECORDS}", f"Measure on {measurement.suite} as it is published."
    unknown = sorted(key for key, row in rows.items() if manifest.rows.get(key) != row)
    if unknown:
        message = (
            f"{measurement.name}: {counted(len(unknown), 'example')} "
            f"{'is' if len(unknown) == 1 else 'are'} not in the manifest with this source, "
        )
        message += f"input and label, such as {unknown[0][:80]!r}"
        yield Finding("error", "manifest", where, line, message, cure)
        return
    if measurement.subset == manifest.header.subset:
        expected = set(manifest.rows)
    elif measurement.subset.startswith(_SEEDED):
        expected = set(
            _ranked(manifest.rows, measurement.subset.removeprefix(_SEEDED))[: measurement.n_evaluated]
        )
    else:
        message = f"{measurement.name}: subset {measurement.subset!r} is neither "
        message += f"{manifest.header.subset!r} nor seeded"
        yield Finding("error", "manifest", where, line, message, cure)
        return
    if expected != set(rows):
        message = f"{measurement.name}: the examples are not those of subset {measurement.subset!r}, "
        message += f"{len(expected - set(rows))} of {len(expected)} are missing"
        yield Finding("error", "subset", where, line, message, cure)


def _without_answers(rows: Mapping[str, Row]) -> dict[str, Row]:
    return {key: replace(row, answer="") for key, row in rows.items()}


def _ranked(rows: Mapping[str, Row], seed: str) -> list[str]:
    return sorted(rows, key=lambda key: hashlib.sha256(f"{seed}:{key}".encode()).digest())


def _header(record: Record) -> Header:
    measurement = record.measurement
    return Header(
        suite_version=record.measurement.suite_version,
        suite=measurement.suite,
        task=measurement.task,
        dataset=measurement.dataset,
        split=measurement.split,
        role=measurement.role,
        recall_only=measurement.recall_only,
        stand_in=measurement.stand_in,
        labels=measurement.labels,
        subset=measurement.subset,
        sha256=measurement.dataset_sha256,
    )


def _encode(header: Header, rows: Mapping[str, Row]) -> bytes:
    lines = [header.model_dump_json()]
    lines += [
        json.dumps([key, row.source, row.input_sha256, row.answer]) for key, row in sorted(rows.items())
    ]
    return ("\n".join(lines) + "\n").encode()
