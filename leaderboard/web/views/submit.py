"""The page where a packed run is sent into the queue, and where everybody sees what became of it."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from boss.errors import BossError
from leaderboard.store.folder import BOARD
from leaderboard.submission.board import Board
from leaderboard.submission.decisions import Standing
from leaderboard.submission.findings import Report
from leaderboard.text import escaped, shown
from robtest.plural import counted

PACK = "python -m leaderboard.submit RUN_DIR declaration=declaration.json output=submission.zip"
INTRODUCTION = (
    "Measure with `python -m boss.eval`, pack the run with the command below, and send the file. It is "
    "checked at once: every number is computed again from the predictions. Nothing in it is ever run. What "
    "passes waits for a person's decision."
)


def show(environment: Mapping[str, str]) -> None:
    """Show the page; uploads are off unless the variable ``BOSS_BOARD`` names the board's folder."""
    st.title("Submit a run")
    st.markdown(INTRODUCTION)
    st.code(PACK, language="sh")
    folder = environment.get(BOARD)
    if not folder:
        st.info(f"This site takes no uploads: the variable {BOARD} names no folder for them.")
        return
    board = Board(Path(folder))
    _form(board)
    st.header("Submissions")
    try:
        standings = list(board.standings().values())
    except BossError as error:
        st.error(escaped(str(error)))
        return
    list_standings(standings)


def _form(board: Board) -> None:
    with st.form("submission", clear_on_submit=True):
        name = st.text_input("Your name", max_chars=100, key="sender")
        file = st.file_uploader("Packed run", type="zip", key="archive")
        sent = st.form_submit_button("Check and send")
    if not sent:
        return
    if file is None or not name.strip():
        st.warning("Give your name and choose the packed run, then send again.")
        return
    with tempfile.TemporaryDirectory() as scratch, st.spinner("Checking every number…"):
        archive = Path(scratch) / "submission.zip"  # never under the name it was sent with
        archive.write_bytes(file.getbuffer())
        try:
            report = board.receive(archive, shown(name))
        except (BossError, OSError) as error:
            st.error(escaped(str(error)))
            return
    _report(report)


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
        st.code(str(finding), language=None, wrap_lines=True)


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
