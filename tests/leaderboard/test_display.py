import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from leaderboard.display import file_name, flat, for_markdown, grid, plain
from leaderboard.export import Shown, csv
from leaderboard.index import read_runs
from leaderboard.table import Choice, board

CHOICE = Choice("mini", "sentiment", "typo", "malicious", 0.1)


@pytest.fixture
def table(write_run: Callable[..., Path], clean: Any, attacked: Any) -> pd.DataFrame:
    write_run("a*b*", numbers=clean + attacked)
    return board(read_runs(write_run("plain").parent).records, CHOICE)


def test_grid_shows_per_cent_with_interval_and_n_beside(table: pd.DataFrame) -> None:
    row = grid(table).set_index("model").loc["plain"]
    assert row["ood_mean"] == pytest.approx(65.0)
    assert row["ood_mean_interval"] == "62.5–67.5 (n 200)"


def test_grid_leaves_missing_numbers_empty(table: pd.DataFrame) -> None:
    row = grid(table).set_index("model").loc["plain"]
    assert pd.isna(row["attacked_id_worst"])
    assert pd.isna(row["attacked_id_worst_interval"])


def test_notes_are_a_column_only_where_there_are_any(table: pd.DataFrame) -> None:
    assert "notes" not in grid(table)
    assert "Notes" not in plain(table)
    noted = table.assign(notes=["", "other data: x"])
    assert list(grid(noted)["notes"]) == ["", "other data: x"]
    assert list(plain(noted)["Notes"]) == ["", "other data: x"]


def test_plain_table_says_the_same_as_the_grid_and_escapes_names(table: pd.DataFrame) -> None:
    rows = for_markdown(plain(table)).set_index("Model")
    assert rows.loc["plain", "OOD mean"] == r"65\.0 \[62\.5–67\.5\] \(n 200\)"
    assert rows.loc["plain", r"ID\, worst copy"] == "–"
    assert rows.loc[r"a\*b\*", r"ID\, worst copy"] == r"60\.0 \[58\.0–62\.0\] \(n 100\)"


def test_csv_read_again_makes_the_table_that_is_shown(table: pd.DataFrame) -> None:
    again = pd.read_csv(
        io.StringIO(csv(Shown(flat(table, CHOICE), plain(table), "", ""))), dtype={"notes": object}
    )
    again["notes"] = again["notes"].fillna("")
    pd.testing.assert_frame_equal(grid(again), grid(table), check_dtype=False)
    assert list(again["degree"]) == [0.1, 0.1]
    assert list(again["run_id"]) == list(table["run_id"])


def test_a_suite_with_a_hostile_name_gets_a_harmless_file_name() -> None:
    assert file_name(CHOICE) == "mini-sentiment-typo-malicious-0_1"
    assert file_name(Choice("../../etc/x", "nli")) == "_etc_x-nli"
