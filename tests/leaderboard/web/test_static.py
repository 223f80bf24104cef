"""The static export: the numbers of the site, links that lead somewhere, and nothing that runs."""

from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pandas as pd
import pytest

from leaderboard.board.columns import MEASURES
from leaderboard.board.site import read
from leaderboard.board.standard import standard_set
from leaderboard.board.table import Choice
from leaderboard.export import main
from leaderboard.store.folder import Folders
from leaderboard.web.static import file_of, write_site

HOSTILE = "<script>alert(1)</script> & \"x\" 'y' ../../up"
OOD = next(measure for measure in MEASURES if measure.key == "ood_mean")


class Page(HTMLParser):
    """Collects the links, the tags and the texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in ("href", "src") and value is not None]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture
def two(write_answers: Callable[..., Path]) -> Path:
    folder = write_answers("strong", lambda _, i, *__: i % 10 > 1, n=40)
    write_answers("weak", lambda _, i, *__: i % 10 > 4, n=40)
    return folder.parents[2]


def test_the_board_has_the_numbers_of_the_site_and_its_files(two: Path, tmp_path: Path) -> None:
    site = read(Folders(two))
    out = tmp_path / "out"
    files = write_site(site, out)
    assert files[0] == out / "index.html"
    assert sorted(files) == sorted(path for path in out.iterdir())
    choice = Choice("mini", "sentiment")
    rows = site.of_task(choice)
    ranked = site.ranked(choice, OOD, attacks=standard_set(rows))
    page = out / f"{file_of('mini', 'sentiment')}.html"
    text = " ".join(Page(page.read_text()).texts)
    assert text.index("strong") < text.index("weak")
    for value, low, high in ranked[["ood_mean", "ood_mean_low", "ood_mean_high"]].itertuples(index=False):
        assert f"{100 * value:.1f}" in text
        assert f"{100 * low:.1f}–{100 * high:.1f}" in text
    saved = pd.read_csv(page.with_suffix(".csv"))
    assert list(saved["model"]) == ["strong", "weak"]
    assert list(saved["ood_mean"]) == pytest.approx(list(ranked["ood_mean"]), abs=1e-12)
    assert set(saved["snapshot"]) == {site.name}


def test_every_link_leads_to_a_file_and_nothing_on_a_page_runs(
    tmp_path: Path, write_run: Callable[..., Path], clean: Any, attacked: Any
) -> None:
    for name in (HOSTILE, HOSTILE.upper(), "plain"):
        write_run(name, numbers=[*clean, *attacked], method="a/b")
    runs = write_run(
        "other", numbers=[replace(n, value=n.value - 0.1) for n in clean], suite=HOSTILE
    ).parents[2]
    out = tmp_path / "out"
    files = write_site(read(Folders(runs)), out)
    assert all(file.parent == out for file in files)
    assert len({file.name.lower() for file in files}) == len(files)  # also where case does not count
    for file in files:
        if file.suffix != ".html":
            continue
        page = Page(file.read_text())
        assert not page.tags & {"script", "iframe", "object", "img", "form", "base", "link"}
        assert not {name for name in page.attributes if name.startswith("on")}
        assert all((out / unquote(link)).is_file() for link in page.links), page.links
        assert "default-src 'none'" in file.read_text().replace("&#x27;", "'")
        assert str(tmp_path) not in file.read_text()
    assert any(HOSTILE in " ".join(Page(file.read_text()).texts) for file in files if file.suffix == ".html")


def test_the_command_says_what_it_wrote_and_writes_the_same_bytes_again(
    two: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "site"
    assert main([str(folder), "--runs", str(two), "--no-shipped"]) == 0
    said = capsys.readouterr().out
    assert f"open {folder / 'index.html'}" in said
    first = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert main([str(folder), "--runs", str(two), "--no-shipped"]) == 0
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == first


def test_without_runs_the_command_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "out"), "--runs", str(tmp_path / "none"), "--no-shipped"]) == 1
    assert "measure a model with python -m boss.eval" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
