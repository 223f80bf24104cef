import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from boss.results.manifest import Run
from leaderboard.submission.decisions import Decision, append_decision
from leaderboard.web import board_html

WriteRun = Callable[..., Path]
Shown = Callable[[AppTest], Any]
APP = str(Path(__file__).parents[3] / "leaderboard" / "app.py")
HOSTILE = "<script>x</script> **b** :red[r] $x$ [l](http://a.b)"
NOT_VERIFIED = "#### Not verified: shown, not ranked"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open the page on the runs written so far; options are what the address asks for."""

    def open_page(**query: str | list[str]) -> AppTest:
        monkeypatch.setenv("BOSS_RUNS", str(tmp_path / "runs"))
        monkeypatch.setattr("sys.argv", ["app.py"])
        app = AppTest.from_file(APP, default_timeout=90)
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return open_page


@pytest.fixture
def shown(tables: Callable[[Any], list[Any]]) -> Shown:
    """Return the board's one table (`conftest.BoardTable`) of a page that ran without an error."""

    def read(app: AppTest) -> Any:
        assert not app.exception
        (table,) = tables(app)
        return table

    return read


@pytest.fixture
def verify(tmp_path: Path) -> Callable[..., None]:
    """Put a run on the board as a submission that keepers decided about, up to a level."""

    def decide(run: Path, *actions: Any) -> None:
        submission = run.name.encode().hex().ljust(24, "0")[:24]
        run.rename(run.parent / "moved")
        (run.parent / submission).mkdir()
        (run.parent / "moved").rename(run.parent / submission / "run")
        for action in ("received", "accepted", *actions):
            details: dict[str, Any] = (
                {"model": "m", "suite": "mini", "run_id": "r"} if action == "received" else {"reason": "done"}
            )
            decision = Decision(
                at="2025-03-01T00:00:00Z", submission=submission, action=action, by="ada", **details
            )
            append_decision(tmp_path / "decisions.jsonl", decision)

    return decide


def text_of(app: AppTest) -> str:
    elements = [*app.markdown, *app.caption, *app.info, *app.warning, *app.code, *app.header, *app.subheader]
    return "\n".join(str(element.value) for element in elements)


def html_of(app: AppTest) -> str:
    """Return all HTML of a page but the site's one script."""
    return "\n".join(element.proto.body for element in app.get("html"))


def sentence(app: AppTest) -> str:
    """Return the board's first sentence, as it is read."""
    (found,) = re.findall(r'<p class="bx-lead">(.*?)</p>', html_of(app))
    return re.sub("<[^>]+>", "", found).strip()


def test_without_runs_the_page_says_which_command_to_run(page: Callable[..., AppTest]) -> None:
    app = page()
    assert not app.exception
    assert [code.value for code in app.code] == ["python -m boss.eval"]
    assert "<table" not in html_of(app)


def test_a_run_without_records_yet_is_no_error(page: Callable[..., AppTest], write_run: WriteRun) -> None:
    write_run(numbers=(), status="running")
    app = page()
    assert not app.exception
    assert "finished measurement" in text_of(app)


def test_one_run_is_one_row_and_says_that_the_suite_is_a_stand_in(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun
) -> None:
    write_run()
    app = page()
    assert shown(app).models == ["tfidf (default)"]
    assert "leaderboard.web.views" not in text_of(app)
    assert "mini is a small stand\\-in for BOSS" in text_of(app)
    assert "No model was attacked" in text_of(app)


def test_a_suite_that_is_no_stand_in_is_not_called_one(
    page: Callable[..., AppTest], write_run: WriteRun
) -> None:
    write_run(suite="boss")
    assert "stand" not in "".join(caption.value for caption in page().caption)


def test_two_models_are_sorted_and_the_degree_switch_changes_the_numbers(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    write_run("weak", numbers=[replace(n, value=n.value - 0.04) for n in (*clean, *attacked)])
    write_run("strong", numbers=clean + attacked)
    app = page(attack="typo", columns="OOD, worst copy")
    assert shown(app).models == ["strong (default)", "weak (default)"]
    assert list(shown(app).column("OOD, worst copy").values()) == ["45.0", "41.0"]
    assert list(shown(app).column("Under attack").values()) == ["55.0", "51.0"]
    app.selectbox(key="degree").set_value("0.3").run()
    assert list(shown(app).column("OOD, worst copy").values()) == ["5.0", "1.0"]
    assert list(shown(app).column("Under attack").values()) == ["35.0", "31.0"]
    assert shown(app).under["Under attack"] == ["typo, degree 0.3", "n 200"]


def test_the_standard_set_is_chosen_first_and_says_what_it_is(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    glyph = [replace(n, dimension="glyph", value=n.value - 0.1) for n in attacked]
    write_run(numbers=[*clean, *attacked, *glyph])
    app = page()
    assert app.selectbox(key="attack").value == "standard set"
    assert app.selectbox(key="attack").options == ["standard set", "typo", "glyph"]
    # The mean of typo, 55, and glyph, 45, at degree 0.1.
    assert shown(app)["tfidf (default)"].cells["Under attack"].value == "50.0"
    assert shown(app).under["Under attack"] == ["2 dimensions, degree 0.1", "n 200"]
    assert "Under attack: typo, glyph, each changing at most 10 % of a text" in shown(app).caption
    app.selectbox(key="attack").set_value("typo").run()
    assert shown(app)["tfidf (default)"].cells["Under attack"].value == "55.0"


def test_the_address_sets_every_switch(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    general = [replace(n, tag="general", dimension="glyph") for n in attacked]
    write_run(numbers=[*clean, *attacked, *general])
    write_run(suite="boss", numbers=[*clean, *attacked, *general])
    write_run(suite="mini", task="nli", numbers=clean)
    app = page(suite="mini", task="sentiment", attack="typo", tag="malicious", degree="0.3")
    chosen = {key: app.selectbox(key=key).value for key in ("suite", "attack", "tag", "degree")}
    assert chosen == {"suite": "mini", "attack": "typo", "tag": "malicious", "degree": "0.3"}
    assert app.button_group(key="task").value == "sentiment"
    assert not app.warning
    assert shown(app).under["Under attack"][0] == "typo, degree 0.3"


def test_the_tabs_are_the_tasks_and_all_of_them(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun, clean: Any
) -> None:
    for task in ("nli", "sentiment"):
        write_run(numbers=clean, task=task)
    write_run("half", numbers=[replace(n, value=n.value + 0.1) for n in clean], task="nli")
    app = page()
    assert app.button_group(key="task").options == ["sentiment", "nli", "all tasks"]
    assert shown(app).models == ["tfidf (default)"]
    app.button_group(key="task").set_value("all tasks").run()
    assert shown(app).heads == ["Rank", "Model", "Size", "Mean", "sentiment", "nli", "Verified", "Notes"]
    assert shown(app).ranks == {"tfidf (default)": "1", "half (default)": "–"}
    assert shown(app)["half (default)"].cells["Mean"].more == ("1 of 2 tasks",)
    assert sentence(app).startswith("tfidf (default) is the only ranked model on all 2 tasks of mini: mean ")
    app = page(task="nli")
    assert shown(app).models == ["half (default)", "tfidf (default)"]


def test_of_one_task_there_is_no_tab_for_all(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun
) -> None:
    write_run()
    app = page(task="all tasks")
    assert app.button_group(key="task").options == ["sentiment"]
    assert not app.warning
    assert shown(app).models == ["tfidf (default)"]


def test_changing_the_attack_offers_only_the_tags_and_degrees_it_has(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    glyph = [replace(n, tag="general", dimension="glyph") for n in attacked if n.degree == 0.1]
    write_run(numbers=[*clean, *attacked, *glyph])
    app = page(attack="typo", degree="0.3", columns="OOD, worst copy")
    app.selectbox(key="attack").set_value("glyph").run()
    assert (app.selectbox(key="tag").value, app.selectbox(key="degree").value) == ("general", "0.1")
    assert list(shown(app).column("OOD, worst copy").values()) == ["45.0"]


def test_a_stale_link_says_so(page: Callable[..., AppTest], write_run: WriteRun) -> None:
    write_run()
    app = page(task="nli")
    assert not app.exception
    assert [warning.value for warning in app.warning] == [r"The link asks for task nli\, which is not here\."]


def test_a_corrupt_run_is_listed_with_its_reason_beside_the_others(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun
) -> None:
    write_run("good")
    broken = write_run("broken")
    (broken / "run.json").write_text("{")
    app = page()
    assert shown(app).models == ["good (default)"]
    (said,) = [code.value for code in app.code if broken.name in code.value]
    assert "not valid JSON" in said


def test_hostile_names_reach_markdown_only_escaped_and_html_only_as_text(
    page: Callable[..., AppTest],
    shown: Shown,
    tree: Callable[[str], Any],
    write_run: WriteRun,
    clean: Any,
    attacked: Any,
) -> None:
    renamed = [replace(n, dimension=HOSTILE) for n in attacked]
    write_run(HOSTILE, numbers=[*clean, *renamed], method=HOSTILE, suite=HOSTILE)
    write_run(HOSTILE, numbers=[*clean, *renamed], method="other", suite=HOSTILE)
    for query in ({}, {"attack": HOSTILE}):
        app = page(task=HOSTILE, **query)
        table, text = shown(app), text_of(app)
        assert set(table.models) == {f"{HOSTILE} ({HOSTILE})", f"{HOSTILE} (other)"}
        found = list(tree(html_of(app)).every())
        assert not {"script", "a"} & {node.tag for node in found if not node.attributes.get("href")}
        assert all(
            name in board_html.CSS + "data-label href target title scope style aria-hidden class"
            for node in found
            for name in node.attributes
        )
        assert r"\<script\>" in text
        for live in ("<script", r"\*\*b", ":red", r"\$x", r"\]\(http"):
            assert re.search(live, HOSTILE)
            assert not re.search(r"(?<!\\)" + live, text)


def test_every_number_has_its_interval_and_the_head_the_usual_n(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun, clean: Any
) -> None:
    write_run()
    write_run("same")
    write_run("fewer", numbers=[replace(n, n=90) for n in clean])
    table = shown(page())
    cell = table["tfidf (default)"].cells["OOD mean"]
    assert (cell.value, cell.interval, cell.more) == ("65.0", "62.5–67.5", ())
    assert table.under["OOD mean"] == ["n 200"]
    # Whose number rests on another n says so.
    assert "n 180" in table["fewer (default)"].cells["OOD mean"].more


def test_filters_keep_rows_and_change_no_rank(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun, clean: Any
) -> None:
    for i, name in enumerate(("large-encoder", "tfidf", "small-encoder")):
        write_run(name, numbers=[replace(n, value=n.value - 0.1 * i) for n in clean], day=i + 1)
    app = page()
    said = sentence(app)
    app.text_input(key="search").set_value("encoder").run()
    assert shown(app).ranks == {"large-encoder (default)": "1", "small-encoder (default)": "3"}
    assert shown(app).caption.startswith("2 models of 3. ")
    assert sentence(app) == said  # it is of the board, not of what is left of it
    app = page(since="2025-01-02")
    assert shown(app).models == ["tfidf (default)", "small-encoder (default)"]


def test_where_no_row_is_left_the_page_says_so(
    page: Callable[..., AppTest], tables: Callable[[Any], list[Any]], write_run: WriteRun
) -> None:
    write_run()
    app = page(search="nothing-of-this-name")
    assert not app.exception
    assert tables(app) == []
    assert "No model is left" in text_of(app)


def test_verification_is_filtered_from_any(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun, verify: Callable[..., None]
) -> None:
    write_run("mine", day=2)
    verify(write_run("checked"))
    app = page()
    assert app.selectbox(key="verification").value == "any"
    assert set(shown(app).models) == {"mine (default)", "checked (default)"}
    app.selectbox(key="verification").set_value("recomputed").run()
    assert shown(app).models == ["checked (default)"]
    assert shown(app)["checked (default)"].verified == "recomputed"


def test_models_that_nobody_verified_stand_apart_and_unranked_until_asked(
    page: Callable[..., AppTest],
    tables: Callable[[Any], list[Any]],
    write_run: WriteRun,
    clean: Any,
    verify: Callable[..., None],
) -> None:
    verify(write_run("believed"), "regenerated")
    write_run("claimed", numbers=[replace(n, value=n.value + 0.1) for n in clean])
    app = page()
    assert not app.exception
    above, below = tables(app)
    assert above.ranks == {"believed (default)": "1"}
    assert below.ranks == {"claimed (default)": "–"}
    assert below["claimed (default)"].cells["OOD mean"].value == "75.0"
    assert NOT_VERIFIED in [text.value for text in app.markdown]
    assert sentence(app).startswith("believed (default) is the only ranked model")
    app.toggle(key="together").set_value(True).run()
    (one,) = tables(app)
    assert one.ranks == {"claimed (default)": "1", "believed (default)": "2"}
    assert NOT_VERIFIED not in [text.value for text in app.markdown]
    assert sentence(app).startswith("claimed (default) leads")


def test_a_filter_does_not_make_the_unverified_look_like_the_others(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun, verify: Callable[..., None]
) -> None:
    verify(write_run("believed"), "regenerated")
    write_run("claimed")
    app = page(search="claimed")
    assert shown(app).ranks == {"claimed (default)": "–"}
    assert NOT_VERIFIED in [text.value for text in app.markdown]
    assert shown(app).caption.startswith("Not verified: shown, not ranked.")


def test_where_nobody_is_verified_all_are_ranked_in_one_table(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun, clean: Any
) -> None:
    write_run("a")
    write_run("b", numbers=[replace(n, value=n.value + 0.1) for n in clean])
    app = page()
    assert shown(app).ranks == {"b (default)": "1", "a (default)": "2"}
    assert NOT_VERIFIED not in [text.value for text in app.markdown]
    assert not app.toggle


def test_of_many_models_the_first_fifty_are_shown_until_all_are_asked_for(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun, clean: Any
) -> None:
    for i in range(52):
        write_run(f"m{i:02}", numbers=[replace(n, value=n.value - 0.005 * i) for n in clean[:2]])
    app = page()
    assert shown(app).models == [f"m{i:02} (default)" for i in range(50)]
    app.toggle(key="all").set_value(True).run()
    assert len(shown(app).models) == 52


def test_the_board_is_sorted_by_the_column_it_says(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun, clean: Any
) -> None:
    write_run("a", numbers=clean)
    write_run("b", numbers=[replace(n, value=n.value + (0.1 if n.role == "id" else -0.1)) for n in clean])
    app = page(sort="ID")
    assert list(shown(app).column("ID").values()) == ["90.0", "80.0"]
    assert list(shown(app).ranks.values()) == ["1", "2"]
    assert shown(app).caption.startswith("Sorted by ID;")
    app.selectbox(key="order").set_value("worst first").run()
    assert list(shown(app).column("ID").values()) == ["80.0", "90.0"]


def test_the_first_columns_are_shown_and_more_on_request(
    page: Callable[..., AppTest], shown: Shown, write_answers: Callable[..., Path]
) -> None:
    write_answers("m", lambda dataset, i, *_: i % 4 > 0)
    app = page()
    assert shown(app).heads[3:-2] == ["OOD mean", "ID", "Under attack", "Drop"]
    app = page(columns=["OOD worst set", "letters"])
    assert shown(app).heads[3:-2] == ["OOD mean", "ID", "Under attack", "Drop", "OOD worst set", "letters"]
    assert shown(app)["m (default)"].cells["letters"].value == "75.0"
    app.selectbox(key="sort").set_value("letters").run()
    assert shown(app).caption.startswith("Sorted by letters;")


def test_a_dataset_called_like_a_column_takes_nothing_from_it(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun, clean: Any, number: Any
) -> None:
    write_run("a", numbers=[*clean, number("ID", 0.1)])
    write_run("b", numbers=[*(replace(n, value=n.value - 0.1) for n in clean), number("ID", 0.9)])
    table = shown(page(sort="ID"))
    assert table.models == ["a (default)", "b (default)"]
    assert table.column("ID") == {"a (default)": "80.0", "b (default)": "70.0"}
    table = shown(page(columns="ID #2"))
    assert table.column("ID #2") == {"b (default)": "90.0", "a (default)": "10.0"}


def test_attacks_of_another_access_are_offered_by_name_and_in_no_standard_set(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun, clean: Any, attacked: Any
) -> None:
    scored = [replace(n, access="score", dimension="glyph", value=n.value - 0.2) for n in attacked]
    write_run(numbers=[*clean, *attacked, *scored])
    app = page()
    assert app.selectbox(key="attack").options == ["standard set", "typo", "glyph, score access"]
    assert shown(app).under["Under attack"] == ["1 dimension, degree 0.1", "n 200"]
    assert shown(app)["tfidf (default)"].cells["Under attack"].value == "55.0"
    app.selectbox(key="attack").set_value("glyph, score access").run()
    assert shown(app)["tfidf (default)"].cells["Under attack"].value == "35.0"


def test_a_changed_run_is_read_again(page: Callable[..., AppTest], shown: Shown, write_run: WriteRun) -> None:
    folder = write_run()
    app = page()
    assert shown(app)["tfidf (default)"].notes == ()
    manifest = folder / "run.json"
    run = Run.model_validate_json(manifest.read_text())
    manifest.write_text(run.model_copy(update={"status": "failed"}).model_dump_json())
    app.run()
    assert shown(app)["tfidf (default)"].notes == ("run with failures",)
    assert shown(app).ranks == {"tfidf (default)": "–"}
    assert sentence(app) == "No model is ranked on the shifted sets of sentiment; the notes say why."


def test_models_that_answered_the_same_examples_are_ranked_by_a_paired_test(
    page: Callable[..., AppTest], shown: Shown, write_answers: Callable[..., Path]
) -> None:
    write_answers("twin", lambda dataset, i, degree, dimension: i % 4 > 0, n=80)
    write_answers("best", lambda dataset, i, degree, dimension: i % 4 > 0, n=80)
    write_answers("worse", lambda dataset, i, degree, dimension: i % 4 > 1, n=80)
    app = page()
    assert shown(app).ranks == {"best (default)": "1–2", "twin (default)": "1–2", "worse (default)": "3"}
    assert sentence(app).startswith(
        "best (default) and twin (default) cannot be told apart on the shifted sets of sentiment: accuracy "
        "75.0 to 75.0 %. The next is worse (default) with 50.0."
    )
    text = text_of(app).replace("\\", "")
    assert "3 models were tested in pairs on the same examples" in text
    assert "correction for 3 pairs" in text
    assert "intervals do not overlap" not in text


def test_models_without_stored_answers_are_said_to_be_ranked_by_intervals(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun, clean: Any
) -> None:
    write_run("a")
    write_run("b", numbers=[replace(n, value=n.value - 0.1) for n in clean])
    app = page()
    assert shown(app).ranks == {"a (default)": "1", "b (default)": "2"}
    assert "Told from others only where their intervals do not overlap: 2 (no stored answers)" in text_of(
        app
    ).replace("\\", "")


def test_where_lower_is_better_the_lowest_is_first_and_missing_numbers_are_last(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun, clean: Any, number: Any
) -> None:
    for name, value in (("sure", 0.5), ("calibrated", 0.2)):
        write_run(name, numbers=[*clean, number("reviews", value, role="id", metric="brier")])
    write_run("without", numbers=clean)
    app = page(sort="ID Brier", columns="ID Brier")
    assert shown(app).column("ID Brier") == {
        "calibrated (default)": "0.200",
        "sure (default)": "0.500",
        "without (default)": "–",
    }
    assert list(shown(app).ranks.values()) == ["1", "2", "–"]
    app.selectbox(key="order").set_value("worst first").run()
    assert shown(app).models == ["sure (default)", "calibrated (default)", "without (default)"]


LABELS = ["ID", "OOD mean", "OOD worst set", "ID, worst copy", "OOD, average copy", "Under attack", "tweets"]


@pytest.mark.parametrize("label", LABELS)
def test_the_order_of_the_rows_is_that_of_the_column_that_is_named(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun, clean: Any, attacked: Any, label: str
) -> None:
    # Each dataset, clean and attacked, orders the models another way.
    shifts = {"reviews": (0, 1, 2), "tweets": (2, 0, 1), "letters": (1, 2, 0)}
    for i, name in enumerate("abc"):
        moved = [replace(n, value=n.value - 0.05 * shifts[n.dataset][i]) for n in clean]
        moved += [replace(n, value=n.value - 0.05 * shifts[n.dataset][i - 1]) for n in attacked]
        write_run(name, numbers=moved)
    app = page(sort=label, columns=label, attack="typo")
    assert [w.value for w in app.warning if "sort" in w.value] == []
    values = [float(value) for value in shown(app).column(label).values()]
    assert values == sorted(values, reverse=True)
    assert app.selectbox(key="sort").value == label


def test_the_address_sets_filters_columns_and_order(
    page: Callable[..., AppTest], shown: Shown, write_run: WriteRun, clean: Any
) -> None:
    for i, name in enumerate(("alpha", "beta", "gamma")):
        write_run(name, numbers=[replace(n, value=n.value - 0.1 * i) for n in clean], day=i + 1, method=name)
    asked = {"search": "a", "methods": "beta", "since": "2025-01-02", "order": "worst first"}
    app = page(**asked, columns="OOD worst set", sort="ID", parameters="unknown", verification="uploaded")
    assert not app.warning
    assert shown(app).models == ["beta (beta)"]
    assert shown(app).heads[3:-2] == ["OOD mean", "ID", "OOD worst set"]
    chosen = {key: app.selectbox(key=key).value for key in ("sort", "order", "verification")}
    assert chosen == {"sort": "ID", "order": "worst first", "verification": "uploaded"}
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
        ("attack", "ink", "attack ink, which is not here"),
        ("order", "sideways", "order sideways, which is not here"),
    ],
)
def test_every_stale_choice_is_named(
    page: Callable[..., AppTest],
    write_run: WriteRun,
    clean: Any,
    attacked: Any,
    key: str,
    asked: str,
    said: str,
) -> None:
    write_run(numbers=clean + attacked)
    app = page(**{key: asked})
    assert not app.exception
    assert [warning.value.replace("\\", "") for warning in app.warning] == [f"The link asks for {said}."]
