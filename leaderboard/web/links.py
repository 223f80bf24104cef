"""Addresses that a stranger wrote: only plain https ones become links, and each is shown in full."""

import re
from collections.abc import Iterable
from html import escape
from urllib.parse import urlsplit

MOST = 10
LONGEST = 200
_ADDRESS = re.compile(r"https://[!-~]+")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.IGNORECASE)
_BEHIND = ".,;:!?)]}'\"<>"
"""What ends a sentence, not an address."""


def addresses(texts: Iterable[str]) -> list[str]:
    """Return the https addresses in ``texts``, each once, at most `MOST`.

    One with a user's name, a port, letters other than ASCII in its host, or over `LONGEST` letters is left
    out: it could lead elsewhere than it seems to.

    >>> addresses(["see https://a.example/x, not http://b.example", "https://user@evil.example/"])
    ['https://a.example/x']
    """
    found: dict[str, None] = {}
    for text in texts:
        for match in _ADDRESS.findall(text):
            address = re.split(r"[<>\"'`\\]", match)[0].rstrip(_BEHIND)
            if len(address) <= LONGEST and _HOST.fullmatch(urlsplit(address).netloc):
                found[address] = None
    return list(found)[:MOST]


def anchors(texts: Iterable[str]) -> str:
    """Return `addresses` as HTML, each with itself as its text; empty where there is none."""
    return "<br>".join(
        f'<a href="{escape(address)}" rel="noopener noreferrer nofollow">{escape(address)}</a>'
        for address in addresses(texts)
    )
