"""The lock of the reviewer's page, without a page."""

import threading
from typing import Any

import pytest

from leaderboard.submission.findings import SubmissionError
from leaderboard.web.lock import VARIABLE, Accounts, Attempts, Password, admits, hashed, lock_of, opens

SALT = bytes(range(16))
PASSWORD = "a password of this test"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_hash_is_of_its_password_and_salt_alone() -> None:
    hash_ = hashed(PASSWORD, SALT)
    assert hash_.startswith("scrypt:32768:8:1:000102030405060708090a0b0c0d0e0f:")
    assert opens(PASSWORD, hash_)
    assert not opens(PASSWORD + "!", hash_)
    assert not opens("", hash_)
    assert hashed(PASSWORD, SALT[::-1]) != hash_


def test_a_short_password_or_salt_makes_no_hash() -> None:
    with pytest.raises(SubmissionError, match="has 11 characters; take 12"):
        hashed("elevenchars", SALT)
    with pytest.raises(SubmissionError, match="15 bytes"):
        hashed(PASSWORD, SALT[1:])


@pytest.mark.parametrize(
    "hash_", ["", "scrypt:2:8:1:00:00", "scrypt:32768:8:1::", "plain", "scrypt:32768:8:1:zz:zz"]
)
def test_a_hash_that_is_none_opens_nothing(hash_: str) -> None:
    with pytest.raises(SubmissionError, match=r"leaderboard\.review password"):
        opens(PASSWORD, hash_)


def test_every_wrong_password_makes_the_next_wait_twice_as_long() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    waits = []
    for _ in range(12):
        assert not attempts.attempt(lambda: False)
        waits.append(attempts.wait())
        clock.now += attempts.wait()
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_the_right_password_is_not_looked_at_while_there_is_a_wait() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    attempts.attempt(lambda: False)
    assert not attempts.attempt(lambda: pytest.fail("it was looked at"))
    clock.now += 1
    assert attempts.attempt(lambda: True)
    attempts.attempt(lambda: False)
    assert attempts.wait() == 1


def test_many_attempts_at_once_are_one() -> None:
    attempts, looked = Attempts(Clock()), []

    def wrong() -> bool:
        looked.append(1)
        return False

    threads = [threading.Thread(target=attempts.attempt, args=(wrong,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert looked == [1]


def test_nothing_configured_is_no_lock() -> None:
    assert lock_of({}, {}) is None
    assert lock_of({VARIABLE: ""}, {"auth": {}}) is None


def test_either_lock_can_be_configured() -> None:
    hash_ = hashed(PASSWORD, SALT)
    assert lock_of({VARIABLE: hash_}, {}) == Password(hash_)
    secrets = {"auth": {"client_id": "c"}, "review": {"emails": ["Ada@Example.org"]}}
    assert lock_of({}, secrets) == Accounts(frozenset({"ada@example.org"}))


@pytest.mark.parametrize(
    ("environment", "secrets", "message"),
    [
        ({VARIABLE: "scrypt"}, {}, "is no hash"),
        ({VARIABLE: "x"}, {"review": {"emails": ["a@b.org"]}}, "keep one"),
        ({}, {"review": {"emails": ["a@b.org"]}}, r"\[auth\] a provider"),
        ({}, {"auth": {}, "review": {"emails": "a@b.org"}}, "needs emails"),
        ({}, {"auth": {}, "review": {"emails": []}}, "is empty"),
    ],
)
def test_a_lock_configured_by_half_says_what_is_missing(environment: Any, secrets: Any, message: str) -> None:
    with pytest.raises(SubmissionError, match=message):
        lock_of(environment, secrets)


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ({"is_logged_in": True, "email": "Ada@Example.org", "email_verified": True}, "Ada@Example.org"),
        ({"is_logged_in": True, "email": "ada@example.org"}, "ada@example.org"),
        ({"is_logged_in": True, "email": "ada@example.org", "email_verified": False}, None),
        ({"is_logged_in": True, "email": "eve@example.org", "email_verified": True}, None),
        ({"is_logged_in": True}, None),
        ({"is_logged_in": False, "email": "ada@example.org"}, None),
        ({}, None),
    ],
)
def test_only_a_verified_address_on_the_list_is_let_in(user: Any, name: str | None) -> None:
    assert admits(user, frozenset({"ada@example.org"})) == name
