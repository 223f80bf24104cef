"""What an honest run seldom shows: one answer for all, other copies, no loss under shift.

All are warnings: each has innocent cases, so a person decides.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from math import log

import numpy as np
import pyarrow as pa

from boss.measurement import Measurement
from boss.results.reduce import same_input
from boss.results.schema import Record
from boss.results.store import RECORDS, StoredRun
from leaderboard.submission.content import clean_answers
from leaderboard.submission.findings import Finding
from leaderboard.submission.layout import RUN_FOLDER
from leaderboard.submission.reference import Reference
from robtest.plural import counted

Tables = Callable[[str], pa.Table]
"""From a measurement's key to its predictions."""

CONSTANT_SHARE = 0.995
FEWEST_EXAMPLES = 20
"""Below so many examples nothing is said of constant or copied answers."""
LEVEL = 0.001
"""Of exact binomial tests: so seldom may chance do what is flagged."""
FEWEST_REFERENCES = 5
GAP_DEVIATIONS = 3.0

_RECORDS = f"{RUN_FOLDER}/{RECORDS}"


def check_constant(stored: StoredRun, tables: Tables) -> Iterator[Finding]:
    """Flag clean measurements with one answer for 99.5 % of the examples, or an accuracy below guessing."""
    for line, record in headlines(stored):
        measurement = record.measurement
        n = measurement.n_evaluated
        if n < FEWEST_EXAMPLES or measurement.recall_only:
            continue
        answers = Counter(clean_answers(tables(measurement.name)).values())
        answer, count = answers.most_common(1)[0]
        if count >= CONSTANT_SHARE * n and (measurement.majority or 0) < CONSTANT_SHARE:
            message = f"{measurement.name}: {count} of {counted(n, 'answer')} are {str(answer)[:40]!r}"
            cure = (
                "Look whether the model was loaded and its labels mapped; a baseline may say so in its notes."
            )
            yield Finding("warning", "constant_output", _RECORDS, line, message, cure)
        elif (
            measurement.labels
            and record.score.metric == "accuracy"
            and record.score.ci.high < 1 / len(measurement.labels)
        ):
            message = f"{measurement.name}: {record.score.value:.3f} is below guessing among "
            message += f"{counted(len(measurement.labels), 'label')}"
            cure = "Look whether the labels are mapped in the right order."
            yield Finding("warning", "below_chance", _RECORDS, line, message, cure)


def check_rule_copies(stored: StoredRun, tables: Tables, accepted: Sequence[Reference]) -> Iterator[Finding]:
    """Flag perturbed texts that differ from an accepted run's: under rule access no model changes them."""
    for line, measurement in first_lines(stored):
        if measurement.attack is None or measurement.attack.access != "rule":
            continue
        for other in accepted:
            if measurement.id not in other.measurements:
                continue
            ours, theirs = _inputs(tables(measurement.name)), _inputs(other.predictions(measurement.id))
            n_other = sum(not _same_input(theirs.get(key, ""), value) for key, value in ours.items())
            if n_other:
                message = (
                    f"{measurement.name}: {n_other} of "
                    f"{counted(len(ours), 'copy', 'copies')} are not those of run "
                )
                message += other.run_id
                cure = "Measure again with the version of boss-robtest that run.json of the other names."
                yield Finding("warning", "other_copies", _RECORDS, line, message, cure)
            break


def check_gap(stored: StoredRun, accepted: Sequence[Reference]) -> Iterator[Finding]:
    """Flag a task whose OOD scores are closer to its ID score than accepted models lead one to expect.

    The gap is logit(ID) - logit(mean OOD) of the headline metric, the scale on which Taori et al. 2020
    (arXiv:2007.00644) compare the two. With five accepted models or more on the same data it must not lie
    over three standard deviations below their mean; with fewer, not every OOD interval may be above that
    of ID.
    """
    ours = gaps_of(stored)
    others = [other.gaps for other in accepted if other.gaps]
    for (task, data), (gap, line, above) in ours.items():
        references = [gaps[task, data] for gaps in others if (task, data) in gaps]
        if len(references) >= FEWEST_REFERENCES:
            mean, deviation = float(np.mean(references)), float(np.std(references, ddof=1))
            odd = gap < mean - GAP_DEVIATIONS * max(deviation, 0.1)
            reference = (
                f"{len(references)} accepted models have {mean:.2f} on average, deviation {deviation:.2f}"
            )
        else:
            odd, reference = above, "every OOD interval lies above the ID interval"
        if odd:
            message = f"{task}: logit(ID) - logit(OOD) is {gap:.2f}; {reference}"
            cure = "Say under ood_exposure and training_data what the model has seen."
            yield Finding("warning", "implausible_gap", _RECORDS, line, message, cure)


def headlines(stored: StoredRun) -> Iterator[tuple[int, Record]]:
    """Yield the headline record of every clean measurement, with its line."""
    for line, record in enumerate(stored.records, 1):
        if record.measurement.attack is None and record.score.metric == record.measurement.definition.metric:
            yield line, record


def first_lines(stored: StoredRun) -> list[tuple[int, Measurement]]:
    """Return every measurement with the line of its first record."""
    measurements: dict[str, tuple[int, Measurement]] = {}
    for line, record in enumerate(stored.records, 1):
        measurements.setdefault(record.measurement.name, (line, record.measurement))
    return list(measurements.values())


def _inputs(table: pa.Table) -> dict[tuple[object, ...], str]:
    columns = [table[name].to_pylist() for name in ("example_id", "variant", "degree")]
    return dict(zip(zip(*columns, strict=True), table["input_sha256"].to_pylist(), strict=True))


def _same_input(a: str, b: str) -> bool:
    """Whether two digests are of one input; those of a trimmed run are cut short."""
    return same_input(a, b) or same_input(b, a)


def gaps_of(stored: StoredRun) -> dict[tuple[str, frozenset[str]], tuple[float, int, bool]]:
    """Return per task and its data the gap, the line of the ID record, and whether all OOD lies above ID."""
    ids: dict[str, tuple[int, Record]] = {}
    oods: dict[str, list[Record]] = defaultdict(list)
    for line, record in headlines(stored):
        if record.measurement.role == "id":
            ids[record.measurement.task] = (line, record)
        elif not record.measurement.recall_only:
            oods[record.measurement.task].append(record)
    gaps = {}
    for task, (line, best) in ids.items():
        if not oods[task]:
            continue
        mean = sum(record.score.value for record in oods[task]) / len(oods[task])
        data = frozenset(record.measurement.dataset_sha256 for record in (best, *oods[task]))
        above = all(record.score.ci.low > best.score.ci.high for record in oods[task])
        gap = _logit(best.score.value, best.score.n_scored) - _logit(mean, best.score.n_scored)
        gaps[task, data] = (gap, line, above)
    return gaps


def _logit(value: float, n: int) -> float:
    """Return the logit with half an example added to either side, finite at 0 and 1."""
    return log((value * n + 0.5) / ((1 - value) * n + 0.5))
