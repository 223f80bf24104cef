import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from leaderboard.board import rows as merged
from leaderboard.board.kept import kept
from leaderboard.board.merge import newest
from leaderboard.board.rows import Tasks
from leaderboard.store import roots
from leaderboard.store.folder import Folders
from leaderboard.submission.decisions import Decision, append_decision

WriteRun = Callable[..., Path]


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "runs")


@pytest.fixture
def merges(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that are merged from now on."""
    done: list[str] = []
    whole = merged.newest

    def noted(records: pd.DataFrame) -> pd.DataFrame:
        done.extend(records["task"].unique())
        return whole(records)

    monkeypatch.setattr(merged, "newest", noted)
    return done


def test_task_by_task_the_rows_are_those_of_all_at_once(
    write_run: WriteRun, folders: Folders, clean: Any, attacked: Any
) -> None:
    write_run("a", numbers=clean, day=1)
    write_run("a", numbers=clean + attacked, day=2)
    write_run("b", numbers=clean + attacked)
    write_run("b", numbers=clean, task="nli")
    state = roots.read(folders)
    every = state.runs().records
    tasks = Tasks(state)
    assert tasks.names == [("mini", "nli"), ("mini", "sentiment")]
    for suite, task in tasks.names:
        here = every[(every["suite"] == suite) & (every["task"] == task)].reset_index(drop=True)
        pd.testing.assert_frame_equal(tasks.of(suite, task, every=True), here)
        pd.testing.assert_frame_equal(tasks.of(suite, task), newest(here).reset_index(drop=True))
    assert len(tasks.of("mini", "sentiment")) < len(tasks.of("mini", "sentiment", every=True))


def test_a_condition_and_columns_are_all_that_is_read(write_run: WriteRun, folders: Folders) -> None:
    write_run("a' OR true --")
    tasks = Tasks(roots.read(folders))
    found = tasks.of("mini", "sentiment", "model = $model", {"model": "a' OR true --"}, columns=("value",))
    assert found.to_dict("list") == {"value": [0.8, 0.7, 0.6]}
    assert tasks.of("mini", "sentiment", "model = $model", {"model": "' OR true --"}).empty
    assert tasks.of("mini", "none here", columns=("value",)).columns.tolist() == ["value"]


def test_no_runs_are_an_answer_too(folders: Folders) -> None:
    tasks = Tasks(roots.read(folders))
    assert tasks.names == []
    assert tasks.ask("SELECT count(*) AS n FROM rows")["n"].tolist() == [0]


def test_a_run_of_another_task_leaves_what_was_merged(
    write_run: WriteRun, folders: Folders, merges: list[str]
) -> None:
    write_run("a")
    write_run("a", task="nli")
    for task in ("nli", "sentiment"):
        Tasks(roots.read(folders)).of("mini", task)
    write_run("b", task="nli")
    tasks = Tasks(roots.read(folders))
    assert len(tasks.of("mini", "nli")) == 6
    assert len(tasks.of("mini", "sentiment")) == 3
    assert merges == ["nli", "sentiment", "nli"]


def decide(root: Path, run: Path, submission: str, sender: str) -> None:
    """Accept a run of a sender, as the board does."""
    (run.parent / submission).mkdir()
    shutil.move(run, run.parent / submission / "run")
    for action, by in (("received", sender), ("accepted", "ada")):
        fields = {"at": f"2025-03-0{len(sender)}T00:00:00Z", "submission": submission, "action": action}
        append_decision(root / "decisions.jsonl", Decision.model_validate({**fields, "by": by}))


def test_a_decision_makes_the_rows_anew_and_a_name_is_its_first_senders_over_all_tasks(
    write_run: WriteRun, folders: Folders, tmp_path: Path
) -> None:
    decide(tmp_path, write_run("m", task="nli"), "a" * 24, "lab")
    decide(tmp_path, write_run("m"), "b" * 24, "other")
    tasks = Tasks(roots.read(folders))
    assert set(tasks.of("mini", "nli")["model"]) == {"m"}
    assert set(tasks.of("mini", "sentiment")["model"]) == {"m (other)"}
    assert set(tasks.ask("SELECT verification FROM rows")["verification"]) == {"recomputed"}


@pytest.mark.parametrize("damage", [lambda content: b"", lambda content: content[: len(content) // 2]])
def test_merged_rows_that_cannot_be_read_are_made_again(
    write_run: WriteRun,
    folders: Folders,
    cache: Path,
    damage: Callable[[bytes], bytes],
    caplog: pytest.LogCaptureFixture,
) -> None:
    write_run()
    first = Tasks(roots.read(folders)).of("mini", "sentiment")
    (file,) = (cache / "leaderboard" / "tasks").iterdir()
    content = file.read_bytes()
    file.write_bytes(damage(content))
    with caplog.at_level(logging.WARNING):
        pd.testing.assert_frame_equal(Tasks(roots.read(folders)).of("mini", "sentiment"), first)
    assert "they are made again" in caplog.text
    assert file.read_bytes() == content


def test_a_cache_that_cannot_be_written_stops_nothing(
    write_run: WriteRun, folders: Folders, cache: Path, merges: list[str]
) -> None:
    write_run()
    cache.write_text("a file where the folder would be")
    tasks = Tasks(roots.read(folders))
    assert len(tasks.of("mini", "sentiment")) == len(tasks.of("mini", "sentiment")) == 3
    assert merges == ["sentiment"]


def test_a_kept_table_is_worked_out_once_and_again_where_it_is_damaged(tmp_path: Path) -> None:
    made: list[str] = []

    def make() -> pd.DataFrame:
        made.append("made")
        return pd.DataFrame({"rank": [1.0, None], "ranked_by": ["paired test", ""]}, index=[4, 2])

    first = kept(tmp_path, "what", make)
    pd.testing.assert_frame_equal(kept(tmp_path, "what", make), first)
    assert first["rank"].tolist()[0] == 1
    assert len(made) == 1
    kept(tmp_path, "something else", make)
    assert len(made) == 2
    for file in tmp_path.iterdir():
        file.write_bytes(file.read_bytes()[:50])
    pd.testing.assert_frame_equal(kept(tmp_path, "what", make), first)
    assert len(made) == 3
