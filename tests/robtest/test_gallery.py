from pathlib import Path

import pytest

from robtest.attacks.typo import Typo
from robtest.gallery import TEXTS, main, page, section
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


def test_texts_are_shown_as_they_are_whatever_they_contain() -> None:
    shown = "\n".join(section(Signs(), "general", ["one_two `three` and four more words"], 0))
    assert "**&lt;b&gt;\\|\\***" in shown
    assert "\\`three\\`" in shown
    assert "<b>" not in shown


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
