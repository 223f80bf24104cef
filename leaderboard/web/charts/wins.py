"""Every model against every other: a matrix, its sentence and its table."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from leaderboard.examples.wins import Wins
from leaderboard.text import listed, percent
from leaderboard.web.charts.plots import NO_COLOUR, fixed
from robtest.plural import counted

_VERDICTS = {"above": "▲", "below": "▼", "not told apart": ""}
_FILL = {"above": "#0072B2", "below": "#F3B27A", "not told apart": NO_COLOUR}
"""With white ink on the first and black on the others: at least 5 to 1, on every background."""
_CELL = (52, 28)


def win_matrix(wins: Wins) -> alt.LayerChart:
    """Draw one cell per row and column: the share that the row wins, coloured where it is no chance."""
    data = _cells(wins)
    rows = list(dict.fromkeys(data["row"]))
    base = alt.Chart(data).encode(
        x=alt.X("place:O", title=None, axis=alt.Axis(orient="top", labelAngle=0)),
        y=alt.Y("row:N", title=None, sort=rows, axis=alt.Axis(labelLimit=200)),
        tooltip=[
            alt.Tooltip("model:N", title="row"),
            alt.Tooltip("other:N", title="column"),
            alt.Tooltip("won:N", title="row alone right"),
            alt.Tooltip("lost:N", title="column alone right"),
            alt.Tooltip("verdict:N", title="row is"),
        ],
    )
    scale = alt.Scale(domain=list(_FILL), range=list(_FILL.values()))
    legend = alt.Legend(orient="bottom", title="row is", symbolType="square", symbolOpacity=1)
    cell = base.mark_rect().encode(color=alt.Color("verdict:N", scale=scale, legend=legend))
    ink = alt.when(alt.datum.verdict == "above").then(alt.value("white")).otherwise(alt.value("black"))
    number = base.mark_text(fontSize=12).encode(text="text:N", color=ink)
    n = len(wins.labels)
    return fixed(alt.layer(cell, number), _CELL[0] * n, _CELL[1] * n)


def win_sentence(wins: Wins) -> str:
    """Say in words what `win_matrix` shows."""
    first, *others = wins.labels
    n_above = int(wins.above[0].sum())
    pairs = wins.n_tested * (wins.n_tested - 1) // 2
    text = (
        f"{first} is above {n_above} of the {counted(len(others), 'other')} beyond chance. A cell: of "
        f"{wins.n_examples:,} examples, the per cent that the row's model gets right and the column's does "
        "not; sets count equally. ▲: the row is above the column beyond chance, ▼: below it, by the paired "
        f"test of the board's ranks with Holm's correction for {counted(pairs, 'pair')}."
    )
    if wins.n_tested > len(wins.labels):
        text += f" The first {len(wins.labels)} of {wins.n_tested} models are shown."
    if wins.left_out:
        text += f" Left out: {listed([f'{name} ({why})' for name, why in wins.left_out.items()])}."
    return text


def win_table(wins: Wins) -> pd.DataFrame:
    """Return the cells of `win_matrix` as text; columns are the places of the rows."""
    cells = _cells(wins)
    table = cells.pivot(index="row", columns="place", values="text").reindex(_rows(wins.labels))
    table.columns = [str(place) for place in table.columns]
    return table.fillna("").reset_index().rename(columns={"row": "Row"})


def _rows(labels: Sequence[str]) -> list[str]:
    return [f"{place} {label}" for place, label in enumerate(labels, 1)]


def _cells(wins: Wins) -> pd.DataFrame:
    """Return one row per cell off the diagonal."""
    rows = _rows(wins.labels)
    n = len(rows)
    cells = []
    for i, j in ((i, j) for i in range(n) for j in range(n) if i != j):
        verdict = "above" if wins.above[i, j] else "below" if wins.above[j, i] else "not told apart"
        cells.append(
            {
                "row": rows[i],
                "place": j + 1,
                "model": wins.labels[i],
                "other": wins.labels[j],
                "won": f"{percent(float(wins.won[i, j]))} %",
                "lost": f"{percent(float(wins.won[j, i]))} %",
                "verdict": verdict,
                "text": f"{np.round(100 * wins.won[i, j]):.0f} {_VERDICTS[verdict]}".strip(),
            }
        )
    return pd.DataFrame(cells)
