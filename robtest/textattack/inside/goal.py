"""TextAttack's goal of untargeted classification, over outcomes."""

import copy
import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from textattack.goal_functions import UntargetedClassification

from robtest.errors import VictimError
from robtest.types import Outcome


class BudgetSpent(Exception):
    """A search went on asking when nothing more may be asked."""


class OutcomeGoal(UntargetedClassification):  # type: ignore[misc]
    """To lose the right answer, with TextAttack's arithmetic where there is a probability of it.

    The score is 1 - p(gold). Where an outcome has no such probability (tags, spans of an answer) it is
    (1 - s / (1 + |s|)) / 2 of the outcome's score s, what a score attack lowers: in (0, 1), rising as s
    falls, without a scale at which all becomes 0 or 1. The goal is reached when the answer is not
    correct, or where a recipe has a ``target_max_score``, when p(gold) is below it.

    A text beyond the degree limit never reaches the goal: some searches make texts (by crossing two)
    that they do not show to any constraint.

    Attributes:
        best: the text with the highest score among those that a transformation made and the limit
            allows, and its score; what a search had reached that does not look at the budget.
    """

    best: tuple[float, str] | None = None

    def __init__(self, target_max_score: float | None = None) -> None:
        """Be a goal without a model; `asking` gives one that can ask."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that this model is not among those TextAttack knows
            super().__init__(_NoModel(), target_max_score=target_max_score, use_cache=False)

    def asking(
        self,
        ask: Callable[[Sequence[str]], Sequence[Outcome]],
        left: Callable[[], int],
        allows: Callable[[str], bool],
    ) -> "OutcomeGoal":
        """Return a copy for one run of a recipe.

        Args:
            ask: texts in, outcomes out; fewer, the first ones, where the query budget ends.
            left: how many more distinct texts may be asked about.
            allows: whether a text keeps the limit of the run.
        """
        other = copy.copy(self)
        other._ask, other._left, other._allows = ask, left, allows
        return other

    def get_results(
        self, attacked_text_list: Sequence[Any], check_skip: bool = False
    ) -> tuple[list[Any], bool]:
        """Return a result per text, and whether the budget has ended; as TextAttack does, and counted so."""
        outcomes = self._ask([text.text for text in attacked_text_list]) if attacked_text_list else ()
        if attacked_text_list and not outcomes:
            raise BudgetSpent
        queries = attacked_text_list[: len(outcomes)]
        self._outcomes = {text.text: outcome for text, outcome in zip(queries, outcomes, strict=True)}
        results, _ = super().get_results(queries, check_skip)
        for result in results:
            self._remember(result)
        return results, self._left() <= 0

    def _remember(self, result: Any) -> None:
        text = result.attacked_text
        better = self.best is None or result.score > self.best[0]
        if better and "last_transformation" in text.attack_attrs and self._allows(text.text):
            self.best = (result.score, text.text)

    def _call_model(self, attacked_text_list: Sequence[Any]) -> list[Outcome]:
        return [self._outcomes[text.text] for text in attacked_text_list]

    def _should_skip(self, model_output: Outcome, _: object) -> bool:
        return not model_output.correct

    def _is_goal_complete(self, model_output: Outcome, attacked_text: Any) -> bool:
        if self.target_max_score and not math.isnan(model_output.probability):
            complete = bool(model_output.probability < self.target_max_score)
        else:
            complete = not model_output.correct
        return complete and self._allows(attacked_text.text)

    def _get_score(self, model_output: Outcome, _: object) -> float:
        if not math.isnan(model_output.probability):
            return 1 - model_output.probability
        score = model_output.score
        if math.isnan(score):
            raise VictimError(
                "a recipe of TextAttack needs probabilities or a score of every text, and this victim "
                "gives labels only; attack it with a dimension and access=decision or access=rule"
            )
        # Infinite where every token is right whatever the text, as of no token at all.
        return 0.5 * (1 - (math.copysign(1, score) if math.isinf(score) else score / (1 + abs(score))))

    def _get_displayed_output(self, raw_output: Outcome) -> int:
        return int(not raw_output.correct)


class _NoModel:
    model = None
