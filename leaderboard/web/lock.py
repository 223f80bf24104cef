"""The lock of the reviewer's page: accounts of an OpenID Connect provider, by addresses it has verified."""

from collections.abc import Mapping
from typing import Any

from leaderboard.submission.findings import SubmissionError
from robtest.plural import counted

SECTION = "review"
"""Of Streamlit's secrets.toml: ``emails``, the list of those who may review."""
SHORTEST_SECRET = 32
"""Characters of ``cookie_secret``: who knows it signs in as anybody."""
_SHOWN_IN = "docs/running-the-site.md shows both sections"


def reviewers(secrets: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the addresses that may review, in small letters; None: nobody may, and there is no page.

    Args:
        secrets: of Streamlit; ``[auth]`` names the provider, ``[review] emails`` who may come in.

    Raises:
        SubmissionError: if that is configured by half.
    """
    section = secrets.get(SECTION)
    if not section:
        return None
    emails = section.get("emails", ())
    if isinstance(emails, str) or not all(isinstance(email, str) and "@" in email for email in emails):
        raise SubmissionError(
            f"[{SECTION}] in secrets.toml needs emails = [...], a list of addresses; {_SHOWN_IN}"
        )
    if not emails:
        raise SubmissionError(f"[{SECTION}] emails in secrets.toml is empty; name who may review")
    if not all(email.isascii() for email in emails):
        raise SubmissionError(
            f"[{SECTION}] emails in secrets.toml holds letters other than ASCII; name another address"
        )
    if not has_provider(secrets):
        raise SubmissionError(
            f"[{SECTION}] in secrets.toml says who may review, and [auth] no provider; {_SHOWN_IN}"
        )
    return frozenset(email.lower() for email in emails)


def admits(user: Mapping[str, Any], emails: frozenset[str]) -> str | None:
    """Return the address of a signed-in user who may review, else None.

    Args:
        user: the claims of the provider, as `streamlit.user` gives them. Only an address of which the
            provider says that it is verified admits: a claim that is missing, or ``"true"`` as text, does
            not.
    """
    email = user.get("email")
    if user.get("is_logged_in") is not True or user.get("email_verified") is not True:
        return None
    # Small letters of others than ASCII may be those of another address: that of the Kelvin sign is k.
    if not isinstance(email, str) or not email.isascii():
        return None
    return email if email.lower() in emails else None


def has_provider(secrets: Mapping[str, Any]) -> bool:
    """Return whether people can sign in: ``[auth]`` of the secrets names a provider.

    Raises:
        SubmissionError: if the secret that signs their cookies can be guessed.
    """
    auth = secrets.get("auth")
    if not auth:
        return False
    secret = auth.get("cookie_secret")
    if not isinstance(secret, str) or len(secret) < SHORTEST_SECRET:
        has = counted(len(secret), "character") if isinstance(secret, str) else "none"
        raise SubmissionError(
            f"[auth] cookie_secret in secrets.toml has {has}; it must have {SHORTEST_SECRET} or more, as "
            "whoever guesses it signs in as anybody. This prints one: "
            "python -c 'import secrets; print(secrets.token_hex(32))'"
        )
    return True
