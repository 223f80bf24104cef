"""The capability dimensions of RobTest (Chen et al. 2023, Table 1), one file each."""

from collections.abc import Callable

from robtest.attacks.contextual import Contextual
from robtest.attacks.distraction import Distraction
from robtest.attacks.glyph import Glyph
from robtest.attacks.inflection import Inflection
from robtest.attacks.phonetic import Phonetic
from robtest.attacks.synonym import Synonym
from robtest.attacks.syntax import Syntax
from robtest.attacks.typo import Typo
from robtest.types import Attack, Tag

DIMENSIONS: dict[str, Callable[[], Attack]] = {
    "typo": Typo,
    "glyph": Glyph,
    "phonetic": Phonetic,
    "synonym": Synonym,
    "contextual": Contextual,
    "inflection": Inflection,
    "syntax": Syntax,
    "distraction": Distraction,
}
"""Name of a dimension -> what makes it with its default options."""


def get_attack(dimension: str) -> Attack:
    """Return a dimension with its default options.

    Raises:
        ValueError: naming the known dimensions.
    """
    if dimension not in DIMENSIONS:
        raise ValueError(f"unknown dimension {dimension!r}; known dimensions: {', '.join(DIMENSIONS)}")
    return DIMENSIONS[dimension]()


def tag_of(attack: Attack, wanted: Tag) -> Tag:
    """Return the tag wanted, or a dimension's only one: it chooses the distance (RobTest, Table 1)."""
    return wanted if wanted in attack.tags else attack.tags[0]
