"""The lock of the reviewer's page: a password kept as a scrypt hash, or accounts of an OpenID provider."""

import hashlib
import hmac
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from leaderboard.submission.findings import SubmissionError
from robtest.plural import counted

VARIABLE = "BOSS_REVIEW_PASSWORD_HASH"
"""Holds what ``python -m leaderboard.review password`` prints; without it no password opens the page."""
SECTION = "review"
"""Of Streamlit's secrets.toml: ``emails``, the list of those who may review."""

SHORTEST_PASSWORD = 12
SALT_BYTES = 16
LONGEST_DELAY = 300.0
"""Seconds."""
_N, _R, _P, _KEY_BYTES = 2**15, 8, 1, 32
# scrypt needs 128 N r bytes (32 MB), a little more than OpenSSL allows by itself.
_MEMORY = 64 * 1024 * 1024
_MALFORMED = f"{VARIABLE} is no hash of this program; make one with python -m leaderboard.review password"


@dataclass(frozen=True)
class Password:
    """Opened by whoever knows the password; ``hash`` is as `hashed` returns it."""

    hash: str


@dataclass(frozen=True)
class Accounts:
    """Opened by accounts of the OpenID provider in secrets.toml; ``emails`` are in small letters."""

    emails: frozenset[str]


def lock_of(environment: Mapping[str, str], secrets: Mapping[str, Any]) -> Password | Accounts | None:
    """Return how the page is locked; None: it is not configured, and there is no page.

    Args:
        secrets: of Streamlit; ``[auth]`` names the provider, ``[review] emails`` who may come in.

    Raises:
        SubmissionError: if both locks are configured, or one of them by half.
    """
    hash_ = environment.get(VARIABLE)
    section = secrets.get(SECTION)
    if hash_ and section:
        raise SubmissionError(f"{VARIABLE} and [{SECTION}] in secrets.toml both open the page; keep one")
    if hash_:
        _parts(hash_)
        return Password(hash_)
    if not section:
        return None
    emails = section.get("emails", ())
    if "auth" not in secrets or isinstance(emails, str) or not all(isinstance(e, str) and e for e in emails):
        raise SubmissionError(f"[{SECTION}] in secrets.toml needs emails = [...], and [auth] a provider")
    if not emails:
        raise SubmissionError(f"[{SECTION}] emails in secrets.toml is empty; name who may review")
    return Accounts(frozenset(email.casefold() for email in emails))


def hashed(password: str, salt: bytes) -> str:
    """Return ``scrypt:N:r:p:SALT:KEY`` of a password, salt and key in hexadecimal (RFC 7914).

    Args:
        salt: 16 bytes of `secrets.token_bytes`, new for every password.

    Raises:
        SubmissionError: if the password has fewer than 12 characters, or the salt is of another length.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise SubmissionError(
            f"the password has {counted(len(password), 'character')}; take {SHORTEST_PASSWORD} or more"
        )
    if len(salt) != SALT_BYTES:
        raise SubmissionError(
            f"the salt has {counted(len(salt), 'byte')}; a salt is {SALT_BYTES} random bytes"
        )
    return f"scrypt:{_N}:{_R}:{_P}:{salt.hex()}:{_key(password, salt).hex()}"


def opens(password: str, hash_: str) -> bool:
    """Return whether ``hash_`` is of this password; the time it takes does not depend on the answer.

    Raises:
        SubmissionError: if ``hash_`` is none that `hashed` made.
    """
    salt, key = _parts(hash_)
    return hmac.compare_digest(_key(password, salt), key)


def admits(user: Mapping[str, Any], emails: frozenset[str]) -> str | None:
    """Return the address of a signed-in user who may review, else None.

    Args:
        user: the claims of the provider, as `streamlit.user` gives them. An address that the provider says
            is not verified admits nobody.
    """
    email = user.get("email")
    if user.get("is_logged_in") is not True or not isinstance(email, str):
        return None
    if user.get("email_verified", True) is not True:
        return None
    return email if email.casefold() in emails else None


class Attempts:
    """Counts wrong passwords of this process and makes the next one wait: 1, 2, 4 ... 300 seconds.

    The count is of the process, not of a visitor, since a visitor has a new session or address at will. So a
    stranger can keep the page shut for minutes; the command ``python -m leaderboard.review`` is not touched.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        """Take a clock that only rises, such as `time.monotonic`."""
        self._now, self._lock = now, threading.Lock()
        self._n_wrong, self._until = 0, 0.0

    def wait(self) -> float:
        """Return the seconds until the next attempt is looked at."""
        return max(0.0, self._until - self._now())

    def attempt(self, right: Callable[[], bool]) -> bool:
        """Return ``right()``, or False without calling it while there is a wait.

        One attempt at a time, so that many at once win nothing.
        """
        with self._lock:
            if self.wait():
                return False
            if right():
                self._n_wrong = 0
                return True
            self._n_wrong += 1
            # The power is bounded before it is taken: a process lives for months.
            self._until = self._now() + min(LONGEST_DELAY, 2.0 ** min(self._n_wrong - 1, 10))
            return False


def _key(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P, maxmem=_MEMORY, dklen=_KEY_BYTES)


def _parts(hash_: str) -> tuple[bytes, bytes]:
    """Return salt and key of a hash; its costs must be ours, so that nobody is let in by a weaker one."""
    head, _, rest = hash_.partition(f"scrypt:{_N}:{_R}:{_P}:")
    try:
        salt, key = (bytes.fromhex(part) for part in rest.split(":"))
    except ValueError:
        raise SubmissionError(_MALFORMED) from None
    if head or len(salt) != SALT_BYTES or len(key) != _KEY_BYTES:
        raise SubmissionError(_MALFORMED)
    return salt, key
