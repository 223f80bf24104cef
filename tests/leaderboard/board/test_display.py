import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.io.formats.style import Styler

from leaderboard.board.columns import Measure
from leaderboard.board.display import file_name, flat, for_markdown, greyed, grid, plain
from leaderboard.board.files import Shown, csv
from leaderboard.board.table import Choice, board
from leaderboard.store.index import read_runs

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
    said = ["notes", *(name for name in again.columns if name.endswith("_mark"))]
    again[said] = again[said].astype(object).fillna("")
    pd.testing.assert_frame_equal(grid(again), grid(table), check_dtype=False)
    assert list(again["degree"]) == [0.1, 0.1]
    assert list(again["run_id"]) == list(table["run_id"])


def test_a_suite_with_a_hostile_name_gets_a_harmless_file_name() -> None:
    assert file_name(CHOICE) == "mini-sentiment-typo-malicious-0_1"
    assert file_name(Choice("../../etc/x", "nli")) == "_etc_x-nli"


def test_a_number_that_is_not_per_cent_is_printed_as_it_is(table: pd.DataFrame) -> None:
    brier = Measure("ood_brier", "OOD Brier", "", higher_is_better=False, percent=False)
    numbers = {"": 0.4567, "_low": 0.4, "_high": 0.5, "_n": 200}
    scored = table.assign(**{f"ood_brier{part}": value for part, value in numbers.items()})
    row = grid(scored, [brier]).iloc[0]
    assert row["ood_brier"] == pytest.approx(0.4567)
    assert row["ood_brier_interval"] == "0.400–0.500 (n 200)"
    assert plain(scored, [brier])["OOD Brier"].iloc[0] == "0.457 [0.400–0.500] (n 200)"


def test_a_marked_number_is_grey_and_says_why_in_every_form(table: pd.DataFrame) -> None:
    marked = table.assign(ood_mean_mark=["", "1 of 2 sets"])
    styled = greyed(grid(marked), marked)
    assert isinstance(styled, Styler)
    # The styles of the two measurements come before the table: each names the measurement it is for.
    column = list(grid(marked).columns).index("ood_mean")
    assert styled.to_html().split("<table")[0].count("_row1_col") == 2
    assert all(f"_row1_col{place}" in styled.to_html().split("<table")[0] for place in (column, column + 1))
    assert "color: #808080" in styled.to_html()
    assert grid(marked)["ood_mean_interval"][1] == "62.5–67.5 (n 200) † 1 of 2 sets"
    assert plain(marked)["OOD mean"][1] == "65.0 [62.5–67.5] (n 200) † 1 of 2 sets"
    assert list(flat(marked, CHOICE)["ood_mean_mark"]) == ["", "1 of 2 sets"]


def test_a_board_without_marks_is_not_styled(table: pd.DataFrame) -> None:
    assert isinstance(greyed(grid(table), table), pd.DataFrame)
