"""What a stored number becomes in each resample of its examples, kept in a cache beside the index.

Models that answered the same examples see the same resamples, so their numbers can be compared in pairs.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from boss.errors import ResultError
from boss.measurement import Measurement
from boss.metrics.intervals import N_RESAMPLES, resample
from boss.metrics.numbers import Number
from boss.metrics.scoring import tally
from boss.results.files import write_atomic
from boss.results.parts import digest_of_parts, part_paths, read_parts
from boss.results.store import read_run
from leaderboard.stats.comparable import counted
from leaderboard.store.code import SAMPLER
from leaderboard.store.once import Once
from leaderboard.store.records import measurements_behind

_LOG = logging.getLogger(__name__)
_KEY = b"boss.leaderboard.values"
_FORM = 2
_DIGEST = hashlib.sha256().digest_size
SEED = 0
"""Of the resamples: the page shows the same ranks each time."""

AGGREGATES = ("clean", "average", "worst", "area_average", "area_worst")
"""What the board ranks by; only these are kept."""

NOT_STORED = "no stored answers"
"""Why a model cannot be compared in pairs, most often."""

Floats = NDArray[np.float64]


class Part(NamedTuple):
    """A number of one model on one dataset.

    Attributes:
        measurement: its name in the run; ``identity`` says what the number is of.
        answers: sha256 of the predictions it is made of.
    """

    run: str
    measurement: str
    answers: str
    identity: str
    metric: str
    aggregate: str
    degree: float | None

    @property
    def name(self) -> str:
        """What the number is called within its measurement."""
        return _name(self.metric, self.aggregate, self.degree)


@dataclass(frozen=True)
class Sample:
    """A number, and what it becomes when its examples are drawn again.

    Attributes:
        identity: of the measurement: numbers of another one are not compared.
        examples: digest of the data and of ids, inputs and sources: numbers of equal ``examples`` are paired.
        n_units: how many sources are drawn, as whole ones.
        resampled: shape ``(N_RESAMPLES,)``; the i-th of all samples with equal ``examples`` are of the same
            draw.
    """

    identity: str
    examples: str
    n_units: int
    value: float
    resampled: Floats


def mean_of(samples: Sequence[Sample]) -> tuple[float, Floats]:
    """Return the mean of numbers, which count equally, and what it becomes when examples are drawn again."""
    drawn = np.mean([sample.resampled for sample in samples], axis=0)
    return float(np.mean([sample.value for sample in samples])), drawn


Parts = Mapping[tuple[str, str], Sequence[Part]]
"""Model and method -> what its number is made of."""


class Values:
    """Reads samples, out of the cache or from the predictions of the runs."""

    def __init__(self, cache: Path, path: Callable[[str], Path]) -> None:
        """Take the folder of the cache, and what gives the folder of a run by its name."""
        self._cache, self._path = cache, path
        self._reasons: dict[tuple[str, str, str], str] = {}
        self._there: set[tuple[str, str]] = set()

    def missing(self, parts: Iterable[Part]) -> list[str]:
        """Return the runs whose predictions must be read for ``parts``, each once."""
        return sorted({part.run for part in parts if self._lacks(part)})

    def reason(self, part: Part) -> str:
        """Return why there is no sample of ``part``; empty where there is one."""
        reason = self._reasons.get(part[:3])
        return reason or ("answers not read" if self._lacks(part) else "")

    def prepare(self, run: str, parts: Iterable[Part]) -> None:
        """Read what ``parts`` need of a run's predictions into the cache.

        Of predictions that are missing, or are not those the number was made of, `read` gives the reason.
        """
        keys = {(part.measurement, part.answers) for part in parts if part.run == run and self._lacks(part)}
        folder = self._path(run)
        # Before the records are read, which takes longer: many runs come without predictions.
        stored = {(key, answers) for key, answers in keys if _is_stored(folder, key)}
        self._reasons |= {(run, *measurement): NOT_STORED for measurement in keys - stored}
        if not stored:
            return
        try:
            measurements = {
                record.measurement.name: record.measurement for record in read_run(folder).records
            }
        except ResultError as error:
            _LOG.info("%s cannot be compared: %s", run, error)
            self._reasons |= {(run, *measurement): "run not readable" for measurement in stored}
            return
        for key, answers in sorted(stored):
            try:
                write_atomic(self._file(key, answers), _sampled(folder, measurements[key], answers))
            except (ResultError, KeyError) as error:
                _LOG.info("%s cannot be compared on %s: %s", run, key, error)
                self._reasons[run, key, answers] = "stored answers not readable"

    def read(self, part: Part) -> Sample | str:
        """Return the sample of ``part`` out of the cache, or the reason why there is none.

        A damaged file is made again.
        """
        file = self._file(part.measurement, part.answers)
        try:
            column = _COLUMNS.get((file, part.name), lambda: self._column(file, part))
        except FileNotFoundError:
            key = part.measurement, part.answers
            if key not in self._there:
                return self._reasons.get(part[:3], "answers not read")
            self._there.discard(key)  # somebody cleaned the cache
            self.prepare(part.run, [part])
            return self.read(part)
        if column is None:
            return "no such number in the stored answers"
        drawn = column.resampled.astype(np.float64)
        return Sample(part.identity, column.examples, column.n_units, column.value, drawn)

    def _column(self, file: Path, part: Part) -> "_Column | None":
        try:
            return _read_column(file, part.name)
        except (pa.ArrowException, KeyError, TypeError, ValueError) as error:
            _LOG.warning("%s is damaged (%s); it is made again", file, error)
        file.unlink(missing_ok=True)
        self.prepare(part.run, [part])
        return _read_column(file, part.name)

    def _lacks(self, part: Part) -> bool:
        key = part.measurement, part.answers
        if part[:3] in self._reasons or key in self._there:
            return False
        if self._file(*key).exists():
            self._there.add(key)
            return False
        return True

    def _file(self, measurement: str, answers: str) -> Path:
        digest = hashlib.sha256(f"{_version()} {measurement} {answers}".encode()).hexdigest()
        return self._cache / digest[:2] / f"{digest[2:34]}.arrow"


def _is_stored(run: Path, measurement: str) -> bool:
    """Return whether there are answers of a measurement; of a name that can be no folder's there are none."""
    try:
        return bool(part_paths(run, measurement))
    except ResultError as error:
        _LOG.info("%s", error)
        return False


class _Column(NamedTuple):
    """A number's resamples as they are kept, in single precision."""

    examples: str
    n_units: int
    value: float
    resampled: NDArray[np.float32]


_COLUMNS = Once[tuple[Path, str], _Column | None](32_000)
"""The columns that were asked for last, 8 kB each: a file never changes under its name."""


def _read_column(file: Path, name: str) -> _Column | None:
    """Read one number of a file of the cache; None where it has none of this name.

    Raises:
        ValueError: if the file is damaged. It is read, not mapped: a mapped file that somebody cuts short
            ends the process.
    """
    content = file.read_bytes()
    body = memoryview(content)[_DIGEST:]
    if hashlib.sha256(body).digest() != content[:_DIGEST]:
        raise ValueError("its digest is another")
    with pa.ipc.open_file(pa.py_buffer(body)) as reader:
        metadata = json.loads(reader.schema.metadata[_KEY])
        if name not in metadata["values"]:
            return None
        drawn = reader.get_batch(0).column(name).to_numpy().copy()
    return _Column(metadata["examples"], metadata["n_units"], metadata["values"][name], drawn)


def _sampled(run: Path, measurement: Measurement, answers: str) -> bytes:
    """Return the cache file: a digest, then a column of resampled values per number, the rest as metadata."""
    predictions, _ = read_parts(run, measurement.name)
    if digest_of_parts(run, measurement.name) != answers:
        raise ResultError(f"the predictions of {measurement.name} are not those its numbers were made of")
    counts, examples = tally(measurement, predictions), _examples(measurement, predictions)
    numbers = [number for number in counts.numbers if _is_resampled(number)]
    # The limits of a biased number (ECE) serve its own interval; differences are of the number itself.
    columns = [replace(number.column, limits=None) for number in numbers]
    seed = [SEED, *np.frombuffer(bytes.fromhex(examples), dtype="<u4").tolist()]
    drawn = resample(columns, counts.sources, seed=seed)
    names = [_name(number.name, number.aggregate, number.degree) for number in numbers]
    metadata = {
        "examples": examples,
        "n_units": int(counts.sources.max()) + 1,
        "values": dict(zip(names, (column.value for column in columns), strict=True)),
    }
    schema = pa.schema(
        [(name, pa.float32()) for name in names], metadata={_KEY: json.dumps(metadata).encode()}
    )
    batch = pa.record_batch([pa.array(values.astype(np.float32)) for values in drawn], schema=schema)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, schema) as writer:
        writer.write_batch(batch)
    body: bytes = sink.getvalue().to_pybytes()
    return hashlib.sha256(body).digest() + body


def _is_resampled(number: Number) -> bool:
    return number.aggregate in AGGREGATES and number.column.read is None and isfinite(number.column.value)


def _name(metric: str, aggregate: str, degree: float | None) -> str:
    return f"{metric} {aggregate}" if degree is None else f"{metric} {aggregate} {degree:g}"


def _examples(measurement: Measurement, predictions: pa.Table) -> str:
    """Return the digest of the examples: the data, and id, input and source of every clean one, by id.

    Labels are those of the data; a trimmed run may hold digests of them.
    """
    table = predictions.select(["example_id", "input_sha256", "source", "degree"]).to_pandas()
    table = table[table.pop("degree").fillna(0.0) == 0].sort_values("example_id").astype(str)
    content = json.dumps([measurement.dataset_sha256, table.to_numpy().tolist()])
    return hashlib.sha256(content.encode()).hexdigest()


@lru_cache(maxsize=1)
def _version() -> str:
    """Name what a cached sample depends on apart from the predictions."""
    return f"{_FORM} {SAMPLER} {SEED} {N_RESAMPLES}"


def parts_of(behind: pd.DataFrame) -> dict[tuple[str, str], list[Part]]:
    """Return the parts that the number of each model is made of, by model and method.

    Args:
        behind: rows of `leaderboard.board.table.behind` of one number.
    """
    rows = counted(behind)
    wider = ["scope", "measurement", "identity", "answers"]
    degrees = rows["degree"].astype(object).where(rows["degree"].notna(), None)
    columns = zip(
        rows["model"], rows["method"], rows["run"], rows["metric"], rows["aggregate"], degrees, strict=True
    )
    parts: dict[tuple[str, str], list[Part]] = {}
    for (model, method, run, *what), measurements in zip(columns, rows[wider].to_numpy(), strict=True):
        for name, identity, answers in measurements_behind(*measurements):
            parts.setdefault((model, method), []).append(Part(run, name, answers, identity, *what))
    return parts


def lacks(
    values: Values, parts: Parts, progress: Callable[[int, int], None] | None = None
) -> dict[Part, str]:
    """Return the parts of which there are no answers, with the reason: what a test follows from beside them.

    Args:
        progress: as for `read_samples`; the answers of new runs are read.
    """
    _prepare(values, parts, progress)
    reasons = {part: values.reason(part) for of_model in parts.values() for part in of_model}
    return {part: reason for part, reason in reasons.items() if reason}


def _prepare(values: Values, parts: Parts, progress: Callable[[int, int], None] | None) -> None:
    by_run: dict[str, list[Part]] = {}
    for of_model in parts.values():
        for part in of_model:
            by_run.setdefault(part.run, []).append(part)
    missing = values.missing(part for of_run in by_run.values() for part in of_run)
    for done, run in enumerate(missing, 1):
        values.prepare(run, by_run[run])
        if progress is not None:
            progress(done, len(missing))


def read_samples(
    values: Values,
    parts: Parts,
    progress: Callable[[int, int], None] | None = None,
) -> dict[tuple[str, str], list[Sample] | str]:
    """Return the samples of each model's number, or the reason why there are none.

    Args:
        progress: called with the number of runs read and of all that must be read.
    """
    _prepare(values, parts, progress)
    by_model: dict[tuple[str, str], list[Sample] | str] = {}
    for model, of_model in parts.items():
        samples = [values.read(part) for part in of_model]
        reason = next((sample for sample in samples if isinstance(sample, str)), None)
        by_model[model] = reason or [sample for sample in samples if not isinstance(sample, str)]
    return by_model
