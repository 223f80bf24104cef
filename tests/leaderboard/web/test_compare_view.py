import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from leaderboard.board.site import read
from leaderboard.store.folder import Folders

WriteAnswers = Callable[..., Path]
Open = Callable[..., AppTest]


@pytest.fixture
def compare(opened: Callable[[str], Open]) -> Open:
    """Open the page on the runs written so far; options are what the address asks for."""

    return opened("compare")


@pytest.fixture
def two(write_answers: WriteAnswers) -> None:
    """Of 20 examples A is right on 0 to 15, B on 4 to 17; under attack A loses those below 8, B none."""
    write_answers("a", lambda _, i, degree, __: i < 16 and not (degree >= 0.3 and i < 8))
    write_answers("b", lambda _, i, *__: 4 <= i < 18)


def text_of(app: AppTest) -> str:
    elements = [*app.markdown, *app.caption, *app.info, *app.warning, *app.code, *app.header]
    return "\n".join(str(element.value) for element in elements).replace("\\", "")


def html_of(app: AppTest) -> str:
    found = [element.value for element in app.get("html") if "<table" in element.value]
    return str(found[0]).rpartition("</style>")[2]


def read_back(table: Any) -> pd.DataFrame:
    """Return a table as it is read: the escapes are gone."""
    frame: pd.DataFrame = table.value.replace(r"\\(.)", r"\1", regex=True)
    return frame


@pytest.mark.usefixtures("two")
def test_it_opens_on_the_examples_that_only_a_has_right(compare: Open) -> None:
    app = compare(a="a", b="b")
    assert app.selectbox(key="outcome").value == "only A right"
    html = html_of(app)
    # reviews 0 to 3, and not one of the others
    assert [f"reviews-{i:03}" in html for i in range(20)] == [i < 4 for i in range(20)]
    assert html.count("✓ right: ") == html.count("✗ wrong: ") == 4
    assert "4 examples: only A right." in text_of(app)


@pytest.mark.usefixtures("two")
def test_numbers_are_those_by_hand_and_the_text_stands_in_its_row_with_its_edits(
    compare: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOSS_TEXTS", "on")
    app = compare(a="a", b="b", copies="worst", degree="0.3", outcome="only B right")
    row = read_back(app.table[0]).set_index("Data").loc["reviews (ID, accuracy)"]
    assert (row["A"], row["B"]) == ("40.0", "70.0")
    assert (row["only A right"], row["only B right"], row["both wrong"]) == ("0", "6", "6")
    html = html_of(app)
    rows = html.split("<tr>")[2:]
    assert len(rows) == 6
    first = rows[0]
    # Example 4 is right by both on the clean text, and by B on every copy; A fails at 0.3.
    assert "reviews-004" in first
    assert "Letter 4 of the &lt;b&gt;reviews&lt;/b&gt; folder says good things.<ins>ssssss</ins>" in first
    assert "asked of A: a" in first
    assert '✗ wrong: positive <span class="which">copy 1 at degree 0.3</span>' in first
    assert '✓ right: negative <span class="which">clean</span>' in first
    assert "<b>" not in html


@pytest.mark.usefixtures("two")
def test_without_texts_it_says_the_one_step_that_shows_them(
    compare: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOSS_TEXTS", "off")
    app = compare(a="a", b="b")
    assert "No text is shown: this site was started without texts of datasets" in text_of(app)
    assert app.code[-1].value == "python -m leaderboard --texts"
    assert ">Text<" not in html_of(app)


def test_two_models_on_other_data_are_not_compared_and_the_reason_is_said(
    compare: Open, write_answers: WriteAnswers
) -> None:
    write_answers("a", lambda *_: True)
    write_answers("b", lambda *_: True, n=10)
    app = compare()
    assert "they differ in content of the data: " in text_of(app)
    assert "; number of examples: 20 and 10. Measure both" in text_of(app)
    assert app.table[0].value.empty


def test_the_matrix_says_who_is_above_whom_and_of_how_many_examples(
    compare: Open, write_answers: WriteAnswers
) -> None:
    write_answers("best", lambda *_: True)
    write_answers("half", lambda _, i, *__: i < 10)
    write_answers("other", lambda _, i, *__: i >= 10)
    app = compare()
    table = read_back(app.table[-1]).set_index("Row")
    assert table.columns.tolist() == ["1", "2", "3"]
    # best alone is right on 10 of 20 against each; the other two are right on 10 of 20 each, never both
    assert table.loc["1 best"].tolist() == ["", "50 ▲", "50 ▲"]
    assert table.loc["2 half"].tolist() == ["0 ▼", "", "50"]
    assert table.loc["3 other"].tolist() == ["0 ▼", "50", ""]
    assert "best is above 2 of the 2 others beyond chance. A cell: of 40 examples" in text_of(app)
    assert "Holm's correction for 3 pairs" in text_of(app)


def test_a_snapshot_shows_the_comparison_of_then_also_after_a_run_was_retired(
    compare: Open, write_answers: WriteAnswers, tmp_path: Path
) -> None:
    old = write_answers("a", lambda _, i, *__: i < 10)
    write_answers("b", lambda *_: True)
    runs = tmp_path / "runs"
    then = read(Folders(runs))
    then.keep()
    write_answers("c", lambda *_: True, day=3)
    retired = tmp_path / "retired" / old.relative_to(runs)
    retired.parent.mkdir(parents=True)
    shutil.move(old, retired)
    assert "a" not in compare().selectbox(key="a").options
    app = compare(snapshot=then.snapshot.id, a="b", b="a")
    row = read_back(app.table[0]).set_index("Data").loc["reviews (ID, accuracy)"]
    assert (row["A"], row["B"], row["only A right"]) == ("100.0", "50.0", "10")
    assert "10 examples: only A right." in text_of(app)
    assert read_back(app.table[-1]).set_index("Row").loc["1 b"].tolist() == ["", "50 ▲"]
