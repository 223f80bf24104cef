"""The door of the reviewer's page: it lets in accounts of the provider, and says who signs the decisions."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitAuthError

from leaderboard.submission.findings import SubmissionError
from leaderboard.text import escaped, shown
from leaderboard.web import lock


def configured() -> bool:
    """Return whether there is to be a page; a lock configured by half has one, which says what is missing."""
    try:
        return lock.reviewers(_secrets()) is not None
    except SubmissionError:
        return True


def has_provider() -> bool:
    """Return whether people can sign in.

    Raises:
        SubmissionError: as `leaderboard.web.lock.has_provider`.
    """
    return lock.has_provider(_secrets())


def sign_in() -> str | None:
    """Show the door; return the address of the reviewer who came in, else None.

    Raises:
        SubmissionError: if the lock is configured by half, or as `log_in`.
    """
    emails = lock.reviewers(_secrets())
    if emails is None:
        return None
    user: Mapping[str, Any] = st.user
    if user.get("is_logged_in") is not True:
        if st.button("Sign in"):
            log_in()
        return None
    name = lock.admits(user, emails)
    if name is None:
        st.error(_why_not(user))
    if _leaves(name or "an account that may not review"):
        st.logout()
    return name


def log_in() -> None:
    """Send the visitor to the provider.

    Raises:
        SubmissionError: if the provider is configured by half, or what asks it is not installed.
    """
    if find_spec("authlib") is None:
        raise SubmissionError("signing in needs Authlib; install it: python -m pip install 'streamlit[auth]'")
    try:
        st.login()
    except StreamlitAuthError as error:
        raise SubmissionError(f"[auth] in secrets.toml names no provider to sign in by: {error}") from error


def _why_not(user: Mapping[str, Any]) -> str:
    address = shown(str(user.get("email")))
    if user.get("email_verified") is not True:
        return escaped(
            f"The provider does not say that the address {address} is verified; verify it there, sign out "
            "here, and sign in again."
        )
    return escaped(f"{address} is not among those who may review here.")


def _leaves(name: str) -> bool:
    first, second = st.columns([4, 1])
    first.caption(escaped(f"Signed in as {name}."))
    return second.button("Sign out", width="stretch")


def _secrets() -> Mapping[str, Any]:
    """Return the secrets; Streamlit raises, and shows an error on the page, where there is no file."""
    return st.secrets if st.secrets.load_if_toml_exists() else {}
