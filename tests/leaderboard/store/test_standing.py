import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from leaderboard.board.merge import newest
from leaderboard.board.table import Choice, board
from leaderboard.store.index import read_runs
from leaderboard.store.standing import LOG, is_own, judged
from leaderboard.submission.decisions import (
    Action,
    Decision,
    append_decision,
    read_decisions,
    standings,
)
from leaderboard.submission.declaration import Contaminated

SUBMISSION = "a" * 24


@pytest.fixture
def runs(write_run: Callable[..., Path], tmp_path: Path) -> Path:
    """One submitted run, as a board keeps it, and one that was put there by hand."""
    submitted = write_run("submitted")
    write_run("by-hand")
    target = tmp_path / "runs" / SUBMISSION
    target.mkdir()
    submitted.rename(target / "run")
    return tmp_path / "runs"


def decide(runs: Path, action: Action, **details: object) -> None:
    line = {"at": "2025-01-01T00:00:00Z", "submission": SUBMISSION, "action": action, "by": "reviewer"}
    append_decision(runs.parent / LOG, Decision.model_validate({**line, **details}))


def test_a_row_has_the_level_that_was_decided(runs: Path) -> None:
    decide(runs, "received")
    decide(runs, "accepted")
    decide(runs, "replayed")
    table, problems = judged(read_runs(runs).records, runs)
    levels = table.groupby("model")["verification"].agg(set).to_dict()
    assert levels == {"submitted": {"replayed"}, "by-hand": {"uploaded"}}
    assert problems == ()


@pytest.mark.parametrize(
    ("then", "now"), [("spot_checked", "replayed"), ("replayed", "replayed"), ("rerun", "rerun")]
)
def test_a_log_of_older_words_is_read_and_not_rewritten(runs: Path, then: str, now: str) -> None:
    decide(runs, "received")
    decide(runs, "accepted")
    line = {"at": "2025-01-01T00:00:00Z", "submission": SUBMISSION, "action": then, "by": "reviewer"}
    log = runs.parent / LOG
    with log.open("a") as file:
        file.write(json.dumps(line) + "\n")
    before = log.read_bytes()
    assert standings(read_decisions(log))[SUBMISSION].verification == now
    decide(runs, "withdrawn", reason="asked for")
    assert log.read_bytes().startswith(before)


def test_what_a_run_says_of_its_own_verification_does_not_count(runs: Path) -> None:
    records = read_runs(runs).records.assign(verification="rerun")
    assert set(judged(records, runs)[0]["verification"]) == {"uploaded"}


def test_a_run_that_nobody_decided_about_is_the_readers_own(runs: Path) -> None:
    decide(runs, "received")
    decide(runs, "accepted")
    table, _ = judged(read_runs(runs).records, runs)
    assert table.groupby("model")["run"].size().index.tolist() == ["by-hand", "submitted"]
    assert dict(zip(table["model"], is_own(table), strict=True)) == {"by-hand": True, "submitted": False}


def test_a_contaminated_set_is_named_with_its_reason_and_the_row_stays(runs: Path) -> None:
    decide(runs, "received")
    found = Contaminated(dataset="tweets", reason="trained on it")
    decide(runs, "accepted", contaminated=[found.model_dump()])
    table, _ = judged(read_runs(runs).records, runs)
    row = board(newest(table), Choice("mini", "sentiment")).set_index("model").loc["submitted"]
    assert row["notes"] == "contaminated: tweets (trained on it)"
    assert row["comparable"]
    assert (row["id"], row["id_mark"]) == (pytest.approx(0.80), "")
    assert (row["ood_mean"], row["ood_mean_mark"]) == (
        pytest.approx(0.60),
        "1 of 2 sets; contaminated: tweets (trained on it)",
    )


def test_a_number_over_all_sets_is_contaminated_with_one_of_them(runs: Path) -> None:
    decide(runs, "received")
    found = Contaminated(dataset="tweets", reason="trained on it")
    decide(runs, "accepted", contaminated=[found.model_dump()])
    records = read_runs(runs).records
    wide = [
        records.iloc[[0]].assign(scope="overall", dataset=f"all {role} sets", role=role, run=run)
        for role in ("id", "ood")
        for run in (f"{SUBMISSION}/run", "run-001")
    ]
    table, _ = judged(pd.concat([records, *wide], ignore_index=True), runs)
    assert list(table["contaminated"].iloc[-4:]) == ["", "", "tweets (trained on it)", ""]


def test_the_flags_of_an_acceptance_are_added_to_the_runs_own(runs: Path) -> None:
    decide(runs, "received")
    decide(runs, "accepted", flags=["no_manifest", "contaminated"])
    table, _ = judged(read_runs(runs).records.assign(flags="mine"), runs)
    assert table.groupby("model")["flags"].agg(set).to_dict() == {
        "submitted": {"mine; no_manifest"},
        "by-hand": {"mine"},
    }


def test_a_submission_that_was_not_accepted_is_uploaded(runs: Path) -> None:
    decide(runs, "received")
    decide(runs, "accepted", flags=["no_manifest"])
    decide(runs, "withdrawn", reason="asked for")
    table, _ = judged(read_runs(runs).records, runs)
    assert set(table["verification"]) == {"uploaded"}
    assert set(table["flags"]) == {""}


def test_a_log_that_cannot_be_read_is_said_and_no_level_is_shown(runs: Path) -> None:
    decide(runs, "received")
    decide(runs, "accepted")
    with (runs.parent / LOG).open("a") as file:
        file.write("{half\n")
    table, problems = judged(read_runs(runs).records, runs)
    assert "is no decision" in problems[0].reason
    assert set(table["verification"]) == {"uploaded"}
