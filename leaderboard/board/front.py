"""The first screen of a board, without a page: its columns, its order and the words around its table."""

from collections.abc import Sequence

import pandas as pd

from leaderboard.board import display
from leaderboard.board.columns import DROP, STANDARD, Measure
from leaderboard.board.files import Shown, facts_of, newest_day
from leaderboard.board.standard import KEYS, AttackSet
from leaderboard.board.table import Choice
from leaderboard.text import shown

COLUMNS = ("ood_mean", "id", STANDARD, DROP, "ood_ece")
"""Shown at first; where no shifted set has all classes, the calibration error is that of ID."""
SORTED_BY = ("ood_mean", "id")


def first_columns(measures: Sequence[Measure]) -> list[Measure]:
    """Return those of ``measures`` that are shown at first."""
    by_key = {measure.key: measure for measure in measures}
    first = [by_key[key] for key in COLUMNS if key in by_key]
    if "ood_mean" not in by_key and "id_ece" in by_key:
        first.append(by_key["id_ece"])
    return first


def sorted_first(columns: Sequence[Measure]) -> Measure | None:
    """Return the column that a board is sorted by at first; None where it has no column."""
    by_key = {measure.key: measure for measure in columns}
    chosen = next((by_key[key] for key in SORTED_BY if key in by_key), None)
    return chosen or next(iter(columns), None)


def what(choice: Choice, measure: Measure) -> tuple[str, str]:
    """Return the metric and the texts that the first sentence speaks of, for `leaderboard.board.headline`."""
    task = shown(choice.task)
    if measure.key == "ood_mean":
        return spelled(choice.definition.metric), f"the shifted sets of {task}"
    if measure.key == "id":
        return spelled(choice.definition.metric), f"ID data of {task}"
    return measure.label, task


def subheads(choice: Choice, attacks: AttackSet | None) -> dict[str, str]:
    """Return what stands under the heads of the columns under attack: the attacks, and their metric."""
    if attacks is None:
        return {}
    task = choice.definition
    unit = "" if task.attacked_metric == task.metric else f"{spelled(task.attacked_metric)}, "
    return dict.fromkeys(KEYS, unit + attacks.label)


def spelled(metric: str) -> str:
    """Return a metric's name as people write it.

    >>> spelled("span_f1")
    'span F1'
    """
    return metric.replace("_", " ").replace("f1", "F1")


TASKS_CAPTION = "A task's number is the mean over its shifted sets, or ID where none has all classes."
"""Under the table of all tasks."""


def suites(menu: pd.DataFrame) -> list[str]:
    """Return the suites, those that stand in for others last.

    Args:
        menu: rows with ``suite`` and ``stand_in``.
    """
    stand_ins = set(menu.loc[menu["stand_in"], "suite"])
    return sorted(menu["suite"].unique(), key=lambda name: (name in stand_ins, name))


def stand_in_note(menu: pd.DataFrame, suite: str) -> str:
    """Return what a reader has to know of a suite that stands in for BOSS; empty for another."""
    if not menu.loc[menu["suite"] == suite, "stand_in"].any():
        return ""
    text = f"{shown(suite)} is a small stand-in for BOSS, made of other public datasets: "
    return text + "its numbers are not BOSS numbers."


def as_file(
    rows: pd.DataFrame,
    columns: Sequence[Measure],
    choice: Choice,
    attacks: AttackSet | None,
    title: str,
    records: pd.DataFrame,
    state: str,
) -> Shown:
    """Return the rows of a board for export.

    Args:
        records: of its suite or task, for what the numbers are of.
        state: name of the site's state.
    """
    return Shown(
        display.flat(rows, choice, columns),
        display.plain(rows, columns),
        title if attacks is None else f"{title}, under attack: {attacks.label}",
        newest_day(records),
        state,
        facts_of(choice, records, attacks),
    )
