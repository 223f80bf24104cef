"""The searches of the suite as a search method of TextAttack."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from textattack.goal_function_results import GoalFunctionResultStatus
from textattack.search_methods import SearchMethod

from robtest.degree import check_degree
from robtest.random import generator
from robtest.search import get_search
from robtest.text import apply
from robtest.textattack.inside.dimension import DimensionTransformation
from robtest.textattack.inside.words import Words
from robtest.types import Attack, Edit, Level, Outcome, Search, Slopes, Tag, Text, Trajectory, Unit


class RobTestSearch(SearchMethod):  # type: ignore[misc]
    """Rule, decision or score access (`robtest.search`) to one degree, over a `DimensionTransformation`.

    The degree is kept by the search itself, exactly. Other constraints of the attack decide which single
    edits of the original are offered to the search, and again whether what it found stands; between the
    two it goes its way. The score it lowers is the negative of the goal's score. A query budget of the
    goal is given to the search, which ends within it.
    """

    def __init__(
        self,
        degree: float,
        *,
        tag: Tag = "malicious",
        access: str = "score",
        options: Mapping[str, object] | None = None,
        n_variants: int = 1,
        seed: int = 0,
    ) -> None:
        """Set up a search.

        Args:
            options: of the search, see `robtest.api.attack`.
            n_variants: the search is made so many times with other randomness; the best result counts.

        Raises:
            ValueError: for a degree, an access or options out of range.
        """
        if access == "gradient":
            raise ValueError("access must be rule, decision or score: TextAttack's goals tell no gradients")
        get_search(access, options)
        if n_variants < 1:
            raise ValueError(f"n_variants must be 1 or more, got {n_variants}")
        self.degree = check_degree(degree)
        self.tag = tag
        self.access = access
        self.options = dict(options or {})
        self.n_variants = n_variants
        self.seed = seed
        self._transformation: Any = None

    def check_transformation_compatibility(self, transformation: Any) -> bool:
        """Whether edits can be listed: of a `DimensionTransformation` only, which is remembered."""
        self._transformation = transformation
        return isinstance(transformation, DimensionTransformation)

    @property
    def is_black_box(self) -> bool:
        """Nothing is asked of a model but answers."""
        return True

    def perform_search(self, initial_result: Any) -> Any:
        """Return the result of the text found, or of the original where none stands."""
        original = initial_result.attacked_text
        view = Words(original)
        asking = _Asking(view, self._transformation, self.get_goal_results, {view.text: initial_result})
        trajectories = asking.drive(self._search(view))
        shots = [shot for trajectory in trajectories for shot in trajectory.snapshots]
        results = [
            asking.results[shot.text]
            for shot in shots
            if shot.text in asking.results and shot.text != view.text
        ]
        stands = self.filter_transformations(
            [result.attacked_text for result in results], original, original_text=original
        )
        texts = {text.text for text in stands}
        kept = [result for result in results if result.attacked_text.text in texts]
        return max(kept, key=_worth, default=initial_result)

    def _search(self, view: Words) -> Search:
        _, indices = self.get_indices_to_order(view.attacked)
        inner = self._transformation.attack

        def offered(edits: Sequence[Edit]) -> Sequence[Edit]:
            texts_by_edit = {
                edit: view.attacked_text(apply(view.text, [edit]), self._transformation) for edit in edits
            }
            texts = [text for text in texts_by_edit.values() if text is not None]
            stands = self.filter_transformations(texts, view.attacked, original_text=view.attacked)
            kept = {text.text for text in stands}
            return [edit for edit, text in texts_by_edit.items() if text is not None and text.text in kept]

        all_edits = frozenset(view.edits(inner, {int(index) for index in indices}))
        attack = _Offered(inner, lambda edits: offered([edit for edit in edits if edit in all_edits]))
        search = get_search(self.access, {**self._budget(), **self.options})
        rng_for = partial(generator, self.seed, view.text, inner.name)
        return search(Text(view.text), attack, self.tag, (self.degree,), self.n_variants, rng_for)

    def _budget(self) -> dict[str, object]:
        """Return what is left of the goal's query budget; the original is known and counts as asked."""
        goal = self.goal_function
        if self.access == "rule" or goal.query_budget == float("inf"):
            return {}
        return {"query_budget": max(1, int(goal.query_budget) - goal.num_queries + 1)}

    def extra_repr_keys(self) -> list[str]:
        """Return the names of the attributes that its ``repr`` shows."""
        return ["degree", "tag", "access"]


@dataclass(frozen=True)
class _Offered(Attack):
    """An attack of which only some edits are offered."""

    inner: Attack
    offered: Callable[[Sequence[Edit]], Sequence[Edit]]

    name: str = field(init=False)
    level: Level = field(init=False)
    unit: Unit = field(init=False)
    tags: tuple[Tag, ...] = field(init=False)
    version: str = field(init=False)

    def __post_init__(self) -> None:
        for name in ("name", "level", "unit", "tags", "version"):
            object.__setattr__(self, name, getattr(self.inner, name))

    def edits(self, text: str, start: int, end: int) -> Sequence[Edit]:
        return self.offered(self.inner.edits(text, start, end))


class _Asking:
    """Asks TextAttack's goal what a search asks, every text once."""

    def __init__(
        self,
        view: Words,
        transformation: Any,
        get_goal_results: Callable[[Sequence[Any]], tuple[Sequence[Any], bool]],
        results: dict[str, Any],
    ) -> None:
        self.results = results
        self._view = view
        self._transformation = transformation
        self._get_goal_results = get_goal_results

    def drive(self, search: Search) -> tuple[Trajectory, ...]:
        """Run a search to its end."""
        request = next(search)
        while True:
            assert not isinstance(request, Slopes)  # only gradient access asks for them
            self._ask(request)
            try:
                request = search.send([self._outcome(text) for text in request])
            except StopIteration as stop:
                trajectories: tuple[Trajectory, ...] = stop.value
                return trajectories

    def _ask(self, texts: Sequence[str]) -> None:
        new = [text for text in dict.fromkeys(texts) if text not in self.results]
        candidates = [self._view.attacked_text(text, self._transformation) for text in new]
        queries = [text for text in candidates if text is not None]
        if queries:
            # Fewer where the budget ends, which only rule access does not see coming.
            results, _ = self._get_goal_results(queries)
            self.results.update((result.attacked_text.text, result) for result in results)

    def _outcome(self, text: str) -> Outcome:
        result = self.results.get(text)
        if result is None:
            return Outcome(correct=True, value=1.0, score=float("inf"))
        correct = result.goal_status != GoalFunctionResultStatus.SUCCEEDED
        return Outcome(correct, float(correct), -float(result.score))


def _worth(result: Any) -> tuple[bool, float]:
    return result.goal_status == GoalFunctionResultStatus.SUCCEEDED, float(result.score)
