"""Where the sentences of a text end, as far as white-space words tell."""

import re

_END = re.compile(r"(?:[!?]|(?<=[a-z\d][a-z\d]{2})\.|(?<=[)\]\"'”’])\.)[)\"'”’]*\Z", re.IGNORECASE)
_NEXT = re.compile(r"\s+\W*[A-Z\d]")
_NOTHING = re.compile(r"\s*\Z")


def ends_sentence(text: str, start: int, end: int) -> bool:
    """Whether a sentence ends with the word ``text[start:end]``, its punctuation included.

    It does with the text. Elsewhere a mark must close it and a capital or a digit follow; a full stop
    behind fewer than three letters may be an abbreviation's and does not count (``Mr. Smith``).

    >>> ends_sentence("It rained. We left", 3, 10), ends_sentence("Mr. Smith", 0, 3)
    (True, False)
    """
    if ends_text(text, end):
        return True
    return _END.search(text[start:end]) is not None and _NEXT.match(text, end) is not None


def ends_text(text: str, end: int) -> bool:
    """Whether nothing but white space follows; without a look at the rest of a long text."""
    return _NOTHING.match(text, end) is not None
