"""The upload form, without a browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from leaderboard.store.folder import BOARD
from leaderboard.submission.board import Board

MakeRun = Callable[..., Path]


def page(folder: str) -> None:
    from leaderboard.web.views import submit

    submit.show({"BOSS_BOARD": folder})


@pytest.fixture
def site(board: Board) -> AppTest:
    # The first run imports everything.
    return AppTest.from_function(page, args=(str(board.root),), default_timeout=90).run()


def send(site: AppTest, archive: Path, name: str = "A. Sender") -> AppTest:
    site.text_input(key="sender").set_value(name)
    site.file_uploader(key="archive").set_value((archive.name, archive.read_bytes(), "application/zip"))
    return site.button[0].click().run()


def texts(elements: Any) -> str:
    return "\n".join(str(element.value) for element in elements)


def test_uploads_are_off_unless_a_folder_is_named() -> None:
    site = AppTest.from_function(page, args=("",), default_timeout=90).run()
    assert not site.exception
    assert BOARD in texts(site.info)
    assert not site.button


def test_a_run_is_sent_by_the_form_and_seen_in_the_queue(
    site: AppTest, board: Board, make_run: MakeRun, packed: Any
) -> None:
    assert "There are none yet." in texts(site.caption)
    send(site, packed(make_run()))
    assert not site.exception
    (standing,) = board.standings().values()
    assert f"Received as {standing.submission}" in texts(site.success)
    table = site.dataframe[0].value
    assert list(table["Submission"]) == [standing.submission]
    assert list(table["State"]) == ["queued"]


def test_a_bad_run_is_refused_with_its_reason_as_text(
    site: AppTest, board: Board, make_run: MakeRun, packed: Any, forger: Any
) -> None:
    run = make_run()
    forger.edit_run(run, model="<script>alert(1)</script>")
    send(site, packed(run))
    assert not site.exception
    assert "nothing of it was kept" in texts(site.error)
    assert "<script>" in texts(site.code)
    assert "<script>" not in texts(site.markdown) + texts(site.error)
    assert not board.root.exists()


def test_a_form_without_a_name_or_a_file_says_so(site: AppTest, make_run: MakeRun, packed: Any) -> None:
    site.button[0].click().run()
    assert "choose the packed run" in texts(site.warning)
    send(site, packed(make_run()), name=" ")
    assert "Give your name" in texts(site.warning)


def test_a_run_sent_twice_is_refused_the_second_time(
    site: AppTest, board: Board, make_run: MakeRun, packed: Any
) -> None:
    archive = packed(make_run())
    send(site, archive)
    send(site, archive)
    assert "was submitted before" in texts(site.error)
    assert len(board.standings()) == 1
