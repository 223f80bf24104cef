"""The suite's parts inside TextAttack: transformation, constraints, searches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from robtest import textattack as suite
from robtest.degree import within
from robtest.types import Attack, Edit

Rows = Callable[[Sequence[str]], NDArray[np.float64]]
Sentences = list[tuple[str, int]]


@dataclass(frozen=True)
class Fixed(Attack):
    """Offers the edits that are of a unit, of a table of edits."""

    table: tuple[Edit, ...]

    name = "fixed"
    level = "word"
    unit = "word"
    tags = ("general", "malicious")
    version = "1"

    def edits(self, text: str, start: int, end: int) -> Sequence[Edit]:
        return [edit for edit in self.table if start <= edit.start < end]


@dataclass(frozen=True)
class Behind(Attack):
    """Adds words behind a text."""

    name = "behind"
    level = "sentence"
    unit = "text"
    tags = ("malicious",)
    version = "1"

    def edits(self, text: str, start: int, end: int) -> Sequence[Edit]:
        return [Edit(end, end, more, "add") for more in (" so", " it is")]


@pytest.fixture(scope="module")
def goal_of(ta: ModuleType, victim: Rows) -> Callable[..., Any]:
    """What makes a goal over the victim."""

    class Wrapper(ta.models.wrappers.ModelWrapper):  # type: ignore[misc, name-defined]
        model = None

        def __call__(self, texts: list[str]) -> NDArray[np.float64]:
            return victim(texts)

    def make(**options: object) -> Any:
        with pytest.warns(DeprecationWarning):  # TextAttack remarks on a model it does not know
            return ta.goal_functions.UntargetedClassification(Wrapper(), **options)

    return make


def transformed(ta: ModuleType, attack: Attack, text: Any, *indices: int) -> list[Any]:
    text = ta.shared.AttackedText(text) if isinstance(text, str) else text
    found: list[Any] = suite.DimensionTransformation(attack)(text, indices_to_modify=indices or None)
    return found


def test_every_edit_is_a_text_with_the_index_of_its_word(ta: ModuleType) -> None:
    attack = Fixed((Edit(0, 1, "One", "x"), Edit(2, 6, "nice", "x"), Edit(7, 11, "day or night", "x")))
    found = transformed(ta, attack, "A good day.")
    assert [text.text for text in found] == ["One good day.", "A nice day.", "A good day or night"]
    assert [text.attack_attrs["newly_modified_indices"] for text in found] == [{0}, {1}, {3, 4}]
    assert [text.attack_attrs["modified_indices"] for text in found] == [{0}, {1}, {3, 4}]
    (only,) = transformed(ta, attack, "A good day.", 1)
    assert only.text == "A nice day."


def test_modified_words_are_remembered_and_move_with_what_is_put_before_them(ta: ModuleType) -> None:
    (first,) = transformed(ta, Fixed((Edit(7, 10, "night", "x"),)), "A good day.", 2)
    (second,) = transformed(ta, Fixed((Edit(2, 6, "very good", "x"),)), first, 1)
    assert second.text == "A very good night."
    assert second.attack_attrs["newly_modified_indices"] == {1}
    assert second.attack_attrs["modified_indices"] == {1, 3}
    assert second.attack_attrs["original_index_map"].tolist() == [0, 2, 3]
    (third,) = transformed(ta, Fixed((Edit(2, 12, "", "x"),)), second, 1)
    assert third.attack_attrs["original_index_map"].tolist() == [0, -1, 1]
    assert third.attack_attrs["modified_indices"] == {1}


@pytest.mark.parametrize(
    ("text", "edit", "index"),
    [
        ('"Well," he said', Edit(0, 1, "", "x"), 0),  # a sign before the first word of its token
        ('"Well," he said', Edit(6, 7, "", "x"), 0),  # and one behind the last
        ("yes ... no", Edit(4, 7, "!", "x"), 0),  # a token without a word
        ("İİ no", Edit(3, 5, "on", "x"), 1),  # the lower case of the first is longer
    ],
)
def test_no_edit_is_lost_beside_what_textattack_calls_a_word(
    text: str, edit: Edit, index: int, ta: ModuleType
) -> None:
    assert [made.text for made in transformed(ta, Fixed((edit,)), text, index)] == [
        text[: edit.start] + edit.new + text[edit.end :]
    ]
    others = [i for i in range(len(ta.shared.AttackedText(text).words)) if i != index]
    assert transformed(ta, Fixed((edit,)), text, *(others or [99])) == []


def test_a_word_made_of_symbols_counts_as_deleted(ta: ModuleType) -> None:
    (text,) = transformed(ta, Fixed((Edit(2, 6, "ⓖⓞⓞⓓ", "x"),)), "A good day.", 1)
    assert (text.text, text.words) == ("A ⓖⓞⓞⓓ day.", ["A", "day"])
    assert text.attack_attrs["original_index_map"].tolist() == [0, -1, 1]


def test_input_fields_stay_apart(ta: ModuleType) -> None:
    from collections import OrderedDict

    pair = ta.shared.AttackedText(OrderedDict(premise="It rains\nhere.", hypothesis="It is wet."))
    (text,) = transformed(ta, Fixed((Edit(21, 24, "dry", "x"),)), pair, 5)
    assert text.tokenizer_input == ("It rains\nhere.", "It is dry.")
    assert transformed(ta, Fixed((Edit(18, 20, "\n", "x"),)), pair) == []


def test_edits_of_a_whole_text_belong_to_the_word_they_are_at(ta: ModuleType) -> None:
    assert [text.text for text in transformed(ta, Behind(), "A day", 1)] == ["A day so", "A day it is"]
    assert transformed(ta, Behind(), "A day", 0) == []
    assert transformed(ta, Behind(), "...") == []


def test_a_degree_is_kept_exactly_with_textattacks_own_search(
    ta: ModuleType, goal_of: Callable[..., Any], sentences: Sentences
) -> None:
    limit = suite.DegreeConstraint(0.1)
    constraints = [ta.constraints.pre_transformation.RepeatModification(), limit]
    greedy = ta.search_methods.GreedyWordSwapWIR()
    attack = ta.Attack(goal_of(), constraints, suite.DimensionTransformation("typo"), greedy)
    fooled = 0
    for text, label in sentences[::4]:
        result = attack.attack(text, label)
        fooled += isinstance(result, ta.attack_results.SuccessfulAttackResult)
        assert within(text, result.perturbed_result.attacked_text.text, "malicious", 0.1)
    assert 0 < fooled < len(sentences[::4])
    assert limit.n_refused > 0


def test_words_are_counted_where_the_tag_is_general(ta: ModuleType) -> None:
    limit = suite.DegreeConstraint(0.5, "general")
    assert limit.allows("a good day here", "a fine day there")
    assert not limit.allows("a good day here", "one fine day there")
    assert not suite.DegreeConstraint(0.0).allows("a", "b")
    with pytest.raises(ValueError, match=r"degree must be in \[0, 1\], got 2"):
        suite.DegreeConstraint(2)


def test_similarity_limits_whole_texts_in_one_batch(ta: ModuleType) -> None:
    batches = []

    def by_length(texts: Sequence[str], /) -> NDArray[np.float64]:
        batches.append(len(texts))
        angles = np.array([0.1 * len(text) for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1)

    # One more character turns the vector by 0.1: cosines 0.995 and 0.980.
    limit = suite.SimilarityConstraint(0.01, by_length)
    original = ta.shared.AttackedText("day")
    made = [
        ta.shared.AttackedText(text, attack_attrs={"last_transformation": None}) for text in ("days", "days!")
    ]
    assert [text.text for text in limit.call_many(made, original)] == ["days"]
    assert batches == [2, 1]


@pytest.mark.parametrize("access", ["rule", "decision", "score"])
def test_a_search_of_the_suite_is_a_search_method(
    access: str, ta: ModuleType, goal_of: Callable[..., Any], sentences: Sentences
) -> None:
    method = suite.RobTestSearch(0.1, access=access, n_variants=2)
    attack = ta.Attack(goal_of(), [], suite.DimensionTransformation("typo"), method)
    fooled = 0
    for text, label in sentences[::4]:
        result = attack.attack(text, label)
        fooled += isinstance(result, ta.attack_results.SuccessfulAttackResult)
        assert within(text, result.perturbed_result.attacked_text.text, "malicious", 0.1)
    assert fooled > 0


def test_the_constraints_of_the_attack_hold_for_a_search_of_the_suite(
    ta: ModuleType, goal_of: Callable[..., Any], sentences: Sentences
) -> None:
    pre = ta.constraints.pre_transformation
    constraints = [pre.StopwordModification(["lovely", "dreadful"]), suite.DegreeConstraint(0.05)]
    method = suite.RobTestSearch(0.3, access="score")
    attack = ta.Attack(goal_of(), constraints, suite.DimensionTransformation("typo"), method)
    for text, label in [pair for pair in sentences if "lovely" in pair[0] or "dreadful" in pair[0]][:6]:
        result = attack.attack(text, label).perturbed_result.attacked_text.text
        assert within(text, result, "malicious", 0.05)
        assert ("lovely" in result) or ("dreadful" in result)


def test_the_goals_query_budget_holds(
    ta: ModuleType, goal_of: Callable[..., Any], sentences: Sentences
) -> None:
    for access in ("rule", "decision", "score"):
        method = suite.RobTestSearch(0.1, access=access, n_variants=3)
        goal = goal_of(query_budget=4)
        attack = ta.Attack(goal, [], suite.DimensionTransformation("typo"), method)
        assert attack.attack(*sentences[0]).num_queries <= 4


def test_a_search_of_the_suite_needs_a_dimension(ta: ModuleType, goal_of: Callable[..., Any]) -> None:
    swap = ta.transformations.WordSwapRandomCharacterDeletion()
    with pytest.raises(ValueError, match="incompatible"):
        ta.Attack(goal_of(), [], swap, suite.RobTestSearch(0.1))


def test_a_search_is_told_at_once_what_it_cannot_have(ta: ModuleType) -> None:
    with pytest.raises(ValueError, match="access must be rule, decision or score"):
        suite.RobTestSearch(0.1, access="gradient")
    with pytest.raises(ValueError, match="n_variants must be 1 or more, got 0"):
        suite.RobTestSearch(0.1, n_variants=0)
    with pytest.raises(ValueError, match="score access has no option 'breadth'"):
        suite.RobTestSearch(0.1, options={"breadth": 2})


def test_an_augmenter_makes_texts_within_the_degree(ta: ModuleType) -> None:
    augmenter = ta.augmentation.Augmenter(
        suite.DimensionTransformation("typo"),
        constraints=[suite.DegreeConstraint(0.1)],
        transformations_per_example=4,
    )
    text = "The long walk made us happy."
    found = augmenter.augment(text)
    assert len(found) == 4
    assert all(text != other and within(text, other, "malicious", 0.1) for other in found)
