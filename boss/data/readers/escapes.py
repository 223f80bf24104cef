r"""Texts that were printed as Python string literals, once or twice: ``\n``, ``\xa0``, ``\u2026``."""

import re

_ESCAPE = re.compile(
    r"(?P<bytes>(?:\\+x[0-9a-fA-F]{2})+)"
    r"|(?P<units>(?:\\+u[0-9a-fA-F]{4})+)"
    r"|\\+U(?P<point>[0-9a-fA-F]{8})"
    r"|\\+(?P<single>[abfnrtv'\"])"
)
_SINGLE = {"a": "", "b": "", "f": " ", "n": "\n", "r": "\r", "t": "\t", "v": " ", "'": "'", '"': '"'}


def unescape(literal: str) -> str:
    r"""Return the text a quoted literal stands for; nothing is evaluated.

    Runs of backslashes count as one, since some texts were escaped twice. A run of ``\x`` bytes is read
    as UTF-8 where it is, else as Latin-1. Runs of white space become one space, as in BOSS's processing.

    >>> unescape(r'"caf\xc3\xa9 \\n \u2026"')
    'café …'
    """
    text = literal.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    return " ".join(_ESCAPE.sub(_replace, text).split())


def _replace(match: re.Match[str]) -> str:
    if escape := match["bytes"]:
        raw = bytes.fromhex("".join(re.findall(r"x(..)", escape)))
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("latin-1")
    if escape := match["units"]:
        raw = bytes.fromhex("".join(re.findall(r"u(....)", escape)))
        return raw.decode("utf-16-be", "replace")  # two halves of one character stand side by side
    if escape := match["point"]:
        return chr(int(escape, 16)) if int(escape, 16) < 0x110000 else match[0]
    return _SINGLE[match["single"]]
