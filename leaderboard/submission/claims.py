"""What a run says of itself that only the board may say, or that a page could not show safely."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from boss.config import suite_datasets
from boss.errors import ResultError
from boss.measurement import BENCHMARK, Measurement
from boss.results.files import folder_of
from boss.results.manifest import Run
from boss.results.schema import Record
from boss.results.store import RECORDS, RUN, StoredRun
from boss.tasks import TASKS
from leaderboard.submission.findings import Finding
from leaderboard.submission.layout import RUN_FOLDER
from leaderboard.submission.limits import LIMITS, Limits
from leaderboard.submission.names import CURE, fault
from leaderboard.text import INVISIBLE
from robtest.plural import counted

_MARKUP = frozenset('<>&"`\\')
_NAMES = frozenset(
    {
        *("run_id", "suite", "model", "model.id", "model.method"),
        *("measurement.suite", "measurement.task", "measurement.dataset"),
        *("attack.name", "attack.dimension", "attack.transferred.model"),
    }
)
"""Fields that name a thing on pages and in exports; the others describe one."""
_RECORDS, _RUN = f"{RUN_FOLDER}/{RECORDS}", f"{RUN_FOLDER}/{RUN}"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(\+00:00|Z)")
_CLOCKS = timedelta(hours=1)
"""By which a sender's clock may be ahead."""
_AS_WRITTEN = "Send records.jsonl as the run wrote it."


def check_claims(stored: StoredRun, limits: Limits = LIMITS) -> Iterator[Finding]:
    """Yield bad names, numbers said twice, and levels, statuses or flags the sender gave itself."""
    yield from _check_run(stored.run, limits)
    seen: dict[str, int] = {}
    for line, record in enumerate(stored.records, 1):
        yield from _check_names(_RECORDS, line, _names(record), limits)
        if (n_rows := _n_rows(record.measurement)) > limits.rows:
            message = f"{record.measurement.name} would need {n_rows:,} rows; the limit is {limits.rows:,}"
            yield Finding("error", "too_large", _RECORDS, line, message, _AS_WRITTEN)
        yield from (
            Finding("error", code, _RECORDS, line, m, _AS_WRITTEN) for code, m in _claims(stored.run, record)
        )
        before = seen.setdefault(record.record_id, line)
        if before != line:
            message = f"{record} stands in line {before} already"
            yield Finding("error", "duplicate_record", _RECORDS, line, message, _AS_WRITTEN)
    if not stored.records:
        cure = "Look in its journal for what failed, then measure again."
        yield Finding("error", "empty", _RECORDS, None, "there is not one number", cure)
    if len({record.model.id for record in stored.records}) > 1:
        yield Finding(
            "error", "models", _RECORDS, None, "several models in one run", "Submit one run per model."
        )


def _check_run(run: Run, limits: Limits) -> Iterator[Finding]:
    names = {"run_id": run.run_id, "suite": run.suite, "model": run.model}
    yield from _check_names(_RUN, None, names, limits)
    yield from _check_times(run)
    if run.benchmark != BENCHMARK:
        message = f"benchmark is {run.benchmark!r}, not {BENCHMARK!r}"
        yield Finding("error", "benchmark", _RUN, None, message, "Submit it where it belongs.")
    if run.status != "complete" or run.failures:
        message = f"status {run.status}, {counted(len(run.failures), 'failure')}"
        cure = (
            "Run the command again for the measurements that failed; those that are there stand on the board."
        )
        yield Finding("warning", "incomplete", _RUN, None, message, cure)


def _check_times(run: Run) -> Iterator[Finding]:
    """Yield what is wrong with the times of a run: they order nothing, and stand in exports."""
    cure = "Send run.json as the run wrote it, on a machine whose clock is right."
    times = {"created_at": run.created_at, "finished_at": run.finished_at}
    known: dict[str, datetime] = {}
    for name, text in times.items():
        if text is None:
            continue
        try:
            known[name] = datetime.fromisoformat(text) if _TIME.fullmatch(text) else datetime.max
        except ValueError:
            known[name] = datetime.max
        if known[name].tzinfo is None:
            message = f"{name} {text!a:.60} is no time in UTC such as 2026-01-31T12:00:00+00:00"
            yield Finding("error", "time", _RUN, None, message, cure)
            return
    created = known["created_at"]
    if max(known.values()) > datetime.now(UTC) + _CLOCKS:
        message = f"its times, {run.created_at} to {run.finished_at}, are not over yet"
        yield Finding("error", "time", _RUN, None, message, cure)
    elif known.get("finished_at", created) < created:
        message = f"it was finished at {run.finished_at}, before it began at {run.created_at}"
        yield Finding("error", "time", _RUN, None, message, cure)


def _claims(run: Run, record: Record) -> Iterator[tuple[str, str]]:
    if record.verification != "uploaded" or record.status != "active" or record.flags:
        yield (
            "self_given",
            f"verification {record.verification}, status {record.status}, flags {record.flags}",
        )
    measurement = record.measurement
    if measurement.benchmark != run.benchmark or not _within(measurement.suite, run.suite):
        yield "suite", f"{record} is of {measurement.benchmark}, {measurement.suite}; the run of {run.suite}"
    listed = suite_datasets(measurement.suite, measurement.suite_version)
    if listed is not None and measurement.dataset not in listed.get(measurement.task, ()):
        yield (
            "suite",
            f"{measurement.dataset} is no dataset of task {measurement.task} in {measurement.suite}",
        )
    if not record.measurement.is_defined:
        known = ", ".join(TASKS)
        yield "task", f"unknown task {record.measurement.task!r}; known: {known}, and what own_task defines"
    try:
        folder_of(Path(), record.measurement.name)
    except ResultError as error:
        yield "name", str(error)
    split = (record.measurement.dataset, record.measurement.dataset_sha256)
    if record.measurement.attack is None and split not in {
        (entry.dataset, entry.sha256) for entry in run.data
    }:
        yield "other_data", f"{record.measurement.dataset} with this digest is not in the data of run.json"


def _within(suite: str, extended: str) -> bool:
    """Whether a task's suite is that of the run, which may have datasets added to other tasks."""
    name, *added = suite.split("+")
    own, *others = extended.split("+")
    return name == own and set(added) <= set(others)


def _n_rows(measurement: Measurement) -> int:
    """Return how many rows a measurement claims to have: scoring makes room for them before it looks."""
    per_example = (
        1
        if measurement.attack is None
        else 1 + measurement.attack.n_variants * len(measurement.attack.degrees)
    )
    return measurement.n_evaluated * per_example


def _names(record: Record) -> dict[str, str]:
    model, measurement = record.model, record.measurement
    names = {
        f"model.{n}": getattr(model, n) for n in ("id", "revision", "adapter", "method", "licence", "dtype")
    }
    names |= {
        f"measurement.{n}": getattr(measurement, n)
        for n in ("suite", "suite_version", "task", "dataset", "split", "dataset_revision")
    }
    names |= {f"measurement.labels.{i}": label for i, label in enumerate(measurement.labels)}
    names |= {f"model.training_datasets.{i}": name for i, name in enumerate(model.training_datasets)}
    names |= {"model.finetuned_on": model.finetuned_on}
    if measurement.attack is not None:
        same = ("name", "dimension", "field", "version", "label")  # the label: what a page calls it
        names |= {f"attack.{n}": getattr(measurement.attack, n) for n in same}
        names |= {"attack.search.version": measurement.attack.search.version}
        if (origin := measurement.attack.transferred) is not None:
            names |= {f"attack.transferred.{n}": getattr(origin, n) for n in ("run", "model", "fingerprint")}
    return names


def _check_names(file: str, line: int | None, names: dict[str, str], limits: Limits) -> Iterator[Finding]:
    for field, name in names.items():
        if len(name) > limits.name_chars:
            message = f"{field} has {len(name):,} characters; the limit is {limits.name_chars}"
            yield Finding("error", "name", file, line, message, CURE)
        elif wrong := fault(name) if field in _NAMES else _unsafe(name):
            yield Finding("error", "name", file, line, f"{field} {name!a:.80} {wrong}", CURE)


def _unsafe(text: str) -> str:
    """Return what of a description may not be: markup, and what nobody sees."""
    if not text.strip():
        return "is empty; unknown is the word `unknown`"
    bad = sorted({c for c in text if c in _MARKUP or c in INVISIBLE or unicodedata.category(c)[0] == "C"})
    return f"holds {bad[0]!a}" if bad else ""
