"""The capability dimensions of RobTest (Chen et al. 2023, Table 1), and families beside them; a file each."""

from collections.abc import Callable

from robtest import dimensions
from robtest.attacks.case import Case
from robtest.attacks.contextual import Contextual
from robtest.attacks.distraction import Distraction
from robtest.attacks.emoji import Emoji
from robtest.attacks.filler import Filler
from robtest.attacks.glyph import Glyph
from robtest.attacks.inflection import Inflection
from robtest.attacks.invisible import Invisible
from robtest.attacks.ocr import Ocr
from robtest.attacks.phonetic import Phonetic
from robtest.attacks.slang import Slang
from robtest.attacks.spacing import Spacing
from robtest.attacks.speech import Speech
from robtest.attacks.stack import JOINT, Stack
from robtest.attacks.synonym import Synonym
from robtest.attacks.syntax import Syntax
from robtest.attacks.typo import Typo
from robtest.types import Attack, Tag

_CLASSES = (Typo, Glyph, Phonetic, Synonym, Contextual, Inflection, Syntax, Distraction)

DIMENSIONS: dict[str, Callable[[], Attack]] = dict(zip(dimensions.DIMENSIONS, _CLASSES, strict=True))
"""Name of a dimension of RobTest -> what makes it with its default options."""

_FAMILY_CLASSES = (Invisible, Case, Spacing, Ocr, Speech, Slang, Emoji, Filler)

FAMILIES: dict[str, Callable[[], Attack]] = dict(zip(dimensions.FAMILIES, _FAMILY_CLASSES, strict=True))
"""Name of a family outside RobTest's dimensions -> what makes it with its default options."""


def get_attack(dimension: str) -> Attack:
    """Return a dimension or family with its default options, or a stack of some: ``typo+synonym``.

    Raises:
        ValueError: naming the known ones, or for parts that cannot be stacked.
    """
    if JOINT in dimension:
        return Stack(tuple(dimension.split(JOINT)))
    make = {**DIMENSIONS, **FAMILIES}
    if dimension not in make:
        raise ValueError(
            f"unknown dimension {dimension!r}; known dimensions: {', '.join(DIMENSIONS)}; "
            f"families: {', '.join(FAMILIES)}; a stack of some: typo{JOINT}synonym"
        )
    return make[dimension]()


def tag_of(attack: Attack, tag: Tag) -> Tag:
    """Return ``tag``, or a dimension's only one: it chooses the distance (RobTest, Table 1)."""
    return tag if tag in attack.tags else attack.tags[0]
