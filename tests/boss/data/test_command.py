from pathlib import Path

import pytest
from rich.console import Console

from boss.data.__main__ import main
from boss.data.show import show_card
from boss.data.suite import load_suite
from boss.data.types import Example, Split


def run(*words: str, conf: Path, cache: Path) -> int:
    return main([*words, "suite=toy", "--config-dir", str(conf), f"cache={cache}"])


def test_the_list_shows_sizes_once_they_are_known(
    toy_conf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert run(conf=toy_conf, cache=tmp_path) == 0
    before = capsys.readouterr().out
    assert "toy_forum" in before
    assert "not in the cache yet" in before
    assert run("fetch", conf=toy_conf, cache=tmp_path) == 0
    assert "not in the cache yet" not in capsys.readouterr().out


def test_a_card_shows_balance_hash_and_examples_as_data(
    toy_conf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("toy_forum", conf=toy_conf, cache=tmp_path) == 0
    out = capsys.readouterr().out
    assert "classes: benign 10 (50.0%), toxic 10 (50.0%)" in out
    assert "manifest sha256: " in out
    assert out.count("gold: ") == 3


def test_markup_and_control_characters_of_a_text_are_printed_as_they_are(
    toy_conf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (card, *_) = load_suite("toy", [toy_conf], tmp_path).cards
    example = Example("1", {"text": "[bold]no[/bold] \x1b[31mred"}, "neutral", "1")
    show_card(card, [Split(card, "test", (example,), "1", 1)], Console())
    assert "[bold]no[/bold] \\x1b[31mred" in capsys.readouterr().out


def test_an_unknown_dataset_lists_the_known_ones(
    toy_conf: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("toy_form", conf=toy_conf, cache=tmp_path) == 2
    error = capsys.readouterr().err
    assert "did you mean 'toy_forum'?" in error
    assert "toy_reviews" in error


def test_a_wrong_option_names_the_known_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", "siute=boss"]) == 2
    assert "unknown option 'siute'; options: suite=, suite.KEY=, cache=" in capsys.readouterr().err
    assert main(["fetch", "toy_forum", f"cache={tmp_path}"]) == 2
    assert "give one dataset, or fetch; got fetch, toy_forum" in capsys.readouterr().err
    assert main(["suite=boss", "suite.sizes=maybe", f"cache={tmp_path}"]) == 2
    assert "sizes: Input should be 'error' or 'warn'" in capsys.readouterr().err
