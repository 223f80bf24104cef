"""Speech: words as a speech recogniser mishears them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from robtest.attacks.family import Change, Family
from robtest.language.forms import keep_case
from robtest.language.mishearing import VERSION, homophones, near_words

KINDS = ("homophone", "near")

_WORD = re.compile(r"(?<!\w)(?<!\w['’-])[A-Za-z]+(?:['’][A-Za-z]+)?(?!\w)(?!['’-]\w)")
_SELF = "i"


@dataclass(frozen=True)
class Speech(Family):
    """Replace a word by another that sounds the same, or nearly.

    Two kinds, out of the Carnegie Mellon Pronouncing Dictionary (`robtest.language.mishearing`, 1 MB,
    fetched at the first use): ``homophone``, the same sounds, as ``their`` and ``they're``; ``near``, one
    sound apart and that one often confused, as ``bad`` and ``bag``. Only whole words of English are heard,
    no names; of several pronunciations the first counts. A recogniser that knows the language would
    choose among them by what is likely; this does not. What is written has another meaning then, and the
    reader has to see through it: labels are those of what was said.

    Word level, since whole words are exchanged for other ones. General and malicious: recognisers are
    measured by both rates, of words and of characters.
    """

    kinds: Sequence[str] = KINDS

    known_kinds: ClassVar[tuple[str, ...]] = KINDS
    name = "speech"
    level = "word"
    unit = "word"
    tags = ("general", "malicious")
    version = f"1+{VERSION}"

    def changes(self, kind: str, text: str, start: int, end: int) -> Iterator[Change]:
        """Yield what the words in ``text[start:end]``, which may hold punctuation, can be heard as.

        Raises:
            AssetMissing: if the dictionary cannot be had; the text says where to put it by hand.
        """
        heard = homophones if kind == "homophone" else near_words
        for match in _WORD.finditer(text, start, end):
            word = match[0].lower().replace("’", "'")
            # Its capital is its own, which nothing that sounds like it has.
            cased = word if word == _SELF or word.startswith(f"{_SELF}'") else match[0].replace("’", "'")
            if cased in (word, word.capitalize(), word.upper()):
                yield from (Change(*match.span(), keep_case(cased, new)) for new in heard(word))
