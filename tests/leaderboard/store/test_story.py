from pathlib import Path

import pytest

from leaderboard.store.folder import Folders
from leaderboard.store.history import taken
from leaderboard.store.snapshots import Snapshot
from leaderboard.store.story import declaration_of, events, submission_of
from leaderboard.submission.decisions import Decision, append_decision
from leaderboard.submission.findings import Refused

FIRST = "a" * 24


def test_a_state_has_the_decisions_of_its_time_in_order(tmp_path: Path) -> None:
    folders, log = Folders(tmp_path / "runs"), tmp_path / "decisions.jsonl"
    (tmp_path / "runs").mkdir()
    assert events(folders, taken(folders)) == ()
    received = Decision(at="2025-03-01T08:00:00Z", submission=FIRST, action="received", by="a lab")
    append_decision(log, received)
    then: Snapshot = taken(folders)
    append_decision(
        log, Decision(at="2025-03-02T08:00:00Z", submission=FIRST, action="accepted", by="keeper")
    )
    assert [event.decision.action for event in events(folders, taken(folders))] == ["received", "accepted"]
    assert events(folders, then) == ((FIRST, received),)


@pytest.mark.parametrize(
    ("run", "submission"),
    [
        (f"{FIRST}/run", FIRST),
        (f"shipped:{FIRST}/run", f"shipped:{FIRST}"),
        ("mini/tfidf/20250101T000000Z", ""),
        ("run-000", ""),
    ],
)
def test_a_submission_is_told_by_the_name_of_its_run(run: str, submission: str) -> None:
    assert submission_of(run) == submission


def test_a_damaged_declaration_is_refused_and_none_is_none(tmp_path: Path) -> None:
    run = tmp_path / FIRST / "run"
    run.mkdir(parents=True)
    assert declaration_of(run) is None
    (run.parent / "submission.json").write_text("{}", encoding="utf-8")
    with pytest.raises(Refused, match="submitter"):
        declaration_of(run)
