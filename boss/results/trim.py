"""A run with its predictions reduced to what rescoring needs: small enough to ship, and free of texts."""

import os
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from boss.commands import as_argument, command
from boss.errors import ResultError
from boss.measurement import Measurement
from boss.metrics.calibration import METRICS
from boss.metrics.scoring import Tally, majority_value, score_tally, tally
from boss.metrics.summaries import Summaries
from boss.results.files import TEMPORARY, json_bytes, slug, write_atomic
from boss.results.manifest import Run
from boss.results.parts import digest_of_parts, part_path, provenance, read_parts, write_part
from boss.results.reduce import reduced
from boss.results.rescore import rescore
from boss.results.schema import SCHEMA_VERSION, Record, Score
from boss.results.store import RECORDS, RUN, SUMMARIES, StoredRun, describe_file, list_files, read_run
from robtest.plural import counted

_PLACES = ("output", "cache")
"""Options that say where things lie on a machine; no number depends on them."""
_PLACE = re.compile(rf"[+~]*(?:{'|'.join(_PLACES)})(?:=.*)?", re.DOTALL)
_SOURCE = "attack.from="
"""A run, which lies in a folder: its own name stays."""
_LEFT_OUT = "left out of the trimmed run"


def trim(run: Path, output: Path) -> Path:
    """Write the trimmed run beside the others under ``output`` and return its directory.

    It is the same run, of today's schema version: `boss.results.reduce.reduced` says what its predictions
    lack, and the records and summaries are made of these by the functions that made them before. What is
    made of probabilities follows their rounding; every other number is the same. Left out as well are the
    journal, the options and words of the command that name folders, and the messages of failures. A trimmed
    run of an older version becomes one of today's: its predictions stay as they are.

    Args:
        output: the folder of all runs, as for `boss.results.writer.open_run`.

    Raises:
        ResultError: if the run cannot be read, is unfinished, trimmed by today's version or not what its
            predictions make of it; if a number would change, or an id may be a text; or if the directory
            exists or cannot be written. Nothing is left behind then.
    """
    stored = _checked(run)
    path = output / slug(stored.run.suite) / slug(stored.run.model) / slug(stored.run.run_id)
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}")
    if path.exists():
        raise ResultError(f"{path} exists and is not written over; choose another output=DIR")
    try:
        _write(stored, temporary)
        temporary.rename(path)
    except OSError as error:
        raise ResultError(f"{path} cannot be made: {error.strerror}; choose another output=DIR") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return path


def _checked(path: Path) -> StoredRun:
    report = rescore(path)
    if not report.ok:
        raise ResultError(
            f"{path} differs from its predictions in {counted(len(report.differences), 'place')}, such as "
            f"{report.differences[0]}; {command('boss.rescore', as_argument(path))} lists them all. Restore "
            "it, or measure again."
        )
    stored = read_run(path)
    if stored.run.trimmed and stored.version == SCHEMA_VERSION:
        raise ResultError(f"{path} is trimmed already; copy it as it is")
    return stored


def _write(stored: StoredRun, path: Path) -> None:
    """Write all files of the trimmed run, run.json last."""
    sums = Summaries(seed=stored.run.seed)
    records = [
        record for measurement in stored.measurements() for record in _cell(stored, measurement, path, sums)
    ]
    write_atomic(path / RECORDS, b"".join(map(json_bytes, records)))
    write_atomic(path / SUMMARIES, b"".join(map(json_bytes, sums.summaries())))
    files = {name: describe_file(file) for name, file in list_files(path).items()}
    write_atomic(path / RUN, json_bytes(_manifest(stored.run).model_copy(update={"files": files}), indent=2))


def _cell(stored: StoredRun, measurement: Measurement, path: Path, sums: Summaries) -> list[Record]:
    """Write the reduced predictions of a measurement, add it to the summaries and return its records."""
    old_records = {
        _name(record.score): record
        for record in stored.records
        if record.measurement.name == measurement.name
    }
    first = next(iter(old_records.values()))
    whole, cost = read_parts(stored.path, measurement.name)
    table = whole if stored.run.trimmed else reduced(measurement, whole)
    write_part(part_path(path, measurement.name, 0), table, cost, provenance(measurement, first.model))
    counted = tally(measurement, table)
    _check_same(tally(measurement, whole), counted)
    scores = score_tally(counted, seed=first.seed)
    sums.add(counted, scores, first.model)
    digest = digest_of_parts(path, measurement.name)
    records = []
    for score in scores:
        record = old_records.get(_name(score), first)  # a later version may have added a number
        update = {
            "score": score,
            "predictions_sha256": digest,
            "majority_value": majority_value(measurement, score),
        }
        records.append(record.model_copy(update=update))
    return records


def _check_same(whole: Tally, trimmed: Tally) -> None:
    """Refuse if a number of answers is made of anything else than before; equal statistics, equal numbers."""
    for before, after in zip(whole.numbers, trimmed.numbers, strict=True):
        if before.name in METRICS or np.array_equal(before.column.statistics, after.column.statistics):
            continue
        raise ResultError(
            f"{whole.measurement.name}: {before.name}, {before.aggregate} would change by trimming: digests "
            "of two words are alike. Ship the whole run."
        )


def _name(score: Score) -> tuple[object, ...]:
    return score.metric, score.aggregate, score.degree


def _manifest(run: Run) -> Run:
    """Return run.json without what names a machine."""
    config: dict[str, Any] = {key: value for key, value in run.config.items() if key not in _PLACES}
    overrides = [_without_folder(word) for word in run.overrides if not _PLACE.fullmatch(word)]
    if isinstance(attack := config.get("attack"), dict) and isinstance(source := attack.get("from"), str):
        config["attack"] = {**attack, "from": Path(source).name}
    return run.model_copy(
        update={
            "schema_version": SCHEMA_VERSION,
            "trimmed": True,
            "command": shlex.join(["python", "-m", "boss.eval", *overrides]),
            "overrides": tuple(overrides),
            "config": config,
            "failures": tuple(f.model_copy(update={"message": _LEFT_OUT}) for f in run.failures),
        }
    )


def _without_folder(word: str) -> str:
    return f"{_SOURCE}{Path(word.removeprefix(_SOURCE)).name}" if word.startswith(_SOURCE) else word
