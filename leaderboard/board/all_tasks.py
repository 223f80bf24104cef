"""All tasks of a suite side by side: a column per task, and the mean over them."""

import hashlib
import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from leaderboard.board.columns import MEASURES, STANDARD, WORST, Measure
from leaderboard.board.display import MARK
from leaderboard.board.filters import facts
from leaderboard.board.front import spelled
from leaderboard.board.headline import name_of
from leaderboard.board.ranking import Samples, entered, ordered, place, rankable, ranks
from leaderboard.board.site import Site
from leaderboard.board.standard import standard_set
from leaderboard.board.table import ENDS, PARTS, Choice, combine, labels
from leaderboard.stats.comparable import MODEL
from leaderboard.stats.values import Sample, mean_of
from leaderboard.store.records import task_of, task_place
from leaderboard.text import percent, shown
from robtest.plural import counted

MEAN = Measure(
    "tasks_mean",
    "Mean",
    "Mean over all tasks, which count equally whatever their metric. A model that lacks a task has none: "
    "means over different tasks are not one number.",
)
OF_TASK = ("ood_mean", "id")
"""A task's column: the mean over its shifted sets, or ID where no shifted set has all classes."""


def task_measures(site: Site, suite: str) -> dict[str, tuple[Choice, Measure]]:
    """Return, by task, its board and the number that stands for it here."""
    measures = {}
    tasks = site.menu.loc[site.menu["suite"] == suite, "task"].unique()
    for task in sorted(tasks, key=task_place):
        rows = site.menu[(site.menu["suite"] == suite) & (site.menu["task"] == task)]
        choice = Choice(suite, task, own_task=task_of(rows))
        board = site.board(choice)
        key = next((key for key in OF_TASK if board[key].notna().any()), None)
        if key is not None:
            where = "mean over the shifted sets" if key == "ood_mean" else "the ID set"
            text = f"{choice.definition.metric}, {where}."
            measures[task] = (choice, Measure(key, shown(task), text[0].upper() + text[1:]))
    return measures


def board_of_tasks(
    site: Site,
    suite: str,
    *,
    together: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[pd.DataFrame, list[Measure], Samples]:
    """Return the board over all tasks, sorted and ranked by `MEAN`, its columns, and the samples of the mean.

    A task's number keeps its mark from the task's own board. The interval of the mean takes the tasks to be
    independent (`leaderboard.board.table.combine`). Two models are told apart by the paired test of
    `leaderboard.board.ranking`, a task being one draw of its examples.
    """
    columns = task_measures(site, suite)
    parts = [
        _column(site.board(choice), measure, f"task:{task}") for task, (choice, measure) in columns.items()
    ]
    here = site.of_suite(suite)
    board = here[MODEL].drop_duplicates().sort_values(MODEL)
    for part in parts:
        board = board.merge(part, on=MODEL, how="left")
    board = board.merge(_means(board, list(columns)), on=MODEL, how="left").merge(facts(here), on=MODEL)
    board = board.assign(
        **{str(name): board[name].fillna("") for name in board if str(name).endswith("_mark")}
    )
    latest = here.sort_values("created_at").drop_duplicates(MODEL, keep="last")[[*MODEL, "run_id"]]
    board = board.merge(latest, on=MODEL).assign(comparable=True, notes="")
    board.insert(0, "label", labels(board))
    samples = _samples(site, columns, progress)
    measures = [MEAN, *(Measure(f"task:{task}", m.label, m.help) for task, (_, m) in columns.items())]
    ranked = ranks(board.copy().assign(ranked=entered(board, together=together)), MEAN, samples)
    by_tasks = board.join(ranked).sort_values("n_tasks", ascending=False, kind="stable")
    return ordered(by_tasks, MEAN), measures, samples


def _column(board: pd.DataFrame, measure: Measure, key: str) -> pd.DataFrame:
    """Return one task's number under another key; one that its own board does not rank has a mark."""
    table = board[[*MODEL, *(measure.key + part for part in PARTS)]]
    table = table.set_axis([*MODEL, *(key + part for part in PARTS)], axis="columns")
    kept = rankable(board, measure.key) | board[measure.key].isna()
    reasons = table[f"{key}_mark"].where(table[f"{key}_mark"] != "", "not ranked on the task's own board")
    return table.assign(**{f"{key}_mark": table[f"{key}_mark"].where(kept, reasons)})


def _means(board: pd.DataFrame, tasks: Sequence[str]) -> pd.DataFrame:
    """Return `MEAN` of each model that has all tasks, and per model how many it has, as its mark."""
    parts = {**ENDS, "mark": "_mark"}
    long = pd.concat(
        board[MODEL].assign(task=task, **{part: board[f"task:{task}{end}"] for part, end in parts.items()})
        for task in tasks
    )
    long = long[long["value"].notna()]
    counts = long.groupby(MODEL)["task"].transform("nunique")
    whole = long[counts == len(tasks)]
    names = {part: MEAN.key + end for part, end in parts.items()}
    means = combine(whole, MODEL).rename(columns=names)
    marks = long.assign(n_tasks=counts).groupby(MODEL).agg(n_tasks=("n_tasks", "first"), marks=("mark", list))
    texts = []
    for n_tasks, of_model in marks.itertuples(index=False):
        spoilt = sum(mark != "" for mark in of_model)
        reasons = [f"{n_tasks} of {len(tasks)} tasks"] if n_tasks < len(tasks) else []
        reasons += [f"{counted(spoilt, 'task')} not ranked"] if spoilt else []
        texts.append("; ".join(reasons))
    found = marks.reset_index()[[*MODEL, "n_tasks"]].assign(**{f"{MEAN.key}_mark": texts})
    return found.merge(means, on=MODEL, how="left")


def _samples(
    site: Site, columns: dict[str, tuple[Choice, Measure]], progress: Callable[[int, int], None] | None
) -> Samples:
    """Return per model one sample for each task; a reason where it lacks the answers of one."""
    by_task = {task: site.samples(choice, measure, progress) for task, (choice, measure) in columns.items()}
    models = set.intersection(*(set(samples) for samples in by_task.values())) if by_task else set()
    found: dict[tuple[str, str], list[Sample] | str] = {}
    for model in sorted(models):
        entries = [samples[model] for samples in by_task.values()]
        reason = next((entry for entry in entries if isinstance(entry, str)), None)
        found[model] = reason or [_joined(entry) for entry in entries if not isinstance(entry, str)]
    return found


def _joined(samples: Sequence[Sample]) -> Sample:
    """Return the mean of a task's sets as one sample; its units are those of the smallest set."""
    ordered_samples = sorted(samples, key=lambda sample: sample.identity)
    names = repr([(sample.identity, sample.examples) for sample in ordered_samples])
    digest = hashlib.sha256(names.encode()).hexdigest()
    value, drawn = mean_of(ordered_samples)
    return Sample(
        identity=digest,
        examples=digest,
        n_units=min(sample.n_units for sample in ordered_samples),
        value=value,
        resampled=drawn,
    )


SUMMARY = ("id", "ood_mean", STANDARD, WORST)
"""Columns of `summary`."""


def summary(site: Site, suite: str) -> pd.DataFrame:
    """Return all systems of a suite as text, task by task in the order of its board: one table for a page.

    Columns: ``Task`` with its metrics and the usual n of each column, ``System``, ``Rank`` and those of
    `SUMMARY` under their labels. A number has its interval, its own n where it is not the usual one, and
    `leaderboard.board.display.MARK` where it is not ranked.
    """
    by_key = {measure.key: measure for measure in MEASURES}
    columns = [by_key[key] for key in SUMMARY]
    parts = []
    for choice, measure in task_measures(site, suite).values():
        board = site.ranked(choice, by_key[measure.key], attacks=standard_set(site.of_task(choice)))
        usual = {key: _usual_n(board, key) for key in SUMMARY}
        task = choice.definition
        unit = " / ".join(dict.fromkeys((spelled(task.metric), spelled(task.attacked_metric))))
        sizes = ", ".join("–" if math.isnan(n) else f"{n:,.0f}" for n in usual.values())
        rows = board.to_dict("records")
        names = [name_of(str(row["model"]), str(row["method"])) for row in rows]
        table = {
            "Task": f"{shown(choice.task)}, {unit} (n {sizes})",
            "System": names,
            "Rank": [place(row["rank_low"], row["rank_high"]) for row in rows],
            **{m.label: [_cell(row, m.key, usual[m.key]) for row in rows] for m in columns},
        }
        parts.append(pd.DataFrame(table))
    return pd.concat(parts, ignore_index=True)


def _usual_n(board: pd.DataFrame, key: str) -> float:
    found = board.loc[board[key].notna() & (board[f"{key}_mark"] == ""), f"{key}_n"].mode()
    return float(found.max()) if len(found) else math.nan


def _cell(row: Mapping[Hashable, Any], key: str, usual: float) -> str:
    value, low, high, n = (float(row[key + part]) for part in ("", "_low", "_high", "_n"))
    if math.isnan(value):
        return "–"
    text = f"{percent(value)} [{percent(low)}, {percent(high)}]"
    text += f" (n {n:,.0f})" if n != usual else ""
    return f"{text} {MARK}" if row[f"{key}_mark"] else text
