import math

import pandas as pd
import pytest

from leaderboard.ranking import ordered, ranks


@pytest.fixture
def board() -> pd.DataFrame:
    """A lies above all; B and C overlap; D is not comparable; E has no number."""
    return pd.DataFrame(
        {
            "model": list("ABCDE"),
            "ood_mean": [0.9, 0.7, 0.68, 0.99, math.nan],
            "ood_mean_low": [0.85, 0.65, 0.63, 0.95, math.nan],
            "ood_mean_high": [0.95, 0.75, 0.73, 1.0, math.nan],
            "comparable": [True, True, True, False, True],
        }
    )


def test_rank_counts_the_higher_and_its_interval_only_those_wholly_apart(board: pd.DataFrame) -> None:
    found = ranks(board, "ood_mean")
    assert list(found["rank"][:3]) == [1, 2, 3]
    assert list(found["rank_low"][:3]) == [1, 2, 2]
    assert list(found["rank_high"][:3]) == [1, 3, 3]


def test_a_row_that_is_not_comparable_or_has_no_number_has_no_rank(board: pd.DataFrame) -> None:
    assert ranks(board, "ood_mean").iloc[3:].isna().all(axis=None)


def test_equal_values_share_a_rank(board: pd.DataFrame) -> None:
    tied = board.assign(ood_mean=[0.9, 0.7, 0.7, 0.99, math.nan])
    assert list(ranks(tied, "ood_mean")["rank"][:3]) == [1, 2, 2]


@pytest.mark.parametrize(("best_first", "expected"), [(True, "ABCED"), (False, "CBAED")])
def test_missing_numbers_and_odd_rows_stand_last_either_way(
    board: pd.DataFrame, best_first: bool, expected: str
) -> None:
    assert "".join(ordered(board, "ood_mean", best_first=best_first)["model"]) == expected
