import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from boss.errors import ResultError
from leaderboard.board.site import Site, read
from leaderboard.board.table import Choice
from leaderboard.store.folder import Folders
from leaderboard.store.snapshots import FOLDER
from leaderboard.submission.decisions import Decision, append_decision

WriteRun = Callable[..., Path]
CHOICE = Choice("mini", "sentiment")


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "runs")


def decide(root: Path, submission: str, action: Any, **details: Any) -> None:
    decision = Decision(at="2025-03-01T00:00:00Z", submission=submission, action=action, by="ada", **details)
    append_decision(root / "decisions.jsonl", decision)


def submit(run: Path, submission: str) -> None:
    """Accept a run, as the board does: it stands in a folder of the submission's name."""
    folder = run.parent / submission
    folder.mkdir()
    shutil.move(run, folder / "run")
    decide(run.parents[1], submission, "received", model="m", suite="mini", run_id="r")
    decide(run.parents[1], submission, "accepted")


def same(one: Site, other: Site) -> None:
    pd.testing.assert_frame_equal(one.rows.reset_index(drop=True), other.rows.reset_index(drop=True))
    pd.testing.assert_frame_equal(one.board(CHOICE), other.board(CHOICE))


def test_a_state_comes_back_after_a_run_was_added(write_run: WriteRun, folders: Folders) -> None:
    write_run("a", day=1)
    then = read(folders)
    assert then.keep() == ""
    write_run("a", day=2)
    write_run("b")
    now = read(folders)
    assert now.snapshot.id != then.snapshot.id
    assert len(now.board(CHOICE)) == 2
    again = read(folders, then.snapshot.id)
    same(again, then)
    assert (again.earlier, again.missing, again.name) == (True, (), then.snapshot.id)


def test_a_state_comes_back_after_a_run_was_superseded_and_another_decided_about(
    write_run: WriteRun, folders: Folders, tmp_path: Path
) -> None:
    old, other, new = "a" * 24, "b" * 24, "c" * 24
    submit(write_run("m"), old)
    submit(write_run("other"), other)
    then = read(folders)
    assert then.keep() == ""
    submit(write_run("m", day=2), new)
    decide(tmp_path, old, "superseded", reason="a newer run", replaced_by=new)
    (tmp_path / "retired").mkdir()
    shutil.move(tmp_path / "runs" / old, tmp_path / "retired" / old)
    decide(tmp_path, other, "replayed", reason="twenty examples again")

    assert dict(zip(*(read(folders).board(CHOICE)[c] for c in ("model", "verification")), strict=True)) == {
        "m": "recomputed",
        "other": "replayed",
    }
    again = read(folders, then.snapshot.id)
    same(again, then)
    assert set(again.board(CHOICE)["verification"]) == {"recomputed"}
    assert again.missing == ()
    assert again.path(f"{old}/run") == tmp_path / "retired" / old / "run"


def test_a_run_that_is_gone_is_missed_by_name_and_not_replaced(write_run: WriteRun, folders: Folders) -> None:
    kept, gone = write_run("kept"), write_run("gone")
    then = read(folders)
    assert then.keep() == ""
    shutil.rmtree(gone)
    again = read(folders, then.snapshot.id)
    assert list(again.board(CHOICE)["model"]) == ["kept"]
    assert again.missing == (f"Run {gone.name} is not shown: it was removed.",)
    assert again.name == f"{then.snapshot.id} (not in full)"
    assert kept.is_dir()


def test_todays_snapshot_is_todays_state(write_run: WriteRun, folders: Folders) -> None:
    write_run()
    today = read(folders)
    assert read(folders, today.snapshot.id) is today
    assert not today.earlier


def test_looking_writes_nothing_into_the_folder_of_runs(write_run: WriteRun, folders: Folders) -> None:
    assert read(folders).is_empty
    assert not folders.own.exists()
    write_run()
    before = sorted(folders.own.rglob("*"))
    site = read(folders)
    assert len(site.board(CHOICE)) == 1
    assert not site.is_kept
    assert sorted(folders.own.rglob("*")) == before
    assert site.keep() == ""
    assert site.is_kept
    assert [file.stem for file in (folders.own / FOLDER).iterdir()] == [site.snapshot.id]


def test_a_folder_that_cannot_be_written_gives_a_reason_and_no_link(
    write_run: WriteRun, folders: Folders
) -> None:
    write_run()
    (folders.own / FOLDER).write_text("a file where the folder would be")
    site = read(folders)
    assert "the folder of runs cannot be written" in site.keep()
    assert not site.is_kept
    assert len(site.board(CHOICE)) == 1


def test_an_unknown_snapshot_is_no_state(write_run: WriteRun, folders: Folders) -> None:
    write_run()
    with pytest.raises(ResultError, match="there is no snapshot 0000000000000000 here"):
        read(folders, "0" * 16)
