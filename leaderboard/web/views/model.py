"""One model: what it is, every number it has, and the runs they come from."""

import json
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from boss.errors import BossError, ResultError
from boss.results.schema import LEAST_COVERAGE, ROUNDING
from boss.results.store import read_manifest
from leaderboard.board.display import MARK
from leaderboard.board.files import Shown, facts_of
from leaderboard.board.filters import facts
from leaderboard.board.past import of_runs
from leaderboard.board.profile import ATTACKED, profile
from leaderboard.board.site import Site
from leaderboard.board.table import Choice, labels
from leaderboard.stats.comparable import MODEL
from leaderboard.store.folder import Folders
from leaderboard.store.records import TOUCHED, task_of, task_place
from leaderboard.store.story import declaration_of, events, submission_of
from leaderboard.submission.declaration import EXPOSURES, Declaration
from leaderboard.text import escaped, interval, pathless, percent, said, shown
from leaderboard.web.charts.profile import profile_chart, profile_sentence, profile_table
from leaderboard.web.links import anchors
from leaderboard.web.views.frame import draw_narrow, show_facts
from leaderboard.web.views.page import chart, downloads, opened
from leaderboard.web.views.snapshot import link_to_table
from leaderboard.web.views.switches import DEGREE
from leaderboard.web.views.switches import choice as choose_one
from robtest.plural import counted

INTRODUCTION = (
    "What a model is, how it does beside the others, every number of it, and what became of its runs."
)
NUMBERS = [
    "suite",
    "task",
    "dataset",
    "role",
    "attack",
    "tag",
    "degree",
    "metric",
    "aggregate",
    "value",
    "low",
    "high",
    "n",
    "n_failed",
    "n_truncated",
    "rounding",
    "coverage",
    *TOUCHED,
    "run",
]
ABOUT_ATTACKED = (
    "changed: the share of the examples that the attack could change; the others keep their clean answer. "
    f"{MARK}: less than half, so the number says little of the attack and is ranked nowhere. on these: the "
    f"number on the changed ones alone. Degrees are {ROUNDING['down']}; with up behind them, "
    f"{ROUNDING['up']}."
)
_NOTES = 500
"""Letters of a sender's own words that are shown."""
_ROOM_FOR_INTERVAL = 190
"""Width in pixels of a number with its interval and n."""
HEADLINES = ("clean", "average", "worst", "area_average", "area_worst")


def show(folders: Folders) -> None:
    """Show the page for the runs of ``folders``."""
    site = opened(folders, "One model", INTRODUCTION)
    if site is None:
        return
    first, second, third = st.columns([2, 1, 1])
    with first:
        label, model, method = _model(site)
    rows = site.of_model(model, method)
    with second:
        suite = choose_one("Suite", sorted(set(rows["suite"])))
    here = rows[rows["suite"] == suite]
    with third:
        task = choose_one("Task", sorted(set(here["task"]), key=task_place))
    here = here[here["task"] == task]
    _profile(site, here, label, model, method)
    st.header("What is known of it")
    declarations = _declarations(site, sorted(set(rows["run"])))
    show_facts(about(rows, declarations), "about")
    links = anchors(text for declared in declarations for text in _words(declared))
    if links:
        st.html(f"Links that its sender gave, which lead away from here:<br>{links}")
    st.header(escaped(f"Numbers: {suite}, {task}"))
    table = here[here["aggregate"].isin(HEADLINES)][NUMBERS].reset_index(drop=True)
    text = numbers(table)
    wide = {"on these": st.column_config.TextColumn(width=_ROOM_FOR_INTERVAL)}
    st.dataframe(text, hide_index=True, lazy=False, key="numbers", column_config=wide)
    if here["attack"].notna().any():
        st.caption(escaped(ABOUT_ATTACKED))
    days = str(rows["created_at"].max())[:10]
    of = {**facts_of(Choice(suite, task), here), "attack": "as each row says"}
    downloads(Shown(table, text, f"{label}: {suite}, {task}", days, site.name, of), "model", site)
    link_to_table(site)
    every = site.of_model(model, method, every=True)
    _runs(site, rows, every)
    _history(site, every)


def _model(site: Site) -> tuple[str, str, str]:
    """Let a model be chosen; return its label, its id and its method.

    A model may have another label on a board of one task, where it stands with one method only: an address
    from there is understood. At first it is the best of the board that the address names.
    """
    models = site.menu[MODEL].drop_duplicates().sort_values(MODEL, ignore_index=True)
    models["label"] = labels(models)
    names = list(models["label"])
    suite, task = (st.query_params.get(name, "") for name in ("suite", "task"))
    index = 0
    if ((site.menu["suite"] == suite) & (site.menu["task"] == task)).any():
        board = site.board(Choice(suite, task)).merge(models, on=MODEL, suffixes=("_here", ""))
        index = names.index(board["label"].iloc[0])
        asked = st.query_params.get("model")
        if asked is not None and asked not in names and asked in set(board["label_here"]):
            st.query_params["model"] = board.loc[board["label_here"] == asked, "label"].iloc[0]
    label = choose_one("Model", names, index=index)
    model, method = models.loc[models["label"] == label, MODEL].iloc[0]
    return label, str(model), str(method)


def _declarations(site: Site, runs: list[str]) -> list[Declaration]:
    """Return what the senders of the runs declared, each once; say where it cannot be read."""
    found: dict[Declaration, None] = {}
    for run in runs:
        if not submission_of(run):
            continue
        try:
            declared = declaration_of(site.path(run))
        except BossError as error:
            st.warning(said(error))
            continue
        if declared is not None:
            found[declared] = None
    return list(found)


def _words(declared: Declaration) -> list[str]:
    """Return all in a declaration that may hold an address."""
    named = (*declared.training_data, *declared.external_data)
    return [declared.contact, declared.licence, declared.notes, *named]


def about(rows: pd.DataFrame, declarations: Sequence[Declaration] = ()) -> pd.DataFrame:
    """Return what the records of one model, and its senders, say of it, as text."""
    model_facts = facts(rows).iloc[0]
    n = model_facts["n_parameters"]

    def values_of(column: str) -> str:
        return ", ".join(shown(value) for value in sorted(set(rows[column].dropna())))

    training = sorted({name for text in set(rows["training"]) for name in json.loads(text)})
    lines = {
        "Model": values_of("model"),
        "Method": values_of("method"),
        "Kind": values_of("adapter"),
        "Revision": values_of("revision"),
        "Parameters": "unknown" if pd.isna(n) else f"{n:,.0f}",
        "Licence": values_of("licence"),
        "Fitted on": values_of("finetuned_on"),
        "Other training data": ", ".join(shown(name) for name in training) or "none",
        "Verification": model_facts["verification"],
        "Newest number": model_facts["measured"],
    }
    for i, declared in enumerate(declarations, 1):
        number = f" {i}" if len(declarations) > 1 else ""
        lines |= {
            f"Sender{number}": shown(declared.submitter),
            f"Declared training data{number}": _named(declared.training_data),
            f"Declared other data{number}": _named(declared.external_data),
            f"Saw of the OOD data{number}": f"{declared.ood_exposure}: {EXPOSURES[declared.ood_exposure]}",
            f"Licence of its answers{number}": shown(declared.licence),
            f"Sender's notes{number}": shown(declared.notes, _NOTES) or "none",
        }
    return pd.DataFrame({"": list(lines), "What is said": list(lines.values())})


def _named(names: Sequence[str]) -> str:
    return ", ".join(shown(name, _NOTES) for name in names) or "none"


def _profile(site: Site, here: pd.DataFrame, label: str, model: str, method: str) -> None:
    """Show the model on each dataset and under each attack, beside the median of the board."""
    suite, task = str(here["suite"].iloc[0]), str(here["task"].iloc[0])
    rows = site.of_task(Choice(suite, task))
    degrees = rows.loc[rows["attack"].notna() & (rows["degree"] > 0), "degree"].unique().tolist()
    degree = min(degrees, key=lambda d: abs(d - DEGREE)) if degrees else None
    choice = Choice(suite, task, degree=degree, own_task=task_of(rows))
    table = profile(rows, choice, model, method)
    if table.empty:
        return
    st.header("Profile")
    attacked = table["group"] == ATTACKED
    under = f"average copy at degree {degree:g}, mean over the sets" if attacked.any() else ""
    picture = profile_chart(table)
    sentence = profile_sentence(table, label, under)
    chart(lambda alt: draw_narrow(picture, alt), sentence, profile_table(table))


def numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of a model as they are printed."""
    intervals = [interval(low, high) for low, high in zip(table["low"], table["high"], strict=True)]
    apart = ["suite", "task", "low", "high", "rounding", "coverage", *TOUCHED]
    up = [" up" if rounding == "up" else "" for rounding in table["rounding"]]
    text = table.drop(columns=apart).assign(
        value=[percent(value) for value in table["value"]],
        degree=[
            "" if pd.isna(degree) else f"{degree:g}{rounded}"
            for degree, rounded in zip(table["degree"], up, strict=True)
        ],
    )
    if table["coverage"].notna().any():
        place = list(text.columns).index("n") + 1
        text.insert(place, "changed", [_share(coverage) for coverage in table["coverage"]])
        text.insert(place + 1, "on these", [_on_these(*row) for row in table[list(TOUCHED)].to_numpy()])
    text.insert(list(text.columns).index("value") + 1, "interval", intervals)
    for name in ("dataset", "attack", "tag", "run"):
        text[name] = ["" if pd.isna(value) else shown(value) for value in text[name]]
    return text


def _share(coverage: float) -> str:
    few = f" {MARK}" if coverage < LEAST_COVERAGE else ""
    return "" if pd.isna(coverage) else f"{percent(coverage)} %{few}"


def _on_these(value: float, low: float, high: float, n: float) -> str:
    return "" if pd.isna(value) else f"{percent(value)} [{interval(low, high)}] (n {n:.0f})"


def _runs(site: Site, rows: pd.DataFrame, every: pd.DataFrame) -> None:
    st.header("Runs")
    used = sorted(set(rows["run"]))
    for name in used:
        measurements = rows.loc[rows["run"] == name, "measurement"].nunique()
        st.caption(
            escaped(
                f"{name}: {counted(measurements, 'measurement')} "
                f"{'stands' if measurements == 1 else 'stand'} on the board. It was measured by"
            )
        )
        try:
            command = pathless(read_manifest(site.path(name)).command)
            st.code(command, language=None, wrap_lines=True)
        except ResultError as error:
            st.code(pathless(str(error), site.path(name)), language=None, wrap_lines=True)
    older = sorted(set(every["run"]) - set(used))
    if older:
        text = "Not on the board, as a fuller or newer run of the model replaces them: "
        st.caption(escaped(text + ", ".join(shown(name) for name in older)))


def _history(site: Site, every: pd.DataFrame) -> None:
    """Say what was received, decided and checked of the model's runs, and when its own runs were made."""
    st.header("History")
    show_facts(of_runs(every, events(site.folders, site.snapshot)), "history")
