"""Recompute a run from its predictions alone, and say where it differs from what the run claims.

The command `boss.rescore`, the submission check and the website use this one function.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isclose
from pathlib import Path

import pyarrow as pa

from boss.errors import BossError, ResultError
from boss.measurement import Measurement, Strict, canonical_json
from boss.metrics.scoring import majority_of, majority_value, score_tally, tally
from boss.metrics.summaries import Summaries
from boss.results.manifest import UNFINISHED
from boss.results.migrations import COVERAGE_SINCE, INTERVALS_SINCE, SUMMARIES_SINCE, expects, interval_rule
from boss.results.parts import digest_of_parts, read_parts
from boss.results.store import RECORDS, RUN, SUMMARIES, StoredRun, describe_file, list_files, read_run
from boss.results.summary import Summary

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Difference:
    """One thing a run says that its predictions do not.

    Attributes:
        file: relative to the run; ``line`` counts from 1, None for a file as a whole.
        what: the record and the field, or the property of the file.
    """

    file: str
    line: int | None
    what: str
    stored: str
    recomputed: str

    def __str__(self) -> str:
        """``file:line: what: stored ..., recomputed ...``."""
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.what}: stored {self.stored}, recomputed {self.recomputed}"


@dataclass(frozen=True)
class RescoreReport:
    """What was recomputed and where it differs; ``differences`` is empty for an honest, whole run."""

    path: Path
    n_cells: int
    n_records: int
    n_summaries: int
    n_files: int
    differences: tuple[Difference, ...]

    @property
    def ok(self) -> bool:
        """Whether everything agrees."""
        return not self.differences


def rescore(path: Path) -> RescoreReport:
    """Recompute every value, interval and count of a run, its summaries, and the digests of its files.

    A run of an older version is held to what that version wrote: numbers that came later are not missed, and
    intervals are those it knew.

    Raises:
        ResultError: if the run is unfinished, or run.json, records.jsonl or summaries.jsonl cannot be read.
    """
    stored = read_run(path)
    if stored.run.status in UNFINISHED:
        raise ResultError(
            f"{path} is unfinished (status {stored.run.status}); the command that began it continues it: "
            f"{stored.run.command}"
        )
    measurements, summaries = stored.measurements(), stored.summaries()
    sums = Summaries(seed=stored.run.seed, rule=interval_rule(stored.version))
    differences = [
        *_files(stored),
        *(difference for measurement in measurements for difference in _cell(stored, measurement, sums)),
    ]
    if summaries or stored.version >= SUMMARIES_SINCE:
        recomputed = (s for s in sums.summaries() if expects(stored.version, s.metric, s.aggregate))
        differences += _summaries(summaries, list(recomputed), stored.version)
    return RescoreReport(
        path=path,
        n_cells=len(measurements),
        n_records=len(stored.records),
        n_summaries=len(summaries),
        n_files=len(stored.run.files),
        differences=tuple(differences),
    )


def _files(stored: StoredRun) -> Iterator[Difference]:
    there = list_files(stored.path)
    for name in sorted({*stored.run.files, *there}):
        if name not in there:
            yield Difference(name, None, f"listed in {RUN}", "present", "absent")
        elif name not in stored.run.files:
            yield Difference(name, None, f"listed in {RUN}", "absent", "present")
        else:
            yield from _file(name, there[name], stored)


def _file(name: str, path: Path, stored: StoredRun) -> Iterator[Difference]:
    listed = stored.run.files[name]
    try:
        actual = describe_file(path)
    except ResultError as error:
        yield Difference(name, None, "readable", "yes", f"no: {error}")
        return
    if actual.sha256 != listed.sha256:
        yield Difference(name, None, "sha256", listed.sha256, actual.sha256)
    if actual.rows != listed.rows:
        yield Difference(name, None, "rows", str(listed.rows), str(actual.rows))


def _cell(stored: StoredRun, measurement: Measurement, sums: Summaries) -> Iterator[Difference]:
    """Compare the records of a measurement with those recomputed from predictions; add it to ``sums``."""
    lines = [
        (n, record)
        for n, record in enumerate(stored.records, 1)
        if record.measurement.name == measurement.name
    ]
    try:
        table, cost = read_parts(stored.path, measurement.name)
        counted = tally(measurement, table)
        scores = score_tally(counted, seed=lines[0][1].seed, rule=interval_rule(stored.version))
        digest = digest_of_parts(stored.path, measurement.name)
    except BossError as error:
        yield Difference(f"predictions/{measurement.name}", None, "can be scored", "yes", f"no: {error}")
        return
    sums.add(counted, scores, lines[0][1].model)
    if measurement.majority is not None:
        measurement = measurement.model_copy(update={"majority": majority_of(_labels(table))})
    expected = {
        (score.metric, score.aggregate, score.degree): score
        for score in scores
        if expects(stored.version, score.metric, score.aggregate)
    }
    for n, record in lines:
        score = expected.pop((record.score.metric, record.score.aggregate, record.score.degree), None)
        if score is None:
            yield Difference(RECORDS, n, f"{record}", "present", "absent")
            continue
        if stored.version < INTERVALS_SINCE.get(score.aggregate, 1):
            score = score.model_copy(update={"ci": record.score.ci})
        if stored.version < COVERAGE_SINCE:
            score = score.model_copy(update={"coverage": None, "touched": None})
        update = {
            **{name: getattr(stored.run, name) for name in ("run_id", "created_at")},
            "measurement": measurement,
            "score": score,
            "cost": cost,
            "majority_value": majority_value(measurement, score),
            "predictions": f"predictions/{measurement.name}",
            "predictions_sha256": digest,
        }
        yield from _fields(RECORDS, n, record, record.model_copy(update=update))
    for metric, aggregate, degree in expected:
        what = f"{measurement.name}: {metric}, {aggregate}" + (
            "" if degree is None else f", degree {degree:g}"
        )
        yield Difference(RECORDS, None, what, "absent", "present")


def _labels(table: pa.Table) -> list[str]:
    """Return the gold label of every example: of its clean row."""
    degrees = table["degree"].to_pylist()
    return [label for label, degree in zip(table["label"].to_pylist(), degrees, strict=True) if not degree]


def _summaries(
    stored: Sequence[Summary], from_predictions: Sequence[Summary], version: int
) -> Iterator[Difference]:
    """Compare the stored summaries with those recomputed from predictions."""
    expected = {_name(summary): summary for summary in from_predictions}
    for n, summary in enumerate(stored, 1):
        recomputed = expected.pop(_name(summary), None)
        if recomputed is None:
            yield Difference(SUMMARIES, n, f"{summary}", "present", "absent")
        else:
            if version < INTERVALS_SINCE.get(summary.aggregate, 1):
                recomputed = recomputed.model_copy(update={"ci": summary.ci})
            if version < COVERAGE_SINCE:
                recomputed = recomputed.model_copy(update={"coverage": None})
            yield from _fields(SUMMARIES, n, summary, recomputed)
    for summary in expected.values():
        yield Difference(SUMMARIES, None, f"{summary.task}: {summary}", "absent", "present")


def _name(summary: Summary) -> str:
    """Return what a summary is of: all that is not measured."""
    measured = {"value", "ci", "n_datasets", "n_scored", "coverage"}
    return canonical_json(summary.model_dump(mode="json", exclude=measured))


def _fields(file: str, line: int, record: Strict, recomputed: Strict) -> Iterator[Difference]:
    stored_values = dict(_leaves(record.model_dump(mode="json", exclude={"record_id"})))
    new_values = dict(_leaves(recomputed.model_dump(mode="json", exclude={"record_id"})))
    for name in {**stored_values, **new_values}:
        a, b = stored_values.get(name), new_values.get(name)
        close = isinstance(a, float) and isinstance(b, float) and isclose(a, b, rel_tol=0, abs_tol=TOLERANCE)
        if a != b and not close:
            yield Difference(file, line, f"{record}: {name}", str(a), str(b))


def _leaves(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    """Yield every value of nested JSON with its dotted name."""
    if not isinstance(value, dict):
        yield name, value
        return
    for key, inner in value.items():
        yield from _leaves(inner, f"{name}.{key}" if name else key)
