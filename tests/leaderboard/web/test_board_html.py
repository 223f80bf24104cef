import math
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.board.columns import Measure
from leaderboard.board.headline import Headline, name_of
from leaderboard.board.ranking import place
from leaderboard.text import shown
from leaderboard.web.board_html import SHORT, VERIFIED, lead, scales, size, table

Tables = Callable[[str], list[Any]]
Tree = Callable[[str], Any]
OOD = Measure("ood", "OOD mean", "Clean.")
ID = Measure("id", "ID", "Clean too.")
ECE = Measure("ece", "ECE", "Lower is better.", higher_is_better=False, percent=False)
TAGS = {"", "table", "caption", "thead", "tbody", "tr", "th", "td", "small", "span", "sup", "i", "b"}
TAGS |= {"a", "details", "summary", "ul", "li"}
ATTRIBUTES = {"class", "scope", "title", "data-label", "style", "href", "target", "aria-hidden"}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
FLOATS = st.floats(0, 1) | st.just(math.nan)


def row(model: str = "m", **others: Any) -> dict[str, Any]:
    facts = {"method": "none", "label": model, "n_parameters": math.nan, "verification": "rerun", "notes": ""}
    return {"model": model, **facts, "rank_low": 1.0, "rank_high": 1.0, **others}


def number(
    key: str, value: float, low: float = math.nan, high: float = math.nan, **others: Any
) -> dict[str, Any]:
    facts = {"n": 100.0, "coverage": math.nan, "mark": "", **others}
    parts = {"": value, "_low": low, "_high": high, **{f"_{name}": fact for name, fact in facts.items()}}
    return {key + part: fact for part, fact in parts.items()}


def board(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows))


def test_a_row_says_rank_name_size_numbers_and_notes(tables: Tables) -> None:
    html = table(
        board(
            row(
                "minilm",
                method="linear_probe",
                n_parameters=22_713_216,
                rank_high=2.0,
                notes="numbers of 2 runs",
                verification="regenerated",
                **number("ood", 0.6543, 0.6, 0.7),
                **number("ece", 0.0512, 0.04, 0.06),
            ),
            row("b", **number("ood", 0.5, 0.45, 0.55), **number("ece", math.nan)),
        ),
        [OOD, ECE],
        caption="Sorted by A & B.",
        link=lambda label: "model?" + urlencode({"model": label}),
        subheads={"ood": "eight sets"},
    )
    (found,) = tables(html)
    assert found.caption == "Sorted by A & B."
    assert found.heads == ["Rank", "Model", "Size", "OOD mean", "ECE", "Verified", "Notes"]
    assert found.under["OOD mean"] == ["eight sets", "n 100"]
    first, second = found.rows
    assert (first.rank, first.model, first.size) == ("1–2", "minilm (linear_probe)", "22.7 M")
    assert first.link == "model?model=minilm"
    assert (first.verified, first.notes) == ("regenerated", ("numbers of 2 runs",))
    cell = first.cells["OOD mean"]
    assert (cell.value, cell.interval, cell.more, cell.is_off) == ("65.4", "60.0–70.0", (), False)
    assert (first.cells["ECE"].value, first.cells["ECE"].interval) == ("0.051", "0.040–0.060")
    assert (second.rank, second.model, second.cells["ECE"].value) == ("1", "b", "–")


def test_without_links_a_name_is_a_name(tables: Tables, tree: Tree) -> None:
    html = table(board(row(**number("ood", 0.5))), [OOD], caption="")
    assert tables(html)[0].rows[0].link is None
    assert tree(html).all("a") == []


def test_a_readers_own_row_is_called_theirs(tables: Tables) -> None:
    rows = board(row("a", own=True, **number("ood", 0.5)), row("b", own=False, **number("ood", 0.4)))
    found = tables(table(rows, [OOD], caption=""))[0]
    assert [(line.model, line.is_own) for line in found.rows] == [("a", True), ("b", False)]


def test_a_marked_number_is_off_and_its_reason_can_be_read(tables: Tables) -> None:
    long = "other data: " + "x" * 40
    rows = board(
        row("short", **number("ood", 0.5, 0.4, 0.6, mark="1 of 2 sets")),
        row("long", **number("ood", 0.5, 0.4, 0.6, mark=long)),
        row("lacks", **number("ood", math.nan, mark="2 of 3 tasks")),
        row("none", **number("ood", math.nan)),
    )
    found = tables(table(rows, [OOD], caption=""))[0]
    assert len("1 of 2 sets") <= SHORT < len(long)
    cells = {line.model: line.cells["OOD mean"] for line in found.rows}
    assert (cells["short"].value, cells["short"].more) == ("50.0†", ("1 of 2 sets",))
    assert (cells["long"].value, cells["long"].more) == ("50.0†", ())
    assert (cells["lacks"].value, cells["lacks"].more) == ("–", ("2 of 3 tasks",))
    assert (cells["none"].value, cells["none"].more) == ("–", ())
    assert [cells[name].is_off for name in cells] == [True, True, False, False]
    assert found["long"].notes == (f"† OOD mean: {long}",)
    assert found["none"].notes == ()


def test_notes_are_counted_as_they_are_listed(tree: Tree) -> None:
    html = table(board(row(notes="a; b; a", **number("ood", 0.5))), [OOD], caption="")
    (details,) = tree(html).all("details")
    assert (details.all("summary")[0].text, [item.text for item in details.all("li")]) == (
        "2 notes",
        ["a", "b"],
    )
    html = table(board(row(notes="a", **number("ood", 0.5))), [OOD], caption="")
    assert tree(html).all("summary")[0].text == "1 note"


def test_the_usual_n_stands_in_the_head_and_others_beside_their_number(tables: Tables) -> None:
    rows = board(
        row("a", **number("ood", 0.5, n=200.0, coverage=1.0)),
        row("b", **number("ood", 0.5, n=200.0, coverage=1.0)),
        row("c", **number("ood", 0.5, n=200.0, coverage=0.9)),
        row("d", **number("ood", 0.5, n=1180.0)),
    )
    found = tables(table(rows, [OOD], caption=""))[0]
    assert found.under["OOD mean"] == ["n 200"]
    assert [line.cells["OOD mean"].more for line in found.rows] == [
        (),
        (),
        ("n 200, 90 % changed",),
        ("n 1,180",),
    ]


def test_bars_are_on_one_scale_and_the_value_is_where_it_belongs(tables: Tables) -> None:
    rows = board(
        row(
            "a", **number("ood", 0.5, 0.4, 0.6), **number("id", 0.9, 0.8, 1.0), **number("ece", 0.2, 0.1, 0.3)
        ),
        row(
            "b", **number("ood", 0.3, 0.2, 0.4), **number("id", 0.7, 0.6, 0.8), **number("ece", 0.1, 0.1, 0.1)
        ),
    )
    assert scales(rows, [OOD, ID, ECE]) == {"ood": (0.2, 1.0), "id": (0.2, 1.0), "ece": (0.1, 0.3)}
    found = tables(table(rows, [OOD, ID, ECE], caption=""))[0]
    assert found["a"].cells["OOD mean"].bar == {"left": 25.0, "width": 25.0, "dot": 37.5}
    assert found["a"].cells["ECE"].bar == {"left": 0.0, "width": 100.0, "dot": 50.0}
    # A part of the rows keeps the scale of all.
    part = tables(table(rows.iloc[1:], [OOD], caption="", scale=rows))[0]
    assert part["b"].cells["OOD mean"].bar == {"left": 0.0, "width": 50.0, "dot": 25.0}


def test_equal_numbers_have_no_bar(tables: Tables) -> None:
    rows = board(row("a", **number("ood", 0.5, 0.5, 0.5)), row("b", **number("ood", 0.5, 0.5, 0.5)))
    assert tables(table(rows, [OOD], caption=""))[0]["a"].cells["OOD mean"].bar == {}


def test_no_rows_are_a_table_without_rows(tables: Tables) -> None:
    rows = board(row(**number("ood", 0.5))).iloc[:0]
    found = tables(table(rows, [OOD], caption="Nothing."))[0]
    assert (found.rows, found.caption) == ([], "Nothing.")


def assert_only_ours(nodes: Sequence[Any]) -> None:
    for node in nodes:
        assert node.tag in TAGS
        assert set(node.attributes) <= ATTRIBUTES


@given(model=TEXT, method=TEXT, note=TEXT, mark=TEXT, label=TEXT, text=TEXT, head=TEXT)
def test_any_text_comes_back_as_it_was_and_makes_no_element(
    tables: Tables,
    tree: Tree,
    model: str,
    method: str,
    note: str,
    mark: str,
    label: str,
    text: str,
    head: str,
) -> None:
    measure = Measure("ood", label, text)
    rows = board(
        row(model, method=method, label=text, notes=note.replace("; ", ";"), **number("ood", 0.5, mark=mark))
    )
    html = table(rows, [measure], caption=text, link=lambda each: each, subheads={"ood": head})
    every = list(tree(html).every())
    assert_only_ours(every)
    (line,) = tree(html).all("tbody")[0].all("tr")
    (name,) = line.all("th")
    assert name.text == name_of(model, method)
    assert name.all("a")[0].attributes["href"] == text
    assert tree(html).all("caption")[0].text == text
    column = tree(html).all("thead")[0].all("th")[3]
    assert column.attributes["title"] == text
    assert column.text == shown(label) + head + "n 100"
    cell = line.all("td", "num")[0]
    assert cell.attributes["data-label"] == shown(label)
    listed = [item.text for item in line.all("li")]
    marks = [f"† {shown(label)}: {mark}"] if mark else []
    assert listed == list(dict.fromkeys([*filter(None, [note.replace("; ", ";")]), *marks]))


@given(
    st.lists(
        st.tuples(FLOATS, FLOATS, FLOATS, st.integers(0, 10**12) | st.just(math.nan)), min_size=1, max_size=4
    )
)
def test_any_numbers_have_bars_within_their_column(tables: Tables, numbers: list[Any]) -> None:
    rows = board(
        *(
            row(
                f"m{i}",
                n_parameters=float(n),
                rank_low=math.nan,
                rank_high=math.nan,
                **number("ood", value, *sorted(ends) if ends == ends else ends),
            )
            for i, (value, low, high, n) in enumerate(numbers)
            for ends in [(low, high) if not math.isnan(low + high) else (math.nan, math.nan)]
        )
    )
    found = tables(table(rows, [OOD], caption=""))[0]
    for line, (value, *_) in zip(found.rows, numbers, strict=True):
        cell = line.cells["OOD mean"]
        assert line.rank == "–"
        assert "nan" not in "".join([cell.value, cell.interval, line.size, *cell.more])
        assert cell.value == ("–" if math.isnan(value) else f"{100 * value:.1f}")
        bar = cell.bar
        assert all(0 <= share <= 100 for share in bar.values())
        assert bar.get("left", 0) + bar.get("width", 0) <= 100.1


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (math.nan, "–"),
        (0, "0"),
        (5_200, "5,200"),
        (999_400, "999,400"),
        (999_600, "1 M"),
        (22_713_216, "22.7 M"),
        (999_600_000, "1 B"),
        (1.24e9, "1.24 B"),
        (1.6e12, "1,600 B"),
    ],
)
def test_a_size_is_said_as_people_say_it(n: float, text: str) -> None:
    assert size(n) == text


@pytest.mark.parametrize(
    ("low", "high", "text"), [(1.0, 1.0, "1"), (2.0, 6.0, "2–6"), (math.nan, math.nan, "–")]
)
def test_a_rank_is_one_expression(tables: Tables, low: float, high: float, text: str) -> None:
    assert place(low, high) == text
    rows = board(row(rank_low=low, rank_high=high, **number("ood", 0.5)))
    assert tables(table(rows, [OOD], caption=""))[0].rows[0].rank == text


@pytest.mark.parametrize("level", VERIFIED)
def test_every_level_is_named_and_said_in_a_word(tree: Tree, level: str) -> None:
    html = table(board(row(verification=level, **number("ood", 0.5))), [OOD], caption="")
    (cell,) = [cell for cell in tree(html).all("td") if cell.attributes.get("data-label") == "Verified"]
    assert (cell.text, cell.attributes["title"]) == (level, VERIFIED[level])


@given(st.lists(TEXT, max_size=4), TEXT)
def test_the_sentence_is_text_with_its_leaders_in_bold(tree: Tree, names: list[str], rest: str) -> None:
    headline = Headline(tuple(names), rest)
    root = tree(lead(headline))
    assert [node.tag for node in root.every()] == ["p", *["strong"] * len(names)]
    assert [node.text for node in root.all("strong")] == names
    assert root.text.strip() == str(headline).strip()
