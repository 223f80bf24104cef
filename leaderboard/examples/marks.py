"""Two texts side by side with the edits marked, as HTML in which every text is text."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from html import escape

_PIECE = re.compile(r"\w+|\s+|[^\w\s]")


def marked(clean: str, perturbed: str) -> tuple[str, str]:
    """Return both texts as HTML: what was taken out in ``<del>``, what was put in in ``<ins>``.

    Words are compared whole; within a word that changed, letters. All of both texts is escaped, so that no
    text can become markup.

    >>> marked("a <b> cat", "a <b> cxt")
    ('a &lt;b&gt; c<del>a</del>t', 'a &lt;b&gt; c<ins>x</ins>t')
    """
    left, right = "", ""
    for old, new in _edits(clean, perturbed):
        left += escape(old) if old == new else _tag("del", old)
        right += escape(new) if old == new else _tag("ins", new)
    return left, right


def merged(clean: str, perturbed: str, longest: int) -> str:
    """Return one text as HTML with both: what was taken out, and behind it what was put in its place.

    Args:
        longest: letters, of both together, after which it is cut.

    >>> merged("a <b> cat", "a <b> cxt", 80)
    'a &lt;b&gt; c<del>a</del><ins>x</ins>t'
    """
    html, room = "", longest
    for old, new in _edits(clean, perturbed):
        same = old == new
        for name, piece in ((None, old),) if same else (("del", old), ("ins", new)):
            if len(piece) > room:
                return html + _tag(name, piece[:room]) + "…"
            html += _tag(name, piece)
            room -= len(piece)
    return html


def _edits(clean: str, perturbed: str) -> Iterator[tuple[str, str]]:
    """Yield what of one text became what of the other, equal pieces too; letters where most stayed."""
    before, after = _PIECE.findall(clean), _PIECE.findall(perturbed)
    for _, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        old, new = "".join(before[i:j]), "".join(after[k:m])
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        if old == new or matcher.ratio() <= 0.5:
            yield old, new
            continue
        for _, a, b, c, d in matcher.get_opcodes():
            yield old[a:b], new[c:d]


def _tag(name: str | None, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text and name else escape(text)
