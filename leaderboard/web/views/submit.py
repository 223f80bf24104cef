"""The page where a packed run is sent into the queue, and where everybody sees what became of it."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from boss.errors import BossError
from leaderboard.settings import settings_of
from leaderboard.submission.board import Board
from leaderboard.submission.decisions import Standing
from leaderboard.submission.findings import Report
from leaderboard.submission.owners import bearer, verified_address
from leaderboard.text import escaped, pathless, said, shown
from leaderboard.web.views.signin import has_provider, log_in
from robtest.plural import counted

PACK = "python -m leaderboard.submit RUN_DIR declaration=declaration.json output=submission.zip"
TOKEN = "The board's keepers issue it. It says who you are: a model's name belongs to who sent it first."
INTRODUCTION = (
    "Measure with `python -m boss.eval`, pack the run with the command below, and send the file. It is "
    "checked at once: every number is computed again from the predictions. Nothing in it is ever run. What "
    "passes waits for a person's decision."
)


def show(environment: Mapping[str, str]) -> None:
    """Show the page; uploads are off unless the variable ``BOSS_BOARD`` names the board's folder."""
    st.title("Submit a run")
    st.markdown(INTRODUCTION)
    st.code(PACK, language=None)
    folder = settings_of(environment).board
    if folder is None:
        st.info("This site takes no uploads: the variable BOSS_BOARD names no folder for them.")
        return
    board = Board(folder)
    _form(board)
    st.header("Submissions")
    try:
        standings = list(board.standings().values())
    except BossError as error:
        st.error(said(error, board.root))
        return
    list_standings(standings)


def _form(board: Board) -> None:
    account = _account()
    with st.form("submission", clear_on_submit=True):
        token = ""
        if account is None:
            token = st.text_input("Token", type="password", max_chars=100, key="token", help=TOKEN)
        file = st.file_uploader("Packed run", type="zip", key="archive")
        sent = st.form_submit_button("Check and send")
    if not sent:
        return
    if file is None or not (account or token.strip()):
        missing = "Choose the packed run" if account else "Give your token and choose the packed run"
        st.warning(f"{missing}, then send again.")
        return
    with tempfile.TemporaryDirectory() as scratch, st.spinner("Checking every number…"):
        archive = Path(scratch) / "submission.zip"  # never under the name it was sent with
        archive.write_bytes(file.getbuffer())
        try:
            report = board.receive(archive, account or bearer(board.tokens, token))
        except (BossError, OSError) as error:
            st.error(said(error, board.root))
            return
    _report(report)


def _log_in() -> None:
    try:
        log_in()
    except BossError as error:
        st.error(said(error))


def _account() -> str | None:
    """Return the verified address of who is signed in; offer to sign in where the site has a provider."""
    try:
        provider = has_provider()
    except BossError as error:
        st.error(said(error))
        return None
    # Without a provider nobody has signed in, whatever a cookie says.
    account = verified_address(st.user) if provider else None
    if account is not None:
        st.caption(escaped(f"You send as {account}; the models you name are this account's."))
    elif provider:
        st.caption("Sign in, so that the rows of your models are yours, or send with a token of the keepers.")
        if st.button("Sign in", key="sender_signs_in"):
            _log_in()
    return account


def _report(report: Report) -> None:
    if report.ok:
        st.success(
            f"Received as {report.submission}: {counted(report.n_cells, 'measurement')}, "
            f"{counted(report.n_records, 'number')}."
        )
    else:
        st.error("Refused; nothing of it was kept. Mend this, then send again:")
    list_findings(report)


def list_findings(report: Report) -> None:
    """Show what a check found, as text."""
    for finding in report.findings:
        # st.code shows its text as it is.
        st.code(pathless(str(finding)), language=None, wrap_lines=True)


def list_standings(standings: Sequence[Standing]) -> None:
    """Show where submissions stand, the newest first."""
    if not standings:
        st.caption("There are none yet.")
        return
    rows = [
        {
            "Submission": standing.submission,
            "Model": shown(standing.model),
            "Suite": shown(standing.suite),
            "Received": standing.received_at,
            "State": standing.state,
            "Verification": standing.verification,
            "Flags": ", ".join(standing.flags),
            "Reason": shown(standing.reason),
        }
        for standing in reversed(standings)
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="submissions")
