"""The upload form and the reviewer's page in a real browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaderboard.submission.board import Board
from leaderboard.submission.owners import new_token

pytestmark = pytest.mark.browser

ROOT = str(Path(__file__).parents[3])
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def site(serve_reviewed: Callable[..., str], board: Board, tmp_path: Path) -> str:
    """Start the site as a board's keeper does, with a queue and a reviewer."""
    words = ["leaderboard", "--no-shipped", "--runs", str(tmp_path / "runs")]
    return serve_reviewed(words, PYTHONPATH=ROOT, BOSS_BOARD=str(board.root))


def open_form(browser: Any, site: str) -> Any:
    page = browser.new_context().new_page()
    page.set_default_timeout(90_000)
    page.on("dialog", lambda dialog: pytest.fail(f"a text was executed: {dialog.message}"))
    page.goto(f"{site}/submit")
    page.get_by_text("There are none yet.").wait_for()
    return page


def send(page: Any, archive: Path, board: Board) -> None:
    page.locator("input[aria-label=Token]").fill(new_token(board.tokens, archive.stem))
    page.locator("input[type=file]").set_input_files(archive)
    page.get_by_role("button", name=f"Remove {archive.name}").wait_for()
    page.get_by_role("button", name="Check and send").click()


def test_a_run_is_sent_by_the_form_seen_in_the_queue_and_accepted(
    browser: Any, site: str, provider: Any, board: Board, make_run: Callable[..., Path], packed: Any
) -> None:
    page = open_form(browser, site)
    send(page, packed(make_run()), board)
    page.get_by_text("Received as").wait_for()
    (name,) = board.standings()
    # The grid is drawn on a canvas; for readers of the screen it holds a table of measurements.
    page.locator("[data-testid=stDataFrame] td", has_text=name).first.wait_for(state="attached")

    page.get_by_role("link", name="Review").click()
    # Of each of these the provider says something, but not that ada@example.org is verified.
    for claims in ({"email_verified": "true"}, {"email_verified": False}, {"email": "eve@example.org"}):
        provider.claims = {"email": "ada@example.org", "email_verified": True, **claims}
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{site}/")  # by way of the provider
        page.get_by_role("link", name="Review").click()
        page.locator("[data-testid=stAlert]").wait_for()
        assert page.get_by_role("heading", name="Decide").count() == 0
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(f"{site}/")
        page.get_by_role("link", name="Review").click()
    provider.claims = {"email": "ada@example.org", "email_verified": True}
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site}/")
    page.get_by_role("link", name="Review").click()
    page.get_by_role("heading", name=name).wait_for()
    assert provider.asked == 4
    page.get_by_role("textbox", name="Reason").fill("looks sound")
    page.get_by_role("button", name="Add the decision").click()
    page.get_by_text(f"{name} is accepted.").wait_for()
    assert board.standing(name).state == "accepted"
    assert board.history(name)[-1].by == "ada@example.org"


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
    send(page, torn, board)
    page.get_by_text("nothing of it was kept").wait_for()
    page.get_by_text("Pack the run again").wait_for()
    run = make_run()
    forger.edit_run(run, model=HOSTILE)
    send(page, packed(run, "hostile.zip"), board)
    page.locator("[data-testid=stCode]", has_text=HOSTILE).wait_for()
    assert [path.name for path in board.root.iterdir()] == ["tokens.jsonl"]


def test_two_uploads_at_once_lose_nothing(
    browser: Any, site: str, board: Board, make_run: Callable[..., Path], packed: Any
) -> None:
    pages = [open_form(browser, site) for _ in range(2)]
    archives = [packed(make_run(f"lab/{i}", run_id=f"run-{i}", start=9 * i), f"{i}.zip") for i in range(2)]
    for page, archive in zip(pages, archives, strict=True):
        send(page, archive, board)
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
