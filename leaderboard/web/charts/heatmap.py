"""Models × attacks at a glance: a heat map."""

import altair as alt
import pandas as pd

from leaderboard.board.display import MARK
from leaderboard.text import interval, percent, shown
from leaderboard.web.charts.plots import NO_COLOUR, fixed, number_tips, with_intervals
from robtest.plural import counted

_DARK = 0.71
"""Value from which on a cell is so dark that white ink has the higher contrast: at least 4.5 either way."""
_CELL = (76, 28)
"""Width and height of a cell in pixels: a number fits, on every screen."""


def heat_map(cells: pd.DataFrame, title: str) -> alt.LayerChart:
    """Draw one coloured cell per model and attack, with its number in it.

    A cell of an attack that changed less than half of some set's texts has a mark and no colour.

    Args:
        cells: rows of `leaderboard.board.table.heat` with a column ``label``; the order of labels is kept.
        title: what the numbers are.
    """
    data = cells[["label"]].assign(
        attack=cells["column"].map(shown),
        value=100 * cells["value"],
        said=with_intervals(cells),
        changed=[f"{percent(share)} %" for share in cells["coverage"]],
        few=cells["few"],
        text=_texts(cells),
    )
    labels, attacks = (list(dict.fromkeys(data[name])) for name in ("label", "attack"))
    # The same scale on every page: two heat maps can be compared. Blues are told apart in grey, too.
    scale = alt.Scale(domain=[0, 100], scheme="blues")
    base = alt.Chart(data).encode(
        x=alt.X("attack:N", title=None, axis=alt.Axis(labelAngle=-30, labelLimit=160)),
        y=alt.Y("label:N", title=None, sort=labels, axis=alt.Axis(labelLimit=180)),
        tooltip=[
            *number_tips(),
            alt.Tooltip("attack:N"),
            alt.Tooltip("said:N", title=title),
            alt.Tooltip("changed:N", title="texts changed"),
        ],
    )
    coloured = alt.Color("value:Q", scale=scale, legend=None)
    cell = base.mark_rect().encode(color=alt.condition(alt.datum.few, alt.value(NO_COLOUR), coloured))
    white = ~alt.datum.few & (alt.datum.value > 100 * _DARK)
    ink = alt.when(white).then(alt.value("white")).otherwise(alt.value("black"))
    number = base.mark_text(fontSize=13).encode(text="text:N", color=ink)
    width, height = _CELL
    return fixed(alt.layer(cell, number), width * len(attacks), height * len(labels))


def heat_sentence(cells: pd.DataFrame) -> str:
    """Say in words what `heat_map` shows; cells with a mark are compared with none.

    Attacks are compared over the models that have all of them: means over other models would be of models.
    """
    few = int(cells["few"].sum())
    about = (
        f" {few} cell{'s' * (few != 1)} marked {MARK}: less than half of the texts of a set were changed, so "
        "the number says little of the attack."
    ) * bool(few)
    n_cells = cells["label"].nunique() * cells["column"].nunique()
    about += " An empty cell was not measured." * (len(cells) < n_cells)
    n_models = cells["label"].nunique()
    cells = cells[~cells["few"]]
    if cells.empty:
        return about.strip()
    low = cells.sort_values("value", kind="stable").iloc[0]
    where = f"{low['label']} under {shown(low['column'])}"
    return (
        f"{_hardest(cells, n_models)}The lowest cell is {where}: {percent(low['value'])} "
        f"[{interval(low['low'], low['high'])}].{about}"
    )


def _hardest(cells: pd.DataFrame, n_models: int) -> str:
    """Say which attack is the hardest and which the mildest; nothing where no model has all of them."""
    n_attacks = cells["column"].nunique()
    whole = cells[cells.groupby("label")["column"].transform("nunique") == n_attacks]
    if whole.empty or n_attacks == 1:
        return ""
    k = whole["label"].nunique()
    mean = whole.groupby("column")["value"].mean()
    if mean.max() == mean.min():
        text = f"all attacks leave {percent(float(mean.mean()))} on average"
    else:
        text = f"{shown(str(mean.idxmin()))} is the hardest attack, {percent(float(mean.min()))} on average; "
        text += f"{shown(str(mean.idxmax()))} is the mildest, {percent(float(mean.max()))}"
    over = "Over all models" if k == n_models else f"Over the {counted(k, 'model')} with every attack"
    return f"{over}, {text}. "


def heat_table(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of `heat_map` as text: one row per model, one column per attack."""
    numbers = cells.assign(text=_texts(cells))
    table = numbers.pivot_table(index="label", columns="column", values="text", aggfunc="first", sort=False)
    return table.fillna("–").reset_index().rename(columns={"label": "Model"})


def _texts(cells: pd.DataFrame) -> list[str]:
    pairs = zip(cells["value"], cells["few"], strict=True)
    return [percent(value) + f" {MARK}" * few for value, few in pairs]
