"""The board as HTML: one table that is a table for a screen reader and a stack of cards on a phone.

The site and the static export show the same markup. Everything from outside is escaped here. Colours are
those of the text around it, so it is read on a light page and on a dark one.
"""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

from leaderboard.board.columns import Measure
from leaderboard.board.display import MARK, limits, number
from leaderboard.board.headline import Headline, name_of
from leaderboard.board.ranking import place
from leaderboard.text import listed, shown

CSS = """
.bx{border-collapse:collapse;width:100%;font-size:.95rem;line-height:1.25}
.bx caption{text-align:left;font-size:.875rem;padding:.5rem 0;caption-side:bottom}
.bx a{color:inherit;text-decoration:underline;text-underline-offset:.15em}
.bx th,.bx td{text-align:left;padding:.3rem .6rem;vertical-align:top;
border-bottom:1px solid color-mix(in srgb,currentColor 18%,transparent)}
.bx thead th{font-weight:600;border-bottom-width:2px;vertical-align:bottom}
.bx thead small{display:block;font-weight:400;font-size:.8rem}
.bx tbody th{font-weight:600;min-width:10rem}
.bx .fact{white-space:nowrap}
.bx .rank{font-weight:600;white-space:nowrap}
.bx .num{min-width:7.2rem}
.bx .v{font-weight:600;font-variant-numeric:tabular-nums}
.bx .i{font-size:.8rem;white-space:nowrap;font-variant-numeric:tabular-nums;margin-left:.35rem}
.bx .more{display:block;font-size:.8rem}
.bx .bar{display:block;position:relative;height:.5rem;margin-top:.1rem;
background:linear-gradient(color-mix(in srgb,currentColor 22%,transparent),
color-mix(in srgb,currentColor 22%,transparent)) center/100% 1px no-repeat}
.bx .bar i{position:absolute;top:.1rem;height:.3rem;min-width:2px;border-radius:.1rem;background:#3787bd}
.bx .bar b{position:absolute;top:0;width:2px;height:.5rem;margin-left:-1px;background:currentColor}
.bx .off .v{font-weight:400;font-style:italic}
.bx .off .bar i{background:#767676}
.bx .tag{font-size:.75rem;font-weight:400;border:1px solid currentColor;border-radius:.25rem;padding:0 .3rem}
.bx summary{white-space:nowrap}
.bx details{max-width:22rem}
.bx details ul{margin:.25rem 0 0;padding-left:1.1rem}
.bx-lead{font-size:1.15rem;line-height:1.4;margin:0}
@media (max-width:760px){
.bx,.bx tbody,.bx caption,.bx tr,.bx td,.bx tbody th{display:block}
.bx thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.bx tr{border:1px solid color-mix(in srgb,currentColor 25%,transparent);border-radius:.5rem;
padding:.4rem .7rem;margin-bottom:.7rem}
.bx td,.bx tbody th{border:0;padding:.2rem 0;min-width:0}
.bx td.num{display:grid;grid-template-columns:minmax(6.5rem,34%) 1fr;column-gap:.5rem}
.bx td.num::before,.bx td.fact::before{content:attr(data-label);font-size:.85rem;overflow-wrap:anywhere}
.bx td.fact::before{content:attr(data-label) ": "}
.bx td.num .bar,.bx td.num .more{grid-column:2}
.bx td.rank::before{content:"Rank "}
.bx td.none{display:none}
}
"""
"""Of `table` and `lead`. The rule for phones turns rows into cards: nothing is beyond the edge."""

SHORT = 24
"""Characters of a mark that still stands in the cell; a longer one is read among the notes."""
VERIFIED = {
    "uploaded": "no",
    "recomputed": "numbers",
    "regenerated": "inputs",
    "replayed": "sample",
    "rerun": "all",
}
"""Level of verification -> what of a row was verified, in a word."""

Row = dict[Hashable, Any]
Link = Callable[[str], str]
"""From a row's label to the address of its model's page."""


def lead(headline: Headline) -> str:
    """Return the sentence of the board, its leaders in bold."""
    leaders = listed([f"<strong>{escape(name)}</strong>" for name in headline.leaders] or [""])
    return f'<p class="bx-lead">{leaders} {escape(headline.rest)}</p>'


def table(
    board: pd.DataFrame,
    columns: Sequence[Measure],
    *,
    caption: str,
    link: Link | None = None,
    scale: pd.DataFrame | None = None,
    subheads: Mapping[str, str] | None = None,
) -> str:
    """Return the rows of a board as an HTML table.

    Args:
        board: ranked rows, as `leaderboard.board.site.Site.ranked` returns them.
        scale: the rows that the bars' scale is taken from; those shown by default.
        subheads: key of a column -> what stands under its head, before the usual n.
    """
    ends = scales(board if scale is None else scale, columns)
    common = {measure.key: _common(board, measure) for measure in columns}
    heads = [
        "<th scope=col>Rank</th>",
        "<th scope=col>Model</th>",
        "<th scope=col>Size</th>",
        *(_head(measure, (subheads or {}).get(measure.key, ""), common[measure.key]) for measure in columns),
        '<th scope=col title="What keepers verified of the row">Verified</th>',
        "<th scope=col>Notes</th>",
    ]
    rows = (_row(row, columns, ends, common, link) for row in board.to_dict("records"))
    body = "\n".join(rows)
    return (
        f'<table class="bx"><caption>{escape(caption)}</caption>\n<thead><tr>{"".join(heads)}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody></table>"
    )


def scales(board: pd.DataFrame, columns: Sequence[Measure]) -> dict[str, tuple[float, float]]:
    """Return the ends of the bars of each column; those in per cent of which more is better share theirs."""
    ends = {}
    for measure in columns:
        key = measure.key
        low, high = board[f"{key}_low"].min(), board[f"{key}_high"].max()
        values = board[key]
        ends[key] = (min(low, values.min()), max(high, values.max()))
    shared = [measure.key for measure in columns if measure.percent and measure.higher_is_better]
    known = [ends[key] for key in shared if not math.isnan(ends[key][0])]
    if known:
        whole = (min(low for low, _ in known), max(high for _, high in known))
        ends |= dict.fromkeys(shared, whole)
    return ends


def size(n_parameters: float) -> str:
    """Return a number of parameters as people say it.

    >>> size(22_713_216), size(1.24e9), size(999.7e6), size(float("nan")), size(5_200)
    ('22.7 M', '1.24 B', '1 B', '–', '5,200')
    """
    if math.isnan(n_parameters):
        return "–"
    for unit, one in (("B", 1e9), ("M", 1e6)):
        n = n_parameters / one
        if n >= 0.9995:  # three digits of it are no 0.999
            return f"{n:.3g} {unit}" if n < 999.5 else f"{n:,.0f} {unit}"
    return f"{n_parameters:,.0f}"


def _head(measure: Measure, *lines: str) -> str:
    note = "".join(f"<small>{escape(line)}</small>" for line in lines if line)
    return f'<th scope=col class=num title="{escape(measure.help)}">{escape(shown(measure.label))}{note}</th>'


def _common(board: pd.DataFrame, measure: Measure) -> str:
    """Return n and share of changed texts that most numbers of a column have; the others say theirs."""
    there = board[board[measure.key].notna()]
    whole = there[there[f"{measure.key}_mark"] == ""]
    rows = (whole if len(whole) else there).to_dict("records")
    counts = Counter(_behind(row, measure) for row in rows)
    return max(counts, key=lambda text: (counts[text], text), default="")


def _behind(row: Row, measure: Measure) -> str:
    n, coverage = (float(str(row[f"{measure.key}_{part}"])) for part in ("n", "coverage"))
    text = "" if math.isnan(n) else f"n {n:,.0f}"
    return f"{text}, {100 * coverage:.0f} % changed" if coverage < 1 else text


def _row(
    row: Row,
    columns: Sequence[Measure],
    ends: dict[str, tuple[float, float]],
    common: dict[str, str],
    link: Link | None,
) -> str:
    name = escape(name_of(str(row["model"]), str(row["method"])))
    if link is not None:
        name = f'<a href="{escape(link(str(row["label"])))}" target="_self">{name}</a>'
    level = str(row["verification"])
    compared = escape(VERIFIED.get(level, level))
    mine = ' <span class="tag">yours</span>' if row.get("own") else ""
    cells = [
        f"<td class=rank>{place(row['rank_low'], row['rank_high'])}</td>",
        f"<th scope=row>{name}{mine}</th>",
        f'<td class=fact data-label="Size">{size(float(str(row["n_parameters"])))}</td>',
        *(_cell(row, measure, ends[measure.key], common[measure.key]) for measure in columns),
        f'<td class=fact data-label="Verified" title="{compared}">{escape(level)}</td>',
        _notes(row, columns),
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _cell(row: Row, measure: Measure, ends: tuple[float, float], common: str) -> str:
    key = measure.key
    label = escape(shown(measure.label))
    value, low, high = (float(str(row[key + part])) for part in ("", "_low", "_high"))
    mark = str(row[f"{key}_mark"])
    if math.isnan(value):
        reason = f"<span class=more>{escape(mark)}</span>" if mark else ""
        kind = "num" if reason else "num none"
        return f'<td class="{kind}" data-label="{label}"><span class=v>–</span>{reason}</td>'
    dagger = f"<sup>{MARK}</sup>" if mark else ""
    behind = _behind(row, measure)
    lines = [
        line for line in (mark if len(mark) <= SHORT else "", behind if behind != common else "") if line
    ]
    more = "".join(f"<span class=more>{escape(line)}</span>" for line in lines)
    return (
        f'<td class="num{" off" if mark else ""}" data-label="{label}"><span><span class=v>'
        f"{number(value, measure)}{dagger}</span><span class=i>{limits(low, high, measure)}</span></span>"
        f"{_bar(value, low, high, ends)}{more}</td>"
    )


def _bar(value: float, low: float, high: float, ends: tuple[float, float]) -> str:
    """Return the interval as a bar with the value as a dot; for the eye only, the numbers stand beside it."""
    start, end = ends
    width = end - start
    if not width > 0:
        return ""
    at = [100 * (min(max(limit, start), end) - start) / width for limit in (low, value, high)]
    bar = "" if math.isnan(low) else f'<i style="left:{at[0]:.1f}%;width:{at[2] - at[0]:.1f}%"></i>'
    return f'<span class=bar aria-hidden=true>{bar}<b style="left:{at[1]:.1f}%"></b></span>'


def _notes(row: Row, columns: Sequence[Measure]) -> str:
    notes = [note for note in str(row["notes"]).split("; ") if note]
    notes += [
        f"{MARK} {shown(measure.label)}: {row[f'{measure.key}_mark']}"
        for measure in columns
        if row[f"{measure.key}_mark"]
    ]
    notes = list(dict.fromkeys(notes))
    if not notes:
        return '<td class="fact none" data-label="Notes"></td>'
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    count = f"{len(notes)} note" + "s" * (len(notes) != 1)
    return f"<td><details><summary>{count}</summary><ul>{items}</ul></details></td>"
