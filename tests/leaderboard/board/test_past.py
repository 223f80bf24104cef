from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from leaderboard.board.past import days, of_runs
from leaderboard.store.index import read_runs
from leaderboard.store.story import Event
from leaderboard.submission.decisions import Decision

FIRST, SECOND = "a" * 24, "b" * 24
RUNS = pd.DataFrame(
    {
        "run": [f"{FIRST}/run", f"{FIRST}/run", f"{SECOND}/run", "mini/tfidf/one"],
        "created_at": [
            "2025-03-01T08:00:00Z",
            "2025-03-01T08:00:00Z",
            "2025-03-02T08:00:00Z",
            "2025-01-01T10:30:00Z",
        ],
        "model": ["m", "m", "n", "tfidf"],
        "method": ["default"] * 4,
    }
)


def decided(submission: str, at: str, action: Any, by: str, reason: str = "") -> Event:
    decision = Decision(at=at, submission=submission, action=action, by=by, reason=reason)
    return Event(submission, decision)


LOG = (
    decided(FIRST, "2025-03-01T08:00:00Z", "received", "a lab"),
    decided(FIRST, "2025-03-01T09:00:00Z", "accepted", "keeper"),
    decided(SECOND, "2025-03-02T08:00:00Z", "received", "a lab"),
    decided(SECOND, "2025-03-02T09:00:00Z", "accepted", "keeper"),
    decided(FIRST, "2025-03-02T10:00:00Z", "check_failed", "keeper", "3 copies differ"),
    decided("c" * 24, "2025-03-03T08:00:00Z", "received", "somebody else"),
)


def test_a_run_has_its_decisions_and_one_s_own_the_day_it_was_measured() -> None:
    mine = RUNS[RUNS["model"] != "n"]
    assert of_runs(mine, LOG).to_numpy().tolist() == [
        ["2025-03-02 10:00", "check failed", f"{FIRST}/run", "keeper", "3 copies differ"],
        ["2025-03-01 09:00", "accepted", f"{FIRST}/run", "keeper", ""],
        ["2025-03-01 08:00", "received", f"{FIRST}/run", "a lab", ""],
        ["2025-01-01 10:30", "measured", "mini/tfidf/one", "", ""],
    ]


def test_the_days_of_a_board_say_what_was_decided_not_what_waits() -> None:
    assert days(RUNS, LOG).to_numpy().tolist() == [
        ["2025-03-02", "1 run check failed: m; 1 run accepted: n"],
        ["2025-03-01", "1 run accepted: m"],
        ["2025-01-01", "1 run measured: tfidf"],
    ]


def test_a_board_without_decisions_has_the_days_of_its_runs(write_run: Callable[..., Path]) -> None:
    write_run("a", day=2)
    run = write_run("b", day=2)
    assert days(read_runs(run.parent).records, ()).to_numpy().tolist() == [
        ["2025-01-02", "2 runs measured: a and b"]
    ]
