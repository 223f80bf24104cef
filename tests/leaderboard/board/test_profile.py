from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from leaderboard.board.profile import profile
from leaderboard.board.table import Choice
from leaderboard.store.index import read_runs
from leaderboard.web.charts.profile import profile_chart, profile_sentence, profile_table

CHOICE = Choice("mini", "sentiment", degree=0.1)


@pytest.fixture
def table(write_run: Callable[..., Path], clean: Any, attacked: Any) -> pd.DataFrame:
    """Three models: the second 4 points below the first, the third 20 points; the first of them in view."""
    for name, less in (("first", 0.0), ("second", 0.04), ("third", 0.2)):
        numbers = [replace(n, value=n.value - less) for n in (*clean, *attacked)]
        run = write_run(name, numbers=numbers)
    return profile(read_runs(run.parent).records, CHOICE, "first", "default")


def test_each_dataset_and_attack_stands_beside_the_median_of_the_board(table: pd.DataFrame) -> None:
    shown = table[["what", "group", "value", "median", "models"]].round(4).to_numpy().tolist()
    assert shown == [
        ["reviews (ID)", "clean", 0.8, 0.76, 3],
        ["letters (OOD)", "clean", 0.6, 0.56, 3],
        ["tweets (OOD)", "clean", 0.7, 0.66, 3],
        # average copy at 0.1 over both shifted sets: (0.6 + 0.5) / 2, and 4 points less
        ["typo", "under attack", 0.55, 0.51, 3],
    ]


def test_the_sentence_counts_and_names_the_farthest(table: pd.DataFrame) -> None:
    apart = table.assign(median=[0.76, 0.7, 0.66, 0.51])
    assert profile_sentence(apart, "first", "average copy") == (
        "first is above the median of the board on 2 of 3 datasets and 1 of 1 attacks. It is farthest from "
        "it on letters (OOD): 60.0 [56.0–64.0] against 70.0. Under attack: average copy."
    )


def test_the_chart_has_an_interval_a_tick_and_a_point_for_each(table: pd.DataFrame) -> None:
    layers = profile_chart(table).to_dict()["layer"]
    assert [layer["mark"]["type"] for layer in layers] == ["rule", "tick", "point"]
    assert layers[0]["mark"]["tooltip"] is None
    # 52.0 to 82.0, and the medians between
    assert layers[2]["encoding"]["x"]["scale"]["domain"] == [50, 90]
    assert profile_table(table).iloc[0].tolist() == ["reviews (ID)", "80.0 [78.0–82.0] (n 100)", "76.0", "3"]


def test_a_model_on_other_data_moves_no_median(
    write_run: Callable[..., Path], table: pd.DataFrame, clean: Any
) -> None:
    run = write_run("odd", numbers=[replace(n, value=0.1, n=50) for n in clean])
    again = profile(read_runs(run.parent).records, CHOICE, "first", "default")
    assert again["median"].tolist() == table["median"].tolist()
