"""A recipe of TextAttack as an attack of the suite, which its own search carries out."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from robtest.errors import AttackError
from robtest.textattack.library import library_version
from robtest.textattack.recipes import entry_of
from robtest.textattack.resources import STOP_WORDS, check_all
from robtest.textattack.search import RecipeSearch
from robtest.types import Access, Attack, Edit, Level, Tag, Unit


@dataclass(frozen=True)
class Recipe(Attack):
    """Any recipe of TextAttack (Morris et al. 2020, arXiv:2005.05909) that applies to a classifier.

    Level and tag are the recipe's (`robtest.textattack.recipes`): character recipes are malicious, word
    recipes general. What it reads is checked when it is made, and nothing is downloaded while it runs.
    Its own search drives the victim, so it has no `edits` for the searches of the suite: `search_for`
    gives the search it brings.

    Attributes:
        recipe: TextAttack's name of it on the command line, such as ``deepwordbug``.
    """

    recipe: str
    name: str = field(init=False)
    level: Level = field(init=False)
    tags: tuple[Tag, ...] = field(init=False)
    version: str = field(init=False)

    unit: Unit = field(init=False, default="word")
    access: Access = field(init=False, default="score")

    def __post_init__(self) -> None:
        """Look the recipe up, and for what it reads.

        Raises:
            ValueError: for an unknown recipe, or one that does not apply, saying why.
            AssetMissing: naming all it reads that cannot be had here, and the cures.
            AssetError: if a file is damaged.
        """
        entry = entry_of(self.recipe)
        for name, value in (
            ("name", f"textattack-{self.recipe}"),
            ("level", entry.level),
            ("tags", (entry.tag,)),
            ("version", f"1+textattack{library_version()}"),
        ):
            object.__setattr__(self, name, value)
        check_all(self.name, (STOP_WORDS, *entry.resources))

    def edits(self, text: str, start: int, end: int) -> Sequence[Edit]:
        """Raise `AttackError`: a recipe lists no edits, its search makes texts."""
        raise AttackError(
            f"recipe {self.recipe!r} searches by itself and lists no edits; robtest.attack and the runs use "
            "its search whatever the access asked for"
        )

    def search(self, query_budget: int | None) -> RecipeSearch:
        """Return its search, with a limit to the distinct texts asked about one example."""
        return RecipeSearch(self.recipe, query_budget)
