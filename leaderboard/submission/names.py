"""Which names a submission may give: they stand on pages, in links and in files of other programs."""

import re
import string
import unicodedata

from leaderboard.text import INVISIBLE

PUNCTUATION = " _.,:;/+-=@#%()'"
"""Beside letters and digits of any script; enough for ``org/name``, ``typo, degrees=0.1`` and ``O'Neill``."""
_LEADS = "=+-@"
"""What a spreadsheet takes the beginning of a formula for."""
_MOST_MARKS = 3
"""Marks on one letter; more of them reach into the lines above and below."""
_ALPHABETS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"})
"""Scripts that have letters of one shape in common, by the first word of a letter's name."""
CURE = (
    "Give it a plain name: letters and digits of any script, spaces and _ . , : ; / + - = @ # % ( ) ', "
    "not beginning with = + - or @."
)


def fault(name: str) -> str:
    """Return what of a name may not be, empty where nothing is.

    Letters are in their composed, plain form (NFKC), and a word has those of one alphabet.

    >>> fault("org/name (generate, 1 shown)"), fault("größe-模型"), fault("=1+1")
    ('', '', "begins with '='")
    """
    if not name.strip():
        return "is empty; unknown is the word `unknown`"
    if name != name.strip() or "  " in name:
        return "has spaces at an end, or two in a row"
    if name[0] in _LEADS or unicodedata.category(name[0])[0] == "M":
        return f"begins with {name[0]!a}"
    if "://" in name:
        return "holds '://', as an address does"
    bad = sorted({character for character in name if not _allowed(character)})
    if bad:
        return f"holds {bad[0]!a}"
    if unicodedata.normalize("NFKC", name) != name:
        return "holds letters in another form than the plain one (NFKC)"
    return _marks(name) or _mixed(name)


def _allowed(character: str) -> bool:
    if character.isascii():
        return character in PUNCTUATION or character in string.ascii_letters or character in string.digits
    kind = unicodedata.category(character)
    return (kind[0] in "LM" or kind == "Nd") and kind != "Me" and character not in INVISIBLE


def _marks(name: str) -> str:
    run = 0
    for character in name:
        run = run + 1 if unicodedata.category(character)[0] == "M" else 0
        if run > _MOST_MARKS:
            return f"holds more than {_MOST_MARKS} marks on one letter"
    return ""


def _mixed(name: str) -> str:
    """Return what is wrong where one word has letters of several alphabets that look alike."""
    for word in re.findall(r"[^\W\d_]+", name):
        found = {unicodedata.name(letter, "").partition(" ")[0] for letter in word} & _ALPHABETS
        if len(found) > 1:
            return f"has the letters of several alphabets in one word: {' and '.join(sorted(found))}"
    return ""
