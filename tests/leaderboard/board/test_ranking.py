import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from leaderboard.board.columns import Measure
from leaderboard.board.ranking import PAIRED, ordered, ranks
from leaderboard.stats.values import Sample

NUMBER = Measure("ood_mean", "OOD mean", "")
LOWER = Measure("ood_mean", "Error", "", higher_is_better=False)


@pytest.fixture
def board() -> pd.DataFrame:
    """A lies above all; B and C overlap; D is not comparable; E has no number."""
    return pd.DataFrame(
        {
            "model": list("ABCDE"),
            "method": "default",
            "ood_mean": [0.9, 0.7, 0.68, 0.99, math.nan],
            "ood_mean_low": [0.85, 0.65, 0.63, 0.95, math.nan],
            "ood_mean_high": [0.95, 0.75, 0.73, 1.0, math.nan],
            "ood_mean_mark": "",
            "comparable": [True, True, True, False, True],
        }
    )


def answers(
    n: int, wrong: Sequence[int], *, measurement: str = "tweets", examples: str = "same"
) -> list[Sample]:
    """A model that is wrong on these of ``n`` examples, in the same draws as every other."""
    right = np.isin(np.arange(n), wrong, invert=True).astype(float)
    drawn = np.random.default_rng(0).integers(n, size=(1000, n))
    return [Sample(measurement, examples, n, float(right.mean()), right[drawn].mean(axis=1))]


def test_without_answers_only_intervals_that_lie_apart_tell_models_apart(board: pd.DataFrame) -> None:
    found = ranks(board, NUMBER, {})
    assert list(found["rank"][:3]) == [1, 2, 2]
    assert list(found["rank_low"][:3]) == [1, 2, 2]
    assert list(found["rank_high"][:3]) == [1, 3, 3]
    assert list(found["ranked_by"]) == ["intervals: no stored answers"] * 3 + [""] * 2
    assert found["p_best"].isna().all()


def test_a_row_that_is_not_comparable_or_has_no_number_has_no_rank(board: pd.DataFrame) -> None:
    assert ranks(board, NUMBER, {}).iloc[3:].drop(columns="ranked_by").isna().all(axis=None)


def test_a_marked_number_has_no_rank_and_takes_nobody_elses(board: pd.DataFrame) -> None:
    found = ranks(board.assign(ood_mean_mark=["contaminated", "", "", "", ""]), NUMBER, {})
    assert list(found["rank"][1:3]) == [1, 1]
    assert math.isnan(found["rank"][0])


def test_models_that_overlap_are_told_apart_by_their_answers(board: pd.DataFrame) -> None:
    # B is right wherever C is and on 10 of 500 more, so that the pair is told apart though intervals overlap.
    tested = {
        ("A", "default"): answers(500, range(50)),
        ("B", "default"): answers(500, range(150)),
        ("C", "default"): answers(500, range(160)),
    }
    found = ranks(board, NUMBER, tested)
    assert list(found["rank"][:3]) == [1, 2, 3]
    assert list(found["rank_high"][:3]) == [1, 2, 3]
    assert list(found["ranked_by"][:3]) == [PAIRED] * 3
    assert list(found["p_best"][:3]) == [1, 0, 0]


def test_who_has_no_answers_is_ranked_by_its_interval_and_the_others_are_still_tested(
    board: pd.DataFrame,
) -> None:
    tested = {("B", "default"): answers(500, range(150)), ("C", "default"): answers(500, range(160))}
    found = ranks(board, NUMBER, tested)
    assert list(found["ranked_by"][:3]) == ["intervals: no stored answers", PAIRED, PAIRED]
    assert list(found["rank"][:3]) == [1, 2, 3]
    assert math.isnan(found["p_best"][0])


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (answers(500, range(160), examples="other"), "intervals: other examples than most"),
        (answers(500, range(160), measurement="letters"), "intervals: other examples than most"),
        (answers(500, range(170)), "intervals: stored answers give another number"),
        ("run not readable", "intervals: run not readable"),
    ],
)
def test_answers_that_cannot_be_paired_are_not_tested(
    board: pd.DataFrame, odd: list[Sample] | str, reason: str
) -> None:
    tested: dict[tuple[str, str], list[Sample] | str] = {
        ("A", "default"): answers(500, range(50)),
        ("B", "default"): answers(500, range(150)),
        ("C", "default"): odd,
    }
    found = ranks(board, NUMBER, tested)
    assert list(found["ranked_by"][:3]) == [PAIRED, PAIRED, reason]
    assert list(found["rank"][:3]) == [1, 2, 2]


def test_a_tie_ends_at_the_first_row_that_one_before_it_is_above() -> None:
    # A and B overlap, B and C overlap, A lies above C: C does not share the rank of B.
    low, high = [0.75, 0.65, 0.55], [0.85, 0.77, 0.70]
    names = {"model": list("ABC"), "method": "m", "comparable": True, "ood_mean_mark": ""}
    chain = pd.DataFrame({**names, "ood_mean": [0.8, 0.7, 0.6], "ood_mean_low": low, "ood_mean_high": high})
    found = ranks(chain, NUMBER, {})
    assert list(found["rank"]) == [1, 1, 3]
    assert list(found["rank_low"]) == [1, 1, 2]
    assert list(found["rank_high"]) == [2, 3, 3]


def test_the_rank_does_not_depend_on_the_order_of_the_rows(board: pd.DataFrame) -> None:
    there, back = (ranks(rows, NUMBER, {}).assign(model=rows["model"]) for rows in (board, board[::-1]))
    pd.testing.assert_frame_equal(there.sort_values("model"), back.sort_values("model"))


def test_where_lower_is_better_the_lowest_is_first(board: pd.DataFrame) -> None:
    found = ranks(board, LOWER, {})
    assert list(found["rank"][:3]) == [3, 1, 1]
    assert list(found["rank_high"][:3]) == [3, 2, 2]


@pytest.mark.parametrize(
    ("measure", "best_first", "expected"),
    [(NUMBER, True, "ABCDE"), (NUMBER, False, "CBADE"), (LOWER, True, "CBADE"), (LOWER, False, "ABCDE")],
)
def test_missing_numbers_sink_in_both_directions_and_before_them_the_unranked(
    board: pd.DataFrame, measure: Measure, best_first: bool, expected: str
) -> None:
    assert "".join(ordered(board, measure, best_first=best_first)["model"]) == expected
