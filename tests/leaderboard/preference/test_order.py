from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boss.errors import ConfigError
from boss.tasks import TASKS
from leaderboard.board.table import Choice
from leaderboard.preference.order import SHARES, counted, exported, order, plain
from leaderboard.preference.preferences import Preference

CHOICE = Choice("mini", "sentiment", "typo", "malicious", 0.1)
ALL = ("id", "ood_mean", "adversarial", "calibration", "cost")
COLUMNS = {
    "id": "id",
    "ood_mean": "ood_mean",
    "adversarial": "attacked_ood_worst",
    "calibration": "ood_brier",
    "cost": "n_parameters",
}


def board(half: float = 0.02, **models: dict[str, float]) -> pd.DataFrame:
    """Make a board: model -> axis -> number; an axis that is not named is missing."""
    rows: list[dict[str, Any]] = []
    for name, numbers in models.items():
        row: dict[str, Any] = {"label": name, "model": name, "method": "x", "comparable": True, "notes": ""}
        for key, column in COLUMNS.items():
            value = numbers.get(key, np.nan)
            row[column] = value
            if key != "cost":
                row |= {f"{column}_low": value - half, f"{column}_high": value + half, f"{column}_n": 100.0}
        rows.append(row)
    return pd.DataFrame(rows)


THREE = {
    "alpha": {"id": 0.9, "ood_mean": 0.5, "adversarial": 0.3, "calibration": 0.30, "cost": 1e8},
    "beta": {"id": 0.7, "ood_mean": 0.7, "adversarial": 0.5, "calibration": 0.40, "cost": 1e7},
    "gamma": {"id": 0.6, "ood_mean": 0.6, "adversarial": 0.4, "calibration": 0.50, "cost": 1e9},
}


@pytest.mark.parametrize(
    ("axis", "names"),
    [
        ("id", ["alpha", "beta", "gamma"]),
        ("ood_mean", ["beta", "gamma", "alpha"]),
        ("adversarial", ["beta", "gamma", "alpha"]),
        ("calibration", ["alpha", "beta", "gamma"]),
        ("cost", ["beta", "alpha", "gamma"]),
    ],
)
def test_weight_on_one_axis_sorts_by_it_the_better_first(axis: str, names: list[str]) -> None:
    found = order(board(**THREE), TASKS["sentiment"], Preference({axis: 3}))
    assert list(found["model"]) == names
    assert list(found["rank"]) == [1, 2, 3]


def test_the_score_and_its_interval_by_hand() -> None:
    # on qa an accuracy counts as it is: (0.9 + 3 * 0.5) / 4; deviations add up as independent ones do
    found = order(board(half=0.04, **THREE), TASKS["qa"], Preference({"id": 1, "ood_mean": 3}))
    alpha = found.set_index("model").loc["alpha"]
    assert alpha["score"] == pytest.approx(0.6)
    half = 0.04 * np.hypot(0.25, 0.75)
    assert alpha["score_low"] == pytest.approx(0.6 - half, abs=0.004)
    assert alpha["score_high"] == pytest.approx(0.6 + half, abs=0.004)


def test_with_a_target_met_by_two_they_share_the_rank() -> None:
    found = order(board(**THREE), TASKS["sentiment"], Preference({"ood_mean": 1}, {"ood_mean": 0.6}))
    assert list(zip(found["model"], found["rank"], strict=True)) == [("beta", 1), ("gamma", 1), ("alpha", 3)]
    assert found["score"].tolist()[:2] == [0, 0]


def test_a_target_takes_the_lead_from_who_is_best_at_what_is_enough() -> None:
    weights = {"id": 1.0, "ood_mean": 1.0}
    numbers = {"alpha": {"id": 0.95, "ood_mean": 0.6}, "beta": {"id": 0.8, "ood_mean": 0.7}}
    free = order(board(**numbers), TASKS["qa"], Preference(weights))
    enough = order(board(**numbers), TASKS["qa"], Preference(weights, {"id": 0.8}))
    assert (free["model"][0], enough["model"][0]) == ("alpha", "beta")


def test_a_missing_number_is_no_zero_but_a_reason() -> None:
    models = {**THREE, "delta": {"id": 0.99, "ood_mean": 0.99}}
    found = order(board(**models), TASKS["sentiment"], Preference({"id": 1, "adversarial": 1, "cost": 1}))
    last = found.iloc[-1]
    assert last["model"] == "delta" and last["reason"] == "no number: Adversarial and Cost"
    for name in ("rank", "score", "front", "adversarial", *SHARES):
        assert pd.isna(last[name])
    # and it takes no place of the others
    assert list(found["rank"][:3]) == [1, 2, 3]
    assert found["first_both"].sum() == pytest.approx(1)
    assert order(board(**models), TASKS["sentiment"], Preference({"id": 1}))["model"][0] == "delta"


def test_a_model_without_comparable_numbers_is_listed_with_its_notes() -> None:
    table = board(**THREE)
    table.loc[0, "comparable"], table.loc[0, "notes"] = False, "2 of 3 OOD sets"
    found = order(table, TASKS["sentiment"], Preference({"id": 1}))
    assert list(found["model"]) == ["beta", "gamma", "alpha"]
    assert found["reason"].iloc[-1] == "not comparable: 2 of 3 OOD sets"


def test_a_marked_number_counts_only_where_its_axis_does_not() -> None:
    table = board(**THREE).assign(ood_mean_mark=["", "contaminated: tweets", ""])
    both = order(table, TASKS["sentiment"], Preference({"id": 1, "ood_mean": 1}))
    assert both["reason"].tolist() == ["", "", "OOD mean: contaminated: tweets"]
    assert order(table, TASKS["sentiment"], Preference({"id": 1}))["reason"].tolist() == [""] * 3


def test_a_board_where_nobody_has_every_number_ranks_nobody() -> None:
    found = order(
        board(a={"id": 0.5}, b={"ood_mean": 0.5}), TASKS["sentiment"], Preference({"id": 1, "ood_mean": 1})
    )
    assert found["rank"].isna().all() and len(found) == 2
    wanted = counted(board(**THREE), TASKS["sentiment"], Preference({"id": 1}))
    assert list(plain(found, wanted)["Rank"]) == ["–"] * 2


def test_an_axis_without_one_number_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"no model here has a number on cost.*axes here: id"):
        order(board(a={"id": 0.5}), TASKS["sentiment"], Preference({"id": 1, "cost": 1}))


def test_the_front_is_marked_and_says_who_dominates() -> None:
    found = order(board(**THREE), TASKS["sentiment"], Preference(dict.fromkeys(ALL, 1.0))).set_index("model")
    # alpha leads on ID and calibration, beta on the rest; gamma is behind beta on all axes
    assert found["front"].to_dict() == {"alpha": True, "beta": True, "gamma": False}
    assert found["dominated_by"]["gamma"] == "beta" and pd.isna(found["dominated_by"]["alpha"])


def test_rows_come_in_the_same_order_with_the_same_shares_whatever_order_they_had() -> None:
    preference = Preference({"id": 1, "ood_mean": 2})
    table = board(half=0.1, **THREE)
    first = order(table, TASKS["sentiment"], preference)
    again = order(table.iloc[[2, 0, 1]].reset_index(drop=True), TASKS["sentiment"], preference)
    pd.testing.assert_frame_equal(first, again)


VALUES = st.fixed_dictionaries({key: st.integers(5, 95).map(lambda i: i / 100) for key in ALL[:4]})
WEIGHTS = st.fixed_dictionaries({key: st.floats(0.01, 100) for key in ALL[:4]})


@settings(max_examples=40, deadline=None)
@given(models=st.lists(VALUES, min_size=2, max_size=5), weights=WEIGHTS, half=st.integers(0, 10))
def test_a_dominated_model_is_never_first_without_targets(
    models: list[dict[str, float]], weights: dict[str, float], half: int
) -> None:
    table = board(half / 100, **{f"m{i}": numbers for i, numbers in enumerate(models)})
    found = order(table, TASKS["sentiment"], Preference(weights))
    assert found.loc[found["rank"] == 1, "front"].all()


def test_the_text_has_every_number_with_its_interval_and_n() -> None:
    preference = Preference({"id": 1, "calibration": 1, "cost": 1})
    table = board(**THREE)
    wanted = counted(table, TASKS["sentiment"], preference)
    row = plain(order(table, TASKS["sentiment"], preference), wanted).iloc[0]
    assert row["ID"] == "90.0 [88.0–92.0] (n 100)"
    assert row["Calibration"] == "0.300 [0.280–0.320] (n 100)"
    assert row["Cost"] == "100M"
    assert row["Model"] == "alpha" and row["Pareto front"] == "on the front"


def test_an_export_says_what_it_was_chosen_by() -> None:
    preference = Preference({"id": 1, "ood_mean": 2}, {"ood_mean": 0.6}, penalty=3)
    table = board(**THREE)
    wanted = counted(table, TASKS["sentiment"], preference)
    rows = pd.DataFrame(
        {"created_at": ["2025-01-02T00:00:00Z"], "level": [0.95], "suite": ["mini"], "task": ["sentiment"]}
    )
    site: Any = SimpleNamespace(of_task=lambda _: rows, name="state")
    found = exported(site, CHOICE, preference, wanted, order(table, TASKS["sentiment"], preference))
    assert (found.measured, found.snapshot) == ("2025-01-02", "state")
    first = found.data.iloc[0]
    assert (first["weights"], first["targets"], first["penalty"]) == ("id:1,ood_mean:2", "ood_mean:0.6", 3)
    assert (first["suite"], first["attack"], first["degree"]) == ("mini", "typo", 0.1)
    assert list(found.data["model"]) == list(found.text["Model"])
