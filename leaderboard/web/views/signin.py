"""The door of the reviewer's page: it lets in one session at a time, and says who signs the decisions."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from leaderboard.submission.findings import SubmissionError
from leaderboard.text import escaped, shown
from leaderboard.web.lock import Accounts, Attempts, Password, admits, lock_of, opens

ATTEMPTS = Attempts(time.monotonic)
"""Of this process. Not in Streamlit's cache, which any visitor's browser may ask it to clear."""
_SESSION = "reviewer"


@dataclass(frozen=True)
class _Reviewer:
    """What a session keeps once the password was right: a type of our own, which no widget's value is."""

    name: str


def configured(environment: Mapping[str, str]) -> bool:
    """Return whether there is to be a page; a lock configured by half has one, which says what is missing."""
    try:
        return lock_of(environment, _secrets()) is not None
    except SubmissionError:
        return True


def sign_in(environment: Mapping[str, str]) -> str | None:
    """Show the door; return the name of the reviewer who came in, else None.

    Raises:
        SubmissionError: if the lock is configured by half.
    """
    lock = lock_of(environment, _secrets())
    if lock is None:
        return None
    return _by_password(lock) if isinstance(lock, Password) else _by_account(lock)


def _by_password(lock: Password) -> str | None:
    reviewer = st.session_state.get(_SESSION)
    if isinstance(reviewer, _Reviewer):
        if _leaves(reviewer.name):
            del st.session_state[_SESSION]
            st.rerun()
        return reviewer.name
    with st.form("door", clear_on_submit=True):
        name = st.text_input("Your name, which signs your decisions", max_chars=100)
        password = st.text_input("Password", type="password", max_chars=200)
        sent = st.form_submit_button("Open")
    if not sent:
        return None
    if not name.strip():
        st.warning("Give your name and the password.")
    elif ATTEMPTS.attempt(lambda: opens(password, lock.hash)):
        st.session_state[_SESSION] = _Reviewer(shown(name))
        st.rerun()
    else:
        st.error(f"Not opened. The next attempt is looked at in {ATTEMPTS.wait():.0f} seconds.")
    return None


def _by_account(lock: Accounts) -> str | None:
    user: Mapping[str, Any] = st.user
    if user.get("is_logged_in") is not True:
        if st.button("Sign in"):
            st.login()
        return None
    name = admits(user, lock.emails)
    if name is None:
        st.error(escaped(f"{shown(str(user.get('email')))} is not among those who may review here."))
    if _leaves(name or "this account"):
        st.logout()
    return name


def _leaves(name: str) -> bool:
    first, second = st.columns([4, 1])
    first.caption(escaped(f"Signed in as {name}."))
    return second.button("Sign out", width="stretch")


def _secrets() -> Mapping[str, Any]:
    """Return the secrets; Streamlit raises, and shows an error on the page, where there is no file."""
    return st.secrets if st.secrets.load_if_toml_exists() else {}
