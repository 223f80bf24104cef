"""The reviewer's page, without a browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from leaderboard.submission.board import Board
from leaderboard.web.lock import VARIABLE, Attempts, hashed
from leaderboard.web.views import signin

MakeRun = Callable[..., Path]
PASSWORD = "a password of this test"
HASH = hashed(PASSWORD, bytes(16))
SECRETS = {"auth": {"client_id": "c"}, "review": {"emails": ["ada@example.org"]}}
APP = str(Path(__file__).parents[3] / "leaderboard" / "app.py")
HOSTILE = "<img src=x onerror=alert(1)> **bold** :red[r]"


def page(environment: dict[str, str]) -> None:
    from leaderboard.web.views import review

    review.show(environment)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(signin, "ATTEMPTS", Attempts(lambda: now[0]))
    return now


@pytest.fixture
def site(board: Board) -> AppTest:
    environment = {"BOSS_BOARD": str(board.root), VARIABLE: HASH}
    return AppTest.from_function(page, args=(environment,), default_timeout=90).run()


def open_door(site: AppTest, password: str = PASSWORD, name: str = "R. Viewer") -> AppTest:
    site.text_input[0].set_value(name)
    site.text_input[1].set_value(password)
    return press(site, "Open")


def press(site: AppTest, label: str) -> AppTest:
    return next(button for button in site.button if button.label == label).click().run()


def texts(elements: Any) -> str:
    return "\n".join(str(element.value) for element in elements)


def sent(board: Board, archive: Path) -> str:
    report = board.receive(archive, "A. Sender")
    assert report.submission is not None and report.ok, report.findings
    return report.submission


def titles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **environment: str) -> list[str]:
    """Return the titles in the site's navigation."""
    shown: list[str] = []
    for name in ("BOSS_BOARD", VARIABLE):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"BOSS_RUNS": str(tmp_path / "runs"), **environment}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.argv", ["app.py"])

    class Chosen:
        def run(self) -> None: ...

    def navigation(pages: Any, **_: Any) -> Chosen:
        shown.extend(page.title for page in pages)
        return Chosen()

    monkeypatch.setattr("streamlit.navigation", navigation)
    assert not AppTest.from_file(APP, default_timeout=90).run().exception
    return shown


def test_without_a_lock_there_is_no_such_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "Submit" in titles(monkeypatch, tmp_path)
    assert "Review" not in titles(monkeypatch, tmp_path)
    assert "Review" not in titles(monkeypatch, tmp_path, BOSS_BOARD="board")
    assert "Review" not in titles(monkeypatch, tmp_path, **{VARIABLE: HASH})
    assert "Review" in titles(monkeypatch, tmp_path, **{VARIABLE: HASH}, BOSS_BOARD="board")


def test_before_the_password_nothing_is_shown(
    site: AppTest, board: Board, make_run: MakeRun, packed: Any, clock: list[float]
) -> None:
    name = sent(board, packed(make_run()))
    for password in ("", "another password"):
        open_door(site, password)
        assert "Not opened" in texts(site.error)
        assert not site.dataframe and name not in texts(site.header)
        clock[0] += 300
    assert not open_door(site).exception
    assert list(site.dataframe[0].value["Submission"]) == [name]


def test_a_wrong_password_makes_the_right_one_wait(site: AppTest, clock: list[float]) -> None:
    open_door(site, "another password")
    assert "in 1 seconds" in texts(site.error)
    open_door(site)
    assert "Not opened" in texts(site.error)
    clock[0] = 1.0
    open_door(site)
    assert "Signed in as R\\. Viewer" in texts(site.caption)


def test_the_password_is_of_one_session_and_ends_with_it(board: Board, site: AppTest) -> None:
    open_door(site)
    assert str(site.session_state["reviewer"]) == "_Reviewer(name='R. Viewer')"
    assert PASSWORD not in str(site.query_params)
    press(site, "Sign out")
    assert site.text_input[1].label == "Password" and not site.dataframe


def test_a_broken_hash_opens_nothing_and_says_so(board: Board) -> None:
    environment = {"BOSS_BOARD": str(board.root), VARIABLE: "hunter2"}
    site = AppTest.from_function(page, args=(environment,), default_timeout=90).run()
    assert "is no hash" in texts(site.error).replace("\\", "")
    assert not site.text_input and "hunter2" not in texts(site.error)


def test_a_reviewer_reads_checks_and_accepts(
    site: AppTest, board: Board, make_run: MakeRun, packed: Any
) -> None:
    name = sent(board, packed(make_run(), submitter=HOSTILE, training_data=("amazon train",)))
    open_door(site)
    declared: dict[str, str] = dict(site.table[0].value.itertuples(index=False))
    assert declared["Training data"] == "amazon train"
    assert declared["Sender"].startswith("\\<img src\\=x")
    press(site, "Check again")
    assert "manifest" in texts(site.code)
    assert len(board.history(name)) == 1
    site.text_input[0].set_value("looks sound")
    press(site, "Add the decision")
    assert not site.exception and not site.error
    assert f"{name} is accepted." in texts(site.success)
    decided = board.history(name)[-1]
    assert (decided.action, decided.by, decided.reason) == ("accepted", "R. Viewer", "looks sound")
    assert board.standing(name).verification == "rescored"
    site.selectbox(key="state").set_value("accepted").run()
    assert f"review spot {name}" in texts(site.code) and "rerun" in texts(site.code)
    assert list(site.table[1].value["Decision"]) == ["received", "accepted"]


def test_a_rejection_needs_a_reason(site: AppTest, board: Board, make_run: MakeRun, packed: Any) -> None:
    name = sent(board, packed(make_run()))
    open_door(site)
    site.radio[0].set_value("rejected")
    press(site, "Add the decision")
    assert "without a reason" in texts(site.error)
    site.text_input[0].set_value("no such model")
    press(site, "Add the decision")
    assert board.standing(name).state == "rejected"
    site.selectbox(key="state").set_value("rejected").run()
    assert "its files were not kept" in texts(site.info).replace("\\", "")
    assert "Its story is over." in texts(site.caption)


def test_one_accepted_run_is_superseded_by_another_and_withdrawn(
    site: AppTest, board: Board, make_run: MakeRun, accepted: Callable[[Path], str]
) -> None:
    old, new = accepted(make_run()), accepted(make_run(run_id="run-2", start=9))
    open_door(site)
    site.selectbox(key="state").set_value("accepted").run()
    site.selectbox(key="submission").set_value(old).run()
    site.radio[0].set_value("superseded")
    site.text_input[0].set_value("a mended tokenizer")
    press(site, "Add the decision")
    assert (board.standing(old).state, board.standing(old).replaced_by) == ("superseded", new)
    assert site.radio[0].options == ["Withdraw: off the board, or out of the queue"]
    site.text_input[0].set_value("as its sender asks")
    press(site, "Add the decision")
    assert board.standing(new).state == "withdrawn"
    assert board.recheck(new).ok


def test_an_account_of_the_provider_opens_the_page(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stand-in for `st.user`: no provider is asked."""
    called: list[str] = []
    monkeypatch.setattr("streamlit.login", lambda: called.append("login"))
    monkeypatch.setattr("streamlit.logout", lambda: called.append("logout"))

    def visit(**user: Any) -> AppTest:
        monkeypatch.setattr("streamlit.user", user)
        site = AppTest.from_function(page, args=({"BOSS_BOARD": str(board.root)},), default_timeout=90)
        site.secrets.update(SECRETS)
        return site.run()

    nobody = visit(is_logged_in=False)
    assert not nobody.selectbox and called == []
    press(nobody, "Sign in")
    assert called == ["login"]
    stranger = visit(is_logged_in=True, email="eve@example.org")
    assert "is not among those" in texts(stranger.error) and not stranger.selectbox
    reviewer = visit(is_logged_in=True, email="ada@example.org", email_verified=True)
    assert reviewer.selectbox(key="state").value == "queued"
    press(reviewer, "Sign out")
    assert called == ["login", "logout"]
