"""The board as plain files: HTML with the numbers of the site, and the tables as CSV, JSON, LaTeX, Markdown.

The pages need no server and no script; a policy in each of them forbids both scripts and addresses elsewhere.
They hold no text of a dataset.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

import pandas as pd

from boss.results.files import write_atomic
from leaderboard.board import table
from leaderboard.board.all_tasks import MEAN, board_of_tasks, summary
from leaderboard.board.columns import Measure
from leaderboard.board.datasets import dataset_measures, of_datasets
from leaderboard.board.files import FORMATS, Shown, newest_day
from leaderboard.board.front import (
    TASKS_CAPTION,
    as_file,
    first_columns,
    sorted_first,
    stand_in_note,
    subheads,
    suites,
    what,
)
from leaderboard.board.headline import headline, name_of
from leaderboard.board.site import Site
from leaderboard.board.standard import AttackSet, Standard, standard_set
from leaderboard.board.table import Choice
from leaderboard.stats.comparable import MODEL
from leaderboard.store.records import task_of, task_place
from leaderboard.text import interval, percent, shown
from leaderboard.web import board_html

TITLE = "BOSS × RobTest leaderboard"
INDEX = "index.html"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'"
_CSS = """
:root{color-scheme:light dark}
body{font-family:system-ui,sans-serif;max-width:84rem;margin:0 auto;padding:1rem;line-height:1.4}
h1{font-size:1.6rem;margin:.5rem 0}
nav a{display:inline-block;margin:0 .8rem .3rem 0}
nav a[aria-current]{font-weight:700;text-decoration:none}
a{color:inherit}
.scroll{overflow-x:auto}
.plain{border-collapse:collapse;font-size:.9rem}
.plain th,.plain td{text-align:left;padding:.2rem .7rem .2rem 0;border-bottom:1px solid #8886}
footer{margin-top:2rem;font-size:.85rem}
"""


@dataclass(frozen=True)
class _Board:
    """One board with everything its page shows."""

    choice: Choice
    rows: pd.DataFrame
    columns: Sequence[Measure]
    attacks: AttackSet | None
    lead: str
    caption: str
    datasets: Sequence[Measure]


@dataclass(frozen=True)
class _Whole:
    """All boards, with what every page says.

    Attributes:
        boards: suite -> its boards.
        links: suite and task -> file of its board.
        newest: day of the newest number.
    """

    site: Site
    boards: Mapping[str, Sequence[_Board]]
    links: Mapping[tuple[str, str], str]
    newest: str


def write_site(site: Site, folder: Path) -> list[Path]:
    """Write the boards and a page per model into ``folder``; return the files, the first page first.

    Files of the same names are replaced, others stay.

    Raises:
        ResultError: if a file cannot be written.
    """
    files = dict(_files(site))
    for name, content in files.items():
        write_atomic(folder / name, content.encode())
    return [folder / name for name in files]


def file_of(*names: str) -> str:
    """Return a file's name, less its ending: readable, safe on every disk, and another for every other name.

    >>> file_of("mini", "sentiment")
    'mini-sentiment-921584'
    """
    digest = hashlib.sha256("\0".join(names).encode()).hexdigest()[:6]
    words = "-".join(re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40] for name in names)
    return f"{words}-{digest}"


def _files(site: Site) -> Iterator[tuple[str, str]]:
    boards: dict[str, list[_Board]] = {}
    for suite in suites(site.menu):
        tasks = sorted(site.menu.loc[site.menu["suite"] == suite, "task"].unique(), key=task_place)
        boards[suite] = [_board(site, suite, task) for task in tasks]
    links = {
        (suite, board.choice.task): f"{file_of(suite, board.choice.task)}.html"
        for suite, of_suite in boards.items()
        for board in of_suite
    }
    newest = max(newest_day(site.of_suite(suite)) for suite in boards)
    whole = _Whole(site, boards, links, newest)
    yield INDEX, _index(whole)
    for suite, of_suite in boards.items():
        for name, content in _summary(whole, suite):
            yield f"{file_of(suite)}.{name}", content
        for board in of_suite:
            here = links[suite, board.choice.task]
            yield here, _board_page(whole, board)
            for name, content in _tables(site, board):
                yield f"{here.removesuffix('.html')}.{name}", content
    models = site.menu[MODEL].drop_duplicates().sort_values(MODEL)
    for model, method in models.itertuples(index=False):
        yield _model_file(model, method), _model_page(whole, model, method)


def _board(site: Site, suite: str, task: str) -> _Board:
    rows = site.of_task(Choice(suite, task))
    choice = Choice(suite, task, own_task=task_of(rows))
    attacks = standard_set(rows)
    front = site.front(choice, attacks)
    measures = table.measures(front)
    datasets = dataset_measures(of_datasets(rows, choice))
    columns = first_columns(measures) or measures or datasets
    sort = sorted_first(columns)
    if sort is None:
        return _Board(choice, front.iloc[:0], [], attacks, "", "", [])
    ranked = site.ranked(choice, sort, attacks=attacks)
    lead = headline(ranked, sort, *what(choice, sort), site.samples(choice, sort, None, attacks))
    caption = "" if attacks is None else Standard(rows, choice, attacks).sentence()
    return _Board(choice, ranked, columns, attacks, board_html.lead(lead), caption, datasets)


def _index(whole: _Whole) -> str:
    parts = []
    for suite, of_suite in whole.boards.items():
        parts.append(f"<h2>{escape(shown(suite))}</h2>{_note(whole, suite)}")
        if len(of_suite) > 1:
            rows, measures, samples = board_of_tasks(whole.site, suite)
            lead = headline(rows, MEAN, "mean score", f"all {len(of_suite)} tasks of {shown(suite)}", samples)
            html = board_html.table(rows, measures, caption=TASKS_CAPTION, link=_linked(rows))
            parts.append(f'{board_html.lead(lead)}<div class="scroll">{html}</div>')
        else:
            parts += [f"{board.lead}{_table(board)}" for board in of_suite]
    return _page(whole, TITLE, "".join(parts))


def _board_page(whole: _Whole, board: _Board) -> str:
    suite, task = board.choice.suite, board.choice.task
    name = whole.links[suite, task].removesuffix(".html")
    files = " ".join(
        f'<a href="{name}.{ending}" download>{label}</a>' for label, (ending, _, _) in FORMATS.items()
    )
    body = f"{_note(whole, suite)}{board.lead}{_table(board)}<p>This table as {files}</p>"
    body += _by_set(board, board.rows)
    return _page(whole, f"{shown(task)}, {shown(suite)}", body, here=(suite, task))


def _table(board: _Board, scale: pd.DataFrame | None = None) -> str:
    html = board_html.table(
        board.rows,
        board.columns,
        caption=board.caption,
        link=_linked(board.rows),
        scale=scale,
        subheads=subheads(board.choice, board.attacks),
    )
    return f'<div class="scroll">{html}</div>'


def _by_set(board: _Board, rows: pd.DataFrame) -> str:
    """Return a table with a column per dataset."""
    if not board.datasets:
        return ""
    caption = "Clean, set by set."
    html = board_html.table(rows, board.datasets, caption=caption, link=_linked(rows), scale=board.rows)
    return f'<h3>By dataset</h3><div class="scroll">{html}</div>'


def _tables(site: Site, board: _Board) -> Iterator[tuple[str, str]]:
    """Yield ending and content of a board's files: what the site's download buttons give."""
    choice = board.choice
    title = f"{TITLE}: {choice.suite}, {choice.task}"
    records = site.of_suite(choice.suite)
    file = as_file(board.rows, board.columns, choice, board.attacks, title, records, site.name)
    for ending, _, make in FORMATS.values():
        yield ending, make(file)


def _summary(whole: _Whole, suite: str) -> Iterator[tuple[str, str]]:
    """Yield ending and content of the files of all tasks of a suite in one table."""
    text = summary(whole.site, suite)
    file = Shown(text, text, f"{TITLE}: {suite}, all tasks", whole.newest, whole.site.name)
    for ending, _, make in FORMATS.values():
        yield ending, make(file)


def _model_page(whole: _Whole, model: str, method: str) -> str:
    own = whole.site.of_model(model, method).sort_values("run", kind="stable")
    parts = []
    for suite, of_suite in whole.boards.items():
        for board in of_suite:
            mine = board.rows[(board.rows["model"] == model) & (board.rows["method"] == method)]
            if mine.empty:
                continue
            task = board.choice.task
            parts.append(f"<h2>{escape(shown(task))}, {escape(shown(suite))}</h2>")
            parts += [_table(replace(board, rows=mine), scale=board.rows), _by_set(board, mine)]
            parts.append(_attacks(own[(own["suite"] == suite) & (own["task"] == task)]))
    runs = own[["run_id", "created_at", "verification", "revision", "licence"]].drop_duplicates()
    parts.append(f"<h2>Runs</h2>{_plain(runs.rename(columns={'run_id': 'run', 'created_at': 'received'}))}")
    return _page(whole, name_of(model, method), "".join(parts))


def _attacks(rows: pd.DataFrame) -> str:
    """Return the scores on average and worst copies at every degree, as a plain table that unfolds.

    Args:
        rows: of one model on one task.
    """
    rows = rows[rows["attack"].notna() & (rows["scope"] == "measurement") & (rows["degree"] > 0)]
    rows = rows[rows["aggregate"].isin(table.AGGREGATES)]
    if rows.empty:
        return ""
    rows = rows.sort_values(["attack", "tag", "dataset", "aggregate", "degree"])
    limits = [interval(low, high) for low, high in zip(rows["low"], rows["high"], strict=True)]
    changed = [percent(share) for share in rows["coverage"]]
    values = rows["value"].map(percent)
    cells = rows[["attack", "tag", "dataset", "aggregate", "degree"]].assign(
        value=values, interval=limits, n=rows["n"], changed=changed
    )
    return f"<details><summary>Under each attack</summary>{_plain(cells)}</details>"


def _plain(rows: pd.DataFrame) -> str:
    heads = "".join(f"<th scope=col>{escape(str(name))}</th>" for name in rows.columns)
    lines = (
        f"<tr>{''.join(f'<td>{escape(shown(str(cell)))}</td>' for cell in row)}</tr>"
        for row in rows.itertuples(index=False)
    )
    body = f"<thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody>"
    return f'<div class="scroll"><table class="plain">{body}</table></div>'


def _note(whole: _Whole, suite: str) -> str:
    note = stand_in_note(whole.site.menu, suite)
    return f"<p>{escape(note)}</p>" if note else ""


def _linked(rows: pd.DataFrame) -> board_html.Link:
    """Return what gives the address of a row's model by its label."""
    files = {
        label: _model_file(model, method)
        for label, model, method in rows[["label", *MODEL]].itertuples(index=False)
    }
    return lambda label: files[label]


def _model_file(model: str, method: str) -> str:
    return f"model-{file_of(model, method)}.html"


def _page(whole: _Whole, title: str, body: str, here: tuple[str, str] | None = None) -> str:
    several = len(whole.boards) > 1
    tabs = [f'<a href="{INDEX}">all tasks</a>']
    for (suite, task), address in whole.links.items():
        current = ' aria-current="page"' if (suite, task) == here else ""
        label = f"{shown(task)} ({shown(suite)})" if several else shown(task)
        tabs.append(f'<a href="{address}"{current}>{escape(label)}</a>')
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_CSS}{board_html.CSS}</style></head>\n"
        f"<body><header><p>{escape(TITLE)}</p><nav>{''.join(tabs)}</nav></header>\n"
        f"<main><h1>{escape(title)}</h1>\n{body}\n</main>\n"
        f"<footer>Snapshot {escape(whole.site.name)}, newest number of "
        f"{escape(whole.newest)}.</footer></body></html>\n"
    )
