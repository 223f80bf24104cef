import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from boss.results.schema import Run

WriteRun = Callable[..., Path]
APP = str(Path(__file__).parents[2] / "leaderboard" / "app.py")
HOSTILE = "<script>x</script> **b** :red[r] $x$ [l](http://a.b)"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open the page on the runs written so far; options are what the address asks for."""

    def open_page(**query: str) -> AppTest:
        monkeypatch.setenv("BOSS_RUNS", str(tmp_path / "runs"))
        monkeypatch.setattr("sys.argv", ["app.py"])
        app = AppTest.from_file(APP, default_timeout=30)
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
    assert "leaderboard.views" not in text_of(app)
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
    app.selectbox(key="order").set_value("lowest first").run()
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
