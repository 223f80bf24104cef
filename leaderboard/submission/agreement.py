"""Clean answers that no model gives: another's, another's without mistakes, more than its confidence allows.

All are warnings, so a person decides. No shipped run reaches a threshold: the nearest is said beside each.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.stats import binom

from boss.measurement import Measurement
from boss.results.schema import Record
from boss.results.store import RECORDS, StoredRun
from leaderboard.submission.content import clean_answers
from leaderboard.submission.findings import Finding
from leaderboard.submission.layout import RUN_FOLDER
from leaderboard.submission.reference import Codes, Reference, codes_of
from leaderboard.submission.suspicion import FEWEST_EXAMPLES, LEVEL, Tables, headlines
from robtest.plural import counted

COPIED_SHARE = 0.995
LOSSES = 0.05
"""Where two models differ and one is right, the share in which the better one is not; 0.092 is the least of
two shipped runs."""
TIES = 0.6
"""Of the fifth of the answers whose two likeliest labels are nearest, where one of them is right, the share
in which it is the first; 0.62 is the most of the shipped runs (chance of so many at 0.6: 0.22)."""
NEAREST = 0.2
FEWEST_TIES = 50
WITHHELD = 0.01
"""Share of clean answers that may be missing where a model says how sure it is; no shipped run lacks one."""


_RECORDS = f"{RUN_FOLDER}/{RECORDS}"


@dataclass
class _Shared:
    """Examples of a task that two runs answered, and how: alike, or one of them alone right."""

    line: int
    n: int = 0
    same: int = 0
    gained: int = 0
    lost: int = 0


def check_others(stored: StoredRun, tables: Tables, accepted: Sequence[Reference]) -> Iterator[Finding]:
    """Flag answers that are those of an accepted model under another name, or these with fewer mistakes.

    The first: on 99.5 % of a task's examples. Source of the threshold: the check planned for the MTEB results
    repository is of the same kind; here two models that are both nearly always right are flagged too, and a
    person sees why. The second: of two models the better one, too, is wrong where the other is right; how
    often is held against `LOSSES` by an exact test at `LEVEL`.
    """
    ours = _ours(stored, tables)
    for other in accepted:
        who = f"{other.model!r}, run {other.run_id}"
        for task, both in _shared(ours, other).items():
            if both.n >= FEWEST_EXAMPLES and both.same >= COPIED_SHARE * both.n:
                if _same_model(stored.records[both.line - 1], other):
                    continue
                message = f"{task}: {both.same} of {counted(both.n, 'answer')} are those of {who}"
                cure = "Say in the notes how the two models are related."
                yield Finding("warning", "near_duplicate_predictions", _RECORDS, both.line, message, cure)
            n = both.gained + both.lost
            if n and binom.cdf(both.lost, n, LOSSES) < LEVEL:
                message = f"{task}: of {n:,} answers of which one is right, here or of {who}, "
                message += f"{both.gained:,} are right here and {both.lost:,} there"
                cure = "Say in the notes how the two models are related; a rerun can show the answers."
                yield Finding("warning", "gains_only", _RECORDS, both.line, message, cure)


@dataclass(frozen=True)
class _Answers:
    """The clean answers to a measurement, by the sorted ids of its examples, as `reference.codes_of`."""

    line: int
    measurement: Measurement
    examples: list[str]
    answers: Codes
    golds: Codes


def _ours(stored: StoredRun, tables: Tables) -> list[_Answers]:
    found = []
    for line, record in headlines(stored):
        table = tables(record.measurement.name)
        golds = dict(zip(table["example_id"].to_pylist(), table["label"].to_pylist(), strict=True))
        answers = clean_answers(table)
        names = sorted(answers)
        codes = (codes_of([of[name] for name in names]) for of in (answers, golds))
        found.append(_Answers(line, record.measurement, names, *codes))
    return found


def _shared(ours: Sequence[_Answers], other: Reference) -> dict[str, _Shared]:
    found: dict[str, _Shared] = {}
    for each in ours:
        theirs = other.codes(each.measurement.id, each.examples)
        if theirs is None:
            continue
        both = found.setdefault(each.measurement.task, _Shared(each.line))
        differ = each.answers != theirs
        both.n += len(each.examples)
        both.same += int((~differ).sum())
        both.gained += int((differ & (each.answers == each.golds)).sum())
        both.lost += int((differ & (theirs == each.golds)).sum())
    return found


def check_ties(stored: StoredRun, tables: Tables) -> Iterator[Finding]:
    """Flag agreement with the gold labels that the run's own confidences do not allow.

    Where a model holds two labels for nearly alike, it cannot know which is right, however well or badly it
    is calibrated elsewhere: the first is right about as often as the second. Of each set the fifth of the
    answers with the smallest difference of their two largest log-probabilities counts, where one of the two
    labels is right. Held against `TIES`, by an exact test at `LEVEL`. A model with few different values (a
    constant, a table) says nothing.
    """
    firsts, totals, lines = defaultdict[str, int](int), defaultdict[str, int](int), dict[str, int]()
    for line, record in headlines(stored):
        first = _nearest(record.measurement, tables(record.measurement.name))
        firsts[record.measurement.task] += int(first.sum())
        totals[record.measurement.task] += len(first)
        lines.setdefault(record.measurement.task, line)
    for task, n in totals.items():
        if n >= FEWEST_TIES and binom.sf(firsts[task] - 1, n, TIES) < LEVEL:
            message = f"{task}: of the {n:,} answers whose two likeliest labels are nearest, and one of them "
            message += f"is right, it is the first in {firsts[task]:,}: more than so even probabilities allow"
            cure = "Send answers and probabilities as the model gave them."
            yield Finding("warning", "beyond_calibration", _RECORDS, lines[task], message, cure)


def check_withheld(stored: StoredRun, tables: Tables) -> Iterator[Finding]:
    """Flag sets in which a model that says how sure it is leaves examples without an answer."""
    for line, record in headlines(stored):
        table = tables(record.measurement.name)
        n, without = table.num_rows, table["prediction"].null_count
        if without > WITHHELD * n and table["probs"].null_count < n:
            message = f"{record.measurement.name}: {without:,} of {counted(n, 'example')} have no answer"
            cure = (
                "Answer every example; what is left out counts as wrong, and its calibration is not ranked."
            )
            yield Finding("warning", "withheld_answers", _RECORDS, line, message, cure)


def _same_model(record: Record, other: Reference) -> bool:
    """Whether a run is of this model, measured before: then equal answers are what one expects."""
    return (record.model.id, record.model.method) in other.names


def _nearest(measurement: Measurement, table: pa.Table) -> np.ndarray:
    """Return, of the answers of a set that are nearest a tie, whether the likelier label is right."""
    told = table.filter(pc.is_valid(table["probs"]))
    none = np.zeros(0, dtype=bool)
    if not told.num_rows or len(measurement.labels) < 2:
        return none
    probabilities = np.asarray(told["probs"].to_pylist())
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :2]
    two = np.clip(np.take_along_axis(probabilities, order, axis=1), 1e-9, None)
    margins = np.log(two[:, 0]) - np.log(two[:, 1])
    golds, labels = np.asarray(told["label"].to_pylist()), np.asarray(measurement.labels)
    first = labels[order[:, 0]] == golds
    decided = first | (labels[order[:, 1]] == golds)
    margins, first = margins[decided], first[decided]
    if len(np.unique(margins)) < len(margins) / 10:
        return none
    nearest = np.argsort(margins, kind="stable")[: int(NEAREST * len(margins))]
    return np.asarray(first[nearest], dtype=bool)
