"""Case: words in other capitals."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from robtest.attacks.family import Change, Family

KINDS = ("upper", "lower", "title", "inverted", "capital")


@dataclass(frozen=True)
class Case(Family):
    """Write a word in other case: UPPER, lower, Title, iNVERTED, or with one random caPital.

    As WordCase of TextFlint (Wang et al. 2021, arXiv:2103.11441) and the case changes of NL-Augmenter
    (Dhole et al. 2021, arXiv:2112.02721). Character level, as letters change and no word becomes another;
    the unit is the word, for a hand holds shift or caps lock for a word. General and malicious: one word,
    or as many characters as change their case. A search with ``compatible`` counts no case, as RobTest,
    and its degrees are then 0.

    A letter whose other case is several letters (ß) stays.
    """

    kinds: Sequence[str] = KINDS

    known_kinds: ClassVar[tuple[str, ...]] = KINDS
    name = "case"
    level = "char"
    unit = "word"
    tags = ("general", "malicious")
    version = "1"

    def changes(self, kind: str, text: str, start: int, end: int) -> Iterator[Change]:
        """Yield the word in another case; of ``capital`` one change for each letter but the first."""
        word = text[start:end]
        first = next((i for i, char in enumerate(word) if char.isalpha()), len(word))
        match kind:
            case "upper":
                yield Change(start, end, _cased(word, str.upper))
            case "lower":
                yield Change(start, end, _cased(word, str.lower))
            case "title":
                capital, rest = word[first : first + 1], word[first + 1 :]
                new = word[:first] + _cased(capital, str.upper) + _cased(rest, str.lower)
                yield Change(start, end, new)
            case "inverted":
                yield Change(start, end, _cased(word, str.swapcase))
            case _:
                for i in range(start + first + 1, end):
                    if text[i].islower():
                        yield Change(i, i + 1, _cased(text[i], str.upper))


def _cased(text: str, change: Callable[[str], str]) -> str:
    """Return a text in another case, character by character, so that none is added."""
    return "".join(new if len(new := change(char)) == 1 else char for char in text)
