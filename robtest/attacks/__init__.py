"""The capability dimensions of RobTest (Chen et al. 2023, Table 1), one file each."""

from collections.abc import Callable

from robtest.attacks.glyph import Glyph
from robtest.attacks.typo import Typo
from robtest.types import Attack

DIMENSIONS: dict[str, Callable[[], Attack]] = {"typo": Typo, "glyph": Glyph}
"""Name of a dimension -> what makes it with its default options."""


def get_attack(dimension: str) -> Attack:
    """Return a dimension with its default options.

    Raises:
        ValueError: naming the known dimensions.
    """
    if dimension not in DIMENSIONS:
        raise ValueError(f"unknown dimension {dimension!r}; known dimensions: {', '.join(DIMENSIONS)}")
    return DIMENSIONS[dimension]()
