"""One dataset: what was evaluated, and how every model does on it."""

import pandas as pd
import streamlit as st

from leaderboard.board.display import counts, for_markdown
from leaderboard.board.files import Shown
from leaderboard.board.table import AGGREGATES, DEGREE_TOLERANCE, ESTIMATE, Choice, labels
from leaderboard.stats.comparable import MODEL, contamination, odd, thin
from leaderboard.store.folder import Folders
from leaderboard.text import distinct, escaped, interval, percent, shown
from leaderboard.web.views.page import downloads, newest_day, opened
from leaderboard.web.views.snapshot import link_to_table
from leaderboard.web.views.switches import choice as choose_one
from leaderboard.web.views.switches import choose
from robtest.plural import counted

INTRODUCTION = "One dataset, and how every model does on it, clean and under the chosen attack."


def show(folders: Folders) -> None:
    """Show the page for the runs of ``folders``."""
    site = opened(folders, "One dataset", INTRODUCTION)
    if site is None:
        return
    choice = choose(site.rows)
    here = site.rows[(site.rows["suite"] == choice.suite) & (site.rows["task"] == choice.task)]
    here = here[here["scope"] == "measurement"]
    sets = here[["dataset", "role"]].drop_duplicates().sort_values(["role", "dataset"])
    dataset = choose_one("Dataset", list(sets["dataset"]))
    rows = here[here["dataset"] == dataset]
    st.table(for_markdown(about(rows)), hide_index=True)
    table = results(rows, choice)
    text = printed(table)
    st.table(for_markdown(text), hide_index=True)
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
    downloads(Shown(table.drop(columns="label"), text, title, newest_day(rows), site.name), "dataset")
    link_to_table(site)


def about(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what the records of one dataset say of it, as text."""
    role = {"id": "in-distribution (ID): of the kind models are fitted on", "ood": "shifted (OOD)"}
    clean = rows[rows["attack"].isna()]
    versions = clean.groupby("data")["run"].nunique().sort_values(ascending=False)
    majority = clean["majority"].dropna()
    # Some numbers are of a part of the examples, such as the confidence in wrong answers.
    sizes = sorted(set(clean.groupby("run")["n"].max()))
    lines = {
        "Dataset": shown(str(rows["dataset"].iloc[0])),
        "Role": role[str(rows["role"].iloc[0])],
        "Examples (clean)": ", ".join(map(str, sizes)) or "unknown",
        "Versions (sha256: runs)": ", ".join(f"{str(data)[:12]}: {n}" for data, n in versions.items())
        or "unknown",
        "Most common class": percent(majority.iloc[0]) if len(set(majority)) == 1 else "–",
        "Recall only": "yes: all examples have one class" if rows["recall_only"].any() else "no",
        "Attacks": ", ".join(shown(name) for name in sorted(set(rows["attack"].dropna()))) or "none",
    }
    return pd.DataFrame({"": list(lines), "What the runs say": list(lines.values())})


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
    ends = {"value": "", **{name: f"_{name}" for name in ESTIMATE[1:]}}
    chosen = []
    for aggregate, name in metric.items():
        part = rows[(rows["aggregate"] == aggregate) & (rows["metric"] == ("recall" if recall else name))]
        part = part[part["attack"].isna() if aggregate == "clean" else attacked.reindex(part.index)]
        part = part.drop_duplicates(MODEL)
        chosen.append(part)
        names = {key: aggregate + end for key, end in ends.items()}
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
