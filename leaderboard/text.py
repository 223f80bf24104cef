"""Names and numbers as text: what a run says of itself is data, and is shown as it was written."""

import math
import re
import string
import tempfile
import unicodedata
from pathlib import Path

LONGEST_NAME = 80
INVISIBLE = frozenset(
    chr(code)
    for first, last in (
        (0x034F, 0x034F),
        (0x115F, 0x1160),
        (0x17B4, 0x17B5),
        (0x180B, 0x180F),
        (0x2028, 0x2029),
        (0x2800, 0x2800),
        (0x3164, 0x3164),
        (0xFE00, 0xFE0F),
        (0xFFA0, 0xFFA0),
        (0xE0100, 0xE01EF),
    )
    for code in range(first, last + 1)
)
"""Letters and marks that show nothing, beside control and format characters (Default_Ignorable_Code_Point of
Unicode's DerivedCoreProperties), line separators, and the empty Braille pattern."""
_JOINER = "\N{WORD JOINER}"
_LINK = re.compile(r"(?i)(?<=:)(?=//)|(?<=www)(?=\.)|(?<=[-.\w+]@)(?=[-\w]+\.[-\w])")
_QUOTED = re.compile(r"(['\"`])((?:[\w.+-]+=)?)(?:/[^'\"`/]*)+/([^'\"`/]+)/?\1")
_PATH = re.compile(r"(?<![\w.~/…])(?:/[^\s/'\"`<>,;:()\[\]{}]+)+/([^\s/'\"`<>,;:()\[\]{}]+)/?")
_DRIVE = re.compile(r"(?<!\w)[A-Za-z]:\\(?:[^\s\\'\"`<>,;:()\[\]{}]+\\)*([^\s\\'\"`<>,;:()\[\]{}]*)")
_PUNCTUATION = re.compile(f"([{re.escape(string.punctuation)}])")


def shown(name: str, most: int = LONGEST_NAME) -> str:
    r"""Return ``name`` on one line, cut at ``most`` characters, its invisible characters made visible.

    Control and format characters (a text direction that is switched, a zero-width space) could make one
    name look like another.

    >>> shown("tf\nidf")
    'tf idf'
    """
    line = " ".join(name.split())
    visible = "".join("\N{REPLACEMENT CHARACTER}" if _invisible(c) else c for c in line)
    return visible if len(visible) <= most else visible[: most - 1] + "…"


def escaped(text: str) -> str:
    r"""Return ``text`` so that Streamlit's markdown shows it letter by letter.

    CommonMark lets every ASCII punctuation mark be escaped by a backslash; with them go HTML, links,
    LaTeX, emoji codes and coloured text. Addresses are broken as `unlinked` does.

    >>> escaped("<b>:red[x]")
    '\\<b\\>\\:red\\[x\\]'
    """
    return _PUNCTUATION.sub(r"\\\1", unlinked(" ".join(text.split())))


def unlinked(text: str) -> str:
    r"""Return ``text`` with a word joiner in what Markdown would make a link of.

    GitHub's Markdown, which Streamlit reads too, looks for ``http://``, ``www.`` and mail addresses once
    backslashes are gone, so that these do not help.

    >>> unlinked("www.example.org, a@example.org, http://example.org, org/name")
    'www\u2060.example.org, a@\u2060example.org, http:\u2060//example.org, org/name'
    """
    return _LINK.sub(_JOINER, text)


def pathless(text: str, *roots: Path) -> str:
    """Return ``text`` without absolute paths: they say who runs the site, and where things lie there.

    Args:
        roots: folders of which what lies below is kept; of other paths the last name stays.

    >>> pathless("/srv/board/runs/mini/a/run.json, line 1, of /home/ada/x.py", Path("/srv/board/runs"))
    'mini/a/run.json, line 1, of …/x.py'
    """
    names = {str(form): form.name for root in roots for form in (root, root.resolve()) if form.is_absolute()}
    for place in sorted(names, key=len, reverse=True):
        text = text.replace(f"{place}/", "")
        text = re.sub(rf"{re.escape(place)}(?![\w.-])", names[place], text)
    text = text.replace("file:///", "/")
    for folder in (Path.cwd(), Path.home(), Path(tempfile.gettempdir())):
        if folder != folder.parent:
            text = text.replace(f"{folder}/", "/…/")  # it may have spaces, where the next lines would end
    for pattern, kept in ((_QUOTED, r"\1\2…/\3\1"), (_PATH, r"…/\1"), (_DRIVE, r"…/\1")):
        text = pattern.sub(kept, text)
    return text


def said(error: BaseException | str, *roots: Path) -> str:
    """Return what an error says, `pathless` and `escaped`."""
    return escaped(pathless(str(error), *roots))


def percent(value: float) -> str:
    """Return a fraction as per cent with one decimal, or ``–`` where there is none.

    >>> percent(0.7125)
    '71.2'
    """
    return "–" if math.isnan(value) else f"{100 * value:.1f}"


def interval(low: float, high: float) -> str:
    """Return an interval of fractions in per cent.

    >>> interval(0.698, 0.725)
    '69.8–72.5'
    """
    return "–" if math.isnan(low) else f"{percent(low)}–{percent(high)}"


def listed(names: list[str]) -> str:
    """Join names as a sentence does.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def distinct(names: list[str]) -> list[str]:
    """Number repeated names, so that no two look the same.

    >>> distinct(["a", "b", "a"])
    ['a', 'b', 'a #2']
    """
    seen: set[str] = set()
    result = []
    for name in names:
        candidate, count = name, 1
        while candidate in seen:
            count += 1
            candidate = f"{name} #{count}"
        seen.add(candidate)
        result.append(candidate)
    return result


def _invisible(character: str) -> bool:
    return character in INVISIBLE or unicodedata.category(character) in {"Cc", "Cf", "Cn", "Co", "Cs"}
