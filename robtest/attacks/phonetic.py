"""Phonetic: words written as they sound."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from robtest.language.forms import is_word, keep_case
from robtest.language.pronunciation import MIN_LETTERS, PACKAGE, TABLES_VERSION, digest, sound_alikes
from robtest.types import Attack, Edit

# A whole word of English letters, alone or before 's: neither a part of a word with other letters or an
# apostrophe (don't), whose sound is another.
_WORD = re.compile(rf"(?<!\w)(?<!\w['’])[A-Za-z]{{{MIN_LETTERS},}}(?!\w)(?!['’](?!s\b)\w)")


@dataclass(frozen=True)
class Phonetic(Attack):
    """Replace a word by letters that sound the same.

    Character level, general and malicious (RobTest, Chen et al. 2023, Table 1). Two kinds of edits:

    * ``respelling``: one grapheme of the word is replaced by another that spells the same sound there
      (``ph`` -> ``f``), and the result is no word of the dictionary;
    * ``homophone``: another word with the same sounds, on request, because it has another meaning.

    Sounds, and which letters spell them where, come from the Carnegie Mellon Pronouncing Dictionary
    (`robtest.language.pronunciation`): fetched at the first use (1 MB), its tables made once in about
    10 s and kept. Of several pronunciations the first counts.

    Deviations from RobTest. It takes what users of social media wrote, among words of equal sound code
    (ANTHRO, Le et al. 2022); that collection cannot be had, and a sound code is coarser than a
    pronunciation. So a word that is not in the dictionary has no edits, and as one grapheme of a word
    changes, malicious degrees above some 0.15 are rarely reached. Words of fewer than three letters
    have none, as there; nor have those of mixed case or with an apostrophe, but for 's. Case is kept.

    Attributes:
        homophones: also replace by other words.
        dictionary: a file in the format of the CMU dictionary, for other words or another accent; None
            for the packaged one.
    """

    homophones: bool = False
    dictionary: Path | str | None = None
    version: str = field(init=False, default="")

    name = "phonetic"
    level = "char"
    unit = "word"
    tags = ("general", "malicious")

    def __post_init__(self) -> None:
        """Say in the version what the sounds come from.

        Raises:
            AssetMissing: if there is no such dictionary.
        """
        sha256 = PACKAGE.sha256 if self.dictionary is None else digest(Path(self.dictionary))
        version = f"1+tables{TABLES_VERSION}+dictionary{sha256[:8]}"
        object.__setattr__(self, "version", version)

    def edits(self, text: str, start: int, end: int) -> list[Edit]:
        """Return every sound-alike of the words in ``text[start:end]``, which may hold punctuation.

        Raises:
            AssetMissing: if the dictionary cannot be had; the text says where to put it by hand.
        """
        return [
            Edit(*match.span(), keep_case(match[0], new), kind)
            for match in _WORD.finditer(text, start, end)
            if is_word(match[0])
            for kind, alike in self._sound_alikes(match[0].lower())
            for new in alike
        ]

    def _sound_alikes(self, word: str) -> list[tuple[str, list[str]]]:
        tables = sound_alikes(None if self.dictionary is None else Path(self.dictionary))
        alikes = [("respelling", tables.respellings.get(word, "").split())]
        if self.homophones:
            alikes.append(("homophone", tables.homophones.get(word, "").split()))
        return alikes
