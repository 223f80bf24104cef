"""The upload form, without a browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from leaderboard.submission.board import Board
from leaderboard.submission.owners import new_token

MakeRun = Callable[..., Path]


def page(folder: str) -> None:
    from leaderboard.web.views import submit

    submit.show({"BOSS_BOARD": folder})


@pytest.fixture
def site(board: Board) -> AppTest:
    # The first run imports everything.
    return AppTest.from_function(page, args=(str(board.root),), default_timeout=90).run()


@pytest.fixture
def token(board: Board) -> str:
    return new_token(board.tokens, "ada")


def send(site: AppTest, archive: Path, token: str) -> AppTest:
    site.text_input(key="token").set_value(token)
    site.file_uploader(key="archive").set_value((archive.name, archive.read_bytes(), "application/zip"))
    return site.button[0].click().run()


def texts(elements: Any) -> str:
    return "\n".join(str(element.value) for element in elements)


def test_uploads_are_off_unless_a_folder_is_named() -> None:
    site = AppTest.from_function(page, args=("",), default_timeout=90).run()
    assert not site.exception
    assert "BOSS_BOARD" in texts(site.info)
    assert not site.button


def test_a_run_is_sent_by_the_form_and_seen_in_the_queue(
    site: AppTest, board: Board, make_run: MakeRun, packed: Any, token: str
) -> None:
    assert "There are none yet." in texts(site.caption)
    send(site, packed(make_run()), token)
    assert not site.exception
    (standing,) = board.standings().values()
    assert standing.sender == "ada"
    assert f"Received as {standing.submission}" in texts(site.success)
    table = site.dataframe[0].value
    assert list(table["Submission"]) == [standing.submission]
    assert list(table["State"]) == ["queued"]


def test_a_bad_run_is_refused_with_its_reason_as_text(
    site: AppTest, board: Board, make_run: MakeRun, packed: Any, forger: Any, token: str
) -> None:
    run = make_run()
    forger.edit_run(run, model="<script>alert(1)</script>")
    send(site, packed(run), token)
    assert not site.exception
    assert "nothing of it was kept" in texts(site.error)
    assert "<script>" in texts(site.code)
    assert "<script>" not in texts(site.markdown) + texts(site.error)
    assert [path.name for path in board.root.iterdir()] == ["tokens.jsonl"]


def test_a_form_without_a_token_or_a_file_says_so(site: AppTest, make_run: MakeRun, packed: Any) -> None:
    site.button[0].click().run()
    assert "choose the packed run" in texts(site.warning)
    send(site, packed(make_run()), " ")
    assert "Give your token" in texts(site.warning)


def test_a_token_that_nobody_issued_is_refused(
    site: AppTest, board: Board, make_run: MakeRun, packed: Any, token: str
) -> None:
    send(site, packed(make_run()), token[::-1])
    assert "none of this board" in texts(site.error) and not board.standings()


def test_who_is_signed_in_sends_as_this_account(
    board: Board, make_run: MakeRun, packed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = {"is_logged_in": True, "email": "Ada@example.org", "email_verified": True}
    monkeypatch.setattr("streamlit.user", user)

    def visit(secret: str) -> AppTest:
        site = AppTest.from_function(page, args=(str(board.root),), default_timeout=90)
        site.secrets.update({"auth": {"cookie_secret": secret}})
        return site.run()

    site = visit("0123456789abcdef" * 2)
    assert not site.text_input and "You send as" in texts(site.caption)
    archive = packed(make_run())
    site.file_uploader(key="archive").set_value((archive.name, archive.read_bytes(), "application/zip"))
    site.button[0].click().run()
    (standing,) = board.standings().values()
    assert standing.sender == "ada@example.org"
    # Who guesses the secret signs in as anybody, so that nobody is signed in by a short one.
    guessable = visit("secret")
    assert guessable.text_input and "cookie_secret" in texts(guessable.error).replace("\\", "")
    user["email_verified"] = False
    assert visit("0123456789abcdef" * 2).text_input


def test_a_run_sent_twice_is_refused_the_second_time(
    site: AppTest, board: Board, make_run: MakeRun, packed: Any, token: str
) -> None:
    archive = packed(make_run())
    send(site, archive, token)
    send(site, archive, token)
    assert "was submitted before" in texts(site.error)
    assert len(board.standings()) == 1
