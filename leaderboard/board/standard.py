"""Under attack: one number for each model over one fixed set of attacks, and what a model loses to it.

The standard set is RobTest's eight dimensions with their default options, under rule access, at degree 0.1,
on the shifted sets of a task: the same copies for every model. A model's number is the mean over sets and
attacks, which count equally, of its score on the average copy; the drop is its score on the same texts as
they were, less that; and there is the same of each example's worst copy. A model that lacks a part has the
number over the parts it has, and is not ranked by it.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from leaderboard.board.columns import DROP, STANDARD, WORST
from leaderboard.board.filters import is_verified
from leaderboard.board.table import DEGREE_TOLERANCE, PARTS, Choice
from leaderboard.stats.comparable import MODEL, contamination, odd
from leaderboard.stats.comparable import counted as counted_rows
from leaderboard.stats.values import NOT_STORED, Part, Sample, mean_of, parts_of
from robtest.dimensions import DIMENSIONS
from robtest.plural import counted

DEGREE = 0.1
AGGREGATES = {STANDARD: "average", WORST: "worst"}
KEYS = (STANDARD, DROP, WORST)

Model = tuple[str, str]
"""Model and method."""
Read = Callable[[Mapping[Model, Sequence[Part]]], dict[Model, list[Sample] | str]]
"""Reads the samples of parts, as `leaderboard.stats.values.read_samples` does."""


@dataclass(frozen=True)
class AttackSet:
    """The attacks that "under attack" means on a board.

    Attributes:
        attacks: name (`leaderboard.store.records.attack_name`) and tag of each.
        degree: requested, in [0, 1].
        is_standard: whether it is the fixed set, and no choice of the reader's.
    """

    attacks: tuple[tuple[str, str], ...]
    degree: float = DEGREE
    is_standard: bool = True

    @property
    def label(self) -> str:
        """What the set is called on a page."""
        if not self.is_standard:
            (name, _), *_ = self.attacks
            return f"{name}, degree {self.degree:g}"
        n = len(self.attacks)
        which = "eight dimensions" if n == len(DIMENSIONS) else counted(n, "dimension")
        return f"{which}, degree {self.degree:g}"


def standard_set(rows: pd.DataFrame) -> AttackSet | None:
    """Return the standard set as far as ``rows``, of one suite and task, have it; None where nothing has.

    A dimension belongs to it where a verified model was attacked under it; where no model is verified, any.
    Of a dimension's tags the one that most models have is taken.
    """
    rows = _at(rows, DEGREE)
    rows = rows[rows["attack"].isin(DIMENSIONS)]
    votes = _believed(rows).drop_duplicates([*MODEL, "attack", "tag"])
    counts = Counter(votes[["attack", "tag"]].itertuples(index=False, name=None))
    tags: dict[str, str] = {}
    for (name, tag), _ in sorted(counts.items(), key=lambda entry: (entry[1], entry[0])):
        tags[name] = tag  # of several the last: that of most models
    attacks = tuple((name, tags[name]) for name in DIMENSIONS if name in tags)
    return AttackSet(attacks) if attacks else None


def attack_set(rows: pd.DataFrame, choice: Choice) -> AttackSet | None:
    """Return the attacks of a choice: the one that it names, else the standard set; None where there is none.

    Args:
        rows: of its suite and task.
    """
    if choice.attack is None or choice.tag is None or choice.degree is None:
        return standard_set(rows)
    return AttackSet(((choice.attack, choice.tag),), choice.degree, is_standard=False)


class Standard:
    """The numbers of models over a set of attacks, and the samples behind them."""

    def __init__(self, rows: pd.DataFrame, choice: Choice, attacks: AttackSet) -> None:
        """Take the rows of the board's suite and task, as `leaderboard.board.merge.newest` keeps them."""
        self.attacks = attacks
        metric = choice.definition.attacked_metric
        here = rows[~rows["recall_only"] & (rows["metric"] == metric)]
        attacked = _believed(_of_set(_at(here, attacks.degree), attacks))
        self.role = "ood" if "ood" in set(attacked["role"]) else "id"
        """Of the sets: the shifted ones, or that of ID where no shifted one of all classes was attacked."""
        here = here[here["role"] == self.role]
        copies = {key: _of_set(_at(here, attacks.degree, AGGREGATES[key]), attacks) for key in AGGREGATES}
        sets = set(attacked.loc[attacked["role"] == self.role, "dataset"])
        self._n_sets = len(sets)
        # A set that only unverified runs have is none of the set: nobody can make the others lack it.
        self._copies = {key: rows[rows["dataset"].isin(sets)] for key, rows in copies.items()}

    @cached_property
    def parts(self) -> dict[str, dict[Model, list[Part]]]:
        """What each model's numbers are made of, by key: those of the average and of the worst copies."""
        return {key: parts_of(rows.assign(key=key)) for key, rows in self._copies.items()}

    def samples(self, key: str, read: Read) -> dict[Model, list[Sample] | str]:
        """Return the samples of one of `KEYS`; those of the drop are differences on the same draws."""
        if key != DROP:
            return read(self.parts[key])
        return self._drop(read(self.parts[STANDARD]), read)

    def _drop(self, under: Mapping[Model, list[Sample] | str], read: Read) -> dict[Model, list[Sample] | str]:
        """Return the samples of the drop, given those of the average copies."""
        parts = self.parts[STANDARD].items()
        before = read({model: [_clean_part(part) for part in of_model] for model, of_model in parts})
        return {model: _less(before[model], copies) for model, copies in under.items()}

    def numbers(self, read: Read) -> pd.DataFrame:
        """Return per model and method its `KEYS`, each with `leaderboard.board.table.PARTS`.

        ``KEY_n`` counts texts, each once under however many attacks; ``KEY_coverage`` is the mean share of
        the texts that an attack changed. Limits are percentiles of the mean over resamples of the texts, the
        same draws for all attacks on a set. Without stored answers there is an interval of the copies' mean
        alone, which takes the attacks on one set to err together (too wide, never too narrow) and the sets
        to be independent, and no drop.
        """
        found = {key: counted_rows(rows.assign(key=key)) for key, rows in self._copies.items()}
        copies = found[STANDARD]
        if copies.empty:
            return pd.DataFrame(columns=[*MODEL, "n_attacks", *_columns()])
        marks = self._marks()
        samples = {key: self.samples(key, read) for key in AGGREGATES}
        samples[DROP] = self._drop(samples[STANDARD], read)
        by_key = {key: dict(list(rows.groupby(MODEL))) for key, rows in found.items()}
        table = []
        for (model, method), rows in copies.groupby(MODEL, sort=True):
            name = (str(model), str(method))
            level = float(rows["level"].max())
            facts: dict[str, float | str] = {
                "n": float(rows.groupby("dataset")["n"].max().sum()),
                "coverage": float(rows["coverage"].mean(skipna=False)),
                "mark": marks.get(name, ""),
            }
            entry = {
                "model": model,
                "method": method,
                "n_attacks": len(rows[["attack", "tag"]].drop_duplicates()),
            }
            for key in KEYS:
                estimate = _estimate(samples[key].get(name, NOT_STORED), level)
                if estimate is None and key != DROP and name in by_key[key]:
                    estimate = _without_answers(by_key[key][name])
                entry |= _number(key, estimate, facts)
            table.append(entry)
        return pd.DataFrame(table)

    def _marks(self) -> dict[Model, str]:
        """Return why a model's numbers are not ranked with the others."""
        copies, n_sets = self._copies[STANDARD], self._n_sets
        reasons = pd.concat([contamination(copies), odd(copies)]).rename("mark")
        spoilt = copies[MODEL].join(reasons, how="inner")
        n_all = n_sets * len(self.attacks.attacks)
        texts: dict[Model, list[str]] = {}
        for (model, method), rows in copies.groupby(MODEL, sort=True):
            n_attacks = rows["attack"].nunique()
            if len(rows) < n_all:
                whole = len(self.attacks.attacks)
                text = f"{n_attacks} of {counted(whole, 'dimension')}"
                if n_attacks == whole:
                    k = rows["dataset"].nunique()
                    of_sets = f"{k} of {counted(n_sets, 'set')}"
                    text = of_sets if k < n_sets else f"{len(rows)} of {n_all} attacked sets"
                texts.setdefault((str(model), str(method)), []).append(text)
        for model, method, mark in spoilt.drop_duplicates().itertuples(index=False):
            texts.setdefault((str(model), str(method)), []).append(str(mark))
        return {name: "; ".join(dict.fromkeys(found)) for name, found in texts.items()}

    def sentence(self) -> str:
        """Say what "under attack" means on this board, for the line under the table."""
        names = ", ".join(name for name, _ in self.attacks.attacks)
        n = self._copies[STANDARD].groupby("dataset")["n"].max().sum()
        sets = "the shifted sets" if self.role == "ood" else "the ID set"
        share = f"{100 * self.attacks.degree:g} %"
        return (
            f"Under attack: {names}, each changing at most {share} of a text; the mean over the copies of "
            f"{n:,.0f} texts of {sets}. Drop: what is lost on the same texts."
        )


def with_standard(board: pd.DataFrame, numbers: pd.DataFrame) -> pd.DataFrame:
    """Return the board with the columns of `Standard.numbers`; its rows keep their order."""
    empty = board.columns.intersection(_columns())  # what `leaderboard.board.table.board` has for no number
    joined = board.drop(columns=empty).merge(numbers, on=MODEL, how="left")
    filled = {
        name: joined[name].astype(object).fillna("")
        if name.endswith("_mark")
        else pd.to_numeric(joined[name])
        for name in _columns()
    }
    return pd.concat([joined.drop(columns=list(filled)), pd.DataFrame(filled)], axis="columns")


def _columns() -> list[str]:
    return [key + part for key in KEYS for part in PARTS]


def _believed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of verified models; all where none is, as in a folder of one's own."""
    known = rows[is_verified(rows["verification"])]
    return known if len(known) else rows


def _at(rows: pd.DataFrame, degree: float, aggregate: str = AGGREGATES[STANDARD]) -> pd.DataFrame:
    """Return the numbers of copies of single measurements at one degree."""
    rows = rows[(rows["scope"] == "measurement") & (rows["aggregate"] == aggregate) & rows["attack"].notna()]
    return rows[(rows["degree"] - degree).abs() < DEGREE_TOLERANCE]


def _of_set(rows: pd.DataFrame, attacks: AttackSet) -> pd.DataFrame:
    pairs = pd.MultiIndex.from_frame(rows[["attack", "tag"]])
    return rows[pairs.isin(list(attacks.attacks))]


def _clean_part(part: Part) -> Part:
    return part._replace(degree=0.0)


def _less(clean: list[Sample] | str, copies: list[Sample] | str) -> list[Sample] | str:
    """Return clean less copies, sample by sample: both are of one measurement, so of one draw."""
    if isinstance(clean, str) or isinstance(copies, str):
        return clean if isinstance(clean, str) else copies
    return [
        replace(under, value=before.value - under.value, resampled=before.resampled - under.resampled)
        for before, under in zip(clean, copies, strict=True)
    ]


def _estimate(samples: list[Sample] | str, level: float) -> tuple[float, float, float] | None:
    """Return value and limits of the mean of samples; None where there are no answers."""
    if isinstance(samples, str):
        return None
    value, drawn = mean_of(samples)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return value, float(low), float(high)


def _without_answers(rows: pd.DataFrame) -> tuple[float, float, float]:
    """Return value and limits out of the measurements' own intervals, see `Standard.numbers`."""
    below, above = rows["value"] - rows["low"], rows["high"] - rows["value"]
    sides = [side.clip(lower=0).groupby(rows["dataset"]).sum() / len(rows) for side in (below, above)]
    low, high = (float(np.sqrt((side**2).sum())) for side in sides)
    value = float(rows["value"].mean())
    return value, max(0.0, value - low), min(1.0, value + high)


def _number(
    key: str, estimate: tuple[float, float, float] | None, facts: Mapping[str, float | str]
) -> dict[str, float | str]:
    if estimate is None:
        return {f"{key}{part}": "" if part == "_mark" else np.nan for part in PARTS}
    value, low, high = estimate
    return {
        key: value,
        f"{key}_low": low,
        f"{key}_high": high,
        **{f"{key}_{name}": fact for name, fact in facts.items()},
    }
