"""Texts as libraries can take them."""

import re

SURROGATE = re.compile("[\ud800-\udfff]")


def encodable(text: str) -> str:
    """Return ``text`` with lone surrogates as U+FFFD, so that it can be written as UTF-8; same length."""
    return SURROGATE.sub("\ufffd", text)
