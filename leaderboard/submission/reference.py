"""What a check asks of an accepted run: answers, gaps, successes of attacks; worked out once, then kept.

Reading a thousand runs in full takes minutes, and nothing in them changes. A summary is stamped with the size
and time of change of the run's files: of a run that was changed it is made again, as is a damaged one.
"""

import hashlib
import json
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from boss.errors import ResultError
from boss.results.files import write_atomic
from boss.results.parts import read_parts
from boss.results.schema import SCHEMA_VERSION
from boss.results.store import RECORDS, RUN, StoredRun, read_run
from leaderboard.submission.content import clean_answers

Codes = NDArray[np.int64]

_LOG = logging.getLogger(__name__)
_FORM = 1
_DIGEST = hashlib.sha256().digest_size
_IN_MEMORY = 2000


class Success(NamedTuple):
    """Of one attack on one set, at its largest degree: the share of ``n`` right answers it turned over."""

    task: str
    dataset: str
    degree: float
    share: float
    n: int


@dataclass(frozen=True)
class Reference:
    """An accepted run.

    Attributes:
        model: its name; ``names`` are all pairs of model and method in it.
        measurements: id of a measurement -> its name in the run.
        gaps: task and digests of its data -> logit(ID) - logit(mean OOD), see `suspicion.check_gap`.
        successes: id of a measurement -> how often its attack succeeds.
        answers: id of a clean measurement -> digest of its example ids, and the `codes` of its answers.
    """

    path: Path
    run_id: str
    model: str
    names: frozenset[tuple[str, str]]
    measurements: Mapping[str, str]
    gaps: Mapping[tuple[str, frozenset[str]], float]
    successes: Mapping[str, Success]
    answers: Mapping[str, tuple[str, Codes]]

    def predictions(self, measurement: str) -> pa.Table:
        """Return the rows of a measurement, by its id.

        Raises:
            ResultError: if they cannot be read.
        """
        return read_parts(self.path, self.measurements[measurement])[0]

    def codes(self, measurement: str, examples: Sequence[str]) -> Codes | None:
        """Return the `codes` of the answers to these examples, which are sorted; None where it has none.

        Raises:
            ResultError: if it answered other examples, and its answers cannot be read.
        """
        if measurement not in self.answers:
            return None
        digest, codes = self.answers[measurement]
        if digest == examples_digest(examples):
            return codes
        answers = clean_answers(self.predictions(measurement))
        return codes_of([answers.get(example) for example in examples])


def codes_of(answers: Sequence[str | None]) -> Codes:
    """Return 64 bits of each answer's digest: equal where the answers are; a missing one is 0."""
    known = {answer: _code(answer) for answer in set(answers)}
    return np.array([known[answer] for answer in answers], dtype=np.int64)


def examples_digest(examples: Sequence[str]) -> str:
    """Return the digest of example ids in their order."""
    return hashlib.sha256(json.dumps(list(examples)).encode()).hexdigest()[:32]


class Summaries:
    """Summaries of runs, out of memory, out of a folder, or from the runs themselves."""

    def __init__(self, folder: Path | None, make: Callable[[StoredRun], Reference]) -> None:
        """Take the folder in which they are kept, None: in memory alone, and what makes one."""
        self._folder, self._make = folder, make

    def of(self, run: Path) -> Reference:
        """Return the summary of a run.

        Raises:
            ResultError: if it has to be read and cannot be.
        """
        stamp = _stamp(run)
        if stamp in _KNOWN:
            _KNOWN.move_to_end(stamp)
            return _KNOWN[stamp]
        found = None if self._folder is None else _read(self._file(stamp), run, stamp)
        if found is None:
            found = self._make(read_run(run))
            self._keep(stamp, found)
        _KNOWN[stamp] = found
        if len(_KNOWN) > _IN_MEMORY:
            _KNOWN.popitem(last=False)
        return found

    def _keep(self, stamp: str, reference: Reference) -> None:
        if self._folder is None:
            return
        try:
            write_atomic(self._file(stamp), _encoded(reference, stamp))
        except ResultError as error:
            _LOG.warning("a summary was not kept, the next check reads the run again: %s", error)

    def _file(self, stamp: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{hashlib.sha256(stamp.encode()).hexdigest()[:32]}.summary"


_KNOWN: OrderedDict[str, Reference] = OrderedDict()


def _stamp(run: Path) -> str:
    """Return what changes with the files of a run, and with what this code makes of them."""
    try:
        files = [(run / name).stat() for name in (RUN, RECORDS)]
    except OSError as error:
        raise ResultError(f"{run} cannot be read: {error.strerror}; restore it, or withdraw it") from error
    return repr(
        (_FORM, SCHEMA_VERSION, str(run.resolve()), [(each.st_size, each.st_mtime_ns) for each in files])
    )


def _encoded(reference: Reference, stamp: str) -> bytes:
    """Return the file of a summary: a digest, a line of JSON, the codes."""
    head = {
        "stamp": stamp,
        "run_id": reference.run_id,
        "model": reference.model,
        "names": sorted(reference.names),
        "measurements": dict(reference.measurements),
        "gaps": [[task, sorted(data), gap] for (task, data), gap in reference.gaps.items()],
        "successes": {key: list(entry) for key, entry in reference.successes.items()},
        "answers": [[key, digest, len(codes)] for key, (digest, codes) in reference.answers.items()],
    }
    codes = b"".join(each.astype("<i8").tobytes() for _, each in reference.answers.values())
    body = json.dumps(head).encode() + b"\n" + codes
    return hashlib.sha256(body).digest() + body


def _read(file: Path, run: Path, stamp: str) -> Reference | None:
    """Return a summary that was kept; None where there is none, or a damaged one."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    body = content[_DIGEST:]
    if hashlib.sha256(body).digest() != content[:_DIGEST]:
        _LOG.warning("%s is damaged; the run is read again", file)
        return None
    text, _, codes = body.partition(b"\n")
    head: dict[str, Any] = json.loads(text)
    if head["stamp"] != stamp:
        return None
    every, place, answers = np.frombuffer(codes, dtype="<i8").astype(np.int64), 0, {}
    for key, digest, n in head["answers"]:
        answers[key] = (digest, every[place : place + n])
        place += n
    return Reference(
        path=run,
        run_id=head["run_id"],
        model=head["model"],
        names=frozenset((model, method) for model, method in head["names"]),
        measurements=head["measurements"],
        gaps={(task, frozenset(data)): gap for task, data, gap in head["gaps"]},
        successes={key: Success(*entry) for key, entry in head["successes"].items()},
        answers=answers,
    )


def _code(answer: str | None) -> int:
    if answer is None:
        return 0
    digest = hashlib.blake2b(answer.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)
