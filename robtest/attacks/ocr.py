"""OCR: letters and words as a scanner misreads them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from robtest.attacks.family import Change, Family
from robtest.language import misreading

KINDS = ("character", "letters", "word")

_WORD = re.compile(r"(?<!\w)[^\W\d_]+(?!\w)")


@dataclass(frozen=True)
class Ocr(Family):
    """Replace a character, some letters or a word by what optical character recognition reads there.

    Three kinds, out of two published packages (`robtest.language.misreading`, 20 MB, fetched at the first
    use): ``character``, nlpaug's short table (0 and O, 1 and l); ``letters``, what scans of books often
    show in the place of some letters (``h`` as ``li``, ``in`` as ``m``); ``word``, a misreading listed for
    this very word, at its first letter.

    Character level; the unit is the character, as scanners err by shapes. General and malicious: a word
    with one misreading is another word, and a scan's quality is given by both rates.
    """

    kinds: Sequence[str] = KINDS

    known_kinds: ClassVar[tuple[str, ...]] = KINDS
    name = "ocr"
    level = "char"
    unit = "char"
    tags = ("general", "malicious")
    version = f"1+{misreading.VERSION}"

    def changes(self, kind: str, text: str, start: int, end: int) -> Iterator[Change]:
        """Yield what is read at a character in its place.

        Raises:
            AssetMissing: if the packages cannot be had; the text says where to put them by hand.
        """
        if kind == "word":
            match = _WORD.match(text, start)
            if match is not None:
                yield from (Change(*match.span(), read) for read in _misread(match[0]))
            return
        table = misreading.characters() if kind == "character" else misreading.letters()
        for n in range(1, min(_longest(table), len(text) - start) + 1):
            for read in table.get(text[start : start + n], ()):
                yield Change(start, start + n, read)


def _misread(word: str) -> Iterator[str]:
    """Yield the misreadings of a word; of a Capitalised one also those that keep its first letter."""
    table = misreading.words()
    yield from table.get(word, ())
    low = word.lower()
    if word == word.capitalize() != low:
        yield from (word[0] + read[1:] for read in table.get(low, ()) if read[0] == low[0])


def _longest(table: misreading.Table) -> int:
    return max(map(len, table))
