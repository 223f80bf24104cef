"""The capability dimensions of RobTest (Chen et al. 2023, Table 1), one file each."""

from collections.abc import Callable

from robtest import dimensions
from robtest.attacks.contextual import Contextual
from robtest.attacks.distraction import Distraction
from robtest.attacks.glyph import Glyph
from robtest.attacks.inflection import Inflection
from robtest.attacks.phonetic import Phonetic
from robtest.attacks.synonym import Synonym
from robtest.attacks.syntax import Syntax
from robtest.attacks.typo import Typo
from robtest.types import Attack, Tag

_CLASSES = (Typo, Glyph, Phonetic, Synonym, Contextual, Inflection, Syntax, Distraction)

DIMENSIONS: dict[str, Callable[[], Attack]] = dict(zip(dimensions.DIMENSIONS, _CLASSES, strict=True))
"""Name of a dimension -> what makes it with its default options."""


def get_attack(dimension: str) -> Attack:
    """Return a dimension with its default options.

    Raises:
        ValueError: naming the known dimensions.
    """
    if dimension not in DIMENSIONS:
        raise ValueError(f"unknown dimension {dimension!r}; known dimensions: {', '.join(DIMENSIONS)}")
    return DIMENSIONS[dimension]()


def tag_of(attack: Attack, tag: Tag) -> Tag:
    """Return ``tag``, or a dimension's only one: it chooses the distance (RobTest, Table 1)."""
    return tag if tag in attack.tags else attack.tags[0]
