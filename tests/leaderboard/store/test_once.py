from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from leaderboard.store.once import Once


def test_what_is_there_is_not_made_again() -> None:
    once = Once[str, list[int]](2)
    first = once.get("a", lambda: [1])
    assert once.get("a", lambda: [2]) is first


def test_the_one_that_was_not_asked_for_longest_is_forgotten() -> None:
    once = Once[str, str](2)
    for key in ("a", "b", "a", "c"):
        once.get(key, lambda key=key: key)
    assert once.get("a", lambda: "again") == "a"
    assert once.get("b", lambda: "again") == "again"


def test_one_makes_it_who_asks_for_the_same_waits_and_nobody_else_does() -> None:
    once, started, go, made = Once[str, str](9), Event(), Event(), []

    def slow() -> str:
        started.set()
        assert go.wait(20)
        made.append("slow")
        return "slow"

    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(once.get, "a", slow)
        assert started.wait(20)
        same = [pool.submit(once.get, "a", slow) for _ in range(5)]
        assert pool.submit(once.get, "b", lambda: "quick").result(timeout=20) == "quick"
        assert not any(each.done() for each in (first, *same))
        go.set()
        assert {each.result(timeout=20) for each in (first, *same)} == {"slow"}
    assert made == ["slow"]


def test_what_failed_is_tried_again() -> None:
    once = Once[str, str](9)

    def fail() -> str:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        once.get("a", fail)
    assert once.get("a", lambda: "yes") == "yes"
