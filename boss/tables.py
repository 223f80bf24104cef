"""Tables of numbers as data; a terminal of any width and a Markdown file show them, and cut nothing."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rich.cells import cell_len
from rich.text import Text

Layout = Literal["beside", "above", "spared", "below"]
_LAYOUTS: tuple[Layout, ...] = ("beside", "above", "spared", "below")
_INDENT = 4
_MARKS = re.compile(r"[\\`*_~|#@$]|(?<=\])\(|:(?=//|[A-Za-z+-][\w+-]*:)|(?<=www)\.")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


@dataclass(frozen=True)
class Cell:
    """A number and, where it has one, its interval.

    Attributes:
        few: whether it says little, and is dimmed.
    """

    value: str = ""
    interval: str = ""
    few: bool = False

    def text(self, *, with_interval: bool = True) -> str:
        """Return the number as it is shown."""
        return f"{self.value} {self.interval}" if self.interval and with_interval else self.value


@dataclass(frozen=True)
class Row:
    """A row of a table.

    Attributes:
        kind: ``heading`` stands above the rows it names and has no cells; a ``note`` says more of the numbers
            above it, a ``text`` of the row above it, in words and without cells.
    """

    name: str
    cells: tuple[Cell, ...] = ()
    kind: Literal["number", "heading", "note", "text"] = "number"


@dataclass
class Section:
    """A table with its title and what is needed to read it.

    Attributes:
        first: what the rows are.
        words: whether the cells are text, which is set from the left.
        spare: columns whose intervals go first where there is too little room; Markdown has all.
        caption: joined by semicolons.
    """

    title: str
    first: str
    columns: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)
    spare: frozenset[str] = frozenset()
    words: bool = False
    caption: list[str] = field(default_factory=list)

    def add(self, name: str, *cells: str | Cell) -> None:
        """Add a row of numbers."""
        self.rows.append(Row(name, _cells(cells)))

    def head(self, name: str) -> None:
        """Add a heading."""
        self.rows.append(Row(name, kind="heading"))

    def note(self, name: str, *cells: str | Cell) -> None:
        """Add a line on the numbers above."""
        self.rows.append(Row(name, _cells(cells), "note"))

    def say(self, text: str) -> None:
        """Add words on the row above."""
        self.rows.append(Row(text, kind="text"))


def lines(section: Section, width: int) -> Iterator[Text]:
    """Yield a table line by line, none wider than ``width`` where a name's or a number's own width allows.

    The first of these that fits: names beside the numbers; names above them; the same without the spare
    intervals; the same with all intervals below their numbers; every number on a line of its own. A name
    that is longer than a line goes on in the next.
    """
    for layout in _LAYOUTS:
        texts = [_texts(row, section, layout) for row in section.rows]
        numbers = [line for of_row in texts for line in of_row]
        widths = [max(map(cell_len, column)) for column in zip(section.columns, *numbers, strict=True)]
        labels = [name for row in section.rows if (name := _label(row, layout)) is not None]
        first = max(map(cell_len, [*labels, section.first if layout == "beside" else " " * _INDENT]))
        gap = next((n for n in (2, 1) if first + sum(n + w for w in widths) <= width), None)
        if gap is not None:
            yield from _in_columns(section, texts, [first, *widths], gap, width, layout)
            return
    yield from _one_by_one(section, width)


def _in_columns(
    section: Section, texts: list[list[list[str]]], widths: list[int], gap: int, width: int, layout: Layout
) -> Iterator[Text]:
    empty = (Cell(),) * len(section.columns)

    def joined(first: str, texts: Sequence[str], cells: Sequence[Cell] = empty) -> Text:
        line = Text(first + " " * (widths[0] - cell_len(first)))
        for text, cell, w in zip(texts, cells, widths[1:], strict=True):
            line.append(" " * (gap + w - cell_len(text)))
            line.append(text, "dim" if cell.few else None)
        line.rstrip()
        return line

    head = joined(section.first if layout == "beside" else "", section.columns)
    yield Text(head.plain, "bold")
    yield Text("─" * cell_len(head.plain))
    for row, of_row in zip(section.rows, texts, strict=True):
        label = _label(row, layout)
        if label is None:
            yield from _folded(_name(row), width)
        for cells in of_row:
            yield joined(label or "", cells, row.cells)
            label = ""


def _one_by_one(section: Section, width: int) -> Iterator[Text]:
    for row in section.rows:
        yield from _folded(_name(row), width)
        for column, cell in zip(section.columns, row.cells, strict=False):
            if text := cell.text():
                yield from _folded(f"{' ' * (_INDENT + 2)}{column}: {text}", width)


def _label(row: Row, layout: Layout) -> str | None:
    """Return what stands on the line of a row's numbers; None where its name stands on a line of its own."""
    if row.kind in ("heading", "text"):
        return None
    return _name(row) if layout == "beside" or row.kind == "note" else None


def _name(row: Row) -> str:
    return {"heading": "", "number": "  ", "note": " " * _INDENT, "text": " " * _INDENT}[row.kind] + row.name


def _folded(text: str, width: int) -> Iterator[Text]:
    """Yield a text over as many lines as it needs, broken at blanks where there are some."""
    indent = text[: len(text) - len(text.lstrip())]
    line = ""
    for word in re.findall(r"\S+\s*", text.lstrip()):
        if line and cell_len(indent + line + word.rstrip()) > width:
            yield Text(indent + line.rstrip())
            line = ""
        line += word
        while cell_len(indent + line.rstrip()) > max(width, cell_len(indent) + 2):
            cut = next(n for n in range(len(line), 0, -1) if cell_len(indent + line[:n]) <= width)
            yield Text(indent + line[:cut])
            line = line[cut:]
    yield Text(indent + line.rstrip())


def _texts(row: Row, section: Section, layout: Layout) -> list[list[str]]:
    """Return the numbers of a row, line by line: none of a heading."""
    if not row.cells:
        return []
    if layout != "below":
        hidden = section.spare if layout == "spared" else frozenset()
        pairs = zip(row.cells, section.columns, strict=True)
        return [[cell.text(with_interval=column not in hidden) for cell, column in pairs]]
    intervals = [cell.interval for cell in row.cells]
    return [[cell.value for cell in row.cells], *([intervals] if any(intervals) else [])]


def _cells(cells: Sequence[str | Cell]) -> tuple[Cell, ...]:
    return tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in cells)


def markdown(section: Section) -> str:
    """Return a table in GitHub's Markdown, under its title, without HTML, whatever the names hold."""
    n = len(section.columns)
    head = [escaped(name) for name in (section.first, *section.columns)]
    body = [
        [_in_markdown(row), *(escaped(cell.text()) for cell in row.cells), *[""] * (n - len(row.cells))]
        for row in section.rows
    ]
    table = [
        f"| {' | '.join(cells)} |"
        for cells in (head, [":--", *[":--" if section.words else "--:"] * n], *body)
    ]
    caption = ["", f"{escaped('; '.join(section.caption))}."] if section.caption else []
    return "\n".join([f"### {escaped(section.title)}", "", *table, *caption, ""])


def _in_markdown(row: Row) -> str:
    """Return a row's name with what indentation says in a terminal, which a cell of Markdown has not."""
    name = escaped(row.name)
    return {"heading": f"**{name}**", "number": name, "note": f"… {name}", "text": name}[row.kind]


def escaped(text: str) -> str:
    r"""Return a text, on one line, that GitHub's Markdown shows letter by letter: no markup, link or HTML.

    >>> escaped("a|b <i> www.x.org")
    'a\\|b &lt;i&gt; www\\.x.org'
    """
    line = " ".join(text.split())
    return re.sub("[&<>]", lambda m: _ENTITIES[m[0]], _MARKS.sub(r"\\\g<0>", line))


def block(text: str) -> str:
    """Return a text as a block of code, with a fence that it cannot close."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}sh\n{text}\n{fence}\n"
