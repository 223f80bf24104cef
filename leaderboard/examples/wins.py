"""Every model against every other: who is above whom beyond chance, and of how many examples."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from boss.metrics.scores import Floats
from leaderboard.board.columns import MEASURES, Measure
from leaderboard.board.ranking import entered, rankable, side_by_side
from leaderboard.board.site import Site
from leaderboard.board.table import Choice, behind
from leaderboard.stats.comparable import MODEL
from leaderboard.stats.compare import read_side
from leaderboard.stats.ties import Bools, above
from leaderboard.stats.values import Part, parts_of

NUMBERS = {
    "ood_mean": "OOD mean, clean",
    "id": "ID, clean",
    "attacked_ood_worst": "OOD mean, worst copy at the degree",
    "attacked_id_worst": "ID, worst copy at the degree",
}
"""Those of which an example is right or wrong as a whole."""
MOST = 16
"""Models that a matrix shows: a larger one cannot be read."""

Right = Callable[[Path, Part], Bools]
"""Gives which examples of a number are right, in the order of their ids."""


@dataclass(frozen=True)
class Wins:
    """The models of a board, the best first.

    Attributes:
        above: row is above column beyond chance, as the board's ranks have it; shape ``(n, n)``.
        won: share of the examples on which the row alone is right, of the two; sets count equally.
        n_tested: models in the family of tests, of which the first `MOST` are here.
        left_out: label -> why a model has no row.
    """

    labels: tuple[str, ...]
    above: Bools
    won: Floats
    n_examples: int
    n_tested: int
    left_out: Mapping[str, str]


def right(run: Path, part: Part) -> Bools:
    """Read which examples are right; raises as `leaderboard.stats.compare.read_side`."""
    return read_side(run, part.measurement, part.metric, part.aggregate, part.degree).right()


def offered(board: pd.DataFrame) -> dict[str, str]:
    """Return the `NUMBERS` that at least two models of the board have."""
    return {
        key: name for key, name in NUMBERS.items() if key in board and int(rankable(board, key).sum()) > 1
    }


def wins(site: Site, choice: Choice, key: str, right: Right = right) -> Wins | None:
    """Return the matrix of one of the `NUMBERS`; None where no two models can be tested.

    A model is tested where the board ranks it by a paired test: its stored answers are there, make its
    number, and are to the same examples as those of most models. So the matrix and the ranks are one test.
    """
    measure = _measure(key)
    board = site.board(choice)
    board = board[rankable(board.assign(ranked=entered(board, together=False)), key)]
    board = board.sort_values(key, ascending=False, kind="stable", ignore_index=True)
    tested = side_by_side(board, measure, site.samples(choice, measure))
    if tested.models is None:
        return None
    records = behind(site.of_task(choice), choice)
    parts = parts_of(records[records["key"] == key])
    places = tested.places[:MOST]
    names = [(str(model), str(method)) for model, method in board.loc[places, MODEL].to_numpy()]
    answers = [[right(site.path(part.run), part) for part in _sorted(parts[name])] for name in names]
    labels = board["label"]
    reasons = {
        str(labels[i]): how.removeprefix("intervals: ")
        for i, how in enumerate(tested.how)
        if i not in tested.places
    }
    n = len(places)
    return Wins(
        tuple(str(labels[i]) for i in places),
        above(tested.models)[:n, :n],
        _won(answers),
        sum(len(part) for part in answers[0]),
        len(tested.places),
        reasons,
    )


def _won(answers: Sequence[Sequence[Bools]]) -> Floats:
    """Return the share of examples that each row alone has right; ``answers``: per model, per set."""
    n = len(answers)
    shares = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            pairs = zip(answers[i], answers[j], strict=True)
            shares[i, j] = float(np.mean([np.mean(mine & ~other) for mine, other in pairs]))
    return shares


def _sorted(parts: Sequence[Part]) -> list[Part]:
    return sorted(parts, key=lambda part: part.identity)


def _measure(key: str) -> Measure:
    return next(measure for measure in MEASURES if measure.key == key)
