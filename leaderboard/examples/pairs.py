"""What two models have in common: the numbers that both have of the same thing, and their differences."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from boss.errors import BossError
from leaderboard.board.table import AGGREGATES, DEGREE_TOLERANCE, Choice
from leaderboard.stats.comparable import MODEL
from leaderboard.stats.compare import Difference, Side, compare, mean_difference, read_side
from leaderboard.text import pathless


@dataclass(frozen=True)
class Pair:
    """One number of two models on one dataset.

    Attributes:
        run_a, run_b: names of the runs the numbers are of.
        degree: None for a clean number.
    """

    dataset: str
    role: str
    measurement: str
    run_a: str
    run_b: str
    metric: str
    aggregate: str
    degree: float | None

    def sides(self, path: Callable[[str], Path]) -> tuple[Side, Side]:
        """Read both models' answers; raises as `leaderboard.stats.compare.read_side`.

        Args:
            path: gives the directory of a run (`leaderboard.board.site.Site.path`).
        """
        what = (self.measurement, self.metric, self.aggregate, self.degree)
        return read_side(path(self.run_a), *what), read_side(path(self.run_b), *what)


@dataclass(frozen=True)
class Tested:
    """A pair with its difference, or the reason why there is none."""

    pair: Pair
    difference: Difference | None
    reason: str = ""


def pairs(
    rows: pd.DataFrame, choice: Choice, a: Sequence[str], b: Sequence[str], aggregate: str
) -> list[Pair]:
    """Return the numbers that both models have, those of the ID set first.

    Args:
        rows: what `leaderboard.board.merge.newest` keeps.
        a, b: model and method.
        aggregate: ``clean``, or one of `leaderboard.board.table.AGGREGATES` under the chosen attack.
    """
    rows = numbers_of(rows, choice, aggregate)
    left, right = (rows[(rows[MODEL] == list(model)).all(axis=1)] for model in (a, b))
    both = left.merge(right, on=["dataset", "role", "measurement", "metric"], suffixes=("_a", "_b"))
    both = both.sort_values(["role", "recall_only_a", "dataset"], kind="stable")
    names = ["dataset", "role", "measurement", "run_a", "run_b", "metric"]
    degree = choice.degree if aggregate in AGGREGATES else None
    records = both[names].to_dict("records")
    return [
        Pair(**{str(key): str(text) for key, text in record.items()}, degree=degree, aggregate=aggregate)
        for record in records
    ]


def numbers_of(rows: pd.DataFrame, choice: Choice, aggregate: str) -> pd.DataFrame:
    """Return the headline numbers of all models: clean ones, or those under the chosen attack.

    Args:
        rows, aggregate: as in `pairs`.
    """
    task = choice.definition
    rows = rows[
        (rows["suite"] == choice.suite) & (rows["task"] == choice.task) & (rows["scope"] == "measurement")
    ]
    rows = rows[rows["aggregate"] == aggregate]
    if aggregate in AGGREGATES:
        rows = rows[(rows["attack"] == choice.attack) & (rows["tag"] == choice.tag)]
        rows = rows[(rows["degree"] - (choice.degree or 0.0)).abs() < DEGREE_TOLERANCE]
    headline = task.attacked_metric if aggregate in AGGREGATES else task.metric
    return rows[rows["metric"].isin([headline, "recall"])]


def try_compare(path: Callable[[str], Path], pair: Pair) -> Tested:
    """Compare two models on a dataset; what cannot be compared has a reason. ``path``: see `Pair.sides`."""
    try:
        return Tested(pair, compare(*pair.sides(path)))
    except BossError as error:
        return Tested(pair, None, pathless(str(error), path(pair.run_a), path(pair.run_b)))


def ood_mean(results: Sequence[Tested]) -> tuple[float, float, float] | None:
    """Return the mean difference on the shifted sets with its interval; None where one of them has none.

    Recall-only sets are no part of it: their metric is another.
    """
    ood = [result for result in results if result.pair.role == "ood" and result.pair.metric != "recall"]
    differences = [result.difference for result in ood if result.difference is not None]
    return mean_difference(differences) if differences and len(differences) == len(ood) else None
