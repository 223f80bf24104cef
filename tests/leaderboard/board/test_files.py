import json
import math

import pandas as pd
import pytest

from leaderboard.board.files import FORMATS, Shown, as_json, bibtex, csv, latex, markdown

HOSTILE = r"a|b & <i> 50% \input{x} $y$ [l](z)"


@pytest.fixture
def table() -> Shown:
    data = pd.DataFrame({"model": ["a", HOSTILE], "id": [0.123456789012, math.nan]})
    text = pd.DataFrame({"Model": ["a", HOSTILE], "ID": ["12.3 [10.0–14.0]", "–"]})
    return Shown(data, text, "A board & more", "2025-02-03")


def test_json_holds_the_numbers_in_full_and_null_for_missing(table: Shown) -> None:
    assert json.loads(as_json(table)) == [
        {"model": "a", "id": 0.123456789012},
        {"model": HOSTILE, "id": None},
    ]


def test_csv_leaves_missing_numbers_empty(table: Shown) -> None:
    assert csv(table).splitlines()[1] == "a,0.123456789012"
    assert csv(table).splitlines()[2].endswith(",")


def test_latex_has_one_line_per_row_and_no_live_command_of_a_name(table: Shown) -> None:
    text = latex(table)
    assert r"12.3 [10.0--14.0] \\" in text
    assert r"a|b \& <i> 50\% \textbackslash{}input\{x\} \$y\$ [l](z) & -- \\" in text
    assert text.count(r" \\") == 3
    assert r"\caption{A board \& more}" in text


def test_markdown_keeps_a_pipe_and_markup_of_a_name_as_text(table: Shown) -> None:
    lines = markdown(table).splitlines()
    assert lines[1] == "| --- | --- |"
    assert lines[3] == r"| a\|b & \<i> 50% \\input{x} $y$ \[l](z) | – |"


def test_bibtex_names_the_day_and_the_numbers(table: Shown) -> None:
    entry = bibtex(table)
    assert "year = {2025}" in entry
    assert "Newest number of 2025-02-03" in entry
    other = Shown(table.data.assign(id=0.5), table.text, table.title, table.measured)
    assert bibtex(other).splitlines()[0] != entry.splitlines()[0]


def test_every_format_ends_with_a_line_break(table: Shown) -> None:
    assert all(make(table).endswith("\n") for _, _, make in FORMATS.values())
