import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from boss.results.manifest import Run
from leaderboard.board.columns import MEASURES

WriteRun = Callable[..., Path]
APP = str(Path(__file__).parents[3] / "leaderboard" / "app.py")
HOSTILE = "<script>x</script> **b** :red[r] $x$ [l](http://a.b)"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open the page on the runs written so far; options are what the address asks for."""

    def open_page(**query: str) -> AppTest:
        monkeypatch.setenv("BOSS_RUNS", str(tmp_path / "runs"))
        monkeypatch.setattr("sys.argv", ["app.py"])
        app = AppTest.from_file(APP, default_timeout=90)
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return open_page


def text_of(app: AppTest) -> str:
    elements = [*app.markdown, *app.caption, *app.info, *app.warning, *app.code, *app.header, *app.subheader]
    return "\n".join(str(element.value) for element in elements)


def shown_table(app: AppTest) -> Any:
    return app.dataframe[0].value


def test_without_runs_the_page_says_which_command_to_run(page: Callable[..., AppTest]) -> None:
    app = page()
    assert not app.exception
    assert [code.value for code in app.code] == ["python -m boss.eval"]
    assert not app.dataframe


def test_a_run_without_records_yet_is_no_error(page: Callable[..., AppTest], write_run: WriteRun) -> None:
    write_run(numbers=(), status="running")
    app = page()
    assert not app.exception
    assert "finished measurement" in text_of(app)


def test_one_run_is_one_row_and_says_that_the_suite_is_a_stand_in(
    page: Callable[..., AppTest], write_run: WriteRun
) -> None:
    write_run()
    app = page()
    assert not app.exception
    assert list(shown_table(app)["model"]) == ["tfidf"]
    assert "leaderboard.web.views" not in text_of(app)
    assert "mini is a small stand\\-in for BOSS" in text_of(app)
    assert "No model was attacked" in text_of(app)


def test_a_suite_that_is_no_stand_in_is_not_called_one(
    page: Callable[..., AppTest], write_run: WriteRun
) -> None:
    write_run(suite="boss")
    assert not page().info


def test_two_models_are_sorted_and_the_degree_switch_changes_the_numbers(
    page: Callable[..., AppTest], write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    write_run("weak", numbers=[replace(n, value=n.value - 0.04) for n in (*clean, *attacked)])
    write_run("strong", numbers=clean + attacked)
    app = page()
    assert not app.exception
    assert list(shown_table(app)["model"]) == ["strong", "weak"]
    assert list(shown_table(app)["attacked_ood_worst"]) == pytest.approx([45.0, 41.0])
    app.selectbox(key="degree").set_value("0.3").run()
    assert not app.exception
    assert list(shown_table(app)["attacked_ood_worst"]) == pytest.approx([5.0, 1.0])


def test_the_address_sets_every_switch(
    page: Callable[..., AppTest], write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    general = [replace(n, tag="general", dimension="glyph") for n in attacked]
    write_run(numbers=[*clean, *attacked, *general])
    write_run(suite="boss", numbers=[*clean, *attacked, *general])
    app = page(suite="mini", task="sentiment", attack="typo", tag="malicious", degree="0.3")
    chosen = {key: app.selectbox(key=key).value for key in ("suite", "task", "attack", "tag", "degree")}
    assert chosen == {
        "suite": "mini",
        "task": "sentiment",
        "attack": "typo",
        "tag": "malicious",
        "degree": "0.3",
    }
    assert not app.warning


def test_changing_the_attack_offers_only_the_tags_and_degrees_it_has(
    page: Callable[..., AppTest], write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    glyph = [replace(n, tag="general", dimension="glyph") for n in attacked if n.degree == 0.1]
    write_run(numbers=[*clean, *attacked, *glyph])
    app = page(attack="typo", degree="0.3")
    app.selectbox(key="attack").set_value("glyph").run()
    assert not app.exception
    assert (app.selectbox(key="tag").value, app.selectbox(key="degree").value) == ("general", "0.1")
    assert list(shown_table(app)["attacked_ood_worst"]) == pytest.approx([45.0])


def test_a_stale_link_says_so(page: Callable[..., AppTest], write_run: WriteRun) -> None:
    write_run()
    app = page(task="nli")
    assert not app.exception
    assert [warning.value for warning in app.warning] == [r"The link asks for task nli\, which is not here\."]


def test_a_corrupt_run_is_listed_with_its_reason_beside_the_others(
    page: Callable[..., AppTest], write_run: WriteRun
) -> None:
    write_run("good")
    broken = write_run("broken")
    (broken / "run.json").write_text("{")
    app = page()
    assert not app.exception
    assert list(shown_table(app)["model"]) == ["good"]
    assert broken.name in app.code[0].value
    assert "not valid JSON" in app.code[0].value


def test_hostile_names_reach_markdown_only_escaped(
    page: Callable[..., AppTest], write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    renamed = [replace(n, dimension=HOSTILE) for n in attacked]
    write_run(HOSTILE, numbers=[*clean, *renamed], method=HOSTILE, suite=HOSTILE)
    write_run(HOSTILE, numbers=[*clean, *renamed], method="other", suite=HOSTILE)
    app = page(plain="true", task=HOSTILE)
    assert not app.exception
    text = text_of(app) + app.table[0].value.to_csv()
    assert r"\<script\>" in text
    for live in ("<script", r"\*\*b", ":red", r"\$x", r"\]\(http"):
        assert re.search(live, HOSTILE)
        assert not re.search(r"(?<!\\)" + live, text)


def test_the_plain_table_replaces_the_grid(page: Callable[..., AppTest], write_run: WriteRun) -> None:
    write_run()
    app = page(plain="true")
    assert not app.dataframe
    assert app.table[0].value["OOD mean"].item() == r"65\.0 \[62\.5–67\.5\] \(n 200\)"


def test_filters_keep_rows_and_change_no_rank(
    page: Callable[..., AppTest], write_run: WriteRun, clean: Any
) -> None:
    for i, name in enumerate(("large-encoder", "tfidf", "small-encoder")):
        write_run(name, numbers=[replace(n, value=n.value - 0.1 * i) for n in clean], day=i + 1)
    app = page()
    app.text_input(key="search").set_value("encoder").run()
    assert list(shown_table(app)["model"]) == ["large-encoder", "small-encoder"]
    assert list(shown_table(app)["rank"]) == [1, 3]
    assert "2 of 3 models" in text_of(app)
    app = page(since="2025-01-02")
    assert list(shown_table(app)["model"]) == ["tfidf", "small-encoder"]


def test_the_board_is_sorted_by_the_column_it_says(
    page: Callable[..., AppTest], write_run: WriteRun, clean: Any
) -> None:
    write_run("a", numbers=clean)
    write_run("b", numbers=[replace(n, value=n.value + (0.1 if n.role == "id" else -0.1)) for n in clean])
    app = page(sort="ID")
    assert list(shown_table(app)["id"]) == pytest.approx([90.0, 80.0])
    assert list(shown_table(app)["rank"]) == [1, 2]
    app.selectbox(key="order").set_value("worst first").run()
    assert list(shown_table(app)["id"]) == pytest.approx([80.0, 90.0])


def test_the_chosen_columns_are_the_ones_shown(page: Callable[..., AppTest], write_run: WriteRun) -> None:
    write_run()
    app = page(columns="ID")
    names = set(shown_table(app).columns)
    assert {"id", "id_interval"} <= names
    assert not names & {"ood_mean", "ood_worst"}


def test_access_offers_only_the_attacks_it_has(
    page: Callable[..., AppTest], write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    scored = [replace(n, access="score", dimension="glyph") for n in attacked]
    write_run(numbers=[*clean, *attacked, *scored])
    app = page(access="score")
    assert app.selectbox(key="attack").options == ["glyph, score access"]


def test_a_changed_run_is_read_again(page: Callable[..., AppTest], write_run: WriteRun) -> None:
    folder = write_run()
    app = page()
    assert list(shown_table(app)["notes"] if "notes" in shown_table(app) else []) == []
    manifest = folder / "run.json"
    run = Run.model_validate_json(manifest.read_text())
    manifest.write_text(run.model_copy(update={"status": "failed"}).model_dump_json())
    app.run()
    assert list(shown_table(app)["notes"]) == ["run with failures"]


def test_models_that_answered_the_same_examples_are_ranked_by_a_paired_test(
    page: Callable[..., AppTest], write_answers: Callable[..., Path]
) -> None:
    write_answers("twin", lambda dataset, i, degree, dimension: i % 4 > 0, n=80)
    write_answers("best", lambda dataset, i, degree, dimension: i % 4 > 0, n=80)
    write_answers("worse", lambda dataset, i, degree, dimension: i % 4 > 1, n=80)
    app = page()
    assert not app.exception
    table = shown_table(app).set_index("model")
    assert table["rank"].to_dict() == {"best": 1, "twin": 1, "worse": 3}
    assert table["ranks"].to_dict() == {"best": "1–2", "twin": "1–2", "worse": "3–3"}
    assert table["p_best"].to_dict() == {"best": 50, "twin": 50, "worse": 0}
    text = text_of(app)
    assert "3 models were tested in pairs on the same examples" in text
    assert "correction for 3 pairs" in text
    assert "intervals do not overlap" not in text


def test_models_without_stored_answers_are_said_to_be_ranked_by_intervals(
    page: Callable[..., AppTest], write_run: WriteRun, clean: Any
) -> None:
    write_run("a")
    write_run("b", numbers=[replace(n, value=n.value - 0.1) for n in clean])
    app = page()
    assert "p_best" not in shown_table(app)
    assert r"Told from others only where their intervals do not overlap\: 2 \(no stored answers\)" in text_of(
        app
    )


def test_where_lower_is_better_the_lowest_is_first_and_missing_numbers_are_last(
    page: Callable[..., AppTest], write_run: WriteRun, clean: Any, number: Any
) -> None:
    for name, value in (("sure", 0.5), ("calibrated", 0.2)):
        write_run(name, numbers=[*clean, number("reviews", value, role="id", metric="brier")])
    write_run("without", numbers=clean)
    app = page(sort="ID Brier")
    assert list(shown_table(app)["model"]) == ["calibrated", "sure", "without"]
    assert list(shown_table(app)["id_brier"])[:2] == pytest.approx([0.2, 0.5])
    assert list(shown_table(app)["rank"])[:2] == [1, 2]
    app.selectbox(key="order").set_value("worst first").run()
    assert list(shown_table(app)["model"]) == ["sure", "calibrated", "without"]


@pytest.mark.parametrize("label", ["ID", "OOD mean", "OOD worst set", "ID, worst copy", "OOD, average copy"])
def test_the_order_of_the_rows_is_that_of_the_column_that_is_named(
    page: Callable[..., AppTest], write_run: WriteRun, clean: Any, attacked: Any, label: str
) -> None:
    # Each dataset, clean and attacked, orders the models another way.
    shifts = {"reviews": (0, 1, 2), "tweets": (2, 0, 1), "letters": (1, 2, 0)}
    for i, name in enumerate("abc"):
        moved = [replace(n, value=n.value - 0.05 * shifts[n.dataset][i]) for n in clean]
        moved += [replace(n, value=n.value - 0.05 * shifts[n.dataset][i - 1]) for n in attacked]
        write_run(name, numbers=moved)
    app = page(sort=label)
    assert not app.warning
    key = next(measure.key for measure in MEASURES if measure.label == label)
    shown = list(shown_table(app)[key])
    assert shown == sorted(shown, reverse=True)
    assert app.selectbox(key="sort").value == label


def test_the_address_sets_filters_columns_order_and_form(
    page: Callable[..., AppTest], write_run: WriteRun, clean: Any
) -> None:
    for i, name in enumerate(("alpha", "beta", "gamma")):
        write_run(name, numbers=[replace(n, value=n.value - 0.1 * i) for n in clean], day=i + 1, method=name)
    asked = {"search": "a", "methods": "beta", "since": "2025-01-02", "order": "worst first", "columns": "ID"}
    app = page(**asked, plain="true", sort="ID", parameters="unknown", verification="self_reported")
    assert not app.exception
    assert not app.warning
    table = app.table[0].value
    assert list(table["Method"]) == ["beta"]
    assert [str(name) for name in table.columns if "OOD" in str(name)] == []
    chosen = {key: app.selectbox(key=key).value for key in ("sort", "order", "verification")}
    assert chosen == {"sort": "ID", "order": "worst first", "verification": "self_reported"}
    assert app.multiselect(key="parameters").value == ["unknown"]


@pytest.mark.parametrize(
    ("key", "asked", "said"),
    [
        ("since", "yesterday", "since yesterday, which is no day"),
        ("sort", "Fame", "sort Fame, which is not here"),
        ("columns", "Fame", "columns Fame, which is not here"),
        ("methods", "magic", "methods magic, which is not here"),
        ("parameters", "huge", "parameters huge, which is not here"),
        ("verification", "sworn", "verification sworn, which is not here"),
        ("order", "sideways", "order sideways, which is not here"),
    ],
)
def test_every_stale_choice_is_named(
    page: Callable[..., AppTest], write_run: WriteRun, key: str, asked: str, said: str
) -> None:
    write_run()
    app = page(**{key: asked})
    assert not app.exception
    assert [warning.value.replace("\\", "") for warning in app.warning] == [f"The link asks for {said}."]
