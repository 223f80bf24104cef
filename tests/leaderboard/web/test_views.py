import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from leaderboard.submission.declaration import Declaration
from leaderboard.web.views.shift import robustness, unlocks

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


@pytest.mark.parametrize("view", ["shift", "attack", "compare", "model", "dataset", "samples", "history"])
def test_a_view_without_runs_says_which_command_to_run(open_view: Open, view: str) -> None:
    app = open_view(view)
    assert not app.exception
    assert [code.value for code in app.code] == ["python -m boss.eval"]


@pytest.mark.parametrize("view", ["shift", "attack", "compare", "model", "dataset", "samples", "history"])
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


def test_below_five_baselines_the_page_says_what_would_unlock_the_line(
    open_view: Open, write_run: WriteRun
) -> None:
    for name in "abcd":
        write_run(name)
    app = open_view("shift")
    assert charts(app) == 1
    assert (
        "Effective robustness needs a line through 5 baselines with different ID numbers; 4 baselines are "
        "chosen here: a, b, c and d. 1 more unlocks it: measure models plainly fitted, as by python -m "
        "boss.eval model=NAME method=finetune task=sentiment, or choose more methods as baselines above."
    ) in read_back_text(app)
    assert "Relative robustness needs one model here both plainly fine-tuned" in read_back_text(app)
    # no table of dashes: the only one is that of the chart
    assert [list(table.value.columns) for table in app.table] == [["Model", "ID", "OOD mean"]]


def test_five_baselines_of_one_id_number_need_another_one() -> None:
    both = pd.DataFrame({"label": list("abcde"), "model": list("abcde"), "method": "default", "id": 0.8})
    sentence = unlocks(both, both, None, "sentiment")[0]
    assert (
        "5 baselines are chosen here (1 ID number among them): a, b, c, d and e. One with another" in sentence
    )


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


def test_relative_robustness_is_against_the_same_models_own_plain_fine_tuning() -> None:
    both = pd.DataFrame(
        {
            # A better baseline stands above the plain one: it is not what is compared with.
            "label": ["a (probe)", "a (augmented)", "a (finetune)", "b"],
            "model": ["a", "a", "a", "b"],
            "method": ["linear_probe", "augmented", "finetune", "augmented"],
            "id": [0.9, 0.9, 0.9, 0.9],
            "ood_mean": [0.78, 0.75, 0.70, 0.8],
        }
    )
    table = robustness(both, None, {})
    assert table.to_dict("records") == [
        {"Model": "a (probe)", "Method": "linear_probe", "Relative": "+8.0"},
        {"Model": "a (augmented)", "Method": "augmented", "Relative": "+5.0"},
    ]
    assert robustness(both[both["method"] != "finetune"], None, {}).empty


def test_relative_robustness_has_the_interval_of_the_paired_bootstrap(
    open_view: Open, write_answers: WriteAnswers
) -> None:
    write_answers("a", lambda _, i, *__: i < 10, method="finetune")
    write_answers("a", lambda _, i, *__: i < 14, method="augmented", day=2)
    row = read_back(open_view("shift").table[-1]).set_index("Model").loc["a (augmented)"]
    # Four of 20 examples more in both shifted sets: +20, and never below 0, as the rest is the same.
    found = re.fullmatch(r"\+20\.0 \[\+(\d+\.\d) to \+(\d+\.\d)\]", row["Relative"])
    assert found is not None
    assert 0 < float(found[1]) < 20 < float(found[2]) < 45


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
    # the sentence is of the degree that is chosen, not of the highest
    assert "typo at degree 0.1, ID: the highest are 70.0 [68.0–72.0] for a" in read_back_text(app)


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
    assert [code.value for code in app.code][-1] == "python -m boss.eval model=a"
    assert "Not on the board" in text_of(app)
    history = read_back(app.table[-1])
    assert history[["When", "What", "Run"]].to_numpy().tolist() == [
        ["2025-02-02 00:00", "measured", "mini/a/a-default-2"],
        ["2025-02-01 00:00", "measured", "mini/a/a-default-1"],
    ]


def test_the_page_of_a_model_understands_the_label_of_a_board(
    open_view: Open, write_run: WriteRun, clean: Any
) -> None:
    write_run("a", method="one")
    write_run("a", method="two", suite="other")
    write_run("b", suite="other")
    # On the board of mini a stands with one method, so it is "a" there; here it is "a (one)".
    app = open_view("model", model="a", suite="mini", task="sentiment")
    assert not app.exception
    assert app.selectbox(key="model").value == "a (one)"
    assert not app.warning
    # Without a model it is the best of the board that the address names.
    assert open_view("model", suite="other", task="sentiment").selectbox(key="model").value == "a (two)"


def test_a_sender_s_words_stand_on_the_model_s_page_and_only_safe_addresses_are_links(
    open_view: Open, write_run: WriteRun, tmp_path: Path
) -> None:
    run = write_run("a")
    sent = tmp_path / "runs" / ("0" * 24)
    sent.mkdir()
    shutil.move(run, sent / "run")
    declared = Declaration(
        submitter="A lab",
        contact="http://plain.example/ or https://user@evil.example/",
        licence="CC0",
        training_data=("reviews",),
        external_data=(),
        ood_exposure="selection",
        notes=f"See https://lab.example/model. {HOSTILE}",
    )
    (sent / "submission.json").write_bytes(declared.encode())
    app = open_view("model", model="a")
    assert not app.exception
    said = next(read_back(t) for t in app.table if "What is said" in t.value).set_index("")["What is said"]
    assert (said["Sender"], said["Declared other data"]) == ("A lab", "none")
    assert said["Saw of the OOD data"] == "selection: settings or a checkpoint were chosen by it"
    links = [element.value for element in app.get("html") if "<a " in element.value]
    assert links == [
        "Links that its sender gave, which lead away from here:<br>"
        '<a href="https://lab.example/model" rel="noopener noreferrer nofollow">https://lab.example/model</a>'
    ]


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


def test_a_dataset_of_the_project_has_its_card_and_another_one_says_that_it_has_none(
    open_view: Open, write_answers: WriteAnswers
) -> None:
    write_answers("a", lambda *_: True, n=7)
    app = open_view("dataset", dataset="tweets")
    assert not app.exception
    known = read_back(app.table[0]).set_index("")["What is known"]
    assert known["Shift"] == "domain and register: informal, short, emoticons"
    assert known["Licence"] == "MIT"
    assert known["Examples (clean)"] == "7 (1 run)"
    assert known["Measured by"] == "runs of this site's own folder (1)"
    shown = "".join(element.value for element in app.get("html"))
    assert "https://github.com/cjhutto/vaderSentiment" in shown
    assert shown.count('<td data-head="Example">') == 5 and "tweets-004" in shown
    assert "[All 7 examples, and what models said to them](samples?" in text_of(app)
    other = read_back(open_view("dataset", dataset="letters").table[0]).set_index("")["What is known"]
    assert other["Description"].startswith("none: it is no dataset of the project's suites")


@pytest.mark.parametrize("view", ["compare", "samples"])
def test_a_choice_that_the_reader_s_own_change_took_away_is_no_stale_link(
    open_view: Open, write_answers: WriteAnswers, view: str
) -> None:
    write_answers("a", lambda _, i, *__: i < 50, n=60)
    write_answers("b", lambda _, i, *__: i < 25, n=60)
    page = {"compare": {"page": "3"}, "samples": {"page": "3"}}[view]
    app = open_view(view, **page)
    assert not app.warning
    key, fewer = ("outcome", "only B right") if view == "compare" else ("show", "all wrong")
    app.selectbox(key=key).set_value(fewer).run()
    assert not app.exception
    assert not app.warning


def test_the_history_says_who_was_first_since_when_and_what_was_measured(
    open_view: Open, write_run: WriteRun, clean: Any
) -> None:
    write_run("a", day=1)
    write_run("b", day=2, numbers=[replace(n, value=n.value + 0.1) for n in clean])
    write_run("c", day=3)
    app = open_view("history")
    assert not app.exception
    first, told = (read_back(table) for table in app.table)
    assert first.to_dict("records") == [
        {"Day": "2025-01-02", "Models": "2", "First": "b", "OOD mean": "75.0 [72.5–77.5]"},
        {"Day": "2025-01-01", "Models": "1", "First": "a", "OOD mean": "65.0 [62.5–67.5]"},
    ]
    assert told.to_dict("records") == [
        {"Day": f"2025-01-0{day}", "What": f"1 run measured: {name}"}
        for day, name in ((3, "c"), (2, "b"), (1, "a"))
    ]
