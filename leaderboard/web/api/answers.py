"""What the site holds -> the answers of the API. No HTTP here."""

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from leaderboard.board import table
from leaderboard.board.display import flat
from leaderboard.board.files import Shown, as_json
from leaderboard.board.filters import facts
from leaderboard.board.site import Site
from leaderboard.board.standard import attack_set
from leaderboard.board.table import DEGREE_TOLERANCE, Choice
from leaderboard.stats.comparable import MODEL
from leaderboard.store.code import CODE
from leaderboard.store.records import COLUMNS, Problem, task_of
from leaderboard.store.standing import LOG
from leaderboard.web.api.query import Query, RequestError
from leaderboard.web.api.schema import (
    BoardRow,
    Column,
    Index,
    Leaderboard,
    Model,
    Models,
    Record,
    RecordPage,
    TaskOfModel,
    Trouble,
)

FILTERS = ("suite", "task", "model", "method", "dataset", "attack", "metric", "aggregate")
SNAPSHOT = "snapshot"
RECORDS = (*FILTERS, "limit", "offset", SNAPSHOT)
LEADERBOARD = ("suite", "task", "attack", "tag", "degree", "sort", "order", SNAPSHOT)
ORDERS = ("best", "worst")
"""Which end of the board stands first."""
SORTED_BY = "ood_mean"
LIMIT, MOST = 100, 1000
_ORDER = [
    "suite",
    "task",
    "model",
    "method",
    "scope",
    "dataset",
    "attack",
    "tag",
    "degree",
    "metric",
    "aggregate",
    "identity",
    "data",
    "run",
]
"""Tells every record from every other: nothing else orders the pages."""
_MODEL_FIELDS = ("revision", "adapter", "licence", "finetuned_on", "training", "run")
_FACTS = """
    SELECT DISTINCT model, method, verification, created_at, n_parameters FROM rows WHERE kept ORDER BY ALL
"""
_JSON = ("training",)
"""Columns of the index that hold JSON as text."""


def index(site: Site, addresses: tuple[str, ...]) -> Index:
    """Return the counts, problems and addresses of the site; no reason names the folder it reads."""
    problems = [Trouble(run=problem.run, reason=_without_folders(site, problem)) for problem in site.problems]
    return Index(
        code=CODE,
        snapshot=site.snapshot.id,
        missing=site.missing,
        snapshot_kept=site.is_kept,
        n_runs=site.n_runs,
        n_models=len(site.menu[MODEL].drop_duplicates()),
        n_records=int(site.menu["n_records"].sum()),
        problems=tuple(problems),
        addresses=addresses,
    )


def records(site: Site, query: Query, path: str) -> RecordPage:
    """Return a page of the records that count on the board.

    A filter given several times means any of its values. ``next`` asks for the same snapshot, which is
    written down with the first page, so that runs added meanwhile move no record to another page; where it
    cannot be written it does not.

    Args:
        path: address of this answer, for ``next``.
    """
    limit = query.number("limit", LIMIT, 1, MOST)
    offset = query.number("offset", 0, 0, 10**9)
    filters = query.filters(FILTERS)
    condition = " AND ".join(["kept", *(f"{name} IN (SELECT unnest(${name}))" for name in filters)])
    n_total = int(site.tasks.ask(f"SELECT count(*) AS n FROM rows WHERE {condition}", filters)["n"].iloc[0])
    order = ", ".join(f"{name} NULLS FIRST" for name in _ORDER)
    page = site.tasks.ask(
        f"SELECT {', '.join(COLUMNS)} FROM rows WHERE {condition} ORDER BY {order} "
        f"LIMIT {limit} OFFSET {offset}",
        filters,
    )
    following = None
    if offset + limit < n_total:
        pin = {} if site.keep() else {SNAPSHOT: [site.snapshot.id]}
        there = {**filters, "limit": [str(limit)], "offset": [str(offset + limit)], **pin}
        following = f"{path}?{urlencode(there, doseq=True)}"
    items = tuple(Record(**_present(row)) for row in page.to_dict("records"))
    return RecordPage(
        snapshot=site.snapshot.id, missing=site.missing, n_total=n_total, records=items, next=following
    )


def leaderboard(site: Site, query: Query) -> Leaderboard:
    """Return the board: the rows of the page's export, with all columns and no filter.

    What "under attack" is there is the attack of the query, else the standard set.

    Raises:
        RequestError: naming what there is, where the request does not say which board.
    """
    choice = _choice(site.menu, query)
    attacks = attack_set(site.of_task(choice), choice)
    measures = {measure.key: measure for measure in table.measures(site.front(choice, attacks))}
    if not measures:
        raise RequestError("this board has no number; without attack=... it is that of clean ones", 404)
    first = SORTED_BY if SORTED_BY in measures else next(iter(measures))
    sort = measures[query.among("sort", measures, default=first)]
    order = query.among("order", ORDERS, default=ORDERS[0])
    board = site.ranked(choice, sort, best_first=order == ORDERS[0], attacks=attacks)
    data = flat(board, choice, list(measures.values()))
    shown = Shown(data, data, "", "", site.name)
    return Leaderboard(
        snapshot=site.snapshot.id,
        missing=site.missing,
        sort=sort.key,
        order=order,
        columns=tuple(
            Column(key=measure.key, label=measure.label, help=measure.help) for measure in measures.values()
        ),
        rows=tuple(BoardRow(**row) for row in json.loads(as_json(shown))),
    )


def models(site: Site) -> Models:
    """Return what the records say of every model."""
    # Plain loops over few rows: a frame for each of a hundred models takes seconds.
    rows_by_model: dict[tuple[str, ...], list[dict[Any, Any]]] = defaultdict(list)
    names = ", ".join([*MODEL, *_MODEL_FIELDS])
    for row in site.tasks.ask(f"SELECT DISTINCT {names} FROM rows WHERE kept").to_dict("records"):
        rows_by_model[row["model"], row["method"]].append(row)
    tasks: dict[tuple[str, ...], list[TaskOfModel]] = defaultdict(list)
    counts = site.menu.groupby([*MODEL, "suite", "task"], as_index=False)["n_records"].sum()
    for model, method, suite, task, n in counts.itertuples(index=False):
        tasks[model, method].append(TaskOfModel(suite=suite, task=task, n_records=int(n)))
    entries = []
    for fact in facts(site.tasks.ask(_FACTS)).to_dict("records"):
        key = fact["model"], fact["method"]
        values = {name: tuple(sorted({row[name] for row in rows_by_model[key]})) for name in _MODEL_FIELDS}
        entries.append(
            Model(
                model=fact["model"],
                method=fact["method"],
                revisions=values["revision"],
                adapters=values["adapter"],
                licences=values["licence"],
                finetuned_on=values["finetuned_on"],
                training=tuple(sorted({name for text in values["training"] for name in json.loads(text)})),
                n_parameters=None if pd.isna(fact["n_parameters"]) else int(fact["n_parameters"]),
                verification=fact["verification"],
                measured=fact["measured"],
                runs=values["run"],
                tasks=tuple(tasks[key]),
            )
        )
    return Models(snapshot=site.snapshot.id, missing=site.missing, models=tuple(entries))


def _without_folders(site: Site, problem: Problem) -> str:
    """Return the reason of a problem without the folders of this machine."""
    reason = problem.reason.replace(str(site.path(problem.run)), problem.run)
    return reason.replace(str(site.folders.own.parent / LOG), LOG)


def _choice(rows: pd.DataFrame, query: Query) -> Choice:
    """Return the board that a query names; what there is only one of may be left out.

    Without an attack it is the board of clean numbers.
    """
    suite = query.among("suite", sorted(rows["suite"].unique()))
    rows = rows[rows["suite"] == suite]
    task = query.among("task", sorted(rows["task"].unique()))
    own = task_of(rows[rows["task"] == task])
    if query.value("attack") is None:
        extra = [name for name in ("tag", "degree") if query.value(name)]
        if extra:
            raise RequestError(f"{extra[0]} is of an attack; say which one, attack=...")
        return Choice(suite, task, own_task=own)
    rows = rows[(rows["task"] == task) & rows["attack"].notna() & (rows["degree"] > 0)]
    attack = query.among("attack", sorted(rows["attack"].unique()))
    rows = rows[rows["attack"] == attack]
    tag = query.among("tag", sorted(rows["tag"].unique()))
    degrees = sorted(rows.loc[rows["tag"] == tag, "degree"].unique().tolist())
    return Choice(suite, task, attack, tag, _degree(degrees, query), own)


def _degree(degrees: list[float], query: Query) -> float:
    """Return the measured degree that a query names; 0.30 is 0.3."""
    names = [f"{degree:g}" for degree in degrees]
    try:
        value = float(query.value("degree") or "nan")
    except ValueError:
        value = float("nan")
    near = [degree for degree in degrees if abs(degree - value) < DEGREE_TOLERANCE]
    return near[0] if near else degrees[names.index(query.among("degree", names))]


def _present(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return what a record has: a missing value is absent, never null or NaN."""
    # NaN is not equal to itself; pandas' own question takes ten times as long.
    there = {str(name): value for name, value in row.items() if value is not None and value == value}
    return {name: json.loads(value) if name in _JSON else value for name, value in there.items()}
