"""Names and numbers as text: what a run says of itself is data, and is shown as it was written."""

import math
import re
import string
import unicodedata

LONGEST_NAME = 80
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
    LaTeX, emoji codes and coloured text.

    >>> escaped("<b>:red[x]")
    '\\<b\\>\\:red\\[x\\]'
    """
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))


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
    return unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs"}
