"""Replays and reruns: a run's stored answers against those of a second run that the reviewer made.

Nothing that was submitted is run. The reviewer runs the project's own command, or one of theirs, on the
model the submission names, and this module compares two folders of data.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import binom

from boss.measurement import Measurement
from boss.results.store import StoredRun
from leaderboard.submission.findings import SubmissionError
from robtest.plural import counted

TOLERANCE = 0.02
"""Share of answers that may differ: other hardware and libraries turn over a few close decisions."""
CHANCE = 0.001
"""A measurement by itself fails where so many differences at this share, or so many in the sender's favour,
have less than this chance: what is flipped in one of them is lost among all."""

Chosen = Mapping[str, frozenset[str]]
"""Examples by the key of their measurement."""
_Slot = tuple[str, int | None, float | None]


class _Answer(NamedTuple):
    """An answer: digest of the input, what was said, whether it is the gold label to the letter."""

    text: str
    answer: str | None
    right: bool


@dataclass(frozen=True)
class Comparison:
    """How a second run agrees with the first on chosen examples.

    Attributes:
        n_answers: answers compared: one per example of a clean measurement, one per copy of an attacked one.
        n_other_copies: copies that a search drew otherwise, as its model's numbers differed in the last
            digits: nothing is said of their answers, so the comparison fails. Under rule access such a copy
            counts as differing.
        odd: measurements with too many differences, or with too many in which the first run alone is right.
        missing: measurements and examples the second run does not have.
        differing: such as ``measurement, example, variant, degree: stored ..., again ...``.
    """

    n_examples: int
    n_answers: int
    n_other_copies: int
    missing: tuple[str, ...]
    differing: tuple[str, ...]
    odd: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all chosen answers were compared, few differ, and no measurement by more than chance."""
        few = 0 < self.n_answers and len(self.differing) <= TOLERANCE * self.n_answers
        return few and not (self.missing or self.n_other_copies or self.odd)

    def evidence(self) -> dict[str, int | str]:
        """Return the counts a decision keeps."""
        return {
            "n_examples": self.n_examples,
            "n_answers": self.n_answers,
            "n_other_copies": self.n_other_copies,
            "n_missing": len(self.missing),
            "n_differing": len(self.differing),
            "n_odd": len(self.odd),
        }


def everything(stored: StoredRun) -> Chosen:
    """Return all examples of all measurements: what a rerun compares."""
    return {measurement.name: frozenset(_ids(stored, measurement)) for measurement in stored.measurements()}


def sample(stored: StoredRun, submission: str, salt: str, n: int, *, clean_only: bool = False) -> Chosen:
    """Choose ``n`` examples of every measurement by HMAC-SHA256 of submission, measurement and example id.

    The key is the board's salt. The sender does not know it, so cannot know which answers will be looked at;
    the same salt chooses the same examples again. A measurement with fewer examples is looked at whole.

    Raises:
        SubmissionError: if the salt is too short to be a secret, or ``n`` is not positive.
    """
    if len(salt) < 16:
        raise SubmissionError(f"the salt has {counted(len(salt), 'character')}; a secret needs 16 or more")
    if n < 1:
        raise SubmissionError(f"n must be at least 1, got {n}")
    chosen = {}
    for measurement in stored.measurements():
        if measurement.attack is None or not clean_only:
            before = f"{submission}\n{measurement.name}\n"
            ranked = sorted(
                (hmac.digest(salt.encode(), f"{before}{name}".encode(), "sha256"), name)
                for name in _ids(stored, measurement)
            )
            chosen[measurement.name] = frozenset(name for _, name in ranked[:n])
    return dict(sorted(chosen.items()))


def compare(first: StoredRun, second: StoredRun, chosen: Chosen) -> Comparison:
    """Compare the answers of two runs on the chosen examples.

    Copies that were chosen by asking the model are compared where the second run was asked about them, too:
    ``python -m boss.eval ... attack.from=FIRST_RUN``.
    """
    measurements = {measurement.name: measurement for measurement in first.measurements()}
    missing, differing, odd = [], [], []
    n_answers = n_other = 0
    for key, names in chosen.items():
        there = _counterpart(first, measurements[key], second)
        if there is None:
            missing.append(key)
            continue
        ours, theirs = _answers(first, key, names), _answers(second, there, names)
        n = n_differing = n_gained = n_lost = 0
        for slot, one in ours.items():
            other = theirs.get(slot)
            if other is None:
                missing.append(f"{key}, {_named(slot)}")
                continue
            if one.text != other.text and _drawn_by_model(measurements[key], slot):
                n_other += 1
                continue
            n += 1
            if (one.text, one.answer) != (other.text, other.answer):
                n_differing += 1
                n_gained += one.right and not other.right
                n_lost += other.right and not one.right
                differing.append(f"{key}, {_named(slot)}: {_difference(one, other)}")
        n_answers += n
        odd += [f"{key}: {text}" for text in _odd(n, n_differing, n_gained, n_lost)]
    n_examples = sum(len(names) for names in chosen.values())
    return Comparison(n_examples, n_answers, n_other, tuple(missing), tuple(differing), tuple(odd))


def _counterpart(first: StoredRun, measurement: Measurement, second: StoredRun) -> str | None:
    """Return what a measurement of the first run is called in the second; None where it is not there."""
    names = {other.name: other for other in second.measurements()}
    attack = measurement.attack
    if attack is not None and attack.access != "rule":
        for name, other in names.items():
            origin = None if other.attack is None else other.attack.transferred
            if (
                origin is not None
                and origin.run == first.run.run_id
                and (other.task, other.dataset) == (measurement.task, measurement.dataset)
                and other.attack is not None
                and other.attack.name == attack.name
            ):
                return name
    return measurement.name if measurement.name in names else None


def _odd(n: int, n_differing: int, n_gained: int, n_lost: int) -> Iterator[str]:
    """Yield what chance does not explain: exact binomial tests, at `CHANCE`.

    Args:
        n_gained: of the differences, those in which the first run alone is right; ``n_lost``: the second.
    """
    if n_differing and _tail(n, n_differing, TOLERANCE) < CHANCE:
        yield f"{n_differing:,} of {counted(n, 'answer')} differ"
    if _tail(n_gained + n_lost, n_gained, 0.5) < CHANCE:
        yield (
            f"of {counted(n_gained + n_lost, 'difference')} that decide, {n_gained:,} are in favour of the "
            "submission"
        )


def _tail(n: int, k: int, p: float) -> float:
    """Return the chance of ``k`` or more of ``n`` at a share ``p``."""
    return float(binom.sf(k - 1, n, p)) if n else 1.0


def digest(chosen: Chosen) -> str:
    """Return a digest of the choice, which the log keeps without giving the examples away."""
    text = "\n".join(f"{key} {name}" for key, names in sorted(chosen.items()) for name in sorted(names))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _ids(stored: StoredRun, measurement: Measurement) -> list[str]:
    return [str(name) for name in pc.unique(stored.predictions(measurement.name)["example_id"]).to_pylist()]


def _answers(stored: StoredRun, key: str, names: frozenset[str]) -> dict[_Slot, _Answer]:
    table = stored.predictions(key)
    table = table.filter(pc.is_in(table["example_id"], value_set=pa.array(sorted(names))))
    columns = ("example_id", "variant", "degree", "input_sha256", "prediction", "label")
    rows = zip(*(table[name].to_pylist() for name in columns), strict=True)
    return {(e, v, d): _Answer(text, answer, answer == label) for e, v, d, text, answer, label in rows}


def _drawn_by_model(measurement: Measurement, slot: _Slot) -> bool:
    return measurement.attack is not None and measurement.attack.access != "rule" and bool(slot[2])


def _named(slot: _Slot) -> str:
    example, variant, degree = slot
    return example if degree is None else f"{example}, variant {variant}, degree {degree:g}"


def _difference(one: _Answer, other: _Answer) -> str:
    if one.text != other.text:
        return "another input"
    return f"stored {one.answer!r:.40}, again {other.answer!r:.40}"
