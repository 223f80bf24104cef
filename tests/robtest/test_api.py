"""Attacking a toy victim, whose accuracy under attack is known by hand."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from robtest import attack, perturb
from robtest.attacks.glyph import Glyph
from robtest.attacks.typo import Typo
from robtest.errors import VictimError
from robtest.toy import Keyword
from robtest.types import Query, Text
from robtest.victim import Victim, judge_by


def test_one_swap_breaks_a_keyword_of_two_letters() -> None:
    result = attack(["ab"], [1], Keyword("ab"), dimension=Typo(("swap",)), degrees=[0.5, 1], n_variants=3)
    assert result.degrees == (0, 0.5, 1)
    assert result.clean == 1
    assert result.average.tolist() == result.worst.tolist() == [1, 1, 0]
    assert result.unperturbable.tolist() == [0, 1, 0]  # a swap is two edits of two characters
    assert result.attack_success_rate.n == 1
    assert result.n_forward == 2  # "ab" and "ba"


def test_a_keyword_is_lost_as_often_as_its_word_is_drawn() -> None:
    # Half of the words change, so the keyword, one of two, changes in about half of the variants.
    result = attack(["good film"], [1], Keyword("good"), degrees=[0.5], n_variants=400, tag="general")
    assert abs(result.average[1] - 0.5) < 0.125  # five standard deviations
    assert result.worst.tolist() == [1, 0]


def test_what_is_wrong_before_the_attack_stays_out_of_its_success() -> None:
    result = attack(["good", "bad"], [1, 1], Keyword("good"), degrees=[1], n_variants=2)
    assert result.clean == 0.5
    assert result.worst.tolist() == [0.5, 0]
    assert result.attack_success_rate.n == 1


def test_a_protected_keyword_survives_everything() -> None:
    text = Text("a good film", protected=((2, 6),))
    for dimension in ("typo", "glyph"):
        result = attack([text], [1], Keyword("good"), dimension=dimension, degrees=[0.3, 1], n_variants=20)
        assert result.worst.tolist() == [1, 1, 1]
        assert result.realised[0, :, 1:].min() > 0


def test_neither_order_nor_company_changes_the_variants_of_a_text() -> None:
    texts = ["a good film", "not good at all", "what a day"]
    forward = attack(texts, [1, 1, 0], Keyword("good"), width=1)
    backward = attack(texts[::-1], [0, 1, 1], Keyword("good"))
    assert forward.trajectories == backward.trajectories[::-1]
    assert (forward.correct == backward.correct[::-1]).all()
    assert perturb(texts[1]) == forward.trajectories[1]


def test_another_seed_and_another_dimension_give_other_variants() -> None:
    text = "what a day it was"
    assert perturb(text) == perturb(text, seed=0)
    assert perturb(text) != perturb(text, seed=1)
    assert perturb(text, dimension="glyph") != perturb(text, dimension=Glyph(("accented",)))


def test_the_score_is_the_margin_of_the_label() -> None:
    (right,), (wrong,) = (Keyword("a", 0.75).judge([label])([Query(0, "a")]) for label in (1, 0))
    assert (right.correct, right.detail, wrong.correct, wrong.value) == (True, 1, False, 0)
    assert right.score == pytest.approx(np.log(3))
    assert wrong.score == pytest.approx(-np.log(3))


def test_logits_are_judged_as_they_are_where_the_victim_is_said_to_give_them() -> None:
    def victim(texts: Sequence[str]) -> NDArray[np.float64]:
        return np.array([[-2000.0, 1000.0, 500.0]] * len(texts))

    (outcome,) = judge_by(victim, [2], logits=True)([Query(0, "a")])
    assert (outcome.correct, outcome.score, outcome.detail) == (False, -500, 1)
    with pytest.raises(VictimError, match="say so with logits=True"):
        judge_by(victim, [2])([Query(0, "a")])


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (np.ones(1), "shape"),
        (np.array([[0.5, 0.5]] * 9), "shape"),
        (np.array([[1.0]]), "2 classes or more"),
        (np.array([[np.nan, 1.0]]), "finite"),
        (np.array([[3.0, -2.0]]), "not negative"),
        (np.array([[3.0, 4.0]]), "summing to 1"),
    ],
)
def test_an_impossible_victim_is_refused(answer: NDArray[np.float64], message: str) -> None:
    def victim(texts: Sequence[str]) -> NDArray[np.float64]:
        return answer

    with pytest.raises(VictimError, match=message):
        attack(["a"], [0], victim, degrees=[0])


def test_a_label_that_is_no_class_is_refused() -> None:
    with pytest.raises(VictimError, match="label 2 is not a class of a victim with 2 classes"):
        attack(["a"], [2], Keyword("a"))


def test_impossible_arguments_are_refused_with_the_rule() -> None:
    with pytest.raises(ValueError, match=r"degree must be in \[0, 1\], got 2"):
        attack(["a"], [0], Keyword("a"), degrees=[2])
    with pytest.raises(ValueError, match="known dimensions: typo, glyph"):
        attack(["a"], [0], Keyword("a"), dimension="tpyo")
    with pytest.raises(ValueError, match="n_variants must be 1 or more, got -1"):
        attack(["a"], [0], Keyword("a"), n_variants=-1)
    with pytest.raises(ValueError, match="one label per text"):
        attack(["a"], [], Keyword("a"))
    with pytest.raises(ValueError, match="must be general or malicious, got 'both'"):
        attack(["a"], [0], Keyword("a"), tag="both")  # type: ignore[arg-type]


def hard(texts: Sequence[str]) -> list[int]:
    return [int("ab" in text.split()) for text in texts]


def by_name(texts: Sequence[str]) -> list[str]:
    return ["good" if "ab" in text.split() else "bad" for text in texts]


def at(access: str, victim: Victim, labels: Sequence[int | str], **options: object) -> list[float]:
    swap = Typo(("swap",))
    result = attack(
        ["ab", "cd"],
        labels,
        victim,
        dimension=swap,
        degrees=[1],
        n_variants=2,
        access=access,
        **options,  # type: ignore[arg-type]
    )
    return [result.clean, *result.worst.tolist()]


@pytest.mark.parametrize("access", ["rule", "decision"])
def test_labels_by_number_and_by_name_are_judged_as_probabilities_are(access: str) -> None:
    # The swap of "ab" is its only edit, and "cd" is of class 0 whatever becomes of it.
    expected = at(access, Keyword("ab"), [1, 0])
    assert expected == [1, 1, 0.5]
    assert at(access, hard, [1, 0]) == expected
    assert at(access, by_name, ["good", "bad"]) == expected
    assert at(access, by_name, [1, 0], classes=["bad", "good"]) == expected
    assert at(access, hard, ["good", "bad"], classes=["bad", "good"]) == expected
    assert at(access, Keyword("ab"), ["good", "bad"], classes=["bad", "good"]) == expected
    assert at(access, lambda texts: np.array(by_name(texts)), ["good", "bad"]) == expected


def test_probabilities_under_score_access_take_labels_by_name() -> None:
    names = ["bad", "good"]
    assert at("score", Keyword("ab"), ["good", "bad"], classes=names) == at("score", Keyword("ab"), [1, 0])


def test_a_wrong_label_is_wrong_whatever_it_is_called() -> None:
    assert at("rule", by_name, ["bad", "bad"])[0] == 0.5
    assert at("rule", by_name, ["Good", "bad"])[0] == 0.5  # another name


@pytest.mark.parametrize(
    ("access", "victim", "labels", "options", "message"),
    [
        ("score", hard, [1, 0], {}, "gives labels only, and access=score needs .* access=decision"),
        ("score", by_name, ["good", "bad"], {}, "gives labels only"),
        ("rule", hard, ["good", "bad"], {}, r"answers 1 where the label is 'good'; .*classes="),
        ("rule", by_name, [1, 0], {}, r"answers 'good' where the label is 1; .*classes="),
        ("rule", Keyword("ab"), ["good", "bad"], {}, r"label 'good' is a name.*classes="),
        ("rule", by_name, ["fine", "bad"], {"classes": ["bad", "good"]}, "'fine' is none of classes="),
        ("rule", by_name, [1, 0], {"classes": ["no", "yes"]}, "'good' is none of classes="),
        ("gradient", hard, [1, 0], {}, "needs a victim with a method slopes"),
        (
            "rule",
            lambda texts: [1.0] * len(texts),
            [1, 0],
            {},
            "labels .numbers or names of classes., got shape",
        ),
    ],
)
def test_what_a_victim_gives_and_an_access_needs_are_named_where_they_differ(
    access: str, victim: Victim, labels: list[int | str], options: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(VictimError, match=message):
        at(access, victim, labels, **options)
