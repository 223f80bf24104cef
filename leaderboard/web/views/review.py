"""The reviewer's page, behind a lock: what waits, what its sender declared, what is decided."""

from collections.abc import Mapping
from typing import get_args

import pandas as pd
import streamlit as st
from pydantic import ValidationError

from boss.errors import BossError
from leaderboard.board.display import for_markdown
from leaderboard.settings import settings_of
from leaderboard.submission.board import Board
from leaderboard.submission.decisions import Action, Standing, State, possible
from leaderboard.submission.declaration import EXPOSURES, Declaration
from leaderboard.text import escaped, said, shown
from leaderboard.web.views.signin import sign_in
from leaderboard.web.views.submit import list_findings, list_standings
from leaderboard.web.views.switches import EVERY, choice
from robtest.plural import counted

INTRODUCTION = (
    "Every decision is a line that is added to `decisions.jsonl`; nothing is ever taken out of it. Everybody "
    "can read the reasons on the page Submit."
)
DECISIONS: dict[Action, str] = {
    "accepted": "Accept: checked again now, then on the board",
    "rejected": "Reject: out of the queue",
    "superseded": "Supersede: another accepted run stands for it",
    "withdrawn": "Withdraw: off the board, or out of the queue",
}
"""What can be decided here. Replays and reruns run a model, so they are commands."""
_MOST_REASON = 2000
_NOTICE = "decided"


def show(environment: Mapping[str, str]) -> None:
    """Show the page; it is in the site's navigation only where a lock and the board's folder are named."""
    st.title("Review")
    folder = settings_of(environment).board
    try:
        name = sign_in()
        if name is not None and folder is not None:
            _desk(Board(folder), name)
    except (BossError, OSError) as error:
        st.error(said(error, *filter(None, [folder])))


def _desk(board: Board, by: str) -> None:
    st.markdown(INTRODUCTION)
    if notice := st.session_state.pop(_NOTICE, None):
        st.success(notice)
    standings = board.standings()
    first, second, _ = st.columns(3)
    with first:
        state = choice("State", ["queued", *(s for s in get_args(State) if s != "queued"), EVERY])
    listed = [entry for entry in standings.values() if state in (EVERY, entry.state)]
    list_standings(listed)
    if not listed:
        return
    with second:
        standing = standings[choice("Submission", [entry.submission for entry in listed])]
    st.header(standing.submission)
    _declared(board, standing)
    _findings(board, standing)
    _decision(board, standing, by)
    _commands(board, standing)
    _history(board, standing)


def _declared(board: Board, standing: Standing) -> None:
    st.subheader("What its sender declares")
    try:
        declaration = board.declaration(standing.submission)
    except BossError as error:
        st.info(said(error, board.root))
        return
    rows = pd.DataFrame(_fields(standing, declaration), columns=["Field", "Declared"])
    st.table(for_markdown(rows), hide_index=True)


def _fields(standing: Standing, declaration: Declaration) -> list[tuple[str, str]]:
    return [
        ("Model", shown(standing.model)),
        ("Suite", shown(standing.suite)),
        ("Sent by", shown(standing.sender) or "unknown"),
        ("Submitter", shown(declaration.submitter)),
        ("Contact", shown(declaration.contact)),
        ("Licence", shown(declaration.licence)),
        ("Training data", ", ".join(map(shown, declaration.training_data)) or "none"),
        ("External data", ", ".join(map(shown, declaration.external_data)) or "none"),
        ("OOD exposure", f"{declaration.ood_exposure}: {EXPOSURES[declaration.ood_exposure]}"),
        *(("Contaminated", f"{shown(c.dataset)}: {shown(c.reason)}") for c in declaration.contaminated),
        ("Notes", declaration.notes or "none"),
    ]


def _findings(board: Board, standing: Standing) -> None:
    st.subheader("The check")
    flags = ", ".join(standing.flags) or "none"
    st.markdown(escaped(f"Verification: {standing.verification}. Flags: {flags}."))
    if not st.button("Check again", help="Every number is computed again; nothing is decided by it."):
        return
    with st.spinner("Checking every number…"):
        report = board.recheck(standing.submission)
    if not report.findings:
        st.success(
            f"{counted(report.n_cells, 'measurement')}, "
            f"{counted(report.n_records, 'number')}; nothing was found."
        )
    list_findings(report)


def _decision(board: Board, standing: Standing, by: str) -> None:
    st.subheader("Decide")
    others = [
        entry.submission
        for entry in board.standings().values()
        if entry.state == "accepted" and entry.submission != standing.submission
    ]
    actions = [action for action in DECISIONS if action in possible(standing.state)]
    if not others and "superseded" in actions:
        actions.remove("superseded")
    if not actions:
        st.caption("Its story is over.")
        return
    with st.form("decision"):
        action = st.radio("Decision", actions, format_func=DECISIONS.__getitem__)
        newer = st.selectbox("Superseded by", others) if "superseded" in actions else None
        reason = st.text_input("Reason, which everybody can read", max_chars=_MOST_REASON)
        sent = st.form_submit_button("Add the decision")
    if sent and action is not None:
        _decide(board, standing.submission, action, by, reason, newer)


def _decide(board: Board, submission: str, action: Action, by: str, reason: str, newer: str | None) -> None:
    try:
        if action == "accepted":
            with st.spinner("Checking every number…"):
                board.accept(submission, by, reason)
        elif action == "superseded" and newer is not None:
            board.supersede(submission, newer, by, reason)
        else:
            board.decide(submission, action, by, reason)
    except (BossError, OSError, ValidationError) as error:
        st.error(said(error, board.root))
        return
    st.session_state[_NOTICE] = f"{submission} is {action}."
    st.rerun()


def _commands(board: Board, standing: Standing) -> None:
    """Print the commands that run a model; nothing of the sender's stands in them but the digest."""
    if standing.state != "accepted":
        return
    st.subheader("Look closer")
    st.markdown(
        "Making the inputs again takes time, and a replay or a rerun a second run of the model, so they are "
        "commands on the board's own machine. `SECOND_RUN` and what follows `command=` are yours."
    )
    # Not the folder itself: where things lie on the board's machine is nobody's business in a browser.
    where = f'{standing.submission} board="$BOSS_BOARD"'
    st.code(
        f"python -m leaderboard.review regenerate {where}\n"
        f"python -m leaderboard.review replay {where} with=SECOND_RUN n=50\n"
        f"python -m leaderboard.review rerun {where} \\\n"
        "    command='python -m boss.eval model=MODEL output={output}'",
        language=None,
    )


def _history(board: Board, standing: Standing) -> None:
    st.subheader("History")
    rows = [
        {
            "At": decision.at,
            "Decision": decision.action,
            "By": shown(decision.by),
            "Reason": shown(decision.reason),
            "Flags": ", ".join(decision.flags),
            "Evidence": ", ".join(f"{key} {value}" for key, value in decision.evidence.items()),
        }
        for decision in board.history(standing.submission)
    ]
    st.table(for_markdown(pd.DataFrame(rows)), hide_index=True)
