"""How positive or negative a word is, by the lexicon of VADER (Hutto & Gilbert 2014), out of its package."""

from functools import cache

from robtest.assets import Member, Package, default_cache
from robtest.errors import AssetError

PACKAGE = Package(
    distribution="vaderSentiment",
    version="3.3.2",
    file="vaderSentiment-3.3.2.tar.gz",
    sha256="5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
)
_MEMBER = "vaderSentiment-3.3.2/vaderSentiment/vader_lexicon.txt"

TOLERANCE = 1.0
"""By how much two words may differ, of the eight points between the worst and the best."""


def valence(word: str) -> float:
    """Return the mean of ten raters for a lower-case word, from -4 to 4; 0 for a word not in the lexicon.

    Raises:
        AssetError: if the lexicon cannot be had; the text says how to get it.
    """
    return _lexicon().get(word, 0.0)


def alike(word: str, other: str) -> bool:
    """Whether one word may stand for another in a text whose sentiment must stay."""
    first, second = valence(word), valence(other)
    return first * second >= 0 and abs(first - second) <= TOLERANCE


@cache
def _lexicon() -> dict[str, float]:
    words = {}
    member = Member(PACKAGE.fetch(default_cache()), _MEMBER)
    for row, line in member.lines():
        word, _, rest = line.partition("\t")
        mean = rest.partition("\t")[0]
        try:
            words[word.lower()] = float(mean)
        except ValueError as error:
            raise AssetError(
                f"{member}, row {row}: expected a word, a tab and its mean, got {line!r}"
            ) from error
    return words
