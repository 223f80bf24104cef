"""Answers under attack that no model gives: copies that move nothing, degrees alike, attacks that fail.

All are warnings, so a person decides. No shipped run reaches a threshold: the nearest is said beside each. A
constant, whose answers cannot move, is passed over and found by
`leaderboard.submission.suspicion.check_constant`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa
from scipy.stats import binom

from boss.measurement import Measurement
from boss.results.reduce import INPUT_DIGITS
from boss.results.schema import Record
from boss.results.store import RECORDS, StoredRun
from leaderboard.submission.findings import Finding
from leaderboard.submission.layout import RUN_FOLDER
from leaderboard.submission.reference import Reference, Success
from leaderboard.submission.suspicion import LEVEL, Tables, first_lines
from robtest.plural import counted

STILL = 0.01
"""Share of answers to edited texts that must differ from those before the edit; 0.022 is the least of the
shipped runs whose model is no constant (0.054 from one degree to the next)."""
FEWEST_EDITED = 100
"""Below so many edited texts of a task nothing is said of them."""
FEWEST_DEGREES = 3
FEWEST_MODELS = 3
LIKE = 0.85
"""A model whose share of right answers is at least so much of another's is one of its accuracy, or better."""
FAR = 0.5
"""Of the success of attacks on each of the others; the least of a shipped run is 0.64."""

_RECORDS = f"{RUN_FOLDER}/{RECORDS}"
_SLOT = ["example_id", "variant"]


@dataclass
class _Moves:
    """Of all attacks on a task: texts that were edited, and answers that moved.

    Attributes:
        edited: copies that are not their original, ``moved`` of them answered otherwise.
        new: copies that are not that of the degree before, ``moved_on`` of them answered otherwise.
        balance: degree -> copies that are right where the original was not, and the other way round.
    """

    line: int
    edited: int = 0
    moved: int = 0
    new: int = 0
    moved_on: int = 0
    balance: dict[float, tuple[int, int]] = field(default_factory=dict)


def check_moves(stored: StoredRun, tables: Tables) -> Iterator[Finding]:
    """Flag tasks whose copies change no answer, or whose answers stay as they are from degree to degree."""
    cure = "Look whether the model was asked about the copies; a rerun can show that it was."
    for task, moves in _moves(stored, tables).items():
        if moves.edited >= FEWEST_EDITED and moves.moved <= STILL * moves.edited:
            n = counted(moves.edited, "edited copy", "edited copies")
            message = f"{task}: {moves.moved:,} of {n} are answered otherwise than their original"
            yield Finding("warning", "copies_change_nothing", _RECORDS, moves.line, message, cure)
        elif moves.new >= FEWEST_EDITED and len(moves.balance) >= FEWEST_DEGREES:
            balance = set(moves.balance.values())
            message = ""
            if moves.moved_on <= STILL * moves.new:
                message = (
                    f"{task}: of {counted(moves.new, 'copy', 'copies')} that are edited further than at "
                )
                message += f"the degree before, {moves.moved_on:,} are answered otherwise than there"
            elif len(balance) == 1 and balance != {(0, 0)}:
                gained, lost = balance.pop()
                message = f"{task}: at each of {counted(len(moves.balance), 'degree')} {gained:,} copies are "
                message += f"right where their original is wrong, and {lost:,} the other way round"
            if message:
                yield Finding("warning", "degrees_alike", _RECORDS, moves.line, message, cure)


def check_success(stored: StoredRun, tables: Tables, accepted: Sequence[Reference]) -> Iterator[Finding]:
    """Flag tasks on which attacks succeed far more seldom than on accepted models as accurate, or more so.

    The success is the share of right answers that the copies of the largest degree turn over, over the
    measurements that both runs have; an example counts once, however many attacks it was in. It must be below
    `FAR` of that on each of three models or more, each by an exact test at `LEVEL`. Where fewer are as
    accurate, it is the three most accurate runs, and the square of `FAR`.
    """
    moving = {measurement.id for _, measurement, _ in _attacked(stored, tables)}
    found = {key: entry for key, entry in successes_of(stored).items() if key in moving}
    ours = {key: entry for key, (_, entry) in found.items()}
    for task in dict.fromkeys(entry.task for entry in ours.values()):
        rates = []
        for other in accepted:
            common = [key for key in ours if key in other.successes and ours[key].task == task]
            k, n = _pooled(ours[key] for key in common)
            other_k, other_n = _pooled(other.successes[key] for key in common)
            if n and other_k:
                rates.append(_Rate(other.model, other_n / n, k, n, other_k / other_n))
        like = [rate for rate in rates if rate.accuracy >= LIKE]
        models, far = len({rate.model for rate in like}), FAR
        if models < FEWEST_MODELS:
            models, far = len({rate.model for rate in rates}), FAR**2
            like = sorted(rates, key=lambda rate: -rate.accuracy)[:FEWEST_MODELS]
        if models >= FEWEST_MODELS and all(rate.is_far(far) for rate in like):
            least = min(like, key=lambda rate: rate.other)
            share, lowest, name = least.turned / least.n, least.other, least.model
            line = min(first for first, entry in found.values() if entry.task == task)
            message = (
                f"{task}: attacks turn over {share:.3f} of the right answers; of accepted models as accurate "
            )
            message += f"{name!r} has the least, {lowest:.3f}"
            cure = "Say in the notes what makes the model robust; a rerun can show it."
            yield Finding("warning", "implausible_robustness", _RECORDS, line, message, cure)


def _attacked(stored: StoredRun, tables: Tables) -> Iterator[tuple[int, Measurement, pd.DataFrame]]:
    """Yield the attacked measurements of a model that is no constant, with their first lines."""
    for line, measurement in first_lines(stored):
        if measurement.attack is not None:
            table = _frame(tables(measurement.name))
            if not _is_constant(measurement, table.loc[table["degree"] == 0, "prediction"]):
                yield line, measurement, table


def _moves(stored: StoredRun, tables: Tables) -> dict[str, _Moves]:
    by_task: dict[str, _Moves] = {}
    for line, measurement, table in _attacked(stored, tables):
        moves = by_task.setdefault(measurement.task, _Moves(line))
        before = table[table["degree"] == 0].drop_duplicates("example_id").set_index("example_id")
        copies = table[table["degree"] > 0].sort_values([*_SLOT, "degree"], kind="stable")
        clean = before.reindex(copies["example_id"])
        edited = copies["input"].to_numpy() != clean["input"].to_numpy()
        moves.edited += int(edited.sum())
        otherwise = copies["prediction"].to_numpy() != clean["prediction"].to_numpy()
        moves.moved += int((edited & otherwise).sum())
        last = copies.groupby(_SLOT, sort=False)[["input", "prediction"]].shift()
        new = last["input"].notna() & (copies["input"] != last["input"])
        moves.new += int(new.sum())
        moves.moved_on += int((new & (copies["prediction"] != last["prediction"])).sum())
        was, now = (clean["prediction"] == clean["label"]).to_numpy(), copies["prediction"] == copies["label"]
        counts = pd.DataFrame({"degree": copies["degree"], "gained": now & ~was, "lost": ~now & was})
        for degree, gained, lost in counts.groupby("degree").sum().itertuples():
            a, b = moves.balance.get(degree, (0, 0))
            moves.balance[degree] = (a + int(gained), b + int(lost))
    return by_task


def _frame(table: pa.Table) -> pd.DataFrame:
    """Return the rows, with ``input``: the beginning of its digest, all that trimmed copies have."""
    names = ("example_id", "variant", "degree", "input_sha256", "label", "prediction")
    rows: pd.DataFrame = (
        table.select(names).to_pandas().fillna({"variant": 0, "degree": 0.0, "prediction": ""})
    )
    return rows.assign(input=rows["input_sha256"].str[:INPUT_DIGITS])


def _is_constant(measurement: Measurement, answers: pd.Series) -> bool:
    """Whether a model answers alike whatever it is asked: one answer, or one tag for every token."""
    tagging = measurement.definition.kind == "tagging"
    return (
        len({part for answer in set(answers) for part in (answer.split(" ") if tagging else [answer])}) <= 1
    )


@dataclass(frozen=True)
class _Rate:
    """How often attacks succeed here and on another model.

    Attributes:
        accuracy: its right answers, as a share of those here.
        turned: of ``n`` right answers here; ``other`` is that share there.
    """

    model: str
    accuracy: float
    turned: float
    n: int
    other: float

    def is_far(self, far: float) -> bool:
        return bool(binom.cdf(int(self.turned), self.n, far * self.other) < LEVEL)


def successes_of(stored: StoredRun) -> dict[str, tuple[int, Success]]:
    """Return how often attacks succeed, with the line that says so: by the id of the measurement."""
    found: dict[str, tuple[int, Success]] = {}
    for line, record in enumerate(stored.records, 1):
        entry = _success(record)
        if entry is not None:
            key = record.measurement.id
            found[key] = max((line, entry), found.get(key, (line, entry)), key=lambda each: each[1].degree)
    return found


def _success(record: Record) -> Success | None:
    score, measurement = record.score, record.measurement
    if score.aggregate != "attack_success_rate" or score.degree is None:
        return None
    return Success(measurement.task, measurement.dataset, score.degree, score.value, score.n_scored)


def _pooled(entries: Iterable[Success]) -> tuple[float, int]:
    """Return how many right answers were turned over, and of how many, each example counted once."""
    by_set: Mapping[str, list[Success]] = defaultdict(list)
    for entry in entries:
        by_set[entry.dataset].append(entry)
    turned, total = 0.0, 0
    for attacks in by_set.values():
        n = max(entry.n for entry in attacks)
        right = max(1, sum(entry.n for entry in attacks))
        turned += n * sum(entry.share * entry.n for entry in attacks) / right
        total += n
    return turned, total
