"""How far a text is from its original; the only judge of the limit.

Malicious: character Levenshtein distance / characters. General: changed words / words. Sentence level:
1 - cosine similarity, in millionths (`robtest.similarity`). All are exact integers over an integer, and a
degree is read as the decimal it is written as, so no rounding can ever let one edit too many through.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

from robtest.types import Edit, Tag

DEGREES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
"""RobTest's sweep (its code, default of ``--degree``)."""

MILLION = 1_000_000
"""The denominator at sentence level: distances there are millionths of a cosine."""


def check_degree(degree: float) -> float:
    """Return the degree as a float.

    Raises:
        ValueError: if it is not a number in [0, 1].
    """
    if not (math.isfinite(degree) and 0 <= degree <= 1):
        raise ValueError(f"degree must be in [0, 1], got {degree}")
    return float(degree)


def check_degrees(degrees: Sequence[float]) -> tuple[float, ...]:
    """Return the degrees of a sweep as floats.

    Raises:
        ValueError: if there is none, one is out of [0, 1], or they do not rise strictly.
    """
    checked = tuple(check_degree(degree) for degree in degrees)
    if not checked or any(low >= high for low, high in pairwise(checked)):
        raise ValueError(f"degrees must be one or more and rise strictly, got {list(degrees)}")
    return checked


def budget(degree: float, n: int, *, compatible: bool = False) -> int:
    """Return how many of ``n`` characters or words a degree lets change: floor(degree * n), exactly.

    Args:
        compatible: round up, as RobTest does, so that at 0.05 one of eight words changes: a limit may
            then be exceeded by less than one change.
    """
    allowed = _exact(check_degree(degree)) * n
    return math.ceil(allowed) if compatible else math.floor(allowed)


@lru_cache(maxsize=128)
def _exact(degree: float) -> Fraction:
    # repr gives back the decimal the user wrote: 0.29 * 100 is 28.999... in floats, and 29 here.
    return Fraction(repr(degree))


def size(text: str, tag: Tag) -> int:
    """Return the denominator: characters (malicious) or white-space tokens (general)."""
    return len(text) if tag == "malicious" else len(text.split())


def distance(
    original: str, perturbed: str, tag: Tag, *, hint: int | None = None, compatible: bool = False
) -> int:
    """Return the numerator: edited characters (malicious) or words (general), by Levenshtein.

    Words are aligned before they are compared, so that one inserted word does not shift all that follow.

    Args:
        hint: about how large the distance is; changes the time on long texts, never the result.
        compatible: lower-case both texts, as RobTest does, which makes a change of case free; it costs
            one otherwise. RobTest's word distance under score access, characters by words, is not kept.
    """
    if compatible:
        original, perturbed = _lower(original), _lower(perturbed)
    if tag == "malicious":
        return Levenshtein.distance(original, perturbed, score_hint=hint)
    return Levenshtein.distance(original.split(), perturbed.split(), score_hint=hint)


def relative(changed: int, n: int) -> float:
    """Return a distance as a degree; of a text without characters (words) 0 or, if it changed, 1."""
    return changed / n if n else float(changed > 0)


def measure(original: str, perturbed: str, tag: Tag, *, compatible: bool = False) -> float:
    """Return the realised degree: at least 0, and above 1 where a text more than doubles.

    Args:
        compatible: see `distance`.

    Source: Chen et al. 2023 (arXiv:2305.18503): relative Levenshtein distance, word modification rate.
    """
    return relative(distance(original, perturbed, tag, compatible=compatible), size(original, tag))


def within(original: str, perturbed: str, tag: Tag, degree: float, *, compatible: bool = False) -> bool:
    """Whether a text keeps the limit; decided in integers. An empty text may not be changed at all.

    Args:
        compatible: see `budget` and `distance`.
    """
    allowed = budget(degree, size(original, tag), compatible=compatible)
    return distance(original, perturbed, tag, compatible=compatible) <= allowed


def cost(text: str, edit: Edit, tag: Tag) -> int:
    """Return an upper bound on what one edit adds to the distance, at least 1, without reading far.

    The distance of a text with many edits is at most the sum of their costs, and so is that of
    lower-cased texts, where a change of case still costs one: RobTest counts what it tries.
    """
    old = text[edit.start : edit.end]
    if tag == "malicious":
        return Levenshtein.distance(old, edit.new)
    if len(old.split()) <= 1 and len(edit.new.split()) <= 1 and not _has_space(old + edit.new):
        return 1
    # White space is involved, so words may merge or part: compare them with both neighbours.
    start, end = edit.start, edit.end
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    changed = text[start : edit.start] + edit.new + text[edit.end : end]
    return max(1, distance(text[start:end], changed, tag))


def _lower(text: str) -> str:
    # One for one, so that no distance grows: the lower case of some letters is two characters long, or
    # depends on the letters beside it.
    return "".join([low if len(low := char.lower()) == 1 else char for char in text])


def _has_space(text: str) -> bool:
    return any(char.isspace() for char in text)
