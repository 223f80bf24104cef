"""The lock of the reviewer's page, without a page."""

from typing import Any

import pytest

from leaderboard.submission.findings import SubmissionError
from leaderboard.web.lock import admits, reviewers

AUTH = {"client_id": "c", "cookie_secret": "0123456789abcdef" * 2}
ADA = frozenset({"ada@example.org"})


def test_nothing_configured_is_no_page() -> None:
    assert reviewers({}) is None
    assert reviewers({"auth": AUTH}) is None


def test_the_addresses_are_those_of_the_list_in_small_letters() -> None:
    assert reviewers({"auth": AUTH, "review": {"emails": ["Ada@Example.org"]}}) == ADA


@pytest.mark.parametrize(
    ("secrets", "message"),
    [
        ({"review": {"emails": ["a@b.org"]}}, r"\[auth\] no provider"),
        ({"auth": {}, "review": {"emails": ["a@b.org"]}}, r"\[auth\] no provider"),
        ({"auth": AUTH, "review": {"emails": "a@b.org"}}, "needs emails"),
        ({"auth": AUTH, "review": {"emails": ["ada"]}}, "needs emails"),
        ({"auth": AUTH, "review": {"emails": []}}, "is empty"),
        ({"auth": AUTH, "review": {"emails": ["groß@example.org"]}}, "other than ASCII"),
        (
            {"auth": {**AUTH, "cookie_secret": "x" * 31}, "review": {"emails": ["a@b.org"]}},
            "31 characters; it must have 32",
        ),
        ({"auth": {"client_id": "c"}, "review": {"emails": ["a@b.org"]}}, "has none; it must have 32"),
    ],
)
def test_a_lock_configured_by_half_says_what_is_missing(secrets: Any, message: str) -> None:
    with pytest.raises(SubmissionError, match=message):
        reviewers(secrets)


VERIFIED = {"is_logged_in": True, "email": "ada@example.org", "email_verified": True}


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({}, "ada@example.org"),
        ({"email": "Ada@Example.org"}, "Ada@Example.org"),
        ({"email_verified": False}, None),
        ({"email_verified": "true"}, None),
        ({"email_verified": 1}, None),
        ({"email_verified": None}, None),
        ({"email": "eve@example.org"}, None),
        ({"email": None}, None),
        ({"email": ["ada@example.org"]}, None),
        ({"email": "ada@example.org "}, None),
        ({"is_logged_in": False}, None),
        ({"is_logged_in": "true"}, None),
    ],
)
def test_only_a_verified_address_on_the_list_is_let_in(claims: Any, name: str | None) -> None:
    assert admits({**VERIFIED, **claims}, ADA) == name


@pytest.mark.parametrize("missing", ["is_logged_in", "email", "email_verified"])
def test_a_claim_that_is_not_there_lets_nobody_in(missing: str) -> None:
    assert admits({name: value for name, value in VERIFIED.items() if name != missing}, ADA) is None


def test_a_letter_that_only_becomes_one_of_the_address_is_another_one() -> None:
    kelvin = "\N{KELVIN SIGN}ay@example.org"
    assert kelvin.lower() == "kay@example.org"
    assert admits({**VERIFIED, "email": kelvin}, frozenset({"kay@example.org"})) is None
