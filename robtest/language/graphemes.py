"""Which letters spell which sounds in English, and a word's spelling cut into them."""

from collections.abc import Sequence
from typing import NamedTuple

SPELLINGS: dict[tuple[str, ...], tuple[str, ...]] = {
    tuple(sounds.split()): tuple(graphemes.split())
    for sounds, graphemes in {
        # Vowels. AX is AH without stress, which the dictionary writes AH0.
        "AA": "o a ah au aw",
        "AE": "a ai",
        "AH": "u o ou oo",
        "AX": "a e i o u ai ou io ia y eo",
        "AO": "o a au aw oa ou ough augh oo",
        "AW": "ou ow ough",
        "AY": "i y igh ie uy eye ei ye",
        "EH": "e ea a ai ie ay ei",
        "ER": "er ir ur or ar ear our re yr err urr ure orr",
        "EY": "a ai ay ei ey eigh ea e ee",
        "IH": "i y e a ee ea ui ie u o ei ey ai",
        "IY": "ee ea e ie y i ey ei eo ay",
        "OW": "o oa ow oe ough ou oh",
        "OY": "oi oy",
        "UH": "oo u ou o",
        "UW": "oo u ew ue ou o ough ui oe",
        # Consonants.
        "B": "b bb",
        "CH": "ch tch t c",
        "D": "d dd ld",
        "DH": "th",
        "F": "f ph ff gh lf",
        "G": "g gg gh gu",
        "HH": "h wh",
        "JH": "j g dg gg d",
        "K": "c k ck ch cc q kk qu que",
        "L": "l ll",
        "M": "m mm mb mn lm",
        "N": "n nn kn gn pn",
        "NG": "ng n",
        "P": "p pp",
        "R": "r rr wr rh",
        "S": "s ss c sc st ps z",
        "SH": "sh ti ci si ssi ch s ss sci sch c t",
        "T": "t tt d th bt pt",
        "TH": "th",
        "V": "v vv f",
        "W": "w wh u o",
        "Y": "y i j",
        "Z": "z s zz ss x",
        "ZH": "s si g z ti",
        # Letters that spell two sounds at once.
        "AX L": "le l",
        "AX M": "m",
        "AX N": "n",
        "AY ER": "ire yre",
        "AW ER": "our ower",
        "G Z": "x",
        "HH W": "wh",
        "IY AX": "ia ea io eo",
        "K S": "x cc xc",
        "K SH": "x",
        "K W": "qu",
        "T S": "zz z",
        "W AA": "oi",
        "W AH": "o",
        "Y AX": "u ia",
        "Y ER": "ur ure",
        "Y UH": "u",
        "Y UW": "u ew eu ue eau",
    }.items()
}
"""Sounds (ARPAbet without stress) -> their spellings. Own compilation: the regular ones and, so that
common words can be read, some irregular ones; which of them may be *written* where is decided by the
dictionary (`robtest.language.pronunciation`)."""

PHONEMES = frozenset(sound for sounds in SPELLINGS for sound in sounds)

_SILENT = frozenset("bcdeghiklnprstuw")
_SILENT_COST = 5  # of one grapheme: a reading with fewer silent letters is the better one

_SOUNDS: dict[str, list[tuple[str, ...]]] = {}
for _sounds, _graphemes in SPELLINGS.items():
    for _grapheme in _graphemes:
        _SOUNDS.setdefault(_grapheme, []).append(_sounds)
LONGEST = max(map(len, _SOUNDS))


class Piece(NamedTuple):
    """Letters ``word[start:end]`` and the sounds they spell, none if they are silent."""

    start: int
    end: int
    sounds: tuple[str, ...]


def is_grapheme(letters: str) -> bool:
    """Whether letters spell a sound together."""
    return letters in _SOUNDS


def pieces(word: str, sounds: Sequence[str]) -> list[Piece]:
    """Return a spelling cut into graphemes with their sounds; empty where `SPELLINGS` cannot read it.

    The cheapest reading: each grapheme costs 1, each silent letter 5; the first found of equals.

    >>> [("knight"[p.start : p.end], *p.sounds) for p in pieces("knight", ["N", "AY", "T"])]
    [('kn', 'N'), ('igh', 'AY'), ('t', 'T')]
    """
    phonemes = tuple(sounds)
    # (letters read, sounds said) -> (cost, the piece read last)
    best: dict[tuple[int, int], tuple[int, Piece | None]] = {(0, 0): (0, None)}
    for start in range(len(word)):
        for at in range(len(phonemes) + 1):
            if (start, at) not in best:
                continue
            cost = best[start, at][0]
            for piece in _readings(word, start, phonemes, at):
                state = (piece.end, at + len(piece.sounds))
                price = cost + (1 if piece.sounds else _SILENT_COST)
                if state not in best or price < best[state][0]:
                    best[state] = (price, piece)
    return _way_back(best, (len(word), len(phonemes)))


def _readings(word: str, start: int, phonemes: tuple[str, ...], at: int) -> list[Piece]:
    """Return the pieces that can begin at a place of the word and of its phonemes."""
    readings = [
        Piece(start, end, sounds)
        for end in range(start + 1, min(start + LONGEST, len(word)) + 1)
        for sounds in _SOUNDS.get(word[start:end], ())
        if phonemes[at : at + len(sounds)] == sounds
    ]
    return [*readings, Piece(start, start + 1, ())] if word[start] in _SILENT else readings


def _way_back(best: dict[tuple[int, int], tuple[int, Piece | None]], state: tuple[int, int]) -> list[Piece]:
    way: list[Piece] = []
    while state in best:
        piece = best[state][1]
        if piece is None:
            return way[::-1]
        way.append(piece)
        state = (piece.start, state[1] - len(piece.sounds))
    return []
