import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from leaderboard.board.columns import Measure
from leaderboard.board.display import file_name, flat, for_markdown, limits, plain
from leaderboard.board.files import Shown, csv
from leaderboard.board.table import Choice, board
from leaderboard.store.index import read_runs

CHOICE = Choice("mini", "sentiment", "typo", "malicious", 0.1)


@pytest.fixture
def table(write_run: Callable[..., Path], clean: Any, attacked: Any) -> pd.DataFrame:
    write_run("a*b*", numbers=clean + attacked)
    return board(read_runs(write_run("plain").parent).records, CHOICE)


def test_a_number_is_per_cent_with_interval_and_n_and_names_are_escaped(table: pd.DataFrame) -> None:
    rows = for_markdown(plain(table)).set_index("Model")
    assert rows.loc["plain", "OOD mean"] == r"65\.0 \[62\.5–67\.5\] \(n 200\)"
    assert rows.loc["plain", r"ID\, worst copy"] == "–"
    assert rows.loc[r"a\*b\*", r"ID\, worst copy"] == r"60\.0 \[58\.0–62\.0\] \(n 100\)"


def test_notes_are_a_column_only_where_there_are_any(table: pd.DataFrame) -> None:
    assert "Notes" not in plain(table)
    assert list(plain(table.assign(notes=["", "other data: x"]))["Notes"]) == ["", "other data: x"]


def test_csv_read_again_makes_the_table_that_is_shown(table: pd.DataFrame) -> None:
    again = pd.read_csv(
        io.StringIO(csv(Shown(flat(table, CHOICE), plain(table), "", ""))), dtype={"notes": object}
    )
    said = ["notes", *(name for name in again.columns if name.endswith("_mark"))]
    again[said] = again[said].astype(object).fillna("")
    pd.testing.assert_frame_equal(plain(again), plain(table))
    assert list(again["degree"]) == [0.1, 0.1]
    assert list(again["run_id"]) == list(table["run_id"])


def test_a_suite_with_a_hostile_name_gets_a_harmless_file_name() -> None:
    assert file_name(CHOICE) == "mini-sentiment-typo-malicious-0_1"
    assert file_name(Choice("../../etc/x", "nli")) == "_etc_x-nli"


def test_a_number_that_is_not_per_cent_is_printed_as_it_is(table: pd.DataFrame) -> None:
    brier = Measure("ood_brier", "OOD Brier", "", higher_is_better=False, percent=False)
    numbers = {"": 0.4567, "_low": 0.4, "_high": 0.5, "_n": 200}
    scored = table.assign(**{f"ood_brier{part}": value for part, value in numbers.items()})
    assert plain(scored, [brier])["OOD Brier"].iloc[0] == "0.457 [0.400–0.500] (n 200)"


def test_a_number_without_an_interval_has_a_dash_for_it() -> None:
    brier = Measure("ood_brier", "OOD Brier", "", higher_is_better=False, percent=False)
    assert limits(math.nan, math.nan, brier) == limits(math.nan, math.nan, Measure("id", "ID", "")) == "–"


def test_a_marked_number_says_why_in_every_form(table: pd.DataFrame) -> None:
    marked = table.assign(ood_mean_mark=["", "1 of 2 sets"])
    assert list(plain(marked)["OOD mean"]) == [
        "65.0 [62.5–67.5] (n 200)",
        "65.0 [62.5–67.5] (n 200) † 1 of 2 sets",
    ]
    assert list(flat(marked, CHOICE)["ood_mean_mark"]) == ["", "1 of 2 sets"]
