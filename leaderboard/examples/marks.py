"""Two texts side by side with the edits marked, as HTML in which every text is text."""

import re
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
    before, after = _PIECE.findall(clean), _PIECE.findall(perturbed)
    left, right = [], []
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        old, new = "".join(before[i:j]), "".join(after[k:m])
        if kind == "equal":
            left.append(escape(old))
            right.append(escape(new))
        else:
            old_html, new_html = _letters(old, new)
            left.append(old_html)
            right.append(new_html)
    return "".join(left), "".join(right)


def _letters(old: str, new: str) -> tuple[str, str]:
    """Mark letters where the pieces have most of them in common, else the pieces as a whole."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() <= 0.5:
        return _tag("del", old), _tag("ins", new)
    left, right = "", ""
    for kind, i, j, k, m in matcher.get_opcodes():
        left += escape(old[i:j]) if kind == "equal" else _tag("del", old[i:j])
        right += escape(new[k:m]) if kind == "equal" else _tag("ins", new[k:m])
    return left, right


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text else ""
