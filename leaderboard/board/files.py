"""A table that is shown, as a file: CSV, JSON, LaTeX, Markdown and, to cite it, BibTeX."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from boss.measurement import BENCHMARK

_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    **{mark: "\\" + mark for mark in "&%$#_{}"},
}
_MARKDOWN = "\\|<[*_`"


@dataclass(frozen=True)
class Shown:
    """What a page shows, for export.

    Attributes:
        data: one row per row shown, in its order; fractions in full precision.
        text: the same as it is printed.
        title: what it is, in a few words.
        measured: the newest day among its numbers, YYYY-MM-DD.
        snapshot: name of the site's state (`leaderboard.board.site.Site.name`), from which a link shows the
            table again; every file says it.
    """

    data: pd.DataFrame
    text: pd.DataFrame
    title: str
    measured: str
    snapshot: str = ""


def csv(shown: Shown) -> str:
    """Return the numbers as CSV; missing ones are empty."""
    return _identified(shown).to_csv(index=False)


def as_json(shown: Shown) -> str:
    """Return the numbers as a JSON array of objects; missing ones are null."""
    rows = json.loads(_identified(shown).to_json(orient="records", double_precision=15))
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def markdown(shown: Shown) -> str:
    """Return the printed table in Markdown; what would be markup in a name is escaped."""
    rows = [list(shown.text.columns), ["---"] * shown.text.shape[1], *shown.text.to_numpy().tolist()]
    table = "".join("| " + " | ".join(_one_line(cell, _MARKDOWN) for cell in row) + " |\n" for row in rows)
    return table + (f"\nSnapshot {shown.snapshot}.\n" if shown.snapshot else "")


def latex(shown: Shown) -> str:
    """Return the printed table as a LaTeX table for the package ``booktabs``."""
    heads = " & ".join(_latex(head) for head in shown.text.columns)
    rows = [" & ".join(_latex(cell) for cell in row) for row in shown.text.to_numpy()]
    body = "".join(f"{row} \\\\\n" for row in rows)
    columns = "l" * shown.text.shape[1]
    return (
        f"\\begin{{table}}\n\\caption{{{_latex(_titled(shown))}}}\n\\begin{{tabular}}{{{columns}}}\n\\toprule\n"
        f"{heads} \\\\\n\\midrule\n{body}\\bottomrule\n\\end{{tabular}}\n\\end{{table}}\n"
    )


def bibtex(shown: Shown) -> str:
    """Return an entry to cite the table by; its key and note name the exact numbers."""
    digest = hashlib.sha256(csv(shown).encode()).hexdigest()
    is_day = re.fullmatch(r"\d{4}-\d\d-\d\d", shown.measured) is not None  # a run's own word
    year = f"  year = {{{shown.measured[:4]}}},\n" if is_day else ""
    newest = shown.measured if is_day else "an unknown day"
    state = f"Snapshot {shown.snapshot}. " if shown.snapshot else ""
    return (
        f"@misc{{{BENCHMARK}-{digest[:8]},\n  title = {{{{{_latex(shown.title)}}}}},\n{year}"
        f"  note = {{{state}Newest number of {newest}; sha256 of the table as CSV: {digest}}},\n}}\n"
    )


FORMATS: dict[str, tuple[str, str, Callable[[Shown], str]]] = {
    "CSV": ("csv", "text/csv", csv),
    "JSON": ("json", "application/json", as_json),
    "LaTeX": ("tex", "text/x-tex", latex),
    "Markdown": ("md", "text/markdown", markdown),
    "BibTeX": ("bib", "text/x-bibtex", bibtex),
}
"""Name -> ending, media type and function."""


def _identified(shown: Shown) -> pd.DataFrame:
    """Return the numbers, each row with the snapshot it is of: rows of several files can be joined."""
    return shown.data.assign(snapshot=shown.snapshot) if shown.snapshot else shown.data


def _titled(shown: Shown) -> str:
    return f"{shown.title} (snapshot {shown.snapshot})" if shown.snapshot else shown.title


def _latex(cell: object) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in _one_line(cell))


def _one_line(cell: object, marks: str = "") -> str:
    text = "" if cell is None or cell != cell else " ".join(str(cell).split())
    return "".join("\\" + letter if letter in marks else letter for letter in text)
