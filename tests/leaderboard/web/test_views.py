from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from leaderboard.web.views.shift import robustness

WriteRun = Callable[..., Path]
WriteAnswers = Callable[..., Path]
Open = Callable[..., AppTest]
HOSTILE = "<img src=x onerror=alert(1)> **b** [l](http://a.b)"


@pytest.fixture
def open_view(tmp_path: Path) -> Open:
    """Open one view on the runs written so far; options are what the address asks for."""

    def show(view: str, folder: str) -> None:
        import importlib
        from pathlib import Path

        from leaderboard.store.folder import Folders

        importlib.import_module(f"leaderboard.web.views.{view}").show(Folders(Path(folder)))

    def open_page(view: str, **query: str) -> AppTest:
        app = AppTest.from_function(show, default_timeout=90, args=(view, str(tmp_path / "runs")))
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return open_page


def text_of(app: AppTest) -> str:
    elements = [*app.markdown, *app.caption, *app.info, *app.warning, *app.code, *app.header]
    return "\n".join(str(element.value) for element in elements)


def charts(app: AppTest) -> int:
    return len(app.get("vega_lite_chart"))


def read_back(table: Any) -> pd.DataFrame:
    """Return a table as it is read: the escapes are gone."""
    return table.value.replace(r"\\(.)", r"\1", regex=True)


@pytest.mark.parametrize("view", ["shift", "attack", "compare", "model", "dataset", "samples"])
def test_a_view_without_runs_says_which_command_to_run(open_view: Open, view: str) -> None:
    app = open_view(view)
    assert not app.exception
    assert [code.value for code in app.code] == ["python -m boss.eval"]


@pytest.mark.parametrize("view", ["shift", "attack", "compare", "model", "dataset", "samples"])
def test_a_hostile_name_stays_text_in_every_view(
    open_view: Open, write_run: WriteRun, clean: Any, attacked: Any, view: str
) -> None:
    for method in (HOSTILE, "other"):
        write_run(
            HOSTILE, numbers=[*clean, *(replace(n, dimension=HOSTILE) for n in attacked)], method=method
        )
    app = open_view(view, model=HOSTILE)
    assert not app.exception
    shown = text_of(app) + "".join(table.value.to_csv() for table in app.table)
    for live in ("<img", "**b**", "](http"):
        assert live not in shown.replace("\\" + live[0], "")


@pytest.mark.parametrize("view", ["shift", "attack", "dataset", "compare", "model", "samples"])
def test_a_link_to_what_is_not_here_says_so(open_view: Open, write_run: WriteRun, view: str) -> None:
    write_run("a")
    write_run("b")
    key = {"shift": "models", "compare": "a", "model": "model"}.get(view, "task")
    app = open_view(view, **{key: "gone"})
    assert not app.exception
    assert "asks for" in "".join(warning.value for warning in app.warning)


def test_the_scatter_withholds_effective_robustness_below_five_baselines(
    open_view: Open, write_run: WriteRun
) -> None:
    for name in "abcd":
        write_run(name)
    app = open_view("shift")
    assert charts(app) == 1
    assert "withheld: 4 baselines are on this board, a line needs 5" in read_back_text(app)
    assert set(app.table[-1].value["Effective"]) == {"–"}


def read_back_text(app: AppTest) -> str:
    return text_of(app).replace("\\", "")


def test_five_different_baselines_make_a_line(open_view: Open, write_run: WriteRun, clean: Any) -> None:
    for i, name in enumerate("abcde"):
        write_run(name, numbers=[replace(n, value=n.value + 0.02 * i) for n in clean])
    write_run("robust", numbers=[replace(n, value=0.8) for n in clean], method="augmented")
    app = open_view("shift")
    assert not app.exception
    assert "fitted on 5 baselines" in text_of(app).replace("\\", "")
    row = read_back(app.table[-1]).set_index("Model").loc["robust"]
    assert row["Says"] == "above the band"


def test_relative_robustness_is_against_the_same_model_made_plainly() -> None:
    both = pd.DataFrame(
        {
            "label": ["a (finetune)", "a (augmented)", "b"],
            "model": ["a", "a", "b"],
            "method": ["finetune", "augmented", "augmented"],
            "id": [0.9, 0.9, 0.9],
            "ood_mean": [0.70, 0.75, 0.8],
        }
    )
    assert list(robustness(both, None)["Relative"]) == ["–", "+5.0", "–"]


def test_the_attack_view_draws_both_curves_and_the_heat_map(
    open_view: Open, write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    glyph = [replace(n, dimension="glyph", value=n.value - 0.02) for n in attacked]
    write_run("a", numbers=[*clean, *attacked, *glyph])
    write_run("b", numbers=[*clean, *attacked, *glyph])
    app = open_view("attack")
    assert not app.exception
    assert charts(app) == 3
    heat = read_back(app.table[-1]).set_index("Model")
    # ID, worst copy at 0.1: 80 - 20, and two points less under glyph
    assert heat.loc["a"].to_dict() == {"glyph": "58.0", "typo": "60.0"}
    assert "glyph is the hardest attack, 58.0 on average; typo is the mildest" in read_back_text(app)


def test_the_radar_needs_three_attacks(
    open_view: Open, write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    dimensions = ("typo", "glyph", "synonym")
    numbers = [replace(n, dimension=dimension) for n in attacked for dimension in dimensions]
    write_run("a", numbers=[*clean, *numbers])
    app = open_view("attack", radar="true")
    assert charts(app) == 3
    assert "read the spokes, not the area" in read_back_text(app)


def test_two_attacks_make_no_radar(open_view: Open, write_run: WriteRun, clean: Any, attacked: Any) -> None:
    write_run("a", numbers=[*clean, *attacked])
    app = open_view("attack", radar="true")
    assert charts(app) == 2
    assert "A radar needs three attacks" in text_of(app)


def test_compare_tells_counts_and_shows_the_texts_with_their_edits(
    open_view: Open, write_answers: WriteAnswers
) -> None:
    write_answers("a", lambda _, i, degree, __: i < 16 and not (degree >= 0.3 and i < 8))
    write_answers("b", lambda _, i, *__: 4 <= i < 18)
    app = open_view("compare", a="a", b="b", copies="worst", degree="0.3", outcome="only B right")
    assert not app.exception
    row = read_back(app.table[0]).set_index("Data").loc["reviews (ID, accuracy)"]
    assert (row["A"], row["B"]) == ("40.0", "70.0")
    assert (row["only A right"], row["only B right"], row["both wrong"]) == ("0", "6", "6")
    assert set(read_back(app.table[1])["Outcome"]) == {"only B right"}
    shown = "".join(element.value for element in app.get("html"))
    assert "&lt;b&gt;reviews&lt;/b&gt;" in shown
    assert "<b>" not in shown
    assert "<ins>ssssss</ins>" in shown


def test_compare_says_why_two_models_cannot_be_compared(open_view: Open, write_answers: WriteAnswers) -> None:
    write_answers("a", lambda *_: True)
    write_answers("b", lambda *_: True, n=10)
    app = open_view("compare")
    assert not app.exception
    assert "they differ in content of the data: " in read_back_text(app)
    assert "; number of examples: 20 and 10. Measure both" in read_back_text(app)
    assert app.table[0].value.empty


def test_compare_without_stored_texts_says_so(open_view: Open, write_answers: WriteAnswers) -> None:
    for name in "ab":
        write_answers(name, lambda *_: True, store_text=False)
    app = open_view("compare")
    assert not app.exception
    assert "this site does not show texts of datasets" in read_back_text(app)
    assert any(code.value.startswith("python -m boss.texts '{") for code in app.code)


def test_a_model_is_shown_with_its_numbers_and_the_command_that_measured_it(
    open_view: Open, write_answers: WriteAnswers
) -> None:
    write_answers("a", lambda *_: True, day=1)
    write_answers("a", lambda *_: True, n=10, day=2)
    app = open_view("model", model="a")
    assert not app.exception
    numbers = app.dataframe[0].value
    assert set(numbers.loc[numbers["aggregate"] == "clean", "value"]) == {"100.0"}
    assert set(numbers["n"]) == {20, 40}
    link, command = (code.value for code in app.code)
    assert link.startswith("/?snapshot=")
    assert command == "python -m boss.eval model=a"
    assert "Not on the board" in text_of(app)


def test_a_dataset_lists_every_model_on_it(
    open_view: Open, write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    write_run("a", numbers=clean + attacked)
    write_run("b", numbers=[n for n in clean if n.dataset != "tweets"])
    app = open_view("dataset", dataset="tweets")
    assert not app.exception
    table = read_back(app.table[1])
    assert table.to_dict("records") == [
        {
            "Model": "a",
            "Clean": "70.0 [67.0–73.0] (n 100)",
            "Average copy": "60.0 [58.0–62.0] (n 100)",
            "Worst copy": "50.0 [48.0–52.0] (n 100)",
        }
    ]


def test_the_method_page_explains_every_column_of_the_board(open_view: Open) -> None:
    app = open_view("method")
    assert not app.exception
    for word in ("OOD mean", "Worst copy", "Area", "Overall", "Rank", "Effective robustness", "Verification"):
        assert word in text_of(app)
