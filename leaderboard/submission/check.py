"""The one check of a submission: the command, the upload form and continuous integration all call it."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from boss.errors import BossError
from boss.results.rescore import Difference, rescore
from boss.results.schema import Record
from boss.results.store import RECORDS, RUN, StoredRun, read_run
from leaderboard.submission.agreement import check_others, check_ties, check_withheld
from leaderboard.submission.claims import check_claims
from leaderboard.submission.content import check_clean_answers, check_data, clean_rows
from leaderboard.submission.declaration import Declaration, read_declaration
from leaderboard.submission.findings import Finding, Refused, Report, shortened
from leaderboard.submission.jsontext import check_json
from leaderboard.submission.labels import check_labels
from leaderboard.submission.layout import DECLARATION, RUN_FOLDER, content_id, run_files
from leaderboard.submission.limits import LIMITS, Limits
from leaderboard.submission.manifest import check_coverage, check_manifest, manifest_path
from leaderboard.submission.reference import Summaries
from leaderboard.submission.scratch import scratch
from leaderboard.submission.summary import summarise
from leaderboard.submission.suspicion import (
    Tables,
    check_constant,
    check_gap,
    check_rule_copies,
)
from leaderboard.submission.tables import check_tables
from leaderboard.submission.training import check_training
from leaderboard.submission.trimmed import PROBABILITY_STEP, answers_kept, check_trimmed
from leaderboard.submission.under_attack import check_moves, check_success
from leaderboard.submission.unpack import unpack

_HONEST = (
    "Numbers and digests are the run's, not the sender's: measure again, or send the run as it was written."
)
_TABLES_IN_MEMORY = 8


@dataclass(frozen=True)
class References:
    """What a submission is compared with.

    Attributes:
        manifests: folder of the data manifests; None where there is none, as on most senders' machines.
        accepted: run directories that are on the board.
        kept: folder in which summaries of the accepted runs are kept; None for none.
        by_keepers: whether the run is the keepers' own, who may trim it (`leaderboard.submission.trimmed`).
    """

    manifests: Path | None = None
    accepted: tuple[Path, ...] = ()
    kept: Path | None = None
    by_keepers: bool = False


@dataclass(frozen=True)
class Opened:
    """A submission on disk; ``declaration`` is None for a run directory that was not packed yet."""

    run: Path
    declaration: Path | None


def check(path: Path, references: References | None = None, limits: Limits = LIMITS) -> Report:
    """Check a run directory, an unpacked submission or a packed one; nothing is left on disk.

    Stages: names and sizes; text and tables; the schema; then every number, id, label and claim. A stage
    that finds an error ends the check, as the next one could not trust what it reads.
    """
    with checked(path, references or References(), limits) as (report, _):
        return report


@contextmanager
def checked(
    path: Path, references: References, limits: Limits = LIMITS
) -> Iterator[tuple[Report, Opened | None]]:
    """Check as `check` does, and give the parts for as long as it is open; None: nothing was opened."""
    if path.is_dir():
        parts = opened(path)
        yield check_opened(path, parts, references, limits), parts
        return
    with scratch() as folder:
        try:
            unpack(path, folder / "submission", limits)
        except Refused as error:
            yield Report(path, None, 0, 0, (error.finding,)), None
            return
        except OSError as error:
            cure = "Name a run directory or a packed submission."
            finding = Finding("error", "archive", path.name, None, f"cannot be read: {error.strerror}", cure)
            yield Report(path, None, 0, 0, (finding,)), None
            return
        parts = opened(folder / "submission")
        yield check_opened(path, parts, references, limits), parts


def opened(folder: Path) -> Opened:
    """Return the parts of a folder that is a run directory, or an unpacked submission."""
    if (folder / RUN).exists() or not (folder / RUN_FOLDER).is_dir():
        return Opened(folder, None)
    return Opened(folder / RUN_FOLDER, folder / DECLARATION)


def check_opened(path: Path, parts: Opened, references: References, limits: Limits = LIMITS) -> Report:
    """Check an opened submission; ``path`` is what the report calls it."""
    try:
        files = run_files(parts.run, limits)
        if file_findings := list(_check_files(files, parts, limits)):
            return Report(path, None, 0, 0, shortened(file_findings))
        declaration_bytes = None if parts.declaration is None else parts.declaration.read_bytes()
        submission = content_id(declaration_bytes, files)
        declaration = None if parts.declaration is None else read_declaration(parts.declaration)
        stored = _read(parts.run)
    except Refused as error:
        return Report(path, None, 0, 0, (error.finding,))
    findings = shortened(_check_content(stored, declaration, references, limits))
    return Report(path, submission, len(stored.measurements()), len(stored.records), findings)


def _check_files(files: dict[str, Path], parts: Opened, limits: Limits) -> Iterator[Finding]:
    texts = {f"{RUN_FOLDER}/{name}": path for name, path in files.items() if not name.endswith(".parquet")}
    if parts.declaration is not None:
        texts[DECLARATION] = parts.declaration
    for name, path in texts.items():
        yield from check_json(path, name, limits)
    tables = ((f"{RUN_FOLDER}/{name}", path) for name, path in files.items() if name.endswith(".parquet"))
    yield from check_tables(tables, limits)


def _read(run: Path) -> StoredRun:
    """Read a run whose files are sound; what its schema forbids is a finding with file and line."""
    try:
        stored = read_run(run)
        stored.summaries()
    except BossError as error:
        raise _refused(run, error) from error
    except (KeyError, TypeError, AttributeError) as error:
        # A file of an older version is migrated before its fields are known to be there.
        raise Refused(
            "schema", f"{RUN_FOLDER}/{RECORDS}", f"a field is missing: {error!r}", _HONEST
        ) from error
    return stored


def _refused(run: Path, error: BossError) -> Refused:
    """Take file and line out of the message of an error in reading a run."""
    match = re.match(rf"{re.escape(str(run))}/([^\s,:]+)(?:, line (\d+))?:? (.*)", str(error), re.DOTALL)
    if match is None:
        return Refused("schema", RUN_FOLDER, str(error), _HONEST)
    line = None if match[2] is None else int(match[2])
    return Refused("schema", f"{RUN_FOLDER}/{match[1]}", match[3], _HONEST, line)


def _check_content(
    stored: StoredRun, declaration: Declaration | None, references: References, limits: Limits
) -> list[Finding]:
    """Check what the files say; scoring starts only where claims and labels are sound."""
    tables = lru_cache(maxsize=_TABLES_IN_MEMORY)(stored.predictions)
    measurements = _first_records(stored)
    try:
        findings = [*check_trimmed(stored, by_keepers=references.by_keepers), *check_claims(stored, limits)]
        if not _has_error(findings):
            step = PROBABILITY_STEP if stored.run.trimmed else 0.0
            for _, record in measurements:
                findings += check_labels(record.measurement, tables(record.measurement.name), step)
        if _has_error(findings):
            return findings
        findings += [_finding(difference) for difference in rescore(stored.path).differences]
        for line, record in measurements:
            findings += _check_cell(stored, line, record, tables, references)
        summaries = Summaries(references.kept, summarise)
        accepted = [summaries.of(path) for path in references.accepted]
    except BossError as error:
        return [*findings, _refused(stored.path, error).finding]
    except (ArithmeticError, LookupError, MemoryError, TypeError, ValueError) as error:
        # Values that no run has, such as a negative seed: a stranger's file must not end the process.
        message = f"cannot be scored: {type(error).__name__}: {error}"[:500]
        return [*findings, Finding("error", "schema", f"{RUN_FOLDER}/{RECORDS}", None, message, _HONEST)]
    findings += check_coverage(references.manifests, stored)
    findings += check_constant(stored, tables)
    findings += check_others(stored, tables, accepted)
    findings += check_rule_copies(stored, tables, accepted)
    findings += check_gap(stored, accepted)
    findings += check_moves(stored, tables)
    findings += check_ties(stored, tables)
    findings += check_success(stored, tables, accepted)
    findings += check_withheld(stored, tables)
    findings += check_training(stored, declaration)
    return findings


def _check_cell(
    stored: StoredRun, line: int, record: Record, tables: Tables, references: References
) -> Iterator[Finding]:
    table = tables(record.measurement.name)
    yield from check_data(stored, line, record, table)
    manifest = None if references.manifests is None else manifest_path(references.manifests, record)
    if manifest is not None and manifest.exists():
        answers = answers_kept(stored, record.measurement)
        yield from check_manifest(
            manifest, line, record, clean_rows(record.measurement, table), answers=answers
        )
    clean = f"{record.measurement.task}/{record.measurement.dataset}/clean"
    if record.measurement.attack is not None and any(
        measurement.name == clean for measurement in stored.measurements()
    ):
        yield from check_clean_answers(record.measurement.name, table, tables(clean), record.measurement)


def _first_records(stored: StoredRun) -> list[tuple[int, Record]]:
    """Return the first record of every measurement with its line."""
    first: dict[str, tuple[int, Record]] = {}
    for line, record in enumerate(stored.records, 1):
        first.setdefault(record.measurement.name, (line, record))
    return list(first.values())


def _has_error(findings: Sequence[Finding]) -> bool:
    return any(finding.severity == "error" for finding in findings)


def _finding(difference: Difference) -> Finding:
    message = f"{difference.what}: stored {difference.stored}, recomputed {difference.recomputed}"
    return Finding("error", "rescore", f"{RUN_FOLDER}/{difference.file}", difference.line, message, _HONEST)
