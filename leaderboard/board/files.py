"""A table that is shown, as a file: CSV, JSON, LaTeX, Markdown and, to cite it, BibTeX."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from boss.measurement import BENCHMARK
from leaderboard.board.standard import AttackSet
from leaderboard.board.table import Choice
from leaderboard.text import listed, unlinked

_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "{": r"\textbraceleft{}",  # \{ would count as a brace in BibTeX
    "}": r"\textbraceright{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "[": "{[}",  # else an option of the \\ or \midrule before it
    "]": "{]}",
    "*": "{*}",
    "–": "--",
    "−": "$-$",
    "†": r"\dag{}",
    **{mark: "\\" + mark for mark in "&%$#_"},
}
_MARKDOWN = "\\|<[*_`~$&"
_FORMULA = frozenset("=+-@＝＋－＠")
"""What a spreadsheet takes the beginning of a formula for."""
_NUMBER = re.compile(r"[+-]\d[\d.,]*(?: ?[%†])?(?: \[[-+–−%\d., to]*\])?(?: \(n [\d,]+\))?")
"""A number with a sign, as the site prints it: its interval and n may follow, and nothing else."""
_DIGITS = re.compile(r"[-+−]?\d|–$")
_LINES = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
ROWS = 40
"""Rows that fit on a page of a LaTeX table; more of them become several tables."""


@dataclass(frozen=True)
class Shown:
    """What a page shows, for export.

    Attributes:
        data: one row per row shown, in its order; fractions in full precision. Columns named ``n`` or
            ``..._n`` hold numbers of examples.
        text: the same as it is printed.
        title: what it is, in a few words.
        measured: the newest day among its numbers, YYYY-MM-DD.
        snapshot: name of the site's state (`leaderboard.board.site.Site.name`), from which a link shows the
            table again; every file says it.
        about: what its numbers are of, as `facts_of` gives it.
    """

    data: pd.DataFrame
    text: pd.DataFrame
    title: str
    measured: str
    snapshot: str = ""
    about: Mapping[str, str] = field(default_factory=dict)


def facts_of(choice: Choice, rows: pd.DataFrame, attacks: AttackSet | None = None) -> dict[str, str]:
    """Return what the numbers of a table are of: suite, task, attacks with tags, degree, interval level.

    Args:
        rows: the site's records (`leaderboard.board.site.Site.rows`).
        attacks: what "under attack" means there, where it is not the attack of the choice.
    """
    here = rows[rows["suite"] == choice.suite]
    here = here[here["task"] == choice.task] if (here["task"] == choice.task).any() else here
    known = {"suite": choice.suite, "task": choice.task}
    if attacks is not None:
        known["attacks"] = ", ".join(f"{name} ({tag})" for name, tag in attacks.attacks)
    else:
        known["attack"] = "none" if choice.attack is None else f"{choice.attack} ({choice.tag})"
    degree = choice.degree if attacks is None else attacks.degree
    if degree is not None:
        known["degree"] = f"{degree:g}"
    levels = [f"{100 * level:g} %" for level in sorted(here["level"].dropna().unique())]
    return known | ({"intervals": listed(levels)} if levels else {})


def newest_day(rows: pd.DataFrame) -> str:
    """Return the day of the newest number, YYYY-MM-DD."""
    return str(rows["created_at"].max())[:10]


def csv(shown: Shown) -> str:
    """Return the numbers as CSV; missing ones are empty."""
    return _identified(shown).to_csv(index=False)


def as_json(shown: Shown) -> str:
    """Return the numbers as a JSON array of objects; missing ones are null."""
    rows = json.loads(_identified(shown).to_json(orient="records", double_precision=15))
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def markdown(shown: Shown) -> str:
    """Return the printed table in Markdown; what would be markup or a link in a name is text."""
    rows = [list(shown.text.columns), ["---"] * shown.text.shape[1], *shown.text.to_numpy().tolist()]
    marked = [[cell if cell == "---" else _marked(cell) for cell in row] for row in rows]
    table = "".join("| " + " | ".join(row) + " |\n" for row in marked)
    return f"{table}\n{_marked(_caption(shown))}\n"


def latex(shown: Shown) -> str:
    r"""Return the printed table for the LaTeX packages ``booktabs`` and ``graphicx``.

    It is never wider than the text, and of more than `ROWS` rows there are several, so that each fits a page.
    Names in other scripts than Latin want LuaLaTeX or XeLaTeX with a font that has them.
    """
    heads = " & ".join(_latex(head) for head in shown.text.columns)
    rows = [" & ".join(_latex(cell) for cell in row) for row in shown.text.to_numpy()]
    parts = [rows[start : start + ROWS] for start in range(0, len(rows), ROWS)] or [[]]
    label, tables = f"tab:{BENCHMARK}-{_digest(shown)[:8]}", []
    for place, part in enumerate(parts, 1):
        several = f" Part {place} of {len(parts)}." if len(parts) > 1 else ""
        body = "".join(f"{row} \\\\\n" for row in part)
        tables.append(
            "\\begin{table}\n\\centering\n\\small\n"
            f"\\caption{{{_latex(_caption(shown) + several)}}}\n"
            f"\\label{{{label}{f'-{place}' if place > 1 else ''}}}\n"
            "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n"
            f"\\begin{{tabular}}{{{_alignment(shown.text)}}}\n\\toprule\n{heads} \\\\\n\\midrule\n{body}"
            "\\bottomrule\n\\end{tabular}}\n\\end{table}\n"
        )
    return "% \\usepackage{booktabs,graphicx}\n" + "\n".join(tables)


def bibtex(shown: Shown) -> str:
    """Return an entry to cite the table by: what its numbers are of, their day and digest."""
    digest = _digest(shown)
    year = f"  year = {{{shown.measured[:4]}}},\n" if _is_day(shown.measured) else ""
    note = f"{_what(shown)}; sha256 of the table as CSV: {digest}"
    return (
        f"@misc{{{BENCHMARK}-{digest[:8]},\n  title = {{{{{_latex(shown.title)}}}}},\n{year}"
        f"  note = {{{_latex(note)}}},\n}}\n"
    )


FORMATS: dict[str, tuple[str, str, Callable[[Shown], str]]] = {
    "CSV": ("csv", "text/csv", csv),
    "JSON": ("json", "application/json", as_json),
    "LaTeX": ("tex", "text/x-tex", latex),
    "Markdown": ("md", "text/markdown", markdown),
    "BibTeX": ("bib", "text/x-bibtex", bibtex),
}
"""Name -> ending, media type and function."""


def safe(cell: object) -> object:
    """Return a cell on one line that no spreadsheet reads as a formula: what begins so gets an apostrophe.

    >>> safe("=1+1"), safe("-0.3 [-0.5 to -0.1]"), safe(-0.3), safe("org/name")
    ("'=1+1", '-0.3 [-0.5 to -0.1]', -0.3, 'org/name')
    """
    if not isinstance(cell, str):
        return cell
    line = _LINES.sub(" ", cell)  # a line break in a cell would be one of the file
    return f"'{line}" if line.lstrip()[:1] in _FORMULA and _NUMBER.fullmatch(line) is None else line


def _identified(shown: Shown) -> pd.DataFrame:
    """Return the numbers, each row with the snapshot it is of: rows of several files can be joined."""
    data = shown.data.assign(snapshot=shown.snapshot) if shown.snapshot else shown.data.copy()
    data.columns = pd.Index([safe(name) for name in data.columns])
    for place, kind in enumerate(data.dtypes):
        if not pd.api.types.is_numeric_dtype(kind):
            data.isetitem(place, data.iloc[:, place].map(safe, na_action="ignore").to_list())
    return data


def _digest(shown: Shown) -> str:
    return hashlib.sha256(csv(shown).encode()).hexdigest()


def _is_day(text: str) -> bool:
    return re.fullmatch(r"\d{4}-\d\d-\d\d", text) is not None  # a run's own word


def _caption(shown: Shown) -> str:
    return f"{shown.title}. {_what(shown)}."


def _what(shown: Shown) -> str:
    """Say what the numbers are of, how many examples are behind them, how new they are, of which state."""
    parts = [f"{name} {value}" for name, value in shown.about.items()]
    if counts := _counts(shown.data):
        parts.append(f"n {counts}")
    parts.append(f"newest number of {shown.measured if _is_day(shown.measured) else 'an unknown day'}")
    parts += [f"snapshot {shown.snapshot}"] if shown.snapshot else []
    text = "; ".join(parts)
    return text[:1].upper() + text[1:]


def _counts(data: pd.DataFrame) -> str:
    """Return the least and the most examples behind a number; empty where the table does not say."""
    columns = [name for name in data.columns if str(name) == "n" or str(name).endswith("_n")]
    cells = [pd.to_numeric(data[name], errors="coerce") for name in columns]
    numbers = [int(n) for column in cells for n in column if n > 0]
    if not numbers:
        return ""
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _alignment(text: pd.DataFrame) -> str:
    """Return a letter per column: numbers stand at the right."""
    columns = [text.iloc[:, place] for place in range(text.shape[1])]
    return "".join("r" if all(_DIGITS.match(str(cell)) for cell in cells) else "l" for cells in columns)


def _latex(cell: object) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in _one_line(cell))


def _marked(cell: object) -> str:
    text = unlinked(_one_line(cell))
    return "".join("\\" + letter if letter in _MARKDOWN else letter for letter in text)


def _one_line(cell: object) -> str:
    text = "" if cell is None or cell != cell else " ".join(str(cell).split())
    return str(safe(text))
