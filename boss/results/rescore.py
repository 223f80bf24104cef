"""Recompute a run from its predictions alone, and say where it differs from what the run claims.

The command `boss.rescore`, the submission check and the website use this one function.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isclose
from pathlib import Path

import pyarrow as pa

from boss.errors import BossError, ResultError
from boss.metrics.cells import majority_of, majority_value, score_tally, tally
from boss.metrics.summaries import Summaries
from boss.results.migrations import EXPANDED_SINCE, INTERVALS_SINCE, SUMMARIES_SINCE, known
from boss.results.parts import digest_of_parts, read_parts
from boss.results.schema import Cell, Strict, canonical_json
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
    if stored.run.status == "running":
        raise ResultError(
            f"{path} is unfinished (status running); the command that began it continues it: "
            f"{stored.run.command}"
        )
    cells, said = stored.cells(), stored.summaries()
    expanded = stored.version >= EXPANDED_SINCE
    sums = Summaries(stored.run.benchmark_version, seed=stored.run.seed, expanded=expanded)
    differences = [*_files(stored), *(found for cell in cells for found in _cell(stored, cell, sums))]
    if said or stored.version >= SUMMARIES_SINCE:
        found = (s for s in sums.summaries() if known(stored.version, s.metric, s.aggregate))
        differences += _summaries(said, list(found), stored.version)
    return RescoreReport(
        path=path,
        n_cells=len(cells),
        n_records=len(stored.records),
        n_summaries=len(said),
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
        found = describe_file(path)
    except ResultError as error:
        yield Difference(name, None, "readable", "yes", f"no: {error}")
        return
    if found.sha256 != listed.sha256:
        yield Difference(name, None, "sha256", listed.sha256, found.sha256)
    if found.rows != listed.rows:
        yield Difference(name, None, "rows", str(listed.rows), str(found.rows))


def _cell(stored: StoredRun, cell: Cell, sums: Summaries) -> Iterator[Difference]:
    """Compare the records of a cell, field by field, with the ones its predictions make; add it to sums."""
    lines = [(n, record) for n, record in enumerate(stored.records, 1) if record.cell.key == cell.key]
    try:
        table, cost = read_parts(stored.path, cell.key)
        counted = tally(cell, table)
        scores = score_tally(counted, seed=lines[0][1].seed, expanded=stored.version >= EXPANDED_SINCE)
        digest = digest_of_parts(stored.path, cell.key)
    except BossError as error:
        yield Difference(f"predictions/{cell.key}", None, "can be scored", "yes", f"no: {error}")
        return
    sums.add(counted, scores, lines[0][1].model)
    if cell.majority is not None:
        cell = cell.model_copy(update={"majority": majority_of(_labels(table))})
    expected = {
        (score.metric, score.aggregate, score.degree): score
        for score in scores
        if known(stored.version, score.metric, score.aggregate)
    }
    for n, record in lines:
        score = expected.pop((record.score.metric, record.score.aggregate, record.score.degree), None)
        if score is None:
            yield Difference(RECORDS, n, f"{record}", "present", "absent")
            continue
        if stored.version < INTERVALS_SINCE.get(score.aggregate, 1):
            score = score.model_copy(update={"ci": record.score.ci})
        update = {
            **{name: getattr(stored.run, name) for name in ("run_id", "created_at", "benchmark_version")},
            "cell": cell,
            "score": score,
            "cost": cost,
            "majority_value": majority_value(cell, score),
            "predictions": f"predictions/{cell.key}",
            "predictions_sha256": digest,
        }
        yield from _fields(RECORDS, n, record, record.model_copy(update=update))
    for metric, aggregate, degree in expected:
        what = f"{cell.key}: {metric}, {aggregate}" + ("" if degree is None else f", degree {degree:g}")
        yield Difference(RECORDS, None, what, "absent", "present")


def _labels(table: pa.Table) -> list[str]:
    """Return the gold label of every example: of its clean row."""
    degrees = table["degree"].to_pylist()
    return [label for label, degree in zip(table["label"].to_pylist(), degrees, strict=True) if not degree]


def _summaries(said: Sequence[Summary], found: Sequence[Summary], version: int) -> Iterator[Difference]:
    """Compare the summaries with the ones the predictions make."""
    expected = {_name(summary): summary for summary in found}
    for n, summary in enumerate(said, 1):
        recomputed = expected.pop(_name(summary), None)
        if recomputed is None:
            yield Difference(SUMMARIES, n, f"{summary}", "present", "absent")
        else:
            if version < INTERVALS_SINCE.get(summary.aggregate, 1):
                recomputed = recomputed.model_copy(update={"ci": summary.ci})
            yield from _fields(SUMMARIES, n, summary, recomputed)
    for summary in expected.values():
        yield Difference(SUMMARIES, None, f"{summary.task}: {summary}", "absent", "present")


def _name(summary: Summary) -> str:
    """Return what a summary is of: all that is not measured."""
    fields = ("suite", "model", "method", "task", "role", "over", "metric", "aggregate", "degree")
    settings = summary.attack and summary.attack.model_dump(mode="json", exclude={"n_dimensions"})
    return canonical_json([settings, *(getattr(summary, name) for name in fields)])


def _fields(file: str, line: int, record: Strict, recomputed: Strict) -> Iterator[Difference]:
    said = dict(_leaves(record.model_dump(mode="json", exclude={"record_id"})))
    found = dict(_leaves(recomputed.model_dump(mode="json", exclude={"record_id"})))
    for name in {**said, **found}:
        a, b = said.get(name), found.get(name)
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
