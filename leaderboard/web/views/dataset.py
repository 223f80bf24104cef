"""One dataset: what was evaluated, and how every model does on it."""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from boss.errors import BossError
from boss.tasks import Task
from leaderboard.board.display import counts
from leaderboard.board.files import Shown, facts_of, newest_day
from leaderboard.board.site import Site
from leaderboard.board.table import AGGREGATES, DEGREE_TOLERANCE, ENDS, Choice, headline, labels
from leaderboard.examples.rows import CSS, Row, table_html
from leaderboard.examples.samples import answer_text
from leaderboard.stats.comparable import MODEL, contamination, odd, thin
from leaderboard.stats.compare import Side, read_side, rows_of
from leaderboard.store.cards import Card, card_of
from leaderboard.store.folder import Folders
from leaderboard.store.story import Event, events, submission_of
from leaderboard.text import distinct, escaped, interval, percent, shown
from leaderboard.web.links import anchors
from leaderboard.web.views.frame import show_facts, show_wide
from leaderboard.web.views.page import downloads, opened
from leaderboard.web.views.snapshot import link_to_table, page_link
from leaderboard.web.views.switches import choice as choose_one
from leaderboard.web.views.switches import choose
from leaderboard.web.views.texts import say_missing, texts
from robtest.plural import counted

INTRODUCTION = "One dataset, and how every model does on it, clean and under the chosen attack."


N_EXAMPLES = 5


def show(folders: Folders) -> None:
    """Show the page for the runs of ``folders``."""
    site = opened(folders, "One dataset", INTRODUCTION)
    if site is None:
        return
    choice = choose(site.menu)
    here = site.of_task(choice)
    here = here[here["scope"] == "measurement"]
    sets = here[["dataset", "role"]].drop_duplicates().sort_values(["role", "dataset"])
    dataset = choose_one("Dataset", list(sets["dataset"]))
    rows = here[here["dataset"] == dataset]
    card = card_of(choice.suite, dataset)
    senders = measured_by(rows, events(site.folders, site.snapshot))
    show_facts(about(rows, choice.definition, card, senders), "about")
    if card is not None and (source := anchors([card.source])):
        st.html(f"Its publisher, who is not of this project: {source}")
    st.header("How models do on it")
    table = results(rows, choice)
    text = printed(table)
    show_wide(text, "results")
    clean = table[table["clean"].notna()]
    if len(clean):
        top = clean.iloc[0]
        sentence = f"{top['label']} has the highest clean number, {percent(top['clean'])} "
        sentence += (
            f"[{interval(top['clean_low'], top['clean_high'])}]; {counted(len(clean), 'model')} "
            f"{'was' if len(clean) == 1 else 'were'} measured here."
        )
        st.caption(escaped(sentence))
    title = f"{dataset}: {choice.suite}, {choice.task}"
    data, of = table.drop(columns="label"), facts_of(choice, rows)
    downloads(Shown(data, text, title, newest_day(rows), site.name, of), "dataset", site)
    link_to_table(site)
    _examples(site, choice, rows)


def _examples(site: Site, choice: Choice, rows: pd.DataFrame) -> None:
    """Show some examples by id, with texts where the site shows them, out of the fullest run with answers."""
    clean = rows[rows["attack"].isna() & headline(rows, choice.definition.metric)]
    clean = clean.sort_values(["n", "created_at"], ascending=False, kind="stable")
    side = next(filter(None, (_side(site, row) for row in clean.to_dict("records"))), None)
    if side is None:
        return
    st.header("Examples")
    every = rows_of(side).sort_values("example_id", kind="stable")
    here = every.head(N_EXAMPLES)
    asked = texts(side, every)
    task = choice.definition
    shown_rows = []
    for example, label in here[["example_id", "label"]].itertuples(index=False):
        fields = asked.of(example, 0, 0.0)
        gold = answer_text(task, asked.labels.get(example, label), fields)
        shown_rows.append(Row(example, gold, fields, "", ()))
    st.html(f"<style>{CSS}</style>{table_html(shown_rows)}")
    say_missing(asked)
    query = {"suite": choice.suite, "task": choice.task, "dataset": str(rows["dataset"].iloc[0])}
    place = page_link("samples", **query)
    st.markdown(f"[All {counted(len(every), 'example')}, and what models said to them]({place})")


def _side(site: Site, row: dict[Hashable, Any]) -> Side | None:
    """Return the answers behind a clean number, None where the run has none to show."""
    try:
        return read_side(site.path(row["run"]), row["measurement"], row["metric"], "clean", None)
    except BossError:
        return None


def measured_by(rows: pd.DataFrame, decided: Sequence[Event]) -> str:
    """Return who sent the runs behind ``rows``, as text; runs of one's own have no sender."""
    senders = {name: decision.by for name, decision in decided if decision.action == "received"}
    by = Counter(senders.get(submission_of(run), "") for run in set(rows["run"]))
    named = [f"{shown(name)} ({counted(n, 'run')})" for name, n in by.most_common() if name]
    own = [f"runs of this site's own folder ({by['']})"] if by[""] else []
    return ", ".join([*named, *own])


def about(rows: pd.DataFrame, task: Task, card: Card | None, senders: str) -> pd.DataFrame:
    """Return what the project's configuration and the records say of one dataset, as text.

    Args:
        rows: its records; ``senders``: of them, see `measured_by`.
    """
    role = {"id": "in-distribution (ID): of the kind models are fitted on", "ood": "shifted (OOD)"}
    clean = rows[rows["attack"].isna()]
    versions = clean.groupby("data")["run"].nunique().sort_values(ascending=False)
    majority = clean["majority"].dropna()
    # Some numbers are of a part of the examples, such as the confidence in wrong answers.
    sizes = clean.groupby("run")["n"].max().value_counts().sort_index(ascending=False)
    lines = {"Dataset": shown(str(rows["dataset"].iloc[0])), "Role": role[str(rows["role"].iloc[0])]}
    if card is None:
        lines["Description"] = "none: it is no dataset of the project's suites; its senders may say more"
    else:
        lines |= {
            "Title": card.title,
            "Shift": card.shift,
            "Licence": card.licence,
            "Access": card.access,
            "Labels": ", ".join(card.labels) or ", ".join(task.labels),
            "How labels were made": card.label_mapping,
            "Overlap": card.overlap,
        }
    lines |= {
        "Examples (clean)": ", ".join(f"{n} ({counted(k, 'run')})" for n, k in sizes.items()) or "unknown",
        "Versions (sha256: runs)": ", ".join(f"{str(data)[:12]}: {n}" for data, n in versions.items())
        or "unknown",
        "Most common class": percent(majority.iloc[0]) if len(set(majority)) == 1 else "–",
        "Recall only": "yes: all examples have one class" if rows["recall_only"].any() else "no",
        "Attacks": ", ".join(shown(name) for name in sorted(set(rows["attack"].dropna()))) or "none",
        "Measured by": senders,
    }
    lines = {head: text for head, text in lines.items() if text}
    return pd.DataFrame({"": list(lines), "What is known": list(lines.values())})


def results(rows: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Return one row per model, the best clean number first.

    Columns: ``label``, `MODEL`, and for ``clean`` and each of `AGGREGATES` at the chosen degree the value,
    its ``_low``, ``_high``, ``_n`` and ``_coverage``; ``notes`` where a model may have learnt from it, was
    measured on other data than most, or few of the texts were changed.
    """
    task = choice.definition
    recall = bool(rows["recall_only"].any())
    attacked = (rows["attack"] == choice.attack) & (rows["tag"] == choice.tag)
    attacked &= (rows["degree"] - (choice.degree or 0.0)).abs() < DEGREE_TOLERANCE
    metric = {"clean": task.metric, **dict.fromkeys(AGGREGATES, task.attacked_metric)}
    table = rows[MODEL].drop_duplicates().sort_values(MODEL, ignore_index=True)
    table.insert(0, "label", labels(table))
    chosen = []
    for aggregate, name in metric.items():
        part = rows[(rows["aggregate"] == aggregate) & (rows["metric"] == ("recall" if recall else name))]
        part = part[part["attack"].isna() if aggregate == "clean" else attacked.reindex(part.index)]
        part = part.drop_duplicates(MODEL)
        chosen.append(part)
        names = {key: aggregate + end for key, end in ENDS.items()}
        table = table.merge(part[[*MODEL, *names]].rename(columns=names), on=MODEL, how="left")
    shown_rows = pd.concat(chosen)
    reasons = pd.concat([contamination(shown_rows), odd(shown_rows), thin(shown_rows)]).rename("notes")
    remarks = shown_rows[MODEL].join(reasons, how="inner")
    notes = remarks.groupby(MODEL)["notes"].agg(lambda texts: "; ".join(dict.fromkeys(texts)))
    table = table.merge(notes.reset_index(), on=MODEL, how="left").fillna({"notes": ""})
    return table.sort_values("clean", ascending=False, na_position="last", kind="stable", ignore_index=True)


def printed(table: pd.DataFrame) -> pd.DataFrame:
    """Return `results` as text."""
    text = {"Model": distinct([str(label) for label in table["label"]])}
    for aggregate in ("clean", *AGGREGATES):
        if table[aggregate].notna().any():
            text["Clean" if aggregate == "clean" else f"{aggregate.capitalize()} copy"] = [
                _cell(row, aggregate) for _, row in table.iterrows()
            ]
    if (table["notes"] != "").any():
        text["Notes"] = list(table["notes"])
    return pd.DataFrame(text)


def _cell(row: pd.Series, aggregate: str) -> str:
    if pd.isna(row[aggregate]):
        return "–"
    limits = interval(row[f"{aggregate}_low"], row[f"{aggregate}_high"])
    n = counts(row[f"{aggregate}_n"], row[f"{aggregate}_coverage"])
    return f"{percent(row[aggregate])} [{limits}] ({n})"
