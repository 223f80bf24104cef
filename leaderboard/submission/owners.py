"""Whose a name is: who sends is said by the door, and a model's name belongs to who sent it first.

A door knows a sender by an account of an OpenID Connect provider, by the account that opened a pull request,
by a token that the keepers issued, or by the user of the board's own machine. What a declaration says of its
submitter is shown, and decides nothing.
"""

import getpass
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from leaderboard.submission.decisions import Standing
from leaderboard.submission.findings import Refused, SubmissionError
from leaderboard.submission.names import CURE, fault

_HOLDING = ("queued", "accepted", "superseded")
"""States in which a submission holds its name; one that was rejected or withdrawn lets it go."""
_TOKEN_BYTES = 32
_LONGEST = 200


def name_key(name: str) -> str:
    """Return what two names have in common that a reader would take for one.

    >>> name_key("Mini_LM  v2") == name_key("mini-lm v2")
    True
    """
    return re.sub(r"[\s_-]+", "-", name.casefold())


def check_owner(name: str, sender: str, others: Mapping[str, Standing]) -> None:
    """Refuse a model's name that another sender's submission holds.

    Raises:
        Refused: naming that submission.
    """
    for standing in others.values():
        same = name_key(standing.name or standing.model) == name_key(name)
        if same and standing.state in _HOLDING and standing.sender != sender:
            message = f"the name {name!r:.80} is another sender's, by submission {standing.submission}, "
            message += f"which is {standing.state}; this one comes from {sender!r:.80}"
            cure = (
                "Measure it again under a name of your own, send by the account of the first one, or "
                "ask the keepers to withdraw that one if the name is yours."
            )
            raise Refused("name_taken", "run/run.json", message, cure)


def local_account() -> str:
    """Return who a sender is that can write into the board's folder: the user of the machine."""
    return f"local:{getpass.getuser()}"


def verified_address(user: Mapping[str, Any]) -> str | None:
    """Return the address of a signed-in user of an OpenID Connect provider, in small letters, else None.

    Args:
        user: the claims. Only an address of which the provider says that it is verified counts.
    """
    email = user.get("email")
    if user.get("is_logged_in") is not True or user.get("email_verified") is not True:
        return None
    plain = isinstance(email, str) and email.isascii() and re.fullmatch(r"[^\s:@]+@[^\s:@]+", email)
    return str(email).lower() if plain else None


def pull_request_account(account: str) -> str:
    """Return the account that opened a pull request, as continuous integration passes it.

    Raises:
        SubmissionError: if it is not of the form ``host:account``.
    """
    if re.fullmatch(r"[a-z0-9.]{1,60}:[A-Za-z0-9][A-Za-z0-9._-]{0,99}", account) is None:
        raise SubmissionError(
            f"account={account!a:.80} is none; write host:account as in account=github:octocat, the account "
            "that opened the pull request"
        )
    return account


def new_token(file: Path, name: str) -> str:
    """Issue a token for a sender and return it; the file keeps its sha256 alone, and an older one ends.

    A token is 32 random bytes, so its digest gives nothing away and needs no salt.

    Args:
        name: who its bearer is, such as the account or address they sent by before.

    Raises:
        SubmissionError: if the name may not be shown.
    """
    if (wrong := fault(name)) or len(name) > _LONGEST:
        raise SubmissionError(f"the name {name!a:.80} {wrong or 'is too long'}. {CURE}")
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    line = {"at": at, "name": name, "sha256": hashlib.sha256(token.encode()).hexdigest()}
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(line) + "\n")
    return token


def bearer(file: Path, token: str) -> str:
    """Return who a token was issued to.

    Raises:
        SubmissionError: if it is none, or a newer one was issued in its place; or if the file was damaged.
    """
    valid: dict[str, str] = {}
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    try:
        for line in map(json.loads, lines):
            valid[line["name"]] = line["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise SubmissionError(f"{file} cannot be read: {error}; restore it from a copy") from error
    digest = hashlib.sha256(token.strip().encode()).hexdigest()
    names = [name for name, known in valid.items() if secrets.compare_digest(known, digest)]
    if not names:
        raise SubmissionError(
            "the token is none of this board, or a newer one was issued in its place; ask its keepers for one"
        )
    return names[0]
