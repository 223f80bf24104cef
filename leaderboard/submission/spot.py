"""Spot checks: a run's stored answers against those of a second run that the reviewer made.

Nothing that was submitted is run. The reviewer runs the project's own command, or one of theirs, on the
model the submission names, and this module compares two folders of data.
"""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from boss.measurement import Measurement
from boss.results.store import StoredRun
from leaderboard.submission.findings import SubmissionError
from robtest.plural import counted

TOLERANCE = 0.02
"""Share of answers that may differ: other hardware and libraries turn over a few close decisions."""

Chosen = Mapping[str, frozenset[str]]
"""Examples by the key of their measurement."""
_Answers = dict[tuple[str, int | None, float | None], tuple[str, str | None]]


@dataclass(frozen=True)
class Comparison:
    """How a second run agrees with the first on chosen examples.

    Attributes:
        n_answers: answers compared: one per example of a clean measurement, one per copy of an attacked one.
        n_other_copies: copies that a search drew otherwise, as its model's numbers differed in the last
            digits; they are not compared. Under rule access such a copy counts as differing.
        missing: measurements and examples the second run does not have.
        differing: such as ``measurement, example, variant, degree: stored ..., again ...``.
    """

    n_examples: int
    n_answers: int
    n_other_copies: int
    missing: tuple[str, ...]
    differing: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether all chosen examples are there and at most `TOLERANCE` of the answers differ."""
        return not self.missing and 0 < self.n_answers and len(self.differing) <= TOLERANCE * self.n_answers

    def evidence(self) -> dict[str, int | str]:
        """Return the counts a decision keeps."""
        return {
            "n_examples": self.n_examples,
            "n_answers": self.n_answers,
            "n_other_copies": self.n_other_copies,
            "n_missing": len(self.missing),
            "n_differing": len(self.differing),
        }


def everything(stored: StoredRun) -> Chosen:
    """Return all examples of all measurements: what a rerun compares."""
    return {measurement.name: frozenset(_ids(stored, measurement)) for measurement in stored.measurements()}


def sample(stored: StoredRun, submission: str, salt: str, n: int, *, clean_only: bool = False) -> Chosen:
    """Choose ``n`` examples by HMAC-SHA256 of submission, measurement and example id under the board's salt.

    The sender does not know the salt, so cannot know which answers will be looked at; the same salt
    chooses the same examples again.

    Raises:
        SubmissionError: if the salt is too short to be a secret, or ``n`` is not positive.
    """
    if len(salt) < 16:
        raise SubmissionError(f"the salt has {counted(len(salt), 'character')}; a secret needs 16 or more")
    if n < 1:
        raise SubmissionError(f"n must be at least 1, got {n}")
    ranked = sorted(
        (
            hmac.digest(salt.encode(), f"{submission}\n{measurement.name}\n{name}".encode(), "sha256"),
            measurement.name,
            name,
        )
        for measurement in stored.measurements()
        if measurement.attack is None or not clean_only
        for name in _ids(stored, measurement)
    )
    chosen: dict[str, set[str]] = defaultdict(set)
    for _, key, name in ranked[:n]:
        chosen[key].add(name)
    return {key: frozenset(names) for key, names in sorted(chosen.items())}


def compare(first: StoredRun, second: StoredRun, chosen: Chosen) -> Comparison:
    """Compare the answers of two runs on the chosen examples."""
    measurements = {measurement.name: measurement for measurement in first.measurements()}
    there = {measurement.name for measurement in second.measurements()}
    missing, differing = [], []
    n_answers = n_other = 0
    for key, names in chosen.items():
        if key not in there:
            missing.append(key)
            continue
        ours, theirs = _answers(first, key, names), _answers(second, key, names)
        for slot, (text, answer) in ours.items():
            if slot not in theirs:
                missing.append(f"{key}, {_named(slot)}")
                continue
            second_text, second_answer = theirs[slot]
            if text != second_text and _drawn_by_model(measurements[key], slot):
                n_other += 1
                continue
            n_answers += 1
            if (text, answer) != (second_text, second_answer):
                differing.append(
                    f"{key}, {_named(slot)}: {_difference(text, answer, second_text, second_answer)}"
                )
    n_examples = sum(len(names) for names in chosen.values())
    return Comparison(n_examples, n_answers, n_other, tuple(missing), tuple(differing))


def digest(chosen: Chosen) -> str:
    """Return a digest of the choice, which the log keeps without giving the examples away."""
    text = "\n".join(f"{key} {name}" for key, names in sorted(chosen.items()) for name in sorted(names))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _ids(stored: StoredRun, measurement: Measurement) -> list[str]:
    return [str(name) for name in pc.unique(stored.predictions(measurement.name)["example_id"]).to_pylist()]


def _answers(stored: StoredRun, key: str, names: frozenset[str]) -> _Answers:
    table = stored.predictions(key)
    table = table.filter(pc.is_in(table["example_id"], value_set=pa.array(sorted(names))))
    columns = (
        table[name].to_pylist() for name in ("example_id", "variant", "degree", "input_sha256", "prediction")
    )
    return {(e, v, d): (text, answer) for e, v, d, text, answer in zip(*columns, strict=True)}


def _drawn_by_model(measurement: Measurement, slot: tuple[str, int | None, float | None]) -> bool:
    return measurement.attack is not None and measurement.attack.access != "rule" and bool(slot[2])


def _named(slot: tuple[str, int | None, float | None]) -> str:
    example, variant, degree = slot
    return example if degree is None else f"{example}, variant {variant}, degree {degree:g}"


def _difference(text: str, answer: str | None, second_text: str, second_answer: str | None) -> str:
    if text != second_text:
        return "another input"
    return f"stored {answer!r:.40}, again {second_answer!r:.40}"
