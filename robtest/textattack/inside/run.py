"""One run of a recipe on one text under one limit."""

import copy
import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import textattack
from textattack.attack_results import SkippedAttackResult

from robtest.textattack.bridge import Ask
from robtest.textattack.inside.goal import BudgetSpent, OutcomeGoal
from robtest.textattack.inside.limits import DegreeConstraint, KeptConstraint
from robtest.textattack.network import offline
from robtest.textattack.recipes import entry_of
from robtest.textattack.resources import provided
from robtest.types import Tag, Text

_SPLIT = textattack.shared.AttackedText.SPLIT_TOKEN  # a text that has it is not one text to TextAttack


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        text: what the recipe ended with, within the limit; the original where it found nothing.
        skipped: the answer was wrong before, so nothing was tried.
        limited: the limit refused a text, so that a higher one may give another result.
    """

    text: str
    skipped: bool
    limited: bool


@dataclass(frozen=True)
class Runner:
    """A recipe with this suite's limits around it, for one text.

    Everything a run reads is its own but the recipe's transformation and constraints, which keep
    nothing but caches.
    """

    recipe: str
    text: Text
    tag: Tag

    def run(self, degree: float, left: Callable[[], int], ask: Ask) -> Ended:
        """Run the recipe once.

        Args:
            left: how many more distinct texts may be asked about.
        """
        limit = DegreeConstraint(degree, self.tag)
        kept = KeptConstraint(self.text)
        original = self.text.value

        def allows(text: str) -> bool:
            return limit.allows(original, text) and kept.allows(text)

        if _SPLIT in original:
            return Ended(original, skipped=False, limited=False)
        goal = _parts(self.recipe).goal.asking(ask, left, allows)
        with offline(f"the recipe {self.recipe}"):
            attack = self._attack(goal, limit, kept)
            try:
                result = attack.attack(original, 0)
            except BudgetSpent:
                result = None
        skipped = isinstance(result, SkippedAttackResult)
        text = original if skipped else _text_of(result)
        if text is None or not allows(text):  # crossed from two texts, and shown to no constraint
            text = original if goal.best is None else goal.best[1]
        return Ended(text, skipped, limited=limit.n_refused > 0)

    def offers(self, degree: float) -> bool:
        """Whether the recipe has any change of the original that keeps the limit; asks about no text."""
        if _SPLIT in self.text.value:
            return False
        limit, kept = DegreeConstraint(degree, self.tag), KeptConstraint(self.text)
        with offline(f"the recipe {self.recipe}"):
            attack = self._attack(_parts(self.recipe).goal, limit, kept)
            original = textattack.shared.AttackedText(self.text.value)
            return bool(attack.get_transformations(original, original_text=original))

    def _attack(self, goal: OutcomeGoal, *limits: Any) -> Any:
        parts = _parts(self.recipe)
        constraints = [*parts.constraints, *limits]
        return textattack.Attack(goal, constraints, parts.transformation, copy.copy(parts.search))


def _text_of(result: Any) -> str | None:
    return None if result is None else str(result.perturbed_result.attacked_text.text)


@dataclass(frozen=True)
class _Parts:
    goal: OutcomeGoal
    constraints: tuple[Any, ...]
    transformation: Any
    search: Any


@cache
def _parts(recipe: str) -> _Parts:
    """Build a recipe, once per process: its models and tables are large."""
    entry = entry_of(recipe)
    logger = logging.getLogger("textattack.shared.utils.install")
    before = logger.disabled
    logger.disabled = True  # it remarks on the model
    try:
        with warnings.catch_warnings(), provided(entry.resources), offline(f"the recipe {recipe}"):
            warnings.simplefilter("ignore")
            built = getattr(textattack.attack_recipes, entry.build).build(_NoModel())
            goal = OutcomeGoal(built.goal_function.target_max_score)
    finally:
        logger.disabled = before
    constraints = (*built.constraints, *built.pre_transformation_constraints)
    return _Parts(goal, constraints, built.transformation, built.search_method)


class _NoModel:
    """Stands where a recipe wants a model while it is built; no recipe of the table asks it anything."""

    model = None
    tokenizer = None
