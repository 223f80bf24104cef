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
HOSTILE = "<img src=x onerror=alert(1)> **b**"


@pytest.fixture
def samples(opened: Callable[[str], Open], monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open the page on the runs written so far, with texts; options are what the address asks for."""
    monkeypatch.setenv("BOSS_TEXTS", "on")

    return opened("samples")


@pytest.fixture
def two(write_answers: WriteAnswers) -> None:
    """Thirty examples; a is right on the first twenty, but not on copies at 0.3, b on every second one."""
    write_answers("a", lambda _, i, degree, __: i < 20 and degree < 0.3, n=30)
    write_answers("b", lambda _, i, *__: i % 2 == 0, n=30)


def table(app: AppTest, place: int) -> pd.DataFrame:
    """Return a table as it is read: the escapes are gone."""
    value: pd.DataFrame = app.table[place].value.replace(r"\\(.)", r"\1", regex=True)
    return value


def text_of(app: AppTest) -> str:
    elements = [*app.markdown, *app.caption, *app.info, *app.warning, *app.code, *app.header]
    return "\n".join(str(element.value) for element in elements).replace("\\", "")


@pytest.mark.usefixtures("two")
def test_the_page_lists_every_models_answer_with_its_mark(samples: Open) -> None:
    app = samples(dataset="reviews")
    listed = table(app, 0)
    assert len(listed) == 20
    assert list(listed.columns) == ["Example", "Gold", "a", "b", "Right"]
    assert list(listed.iloc[1]) == [
        "reviews-001",
        "positive",
        "✓ right: positive",
        "✗ wrong: negative",
        "1 of 2",
    ]
    assert "30 examples are listed. a: 20 right, b: 15 right." in text_of(app)
    assert len(table(samples(dataset="reviews", page="2"), 0)) == 10


@pytest.mark.usefixtures("two")
def test_filters_are_in_the_address(samples: Open) -> None:
    app = samples(dataset="reviews", show="all wrong", gold="positive", id="02")
    # Odd ones from twenty on are wrong by both and positive; 021 to 029 hold 02.
    assert list(table(app, 0)["Example"]) == [f"reviews-{i:03}" for i in (21, 23, 25, 27, 29)]


@pytest.mark.usefixtures("two")
def test_an_example_opens_with_the_edits_marked_and_links_on(samples: Open) -> None:
    app = samples(dataset="reviews", text="worst copy", degree="0.3", example="reviews-004")
    assert app.header[0].value.replace("\\", "") == "Example reviews-004"
    html = [element.value for element in app.get("html") if element.value.startswith("<p>")]
    assert html[0] == "<p>Letter 4 of the &lt;b&gt;reviews&lt;/b&gt; folder says good things.</p>"
    assert html[1].endswith("things.<ins>ssssss</ins></p>")
    assert "text, copy 1 at degree 0.3 for a" in text_of(app)
    answers = table(app, 1).set_index("Model")
    assert list(answers.loc["a"]) == ["✗ wrong: positive", "copy 1 at degree 0.3", "0.3"]
    assert list(answers.loc["b"]) == ["✓ right: negative", "clean", "–"]
    assert "(model?model=a)" in text_of(app)
    link = "compare?suite=mini&task=sentiment&attack=typo&tag=malicious&degree=0.3&a=a&b=b&copies=worst"
    assert f"({link}&dataset=reviews)" in text_of(app)


@pytest.mark.usefixtures("two")
def test_a_chosen_copy_is_the_same_for_every_model(samples: Open) -> None:
    app = samples(dataset="reviews", text="copy 1", degree="0.1", example="reviews-004")
    assert list(table(app, 1)["Text"]) == ["copy 1 at degree 0.1"] * 2
    assert "copy 1 at degree 0.1 for a and b" in text_of(app)


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(("key", "gone"), [("example", "reviews-999"), ("text", "copy 9"), ("models", "c")])
def test_a_link_to_what_is_gone_says_so(samples: Open, key: str, gone: str) -> None:
    app = samples(dataset="reviews", **{key: gone})
    assert f"The link asks for {key} {gone}, which is not here." in text_of(app)


def test_a_model_on_other_examples_is_left_out_with_the_reason(
    samples: Open, write_answers: WriteAnswers
) -> None:
    write_answers("a", lambda *_: True, n=30)
    write_answers("b", lambda *_: True, n=20)
    app = samples(dataset="reviews")
    assert list(table(app, 0).columns) == ["Example", "Gold", "a", "Right"]
    assert "b is left out" in text_of(app) and "other data: reviews" in text_of(app)


def test_nothing_chosen_and_nothing_left_are_said(samples: Open, two: Any) -> None:
    assert "There is no such example." in text_of(samples(dataset="reviews", id="nowhere"))
    app = samples(dataset="reviews")
    app.multiselect(key="models").set_value([]).run()
    assert "No model with answers is chosen here." in text_of(app)


@pytest.mark.parametrize("switch", ["off", ""])
def test_a_site_shows_no_text_unless_it_was_switched_on_and_says_how(
    samples: Open, write_answers: WriteAnswers, monkeypatch: pytest.MonkeyPatch, switch: str
) -> None:
    write_answers("a", lambda *_: True)
    monkeypatch.setenv("BOSS_TEXTS", switch)
    app = samples(dataset="reviews", text="worst copy")
    everything = text_of(app) + "".join(element.value for element in app.get("html"))
    assert "folder says good things" not in everything
    assert "No text is shown: this site was started without texts of datasets" in text_of(app)
    assert [code.value for code in app.code] == ["python -m leaderboard --texts"]


def test_a_text_that_is_not_at_hand_has_a_command(samples: Open, write_answers: WriteAnswers) -> None:
    write_answers("a", lambda *_: True, store_text=False)
    app = samples(dataset="tweets")
    assert "Not every text can be shown: " in text_of(app)
    assert app.code[0].value.startswith('python -m boss.texts \'{"attack":null')


def test_a_hostile_model_and_text_stay_text(samples: Open, write_answers: WriteAnswers) -> None:
    write_answers(HOSTILE, lambda *_: True)
    app = samples(dataset="reviews", text="worst copy")
    shown = "".join(str(e.value) for e in [*app.markdown, *app.caption]) + app.table[0].value.to_csv()
    assert "<img" not in shown.replace(r"\<img", "") and "**b**" not in shown
    assert "<b>" not in "".join(element.value for element in app.get("html"))


def test_a_snapshot_shows_the_samples_of_then_also_after_a_run_was_retired(
    samples: Open, write_answers: WriteAnswers, tmp_path: Path
) -> None:
    old = write_answers("a", lambda _, i, *__: i < 10)
    runs = tmp_path / "runs"
    then = read(Folders(runs))
    then.keep()
    retired = tmp_path / "retired" / old.relative_to(runs)
    retired.parent.mkdir(parents=True)
    shutil.move(old, retired)
    write_answers("b", lambda *_: True)
    assert list(table(samples(dataset="reviews"), 0).columns) == ["Example", "Gold", "b", "Right"]
    app = samples(dataset="reviews", snapshot=then.snapshot.id)
    assert list(table(app, 0).columns) == ["Example", "Gold", "a", "Right"]
    assert "a: 10 right" in text_of(app)
