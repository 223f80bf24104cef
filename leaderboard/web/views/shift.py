"""ID against OOD: what a shift costs, and who loses less than models usually do."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from leaderboard.board import table
from leaderboard.board.columns import MEASURES
from leaderboard.board.display import for_markdown
from leaderboard.board.ranking import Samples, rankable
from leaderboard.board.site import Site
from leaderboard.board.table import Choice
from leaderboard.stats.compare import sampled_difference
from leaderboard.stats.fit import LEAST, Fit, fit
from leaderboard.stats.values import Sample
from leaderboard.store.folder import Folders
from leaderboard.text import escaped, interval, listed, percent, shown
from leaderboard.web.charts.scatter import scatter, scatter_sentence
from leaderboard.web.views.compare import points
from leaderboard.web.views.frame import draw
from leaderboard.web.views.page import chart, opened
from leaderboard.web.views.switches import choose_task, models_to_draw, several
from robtest.plural import counted

INTRODUCTION = (
    "Models that are better on their own data are usually better on shifted data, too. The question is who "
    "is better there **than its ID number promises**: that is effective robustness."
)
BASELINES = ("default", "finetune", "linear_probe")
"""Methods that fit a model to the task and do nothing for its robustness."""
PLAIN = "finetune"
"""All weights trained on the task, and nothing else: what relative robustness is measured against."""
_EQUAL = 1e-6
"""How close stored answers come to the number shown."""


def show(folders: Folders) -> None:
    """Show the page for the runs of ``folders``."""
    site = opened(folders, "ID against OOD", INTRODUCTION)
    if site is None:
        return
    choice = choose_task(site.menu)
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
        majority = table.majority(site.of_task(choice), choice)
        picture = scatter(drawn, majority, names, line)
        sentence = scatter_sentence(drawn, majority, line)
        chart(lambda alt: draw(picture, alt, "scatter"), sentence, _numbers(drawn))
    _robustness(site, choice, both, baselines, line)


def _numbers(drawn: pd.DataFrame) -> pd.DataFrame:
    text = {
        head: [
            f"{percent(row[key])} [{interval(row[f'{key}_low'], row[f'{key}_high'])}]"
            for _, row in drawn.iterrows()
        ]
        for key, head in (("id", "ID"), ("ood_mean", "OOD mean"))
    }
    return pd.DataFrame({"Model": drawn["label"], **text})


def _robustness(
    site: Site, choice: Choice, both: pd.DataFrame, baselines: pd.DataFrame, line: Fit | None
) -> None:
    st.header("Effective and relative robustness")
    measure = next(measure for measure in MEASURES if measure.key == "ood_mean")
    rows = robustness(both, line, site.samples(choice, measure))
    if rows.shape[1] > len(NAMES):
        st.table(for_markdown(rows), hide_index=True)
    said = [EFFECTIVE] if line is not None else []
    said += [RELATIVE] if "Relative" in rows else []
    if said:
        st.caption(escaped(" ".join(said)))
    for sentence in unlocks(both, baselines, line, choice.task):
        st.info(escaped(sentence))


NAMES = ["Model", "Method"]
EFFECTIVE = (
    "Effective: OOD mean less what the baselines' line expects at this ID, in points; a claim only outside "
    "the band."
)
RELATIVE = (
    f"Relative: OOD mean less that of the same model plainly fine-tuned (method {PLAIN}), in points; paired "
    "bootstrap."
)


def robustness(both: pd.DataFrame, line: Fit | None, samples: Samples) -> pd.DataFrame:
    """Return effective and relative robustness as text: the columns, and the rows, that have something.

    Args:
        both: rows of the board with ID and OOD mean, and a column ``label``.
        samples: of the OOD mean (`leaderboard.board.site.Site.samples`), for the intervals.
    """
    plain = both[both["method"] == PLAIN].set_index("model")["ood_mean"]
    rows = []
    for _, row in both.iterrows():
        said = {"Model": row["label"], "Method": shown(row["method"])}
        if line is not None:
            said |= _effective(row, line)
        if row["method"] != PLAIN and row["model"] in plain:
            pair = [samples.get((row["model"], method), "") for method in (row["method"], PLAIN)]
            said["Relative"] = _relative(row["ood_mean"] - plain[row["model"]], *pair)
        if len(said) > len(NAMES):
            rows.append(said)
    heads = [*NAMES, *(["Effective", "Band", "Says"] if line is not None else [])]
    heads += ["Relative"] if any("Relative" in row for row in rows) else []
    return pd.DataFrame(rows, columns=heads).fillna("–")


def _effective(row: pd.Series, line: Fit) -> dict[str, str]:
    middle, low, high = (float(part[0]) for part in line.expected([row["id"]]))
    claim = "above the band" if row["ood_mean"] > high else "inside the band"
    return {
        "Effective": f"{100 * (row['ood_mean'] - middle):+.1f}",
        "Band": f"{100 * (low - middle):+.1f} to {100 * (high - middle):+.1f}",
        "Says": "below the band" if row["ood_mean"] < low else claim,
    }


def _relative(difference: float, own: Sequence[Sample] | str, plain: Sequence[Sample] | str) -> str:
    """Return the difference, with an interval where both models' answers are at hand and make it."""
    if not isinstance(own, str) and not isinstance(plain, str):
        found = sampled_difference(own, plain)
        if found is not None and abs(found[0] - difference) < _EQUAL:
            return points(*found)
    return f"{100 * difference:+.1f}"


def unlocks(both: pd.DataFrame, baselines: pd.DataFrame, line: Fit | None, task: str) -> list[str]:
    """Say what has to be measured for the numbers that are not there; nothing where both are.

    Args:
        both: as for `robustness`; ``baselines``: those of its rows that the line is fitted on.
    """
    sentences = []
    command = f"python -m boss.eval model=NAME method={PLAIN} task={shown(task)}"
    n, different = len(baselines), baselines["id"].nunique()
    if line is None:
        here = f": {listed(list(baselines['label']))}" if n else ""
        enough = n >= LEAST
        of = f" ({counted(different, 'ID number')} among them)" if enough else ""
        more = "One with another ID number unlocks" if enough else f"{LEAST - n} more unlock"
        sentences.append(
            f"Effective robustness needs a line through {LEAST} baselines with different ID numbers; "
            f"{counted(n, 'baseline')} {'is' if n == 1 else 'are'} chosen here{of}{here}. "
            f"{more}{'s' * (LEAST - n == 1)} it: measure models plainly fitted, as by {command}, or choose "
            "more methods as baselines above."
        )
    methods = both.groupby("model")["method"].agg(set)
    if not any(PLAIN in made and len(made) > 1 for made in methods):
        sentences.append(
            f"Relative robustness needs one model here both plainly fine-tuned (method {PLAIN}) and made in "
            f"another way: measure the first by {command}."
        )
    return sentences
