"""Examples as rows of one HTML table: the text with its edits, the gold label, both models' answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from leaderboard.examples.marks import merged
from leaderboard.text import shown

LONGEST = 700
"""Letters of a text in a row; the page of samples shows all of it."""
_COMPARED = 2_000
"""Letters among which edits are looked for, as finding them takes time by their square."""

CSS = """
table.examples { width: 100%; border-collapse: collapse; table-layout: fixed; }
table.examples th, table.examples td {
  border: 1px solid rgba(128, 128, 128, 0.35); padding: 0.4rem 0.5rem; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; font-size: 0.9rem;
}
table.examples p { margin: 0 0 0.3rem 0; font-size: inherit; }
table.examples col.id, table.examples col.gold { width: 9rem; }
table.examples col.answer { width: 12rem; }
table.examples .which { display: block; opacity: 0.82; font-size: 0.8rem; }
@media (max-width: 640px) {
  table.examples thead, table.examples colgroup { display: none; }
  table.examples tr { display: block; margin-bottom: 0.9rem; }
  table.examples td { display: block; border-top: none; }
  table.examples td:first-child { border-top: 1px solid rgba(128, 128, 128, 0.35); }
  table.examples td::before { content: attr(data-head) ": "; font-weight: 600; }
}
"""


@dataclass(frozen=True)
class Copy:
    """What one model was asked.

    Attributes:
        which: text it is, in words; empty where all are clean.
        fields: of the input, as far as they are known.
        said: its answer with a mark, as `leaderboard.examples.samples.mark` gives it.
    """

    label: str
    which: str
    fields: Mapping[str, str]
    said: str


@dataclass(frozen=True)
class Row:
    """One example.

    Attributes:
        clean: its fields before any attack, as far as they are known.
        attacked: the field that copies differ in.
    """

    example: str
    gold: str
    clean: Mapping[str, str]
    attacked: str
    copies: Sequence[Copy]

    @property
    def has_text(self) -> bool:
        """Whether any field is known."""
        return bool(self.clean) or any(copy.fields for copy in self.copies)


def table_html(rows: Sequence[Row]) -> str:
    """Return the rows as an HTML table in which every text is text; none of them may be missing.

    The column of texts is left out where no text is known.
    """
    with_text = any(row.has_text for row in rows)
    labels = [copy.label for copy in rows[0].copies]
    heads = ["Example", *(["Text"] if with_text else []), "Gold", *labels]
    kinds = ["id", *(["text"] if with_text else []), "gold", *["answer"] * len(labels)]
    columns = "".join(f'<col class="{kind}">' for kind in kinds)
    head = "".join(f'<th scope="col">{escape(shown(name))}</th>' for name in heads)
    body = "".join(_row(row, heads, with_text) for row in rows)
    return (
        f'<table class="examples"><colgroup>{columns}</colgroup><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _row(row: Row, heads: Sequence[str], with_text: bool) -> str:
    cells = [escape(shown(row.example)), *([_text(row)] if with_text else []), escape(row.gold)]
    for copy in row.copies:
        which = f' <span class="which">{escape(copy.which)}</span>' if copy.which else ""
        cells.append(escape(copy.said) + which)
    pairs = zip(heads, cells, strict=True)
    return "".join(["<tr>", *(_cell(head, cell) for head, cell in pairs), "</tr>"])


def _cell(head: str, html: str) -> str:
    return f'<td data-head="{escape(shown(head))}">{html}</td>'


def _text(row: Row) -> str:
    """Return the fields of an example; of the attacked one each copy with its edits, and who was asked."""
    html = ""
    several = len(row.clean) > 1
    for field, text in row.clean.items():
        name = f"<b>{escape(shown(field))}</b> " if several else ""
        if field != row.attacked:
            html += f"<p>{name}{merged(text, text, LONGEST)}</p>"
            continue
        copies: dict[str, list[str]] = {}
        for copy in row.copies:
            copies.setdefault(copy.fields.get(field, text), []).append(copy.label)
        changed = {own: labels for own, labels in copies.items() if own != text}
        for own, labels in changed.items() or [(text, [])]:
            asked = f" <span class='which'>asked of {escape(', '.join(labels))}</span>" * (len(copies) > 1)
            edits = merged(text[:_COMPARED], own[:_COMPARED], LONGEST)
            html += f"<p>{name}{edits}{asked if labels else ''}</p>"
    return html or "not known"
