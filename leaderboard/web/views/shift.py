"""ID against OOD: what a shift costs, and who loses less than models usually do."""

import pandas as pd
import streamlit as st

from leaderboard.board import table
from leaderboard.board.display import for_markdown
from leaderboard.board.ranking import rankable
from leaderboard.stats.fit import LEAST, Fit, fit
from leaderboard.store.folder import Folders
from leaderboard.text import escaped, interval, percent, shown
from leaderboard.web.charts.scatter import scatter, scatter_sentence
from leaderboard.web.views.page import chart, opened, pick
from leaderboard.web.views.switches import choose_task, models_to_draw, several
from robtest.plural import counted

INTRODUCTION = (
    "Models that are better on their own data are usually better on shifted data, too. The question is who "
    "is better there **than its ID number promises**: that is effective robustness."
)
BASELINES = ("default", "finetune", "linear_probe")
"""Methods that fit a model to the task and do nothing for its robustness."""
WIDTH = 820


def show(folders: Folders) -> None:
    """Show the page for the runs of ``folders``."""
    site = opened(folders, "ID against OOD", INTRODUCTION)
    if site is None:
        return
    choice = choose_task(site.rows)
    board = site.board(choice)
    both = board[rankable(board, "id") & rankable(board, "ood_mean")]
    names = models_to_draw(list(board["label"]))
    methods = sorted(set(both["method"]))
    default = [method for method in methods if method in BASELINES]
    chosen = several("Baselines are the models made by", methods, default=default)
    baselines = both[both["method"].isin(chosen)]
    line = fit(baselines["id"].to_numpy(float), baselines["ood_mean"].to_numpy(float))
    drawn = both[both["label"].isin(names)]
    if drawn.empty:
        st.caption("No chosen model has both numbers, on the same data as the others.")
    else:
        majority = table.majority(site.rows, choice)
        picture = scatter(drawn, majority, names, line)
        sentence = scatter_sentence(drawn, majority, line)
        numbers = _numbers(drawn)
        chart(lambda alt: st.altair_chart(picture, width=WIDTH, alt=alt), sentence, numbers)
    _robustness(both, line, len(baselines), pick(list(both["label"]), names))


def _numbers(drawn: pd.DataFrame) -> pd.DataFrame:
    text = {
        head: [
            f"{percent(row[key])} [{interval(row[f'{key}_low'], row[f'{key}_high'])}]"
            for _, row in drawn.iterrows()
        ]
        for key, head in (("id", "ID"), ("ood_mean", "OOD mean"))
    }
    return pd.DataFrame({"Model": drawn["label"], **text})


def _robustness(both: pd.DataFrame, line: Fit | None, n: int, names: list[str]) -> None:
    st.header("Effective and relative robustness")
    if line is None:
        text = (
            f"Effective robustness is withheld: {counted(n, 'baseline')} "
            f"{'is' if n == 1 else 'are'} on this board, a line needs {LEAST} with "
            "different ID numbers."
        )
        st.info(escaped(text))
    rows = robustness(both, line)
    st.table(for_markdown(rows[rows["Model"].isin(names)]), hide_index=True)
    text = (
        "Effective: OOD mean less what the baselines' line expects at this ID, in points. It is a claim only "
    )
    text += "outside the band. Relative: OOD mean less that of the same model made by a baseline method."
    st.caption(escaped(text))


def robustness(both: pd.DataFrame, line: Fit | None) -> pd.DataFrame:
    """Return effective and relative robustness of every row as text; a dash where there is none.

    Args:
        both: rows of the board with ID and OOD mean, and a column ``label``.
    """
    plain = both[both["method"].isin(BASELINES)].drop_duplicates("model").set_index("model")["ood_mean"]
    rows = []
    for _, row in both.iterrows():
        effective, band, claim = "–", "–", "withheld"
        if line is not None:
            middle, low, high = (float(part[0]) for part in line.expected([row["id"]]))
            effective = f"{100 * (row['ood_mean'] - middle):+.1f}"
            band = f"{100 * (low - middle):+.1f} to {100 * (high - middle):+.1f}"
            claim = "above the band" if row["ood_mean"] > high else "inside the band"
            claim = "below the band" if row["ood_mean"] < low else claim
        base = None if row["method"] in BASELINES else plain.get(row["model"])
        rows.append(
            {
                "Model": row["label"],
                "Method": shown(row["method"]),
                "Effective": effective,
                "Band": band,
                "Says": claim,
                "Relative": "–" if base is None else f"{100 * (row['ood_mean'] - base):+.1f}",
            }
        )
    return pd.DataFrame(rows, columns=["Model", "Method", "Effective", "Band", "Says", "Relative"])
