"""TextAttack, both ways: its recipes as attacks of the suite, and the suite's parts inside TextAttack.

>>> RECIPES["deepwordbug"].tag
'malicious'

`Recipe` is an attack for `robtest.attack` and the runs. The other names are TextAttack's own kinds of
parts and import it (4 s) when they are first looked up: `DimensionTransformation`, `DegreeConstraint`,
`SimilarityConstraint`, `RobTestSearch`.
"""

from typing import TYPE_CHECKING, Any

from robtest.textattack.attack import Recipe
from robtest.textattack.recipes import RECIPES, REFUSED

if TYPE_CHECKING:
    from robtest.textattack.inside.dimension import DimensionTransformation
    from robtest.textattack.inside.limits import DegreeConstraint, SimilarityConstraint
    from robtest.textattack.inside.search import RobTestSearch

__all__ = [
    "RECIPES",
    "REFUSED",
    "DegreeConstraint",
    "DimensionTransformation",
    "Recipe",
    "RobTestSearch",
    "SimilarityConstraint",
]

_INSIDE = {
    "DegreeConstraint": "limits",
    "DimensionTransformation": "dimension",
    "RobTestSearch": "search",
    "SimilarityConstraint": "limits",
}


def __getattr__(name: str) -> Any:
    if name not in _INSIDE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    from robtest.textattack.library import library

    library()
    return getattr(import_module(f"{__name__}.inside.{_INSIDE[name]}"), name)
