"""The upload form and the reviewer's page in a real browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard.submission.board import Board
from leaderboard.web.lock import VARIABLE, hashed

pytestmark = pytest.mark.browser

ROOT = str(Path(__file__).parents[3])
PASSWORD = "a password of this test"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def site(serve: Callable[..., str], board: Board, tmp_path: Path) -> str:
    """Start the site as a board's keeper does, with a queue and a reviewer."""
    words = ["leaderboard", "--no-shipped", "--runs", str(tmp_path / "runs")]
    hash_ = hashed(PASSWORD, bytes(16))
    return serve(words, PYTHONPATH=ROOT, BOSS_BOARD=str(board.root), **{VARIABLE: hash_})


def open_form(browser: Any, site: str) -> Any:
    page = browser.new_context().new_page()
    page.set_default_timeout(90_000)
    page.on("dialog", lambda dialog: pytest.fail(f"a text was executed: {dialog.message}"))
    page.goto(f"{site}/submit")
    page.get_by_text("There are none yet.").wait_for()
    return page


def send(page: Any, archive: Path) -> None:
    page.get_by_role("textbox", name="Your name").fill("A. Sender")
    page.locator("input[type=file]").set_input_files(archive)
    page.get_by_role("button", name=f"Remove {archive.name}").wait_for()
    page.get_by_role("button", name="Check and send").click()


def test_a_run_is_sent_by_the_form_seen_in_the_queue_and_accepted(
    browser: Any, site: str, board: Board, make_run: Callable[..., Path], packed: Any
) -> None:
    page = open_form(browser, site)
    send(page, packed(make_run()))
    page.get_by_text("Received as").wait_for()
    (name,) = board.standings()
    # The grid is drawn on a canvas; for readers of the screen it holds a table of measurements.
    page.locator("[data-testid=stDataFrame] td", has_text=name).first.wait_for(state="attached")

    page.get_by_role("link", name="Review").click()
    page.get_by_role("textbox", name="Your name").fill("R. Viewer")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.get_by_role("button", name="Open", exact=True).click()
    page.get_by_role("heading", name=name).wait_for()
    page.get_by_role("textbox", name="Reason").fill("looks sound")
    page.get_by_role("button", name="Add the decision").click()
    page.get_by_text(f"{name} is accepted.").wait_for()
    assert board.standing(name).state == "accepted"
    assert PASSWORD not in page.url
    page.reload()
    page.get_by_role("textbox", name="Password").wait_for()


def test_a_bad_file_of_some_megabytes_is_refused_with_its_finding_and_leaves_nothing(
    browser: Any,
    site: str,
    board: Board,
    make_run: Callable[..., Path],
    packed: Any,
    forger: Any,
    tmp_path: Path,
) -> None:
    page = open_form(browser, site)
    torn = tmp_path / "torn.zip"
    torn.write_bytes(b"no zip file at all" * 200_000)
    send(page, torn)
    page.get_by_text("nothing of it was kept").wait_for()
    page.get_by_text("Pack the run again").wait_for()
    run = make_run()
    forger.edit_run(run, model=HOSTILE)
    send(page, packed(run, "hostile.zip"))
    page.locator("[data-testid=stCode]", has_text=HOSTILE).wait_for()
    assert not board.root.exists()


def test_two_uploads_at_once_lose_nothing(
    browser: Any, site: str, board: Board, make_run: Callable[..., Path], packed: Any
) -> None:
    pages = [open_form(browser, site) for _ in range(2)]
    archives = [packed(make_run(f"lab/{i}", run_id=f"run-{i}", start=9 * i), f"{i}.zip") for i in range(2)]
    for page, archive in zip(pages, archives, strict=True):
        send(page, archive)
    for page in pages:
        page.get_by_text("Received as").wait_for()
    assert {standing.model for standing in board.standings().values()} == {"lab/0", "lab/1"}
    assert board.log.read_bytes().count(b"\n") == len(list(board.queue.glob("*.zip"))) == 2


def test_without_a_lock_the_review_page_is_not_there(
    browser: Any, serve: Callable[..., str], board: Board
) -> None:
    address = serve(["leaderboard", "--no-shipped"], PYTHONPATH=ROOT, BOSS_BOARD=str(board.root))
    page = browser.new_page()
    page.set_default_timeout(90_000)
    page.goto(f"{address}/review")
    page.get_by_text("Page not found").wait_for()
    assert page.get_by_role("link", name="Review").count() == 0
