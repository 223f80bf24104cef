"""Single examples: what several models said to each, and the texts that they were asked about."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from boss.errors import ResultError
from boss.tasks import Task
from leaderboard.board.display import for_markdown
from leaderboard.board.site import Site
from leaderboard.board.table import Choice
from leaderboard.examples.pairs import numbers_of
from leaderboard.examples.samples import (
    SHOW,
    Sampled,
    answer_text,
    copies,
    listed_of,
    mark,
    sampled,
    table_of,
)
from leaderboard.stats.comparable import MODEL, odd
from leaderboard.stats.compare import Side, read_side
from leaderboard.store.folder import Folders
from leaderboard.text import escaped, percent, said, shown
from leaderboard.web.views.page import opened
from leaderboard.web.views.snapshot import page_link
from leaderboard.web.views.switches import choice as choose_one
from leaderboard.web.views.switches import choose, several
from leaderboard.web.views.texts import Answered, clean_of, show_texts, texts
from robtest.plural import counted

INTRODUCTION = (
    "Single examples and what the models said to them, clean or under the chosen attack. An answer is "
    "**✓ right** or **✗ wrong** as a whole: of tags and spans, all must be right."
)
CLEAN, WORST = "clean", "worst copy"
EVERY_LABEL = "every label"
FIRST = 3
"""Models that are shown at first."""
PAGE = 20


def show(folders: Folders) -> None:
    """Show the page for the runs of ``folders``."""
    site = opened(folders, "Samples", INTRODUCTION)
    if site is None:
        return
    choice = choose(site.menu)
    task = choice.definition
    here, text = _place(site, choice)
    models = _models(site, choice, here, text)
    if not models:
        st.info("No model with answers is chosen here.")
        return
    variant = int(text.split()[1]) - 1 if text not in (CLEAN, WORST) else None
    degree = None if text == CLEAN else choice.degree
    has_labels = task.kind == "classification"
    switches = st.columns(4 if has_labels else 3)
    table = _filtered(table_of(models, degree, variant), len(models), has_labels, switches)
    if table.empty:
        st.caption("There is no such example.")
        return
    with switches[-1]:
        part = _page(table)
    _list(table, part, models, task)
    _example(table, models, task)
    _links(models, choice)


def _place(site: Site, choice: Choice) -> tuple[pd.DataFrame, str]:
    """Let a dataset and clean or perturbed texts be chosen; return their numbers and which texts."""
    clean = numbers_of(site.of_task(choice), choice, "clean")
    under = numbers_of(site.of_task(choice), choice, "worst") if choice.attack else clean.iloc[:0]
    both = pd.concat([clean, under])
    names = list(dict.fromkeys(both.sort_values(["role", "dataset"])["dataset"]))
    first, second = st.columns(2)
    with first:
        dataset = choose_one("Dataset", names)
    clean, under = (rows[rows["dataset"] == dataset] for rows in (clean, under))
    usual = under.drop(index=odd(under).index)["n_variants"] if len(under) else under["n_variants"]
    options = [*([CLEAN] if len(clean) else []), *([WORST, *copies(usual)] if len(under) else [])]
    with second:
        text = choose_one("Text", options, help="The worst copy: the first that the model gets wrong.")
    return (clean if text == CLEAN else under), text


def _models(site: Site, choice: Choice, here: pd.DataFrame, text: str) -> list[Sampled]:
    """Let models be chosen; return those whose answers may stand side by side, and say why others may not."""
    named = here.merge(site.board(choice)[["label", *MODEL]], on=MODEL).drop_duplicates("label")
    labels = [label for label in site.board(choice)["label"] if label in set(named["label"])]
    selection = several("Models", labels, default=labels[:FIRST])
    numbers = named.set_index("label")
    odd_ones = odd(named)
    others = dict(zip(named.loc[odd_ones.index, "label"], odd_ones, strict=True))
    sides = []
    for label in selection:
        if label in others:
            st.warning(escaped(f"{label} is left out: {others[label]}"))
            continue
        row = numbers.loc[label]
        degree = None if text == CLEAN else choice.degree
        what = str(row["measurement"]), str(row["metric"]), str(row["aggregate"])
        try:
            sides.append((label, _side(site, site.stamp, str(row["run"]), *what, degree)))
        except ResultError as error:
            st.warning(said(f"{label} is left out: {error}", site.path(str(row["run"]))))
    models, reasons = sampled(sides)
    for reason in reasons:
        st.warning(escaped(reason))
    return models


@st.cache_resource(show_spinner="Reading answers…", max_entries=64)
def _side(
    _site: Site,
    stamp: str,
    run: str,
    measurement: str,
    metric: str,
    aggregate: str,
    degree: float | None,
) -> Side:
    """Read a model's answers once; ``stamp`` is the key of the state, so that changed runs are read again."""
    return read_side(_site.path(run), measurement, metric, aggregate, degree)


def _filtered(
    table: pd.DataFrame, n: int, has_labels: bool, switches: Sequence[DeltaGenerator]
) -> pd.DataFrame:
    """Show the filters over the examples; return those that are left."""
    with switches[0]:
        kind = choose_one("Show", SHOW, help="Some wrong: by one model at least.")
    label = None
    if has_labels:
        with switches[1]:
            chosen = choose_one("Gold", [EVERY_LABEL, *sorted(set(table["label"]))])
            label = None if chosen == EVERY_LABEL else chosen
    words = switches[-2].text_input("Id", key="id", bind="query-params", placeholder="a part of the id")
    return listed_of(table, n, kind, label, words or "")


def _page(table: pd.DataFrame) -> pd.DataFrame:
    """Let a page be chosen; return its part of the examples."""
    n_pages = -(-len(table) // PAGE)
    page = int(choose_one(f"Page of {n_pages}", [str(page) for page in range(1, n_pages + 1)]))
    return table.iloc[(page - 1) * PAGE :][:PAGE]


def _list(table: pd.DataFrame, part: pd.DataFrame, models: Sequence[Sampled], task: Task) -> None:
    """Show a page of the examples."""
    columns: dict[str, object] = {
        "Example": part["example_id"].map(shown),
        "Gold": [answer_text(task, label) for label in part["label"]],
    }
    heads = [shown(model.label) for model in models]
    for i, head in enumerate(heads):
        pairs = zip(part[f"right_{i}"], part[f"answer_{i}"], strict=True)
        columns[head] = [mark(right, answer_text(task, answer)) for right, answer in pairs]
    columns["Right"] = [f"{n} of {len(models)}" for n in part["n_right"]]
    st.table(for_markdown(pd.DataFrame(columns)), hide_index=True)
    shares = (f"{head}: {int(table[f'right_{i}'].sum())} right" for i, head in enumerate(heads))
    st.caption(
        escaped(
            f"{counted(len(table), 'example')} {'is' if len(table) == 1 else 'are'} "
            f"listed. {', '.join(shares)}."
        )
    )


def _example(table: pd.DataFrame, models: Sequence[Sampled], task: Task) -> None:
    """Show one example in full: its texts, and each model's answer to it."""
    name = choose_one("Example", list(table["example_id"]))
    row = table[table["example_id"] == name].iloc[0]
    st.header(escaped(f"Example {shown(name)}"))
    answered = [
        Answered(model.label, texts(model.side, model.rows), row[f"variant_{i}"], row[f"degree_{i}"])
        for i, model in enumerate(models)
    ]
    fields = clean_of(name, answered)
    gold = answer_text(task, answered[0].texts.labels.get(name, row["label"]), fields)
    st.markdown(f"Gold: **{escaped(gold)}**. Right: {row['n_right']} of {counted(len(models), 'model')}.")
    show_texts(name, answered)
    pairs = zip(models, answered, strict=True)
    lines = pd.DataFrame([_answer(name, model, which, task, fields) for model, which in pairs])
    st.table(for_markdown(lines.fillna("–")), hide_index=True)


def _answer(
    example: str, model: Sampled, answered: Answered, task: Task, fields: Mapping[str, str]
) -> dict[str, str]:
    """Return one model's answer to an example as a row of text."""
    key = {"example_id": example, "variant": answered.variant, "degree": answered.degree}
    own = model.rows[(model.rows[list(key)] == list(key.values())).all(axis=1)].iloc[0]
    line = {
        "Model": shown(model.label),
        "Answer": mark(own["right"], answer_text(task, own["prediction"], fields)),
        "Text": answered.which,
    }
    if answered.degree > 0:
        line["Realised degree"] = f"{own['distance']:.3g}"
    if own["probs"] is not None:
        labels = model.side.record.measurement.labels
        line |= {
            f"P({shown(label)}) in %": percent(p) for label, p in zip(labels, own["probs"], strict=False)
        }
    notes = {
        "cut to the model's length": own["truncated"],
        "no edit fitted": own["unperturbable"],
        f"failed: {shown(str(own['error']))}": isinstance(own["error"], str),
    }
    holding = [note for note, holds in notes.items() if holds]
    return {**line, "Notes": ", ".join(holding)} if holding else line


def _links(models: Sequence[Sampled], choice: Choice) -> None:
    """Link to the models' own pages, and to the comparison of the first two on this dataset."""
    links = [f"[{escaped(m.label)}]({page_link('model', model=shown(m.label))})" for m in models]
    if len(models) > 1:
        record = models[0].side.record
        parameters = {
            "suite": choice.suite,
            "task": choice.task,
            "attack": choice.attack,
            "tag": choice.tag,
            "degree": None if choice.degree is None else f"{choice.degree:g}",
            "a": models[0].label,
            "b": models[1].label,
            "copies": record.score.aggregate,
            "dataset": record.measurement.dataset,
        }
        query = {key: shown(value) for key, value in parameters.items() if value}
        links.append(f"[Compare the first two]({page_link('compare', **query)})")
    st.markdown("Open: " + " · ".join(links))
