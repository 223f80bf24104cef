"""The reviewer's page, without a browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from leaderboard.submission.board import Board

MakeRun = Callable[..., Path]
SECRETS = {
    "auth": {"client_id": "c", "cookie_secret": "0123456789abcdef" * 2},
    "review": {"emails": ["ada@example.org"]},
}
ADA = {"is_logged_in": True, "email": "ada@example.org", "email_verified": True}
APP = str(Path(__file__).parents[3] / "leaderboard" / "app.py")
HOSTILE = "<img src=x onerror=alert(1)> **bold** :red[r]"


def page(environment: dict[str, str]) -> None:
    from leaderboard.web.views import review

    review.show(environment)


Visit = Callable[..., AppTest]


@pytest.fixture
def visit(board: Board, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """Open the page as somebody with these claims, by a stand-in for `st.user`: no provider is asked."""

    def open_page(**user: Any) -> AppTest:
        monkeypatch.setattr("streamlit.user", user)
        site = AppTest.from_function(page, args=({"BOSS_BOARD": str(board.root)},), default_timeout=90)
        site.secrets.update(SECRETS)
        return site.run()

    return open_page


@pytest.fixture
def site(visit: Visit) -> AppTest:
    return visit(**ADA)


def press(site: AppTest, label: str) -> AppTest:
    return next(button for button in site.button if button.label == label).click().run()


def texts(elements: Any) -> str:
    return "\n".join(str(element.value) for element in elements)


def sent(board: Board, archive: Path) -> str:
    report = board.receive(archive, "A. Sender")
    assert report.submission is not None and report.ok, report.findings
    return report.submission


def titles(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, secrets: Any = None, **environment: str
) -> list[str]:
    """Return the titles in the site's navigation."""
    shown: list[str] = []
    monkeypatch.delenv("BOSS_BOARD", raising=False)
    for name, value in {"BOSS_RUNS": str(tmp_path / "runs"), **environment}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.argv", ["app.py"])

    class Chosen:
        def run(self) -> None: ...

    def navigation(pages: Any, **_: Any) -> Chosen:
        shown.extend(page.title for page in pages)
        return Chosen()

    monkeypatch.setattr("streamlit.navigation", navigation)
    site = AppTest.from_file(APP, default_timeout=90)
    site.secrets.update(secrets or {})
    assert not site.run().exception
    return shown


def test_without_a_lock_there_is_no_such_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "Submit" in titles(monkeypatch, tmp_path)
    assert "Review" not in titles(monkeypatch, tmp_path)
    assert "Review" not in titles(monkeypatch, tmp_path, BOSS_BOARD="board")
    assert "Review" not in titles(monkeypatch, tmp_path, SECRETS)
    assert "Review" in titles(monkeypatch, tmp_path, SECRETS, BOSS_BOARD="board")


def test_who_is_not_signed_in_sees_nothing(
    visit: Visit, board: Board, make_run: MakeRun, packed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []
    monkeypatch.setattr("streamlit.login", lambda: called.append("login"))
    name = sent(board, packed(make_run()))
    nobody = visit(is_logged_in=False)
    assert not nobody.selectbox and not nobody.dataframe and name not in texts(nobody.header)
    assert called == []
    press(nobody, "Sign in")
    assert called == ["login"]


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"email": "eve@example.org"}, "eve@example.org is not among those who may review here"),
        ({"email_verified": False}, "does not say that the address ada@example.org is verified"),
        ({"email_verified": "true"}, "does not say that the address ada@example.org is verified"),
        ({"email": HOSTILE}, "is not among those"),
    ],
)
def test_an_account_that_may_not_review_sees_nothing_but_the_reason(
    visit: Visit, board: Board, make_run: MakeRun, packed: Any, claims: Any, reason: str
) -> None:
    sent(board, packed(make_run()))
    stranger = visit(**{**ADA, **claims})
    # The word joiner keeps an address from becoming a link.
    assert reason in texts(stranger.error).replace("\\", "").replace("\N{WORD JOINER}", "")
    assert "<img" not in texts(stranger.error).replace(r"\<img", "")
    assert not stranger.selectbox and not stranger.dataframe and not stranger.radio


def test_a_claim_that_is_missing_opens_nothing(visit: Visit) -> None:
    stranger = visit(is_logged_in=True, email="ada@example.org")
    assert stranger.error and not stranger.selectbox


def test_who_cannot_be_sent_to_the_provider_is_told_why(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = visit(is_logged_in=False)  # SECRETS name no address of a provider
    press(nobody, "Sign in")
    assert not nobody.exception and "names no provider to sign in by" in texts(nobody.error)
    monkeypatch.setattr("leaderboard.web.views.signin.find_spec", lambda _: None)
    press(nobody, "Sign in")
    assert "pip install" in texts(nobody.error) and "streamlit\\[auth\\]" in texts(nobody.error)


def test_a_reviewer_can_leave(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr("streamlit.logout", lambda: called.append("logout"))
    reviewer = visit(**ADA)
    assert reviewer.selectbox(key="state").value == "queued"
    press(reviewer, "Sign out")
    assert called == ["logout"]


def test_a_lock_configured_by_half_opens_nothing_and_says_so(board: Board) -> None:
    site = AppTest.from_function(page, args=({"BOSS_BOARD": str(board.root)},), default_timeout=90)
    site.secrets.update({"auth": {"cookie_secret": "short"}, "review": SECRETS["review"]})
    assert "cookie_secret in secrets.toml has 5 characters" in texts(site.run().error).replace("\\", "")
    assert not site.selectbox and not site.button


def test_a_reviewer_reads_checks_and_accepts(
    site: AppTest, board: Board, make_run: MakeRun, packed: Any
) -> None:
    name = sent(board, packed(make_run(), contact=HOSTILE, training_data=("amazon train",)))
    site.run()
    declared: dict[str, str] = dict(site.table[0].value.itertuples(index=False))
    assert declared["Training data"] == "amazon train"
    assert declared["Contact"].startswith("\\<img src\\=x")
    press(site, "Check again")
    assert "manifest" in texts(site.code)
    assert len(board.history(name)) == 1
    site.text_input[0].set_value("looks sound")
    press(site, "Add the decision")
    assert not site.exception and not site.error
    assert f"{name} is accepted." in texts(site.success)
    decided = board.history(name)[-1]
    assert (decided.action, decided.by, decided.reason) == ("accepted", "ada@example.org", "looks sound")
    assert board.standing(name).verification == "recomputed"
    site.selectbox(key="state").set_value("accepted").run()
    assert f"review replay {name}" in texts(site.code) and "rerun" in texts(site.code)
    assert list(site.table[1].value["Decision"]) == ["received", "accepted"]


def test_a_rejection_needs_a_reason(site: AppTest, board: Board, make_run: MakeRun, packed: Any) -> None:
    name = sent(board, packed(make_run()))
    site.run()
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
