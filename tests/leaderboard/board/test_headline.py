import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from leaderboard.board.columns import Measure
from leaderboard.board.headline import Headline, headline
from leaderboard.board.ranking import ordered, ranks
from leaderboard.stats.values import Sample

ACCURACY = Measure("ood_mean", "OOD mean", "")
ERROR = Measure("ood_mean", "ECE", "", higher_is_better=False, percent=False)
WHERE = "the shifted sets of sentiment"
N = 400


def board(
    values: Mapping[str, float],
    *,
    half: float = 0.05,
    measure: Measure = ACCURACY,
    samples: Mapping[tuple[str, str], Sequence[Sample] | str] | None = None,
    mark: str = "",
    best_first: bool = True,
) -> pd.DataFrame:
    """Return a ranked board of models without a method."""
    number = pd.Series(list(values.values()), dtype=float)
    table = pd.DataFrame({"model": list(values), "method": "none", "comparable": True})
    table = table.assign(
        ood_mean=number, ood_mean_low=number - half, ood_mean_high=number + half, ood_mean_mark=mark
    )
    return ordered(table.join(ranks(table, measure, samples or {})), measure, best_first=best_first)


def said(
    table: pd.DataFrame, measure: Measure = ACCURACY, metric: str = "accuracy", **samples: object
) -> str:
    return str(headline(table, measure, metric, WHERE, samples.get("samples", {})))  # type: ignore[arg-type]


def answers(wrong: int, *, lower_is_better: bool = False, where: str = "tweets") -> list[Sample]:
    """A model that errs on the first of `N` examples, in the same draws as every other."""
    right = (np.arange(N) >= wrong).astype(float)
    right = 1 - right if lower_is_better else right
    drawn = np.random.default_rng(0).integers(N, size=(1000, N))
    return [Sample(where, "same", N, float(right.mean()), right[drawn].mean(axis=1))]


def test_where_nobody_is_ranked_the_sentence_says_so() -> None:
    found = headline(board({"a": 0.9, "b": 0.8}, mark="1 of 2 sets"), ACCURACY, "accuracy", WHERE, {})
    assert found == Headline((), f"No model is ranked on {WHERE}; the notes say why.")
    assert str(found) == found.rest


def test_one_ranked_model_leads_nobody() -> None:
    assert said(board({"a": 0.9, "b": math.nan})) == (
        f"a is the only ranked model on {WHERE}: accuracy 90.0 % [85.0–95.0]."
    )


def test_a_leader_is_named_with_its_lead_over_the_second() -> None:
    assert said(board({"c": 0.5, "a": 0.9, "b": 0.7})) == (
        f"a leads on {WHERE}: accuracy 90.0 % [85.0–95.0], 20.0 points above b."
    )


def test_of_seconds_that_cannot_be_told_apart_all_are_named() -> None:
    assert said(board({"a": 0.9, "b": 0.7, "c": 0.68})) == (
        f"a leads on {WHERE}: accuracy 90.0 % [85.0–95.0], 20.0 points above b and c, which cannot be told "
        "apart."
    )


def test_the_lead_has_the_interval_of_the_difference_on_the_same_examples() -> None:
    samples = {("a", "none"): answers(40), ("b", "none"): answers(120)}
    table = board({"a": 0.9, "b": 0.7}, samples=samples)
    # Without the model's code: 80 of 400 examples make the difference, whoever draws them.
    drawn = np.random.default_rng(1).integers(N, size=(4000, N))
    apart = ((drawn >= 40) & (drawn < 120)).mean(axis=1)
    text = said(table, samples=samples)
    low, high = (float(part) for part in text.split("[")[2].split("]")[0].split(" to "))
    assert text == (
        f"a leads on {WHERE}: accuracy 90.0 % [85.0–95.0], 20.0 points [{low} to {high}] above b."
    )
    assert [low, high] == pytest.approx(100 * np.quantile(apart, [0.025, 0.975]), abs=0.6)


def test_a_lead_over_other_examples_has_no_interval() -> None:
    samples = {("a", "none"): answers(40), ("b", "none"): answers(120, where="letters")}
    assert "20.0 points above b." in said(board({"a": 0.9, "b": 0.7}), samples=samples)


def test_two_that_cannot_be_told_apart_are_both_named_and_so_is_the_next() -> None:
    found = headline(board({"a": 0.9, "b": 0.88, "c": 0.5}), ACCURACY, "accuracy", WHERE, {})
    assert found.leaders == ("a", "b")
    assert str(found) == (
        f"a and b cannot be told apart on {WHERE}: accuracy 90.0 to 88.0 %. The next is c with 50.0."
    )


def test_where_all_are_tied_nobody_is_next() -> None:
    assert said(board({"a": 0.9, "b": 0.88})) == (
        f"a and b cannot be told apart on {WHERE}: accuracy 90.0 to 88.0 %. No other model is ranked."
    )


@pytest.mark.parametrize(
    ("n", "leaders"),
    [(4, ("m0", "m1", "m2", "m3")), (5, ("m0", "m1", "m2", "2 more")), (9, ("m0", "m1", "m2", "6 more"))],
)
def test_of_many_that_are_tied_the_rest_is_counted(n: int, leaders: tuple[str, ...]) -> None:
    tied = {f"m{i}": 0.9 - 0.001 * i for i in range(n)}
    found = headline(board({**tied, "last": 0.1}), ACCURACY, "accuracy", WHERE, {})
    assert found.leaders == leaders
    assert str(found).startswith(f"{', '.join(leaders[:-1])} and {leaders[-1]} cannot be told apart")
    assert str(found).endswith("The next is last with 10.0.")


def test_where_lower_is_better_the_lowest_leads_and_stands_below() -> None:
    samples = {
        ("a", "none"): answers(40, lower_is_better=True),
        ("b", "none"): answers(120, lower_is_better=True),
    }
    table = board({"b": 0.3, "a": 0.1}, half=0.01, measure=ERROR, samples=samples)
    text = said(table, ERROR, "ECE", samples=samples)
    assert text.startswith(f"a leads on {WHERE}: ECE 0.100 [0.090–0.110], 0.200 [0.1")
    assert text.endswith("] below b.")
    assert said(table, ERROR, "ECE").endswith("0.200 below b.")


@pytest.mark.parametrize(
    "values",
    [{"a": 0.9, "b": 0.7, "c": 0.5}, {"a": 0.9, "b": 0.88, "c": 0.5, "d": 0.3}, {"a": 0.9, "b": 0.88}],
)
def test_a_board_that_shows_the_worst_first_has_the_same_sentence(values: dict[str, float]) -> None:
    turned = board(values, best_first=False)
    assert turned["model"].iloc[0] == list(values)[-1]
    assert said(turned) == said(board(values))


def test_a_model_has_its_method_beside_it() -> None:
    table = board({"a": 0.9}).assign(method="linear_probe")
    assert said(table).startswith("a (linear_probe) is the only ranked model")
