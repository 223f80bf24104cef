import re
import unicodedata
from pathlib import Path

import pytest

from boss.metrics.intervals import wilson
from robtest.attacks import get_attack
from robtest.attacks.invisible import Invisible
from robtest.attacks.typo import Typo
from robtest.dimensions import DIMENSIONS, FAMILIES
from robtest.gallery import TEXTS, VALIDITY, main, page, section
from robtest.rows import read_rows
from robtest.types import Attack, Edit

PAGE = Path(__file__).resolve().parents[2] / "docs" / "variants.md"


class Signs(Attack):
    """Puts what Markdown and HTML would take for their own in place of every word."""

    name = "signs"
    level = "word"
    unit = "word"
    tags = ("general",)
    version = "1"

    def edits(self, text: str, start: int, end: int) -> list[Edit]:
        return [Edit(start, end, "<b>|*", "signs")]


@pytest.mark.data
def test_the_page_in_the_docs_is_what_the_command_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == "\n".join(page(TEXTS, 0)) + "\n"


def test_the_rates_on_the_page_are_those_of_the_sheets() -> None:
    def rate(k: int, n: int) -> str:
        low, high = wilson(k, n)
        return f"{100 * k / n:.0f} % [{100 * low:.0f}, {100 * high:.0f}]"

    for name in ("contextual", "synonym", "syntax"):
        rows = list(read_rows(PAGE.with_name("validity") / f"{name}.csv"))
        ratings = [row["rating"] for row in rows]
        assert set(ratings) <= {"meaning", "label", "breaks"}
        n, meaning, breaks = len(rows), ratings.count("meaning"), ratings.count("breaks")
        cells = " | ".join(rate(k, n) for k in (meaning, n - breaks, breaks))
        assert f"| {name} | {n} | {cells} |" in VALIDITY
        assert {row["version"] for row in rows} == {get_attack(name).version}  # what was read is what is run


def test_texts_are_shown_as_they_are_whatever_they_contain() -> None:
    shown = "\n".join(section(Signs(), "general", ["one_two `three` and four more words"], 0))
    assert "**&lt;b&gt;\\|\\***" in shown
    assert "\\`three\\`" in shown
    assert "<b>" not in shown


def test_what_no_screen_shows_is_on_the_page_as_its_code_point() -> None:
    text = "the harbour of the town was closed"
    shown = "\n".join(section(Invisible(("zero_width",)), "malicious", [text], 0))
    assert re.search("⟨(200B|200C|200D|2060)⟩", shown)
    assert "".join(char for char in shown if unicodedata.category(char) == "Cf") == ""


@pytest.mark.data
def test_families_follow_the_dimensions_under_their_own_heading() -> None:
    headings = [line for line in page(TEXTS[:1], 0) if line.startswith("#")]
    names = list(dict.fromkeys(heading.split()[1].rstrip(",") for heading in headings))
    assert names == ["Variants", *DIMENSIONS, "Families", *FAMILIES]


def test_words_with_changed_characters_are_bold_and_nothing_else_is() -> None:
    text = "the harbour of the town was closed"
    lines = list(section(Typo(), "malicious", [text], 1))
    rows = [line.split(" | ") for line in lines if line.startswith("| 0.")]
    assert len(rows) == 3
    for *_, cell in rows:
        words = cell.removesuffix(" |").split()
        bold = {word for word in words if word.startswith("**")}
        assert bold
        assert {word for word in words if word not in bold} <= set(text.split())


def test_unknown_options_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dimension=typo"]) == 2
    assert "usage" in capsys.readouterr().err
